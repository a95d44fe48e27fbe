import type { RandomStream } from "../core/stream.ts";
import { normalQuantile, studentTQuantile } from "../stats/distributions.ts";
import { resampleUnits } from "../stats/resampling.ts";
import type { ControlCodes, DriftAnswers } from "./answers.ts";
import { listAnswers, makeContrasts, makeSums } from "./answer_counts.ts";
import type { ArmComparison } from "./comparisons.ts";
import {
  type BootstrappedContrasts,
  type DriftInterval,
  invertDistances,
  noInterval,
} from "./distance_inversion.ts";
import type { DriftMeasure } from "./measures.ts";

/** Options of {@linkcode bootstrapIntervals}. */
interface BootstrapIntervalsOptions {
  /** For each control its observed contrasts by measure; `null` where it cannot be compared and has no interval. */
  readonly observed: readonly (readonly Float64Array[] | null)[];
  /** How many bootstrap samples; 0 for no intervals. */
  readonly bootstraps: number;
  /** One minus the confidence. */
  readonly alpha: number;
  /** The margin of an equivalence claim, in units of the measure; `NaN` for none. */
  readonly margin: number;
  /** Opens a stream of random numbers. */
  readonly random: (...names: string[]) => RandomStream;
}

/** A control with more categories than this has no interval: its shares are hardly measured. */
export const mostCategories = 512;

/**
 * The intervals of the distances of two arms, control by control and measure by measure.
 *
 * Units are drawn with replacement, with all their cells and answers: from those of a block that were in one arm, in the
 * other, and in both, as many as there are of each. All controls share the samples.
 */
export function bootstrapIntervals(
  answers: DriftAnswers,
  comparison: ArmComparison,
  { observed, bootstraps, alpha, margin, random }: BootstrapIntervalsOptions,
): DriftInterval[][] {
  const strata = drawStrata(answers, comparison);
  const usable = [...answers.controls.keys()].filter((c) =>
    observed[c] !== null && bootstraps > 0 && answers.controls[c]!.labels.length <= mostCategories
  );
  const controls = new Map(
    usable.map((
      c,
    ) => [
      c,
      resampleControl(answers, comparison, c, strata, random("unseen", answers.controls[c]!.control)),
    ]),
  );
  const counters = makeCounters(answers, comparison, strata, usable);
  const times = new Int32Array(strata.stratum.length);
  if (usable.length > 0) {
    resampleUnits(times.length, (drawn) => {
      times.fill(0);
      for (let i = 0; i < drawn.length; i++) times[drawn[i]!]!++;
      for (const counter of counters) counter(times, (c, counts) => controls.get(c)!.sample(counts));
    }, { random: random("bootstrap"), strata: strata.stratum, replicates: bootstraps });
  }
  return answers.controls.map(({ measures }, c) => {
    const control = controls.get(c);
    if (control === undefined) return measures.map(() => noInterval);
    const { units } = comparison.controls[c]!;
    const options = {
      alpha,
      margin,
      stretch: fewUnitsFactor(control.resampled, strata, alpha),
      units: Math.min(units.first, units.second),
    };
    return control.found(observed[c]!).map((found, m) => invertDistances(measures[m]!, found, options));
  });
}

/** Makes what counts the answers of controls in both arms, one after the other, each as often as its unit was drawn. */
function makeCounters(
  answers: DriftAnswers,
  comparison: ArmComparison,
  strata: Strata,
  controls: readonly number[],
): ((times: Int32Array, visit: (control: number, counts: Int32Array) => void) => void)[] {
  const lists = listAnswers(answers, comparison, {
    controls,
    includes: (cell) => strata.unitOf[cell]! >= 0,
    block: strata.block,
    blocks: (c) => comparison.controls[c]!.weights.length === 1 ? 1 : strata.blocks,
  });
  return lists.map((list) => {
    const unit = list.cell.map((cell) => strata.unitOf[cell]!);
    const slot = list.slot.map((of, a) =>
      answers.arm[list.cell[a]!] === comparison.arms[0] ? of : list.size + of
    );
    const counts = new Int32Array(2 * list.size);
    const sums = makeSums(list, 2);
    return (times, visit) => {
      counts.fill(0);
      for (let a = 0; a < slot.length; a++) counts[slot[a]!]! += times[unit[a]!]!;
      sums(counts).forEach((own, i) => visit(list.controls[i]!, own));
    };
  });
}

/** Between which units bootstrap samples choose. */
interface Strata {
  /** The stratum of each unit of the comparison. */
  readonly stratum: Int32Array;
  /** The unit of each cell; -1 of those in other arms. */
  readonly unitOf: Int32Array;
  /** The block of each cell, where small ones are joined. */
  readonly block: Int32Array;
  /** The block that each block is joined to, counted from 0. */
  readonly joined: Int32Array;
  /** How many there are then. */
  readonly blocks: number;
}

/** The kind of units that were in both arms, of three kinds. */
const inBoth = 2;

/**
 * The stratum of each unit: units of a block that were in one arm, the other, or both. A stratum of one unit shows no
 * variance, so blocks with one are joined; where that leaves one, with the smallest other block that has some: collapsed
 * strata, which err to the wide side (Cochran 1977, Sampling Techniques, section 5A.12).
 */
function drawStrata(answers: DriftAnswers, { pairs: { first, second, block } }: ArmComparison): Strata {
  const kind = first.map((cell, unit) => cell < 0 ? 0 : second[unit]! < 0 ? 1 : inBoth);
  const sizes = Array.from({ length: answers.blocks }, () => [0, 0, 0]);
  block.forEach((of, unit) => sizes[of]![kind[unit]!]!++);
  const target = Int32Array.from(sizes.keys());
  const [into, ...small] = target.filter((of) => sizes[of]!.includes(1));
  const join = (of: number) => {
    target[of] = into!;
    sizes[of]!.forEach((count, k) => sizes[into!]![k]! += count);
    sizes[of] = [0, 0, 0];
  };
  small.forEach(join);
  for (const k of into === undefined ? [] : [0, 1, 2]) {
    if (sizes[into!]![k] !== 1) continue;
    const others = [...sizes.keys()].filter((of) => of !== into && sizes[of]![k]! > 0);
    const smallest = others.sort((a, b) => sizes[a]![k]! - sizes[b]![k]!)[0];
    if (smallest !== undefined) join(smallest);
  }
  const numbers = new Map([...new Set(target)].map((of, number) => [of, number] as const));
  const joined = target.map((of) => numbers.get(of)!);
  const unitOf = new Int32Array(answers.arm.length).fill(-1);
  for (const cells of [first, second]) cells.forEach((cell, unit) => cell < 0 ? 0 : unitOf[cell] = unit);
  return {
    stratum: block.map((of, unit) => 3 * joined[of]! + kind[unit]!),
    unitOf,
    block: answers.block.map((of) => joined[of]!),
    joined,
    blocks: numbers.size,
  };
}

/** Whose answers to a control are resampled, and how they are weighted. */
interface ResampledCells {
  readonly control: ControlCodes;
  /** The weights of blocks, where small ones are joined. */
  readonly weights: Float64Array;
  /** The cells that count, in each arm. */
  readonly cells: readonly [Int32Array, Int32Array];
  /** The block of a cell, of those that have weights. */
  readonly blockOf: (cell: number) => number;
}

/** A control whose bootstrap samples are gathered. */
interface ResampledControl {
  readonly resampled: ResampledCells;
  /** Takes the counts of both arms in a sample; adds to them. */
  readonly sample: (counts: Int32Array) => void;
  /** What was gathered, by measure. */
  readonly found: (observed: readonly Float64Array[]) => BootstrappedContrasts[];
}

function resampleControl(
  answers: DriftAnswers,
  comparison: ArmComparison,
  c: number,
  strata: Strata,
  random: RandomStream,
): ResampledControl {
  const control = answers.controls[c]!;
  const { pairs, controls } = comparison;
  const { used, weights } = controls[c]!;
  const joined = new Float64Array(weights.length === 1 ? 1 : strata.blocks);
  weights.forEach((weight, block) => joined[weights.length === 1 ? 0 : strata.joined[block]!]! += weight);
  const resampled: ResampledCells = {
    control,
    weights: joined,
    cells: [pairs.first.filter((cell) => used[cell] === 1), pairs.second.filter((cell) => used[cell] === 1)],
    blockOf: (cell) => joined.length === 1 ? 0 : strata.block[cell]!,
  };
  const contrasts = makeContrasts(control, joined);
  const contrastsOf = (counts: ArrayLike<number>) => contrasts(counts, 0, counts.length / 2);
  const all = new Int32Array(2 * joined.length * control.labels.length);
  const [counter] = makeCounters(answers, comparison, strata, [c]);
  counter!(new Int32Array(strata.stratum.length).fill(1), (_, counts) => all.set(counts));
  const plain = contrastsOf(all).map((found) => found.slice());
  const unseen = makeUnseen(resampled, comparison, random);
  // What samples vary around: the answers observed and, on average, those of the units that were not.
  const middle = contrastsOf(unseen.expected(all)).map((found) => found.slice());
  const samples: Float64Array[][] = control.measures.map(() => []);
  const varies = control.measures.map(() => false);
  return {
    resampled,
    sample: (counts) => {
      if (varies.includes(false)) {
        contrastsOf(counts).forEach((found, m) => varies[m] ||= differ(found, plain[m]!));
      }
      unseen.add(counts);
      contrastsOf(counts).forEach((found, m) => {
        if (!found.includes(NaN)) samples[m]!.push(found.slice());
      });
    },
    found: (observed) =>
      control.measures.map((measure, m) => ({
        observed: observed[m]!,
        varies: varies[m]!,
        deviations: Array.from(
          observed[m]!,
          (_, k) => Float64Array.from(samples[m]!, (sample) => sample[k]! - middle[m]![k]!),
        ),
        reach: makeReach(all, control.labels.length, measure, (counts) => contrastsOf(counts)[m]!),
      })),
  };
}

/** Whether contrasts differ by more than rounding. */
function differ(contrasts: Float64Array, others: Float64Array): boolean {
  return contrasts.some((value, k) => Math.abs(value - others[k]!) > 1e-12);
}

/** Units that might have been asked, and answered otherwise than all that were. */
interface UnseenUnits {
  /** Adds the answers of a few of them to counts. */
  readonly add: (counts: Int32Array) => void;
  /** Counts with what they add on average. */
  readonly expected: (counts: ArrayLike<number>) => Float64Array;
}

/** How many units are added to each arm: Agresti and Min's two. */
const added = 2;

/**
 * Makes the units that bootstrap samples of pairs lack. Where 1 of 50 personas answered otherwise in the other arm,
 * samples of the 50 vary as if at most a few ever did: claims of small drift were then wrong in a third of studies. So
 * each sample gets two more units in each arm, whose answers there are those of anybody in either arm, each arm for
 * itself: what adding two to the cells of a paired table does to Wald's interval (Agresti and Min 2005, Statistics in
 * Medicine 24(5):729-740). It matters where units are few or nearly all alike, and vanishes with n.
 */
function makeUnseen(
  { control: { from, codes, labels }, weights, cells, blockOf }: ResampledCells,
  { pairs }: ArmComparison,
  random: RandomStream,
): UnseenUnits {
  // Units that were in both arms and answered in one do not count, so those that count in both are pairs.
  const paired = new Set(
    [...pairs.first.keys()].flatMap((unit) =>
      pairs.first[unit]! >= 0 && pairs.second[unit]! >= 0 ? [pairs.first[unit]!, pairs.second[unit]!] : []
    ),
  );
  const used = cells.map((list) => list.filter((cell) => paired.has(cell)));
  const anybody = used.flatMap((list) => [...list]);
  const one = (list: ArrayLike<number>) => list[random.integer(list.length)]!;
  const startOf = (cell: number, arm: number) => (arm * weights.length + blockOf(cell)) * labels.length;
  return {
    add: (counts) => {
      used.forEach((list, arm) => {
        for (let unit = 0; unit < added && list.length > 0; unit++) {
          const start = startOf(one(list), arm);
          const cell = one(anybody);
          for (let a = from[cell]!; a < from[cell + 1]!; a++) counts[start + codes[a]!]!++;
        }
      });
    },
    expected: (counts) => {
      const sums = Float64Array.from(counts);
      // The answers of an average unit.
      const average = new Float64Array(labels.length);
      for (const cell of anybody) {
        for (let a = from[cell]!; a < from[cell + 1]!; a++) average[codes[a]!]! += 1 / anybody.length;
      }
      used.forEach((list, arm) => {
        for (const cell of list) {
          const start = startOf(cell, arm);
          average.forEach((answers, k) => sums[start + k]! += added / list.length * answers);
        }
      });
      return sums;
    },
  };
}

/**
 * The least and the largest length of contrasts if a share of the units of one arm had all given one other answer: what
 * a study in which no unit differed from the others cannot exclude.
 */
function makeReach(
  counts: Int32Array,
  columns: number,
  measure: DriftMeasure,
  contrastsOf: (counts: Float64Array) => Float64Array,
): (share: number) => readonly [number, number] {
  const side = counts.length / 2;
  const moved = new Float64Array(counts.length);
  return (share) => {
    let [least, most] = [Infinity, 0];
    for (const arm of [0, side]) {
      for (let answer = 0; answer < columns; answer++) {
        moved.set(counts);
        for (let block = arm; block < arm + side; block += columns) {
          moveShare(moved.subarray(block, block + columns), answer, share);
        }
        const length = measure.length(contrastsOf(moved));
        least = Math.min(least, length);
        most = Math.max(most, length);
      }
    }
    return [least, most];
  };
}

/** Moves a share of all counts to one answer, from those that are farthest in their order first. */
function moveShare(counts: Float64Array, answer: number, share: number): void {
  let left = share * counts.reduce((sum, count) => sum + count, 0);
  for (let far = counts.length - 1; far > 0; far--) {
    for (const from of [answer - far, answer + far]) {
      const moved = Math.min(left, counts[from] ?? 0);
      if (moved === 0) continue;
      counts[from]! -= moved;
      counts[answer]! += moved;
      left -= moved;
    }
  }
}

/**
 * By how much deviations of bootstrap samples must be stretched where units are few. Samples of n units vary by
 * (n - 1)/n too little, and their variance is itself estimated: Student's t in place of the normal distribution, with
 * the degrees of freedom of Welch and Satterthwaite for strata of equal variance. Without it 20 clusters with an
 * intraclass correlation of .6 had a lower end of 0 in .92 of studies without drift, not in .975.
 */
function fewUnitsFactor(
  { weights, cells, blockOf }: ResampledCells,
  { stratum, unitOf, blocks }: Strata,
  alpha: number,
): number {
  // V, n: each stratum's part of the variance if all units varied alike, and its units.
  const V = new Float64Array(3 * blocks);
  const n = new Int32Array(3 * blocks);
  cells.forEach((list, arm) => {
    const inBlock = new Int32Array(weights.length);
    for (const cell of list) inBlock[blockOf(cell)]!++;
    for (const cell of list) {
      const of = stratum[unitOf[cell]!]!;
      V[of]! += (weights[blockOf(cell)]! / inBlock[blockOf(cell)]!) ** 2;
      // Units in both arms are counted once.
      if (arm === 0 || of % 3 !== inBoth) n[of]!++;
    }
  });
  let [plain, corrected, squares] = [0, 0, 0];
  V.forEach((part, of) => {
    const others = Math.max(1, n[of]! - 1);
    plain += part;
    corrected += part * (others + 1) / others;
    squares += (part * (others + 1) / others) ** 2 / others;
  });
  if (!(plain > 0)) return 1;
  const quantiles = studentTQuantile(1 - alpha / 2, corrected ** 2 / squares) / normalQuantile(1 - alpha / 2);
  return Math.sqrt(corrected / plain) * quantiles;
}
