import { checkOptions, type Table, tableOfRows } from "../../core/mod.ts";
import { loadNotebook, type Notebook, type NotebookOutput } from "./ipynb.ts";
import { runNotebook, type RunNotebookOptions } from "./run_notebook.ts";

/** Options of {@linkcode verifyNotebook}. */
export interface VerifyNotebookOptions extends Omit<RunNotebookOptions, "allowErrors"> {}

/**
 * Verifies that a notebook gives the outputs that it holds: runs it again and compares.
 *
 * The notebook's file is not touched. Compared are the outputs of each code cell, in order: streams, errors, and
 * every MIME type of what is displayed, without what changes from run to run: dates, durations, rates, local ports,
 * versions of the runtime and absolute folders. Execution counts are not compared.
 *
 * @param path the `.ipynb` file, executed
 * @param options see {@linkcode VerifyNotebookOptions}; `output` keeps the new run
 * @returns one row per difference, none where all is equal: `cell` (place among all cells, from 1), `output` (place
 * in the cell, from 1), `kind` (`stdout`, `stderr`, a MIME type, `error`, or `output` for one too many or missing),
 * `expected`, `actual` (the part around the first difference)
 * @throws {Error} if a cell takes longer than `timeoutMs` or ends the kernel
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { runNotebook, verifyNotebook, writeNotebook } from "@understudy/understudy/kernel";
 *
 * const path = await Deno.makeTempFile({ suffix: ".ipynb" });
 * const cell = { id: "a", cell_type: "code" as const, source: "6 * 7", metadata: {} };
 * await writeNotebook({ cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 5 }, path);
 * await runNotebook(path, { output: path });
 * assertEquals((await verifyNotebook(path)).numRows(), 0);
 * await Deno.remove(path);
 * ```
 */
export async function verifyNotebook(path: string, options: VerifyNotebookOptions = {}): Promise<Table> {
  checkOptions("verify the notebook", options, ["output", "timeoutMs", "onCell", "signal"]);
  const expected = await loadNotebook(path);
  return compareOutputs(expected, await runNotebook(path, { ...options, allowErrors: true }));
}

/** The differences between the outputs of two runs of one notebook. */
export function compareOutputs(expected: Notebook, actual: Notebook): Table {
  const differences = expected.cells.flatMap((cell, place) => {
    const before = cell.outputs ?? [];
    const after = actual.cells[place]?.outputs ?? [];
    const differ = (at: number) =>
      pair(before[at], after[at]).flatMap(([kind, texts]) => {
        const [was, is] = texts.map(normalizeOutput) as [string, string];
        return was === is ? [] : [{ cell: place + 1, output: at + 1, kind, ...excerpts(was, is) }];
      });
    return Array.from({ length: Math.max(before.length, after.length) }, (_, at) => differ(at)).flat();
  });
  return tableOfRows(differences, ["cell", "output", "kind", "expected", "actual"]);
}

// The texts of two outputs, by kind. An output that only one run has, or of another type, is one difference.
function pair(
  before: NotebookOutput | undefined,
  after: NotebookOutput | undefined,
): [kind: string, texts: [string, string]][] {
  if (before === undefined || after === undefined || before.output_type !== after.output_type) {
    return [["output", [summary(before), summary(after)]]];
  }
  const [was, is] = [textsOf(before), textsOf(after)];
  const kinds = [...new Set([...was.keys(), ...is.keys()])];
  return kinds.map((kind) => [kind, [was.get(kind) ?? "nothing", is.get(kind) ?? "nothing"]]);
}

function textsOf(output: NotebookOutput): Map<string, string> {
  if (output.output_type === "stream") return new Map([[output.name, output.text]]);
  if (output.output_type === "error") return new Map([["error", `${output.ename}: ${output.evalue}`]]);
  const text = (value: unknown) => typeof value === "string" ? value : JSON.stringify(value);
  return new Map(Object.entries(output.data).map(([type, value]) => [type, text(value)]));
}

function summary(output: NotebookOutput | undefined): string {
  if (output === undefined) return "no output";
  return `${output.output_type}: ${[...textsOf(output).values()].join(" ")}`;
}

// A figure is long: the reader needs the place where the two texts part.
function excerpts(expected: string, actual: string): { expected: string; actual: string } {
  let start = 0;
  while (start < expected.length && expected[start] === actual[start]) start++;
  const from = Math.max(0, start - 20);
  const part = (text: string) =>
    (from > 0 ? "…" : "") + text.slice(from, from + 80) + (from + 80 < text.length ? "…" : "");
  return { expected: part(expected), actual: part(actual) };
}

/** Dates, durations, rates, local ports, versions of the runtime, and addresses of cells in stacks. */
const volatileTexts: readonly { readonly pattern: RegExp; readonly replacement: string }[] = [
  {
    pattern: /\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?/g,
    replacement: "<date>",
  },
  { pattern: /(127\.0\.0\.1|localhost|\[::1\]):\d+/g, replacement: "$1:<port>" },
  { pattern: /\b(Deno|V8|TypeScript)([ /@]v?)\d+(?:\.\d+)+[-+\w]*/gi, replacement: "$1$2<version>" },
  { pattern: /\b\d+(?:\.\d+)?\/s\b/g, replacement: "<rate>" },
  { pattern: /(?<![\w.])\d+(?:\.\d+)? ?(?:ns|µs|ms|s|seconds?|minutes?)\b/g, replacement: "<duration>" },
  // "2 min 5 s", "1 h 3 min" and "under 1 s" are one duration like "48 s".
  { pattern: /(?:under |(?<![\w.])\d+ (?:min|h) )+<duration>/g, replacement: "<duration>" },
  { pattern: /(?<![\w.])\d+ h \d+ min\b/g, replacement: "<duration>" },
  { pattern: /\bfile:\/\/\/\S*\/(?=[^/\s]+)/g, replacement: "file:///<folder>/" },
];

/** A text without what changes from run to run. */
export function normalizeOutput(text: string): string {
  return volatileTexts.reduce((said, { pattern, replacement }) => said.replace(pattern, replacement), text);
}
