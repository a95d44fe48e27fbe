import { checkText } from "../../core/checks.ts";
import { cannot } from "../../core/errors.ts";
import { readOptions, rule, type RulesFor } from "../../core/options.ts";
import { existsSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Options of {@linkcode installKernel} and {@linkcode uninstallKernel}. */
export interface KernelspecOptions {
  /**
   * The name of the kernel's folder, by which notebooks and `--kernel_name` call it: `a-z`, `0-9`, `.`, `_`, `-`.
   * @default {"understudy"}
   */
  name?: string | undefined;
  /**
   * The name that Jupyter's menus show.
   * @default {"Understudy (Deno)"}
   */
  display?: string | undefined;
  /**
   * The folder of an environment, as of Python's `venv`: the kernel goes to its `share/jupyter`.
   * @default the user's own: `JUPYTER_DATA_DIR`, else the place of the system that runs
   */
  prefix?: string | undefined;
}

const rules = {
  name: rule((action, name, value) => {
    if (typeof value === "string" && /^[a-z0-9_][a-z0-9._-]*$/.test(value)) return;
    throw new RangeError(
      cannot(action, name, "be made of a-z, 0-9, '.', '_' and '-', as in \"study-1\"", value),
    );
  }, "understudy"),
  display: rule(checkText, "Understudy (Deno)"),
  prefix: rule<string, undefined>(checkText, undefined),
} satisfies RulesFor<KernelspecOptions>;

/** What `metadata` of our `kernel.json` says, so that another kernel is neither replaced nor removed. */
const maker = "@understudy/understudy";

const logos = ["logo-32x32.png", "logo-64x64.png", "logo-svg.svg"];

/**
 * Installs the Jupyter kernel "Understudy (Deno)", so that Jupyter, JupyterLab and editors offer it.
 *
 * An older one of the same name is replaced; a kernel that another program installed is not.
 *
 * @param options see {@linkcode KernelspecOptions}
 * @returns what to tell the user: where it is, how to take it away, and whether Jupyter is missing
 * @throws {RangeError} if the name is wrong or taken, this Deno is too old, or the folder cannot be written
 */
export async function installKernel(options: KernelspecOptions = {}): Promise<string> {
  const action = "install the kernel";
  const { name, display, prefix } = readOptions(action, options, rules);
  checkDeno(action, Deno.version.deno);
  const folder = join(dataFolder(prefix), "kernels", name);
  await checkOurs(action, { folder, name });
  // Fetches what the kernel is made of now, and not while Jupyter waits for it.
  await import("./serve_jupyter.ts");
  await writing(action, folder, async () => {
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(
      join(folder, "kernel.json"),
      JSON.stringify(kernelspec(display), null, 2) + "\n",
    );
    for (const logo of logos) {
      const image = await fetch(new URL(logo, import.meta.url));
      await Deno.writeFile(join(folder, logo), await image.bytes());
    }
  });
  const chosen = `${name === rules.name.fallback ? "" : ` --name ${name}`}${
    prefix ? ` --prefix ${quoted(prefix)}` : ""
  }`;
  const missing =
    "\nJupyter was not found on this machine: the kernel shows once it is there (pip install jupyterlab).";
  return `The kernel "${display}" is in ${folder}${isProgram("jupyter") ? "" : missing}
Take it away again: deno run -A ${quoted(commandLine())} kernel uninstall${chosen}`;
}

const quoted = (word: string) => /^[\w./:@-]+$/.test(word) ? word : JSON.stringify(word);

/**
 * Takes away the kernel that {@linkcode installKernel} installed with the same options.
 *
 * @returns the folder that was removed
 * @throws {RangeError} if there is no such kernel, or another program installed it
 */
export async function uninstallKernel(options: KernelspecOptions = {}): Promise<string> {
  const action = "uninstall the kernel";
  const { name, prefix } = readOptions(action, options, rules);
  const folder = join(dataFolder(prefix), "kernels", name);
  if (!await checkOurs(action, { folder, name })) {
    throw new RangeError(cannot(action, "name", `be a kernel below ${dataFolder(prefix)}`, name));
  }
  await writing(action, folder, () => Deno.remove(folder, { recursive: true }));
  return folder;
}

/** Refuses a Deno that the kernel cannot be built on. */
export function checkDeno(action: string, version: string): void {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > 2 || (major === 2 && minor >= 9)) return;
  // 2.8.2 and 2.8.3 mix the outputs of cells; before them there is no `stripTypeScriptTypes`.
  throw new RangeError(cannot(action, "Deno", 'be version 2.9 or later (run "deno upgrade")', version));
}

function kernelspec(display: string): Record<string, unknown> {
  const cache = Deno.env.get("DENO_DIR");
  return {
    argv: [Deno.execPath(), "run", "-A", commandLine(), "kernel", "run", "{connection_file}"],
    display_name: display,
    language: "typescript",
    interrupt_mode: "message",
    env: { DENO_NO_UPDATE_CHECK: "1", ...(cache === undefined ? {} : { DENO_DIR: cache }) },
    metadata: { made_by: maker },
  };
}

/** The toolkit's commands: a file of this machine, or an address. */
function commandLine(): string {
  const url = new URL("../../../cli.ts", import.meta.url);
  return url.protocol === "file:" ? fileURLToPath(url) : url.href;
}

// https://jupyter.readthedocs.io/en/latest/use/jupyter-directories.html, "Data files".
function dataFolder(prefix: string | undefined): string {
  if (prefix !== undefined) return resolve(prefix, "share", "jupyter");
  const named = Deno.env.get("JUPYTER_DATA_DIR");
  if (named) return named;
  const home = Deno.env.get("HOME") ?? Deno.env.get("USERPROFILE") ?? ".";
  if (Deno.build.os === "darwin") return join(home, "Library", "Jupyter");
  if (Deno.build.os === "windows") return join(Deno.env.get("APPDATA") ?? home, "jupyter");
  return join(Deno.env.get("XDG_DATA_HOME") || join(home, ".local", "share"), "jupyter");
}

/** Whether the kernel is there; throws where another program installed it. */
async function checkOurs(
  action: string,
  { folder, name }: { folder: string; name: string },
): Promise<boolean> {
  let made: unknown;
  try {
    made = JSON.parse(await Deno.readTextFile(join(folder, "kernel.json"))).metadata?.made_by;
  } catch (error) {
    if (!(error instanceof SyntaxError)) return false;
  }
  if (made === maker) return true;
  throw new RangeError(
    cannot(action, "name", `be free or a kernel of ours, not another program's: ${folder}`, name),
  );
}

async function writing(action: string, folder: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    const rule = "be one that can be written (--prefix FOLDER or JUPYTER_DATA_DIR name another)";
    throw new RangeError(`${cannot(action, "folder", rule, folder)}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function isProgram(name: string): boolean {
  const folders = (Deno.env.get("PATH") ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.some((folder) => [name, `${name}.exe`].some((file) => existsSync(join(folder, file))));
}
