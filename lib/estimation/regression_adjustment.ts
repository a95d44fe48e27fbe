import { cannot } from "../core/errors.ts";
import { gatherCovariates, gatherUnits, noteLeftOut, noteReplies, takeCodes } from "../core/units.ts";
import { takeNumbers, type Units } from "../core/units.ts";
import { summedDegrees } from "../stats/inference.ts";
import { leastSquares, type LeastSquaresFit } from "../stats/least_squares.ts";
import { moments } from "../stats/moments.ts";
import { presentBlocks } from "./block_effects.ts";
import { loneClusters } from "./clustered_effects.ts";
import { qualifyEffect } from "./difference_in_means.ts";
import type { EffectEstimate, EffectRequest } from "./effect.ts";
import { covariateColumns, indicatorsOf, leaveOutLacking } from "../core/covariates.ts";

type Sample = ReturnType<typeof readSample>;

/** What a regression says of each arm that has units, and how many covariates and products it left out. */
interface AdjustmentFit {
  /** The effects; `NaN` where an arm does not vary beside the fixed effects. */
  readonly estimates: readonly number[];
  readonly standardErrors: readonly number[];
  readonly df: readonly number[];
  readonly dropped: number;
  readonly fit: Pick<LeastSquaresFit, "residualDf" | "clusters" | "exactRows" | "covarianceType">;
}

/**
 * Estimates the effects of all arms by one regression on arms and covariates, with an intercept for each block. Where
 * the shares of the arms differ between blocks, a block counts by its size times the variance of the arm in it.
 */
export function olsEffects(request: EffectRequest): EffectEstimate[] {
  const sample = readSample(request);
  const design = sample.block === null ? "regression" : "regression within blocks";
  return describeEffects(sample, request, design, (present) => {
    const arms = present.map((arm) => indicatorOf(sample, arm));
    const columns = [...arms, ...sample.covariates];
    return sample.block === null
      ? fitSample(sample, request, [ones(sample), ...columns], 1, arms.length)
      : fitSample(sample, request, columns, 0, arms.length);
  });
}

/**
 * Estimates the effects of all arms by a regression on arms, centred covariates and their products: in large samples
 * never less precise than a difference in means (Lin 2013, Annals of Applied Statistics 7, 295-318, section 3). Blocks
 * are covariates like others, so that each counts by its size.
 */
export function linEffects(request: EffectRequest): EffectEstimate[] {
  const sample = readSample(request);
  if (sample.block !== null && sample.outcome.length > 0) checkBlockArms(request.study.action, sample);
  const blocks = sample.block === null ? [] : indicatorsOf("block", sample.block).map(({ values }) => values);
  const design = sample.block === null ? "interacted regression" : "interacted regression, blocked";
  return describeEffects(sample, request, design, (present) => {
    const centred = [...blocks, ...sample.covariates].map((values) => centre(values, sample.weight));
    const separate = fitArms(sample, centred, request, present);
    if (separate !== null) return separate;
    const arms = present.map((arm) => indicatorOf(sample, arm));
    const products = arms.flatMap((arm) =>
      centred.map((column) => column.map((value, at) => value * arm[at]!))
    );
    const columns = [ones(sample), ...arms, ...centred, ...products];
    return fitSample({ ...sample, block: null }, request, columns, 1, arms.length);
  });
}

/** Gathers the units that have an outcome and all covariates; personas in several arms become clusters. */
function readSample({ study, covariates }: EffectRequest) {
  const { action } = study;
  const read = covariateColumns(action, study.table, covariates);
  const complete = leaveOutLacking(study, read);
  const units = gatherUnits(action, complete);
  const kept = [...units.arm.keys()].filter((at) => units.replies[at]! > 0);
  const arm = takeCodes(units.arm, kept);
  const counts = new Int32Array(units.arms.length);
  for (const own of arm) counts[own]!++;
  const { cluster, note } = findClusters(units, kept);
  const everyArm = [...units.arms.keys()];
  return {
    arms: units.arms,
    arm,
    counts,
    outcome: takeNumbers(units.value, kept),
    covariates: gatherCovariates(action, complete, units, read).map(({ values }) =>
      takeNumbers(values, kept)
    ),
    weight: units.weight === null ? null : takeNumbers(units.weight, kept),
    /** Only blocks that have units here are labelled. */
    block: units.block === null
      ? null
      : presentBlocks({ codes: takeCodes(units.block.codes, kept), labels: units.block.labels }),
    cluster,
    notes: [...noteLeftOut(units, everyArm), ...noteReplies(units, everyArm), ...note],
  };
}

/** The clusters that were assigned as one; else personas, where one is in several arms. */
function findClusters(units: Units, kept: readonly number[]): { cluster: Int32Array | null; note: string[] } {
  if (units.cluster !== null) {
    const cluster = takeCodes(units.cluster.codes, kept);
    return { cluster, note: [`${new Set(cluster).size} clusters`] };
  }
  if (units.persona === null) return { cluster: null, note: [] };
  const persona = takeCodes(units.persona, kept);
  const count = new Set(persona).size;
  if (count === kept.length) return { cluster: null, note: [] };
  return { cluster: persona, note: [`personas are in several arms: each of ${count} is a cluster`] };
}

/** Refuses blocks in which an arm has fewer than two units: slopes by block would fit such units exactly. */
function checkBlockArms(action: string, { arm, arms, block }: Sample): void {
  const counts = new Int32Array(block!.labels.length * arms.length);
  arm.forEach((own, at) => counts[block!.codes[at]! * arms.length + own]!++);
  const cell = counts.findIndex((count) => count < 2);
  if (cell < 0) return;
  const [label, name] = [block!.labels[Math.floor(cell / arms.length)], arms[cell % arms.length]];
  const held = `block '${label}' with ${counts[cell]} of '${name}'`;
  throw new RangeError(
    `${cannot(action, "blocks", "hold at least two units of each arm for lin", held)}; ` +
      `use { estimator: "ols" } or "difference_in_means"`,
  );
}

/** One fit of all units; the arms' columns stand together from `first`. */
function fitSample(
  { outcome, weight, cluster, block }: Sample,
  { covarianceType, df }: EffectRequest,
  columns: readonly Float64Array[],
  first: number,
  arms: number,
): AdjustmentFit {
  const fit = leastSquares(columns, outcome, {
    satterthwaite: df === "residual" ? [] : Array.from({ length: arms }, (_, at) => first + at),
    weights: weight,
    clusters: cluster,
    fixedEffects: block === null ? [] : [block.codes],
    covarianceType,
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

/**
 * Lin's regression as one regression for each arm: with slopes of its own in every arm the joint fit falls apart, its
 * leverages too, so that HC0, HC2 and HC3 are the same; the work is less than half. `null` where that does not hold:
 * with clusters, other covariances, or covariates that an arm cannot tell apart.
 */
function fitArms(
  sample: Sample,
  centred: readonly Float64Array[],
  { covarianceType = "HC2", reference, df }: EffectRequest,
  present: readonly number[],
): AdjustmentFit | null {
  if (sample.cluster !== null || !["HC0", "HC2", "HC3"].includes(covarianceType)) return null;
  const fits: LeastSquaresFit[] = [];
  for (const arm of [reference, ...present]) {
    // Too few units to tell slopes apart: the joint fit says which are left out.
    if (sample.counts[arm]! <= centred.length + 1) return null;
    const rows = new Int32Array(sample.counts[arm]!);
    for (let at = 0, next = 0; at < sample.arm.length; at++) if (sample.arm[at] === arm) rows[next++] = at;
    const columns = [ones(sample), ...centred].map((values) => takeNumbers(values, rows));
    const fit = leastSquares(columns, takeNumbers(sample.outcome, rows), {
      covarianceType,
      weights: sample.weight && takeNumbers(sample.weight, rows),
      satterthwaite: df === "residual" ? [] : [0],
    });
    if (fit.dropped.length > 0) return null;
    fits.push(fit);
  }
  const [control, ...others] = fits;
  const sum = (value: (fit: LeastSquaresFit) => number) => fits.reduce((total, fit) => total + value(fit), 0);
  const residualDf = sum((fit) => fit.residualDf);
  const ownDegrees = df !== "residual" && covarianceType === "HC2";
  return {
    estimates: others.map(({ coefficients }) => coefficients[0]! - control!.coefficients[0]!),
    standardErrors: others.map(({ covariance }) =>
      Math.sqrt(covariance[0]![0]! + control!.covariance[0]![0]!)
    ),
    df: others.map((fit) => {
      if (!ownDegrees) return residualDf;
      const both = [fit, control!];
      return summedDegrees(both.map(({ covariance }) => covariance[0]![0]!), both.map(({ df }) => df[0]!));
    }),
    dropped: 0,
    fit: { residualDf, clusters: null, exactRows: sum((fit) => fit.exactRows), covarianceType },
  };
}

/** Fits all arms that have units, and says what is found of each. */
function describeEffects(
  sample: Sample,
  { reference, terms, df }: EffectRequest,
  design: string,
  fitPresent: (present: readonly number[]) => AdjustmentFit,
): EffectEstimate[] {
  const { arms, counts, outcome, notes, cluster, weight } = sample;
  const present = counts[reference] === 0 ? [] : terms.filter((arm) => counts[arm]! > 0);
  const fitted = present.length === 0 ? null : fitPresent(present);
  const n = outcome.length;
  return terms.map((term) => {
    const at = present.indexOf(term);
    if (fitted === null || at < 0) {
      const reason = [reference, term].filter((arm) => counts[arm] === 0)
        .map((arm) => `no unit of '${arms[arm]}' has a value`);
      return { estimate: NaN, stdError: NaN, df: NaN, n, design: "none", notes, reason };
    }
    const estimate = fitted.estimates[at]!;
    const compared = {
      outcome,
      treated: Uint8Array.from(sample.arm, (own) => own === term ? 1 : own === reference ? 0 : 2),
      arms: [arms[reference]!, arms[term]!] as const,
      cluster: cluster === null ? null : { codes: cluster, labels: [] },
      weight,
    };
    const reason = [...whyNoError(fitted, estimate), ...loneClusters(compared, cluster)];
    const found = {
      estimate,
      stdError: reason.length === 0 ? fitted.standardErrors[at]! : NaN,
      df: fitted.df[at]!,
      n,
      design: [design, ...(cluster === null ? [] : ["clustered"]), ...(weight === null ? [] : ["weighted"])]
        .join(", "),
      notes: [...notes, ...noteFit(fitted)],
      reason,
    };
    // Where a unit is fitted exactly nothing shows a variance: more answers would be all there is of it.
    return qualifyEffect(found, compared, { df: Number.isNaN(found.df) ? "residual" : df });
  });
}

function noteFit({ fit, dropped }: AdjustmentFit): string[] {
  return [
    dropped > 0 ? `covariates left out as combinations of earlier columns: ${dropped}` : "",
    fit.exactRows > 0
      ? `units fitted exactly, whose part of the variance is taken as 0: ${fit.exactRows}`
      : "",
    `covariance ${fit.covarianceType}`,
  ];
}

function whyNoError({ fit }: AdjustmentFit, estimate: number): string[] {
  return [
    ...(Number.isNaN(estimate) ? ["the arm does not vary within blocks"] : []),
    ...(fit.clusters === 1 ? ["one cluster shows no variance"] : []),
    ...(fit.residualDf > 0 ? [] : ["there are as many coefficients as units"]),
  ];
}

const ones = ({ outcome }: Sample) => new Float64Array(outcome.length).fill(1);

const indicatorOf = ({ arm }: Sample, own: number) => Float64Array.from(arm, (code) => code === own ? 1 : 0);

/** Less the (weighted) mean. */
export function centre(values: Float64Array, weight: Float64Array | null): Float64Array {
  const { mean } = moments(values, weight ?? undefined);
  return values.map((value) => value - mean);
}
