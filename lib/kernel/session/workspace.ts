import { dirname, join, resolve as absolutePath } from "node:path";
import { pathToFileURL } from "node:url";

/** A folder in which Deno can be started so that cells find the toolkit and what the user's configuration maps. */
export interface CellWorkspace {
  /** Where to start Deno: the user's folder, or a temporary one with a configuration of both. */
  folder: string;
  /** What to import in place of a specifier in a cell: relative ones start at the user's folder. */
  resolve: (specifier: string) => string;
  /** Removes what was made. */
  close: () => Promise<void>;
}

type Imports = { [specifier: string]: string };

/** The part of a `deno.json` that says where imports lead. */
interface Configuration {
  name?: string;
  exports?: Imports;
  imports?: Imports;
  importMap?: string;
  workspace?: unknown;
  compilerOptions?: unknown;
}

/**
 * Makes the toolkit and its packages importable from any folder.
 *
 * A configuration of the user's that maps the toolkit is left to say everything. Elsewhere Deno starts in a temporary
 * folder, whose configuration has the user's imports (of the nearest `deno.json`, its import map, its workspace, and
 * the dependencies of the nearest `package.json`) and, below them, the toolkit's.
 *
 * @param folder where the notebook is
 * @param root where the toolkit is: the address of a folder here or elsewhere
 * @returns the workspace; close it in a `finally`
 */
export async function openWorkspace(
  folder: string,
  root: string = new URL("../../../", import.meta.url).href,
): Promise<CellWorkspace> {
  const toolkit: Configuration = await (await fetch(new URL("deno.json", root))).json();
  const own = await readConfigurations(absolutePath(folder));
  const base = `${pathToFileURL(absolutePath(folder)).href}/`;
  const workspace = (imports: Imports, start: string): CellWorkspace => ({
    folder: start,
    resolve: (specifier) =>
      /^\.{0,2}\//.test(specifier) ? new URL(specifier, base).href : mapped(imports, specifier),
    close: async () => {
      if (start !== folder) await Deno.remove(start, { recursive: true }).catch(() => {});
    },
  });
  const name = toolkit.name!;
  const mapsToolkit = Object.keys(own.imports!).some((key) => key === name || key.startsWith(`${name}/`));
  if (own.name === name || mapsToolkit) return workspace(own.imports!, folder);

  const packages = absolute(toolkit.imports, root);
  const exported = Object.entries(toolkit.exports!).map(([path, file]) => [name + path.slice(1), file]);
  const imports = { ...packages, ...absolute(Object.fromEntries(exported), root), ...own.imports };
  const start = await Deno.makeTempDir({ prefix: "understudy-session-" });
  // The toolkit keeps its own packages where the user's configuration has others of the same name.
  const scopes = { [root]: packages };
  const configuration = { imports, scopes, compilerOptions: own.compilerOptions, lock: false };
  await Deno.writeTextFile(join(start, "deno.json"), JSON.stringify(configuration));
  return workspace(imports, start);
}

/** What the files in a folder and above it say, nearest first, with absolute addresses. */
async function readConfigurations(folder: string): Promise<Configuration> {
  let own: Configuration | undefined;
  let dependencies: Imports | undefined;
  for (let place = folder;; place = dirname(place)) {
    const found: Configuration | undefined = await readJson(join(place, "deno.json")) ??
      await readJson(join(place, "deno.jsonc"));
    // Above the nearest configuration only the root of its workspace counts.
    if (found !== undefined && (own === undefined || found.workspace !== undefined)) {
      const map: Configuration = found.importMap === undefined
        ? {}
        : await readJson(join(place, found.importMap)) ?? {};
      const base = pathToFileURL(join(place, found.importMap ?? "deno.json")).href;
      const imports: Imports = { ...absolute({ ...map.imports, ...found.imports }, base), ...own?.imports };
      own = { ...found, ...own, imports };
    }
    dependencies ??= packageImports(await readJson(join(place, "package.json")));
    if (dirname(place) === place) return { ...own, imports: { ...dependencies, ...own?.imports } };
  }
}

/** The packages that a `package.json` names, as Deno imports them. */
function packageImports(file: Record<string, Imports> | undefined): Imports | undefined {
  if (file === undefined) return undefined;
  const imports: Imports = {};
  for (const [name, version] of Object.entries({ ...file.devDependencies, ...file.dependencies })) {
    if (/^(workspace|file|link|git|https?|github)\b.*:/.test(version)) continue;
    const target = /^(npm|jsr):/.test(version) ? version : `npm:${name}@${version}`;
    imports[name] = target;
    imports[`${name}/`] = `${target.replace(":", ":/")}/`;
  }
  return imports;
}

/** A file of JSON that may hold comments and commas at the end of lists; `undefined` where there is none to read. */
async function readJson(path: string): Promise<ReturnType<typeof JSON.parse> | undefined> {
  const text = await Deno.readTextFile(path).catch(() => undefined);
  if (text === undefined) return undefined;
  const strings = /"(?:[^"\\]|\\.)*"/.source;
  const without = (part: string, from: string) =>
    from.replace(new RegExp(`${strings}|${part}`, "g"), (found) => found.startsWith('"') ? found : "");
  try {
    return JSON.parse(without(",(?=\\s*[}\\]])", without("\\/\\/.*|\\/\\*[\\s\\S]*?\\*\\/", text)));
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

/** As an import map does it: the name itself, else the longest beginning that ends with a slash. */
function mapped(imports: Imports, specifier: string): string {
  if (Object.hasOwn(imports, specifier)) return imports[specifier]!;
  const beginnings = Object.keys(imports).filter((key) => key.endsWith("/") && specifier.startsWith(key));
  const longest = beginnings.sort((a, b) => b.length - a.length)[0];
  return longest === undefined ? specifier : imports[longest]! + specifier.slice(longest.length);
}
