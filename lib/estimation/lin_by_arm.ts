import { leastSquares, type LeastSquaresFit } from "../stats/least_squares.ts";
import type { AdjustmentFit } from "./adjustment_fit.ts";
import type { AdjustmentSample } from "./adjustment_sample.ts";
import type { EffectRequest } from "./effect_request.ts";

/**
 * Lin's regression as one regression for each arm: with slopes of its own in every arm the joint fit falls apart, its
 * leverages too, so that HC0, HC2 and HC3 are the same; the work is less than half. `null` where that does not hold:
 * with clusters, other covariances, or covariates that an arm cannot tell apart.
 */
export function linByArm(
  sample: AdjustmentSample,
  centred: readonly Float64Array[],
  { covarianceType, reference }: EffectRequest,
  present: readonly number[],
): AdjustmentFit | null {
  const type = covarianceType ?? "HC2";
  if (sample.cluster !== null || !["HC0", "HC2", "HC3"].includes(type)) return null;
  const fits: LeastSquaresFit[] = [];
  for (const arm of [reference, ...present]) {
    // Too few units to tell slopes apart: the joint fit says which are left out.
    if (sample.counts[arm]! <= centred.length + 1) return null;
    const fit = fitArm(sample, centred, arm, type as "HC0" | "HC2" | "HC3");
    if (fit.dropped.length > 0) return null;
    fits.push(fit);
  }
  const [control, ...others] = fits;
  const sum = (value: (fit: LeastSquaresFit) => number) => fits.reduce((total, fit) => total + value(fit), 0);
  const residualDf = sum((fit) => fit.residualDf);
  return {
    estimates: others.map(({ coefficients }) => coefficients[0]! - control!.coefficients[0]!),
    standardErrors: others.map(({ covariance }) =>
      Math.sqrt(covariance[0]![0]! + control!.covariance[0]![0]!)
    ),
    df: others.map(() => residualDf),
    dropped: 0,
    fit: { residualDf, clusters: null, exactRows: sum((fit) => fit.exactRows), covarianceType: type },
  };
}

function fitArm(
  { arm, counts, outcome, weight }: AdjustmentSample,
  centred: readonly Float64Array[],
  own: number,
  covarianceType: "HC0" | "HC2" | "HC3",
): LeastSquaresFit {
  const rows = new Int32Array(counts[own]!);
  for (let at = 0, next = 0; at < arm.length; at++) if (arm[at] === own) rows[next++] = at;
  const take = (values: Float64Array): Float64Array => {
    const taken = new Float64Array(rows.length);
    for (let i = 0; i < rows.length; i++) taken[i] = values[rows[i]!]!;
    return taken;
  };
  const columns = [new Float64Array(rows.length).fill(1), ...centred.map(take)];
  return leastSquares(columns, take(outcome), {
    covarianceType,
    ...(weight === null ? {} : { weights: take(weight) }),
  });
}
