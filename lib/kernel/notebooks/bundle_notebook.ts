import { cannot, checkText } from "../../core/mod.ts";
import { flag, readOptions, required, rule, type RulesFor } from "../../core/options.ts";
import { toolkitVersion } from "../../core/version.ts";
import { loadNotebook } from "./ipynb.ts";
import { joinCells } from "./join_cells.ts";
import { publishNotebook } from "./publish_notebook.ts";
import { notebookFiles } from "./used_files.ts";
import { zipSync } from "fflate";
import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** Options of {@linkcode bundleNotebook}. */
export interface BundleNotebookOptions {
  /** The zip file to write. */
  output: string;
  /**
   * Paths of files that the bundle holds beside those that the notebook names: a checklist, data whose names are computed.
   * @default {[]}
   */
  files?: readonly string[];
  /**
   * Whether the bundle is verified before it is written: from what is in it alone, which takes as long as the notebook.
   * @default {true}
   */
  verify?: boolean;
}

const action = "bundle the notebook";

const rules = {
  output: required<string>(checkText),
  files: rule<readonly string[], readonly []>((action, name, value) => {
    if (Array.isArray(value) && value.every((path) => typeof path === "string")) return;
    throw new TypeError(cannot(action, name, "be a list of paths", value));
  }, []),
  verify: flag(true),
} satisfies RulesFor<BundleNotebookOptions>;

/**
 * Bundles an executed notebook for a journal: one zip file that verifies itself on a machine that has only Deno.
 *
 * It holds the notebook, its page, every file that it names (modules, data, stores), this version of the toolkit with its
 * packages, `deno.json` and lock file, a README, `verify.ts`, and a manifest with the SHA-256 of every file. Whoever
 * unpacks it runs `deno run -A verify.ts`, without a network. The same files give the same zip, byte for byte.
 *
 * @param path the `.ipynb` file
 * @param options see {@linkcode BundleNotebookOptions} (defaults there)
 * @returns the places of the study's files in it
 * @throws {TypeError} if the file holds no notebook, or the toolkit does not stand in a folder of this machine
 * @throws {Error} if a package cannot be found, or the bundle does not give the notebook's outputs: what differs
 */
export async function bundleNotebook(path: string, options: BundleNotebookOptions): Promise<string[]> {
  const { output, files, verify } = readOptions(action, options, rules);
  const root = new URL("../../../", import.meta.url);
  if (root.protocol !== "file:") {
    const rule = "stand in a folder of this machine: clone its repository";
    throw new TypeError(cannot(action, "toolkit", rule, root.href));
  }
  const own = [...new Set([path, ...files, ...await notebookFiles(path)].map((file) => resolve(file)))];
  const study = studyPlaces(own.filter((file) => !/^deno\.(jsonc?|lock)$/.test(basename(file))));
  const notebook = [...study].find(([, file]) => file === own[0])![0];
  const folder = await Deno.makeTempDir({ prefix: "understudy-bundle-" });
  try {
    await copyFiles(folder, [...study, ...toolkitPlaces(fileURLToPath(root))]);
    const packages = await resolvePackages(folder, notebook, await configurationOf(root, dirname(own[0]!)));
    const name = basename(path, ".ipynb");
    await publishNotebook(path, { output: join(folder, `${name}.html`), files: own.slice(1) });
    const about = { name, notebook, understudy: toolkitVersion, deno: Deno.version.deno };
    await Deno.copyFile(new URL("cli/bundle/verify.ts", root), join(folder, "verify.ts"));
    const readme = await Deno.readTextFile(new URL("cli/bundle/README.md", root));
    const filled = Object.entries(about).reduce(
      (text, [key, value]) => text.replaceAll(`{${key}}`, value),
      readme,
    );
    await Deno.writeTextFile(join(folder, "README.md"), filled);
    const places = filesBelow(folder).map((file): Place => [file, join(folder, file)]);
    const zip = await zipPlaces([...places, ...packages], about);
    if (verify) {
      await copyFiles(folder, packages);
      await Deno.writeFile(join(folder, "manifest.json"), zip.manifest);
      await run(folder, ["run", "-A", "verify.ts"]);
    }
    await Deno.writeFile(output, zip.bytes);
    return [...study.keys()].sort();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Where in the bundle a file goes, and where it is. */
type Place = readonly [place: string, file: string];

/** The study's files go where they stand to each other, below what their folders have in common. */
function studyPlaces(files: readonly string[]): Map<string, string> {
  let common = dirname(files[0]!);
  while (!files.every((file) => file.startsWith(join(common, sep)))) common = dirname(common);
  return new Map(files.map((file) => [`study/${relative(common, file).replaceAll(sep, "/")}`, file]));
}

function toolkitPlaces(root: string): Place[] {
  const parts = ["mod.ts", "init.ts", "cli.ts", "LICENSE"];
  const files = [
    ...parts,
    ...["cli", "lib"].flatMap((part) => filesBelow(join(root, part)).map((file) => `${part}/${file}`)),
  ];
  return files.map((file) => [`understudy/${file}`, join(root, file)]);
}

function filesBelow(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile()
  );
  return entries.map(({ parentPath, name }) => relative(folder, join(parentPath, name)).replaceAll(sep, "/"))
    .sort();
}

async function copyFiles(folder: string, places: readonly Place[]): Promise<void> {
  for (const [place, file] of places) {
    await Deno.mkdir(dirname(join(folder, place)), { recursive: true });
    await Deno.copyFile(file, join(folder, place));
  }
}

interface Configuration {
  name: string;
  version: string;
  exports: { [path: string]: string };
  imports: { [specifier: string]: string };
  compilerOptions?: unknown;
}

/** The toolkit's configuration with the packages of the notebook's nearest one, and the lock file of that one. */
async function configurationOf(root: URL, folder: string): Promise<Configuration & { lock: string }> {
  const toolkit: Configuration = JSON.parse(await Deno.readTextFile(new URL("deno.json", root)));
  const [nearest, lock] = [findAbove(folder, "deno.json"), findAbove(folder, "deno.lock")];
  const own: Partial<Configuration> = nearest === undefined
    ? {}
    : JSON.parse(await Deno.readTextFile(nearest));
  const imports = Object.entries({ ...own.imports, ...toolkit.imports }).filter(([, target]) =>
    target.startsWith("npm:")
  );
  return {
    ...toolkit,
    imports: Object.fromEntries(imports),
    lock: lock ?? fileURLToPath(new URL("deno.lock", root)),
  };
}

function findAbove(folder: string, name: string): string | undefined {
  if (existsSync(join(folder, name))) return join(folder, name);
  return dirname(folder) === folder ? undefined : findAbove(dirname(folder), name);
}

/** One configuration for all that is in the bundle; the toolkit's own says what its modules are called. */
async function writeConfiguration(
  folder: string,
  { name, version, exports, imports, compilerOptions }: Configuration,
) {
  const modules = Object.entries(exports).map((
    [path, file],
  ) => [name + path.slice(1), `./understudy/${file.slice(2)}`]);
  const all = {
    imports: { ...imports, ...Object.fromEntries(modules) },
    compilerOptions,
    nodeModulesDir: "none",
  };
  for (
    const [file, content] of [["deno.json", all], ["understudy/deno.json", {
      name,
      version,
      exports,
      imports,
    }]] as const
  ) {
    await Deno.writeTextFile(join(folder, file), `${JSON.stringify(content, null, 2)}\n`);
  }
}

interface CachedPackage {
  name: string;
  version: string;
  dependencies: string[];
  localPath: string;
}

/** What Deno does not load from a package, its licence apart. */
const needless =
  /^(?!.*(licen[cs]e|notice|copying)).*\.(map|md|markdown|css|scss|less|woff2?|ttf|png|flow|tiktoken|[cm]?tsx?)$/i;

/** Configures and locks the packages that the code reaches, and says where their files are and go. */
async function resolvePackages(
  folder: string,
  notebook: string,
  { lock, ...configuration }: Configuration & { lock: string },
): Promise<Place[]> {
  const { cells } = await loadNotebook(join(folder, notebook));
  const joined = joinCells(cells.filter((cell) => cell.cell_type === "code").map((cell) => cell.source));
  const entry = join(folder, dirname(notebook), ".understudy-bundle.ts");
  const toolkit = ["mod.ts", "cli.ts"].map((file) =>
    `import "${pathToFileURL(join(folder, "understudy", file)).href}";\n`
  );
  await Deno.writeTextFile(entry, toolkit.join("") + joined.text);
  await Deno.copyFile(lock, join(folder, "deno.lock"));
  await writeConfiguration(folder, configuration);
  await run(folder, ["cache", "--quiet", entry]);
  const { modules, npmPackages }: {
    modules: { npmPackage?: string }[];
    npmPackages: { [id: string]: CachedPackage };
  } = JSON.parse(await run(folder, ["info", "--json", entry]));
  const withOthers = (id: string, found = new Set<string>()): Set<string> => {
    if (!found.has(id)) {
      for (const other of npmPackages[found.add(id) && id]!.dependencies) withOthers(other, found);
    }
    return found;
  };
  // A package that has a part for each platform is not in the bundle, which must run on any: not all parts are here.
  const reached = modules.flatMap(({ npmPackage }) =>
    npmPackage === undefined ? [] : [[...withOthers(npmPackage)]]
  )
    .filter((ids) => ids.every((id) => existsSync(npmPackages[id]!.localPath)));
  // Deno asks for every package that the configuration names, reached or not.
  const names = new Set(reached.map(([id]) => npmPackages[id!]!.name));
  const nameOf = (target: string) => /^npm:(@[^/]+\/[^/@]+|[^/@]+)/.exec(target)?.[1] ?? "";
  const kept = Object.entries(configuration.imports).filter(([, target]) => names.has(nameOf(target)));
  await writeConfiguration(folder, { ...configuration, imports: Object.fromEntries(kept) });
  await run(folder, ["cache", "--quiet", entry]);
  await Deno.remove(entry);
  return [...new Set(reached.flat())].flatMap((id) => {
    const { name, version, localPath } = npmPackages[id]!;
    const place = `packages/npm/registry.npmjs.org/${name}/${version}`;
    return filesBelow(localPath).filter((file) => !needless.test(file))
      .map((file): Place => [`${place}/${file}`, join(localPath, file)]);
  });
}

/** Runs Deno in the bundle and gives what it prints. */
async function run(folder: string, args: string[]): Promise<string> {
  const command = new Deno.Command(Deno.execPath(), { args, cwd: folder, env: { NO_COLOR: "1" } });
  const { success, stdout, stderr } = await command.output();
  const [said, complaint] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes).trim());
  if (!success) throw new Error(`Cannot ${action}: deno ${args.join(" ")} failed\n${said}\n${complaint}`);
  return said!;
}

/** The zip, with a manifest of what is in it. */
async function zipPlaces(places: readonly Place[], about: object) {
  const contents: { [place: string]: Uint8Array } = {};
  const files: { [place: string]: string } = {};
  for (const [place, file] of [...places].sort(([a], [b]) => a < b ? -1 : 1)) {
    contents[place] = await Deno.readFile(file);
    files[place] = createHash("sha256").update(contents[place]).digest("hex");
  }
  const manifest = new TextEncoder().encode(`${JSON.stringify({ ...about, files }, null, 1)}\n`);
  // A zip needs a time for each file; one that is always the same lets the same study give the same bytes.
  const bytes = zipSync({ ...contents, "manifest.json": manifest }, {
    level: 6,
    mtime: new Date(1980, 0, 1),
  });
  return { bytes, manifest };
}
