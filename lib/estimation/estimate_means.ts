import { checkColumns } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import type { ElicitedOptions, MeasureOptions, ReadOptions, RulesFor } from "../core/options.ts";
import { assignmentRules, column, columns as columnsRule, elicitedRules } from "../core/options.ts";
import { measureRules, oneOf, readOptions } from "../core/options.ts";
import { coefficientTableColumns, estimateRow } from "../core/rows.ts";
import { modelClusters, noteNobody, outcomeName, readOutcome, readStudy } from "../core/study.ts";
import { readWeights } from "../core/study.ts";
import { encodeLabels, type Labelled, sortLabels, type Table, tableOfRows, valuesOf } from "../core/table.ts";
import { studentTQuantile } from "../stats/distributions.ts";
import { type Inference, inferEstimate } from "../stats/inference.ts";
import { wilson } from "../stats/shares.ts";
import type { ModelOptions } from "./models/read_model.ts";
import { type LonelyCluster, type Sample, stratify, type WeightedMean } from "./mean_variance.ts";
import { weightedMean } from "./mean_variance.ts";

/** Options of {@linkcode estimateMeans}. */
export interface EstimateMeansOptions
  extends MeasureOptions, ElicitedOptions, Pick<ModelOptions, "clusters"> {
  /**
   * A column of groups, such as `"arm"` or a trait: each gets a mean of its own.
   * @default {undefined} everyone together
   */
  by?: string;
  /**
   * The column of strata that were sampled separately; a cluster lies within one.
   * @default {undefined} one stratum
   */
  strata?: string;
  /**
   * The columns to whose margins `weights` were raked, post-stratified or calibrated: what the margins explain of the
   * outcome then adds nothing to the variance.
   * @default {[]} the weights are fixed
   */
  calibratedTo?: string | readonly string[];
  /**
   * The column of weights before they were calibrated.
   * @default {undefined} calibration started from equal weights
   */
  baseWeights?: string;
  /**
   * What becomes of a stratum with a single cluster: an `"error"`; `"adjust"` takes its distance from the mean of all
   * strata, which errs towards a large variance; `"remove"` leaves it out of the variance, as if it were no sample.
   * @default {"error"}
   */
  lonelyCluster?: LonelyCluster;
}

const rules = {
  ...measureRules,
  ...elicitedRules,
  by: column,
  clusters: assignmentRules.clusters,
  strata: column,
  calibratedTo: columnsRule,
  baseWeights: column,
  lonelyCluster: oneOf(["error", "adjust", "remove"], "error"),
} as const satisfies RulesFor<EstimateMeansOptions>;

const action = "estimate means";

/**
 * Estimates means, or shares of an answer, with standard errors that follow from how the sample was drawn.
 *
 * Use it to describe a population from a weighted, clustered, stratified or raked sample. The weighted mean is a ratio;
 * its variance is linearised, from the sums of clusters within strata, as if clusters were drawn with replacement.
 * Weights that were raked to known margins (`calibratedTo`) leave only the part of the outcome that the margins do not
 * explain. Intervals use t with as many degrees of freedom as there are clusters less strata; of a share, of a category
 * or of 0 and 1, they are Wilson's at the effective number of rows, also where all agree. Groups (`by`) are parts of
 * the sample, whose sizes are random; so are the rows that hold a value. Rows without one are counted in `notes`.
 * Answers by several calls to one persona are a cluster.
 *
 * @param table one row per answer (with `item` and `value`) or per unit
 * @param options the outcome and how the sample was drawn; see {@linkcode EstimateMeansOptions} (defaults there)
 * @returns one row, or one per group: `outcome`, `term` (the group, or `mean`), `estimator`, `by` (the column of
 * groups), `estimate` (units of the outcome), `std_error`, `statistic`, `df`, `p_value` (of a mean of 0), `conf_low`,
 * `conf_high`, `conf_level`, `n` (rows with a value), `design_effect` (variance over that of a simple random sample of
 * `n` rows), `basis`, `notes`, `reason` (why a value is `NaN`)
 * @throws {RangeError} if a column is missing, a cluster lies in two strata, or a stratum has a single cluster
 * @throws {TypeError} if an option is unknown or the outcome is not numeric
 * @see Särndal, Swensson and Wretman 1992, Model Assisted Survey Sampling, ch. 5; Deville and Särndal 1992, Journal of
 * the American Statistical Association 87, 376-382; Lumley 2004, Journal of Statistical Software 9(8)
 * @example A weighted mean
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { estimateMeans } from "@understudy/understudy/estimation";
 *
 * const sample = tableOf({ support: [1, 2, 4, 5], weight: [2, 1, 1, 1] });
 * const means = estimateMeans(sample, { outcome: "support", weights: "weight" });
 * assertAlmostEquals(means.get("estimate", 0), 2.6);
 * ```
 */
export function estimateMeans(table: Table, options: EstimateMeansOptions): Table {
  const asked = readOptions(action, options, rules, table);
  const { by, alpha, basis, lonelyCluster } = asked;
  const margins = [asked.calibratedTo ?? []].flat();
  checkCalibration(asked, margins);
  const sample = readSample(table, asked, margins);
  const { strata, notes } = stratify(action, sample, lonelyCluster);
  const units = sample.clusters === null ? "rows" : "clusters";
  const known = sample.outcome.filter((value) => !Number.isNaN(value));
  // Where nobody answers 0, or 1, only a category says that answers could be no others.
  const shares = known.every((value) => value === 0 || value === 1) &&
    (asked.category !== undefined || known.includes(0) && known.includes(1));
  const rows = (sample.groups ?? ["mean"]).map((term, group) => {
    const mean = weightedMean(sample, strata, group, lonelyCluster);
    const inference = inferEstimate(mean, alpha, mean.largest);
    const share = shares && mean.n > 0 && mean.df > 0;
    return estimateRow({
      outcome: outcomeName(asked),
      term,
      by: by ?? "",
      basis,
      estimator: margins.length > 0 ? "calibrated_mean" : "weighted_mean",
      ...inference,
      ...(share ? shareInterval(mean, alpha) : {}),
      n: mean.n,
      design_effect: mean.designEffect,
      notes: [...sample.notes, ...notes, ...(share ? [noteShare(mean)] : [])],
      reason: explainMean(mean, units, share) ?? inference.reason,
    });
  });
  return tableOfRows(rows, coefficientTableColumns(["by"], ["design_effect"]));
}

/** Wilson's interval at the effective number of rows, with t for z (Korn and Graubard 1998, Survey Methodology 24(2)). */
function shareInterval({ estimate, effective, df }: WeightedMean, alpha: number): Partial<Inference> {
  const t = studentTQuantile(1 - alpha / 2, df);
  const [, conf_low, conf_high] = wilson([estimate * effective, effective], t);
  return { conf_low, conf_high };
}

function noteShare({ effective, n }: WeightedMean): string {
  const counts = Math.abs(effective - n) < 0.5 ? "" : `, at ${effective.toFixed(1)} effective rows`;
  return `share: Wilson's interval${counts}`;
}

/** Why a mean has no test; `null` where the standard error says it. */
function explainMean({ n, stdError }: WeightedMean, units: string, share: boolean): string[] | null {
  if (n === 0) return ["no row with a value, so there is no mean"];
  if (Number.isNaN(stdError)) {
    return [`fewer than two ${units} with a value enter the variance, so there is no standard error`];
  }
  if (stdError > 0) return null;
  return [`no variance is left, so there is no test${share ? "" : " and no interval"}`];
}

type Asked = ReadOptions<EstimateMeansOptions, typeof rules>;

function checkCalibration({ weights, baseWeights }: Asked, margins: readonly string[]): void {
  if (margins.length > 0 && weights === undefined) {
    throw new TypeError(
      cannot(action, "calibratedTo", "come with 'weights', the calibrated weights", margins),
    );
  }
  if (margins.length === 0 && baseWeights !== undefined) {
    const rule = "come with 'calibratedTo', the margins of the calibration";
    throw new TypeError(cannot(action, "baseWeights", rule, baseWeights));
  }
}

/** Reads the sample: rows with a weight, a stratum, a cluster and all margins, whether or not they hold a value. */
function readSample(table: Table, asked: Asked, margins: readonly string[]): Sample {
  const { by, baseWeights, strata } = asked;
  checkColumns(action, table, [by, baseWeights, ...margins].filter((name) => name !== undefined));
  const study = readStudy(action, table, {
    ...asked,
    arm: null,
    blocks: strata === undefined ? [] : [strata],
    readValues: (values) => readOutcome(action, asked.outcome, values, asked.category, true),
  });
  const label = (name: string) => encodeLabels(action, name, valuesOf(study.table, name));
  const grouped = modelClusters(study, asked.clusters);
  const cluster = grouped?.cluster ?? null;
  const weights = relativeWeights(study.weight);
  const base = relativeWeights(baseWeights ? readWeights(action, baseWeights, study.table) : null);
  const calibrated = margins.map((name) => ({ name, ...label(name) }));
  const groups = by === undefined ? null : readGroups(by, label(by));
  // Why a row is no part of the sample.
  const whyOutside = (row: number): string | undefined => {
    if (weights !== null && Number.isNaN(weights[row])) return "without a weight";
    if (weights !== null && weights[row] === 0) return "with weight 0";
    if (base !== null && !(base[row]! > 0)) return "without a base weight";
    if (study.block !== null && study.block.codes[row]! < 0) return "without a stratum";
    if (cluster !== null && cluster.codes[row]! < 0) return "without a cluster";
    const margin = calibrated.find(({ codes }) => codes[row]! < 0);
    return margin === undefined ? undefined : `without '${margin.name}'`;
  };
  const counts = new Map<string, number>();
  const rows: number[] = [];
  const outcome: number[] = [];
  for (let row = 0; row < study.value.length; row++) {
    const outside = whyOutside(row);
    const lacksGroup = groups !== null && groups.codes[row]! < 0 ? `without '${by}'` : undefined;
    const without = outside ?? study.leftOut[row] ?? lacksGroup;
    if (without !== undefined) counts.set(without, (counts.get(without) ?? 0) + 1);
    if (outside !== undefined) continue;
    rows.push(row);
    outcome.push(without === undefined ? study.value[row]! : NaN);
  }
  const left = [...counts].sort(([a], [b]) => a < b ? -1 : 1).map(([why, count]) => `${count} ${why}`);
  const codes = (labelled: Labelled | null, otherwise: (place: number) => number): Int32Array =>
    Int32Array.from(rows, (row, place) => labelled === null ? otherwise(place) : labelled.codes[row]!);
  const clusterCodes = codes(cluster, (place) => place);
  return {
    outcome: Float64Array.from(outcome),
    weights: Float64Array.from(rows, (row) => weights?.[row] ?? 1),
    baseWeights: base === null ? null : Float64Array.from(rows, (row) => base[row]!),
    stratum: codes(study.block, () => 0),
    strata: study.block?.labels ?? [""],
    cluster: clusterCodes,
    clusters: cluster?.labels ?? null,
    margins: calibrated.map((margin) => codes(margin, () => 0)),
    group: codes(groups, () => 0),
    groups: groups?.labels ?? null,
    notes: [
      ...noteNobody(study, asked.category),
      ...(left.length === 0 ? [] : [`left out: ${left.join(", ")}`]),
      ...study.prompts,
      ...(grouped === null ? [] : [`${new Set(clusterCodes).size} clusters (${grouped.name})`]),
    ],
  };
}

function readGroups(by: string, groups: Labelled): Labelled {
  if (groups.labels.length > 0) return sortLabels(groups);
  throw new RangeError(cannot(action, "by", "name a column that holds groups", `${by}, which is empty`));
}

/** Weights as shares of the largest, so that nothing overflows; what is next to nothing beside it is 0. */
function relativeWeights(weights: Float64Array | null): Float64Array | null {
  if (weights === null) return null;
  const largest = weights.reduce((most, weight) => weight > most ? weight : most, 0);
  return weights.map((weight) => weight / largest < 1e-100 ? 0 : weight / largest);
}
