import { cannot, checkText } from "../../core/mod.ts";
import { flag, readOptions, required, type RulesFor } from "../../core/options.ts";
import { toolkitVersion } from "../../core/version.ts";
import { loadNotebook } from "./ipynb.ts";
import { joinCells } from "./join_cells.ts";
import { pathsRule, publishNotebook } from "./publish_notebook.ts";
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
  files: pathsRule,
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
    const packages = await resolvePackages(folder, notebook, dirname(own[0]!));
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
  const below = ["cli", "lib"].flatMap((part) =>
    filesBelow(join(root, part)).map((file) => `${part}/${file}`)
  );
  return ["mod.ts", "init.ts", "cli.ts", "LICENSE", ...below]
    .map((file) => [`understudy/${file}`, join(root, file)]);
}

function filesBelow(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile()
  );
  return files.map(({ parentPath, name }) => relative(folder, join(parentPath, name)).replaceAll(sep, "/"))
    .sort();
}

async function copyFiles(folder: string, places: readonly Place[]): Promise<void> {
  for (const [place, file] of places) {
    await Deno.mkdir(dirname(join(folder, place)), { recursive: true });
    await Deno.copyFile(file, join(folder, place));
  }
}

/** The part of a `deno.json` that says where imports lead. */
interface Configuration {
  name: string;
  exports: { [path: string]: string };
  imports?: { [specifier: string]: string };
  compilerOptions?: unknown;
}

async function readConfiguration(file: string): Promise<Configuration> {
  return JSON.parse(await Deno.readTextFile(file));
}

async function writeJson(file: string, content: unknown): Promise<void> {
  await Deno.writeTextFile(file, `${JSON.stringify(content, null, 2)}\n`);
}

function findAbove(folder: string, name: string): string | undefined {
  if (existsSync(join(folder, name))) return join(folder, name);
  return dirname(folder) === folder ? undefined : findAbove(dirname(folder), name);
}

/** What `deno info` tells of the code. */
interface CodeInfo {
  modules: { npmPackage?: string }[];
  npmPackages: { [id: string]: { name: string; version: string; dependencies: string[]; localPath: string } };
}

/** What Deno does not load from a package. */
const needless = /\.(map|tiktoken|[cm]?ts)$/;

/**
 * Configures the bundle and locks the packages that its code reaches: the toolkit's, and of the notebook's nearest
 * configuration and lock file, which stand above the folder `from`. Gives the places of the packages' files.
 */
async function resolvePackages(folder: string, notebook: string, from: string): Promise<Place[]> {
  const root = new URL("../../../", import.meta.url);
  const toolkit = await readConfiguration(fileURLToPath(new URL("deno.json", root)));
  const nearest = findAbove(from, "deno.json");
  const own = nearest === undefined ? undefined : await readConfiguration(nearest);
  await Deno.copyFile(
    findAbove(from, "deno.lock") ?? fileURLToPath(new URL("deno.lock", root)),
    join(folder, "deno.lock"),
  );
  const { cells } = await loadNotebook(join(folder, notebook));
  const code = joinCells(cells.filter((cell) => cell.cell_type === "code").map((cell) => cell.source)).text;
  const entry = join(folder, dirname(notebook), ".understudy-bundle.ts");
  const urls = ["mod.ts", "cli.ts"].map((file) => pathToFileURL(join(folder, "understudy", file)).href);
  await Deno.writeTextFile(entry, urls.map((url) => `import "${url}";\n`).join("") + code);
  const modules = Object.entries(toolkit.exports)
    .map(([path, file]) => [toolkit.name + path.slice(1), `./understudy/${file.slice(2)}`]);
  const lockPackages = async (packages: readonly [specifier: string, target: string][]) => {
    const { name, exports, compilerOptions } = toolkit;
    const imports = Object.fromEntries(packages);
    const all = { ...imports, ...Object.fromEntries(modules) };
    await writeJson(join(folder, "understudy/deno.json"), {
      name,
      version: toolkitVersion,
      exports,
      imports,
    });
    await writeJson(join(folder, "deno.json"), { imports: all, compilerOptions, nodeModulesDir: "none" });
    await run(folder, ["cache", "--quiet", entry]);
  };
  const named = Object.entries({ ...own?.imports, ...toolkit.imports }).filter(([, target]) =>
    target.startsWith("npm:")
  );
  await lockPackages(named);
  const info: CodeInfo = JSON.parse(await run(folder, ["info", "--json", entry]));
  const packageOf = (id: string) => info.npmPackages[id]!;
  // A package that has a part for each platform is not in the bundle, which must run on any: not all parts are here.
  const isWhole = (id: string) =>
    packageOf(id).dependencies.every((other) => existsSync(packageOf(other).localPath));
  const reached = info.modules.flatMap(({ npmPackage }) => npmPackage ?? []).filter(isWhole);
  // Deno asks for every package that the configuration names, reached or not.
  const names = reached.map((id) => packageOf(id).name);
  const nameOf = (target: string) => /^npm:(@[^/]+\/[^/@]+|[^/@]+)/.exec(target)?.[1] ?? "";
  await lockPackages(named.filter(([, target]) => names.includes(nameOf(target))));
  await Deno.remove(entry);
  const needed = new Set(reached);
  for (const id of needed) packageOf(id).dependencies.forEach((other) => needed.add(other));
  const present = [...needed].map(packageOf).filter(({ localPath }) => existsSync(localPath));
  return present.flatMap(({ name, version, localPath }) => {
    const place = `packages/npm/packages.invalid/${name}/${version}`;
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
