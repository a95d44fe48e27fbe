/**
 * Executes notebooks without Jupyter.
 *
 *     deno run -A notebooks/execute.ts [--verify] [--html FOLDER] [notebook.ipynb …]
 *
 * Without files, all notebooks of this folder. Executes each, writes its outputs in place and formats its cells. With
 * `--verify` the files stay as they are: exit code 1 where a new run gives other outputs, or a notebook is not
 * formatted. With `--html` each notebook is also written as a web page. Variables of the environment reach the
 * notebooks, so the same run can be pointed at a real endpoint.
 */
import { renderTable, type Table } from "@understudy/understudy/core";
import { interruptible, publishNotebook, runNotebook, verifyNotebook } from "@understudy/understudy/kernel";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";

/** What the command was asked to do. */
interface Task {
  files: string[];
  verify: boolean;
  html: string | undefined;
}

async function readTask(words: string[]): Promise<Task> {
  const { values, positionals } = parseArgs({
    args: words,
    options: { verify: { type: "boolean", default: false }, html: { type: "string" } },
    allowPositionals: true,
  });
  return {
    files: positionals.length > 0 ? positionals : await notebooksOf(import.meta.dirname!),
    verify: values.verify,
    html: values.html,
  };
}

async function notebooksOf(folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    if (entry.isFile && entry.name.endsWith(".ipynb")) files.push(join(folder, entry.name));
  }
  return files.sort();
}

async function execute(file: string, task: Task, signal: AbortSignal): Promise<boolean> {
  const started = performance.now();
  const differences = task.verify ? await verifyNotebook(file, { signal }) : undefined;
  if (differences === undefined) {
    await runNotebook(file, { output: file, signal });
    await Deno.writeTextFile(file, await formatted(await Deno.readTextFile(file)));
  }
  print(`${file}: ${verdict(differences)} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
  if (task.html !== undefined) await publish(file, task.html);
  if (differences === undefined) return true;
  if (differences.numRows() > 0) {
    print(renderTable(differences, { format: "text", maximumRows: 50, width: 200 }));
  }
  const text = await Deno.readTextFile(file);
  const neat = text === await formatted(text);
  if (!neat) print(`${file}: is not formatted; execute it without --verify`);
  return neat && differences.numRows() === 0;
}

// The runner leaves the sources as they are; the house style holds for notebooks too. Read from the standard input,
// because `deno fmt --check` calls every notebook unformatted of which a cell does not end with a line break.
async function formatted(text: string): Promise<string> {
  const formatter = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--quiet", "--ext", "ipynb", "-"],
    cwd: import.meta.dirname!,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = formatter.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  const { success, stdout, stderr } = await formatter.output();
  if (!success) throw new Error(`Cannot format a notebook: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

function verdict(differences: Table | undefined): string {
  if (differences === undefined) return "executed";
  const n = differences.numRows();
  return n === 0 ? "gives its outputs" : `differs from its outputs in ${n} place${n === 1 ? "" : "s"}`;
}

async function publish(file: string, folder: string): Promise<void> {
  const output = join(folder, `${basename(file, ".ipynb")}.html`);
  await publishNotebook(file, { output });
  print(`${output}: written`);
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

let failed = false;
try {
  const task = await readTask(Deno.args);
  if (task.files.length === 0) print("There are no notebooks in this folder.");
  await interruptible(async (signal) => {
    for (const file of task.files) failed = !(await execute(file, task, signal)) || failed;
  });
} catch (error) {
  print(error instanceof Error ? error.message : String(error));
  failed = true;
}
if (failed) Deno.exit(1);
