import { cannot } from "../../core/errors.ts";
import { distinct } from "../../core/table.ts";
import { sampleQuantile } from "../../stats/quantiles.ts";
import type { ControlAnswers } from "./drift_answers.ts";
import { type DriftMeasure, type DriftMeasureName, driftMeasures } from "./drift_measures.ts";
import { missingControl } from "./missing_control.ts";

/** The categories of one control, in the order in which they are counted. */
export interface ControlCategories {
  /** The categories. */
  readonly labels: readonly string[];
  /** What each stands for: its number, or its place in the declared order; `NaN` where there is no order. */
  readonly scores: readonly number[];
  /** The category of each answer: its place among `labels`; -1 where there is no answer. */
  readonly codes: Int32Array;
  /** What is measured of the control. */
  readonly measures: readonly DriftMeasure[];
  /** What was done to the answers, for the reader; empty where nothing was. */
  readonly note: string;
}

/** What {@linkcode categorise} is told. */
export interface CategoryOptions {
  /** The measures that are asked for; chosen by the answers where not given. */
  readonly measures?: readonly DriftMeasureName[] | undefined;
  /** For each ordinal control its categories in order. */
  readonly levels?: { readonly [control: string]: readonly (string | number)[] } | undefined;
}

/** More distinct numbers than this are compared by their distribution functions unless a measure is asked for. */
const fewNumbers = 20;
/** More distinct numbers than this are put into as many groups of equal size. */
const mostNumbers = 256;

/** Finds a control's categories and their order, and what is measured of it. */
export function categorise(
  action: string,
  answers: ControlAnswers,
  options: CategoryOptions,
): ControlCategories {
  const given = distinct(answers.categories).filter((category) => category !== null);
  const { levels = {} } = options;
  const declared = Object.hasOwn(levels, answers.control) ? levels[answers.control]!.map(String) : undefined;
  const numeric = declared === undefined && given.every(isNumber);
  const labels = declared ?? (numeric ? given.sort().sort((a, b) => Number(a) - Number(b)) : given.sort());
  if (declared !== undefined) checkLevels(action, answers.control, declared, given);
  const ordered = declared !== undefined || numeric || labels.length <= 2;
  const scores = labels.map((label, place) => (numeric ? Number(label) : ordered ? place + 1 : NaN));
  const measures = chooseMeasures(action, answers.control, labels, { ...options, ordered, numeric });
  const places = new Map(labels.map((label, place) => [label, place] as const));
  const codes = Int32Array.from(
    answers.categories,
    (category) => category === null ? -1 : places.get(category)!,
  );
  return numeric && labels.length > mostNumbers
    ? groupNumbers({ labels, scores, codes, measures, note: "" })
    : { labels, scores, codes, measures, note: "" };
}

function chooseMeasures(
  action: string,
  control: string,
  labels: readonly string[],
  options: CategoryOptions & { ordered: boolean; numeric: boolean },
): DriftMeasure[] {
  if (control === missingControl) return [driftMeasures["total variation"]];
  if (options.measures === undefined) {
    const many = options.numeric && labels.length > fewNumbers;
    return [driftMeasures[many ? "Kolmogorov-Smirnov" : "total variation"]];
  }
  const measures = options.measures.map((name) => driftMeasures[name]);
  const unordered = measures.find(({ ordered }) => ordered && !options.ordered);
  if (unordered !== undefined) {
    throw new RangeError(
      `Cannot ${action} as the measure '${unordered.name}' needs the order of the categories of '${control}': ` +
        `say { levels: { ${control}: ${
          JSON.stringify(labels.slice(0, 5))
        } } } with the categories in their order`,
    );
  }
  return measures;
}

function checkLevels(
  action: string,
  control: string,
  levels: readonly string[],
  given: readonly string[],
): void {
  const unknown = given.find((category) => !levels.includes(category));
  if (unknown !== undefined) {
    throw new RangeError(
      cannot(action, `levels.${control}`, `name every category, also ${JSON.stringify(unknown)}`, levels),
    );
  }
}

function isNumber(category: string): boolean {
  return category.trim() !== "" && Number.isFinite(Number(category));
}

/** Puts numbers into groups of about equal size, each standing for the mean of its answers. */
function groupNumbers(categories: ControlCategories): ControlCategories {
  const values = Float64Array.from(
    categories.codes.filter((code) => code >= 0),
    (code) => categories.scores[code]!,
  ).sort();
  const cuts = distinct(
    Array.from({ length: mostNumbers - 1 }, (_, i) => sampleQuantile(values, (i + 1) / mostNumbers, 1)),
  );
  let group = 0;
  const groupOf = categories.scores.map((score) => {
    while (group < cuts.length && score > cuts[group]!) group++;
    return group;
  });
  const sums = Array.from({ length: group + 1 }, () => ({ sum: 0, count: 0 }));
  for (const code of categories.codes) {
    if (code < 0) continue;
    const part = sums[groupOf[code]!]!;
    part.sum += categories.scores[code]!;
    part.count++;
  }
  const scores = sums.map(({ sum, count }) => sum / count);
  return {
    ...categories,
    labels: scores.map(String),
    scores,
    codes: categories.codes.map((code) => code < 0 ? code : groupOf[code]!),
    note:
      `${categories.labels.length} distinct numbers, put into ${scores.length} groups of about equal size`,
  };
}
