import { leastSquares } from "../stats/least_squares.ts";
import type { AdjustmentFit } from "./adjustment_fit.ts";
import { type AdjustmentSample, checkBlockArms, readAdjustmentSample } from "./adjustment_sample.ts";
import { indicatorsOf } from "../core/study.ts";
import type { EffectRequest, FoundEffect } from "./effect_request.ts";
import { linByArm } from "./lin_by_arm.ts";

/**
 * Estimates the effects of all arms by one regression on arms and covariates, with an intercept for each block. Where
 * the shares of the arms differ between blocks, a block counts by its size times the variance of the arm in it.
 */
export function regressionAdjustment(request: EffectRequest): FoundEffect[] {
  const sample = readAdjustmentSample(request);
  const design = sample.block === null ? "regression" : "regression within blocks";
  return report(sample, request, design, (present) => {
    const arms = present.map((arm) => indicatorOf(sample, arm));
    const covariates = sample.covariates.map(({ values }) => values);
    return sample.block === null
      ? fitSample(sample, request, {
        columns: [ones(sample), ...arms, ...covariates],
        first: 1,
        arms: arms.length,
      })
      : fitSample(sample, request, { columns: [...arms, ...covariates], first: 0, arms: arms.length });
  });
}

/**
 * Estimates the effects of all arms by a regression on arms, centred covariates and their products: in large samples
 * never less precise than a difference in means (Lin 2013, Annals of Applied Statistics 7, 295-318, section 3). Blocks
 * are covariates like others, so that each counts by its size.
 */
export function linAdjustment(request: EffectRequest): FoundEffect[] {
  const sample = readAdjustmentSample(request);
  if (sample.block !== null && sample.outcome.length > 0) checkBlockArms(request.study.action, sample);
  const blocks = sample.block === null ? [] : indicatorsOf("block", sample.block);
  const design = sample.block === null ? "interacted regression" : "interacted regression, blocked";
  return report(sample, request, design, (present) => {
    const centred = [...blocks, ...sample.covariates].map(({ values }) => centre(values, sample.weight));
    const separate = linByArm(sample, centred, request, present);
    if (separate !== null) return separate;
    const arms = present.map((arm) => indicatorOf(sample, arm));
    const products = arms.flatMap((arm) => centred.map((column) => times(column, arm)));
    const columns = [ones(sample), ...arms, ...centred, ...products];
    return fitSample({ ...sample, block: null }, request, { columns, first: 1, arms: arms.length });
  });
}

/** One fit of all units; the arms' columns stand together from `first`. */
function fitSample(
  { outcome, weight, cluster, block }: AdjustmentSample,
  { covarianceType }: EffectRequest,
  { columns, first, arms }: { columns: readonly Float64Array[]; first: number; arms: number },
): AdjustmentFit {
  const fit = leastSquares(columns, outcome, {
    ...(weight === null ? {} : { weights: weight }),
    ...(cluster === null ? {} : { clusters: cluster }),
    ...(block === null ? {} : { fixedEffects: [block.codes] }),
    ...(covarianceType === undefined ? {} : { covarianceType }),
  });
  const own = (values: Float64Array) => Array.from(values.subarray(first, first + arms));
  return {
    estimates: own(fit.coefficients),
    standardErrors: own(fit.standardErrors),
    df: own(fit.df),
    dropped: fit.dropped.filter((column) => column < first || column >= first + arms).length,
    fit,
  };
}

/** Fits all arms that have units, and says what is found of each. */
function report(
  sample: AdjustmentSample,
  { reference, terms }: EffectRequest,
  design: string,
  fitArms: (present: readonly number[]) => AdjustmentFit,
): FoundEffect[] {
  const { arms, counts, outcome, notes } = sample;
  const present = counts[reference] === 0 ? [] : terms.filter((arm) => counts[arm]! > 0);
  const fitted = present.length === 0 ? null : fitArms(present);
  const n = outcome.length;
  return terms.map((term) => {
    const at = present.indexOf(term);
    if (fitted === null || at < 0) {
      const lacking = [reference, term].filter((arm) => counts[arm] === 0)
        .map((arm) => `no unit of '${arms[arm]}' has a value`);
      const found = {
        estimate: NaN,
        stdError: NaN,
        df: NaN,
        n,
        design: "none",
        notes: [],
        reason: lacking,
      };
      return { found, outcome, notes };
    }
    const estimate = fitted.estimates[at]!;
    const known = fitted.fit.residualDf > 0 && fitted.fit.clusters !== 1 && !Number.isNaN(estimate);
    const found = {
      estimate,
      stdError: known ? fitted.standardErrors[at]! : NaN,
      df: fitted.df[at]!,
      n,
      design: nameAdjustment(design, sample),
      notes: noteFit(fitted),
      reason: explainFit(fitted, estimate),
    };
    return { found, outcome, notes };
  });
}

function nameAdjustment(design: string, { cluster, weight }: AdjustmentSample): string {
  return [design, ...(cluster === null ? [] : ["clustered"]), ...(weight === null ? [] : ["weighted"])].join(
    ", ",
  );
}

function noteFit({ fit, dropped }: AdjustmentFit): string[] {
  return [
    ...(dropped === 0 ? [] : [`covariates left out as combinations of earlier columns: ${dropped}`]),
    ...(fit.exactRows === 0
      ? []
      : [`units fitted exactly, whose part of the variance is taken as 0: ${fit.exactRows}`]),
    `covariance ${fit.covarianceType}`,
  ];
}

function explainFit({ fit }: AdjustmentFit, estimate: number): string[] {
  return [
    ...(Number.isNaN(estimate) ? ["the arm does not vary within blocks"] : []),
    ...(fit.clusters === 1 ? ["one cluster shows no variance"] : []),
    ...(fit.residualDf > 0 ? [] : ["there are as many coefficients as units"]),
  ];
}

function ones({ outcome }: AdjustmentSample): Float64Array {
  return new Float64Array(outcome.length).fill(1);
}

function indicatorOf({ arm }: AdjustmentSample, own: number): Float64Array {
  const indicator = new Float64Array(arm.length);
  for (let at = 0; at < arm.length; at++) indicator[at] = arm[at] === own ? 1 : 0;
  return indicator;
}

/** Less the (weighted) mean, taken around the first value so that a large mean costs no digits. */
function centre(values: Float64Array, weight: Float64Array | null): Float64Array {
  const first = values[0]!;
  let [sum, total] = [0, 0];
  for (let at = 0; at < values.length; at++) {
    const w = weight === null ? 1 : weight[at]!;
    sum += w * (values[at]! - first);
    total += w;
  }
  const shift = sum / total;
  const centred = new Float64Array(values.length);
  for (let at = 0; at < values.length; at++) centred[at] = values[at]! - first - shift;
  return centred;
}

function times(a: Float64Array, b: Float64Array): Float64Array {
  const product = new Float64Array(a.length);
  for (let at = 0; at < a.length; at++) product[at] = a[at]! * b[at]!;
  return product;
}
