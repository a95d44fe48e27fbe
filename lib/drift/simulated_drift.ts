import { checkProbabilities } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { stream } from "../core/stream.ts";
import { totalVariation } from "../stats/distances.ts";
import { normalQuantile } from "../stats/distributions.ts";
import { moments } from "../stats/moments.ts";
import { cumulate, placeAt } from "../stats/resampling.ts";
import type { DriftAnswers } from "./answers.ts";
import { highPoint, permuteArms, type TestNull } from "./arm_permutations.ts";
import { compareTwoArms } from "./comparisons.ts";
import { driftMeasures, makeContrasts, measureValues } from "./measures.ts";

/** How a true distance lies on the categories. */
export type DriftShape = "two" | "spread";

/** The categories' probabilities in each arm, and their total variation distance. */
export type TrueShares =
  & { readonly [arm in "reference" | "treatment"]: readonly number[] }
  & { readonly distance: number };

/**
 * Moves shares by a distance. `two`: from the most frequent category to the least frequent one (the last where some are
 * equal). `spread`: evenly from the last half of the categories to the first half; one in the middle stays.
 */
export function moveShares(
  action: string,
  reference: readonly number[],
  { distance, shape }: { distance: number; shape: DriftShape },
): TrueShares {
  const treatment = shape === "two" ? moveTwo(reference, distance) : moveHalves(reference, distance);
  if (treatment.some((share) => share < -1e-12)) {
    const shares = reference.map((share) => Number(share.toPrecision(3))).join(", ");
    const rule = `leave no category with less than nobody: with shape '${shape}' and shares ${shares}`;
    throw new RangeError(cannot(action, "distance", rule, distance));
  }
  return { reference, treatment: treatment.map((share) => Math.max(0, share)), distance };
}

function moveTwo(reference: readonly number[], distance: number): number[] {
  const from = reference.indexOf(Math.max(...reference));
  const least = reference.lastIndexOf(Math.min(...reference));
  const to = least === from ? reference.length - 1 : least;
  return reference.map((share, k) => k === from ? share - distance : k === to ? share + distance : share);
}

function moveHalves(reference: readonly number[], distance: number): number[] {
  const half = Math.floor(reference.length / 2);
  return reference.map((share, k) => {
    if (k < half) return share + distance / half;
    return k >= reference.length - half ? share - distance / half : share;
  });
}

export function givenShares(
  action: string,
  reference: readonly number[],
  treatment: readonly number[],
): TrueShares {
  checkProbabilities(action, "treatment", treatment);
  if (treatment.length !== reference.length) {
    const rule = `have as many shares as the reference, ${reference.length}`;
    throw new RangeError(cannot(action, "treatment", rule, treatment));
  }
  return { reference, treatment, distance: totalVariation(reference, treatment) };
}

/** How many personas are in each arm; within subjects the same in both. */
export type StudySizes = { readonly [arm in "treatment" | "reference"]: number };

/** A study whose power is asked for; what is not said here is as in the options of `planDrift`. */
export interface DriftScenario {
  readonly shares: TrueShares;
  readonly sizes: StudySizes;
  readonly within: boolean;
  readonly correlation: number;
  readonly replicates: number;
  readonly replyCorrelation: number;
  /** The level of a control's test, after correction for their number. */
  readonly level: number;
  readonly alpha: number;
  readonly permutations: number;
  readonly seed: number;
}

export const notSimulated = {
  sizes: { treatment: NaN, reference: NaN },
  power: NaN,
  power_error: NaN,
  null_mean: NaN,
  null_high: NaN,
  half_width: NaN,
};

export type SimulatedStudies = Readonly<typeof notSimulated>;

/** Personas that are drawn, and moved by permutations, for each scenario: what decides how long it takes. */
const effort = 4e6;

/**
 * Simulates studies and the permutation test of their total variation distance. The null of arms of one size hardly differs
 * between studies, so only some are permuted: each study is tested by the critical values of all of these, which tells the
 * power more exactly than permuting every study would in the same time. `roughly` is the part of the effort that is made.
 */
export function simulateStudies(scenario: DriftScenario, roughly = 1): SimulatedStudies {
  const { level, alpha, seed, within, sizes } = scenario;
  const permutations = roughly === 1 ? scenario.permutations : Math.ceil(20 / level);
  const personas = within ? sizes.reference : sizes.treatment + sizes.reference;
  const enough = roughly * effort / personas;
  const studies = Math.round(Math.min(roughly * 8000, Math.max(roughly * 1000, enough)));
  const nulls = Math.round(Math.min(roughly * 50, Math.max(3, 3 * enough / permutations)));
  const simulated = makeStudies(scenario);
  const distances = new Float64Array(studies);
  const found: ReturnType<typeof summariseNull>[] = [];
  for (let study = 0; study < studies; study++) {
    distances[study] = simulated.draw(study);
    if (study < nulls) {
      const { own } = permuteArms(simulated.answers, [simulated.comparison], {
        permutations,
        random: (...names) => stream(seed, "plan drift", study, ...names),
      });
      found.push(summariseNull(own[0]!, level));
    }
  }
  // The share of critical values that each study exceeds, and of studies that exceed each critical value.
  const exceeds = (distance: number, critical: number) => distance > critical + 1e-9 ? 1 : 0;
  const byStudy = distances.map((distance) =>
    found.reduce((sum, { critical }) => sum + exceeds(distance, critical), 0) / nulls
  );
  const byNull = found.map(({ critical }) =>
    distances.reduce((sum, distance) => sum + exceeds(distance, critical), 0) / studies
  );
  const power = moments(byStudy);
  return {
    sizes,
    power: power.mean,
    power_error: Math.sqrt(power.variance / studies + moments(byNull).variance / nulls),
    null_mean: moments(found.map(({ mean }) => mean)).mean,
    null_high: moments(found.map(({ high }) => high)).mean,
    half_width: normalQuantile(1 - alpha / 2) * Math.sqrt(moments(distances).variance),
  };
}

/** The mean and 95% point of a null, and the distance that a study must exceed for a p-value of at most `level`. */
function summariseNull({ distances, exact }: TestNull, level: number) {
  const sorted = distances.toSorted();
  // How many permuted distances may be as large: p is (1 + #)/(B + 1), or #/B where all assignments are visited.
  const allowed = Math.floor(exact ? level * sorted.length : level * (sorted.length + 1) - 1 + 1e-9);
  return {
    mean: moments(distances).mean,
    high: highPoint(sorted),
    critical: allowed < 0 ? Infinity : sorted[sorted.length - 1 - allowed]!,
  };
}

/** Draws studies one after the other into the same answers. */
function makeStudies(scenario: DriftScenario) {
  const { shares, sizes, within, replicates, correlation, replyCorrelation, seed } = scenario;
  const categories = shares.reference.length;
  const cells = sizes.treatment + sizes.reference;
  // Within subjects the two cells of a persona are neighbours. Else arms alternate as their sizes have it, so that a larger
  // study is a smaller one with further personas.
  const arm = Int32Array.from({ length: cells }, (_, cell) => {
    const treated = (of: number) => Math.floor(of * sizes.treatment / cells);
    return within ? cell % 2 : treated(cell + 1) - treated(cell);
  });
  const codes = new Int32Array(cells * replicates);
  const control = {
    control: "answer",
    labels: Array.from({ length: categories }, (_, k) => String(k)),
    scores: Float64Array.from({ length: categories }, (_, k) => k),
    measures: [driftMeasures["total variation"]],
    notes: [],
    from: Int32Array.from({ length: cells + 1 }, (_, cell) => cell * replicates),
    codes,
    asked: new Int32Array(cells).fill(replicates),
  };
  const answers: DriftAnswers = {
    arms: ["reference", "treatment"],
    arm,
    unit: Int32Array.from({ length: cells }, (_, cell) => within ? cell >> 1 : cell),
    block: new Int32Array(cells),
    blocks: 1,
    unitName: "personas",
    controls: [control],
  };
  const counts = new Int32Array(2 * categories);
  // Where each category ends on the line from 0 to 1: rounding must not leave a point without one.
  const ends = [shares.reference, shares.treatment].map((own) =>
    cumulate(own).fill(1, own.findLastIndex((share) => share > 0))
  );
  const contrastsOf = makeContrasts(control, Float64Array.of(1));
  // A reply is the answer at a point of the arm's distribution. It follows the persona's leaning in the arm, and that the
  // persona's own, so often that two replies follow the same one with the probability that is their correlation.
  const followsArm = replicates === 1 ? 1 : Math.sqrt(replyCorrelation);
  const followsPersona = within ? Math.sqrt(correlation / (replicates > 1 ? replyCorrelation : 1)) : 0;
  const draw = (study: number): number => {
    counts.fill(0);
    const random = stream(seed, "plan drift", study);
    let persona = 0;
    for (let cell = 0; cell < cells; cell++) {
      if (!within || arm[cell] === 0) persona = random.bits() / 4294967296;
      const own = within && random.uniform() >= followsPersona ? random.uniform() : persona;
      for (let reply = cell * replicates; reply < (cell + 1) * replicates; reply++) {
        const point = followsArm === 1 || random.uniform() < followsArm ? own : random.uniform();
        const code = placeAt(ends[arm[cell]!]!, point);
        codes[reply] = code;
        counts[arm[cell]! * categories + code]!++;
      }
    }
    return measureValues(control, contrastsOf(counts, categories, 0))[0]!;
  };
  return { answers, comparison: compareTwoArms(answers, 1, 0), draw };
}

/** The largest number of personas in an arm that is tried. */
export const mostPersonas = 20_000;

/** How far the normal quantile of the power may lie above the one wanted: two percentage points of a power of .8. */
const close = 0.07;

/**
 * Finds a study with hardly more personas in the reference arm than the power that is wanted takes; `null` where even the
 * largest number does not reach it.
 *
 * The normal quantile of the power grows nearly linearly with √n: a line through two numbers of personas about the one that
 * is looked for, roughly simulated, says how far each thorough simulation is off. `guess` is a number of personas about
 * which to look first.
 */
export function smallestStudy(
  wanted: number,
  guess: number,
  scenarioAt: (n: number) => DriftScenario,
): SimulatedStudies | null {
  // The normal quantile of a power, kept finite.
  const probit = (power: number) => normalQuantile(Math.min(1 - 1e-6, Math.max(1e-6, power)));
  const excess = ({ power }: SimulatedStudies) => probit(power) - probit(wanted);
  const rough = (n: number) => ({ n, off: excess(simulateStudies(scenarioAt(n), 0.2)) });
  const possible = (n: number) => Math.min(mostPersonas, Math.max(4, Math.round(n)));
  let [low, high] = [rough(possible(guess / 1.5)), rough(possible(guess * 1.5))];
  while (low.off >= 0 && low.n > 4) [low, high] = [rough(possible(low.n / 2)), low];
  while (high.off < 0 && high.n < mostPersonas) [low, high] = [high, rough(possible(high.n * 2))];
  if (high.off < 0) return null;
  if (low.off >= 0) return simulateStudies(scenarioAt(low.n));
  const slope = (high.off - low.off) / (Math.sqrt(high.n) - Math.sqrt(low.n));
  const correct = (n: number, off: number) => possible((Math.sqrt(n) + (close / 2 - off) / slope) ** 2);
  let n = correct(low.n, low.off);
  let enough: SimulatedStudies | null = null;
  for (let step = 0; step < 6; step++) {
    const found = simulateStudies(scenarioAt(n));
    const off = excess(found);
    if (off >= 0 && (enough === null || n < enough.sizes.reference)) enough = found;
    const next = correct(n, off);
    // One more persona may be too much, and one less too few.
    if ((off >= 0 && off < close) || next === n) break;
    n = next;
  }
  // A plan never has less power than was asked for.
  while (enough === null && n < mostPersonas) {
    n = possible(Math.ceil(n * 1.02) + 1);
    const found = simulateStudies(scenarioAt(n));
    if (excess(found) >= 0) enough = found;
  }
  return enough;
}
