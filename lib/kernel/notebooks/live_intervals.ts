import { studentTQuantile } from "../../stats/mod.ts";
import {
  alignOutputs,
  compareTexts,
  normalizeOutput,
  type OutputDifference,
  outputTexts,
} from "./compare_outputs.ts";
import type { Notebook, NotebookOutput } from "./ipynb.ts";
import { mean, sampleStandardDeviation } from "simple-statistics";

const number = /(?<![\w.])[-−]?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)(?:e[-+]?\d+)?/gi;

/**
 * Holds the outputs of a notebook against those of several live runs of it.
 *
 * Each number must lie in mean ± t(.975, k − 1) · sd · √(1 + 1/k) of the runs; the words between the numbers must be the
 * same. Of a display that has several types, only the text is read; figures are drawn from tables and are not.
 *
 * @see CORE-Bench's rule for results that vary, https://arxiv.org/abs/2409.11363
 */
export function compareLiveRuns(expected: Notebook, runs: readonly Notebook[]): OutputDifference[] {
  return alignOutputs([expected, ...runs]).flatMap(({ cell, output, outputs }) => {
    const [was, ...are] = outputs.map(plainText) as [string, ...string[]];
    const other = are.find((text) => words(text) !== words(was));
    const differences = other === undefined
      ? numbersOutside(was, are)
      : compareTexts("live", words(was), words(other)).slice(0, 1);
    return differences.map((difference) => ({ cell, output, ...difference }));
  });
}

function plainText(output: NotebookOutput | undefined): string {
  if (output === undefined) return "no output";
  const texts = outputTexts(output);
  return normalizeOutput(texts.get("text/plain") ?? [...texts.values()][0] ?? "");
}

// Columns are padded to their widest number.
function words(text: string): string {
  return text.replace(number, "#").replace(/[ \t]+|-{3,}/g, " ");
}

/** The numbers that do not lie where one more run is expected, with a probability of 95%. */
function numbersOutside(was: string, are: readonly string[]) {
  const k = are.length;
  const runs = are.map(numbersOf);
  return numbersOf(was).flatMap(({ value, line }, at) => {
    const values = runs.map((run) => run[at]!.value);
    const middle = mean(values);
    const reach = studentTQuantile(0.975, k - 1) * sampleStandardDeviation(values) * Math.sqrt(1 + 1 / k);
    if (Math.abs(value - middle) <= reach + 1e-9 * Math.max(1, Math.abs(middle))) return [];
    const [said, centre, low, high] = [value, middle, middle - reach, middle + reach]
      .map((number) => String(Number(number.toPrecision(6))));
    const actual = `${centre} [${low}, ${high}] in ${k} runs`;
    return [{ kind: "live", place: `line ${line}`, expected: said!, actual }];
  });
}

function numbersOf(text: string): { value: number; line: number }[] {
  return text.split("\n").flatMap((words, at) =>
    [...words.matchAll(number)].map(([found]) => (
      { value: Number(found.replaceAll(",", "").replace("−", "-")), line: at + 1 }
    ))
  );
}
