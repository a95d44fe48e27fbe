import { visibleText } from "../lib/core/visible_text.ts";
import { bundleNotebook } from "../lib/kernel/notebooks/bundle_notebook.ts";
import { checkNotebook } from "../lib/kernel/notebooks/check_notebook.ts";
import type { OutputDifference } from "../lib/kernel/notebooks/compare_outputs.ts";
import type { Notebook } from "../lib/kernel/notebooks/ipynb.ts";
import { publishNotebook } from "../lib/kernel/notebooks/publish_notebook.ts";
import { runNotebook, type RunNotebookOptions } from "../lib/kernel/notebooks/run_notebook.ts";
import { notebookFiles } from "../lib/kernel/notebooks/used_files.ts";
import { verifyNotebook } from "../lib/kernel/notebooks/verify_notebook.ts";
import { interruptible } from "../lib/kernel/showing/interruptible.ts";
import { print } from "./command_line.ts";
import { basename, dirname, join } from "node:path";

/** What `notebook run` and `notebook verify` are told about a run. */
interface RunSettings {
  /** Where the executed notebook goes: a file, or a folder that is there. */
  output: string | undefined;
  /** How long a cell may take, in seconds. */
  timeout: number | undefined;
}

/** Executes notebooks; `true` if no cell failed. */
export async function runNotebooks(
  files: readonly string[],
  settings: RunSettings & { goOn: boolean; format: boolean },
): Promise<boolean> {
  let failed = 0;
  for (const file of files) {
    const output = await outputOf(file, settings.output) ?? file;
    const notebook = await withProgress(file, settings, async (options) => {
      return await runNotebook(file, { ...options, output, allowErrors: settings.goOn });
    });
    if (settings.format) await formatCells(output);
    const errors = errorsOf(notebook);
    failed += errors;
    print(`${output}: executed${errors === 0 ? "" : `; ${errors} cell${errors === 1 ? "" : "s"} failed`}`);
  }
  return failed === 0;
}

/** Verifies notebooks and prints what differs; `true` if nothing does. */
export async function verifyNotebooks(
  files: readonly string[],
  settings: RunSettings & { live: number | undefined },
): Promise<boolean> {
  let places = 0;
  for (const file of files) {
    const { live = 0 } = settings;
    const output = await outputOf(file, settings.output) ?? null;
    const differences = await withProgress(file, settings, async (options) => {
      return await verifyNotebook(file, { ...options, live, output });
    });
    const n = differences.numRows();
    places += n;
    const holds = live > 0 ? `has outputs that ${live} live runs agree with` : "gives its outputs";
    print(`${file}: ${n === 0 ? holds : `differs from its outputs in ${n} place${n === 1 ? "" : "s"}`}`);
    for (
      const { cell, output, kind, place, expected, actual } of differences.objects() as OutputDifference[]
    ) {
      print(
        `\n  cell ${cell}, output ${output}, ${kind}, ${place}\n    file  ${expected}\n    run   ${actual}`,
      );
    }
  }
  return places === 0;
}

/** Checks the types of notebooks and prints what is wrong; `true` if nothing is. */
export async function checkNotebooks(files: readonly string[]): Promise<boolean> {
  let wrong = 0;
  for (const file of files) {
    const messages = await checkNotebook(file);
    const n = messages.numRows();
    wrong += n;
    print(`${file}: ${n === 0 ? "types are right" : `${n} message${n === 1 ? "" : "s"}`}`);
    for (
      const { cell, line, column, code, message, source } of messages.objects() as {
        [name: string]: unknown;
      }[]
    ) {
      print(`\n  cell ${cell}:${line}:${column} ${code} ${message}\n    ${source}`);
    }
  }
  return wrong === 0;
}

/** Writes notebooks as pages that carry the files which they name. */
export async function publishNotebooks(
  files: readonly string[],
  settings: { output: string | undefined; code: string | undefined },
): Promise<void> {
  for (const file of files) {
    const output = join(settings.output ?? dirname(file), `${basename(file, ".ipynb")}.html`);
    const code = settings.code === undefined ? {} : { code: settings.code as "shown" };
    await publishNotebook(file, { output, files: await notebookFiles(file), ...code });
    print(`${output}: written`);
  }
}

/** Bundles a notebook with more files, and says what is in it. */
export async function packNotebook(
  file: string,
  settings: { files: readonly string[]; output: string | undefined; verify: boolean },
): Promise<void> {
  const output = settings.output ?? `${basename(file, ".ipynb")}.zip`;
  const files = await bundleNotebook(file, { ...settings, output });
  const { size } = await Deno.stat(output);
  print(`${output}: written, ${(size / 1e6).toFixed(1)} MB, with\n  ${files.join("\n  ")}`);
}

async function outputOf(file: string, output: string | undefined): Promise<string | undefined> {
  if (output === undefined) return undefined;
  const isFolder = await Deno.stat(output).then(({ isDirectory }) => isDirectory, () => false);
  return isFolder ? join(output, basename(file)) : output;
}

function errorsOf({ cells }: Notebook): number {
  return cells.filter(({ outputs = [] }) => outputs.some(({ output_type }) => output_type === "error"))
    .length;
}

/** Runs cells with a line that says how far they are; Ctrl+C stops the running cell. */
async function withProgress<T>(
  file: string,
  { timeout }: RunSettings,
  run: (options: RunNotebookOptions) => Promise<T>,
): Promise<T> {
  const isTerminal = Deno.stderr.isTerminal();
  const say = (text: string) => void Deno.stderr.writeSync(new TextEncoder().encode(text));
  let began = 0;
  const options: RunNotebookOptions = {
    onBegin: ({ number, total }) => {
      began = performance.now();
      if (isTerminal) say(`\r\x1b[K${visibleText(file)}: cell ${number} of ${total} …`);
    },
    onCell: ({ number, total }) => {
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      if (!isTerminal) say(`${visibleText(file)}: cell ${number} of ${total} · took ${seconds} s\n`);
    },
    ...(timeout === undefined ? {} : { timeoutMs: Math.max(1, Math.round(timeout * 1000)) }),
  };
  try {
    return await interruptible((signal) => run({ ...options, signal }));
  } finally {
    if (isTerminal) say("\r\x1b[K");
  }
}

// Read from the standard input, because `deno fmt --check` calls every notebook unformatted of which a cell does not
// end with a line break.
async function formatCells(file: string): Promise<void> {
  const formatter = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--quiet", "--ext", "ipynb", "-"],
    cwd: dirname(file) || ".",
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = formatter.stdin.getWriter();
  await writer.write(await Deno.readFile(file));
  await writer.close();
  const { success, stdout, stderr } = await formatter.output();
  if (!success) throw new Error(`Cannot format ${file}: ${new TextDecoder().decode(stderr)}`);
  await Deno.writeFile(file, stdout);
}
