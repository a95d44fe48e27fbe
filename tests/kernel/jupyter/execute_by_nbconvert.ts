// Executes notebooks as Jupyter does, by `jupyter nbconvert`, and says where the outputs are not those committed:
//
//     deno run -A tests/kernel/jupyter/execute_by_nbconvert.ts [--kernel NAME] [--jupyter "PROGRAM ..."] [NOTEBOOK...]
//
// `--kernel understudy` (the default) is this checkout's own, installed in a temporary folder; `deno` is Deno's.

import { loadNotebook, type NotebookOutput } from "@understudy/understudy/kernel";
import { installKernel } from "../../../lib/kernel/jupyter/kernelspec.ts";
import { compareOutputs } from "../../../lib/kernel/notebooks/compare_outputs.ts";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

/** How `jupyter nbconvert` is called here; `undefined` where it is not installed. */
export async function findNbconvert(): Promise<string[] | undefined> {
  for (const command of [["jupyter", "nbconvert"], ["python3", "-m", "nbconvert"]]) {
    try {
      const [program, ...args] = command;
      const { success } = await new Deno.Command(program!, { args: [...args, "--version"] }).output();
      if (success) return command;
    } catch {
      // There is no such program.
    }
  }
  return undefined;
}

/** One row per difference between a notebook's outputs and those of a run by nbconvert. */
export async function compareWithNbconvert(
  path: string,
  { command, kernel }: { command: readonly string[]; kernel: string },
): Promise<ReturnType<typeof compareOutputs>> {
  const folder = await Deno.makeTempDir({ prefix: "understudy-nbconvert-" });
  try {
    if (kernel === "understudy") await installKernel({ prefix: folder });
    else await installPlainKernel(join(folder, "share", "jupyter", "kernels", kernel));
    const [program, ...args] = command;
    const run = [
      "--to",
      "notebook",
      "--execute",
      `--ExecutePreprocessor.kernel_name=${kernel}`,
      "--allow-errors",
    ];
    const { success, stderr } = await new Deno.Command(program!, {
      args: [...args, ...run, "--output-dir", folder, path],
      env: { JUPYTER_PATH: join(folder, "share", "jupyter") },
    }).output();
    if (!success) throw new Error(`nbconvert failed: ${new TextDecoder().decode(stderr).slice(-2000)}`);
    const executed = await loadNotebook(join(folder, basename(path)));
    for (const { outputs = [] } of executed.cells) joinStreams(outputs);
    return compareOutputs(await loadNotebook(path), executed);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

// Newer versions of nbconvert keep the parts in which a stream arrived.
function joinStreams(outputs: NotebookOutput[]): void {
  for (const [place, output] of outputs.entries()) {
    const next = outputs[place + 1];
    if (output.output_type !== "stream" || next?.output_type !== "stream" || next.name !== output.name) {
      continue;
    }
    outputs.splice(place, 2, { ...output, text: output.text + next.text });
    return joinStreams(outputs);
  }
}

// As `deno jupyter --install` writes it, which always goes to the user's own folder.
async function installPlainKernel(folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  const argv = [Deno.execPath(), "jupyter", "--kernel", "--conn", "{connection_file}"];
  const spec = { argv, display_name: "Deno", language: "typescript" };
  await Deno.writeTextFile(join(folder, "kernel.json"), JSON.stringify(spec));
}

if (import.meta.main) {
  const options = { kernel: { type: "string", default: "understudy" }, jupyter: { type: "string" } } as const;
  const { values, positionals } = parseArgs({ args: Deno.args, options, allowPositionals: true });
  const command = values.jupyter?.split(" ") ?? await findNbconvert();
  if (command === undefined) throw new Error("nbconvert is not installed: pip install nbconvert");
  const notebooks = fileURLToPath(new URL("../../../notebooks/", import.meta.url));
  const all = [...Deno.readDirSync(notebooks)].map(({ name }) => name).filter((name) =>
    name.endsWith(".ipynb")
  );
  const paths = positionals.length > 0 ? positionals : all.sort().map((name) => join(notebooks, name));
  const print = (line: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
  for (const path of paths) {
    const differences = await compareWithNbconvert(path, { command, kernel: values.kernel });
    print(`${basename(path)}: ${differences.length} differences`);
    for (const row of differences) print(JSON.stringify(row));
  }
}
