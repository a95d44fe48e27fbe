import { type Notebook, type NotebookOutput, outputsOf } from "./ipynb.ts";
import { Buffer } from "node:buffer";

/** Where two texts part. */
interface TextDifference {
  readonly kind: string;
  readonly place: string;
  readonly expected: string;
  readonly actual: string;
}

/** A row of what `verifyNotebook` returns, where its columns are told. */
export interface OutputDifference extends TextDifference {
  readonly cell: number;
  readonly output: number;
}

/**
 * Compares the outputs of two runs of one notebook: texts and tables exactly, figures to a hundredth of a pixel.
 *
 * What tells only when and where it was run is not compared: the pace and the duration in the line of a progress bar,
 * ports of this machine, the folder of a file's address, Deno's version, and a date that is the day of the new run.
 */
export function compareOutputs(
  expected: Notebook,
  actual: Notebook,
  today: readonly string[] = [],
): OutputDifference[] {
  return alignOutputs([expected, actual]).flatMap(({ cell, output, outputs: [before, after] }) =>
    pairs(before, after).flatMap(([kind, was, is]) =>
      compareTexts(kind, maskToday(was, is, today), is).map((difference) => ({ cell, output, ...difference }))
    )
  );
}

/** The outputs that stand in the same place of several runs of one notebook. */
export function alignOutputs(
  runs: readonly Notebook[],
): { cell: number; output: number; outputs: (NotebookOutput | undefined)[] }[] {
  return runs[0]!.cells.flatMap((_, at) => {
    const own = runs.map(({ cells }) => outputsOf(cells[at]));
    return Array.from({ length: Math.max(...own.map(({ length }) => length)) }, (_, output) => (
      { cell: at + 1, output: output + 1, outputs: own.map((outputs) => outputs[output]) }
    ));
  });
}

// The texts of two outputs, by kind. An output that only one run has, or of another type, is one difference.
function pairs(
  before: NotebookOutput | undefined,
  after: NotebookOutput | undefined,
): [kind: string, was: string, is: string][] {
  if (before === undefined || after === undefined || before.output_type !== after.output_type) {
    return [["output", summary(before), summary(after)]];
  }
  const [was, is] = [outputTexts(before), outputTexts(after)];
  const kinds = [...new Set([...was.keys(), ...is.keys()])];
  return kinds.map((kind) => [kind, was.get(kind) ?? "nothing", is.get(kind) ?? "nothing"]);
}

/** The texts of an output by kind; figures in data URIs are unpacked. */
export function outputTexts(output: NotebookOutput): Map<string, string> {
  if (output.output_type === "stream") return new Map([[output.name, output.text]]);
  if (output.output_type === "error") return new Map([["error", `${output.ename}: ${output.evalue}`]]);
  const text = (value: unknown) => typeof value === "string" ? unpackFigures(value) : JSON.stringify(value);
  return new Map(Object.entries(output.data).map(([type, value]) => [type, text(value)]));
}

function unpackFigures(html: string): string {
  const address = /data:image\/svg\+xml(;[^,"'\s]{0,99})?,([^"'\s]*)/g;
  return html.replace(address, (whole, kind: string, content: string) => {
    if (kind?.includes("base64")) return Buffer.from(content, "base64").toString("utf8");
    try {
      return decodeURIComponent(content);
    } catch {
      return whole;
    }
  });
}

function summary(output: NotebookOutput | undefined): string {
  if (output === undefined) return "no output";
  return `${output.output_type}: ${[...outputTexts(output).values()].join(" ")}`;
}

/** Lines of a text, rows of a table, whole figures: what is compared one by one. */
function unitsOf(text: string): { unit: string; place: string }[] {
  let [line, row] = [1, 0];
  return splitFigures(normalizeOutput(text)).flatMap((part) => {
    if (part.startsWith("<svg") && part.endsWith("</svg>")) {
      return [{ unit: roundDrawing(part), place: "figure" }];
    }
    return part.split(/(?<=\n|<\/tr>)/).map((unit) => {
      const place = unit.includes("<tr") ? `row ${row++}` : `line ${line}`;
      if (unit.endsWith("\n")) line++;
      return { unit, place };
    });
  });
}

// Figures, and what is between them.
function splitFigures(text: string): string[] {
  return text.split(/(?<=<\/svg>)/).flatMap((part) => {
    const start = part.endsWith("</svg>") ? part.search(/<svg[\s>]/) : 0;
    return start > 0 ? [part.slice(0, start), part.slice(start)] : [part];
  });
}

// Coordinates may differ in the last digits between machines; what is written in a figure may not.
function roundDrawing(svg: string): string {
  const attributes = /\b(d|[cr]?[xy][12]?|d[xy]|r|width|height|points|transform|viewBox)="([^"]*)"/g;
  return svg.replace(attributes, (_, name: string, value: string) => {
    return `${name}="${
      value.replace(/-?\d*\.\d+(?:e-?\d+)?/g, (number) => String(Math.round(Number(number) * 100) / 100))
    }"`;
  });
}

/** Where two texts differ, but for when and where they were made. */
export function compareTexts(kind: string, expected: string, actual: string): TextDifference[] {
  const [was, is] = [unitsOf(expected), unitsOf(actual)];
  const differences = Array.from({ length: Math.max(was.length, is.length) }, (_, at): TextDifference[] => {
    const { unit: before, place } = was[at] ?? { unit: "nothing", place: `after line ${was.length}` };
    const after = is[at]?.unit ?? "nothing";
    if (before === after) return [];
    let start = 0;
    while (start < before.length && before[start] === after[start]) start++;
    const told = { expected: excerpt(before, start), actual: excerpt(after, start) };
    if (place !== "figure") return [{ kind, place, ...told }];
    return [{ kind: "figure", place: `element ${before.slice(0, start).split(/<\w/).length - 1}`, ...told }];
  }).flat();
  // Where there are more or fewer lines or rows, all that follows is shifted: only the first is told.
  return was.length === is.length ? differences : differences.slice(0, 1);
}

// A line may be long: the reader needs the place where the two part.
function excerpt(text: string, start: number): string {
  const from = Math.max(0, start - 20);
  const part = text.slice(from, from + 80);
  // Where they part in an empty end, it is to be seen.
  const shown = start < text.trimEnd().length ? part.trim() : JSON.stringify(part);
  return (from > 0 ? "…" : "") + shown + (from + 80 < text.length ? "…" : "");
}

const duration = /(?:under )?\d+(?:\.\d+)? ?(?:ms|s|min|h)(?: \d+ (?:s|min))?/.source;

/** What says when and where a notebook was run. */
const circumstances: readonly { readonly pattern: RegExp; readonly replacement: string }[] = [
  { pattern: /(127\.0\.0\.1|localhost|\[::1\]):\d+/g, replacement: "$1:<port>" },
  { pattern: /\b(Deno|V8|TypeScript)([ /@]v?)\d+(?:\.\d+)+[-+\w]*/gi, replacement: "$1$2<version>" },
  { pattern: /(· )\d+(?:\.\d+)?\/s\b/g, replacement: "$1<rate>" },
  { pattern: new RegExp(`(· (?:took|about)) ${duration}\\b`, "g"), replacement: "$1 <duration>" },
  { pattern: /\bfile:\/\/\/\S*\/(?=[^/\s]+)/g, replacement: "file:///<folder>/" },
];

/** A text without what tells only when and where it was made. */
export function normalizeOutput(text: string): string {
  return circumstances.reduce((said, { pattern, replacement }) => said.replace(pattern, replacement), text);
}

const time = /\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?/g;

// A date that is the day of the new run says when it was run; any other is a result.
function maskToday(was: string, is: string, today: readonly string[]): string {
  const times = [...is.matchAll(time)].map(([found]) => found);
  let at = 0;
  return was.replace(time, (found) => {
    const other = times[at++];
    return other !== undefined && today.includes(other.slice(0, 10)) ? other : found;
  });
}
