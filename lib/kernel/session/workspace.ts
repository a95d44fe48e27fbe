import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

/** A folder in which Deno can be started so that cells find the toolkit and what the user's configuration maps. */
export interface CellWorkspace {
  /** Where to start Deno: the user's folder, or a temporary one with a configuration of both. */
  folder: string;
  /** Removes what was made. */
  close: () => Promise<void>;
}

type Imports = { [specifier: string]: string };

/** The fields of a file of JSON. */
type Fields = ReturnType<typeof JSON.parse>;

/**
 * Makes the toolkit and its packages importable from any folder.
 *
 * A configuration of the user's that maps the toolkit is left to say everything. Elsewhere Deno starts in a temporary
 * folder, whose configuration has the user's imports (of the nearest `deno.json`, its import map, its workspace, and
 * the dependencies of the nearest `package.json`) and, below them, the toolkit's.
 * @param root where the toolkit is: the address of a folder here or elsewhere
 */
export async function openWorkspace(
  folder: string,
  root: string = new URL("../../../", import.meta.url).href,
): Promise<CellWorkspace> {
  const toolkit: Fields = await (await fetch(new URL("deno.json", root))).json();
  const own = await readConfigurations(resolve(folder));
  const { name } = toolkit;
  const mapsToolkit = [own.name, ...Object.keys(own.imports)].some((key) => `${key}/`.startsWith(`${name}/`));
  if (mapsToolkit) return { folder, close: () => Promise.resolve() };

  const packages = absolute(toolkit.imports, root);
  const exported = Object.entries<string>(toolkit.exports).map((
    [path, file],
  ) => [name + path.slice(1), file]);
  const configuration = {
    imports: { ...packages, ...absolute(Object.fromEntries(exported), root), ...own.imports },
    // The toolkit keeps its own packages where the user's configuration has others of the same name.
    scopes: { [root]: packages },
    compilerOptions: own.compilerOptions,
    lock: false,
  };
  const start = await Deno.makeTempDir({ prefix: "understudy-session-" });
  await Deno.writeTextFile(join(start, "deno.json"), JSON.stringify(configuration));
  return { folder: start, close: () => Deno.remove(start, { recursive: true }).catch(() => {}) };
}

/** What the files in a folder and above it say, nearest first, with absolute addresses. */
async function readConfigurations(folder: string): Promise<Fields> {
  let [own, dependencies]: Fields[] = [];
  for (let place = folder;; place = dirname(place)) {
    const found = await readJson(join(place, "deno.json")) ?? await readJson(join(place, "deno.jsonc"));
    // Above the nearest configuration only the root of its workspace counts.
    if (found !== undefined && (own === undefined || found.workspace !== undefined)) {
      const file = join(place, found.importMap ?? "deno.json");
      const mapped = found.importMap && (await readJson(file))?.imports;
      const imports = absolute({ ...mapped, ...found.imports }, pathToFileURL(file).href);
      own = { ...found, ...own, imports: { ...imports, ...own?.imports } };
    }
    dependencies ??= packageImports(await readJson(join(place, "package.json")));
    if (dirname(place) === place) return { ...own, imports: { ...dependencies, ...own?.imports } };
  }
}

/** The packages that a `package.json` names, as Deno imports them; those of other places than registries are left out. */
function packageImports(file: Fields): Imports | undefined {
  if (file === undefined) return undefined;
  const versions = Object.entries<string>({ ...file.devDependencies, ...file.dependencies });
  return Object.fromEntries(
    versions.filter(([, version]) => /^(npm:|jsr:|[^:]*$)/.test(version)).map((
      [name, version],
    ) => [name, version.includes(":") ? version : `npm:${name}@${version}`]),
  );
}

/** A file of JSON that may hold comments and commas at the end of lists; `undefined` where there is none to read. */
async function readJson(path: string): Promise<Fields> {
  try {
    let text = await Deno.readTextFile(path);
    for (const other of [/\/\/.*|\/\*[^]*?\*\//, /,(?=\s*[}\]])/]) {
      const stringOrOther = new RegExp(`("(?:[^"\\\\]|\\\\.)*")|${other.source}`, "g");
      text = text.replace(stringOrOther, (_, string = "") => string);
    }
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function absolute(imports: Imports | undefined, base: string): Imports {
  const entries = Object.entries(imports ?? {});
  return Object.fromEntries(
    entries.map(([key, target]) => [key, /^\.{0,2}\//.test(target) ? new URL(target, base).href : target]),
  );
}
