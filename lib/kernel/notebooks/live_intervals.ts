import { studentTQuantile } from "../../stats/mod.ts";
import { type OutputDifference, outputTexts } from "./compare_outputs.ts";
import { type Notebook, type NotebookOutput, outputsOf } from "./ipynb.ts";

const number = /(?<![\w.])[-−]?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)(?:e[-+]?\d+)?/gi;

/**
 * Holds the outputs of a notebook against those of several live runs of it.
 *
 * Each number must lie in mean ± t(.975, k − 1) · sd · √(1 + 1/k) of the runs; the words between the numbers must be the
 * same. Of a display that has several types, only the text is read; figures are drawn from tables and are not.
 *
 * @param expected what the file holds
 * @param runs two live runs or more
 * @returns what does not lie there, in the notebook's order
 * @see CORE-Bench's rule for results that vary, https://arxiv.org/abs/2409.11363
 */
export function compareLiveRuns(expected: Notebook, runs: readonly Notebook[]): OutputDifference[] {
  return expected.cells.flatMap((cell, at) => {
    const all = [cell, ...runs.map((run) => run.cells[at])].map(outputsOf);
    const length = Math.max(...all.map((outputs) => outputs.length));
    return Array.from({ length }, (_, output) => {
      const place = { cell: at + 1, output: output + 1, kind: "live" };
      const texts = all.map((outputs) => plainText(outputs[output]));
      return outside(texts).map((difference) => ({ ...place, ...difference }));
    }).flat();
  });
}

function plainText(output: NotebookOutput | undefined): string {
  if (output === undefined) return "no output";
  const texts = outputTexts(output);
  return texts.get("text/plain") ?? [...texts.values()][0] ?? "";
}

function outside(
  [was, ...are]: readonly string[],
): Pick<OutputDifference, "place" | "expected" | "actual">[] {
  // Columns are padded to their widest number.
  const words = (text: string) => text.replace(number, "#").replace(/[ \t]+|-{3,}/g, " ");
  const other = are.find((text) => words(text) !== words(was!));
  if (other !== undefined) {
    const [before, after] = [words(was!).split("\n"), words(other).split("\n")];
    const line = before.findIndex((text, at) => text !== after[at]);
    const at = line < 0 ? before.length : line;
    return [{ place: `line ${at + 1}`, expected: before[at] ?? "nothing", actual: after[at] ?? "nothing" }];
  }
  const values = are.map((text) => numbersOf(text));
  return numbersOf(was!).flatMap(({ value, line }, at) => {
    const { mean, low, high } = interval(values.map((run) => run[at]!.value));
    const near = 1e-9 * Math.max(1, Math.abs(mean));
    if (value >= low - near && value <= high + near) return [];
    const short = (number: number) => String(Number(number.toPrecision(6)));
    const actual = `${short(mean)} [${short(low)}, ${short(high)}] in ${are.length} runs`;
    return [{ place: `line ${line}`, expected: short(value), actual }];
  });
}

function numbersOf(text: string): { value: number; line: number }[] {
  return text.split("\n").flatMap((words, at) =>
    [...words.matchAll(number)].map(([found]) => {
      return { value: Number(found.replaceAll(",", "").replace("−", "-")), line: at + 1 };
    })
  );
}

/** Where one more run is expected, with a probability of 95%. */
function interval(values: readonly number[]): { mean: number; low: number; high: number } {
  const k = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / k;
  const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (k - 1));
  const reach = studentTQuantile(0.975, k - 1) * sd * Math.sqrt(1 + 1 / k);
  return { mean, low: mean - reach, high: mean + reach };
}
