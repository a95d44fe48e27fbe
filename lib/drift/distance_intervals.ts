import type { RandomStream } from "../core/stream.ts";
import { normalQuantile, studentTQuantile } from "../stats/distributions.ts";
import { resampleUnits } from "../stats/resampling.ts";
import type { DriftAnswers } from "./answers.ts";
import { type ArmComparison, makeCounter } from "./comparisons.ts";
import type { BootstrappedContrasts, ContrastShares, DriftInterval } from "./distance_inversion.ts";
import { invertDistances, makeReach, noInterval } from "./distance_inversion.ts";
import { averageShares, type DriftMeasure, driftMeasures, makeContrasts } from "./measures.ts";

interface BootstrapIntervalsOptions {
  /** For each control its observed contrasts by measure; none where it cannot be compared and has no interval. */
  readonly observed: ReadonlyMap<number, readonly Float64Array[]>;
  readonly bootstraps: number;
  readonly alpha: number;
  readonly margin: number;
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
  const { pairs: { first, second }, controls } = comparison;
  const usable = [...answers.controls.keys()].filter((c) =>
    observed.has(c) && bootstraps > 0 && answers.controls[c]!.labels.length <= mostCategories
  );
  if (usable.length === 0) return answers.controls.map(({ measures }) => measures.map(() => noInterval));
  const strata = drawStrata(answers, comparison);
  const counter = makeCounter(answers, comparison, {
    controls: usable,
    block: answers.block.map((block) => strata.joined[block]!),
    blocks: strata.blocks,
  });
  const unitOf = first.map((cell, unit) => answers.unit[Math.max(cell, second[unit]!)]!);
  const times = new Uint16Array(answers.unit.at(-1)! + 1).fill(1);
  const samples = new Map<number, ReturnType<typeof gatherSamples>>();
  counter.byTimes(times, (c, counts) => {
    const cells = resampledCells(answers, comparison, c, strata);
    samples.set(c, gatherSamples(cells, counts.slice(), random("unseen", cells.control.control)));
  });
  resampleUnits(first.length, (drawn) => {
    times.fill(0);
    for (let i = 0; i < drawn.length; i++) times[unitOf[drawn[i]!]!]!++;
    counter.byTimes(times, (c, counts) => samples.get(c)!.add(counts));
  }, { random: random("bootstrap"), strata: strata.stratum, replicates: bootstraps });
  return answers.controls.map(({ measures }, c) =>
    measures.map((measure, m) => {
      const gathered = samples.get(c);
      if (gathered === undefined) return noInterval;
      return invertDistances(measure, gathered.found(measure, m, observed.get(c)![m]!), {
        alpha,
        margin,
        stretch: fewUnitsFactor(gathered.cells, strata, alpha),
        units: Math.min(controls[c]!.units.first, controls[c]!.units.second),
      });
    })
  );
}

/** The kind of units that were in both arms, of three kinds. */
const inBoth = 2;

/**
 * The stratum of each unit: units of a block that were in one arm, the other, or both. A stratum of one unit shows no
 * variance, so blocks with one are joined; where that leaves one, with the smallest other block that has some: collapsed
 * strata, which err to the wide side (Cochran 1977, Sampling Techniques, section 5A.12).
 */
function drawStrata(answers: DriftAnswers, { pairs: { first, second } }: ArmComparison) {
  const kind = first.map((cell, unit) => cell < 0 ? 0 : second[unit]! < 0 ? 1 : inBoth);
  const block = first.map((cell, unit) => answers.block[Math.max(cell, second[unit]!)]!);
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
  const unitOf = new Int32Array(answers.arm.length);
  for (const cells of [first, second]) cells.forEach((cell, unit) => cell < 0 ? 0 : unitOf[cell] = unit);
  return {
    /** The stratum of each unit of the comparison: three for each block. */
    stratum: block.map((of, unit) => 3 * joined[of]! + kind[unit]!),
    unitOf,
    /** The block that each block is joined to, counted from 0, and how many there are then. */
    joined,
    blocks: numbers.size,
  };
}

type Strata = ReturnType<typeof drawStrata>;
type ResampledCells = ReturnType<typeof resampledCells>;

/** The cells of a control whose answers count in bootstrap samples. */
function resampledCells(
  answers: DriftAnswers,
  { pairs, controls }: ArmComparison,
  c: number,
  { joined, blocks }: Strata,
) {
  const { used, weights: plain } = controls[c]!;
  const weights = new Float64Array(blocks);
  plain.forEach((weight, block) => weights[joined[block]!]! += weight);
  const control = answers.controls[c]!;
  const [reference, arm] = [pairs.second, pairs.first].map((own) => own.filter((cell) => used[cell] === 1));
  const cells = [reference!, arm!] as const;
  const units = new Set(cells.flatMap((own) => Array.from(own, (cell) => answers.unit[cell])));
  return {
    control,
    /** The weights of blocks, where small ones are joined. */
    weights,
    /** The cells of the reference and those of the arm. */
    cells,
    blockOf: (cell: number) => joined[answers.block[cell]!]!,
    /** Whether all answers are independent: one of each unit, in one arm, without blocks. */
    independent: blocks === 1 && units.size === cells[0].length + cells[1].length &&
      cells.every((own) => own.every((cell) => control.from[cell + 1]! - control.from[cell]! === 1)),
  };
}

/** Gathers the contrasts of one control in bootstrap samples of a study, of which the counts are known. */
function gatherSamples(cells: ResampledCells, study: Int32Array, random: RandomStream) {
  const { control, weights } = cells;
  const contrasts = makeContrasts(control, weights);
  const contrastsOf = (counts: ArrayLike<number>) => contrasts(counts, counts.length / 2, 0);
  const unseen = makeUnseen(cells, random);
  const plain = contrastsOf(study).map((found) => found.slice());
  // What samples vary around: the answers observed and, on average, those of the units that were not.
  const middle = contrastsOf(unseen.expected(study)).map((found) => found.slice());
  const samples: Float64Array[][] = control.measures.map(() => []);
  const varies = control.measures.map(() => false);
  return {
    cells,
    /** Takes the counts of a sample, and adds to them. */
    add: (counts: Int32Array): void => {
      if (varies.includes(false)) {
        // By more than rounding.
        const differs = (value: number, m: number, k: number) => Math.abs(value - plain[m]![k]!) > 1e-12;
        contrastsOf(counts).forEach((found, m) =>
          varies[m] ||= found.some((value, k) => differs(value, m, k))
        );
      }
      unseen.add(counts);
      contrastsOf(counts).forEach((found, m) => {
        if (!found.includes(NaN)) samples[m]!.push(found.slice());
      });
    },
    found: (measure: DriftMeasure, m: number, observed: Float64Array): BootstrappedContrasts => ({
      observed,
      varies: varies[m]!,
      shares: contrastShares(cells, study, measure),
      deviations: [...observed.keys()].map((k) =>
        Float64Array.from(samples[m]!, (sample) => sample[k]! - middle[m]![k]!)
      ),
      reach: makeReach(study, control.labels.length, (counts) => measure.length(contrastsOf(counts)[m]!)),
    }),
  };
}

/** How many units are added to each arm of a bootstrap sample. */
const added = 4;

/**
 * Makes what adds units to bootstrap samples, and what it adds on average. Samples of an arm in which nobody deviates
 * never vary, and if 1 of 50 personas answered otherwise in the other arm they vary as if at most a few ever did: claims
 * of small drift were then wrong in a third of studies. So each arm of a sample gets further units, whose answers are
 * those of anybody in either arm: what adding to the cells of a table does to Wald's interval (Agresti and Min 2005,
 * Statistics in Medicine 24(5):729-740). It matters where units are few or nearly all alike, and vanishes with n.
 */
function makeUnseen(
  { control: { from, codes, labels }, weights, cells, blockOf }: ResampledCells,
  random: RandomStream,
): { add: (counts: Int32Array) => void; expected: (counts: Int32Array) => Float64Array } {
  const anybody = cells.flatMap((own) => [...own]);
  const startOf = (cell: number, label: number) => (label * weights.length + blockOf(cell)) * labels.length;
  const one = (cells: ArrayLike<number>) => cells[random.integer(cells.length)]!;
  return {
    add: (counts) => {
      cells.forEach((own, label) => {
        for (let unit = 0; unit < added; unit++) {
          const start = startOf(one(own), label);
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
      cells.forEach((own, label) => {
        for (const cell of own) {
          average.forEach((mean, k) => sums[startOf(cell, label) + k]! += added / own.length * mean);
        }
      });
      return sums;
    },
  };
}

/** The shares of two arms whose differences are contrasts, and how these would vary if units gave one answer each. */
function contrastShares(
  { control: { scores }, weights, cells, independent }: ResampledCells,
  study: Int32Array,
  measure: DriftMeasure,
): ContrastShares {
  const [p, q] = [new Float64Array(scores.length), new Float64Array(scores.length)];
  averageShares(study, study.length / 2, 0, weights, p, q);
  const sizes = [cells[1].length, cells[0].length] as const;
  const pooled = p.map((share, k) => (sizes[0] * share + sizes[1] * q[k]!) / (sizes[0] + sizes[1]));
  // Shares a little apart everywhere: of the contrasts of all measures but one the slope is the same everywhere.
  const slopes = new Float64Array(measure.size(scores.length));
  measure.contrast(pooled.map((share) => 1.25 * share), pooled.map((share) => 0.75 * share), scores, slopes);
  const [arm, reference, both] = [p, q, pooled].map((shares) => {
    let sum = 0;
    return measure.ordered ? shares.map((share) => sum += share) : shares;
  }) as [Float64Array, Float64Array, Float64Array];
  const varianceOf = (share: number) => Math.max(0, share * (1 - share));
  const [n, m] = sizes;
  const part = (own: number, share: number, size: number) =>
    (size * varianceOf(own) + added * varianceOf(share)) / (size + added) ** 2;
  return {
    arm,
    reference,
    sizes,
    slopes: slopes.map((value, k) => both[k]! > 0 ? value / (both[k]! / 2) : 0),
    variances: both.map((share, k) => part(arm[k]!, share, n) + part(reference[k]!, share, m)),
    independent,
    single: scores.length === 2 && measure !== driftMeasures["Jensen-Shannon"],
  };
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
  cells.forEach((list, label) => {
    const inBlock = new Int32Array(blocks);
    for (const cell of list) inBlock[blockOf(cell)]!++;
    for (const cell of list) {
      const [block, of] = [blockOf(cell), stratum[unitOf[cell]!]!];
      V[of]! += (weights[block]! / inBlock[block]!) ** 2;
      // Units in both arms are counted once.
      if (label === 0 || of % 3 !== inBoth) n[of]!++;
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
