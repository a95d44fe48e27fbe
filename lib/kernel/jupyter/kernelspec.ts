import { checkText } from "../../core/checks.ts";
import { cannot } from "../../core/errors.ts";
import { readOptions, rule, type RulesFor } from "../../core/options.ts";
import { dirname, join, resolve } from "node:path";

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
    throw new RangeError(cannot(action, name, 'be made of a-z, 0-9, ".", "_" and "-"', value));
  }, "understudy"),
  display: rule(checkText, "Understudy (Deno)"),
  prefix: rule<string, undefined>(checkText, undefined),
} satisfies RulesFor<KernelspecOptions>;

/** What `metadata` of our `kernel.json` says, so that another kernel is neither replaced nor removed. */
const maker = "@understudy/understudy";

/** Where a user's kernels are: a variable of the environment and the folder below it; the first that is set counts. */
const dataFolders: { readonly [system: string]: readonly (readonly string[])[] } = {
  // https://jupyter.readthedocs.io/en/latest/use/jupyter-directories.html, "Data files".
  darwin: [["JUPYTER_DATA_DIR"], ["HOME", "Library", "Jupyter"]],
  windows: [["JUPYTER_DATA_DIR"], ["APPDATA", "jupyter"]],
  other: [["JUPYTER_DATA_DIR"], ["XDG_DATA_HOME", "jupyter"], ["HOME", ".local", "share", "jupyter"]],
};

/**
 * Installs the Jupyter kernel "Understudy (Deno)", so that Jupyter, JupyterLab and editors offer it.
 *
 * An older one of the same name is replaced; a kernel that another program installed is not.
 *
 * @param options see {@linkcode KernelspecOptions}
 * @returns what to tell the user: where it is, and how to take it away
 * @throws {RangeError} if the name is wrong or taken, this Deno is too old, or the folder cannot be written
 */
export async function installKernel(options: KernelspecOptions = {}): Promise<string> {
  const action = "install the kernel";
  const { folder, display } = await findKernel(action, options);
  checkDeno(action, Deno.version.deno);
  // Fetches what the kernel is made of now, and not while Jupyter waits for it.
  await import("./serve_jupyter.ts");
  try {
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(join(folder, "kernel.json"), kernelspec(display));
    for (const logo of ["logo-32x32.png", "logo-64x64.png", "logo-svg.svg"]) {
      const image = await fetch(import.meta.resolve(`./${logo}`));
      await Deno.writeFile(join(folder, logo), await image.bytes());
    }
  } catch (cause) {
    const rule = "be one that can be written (--prefix FOLDER or JUPYTER_DATA_DIR name another)";
    throw new RangeError(`${cannot(action, "folder", rule, folder)}: ${(cause as Error).message}`, { cause });
  }
  return `The kernel "${display}" is in ${folder}
Jupyter offers it (none yet? pip install jupyterlab). To take it away: kernel uninstall, with the same --name and --prefix`;
}

/**
 * Takes away the kernel that {@linkcode installKernel} installed with the same options.
 *
 * @returns the folder that was removed
 * @throws {RangeError} if there is no such kernel, or another program installed it
 */
export async function uninstallKernel(options: KernelspecOptions = {}): Promise<string> {
  const action = "uninstall the kernel";
  const { folder, name, isThere } = await findKernel(action, options);
  if (!isThere) throw new RangeError(cannot(action, "name", `be a kernel below ${dirname(folder)}`, name));
  await Deno.remove(folder, { recursive: true });
  return folder;
}

/** Refuses a Deno that the kernel cannot be built on: 2.8.2 and 2.8.3 mix the outputs of cells, others lack more. */
export function checkDeno(action: string, version: string): void {
  if (version.localeCompare("2.9", "en", { numeric: true }) > 0) return;
  throw new RangeError(cannot(action, "Deno", 'be version 2.9 or later (run "deno upgrade")', version));
}

/** What options name, and whether a kernel of ours is there; throws where another program's is. */
async function findKernel(action: string, options: KernelspecOptions) {
  const { name, display, prefix } = readOptions(action, options, rules);
  const places = dataFolders[Deno.build.os] ?? dataFolders.other!;
  const [variable = "HOME", ...below] = places.find(([variable]) => Deno.env.get(variable!)) ?? [];
  const own = join(Deno.env.get(variable) ?? ".", ...below);
  const folder = join(prefix === undefined ? own : resolve(prefix, "share", "jupyter"), "kernels", name);
  const spec = await Deno.readTextFile(join(folder, "kernel.json")).catch(() => null);
  if (spec !== null && !spec.includes(`"made_by": "${maker}"`)) {
    const rule = `be free or a kernel of ours, not another program's: ${folder}`;
    throw new RangeError(cannot(action, "name", rule, name));
  }
  return { name, display, folder, isThere: spec !== null };
}

function kernelspec(display: string): string {
  const commands = import.meta.resolve("../../../cli.ts");
  const spec = {
    argv: [Deno.execPath(), "run", "-A", commands, "kernel", "run", "{connection_file}"],
    display_name: display,
    language: "typescript",
    interrupt_mode: "message",
    env: { DENO_NO_UPDATE_CHECK: "1", DENO_DIR: Deno.env.get("DENO_DIR") },
    metadata: { made_by: maker },
  };
  return `${JSON.stringify(spec, null, 2)}\n`;
}
