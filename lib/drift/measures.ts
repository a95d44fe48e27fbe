import { cannot } from "../core/errors.ts";
import { distinct } from "../core/table.ts";
import { largestSize } from "../stats/matrix.ts";
import { sampleQuantile } from "../stats/quantiles.ts";

/** The names of the measures of drift. */
export type DriftMeasureName =
  | "total variation"
  | "Jensen-Shannon"
  | "Wasserstein"
  | "energy"
  | "Kolmogorov-Smirnov";

/**
 * A distance of two distributions over categories as the length of a vector of contrasts: 0 where they are equal, and
 * smooth in the shares. So one test and one interval serve all measures. Where the measure is a squared length
 * (`squared`), contrasts and interval are of its root.
 */
export interface DriftMeasure {
  readonly name: string;
  /** Whether it needs to know the order of the categories, or the numbers that they stand for. */
  readonly ordered: boolean;
  readonly squared: boolean;
  readonly most: number;
  /** How many contrasts there are between two distributions over so many categories. */
  readonly size: (categories: number) => number;
  /** Puts the contrasts of shares p and q into `into`; `scores` are what categories stand for. */
  readonly contrast: (
    p: Float64Array,
    q: Float64Array,
    scores: ArrayLike<number>,
    into: Float64Array,
  ) => void;
  readonly length: (contrasts: Float64Array) => number;
}

/** A measure of the shares of categories, whatever their order. */
function ofShares(
  name: DriftMeasureName,
  length: DriftMeasure["length"],
  contrastOf: (p: number, q: number) => number,
): DriftMeasure {
  const contrast: DriftMeasure["contrast"] = (p, q, _scores, into) => {
    for (let k = 0; k < into.length; k++) into[k] = contrastOf(p[k]!, q[k]!);
  };
  const size = (categories: number) => categories;
  return { name, ordered: false, squared: length === rootOfSquares, most: 1, size, contrast, length };
}

/** A measure of the differences F − G of distribution functions, with the steps of the scale to the next category. */
function ofFunctions(
  name: DriftMeasureName,
  length: DriftMeasure["length"],
  most: number,
  contrastOf: (difference: number, step: number) => number,
): DriftMeasure {
  const contrast: DriftMeasure["contrast"] = (p, q, scores, into) => {
    let difference = 0;
    for (let k = 0; k < into.length; k++) {
      difference += p[k]! - q[k]!;
      into[k] = contrastOf(difference, scores[k + 1]! - scores[k]!);
    }
  };
  const size = (categories: number) => categories - 1;
  return { name, ordered: true, squared: length === rootOfSquares, most, size, contrast, length };
}

export const driftMeasures: { readonly [name in DriftMeasureName]: DriftMeasure } = {
  // ½ Σ |p − q|; the same number as `totalVariation`, without its checks and copies: it runs millions of times.
  "total variation": ofShares("total variation", sumOfSizes, (p, q) => (p - q) / 2),
  // Σ over categories of the two Kullback-Leibler terms to the middle, in bits, each with the sign of p − q.
  "Jensen-Shannon": ofShares("Jensen-Shannon", rootOfSquares, (p, q) => {
    const bits = (bitsOf(p, (p + q) / 2) + bitsOf(q, (p + q) / 2)) / 2;
    return Math.sign(p - q) * Math.sqrt(Math.max(0, bits));
  }),
  // Σ |F − G| × step
  "Wasserstein": ofFunctions("Wasserstein", sumOfSizes, Infinity, (difference, step) => difference * step),
  // 2 Σ (F − G)² × step = 2 E|X − Y| − E|X − X′| − E|Y − Y′|
  "energy": ofFunctions("energy", rootOfSquares, Infinity, (apart, step) => apart * Math.sqrt(2 * step)),
  // max |F − G|
  "Kolmogorov-Smirnov": ofFunctions("Kolmogorov-Smirnov", largestSize, 1, (difference) => difference),
};

export const missingControl = "missing answers";

export interface CategoryCodes {
  readonly control: string;
  /** The category of each answer: its place among `labels`, which are in no order; -1 where there is no answer. */
  readonly codes: Int32Array;
  readonly labels: readonly string[];
}

/** The same with the categories in the order in which they are counted, and what is measured of it. */
export interface MeasuredControl extends Omit<CategoryCodes, "control"> {
  /** What each category stands for: its number, or its place in the declared order; `NaN` where there is no order. */
  readonly scores: Float64Array;
  readonly measures: readonly DriftMeasure[];
  /** What was done to the answers, for the reader. */
  readonly notes: readonly string[];
}

/** What of a control turns counts into distances. */
type MeasuredCategories = Pick<MeasuredControl, "labels" | "scores" | "measures">;

/** What {@linkcode measureControl} is told; measures are chosen by the answers where not given. */
export interface CategoryOptions {
  readonly measures?: readonly DriftMeasureName[] | undefined;
  readonly levels?: { readonly [control: string]: readonly (string | number)[] } | undefined;
}

/** More distinct numbers than this are compared by their distribution functions unless a measure is asked for. */
const fewNumbers = 20;
/** More distinct numbers than this are put into as many groups of equal size. */
const mostNumbers = 256;

export function measureControl(
  action: string,
  answers: CategoryCodes,
  options: CategoryOptions,
): MeasuredControl {
  const { levels = {} } = options;
  const declared = Object.hasOwn(levels, answers.control) ? levels[answers.control]!.map(String) : undefined;
  const numeric = declared === undefined && answers.labels.every(isNumber);
  const given = answers.labels.toSorted();
  const labels = declared ?? (numeric ? given.sort((a, b) => Number(a) - Number(b)) : given);
  const unknown = declared && given.find((category) => !declared.includes(category));
  if (unknown !== undefined) {
    const rule = `name every category, also ${JSON.stringify(unknown)}`;
    throw new RangeError(cannot(action, `levels.${answers.control}`, rule, declared));
  }
  const ordered = declared !== undefined || numeric || labels.length <= 2;
  const places = new Map(labels.map((label, place) => [label, place] as const));
  const placeOf = answers.labels.map((label) => places.get(label)!);
  const control: MeasuredControl = {
    labels,
    scores: Float64Array.from(labels, (label, place) => numeric ? Number(label) : ordered ? place + 1 : NaN),
    codes: answers.codes.map((code) => code < 0 ? -1 : placeOf[code]!),
    measures: chooseMeasures(action, answers.control, labels, { ...options, ordered, numeric }),
    notes: [],
  };
  return numeric && labels.length > mostNumbers ? groupNumbers(control) : control;
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
    const levels = `{ levels: { ${control}: ${JSON.stringify(labels.slice(0, 5))} } }`;
    throw new RangeError(
      `Cannot ${action} as the measure '${unordered.name}' needs the order of the categories of '${control}': ` +
        `say ${levels} with the categories in their order`,
    );
  }
  return measures;
}

function isNumber(category: string): boolean {
  return category.trim() !== "" && Number.isFinite(Number(category));
}

/** Puts numbers into groups of about equal size, each standing for the mean of its answers. */
function groupNumbers(control: MeasuredControl): MeasuredControl {
  const groupOf = quantileGroups(control.scores, control.codes, mostNumbers);
  const sums = new Float64Array(Math.max(...groupOf) + 1);
  const counts = new Float64Array(sums.length);
  for (const code of control.codes) {
    if (code < 0) continue;
    sums[groupOf[code]!]! += control.scores[code]!;
    counts[groupOf[code]!]!++;
  }
  const scores = sums.map((sum, of) => sum / counts[of]!);
  return {
    ...control,
    labels: Array.from(scores, String),
    scores,
    codes: control.codes.map((code) => code < 0 ? -1 : groupOf[code]!),
    notes: [
      `${control.labels.length} distinct numbers, put into ${scores.length} groups of about equal size`,
    ],
  };
}

/** For each number the group in which it lies, of `groups` of as many answers, as far as equal answers stay together. */
export function quantileGroups(numbers: ArrayLike<number>, codes: Int32Array, groups: number): number[] {
  const sorted = Float64Array.from(codes.filter((code) => code >= 0), (code) => numbers[code]!).sort();
  const shares = Array.from({ length: groups - 1 }, (_, i) => (i + 1) / groups);
  const cuts = distinct(shares.map((share) => sampleQuantile(sorted, share, 1)));
  return Array.from(numbers, (number) => cuts.filter((cut) => number > cut).length);
}

function bitsOf(share: number, middle: number): number {
  return share > 0 ? share * Math.log2(share / middle) : 0;
}

function sumOfSizes(contrasts: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < contrasts.length; k++) sum += Math.abs(contrasts[k]!);
  return sum;
}

function rootOfSquares(contrasts: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < contrasts.length; k++) sum += contrasts[k]! * contrasts[k]!;
  return Math.sqrt(sum);
}

/** For each measure of a control, the contrasts of two arms whose counts begin at two places (arrays used again). */
type ContrastsOf = (counts: ArrayLike<number>, first: number, second: number) => readonly Float64Array[];

export function makeContrasts(control: MeasuredCategories, weights: Float64Array): ContrastsOf {
  const { labels, scores, measures } = control;
  const [p, q] = [new Float64Array(labels.length), new Float64Array(labels.length)];
  const contrasts = measures.map((measure) => new Float64Array(measure.size(labels.length)));
  return (counts, first, second) => {
    averageShares(counts, first, second, weights, p, q);
    for (let m = 0; m < measures.length; m++) measures[m]!.contrast(p, q, scores, contrasts[m]!);
    return contrasts;
  };
}

/**
 * Puts the shares Σ_b w_b p_bk of each category k in two arms, averaged over blocks b with the weights w of a layout,
 * into `p` and `q`. A block without an answer in an arm is left out; `NaN` where none is left.
 */
export function averageShares(
  counts: ArrayLike<number>,
  first: number,
  second: number,
  weights: Float64Array,
  p: Float64Array,
  q: Float64Array,
): void {
  const columns = p.length;
  p.fill(0);
  q.fill(0);
  let weight = 0;
  for (let block = 0; block < weights.length; block++) {
    const share = weights[block]!;
    if (share === 0) continue;
    const [one, other] = [first + block * columns, second + block * columns];
    // n, m: answers in each arm
    let n = 0;
    let m = 0;
    for (let k = 0; k < columns; k++) {
      n += counts[one + k]!;
      m += counts[other + k]!;
    }
    if (n === 0 || m === 0) continue;
    weight += share;
    for (let k = 0; k < columns; k++) {
      p[k]! += share * (counts[one + k]! / n);
      q[k]! += share * (counts[other + k]! / m);
    }
  }
  // Weights add up to 1 but for rounding: only what was left out calls for a division.
  if (weight > 1 - 1e-9) return;
  for (let k = 0; k < columns; k++) {
    p[k]! /= weight;
    q[k]! /= weight;
  }
}

export function measureValues(
  { measures }: MeasuredCategories,
  contrasts: readonly Float64Array[],
): number[] {
  return measures.map(({ length, squared }, m) => {
    const distance = length(contrasts[m]!);
    return squared ? distance * distance : distance;
  });
}
