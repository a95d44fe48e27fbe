import { effectiveNumber, type Lambda, leaveOneOutSlopes, type MeanVariance } from "./rectified_mean.ts";
import { meanVariance, productsOf, rectifiedMean, type RectifiedSample, shrink } from "./rectified_mean.ts";

/**
 * The name of an estimator of effects from people's answers and a model's, as the R package mixedsubjects has it. λ is the
 * weight of the predictions. Those of others come from personas that count in one arm (`greg`: λ is 1; `ppi`, PPI++: one λ
 * for both arms; `dt`: λ by arm) or in both (`dip`, difference in predictions; `dip_pp`; `dt_dip`).
 */
export type MixedEstimatorName = "greg" | "ppi" | "dt" | "dip" | "dip_pp" | "dt_dip";

/** Whether each persona of the pool counts in both arms; and whether λ is 1, common to both arms or one by arm. */
export interface MixedEstimator {
  readonly shared: boolean;
  readonly tuned: "not" | "common" | "by arm";
}

/** The estimators by name; a new one is a new entry. */
export const mixedEstimators: { readonly [Name in MixedEstimatorName]: MixedEstimator } = {
  greg: { shared: false, tuned: "not" },
  ppi: { shared: false, tuned: "common" },
  dt: { shared: false, tuned: "by arm" },
  dip: { shared: true, tuned: "not" },
  dip_pp: { shared: true, tuned: "common" },
  dt_dip: { shared: true, tuned: "by arm" },
};

/** An effect with what the predictions add: means whose variances add up to its own, people's alone, and λ by arm. */
export interface MixedEffect {
  readonly estimate: number;
  readonly parts: readonly MeanVariance[];
  readonly alone: readonly MeanVariance[];
  readonly lambda: readonly number[];
  readonly correlation: number;
}

/**
 * The difference of the rectified means of an arm and of the reference. The pool's variance is that of the whole pool; where
 * the same personas are in both arms (in the same order), that of their differences.
 */
export function mixedEffect(
  arms: readonly RectifiedSample[],
  { shared, tuned }: MixedEstimator,
  { lambda: asked, ends }: { readonly lambda: Lambda; readonly ends: readonly [number, number] | null },
): MixedEffect {
  const lambda = tuned === "not" ? 1 : asked;
  const weights = typeof lambda === "number"
    ? [lambda, lambda]
    : tuneWeights(arms, { shared, common: tuned === "common", plugIn: lambda === "plug-in" });
  const found = arms.map((arm, side) => rectifiedMean(arm, { lambda: weights[side]!, ends }));
  const [own, other] = [found[0]!, found[1]!];
  const differences = () =>
    arms[0]!.pool.map((value, i) => own.lambda * value - other.lambda * arms[1]!.pool[i]!);
  const products = arms.map(productsOf);
  const sum = (name: "cross" | "outcome" | "prediction") => products[0]![name] + products[1]![name];
  return {
    estimate: own.estimate - other.estimate,
    parts: [
      ...found.map(({ parts }) => parts[0]),
      ...(shared ? [meanVariance(differences(), arms[0]!.poolWeight)] : found.map(({ parts }) => parts[1])),
    ],
    alone: found.map(({ alone }) => alone),
    lambda: found.map(({ lambda }) => lambda),
    correlation: sum("cross") / Math.sqrt(sum("outcome") * sum("prediction")),
  };
}

/**
 * λ in the arm and in the reference that makes the effect's variance least, from slopes of answers on predictions and the
 * variances of the mean prediction by arm, of people and of the pool (whose means may covary). With C the sum of the
 * variances and D = slope × people's, ΣD/(ΣC - 2 covariance), or by arm D/C, as in mixedsubjects; by arm with a covariance it
 * solves both equations, where that package takes the pool for boundless.
 */
export function leastVariance(
  slopes: readonly number[],
  { people, pool, covariance }: { people: readonly number[]; pool: readonly number[]; covariance: number },
  common: boolean,
): readonly number[] {
  const [d, e] = [slopes[0]! * people[0]!, slopes[1]! * people[1]!];
  // Where predictions do not vary, their slope is 0.
  const [c, f] = [people[0]! + pool[0]! || 1, people[1]! + pool[1]! || 1];
  if (common) return [0, 1].map(() => (d + e) / (c + f - 2 * covariance));
  const determinant = c * f - covariance * covariance;
  return [(d * f + e * covariance) / determinant, (e * c + d * covariance) / determinant];
}

/** λ by arm: tuned on all; or for each person on all others, and shrunk. */
function tuneWeights(
  arms: readonly RectifiedSample[],
  { shared, common, plugIn }: { readonly [name in "shared" | "common" | "plugIn"]: boolean },
): readonly (number | Float64Array)[] {
  const pool = arms.map(({ pool, poolWeight }) => meanVariance(pool, poolWeight).variance || 0);
  const sums = () => arms[0]!.pool.map((value, i) => value + arms[1]!.pool[i]!);
  const covariance = shared
    ? (meanVariance(sums(), arms[0]!.poolWeight).variance - pool[0]! - pool[1]!) / 2
    : 0;
  // Predictions vary among people as in the pool, which shows it better and leaves each person's λ to the others.
  const people = arms.map(({ outcome, weight, pool: { length }, poolWeight }, side) =>
    pool[side]! * effectiveNumber(poolWeight, length) / effectiveNumber(weight, outcome.length)
  );
  const variances = { people, pool, covariance };
  const products = arms.map(productsOf);
  if (plugIn) {
    const slopes = products.map(({ cross, prediction }) => prediction > 0 ? cross / prediction : 0);
    return leastVariance(slopes, variances, common).map((lambda) => Math.max(0, Math.min(1, lambda)));
  }
  const found = arms.map((arm, side) => leaveOneOutSlopes(arm, products[side]!));
  const slopes = found.map(({ slope }) => meanVariance(slope, null).mean);
  const errors = found.map(({ error }) => meanVariance(error, null).mean);
  return found.map(({ slope, error }, side) =>
    slope.map((own, i) => {
      const shrunk = shrunkSlopes(slopes.with(side, own), errors.with(side, error[i]!), people);
      return leastVariance(shrunk, variances, common)[side]!;
    })
  );
}

/**
 * Slopes shrunk as far as chance could have made them: what is common to both arms towards 0, and by how much they differ
 * as far as it is within two standard errors.
 */
function shrunkSlopes(
  slopes: readonly number[],
  errors: readonly number[],
  people: readonly number[],
): number[] {
  const total = people[0]! + people[1]! || 1;
  const [p, q] = [people[0]! / total, people[1]! / total];
  const common = shrink(p * slopes[0]! + q * slopes[1]!, p * p * errors[0]! + q * q * errors[1]!);
  const apart = shrink(slopes[0]! - slopes[1]!, 4 * (errors[0]! + errors[1]!));
  return [common + q * apart, common - p * apart];
}
