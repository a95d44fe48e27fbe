import { cannot } from "../core/errors.ts";
import type { RandomStream } from "../core/stream.ts";
import { groupRows } from "../core/table.ts";
import { dot } from "../stats/matrix.ts";
import { moments } from "../stats/moments.ts";
import type { DriftAnswers } from "./answers.ts";
import type { ArmComparison } from "./comparisons.ts";
import type { DriftMeasure } from "./measures.ts";

/** The largest number of patterns between which all distances are computed: 64 MB of them. */
const mostPatterns = 4000;

/**
 * Answers of as many units of two arms, drawn at random whatever their arms, as have no more patterns than allowed; and
 * what the reader must know of that.
 */
export function keepPatterns(
  answers: DriftAnswers,
  arms: readonly number[],
  random: RandomStream,
): { answers: DriftAnswers; notes: string[] } {
  const control = answers.controls[0]!;
  const cells = [...answers.arm.keys()].filter((cell) => arms.includes(answers.arm[cell]!));
  const codesOf = (cell: number) => control.codes.subarray(control.from[cell], control.from[cell + 1]);
  if (new Set(cells.flatMap((cell) => [...codesOf(cell)])).size <= mostPatterns) {
    return { answers, notes: [] };
  }
  const ofUnit = Map.groupBy(cells, (cell) => answers.unit[cell]!);
  const kept = new Set<number>();
  const seen = new Set<number>();
  for (const unit of random.shuffle([...ofUnit.keys()])) {
    if (seen.size >= mostPatterns) break;
    kept.add(unit);
    for (const cell of ofUnit.get(unit)!) for (const code of codesOf(cell)) seen.add(code);
  }
  const from = new Int32Array(control.from.length);
  answers.unit.forEach((unit, cell) =>
    from[cell + 1] = from[cell]! + (kept.has(unit) ? codesOf(cell).length : 0)
  );
  return {
    answers: {
      ...answers,
      controls: [{
        ...control,
        from,
        codes: Int32Array.from(
          [...answers.unit.keys()].flatMap((cell) => kept.has(answers.unit[cell]!) ? [...codesOf(cell)] : []),
        ),
        asked: control.asked.map((count, cell) => kept.has(answers.unit[cell]!) ? count : 0),
      }],
    },
    notes: [
      `distances among the patterns of ${answers.unitName} drawn at random, about ${mostPatterns}; left out: ` +
      `${ofUnit.size - kept.size}`,
    ],
  };
}

/** Makes the energy distance of the patterns that two arms gave what is measured of them. */
export function measurePatterns(
  action: string,
  answers: DriftAnswers,
  comparison: ArmComparison,
  names: { controls: readonly string[]; numeric: readonly string[] },
): DriftAnswers {
  const control = answers.controls[0]!;
  const { from, asked } = control;
  const { used, weights } = comparison.controls[0]!;
  const cells = [...answers.arm.keys()].filter((cell) =>
    used[cell] === 1 && comparison.arms.includes(answers.arm[cell]!)
  );
  const given = cells.flatMap((cell) => [...control.codes.subarray(from[cell], from[cell + 1])]);
  const repliesOf = groupRows(given);
  const labels = Array.from(repliesOf.keys(), (code) => control.labels[code]!);
  const counts = Array.from(repliesOf.values(), (replies) => replies.length);
  const numberOf = new Map(Array.from(repliesOf.keys(), (code, number) => [code, number] as const));
  // Permutations move replies from arm to arm, but for blocks of other weight and for those that are thinned.
  const moved = weights.length > 1 ||
    new Set(cells.map((cell) => (from[cell + 1]! - from[cell]!) / asked[cell]!)).size > 1;
  const pooled = moved ? null : Float64Array.from(counts, (count) => count / given.length);
  return {
    ...answers,
    controls: [{
      ...control,
      labels,
      // Answers in other arms take no part.
      codes: control.codes.map((code) => numberOf.get(code) ?? 0),
      measures: [energyDistance(patternDistances(readPatterns(action, labels, counts, names)), pooled)],
    }],
  };
}

/** Each control over the patterns; numbers are standardised over all replies. */
function readPatterns(
  action: string,
  labels: readonly string[],
  counts: readonly number[],
  { controls, numeric }: { controls: readonly string[]; numeric: readonly string[] },
) {
  const patterns = labels.map((label) => JSON.parse(label) as (string | null)[]);
  return controls.map((control, c) => {
    const levels = patterns.map((pattern) => pattern[c]!);
    if (!numeric.includes(control)) return { levels, numbers: null };
    const values = levels.map((level) => level === null ? null : readNumber(action, control, level));
    const all = values.flatMap((value, p) => value === null ? [] : Array<number>(counts[p]!).fill(value));
    const { mean, variance } = moments(all);
    const scale = variance > 0 ? Math.sqrt(variance) : 1;
    return {
      /** Of a number 0, and 1 where it is missing. */
      levels: values.map((value) => value === null ? 1 : 0),
      /** 0 where missing. */
      numbers: values.map((value) => value === null ? 0 : (value - mean) / scale),
    };
  });
}

function readNumber(action: string, control: string, level: string): number {
  if (Number.isFinite(Number(level))) return Number(level);
  const rule = `name controls that hold numbers, as '${control}' must`;
  throw new RangeError(cannot(action, "numeric", rule, level));
}

/**
 * The distances of each pattern from those before it, row by row of a triangle: Euclidean over indicators of categories
 * and standardised numbers, each control with the same weight: √ of the number of controls that differ, where all are
 * categories. A sum over controls in place of the root would see their marginal distributions only.
 */
function patternDistances(controls: ReturnType<typeof readPatterns>): Float64Array {
  const patterns = controls[0]!.levels.length;
  const distances = new Float64Array(patterns * (patterns - 1) / 2);
  for (const { levels, numbers } of controls) {
    let at = 0;
    for (let p = 1; p < patterns; p++) {
      for (let q = 0; q < p; q++, at++) {
        if (levels[p] !== levels[q]) distances[at]! += 1;
        // Half a squared difference of standardised numbers is 1 on average.
        if (numbers !== null) distances[at]! += (numbers[p]! - numbers[q]!) ** 2 / 2;
      }
    }
  }
  return distances.map(Math.sqrt);
}

/**
 * The energy distance between two arms' shares of patterns: E = 2 E|X − Y| − E|X − X′| − E|Y − Y′|, which is −Σ w w′ d
 * for the differences w of shares and the distances d of patterns (Székely and Rizzo 2013, eq. 6). `pooled` is the share
 * of each pattern in all replies where these stay the same under permutations, else `null`.
 */
function energyDistance(distances: Float64Array, pooled: Float64Array | null): DriftMeasure {
  const fromPooled = pooled === null ? null : meanDistances(distances, pooled);
  const middle = fromPooled === null ? 0 : dot(pooled!, fromPooled);
  const statistic = (arm: Float64Array, reference: Float64Array): number => {
    if (fromPooled === null) return -quadraticForm(distances, arm.map((share, p) => share - reference[p]!));
    const [fewer, share] = fewerPatterns(arm, reference, pooled!);
    const cross = dot(fewer, fromPooled);
    return (2 * cross - quadraticForm(distances, fewer) - middle) / (1 - share) ** 2;
  };
  return {
    name: "energy distance",
    ordered: false,
    squared: true,
    most: Infinity,
    size: () => 1,
    contrast: (arm, reference, _scores, into) => {
      into[0] = Math.sqrt(Math.max(0, statistic(arm, reference)));
    },
    length: (contrasts) => contrasts[0]!,
  };
}

/**
 * The shares a of the arm with fewer patterns, and its share λ of all replies. As all replies together stay the same, p,
 * the other arm has (p − λa)/(1 − λ) and the difference is (a − p)/(1 − λ): distances among the patterns of one arm,
 * often a quarter of all, are enough.
 */
function fewerPatterns(
  arm: Float64Array,
  reference: Float64Array,
  pooled: Float64Array,
): readonly [Float64Array, number] {
  let [inArm, inReference, apart, at] = [0, 0, 0, 0];
  for (let p = 0; p < arm.length; p++) {
    if (arm[p]! > 0) inArm++;
    if (reference[p]! > 0) inReference++;
    if (Math.abs(arm[p]! - reference[p]!) > apart) {
      apart = Math.abs(arm[p]! - reference[p]!);
      at = p;
    }
  }
  const [fewer, other] = inArm <= inReference ? [arm, reference] : [reference, arm];
  // Where nothing differs any λ will do.
  return [fewer, apart > 0 ? (pooled[at]! - other[at]!) / (fewer[at]! - other[at]!) : 0.5];
}

/** Σ w w′ d over all patterns with a weight. */
function quadraticForm(distances: Float64Array, weights: Float64Array): number {
  const present = new Int32Array(weights.length);
  const values = new Float64Array(weights.length);
  let [count, sum] = [0, 0];
  for (let p = 0; p < weights.length; p++) {
    const weight = weights[p]!;
    if (weight === 0) continue;
    sum += weight * rowSum(distances, p * (p - 1) / 2, { present, values, count });
    present[count] = p;
    values[count++] = weight;
  }
  return 2 * sum;
}

/** Σ d w over the patterns before one; four sums at once, as each addition waits for the one before. */
function rowSum(
  distances: Float64Array,
  row: number,
  { present, values, count }: { present: Int32Array; values: Float64Array; count: number },
): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  let i = 0;
  for (; i + 3 < count; i += 4) {
    a += distances[row + present[i]!]! * values[i]!;
    b += distances[row + present[i + 1]!]! * values[i + 1]!;
    c += distances[row + present[i + 2]!]! * values[i + 2]!;
    d += distances[row + present[i + 3]!]! * values[i + 3]!;
  }
  for (; i < count; i++) a += distances[row + present[i]!]! * values[i]!;
  return a + b + c + d;
}

function meanDistances(distances: Float64Array, pooled: Float64Array): Float64Array {
  const means = new Float64Array(pooled.length);
  for (let p = 1, at = 0; p < pooled.length; p++) {
    for (let q = 0; q < p; q++, at++) {
      means[p]! += pooled[q]! * distances[at]!;
      means[q]! += pooled[p]! * distances[at]!;
    }
  }
  return means;
}
