import { type Basis, estimateNumbers } from "../../core/columns.ts";
import { checkBasis } from "../../core/checks.ts";
import { findReference, recordedReference } from "../../core/study.ts";
import { type Table, tableOfRows } from "../../core/table.ts";
import { studentTQuantile, studentTTwoSided } from "../../stats/distributions.ts";
import { moments } from "../../stats/moments.ts";
import { checkVarianceOptions } from "./check_variance_options.ts";
import { fitVariances, type VarianceFit } from "./variance_components.ts";
import { readVarianceRows, type VarianceOptions, type VarianceRows } from "./variance_rows.ts";

/** Options of {@linkcode estimateEffectVariation}. */
export interface EstimateEffectVariationOptions extends VarianceOptions {
  /**
   * The arm that the others are compared with.
   * @default the arm named `control`; without one, the first of two arms in sorted order
   */
  readonly reference?: string | number | boolean;
  /**
   * One less the confidence level.
   * @default 0.05
   */
  readonly alpha?: number;
  /**
   * What the estimate rests on.
   * @default "synthetic"
   */
  readonly basis?: Basis;
}

const action = "estimate effect variation";

const columnNames = [
  "outcome",
  "arm",
  "reference",
  "estimator",
  ...estimateNumbers,
  "conf_level",
  "std_error_fixed",
  "sd_wording",
  "sd_model",
  "share_wording",
  "share_model",
  "n",
  "basis",
  "reason",
];

/**
 * Estimates each arm's effect with a standard error that also holds for other wordings and other models, and how much
 * of the effect is one sentence's or one model's.
 *
 * A treatment is more than the sentence that carries it. `std_error_fixed` treats the wordings and models asked as the
 * only ones there are; `std_error` treats them as draws from those that could have been asked, so it does not shrink
 * below what a handful of sentences allows, however many personas answer. `sd_wording` says by how much the effect of
 * a single pair of sentences would differ from that of another pair. The estimate is the difference in means; its
 * variance follows from the components of `estimateVarianceComponents`, with Satterthwaite degrees of freedom.
 *
 * @param table one row per answer (with `item` and `value`) or wide; needs the arm, and columns for what is random
 * @param options see {@linkcode EstimateEffectVariationOptions} (defaults there)
 * @returns one row per arm other than the reference: `estimate` (in units of the outcome), `std_error`, `statistic`,
 * `df`, `p_value`, `conf_low`, `conf_high`, `conf_level`, `std_error_fixed`, `sd_wording` and `sd_model` (standard
 * deviation of the effect from one wording, or model, to another), `share_wording` and `share_model` (of the squared
 * standard error), `n` (answers compared), `basis`, `reason`
 * @throws {RangeError} if a column or arm is missing or fewer than three rows have a value
 * @throws {TypeError} if an option is unknown or the outcome is not numeric
 * @see Clark 1973, Journal of Verbal Learning and Verbal Behavior 12: 335-359; Westfall, Kenny and Judd 2014, Journal
 * of Experimental Psychology: General 143: 2020-2045
 * @example An effect that hangs on its sentences
 * ```ts
 * import { assert, assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { estimateEffectVariation } from "@understudy/understudy/estimation";
 *
 * const table = tableOf({
 *   arm: ["control", "control", "control", "control", "threat", "threat", "threat", "threat"],
 *   wording: [1, 1, 2, 2, 1, 1, 2, 2],
 *   support: [2, 3, 2, 3, 3, 4, 7, 8],
 * });
 * const effects = estimateEffectVariation(table, { outcome: "support" });
 * assertEquals(effects.get("estimate", 0), 3);
 * assert((effects.get("std_error", 0) as number) > 2 * (effects.get("std_error_fixed", 0) as number));
 * ```
 */
export function estimateEffectVariation(table: Table, options: EstimateEffectVariationOptions): Table {
  const settings = checkVarianceOptions(action, options, ["reference", "basis"]);
  const { basis = "synthetic" } = options;
  checkBasis(action, basis);
  const rows = readVarianceRows(action, table, options);
  const arms = rows.arm.labels;
  const order = arms.toSorted();
  const found = findReference(action, order, options.reference ?? recordedReference(table));
  const reference = arms.indexOf(order[found.reference]!);
  const fit = fitVariances(rows, settings);
  const simulated = fit.simulate(fit.variances);
  const terms = order.filter((arm) => arm !== arms[reference]);
  const described = terms.map((term) => ({
    outcome: rows.outcome,
    arm: term,
    reference: arms[reference]!,
    estimator: "difference_in_means",
    ...describeEffect(rows, { ...fit, simulated }, { term: arms.indexOf(term), reference }, settings.alpha),
    conf_level: 1 - settings.alpha,
    basis,
    reason: [...found.notes, ...rows.notes, ...unknownSources(fit)].join("; "),
  }));
  return tableOfRows(described, columnNames);
}

interface Pair {
  readonly term: number;
  readonly reference: number;
}

function describeEffect(
  rows: VarianceRows,
  fit: VarianceFit & { readonly simulated: readonly (readonly number[])[] },
  pair: Pair,
  alpha: number,
): { [name: string]: number } {
  const { estimate, contrast, n } = contrastOf(rows, pair);
  // Var(c'y) = Σ over sources of σ² Σ over its groups of (sum of c in the group)²
  const loads = [...fit.factors.map(({ groups }) => loadOf(groups.codes, contrast)), loadOfDraws(contrast)];
  const parts = fit.variances.map((variance, i) => Math.max(0, variance) * loads[i]!);
  const variance = parts.reduce((sum, part) => sum + part, 0);
  const simulated = fit.simulated.map((draw) => draw.reduce((sum, one, i) => sum + one * loads[i]!, 0));
  // Satterthwaite: the estimated variance is about χ²(df) / df times the variance.
  const df = Math.max(1, (2 * variance ** 2) / moments(simulated).variance);
  const std_error = Math.sqrt(variance);
  const statistic = estimate / std_error;
  const half = studentTQuantile(1 - alpha / 2, df) * std_error;
  const partOf = (source: string): number =>
    parts.reduce((sum, part, i) => (sourceOf(fit, i) === source ? sum + part : sum), 0);
  const share = (source: string): number => (knows(fit, source) ? partOf(source) / variance : NaN);
  return {
    estimate,
    std_error,
    statistic,
    df,
    p_value: studentTTwoSided(statistic, df),
    conf_low: estimate - half,
    conf_high: estimate + half,
    std_error_fixed: Math.sqrt(Math.max(0, variance - partOf("wording") - partOf("model"))),
    sd_wording: spreadOf(fit, "wording"),
    sd_model: spreadOf(fit, "model"),
    share_wording: share("wording"),
    share_model: share("model"),
    n,
  };
}

function contrastOf(
  { arm, values }: VarianceRows,
  { term, reference }: Pair,
): { estimate: number; contrast: Float64Array; n: number } {
  const counts = new Float64Array(arm.labels.length);
  for (const code of arm.codes) counts[code]!++;
  const contrast = Float64Array.from(
    arm.codes,
    (code) => (code === term ? 1 / counts[term]! : code === reference ? -1 / counts[reference]! : 0),
  );
  const meanOf = (code: number): number => moments(values.filter((_, row) => arm.codes[row] === code)).mean;
  return { estimate: meanOf(term) - meanOf(reference), contrast, n: counts[term]! + counts[reference]! };
}

function loadOf(codes: Int32Array, contrast: Float64Array): number {
  const sums = new Map<number, number>();
  for (let row = 0; row < codes.length; row++) {
    sums.set(codes[row]!, (sums.get(codes[row]!) ?? 0) + contrast[row]!);
  }
  let load = 0;
  for (const sum of sums.values()) load += sum * sum;
  return load;
}

function loadOfDraws(contrast: Float64Array): number {
  return contrast.reduce((sum, one) => sum + one * one, 0);
}

/** `wording` of `wording:arm`. */
function sourceOf(fit: VarianceFit, i: number): string {
  return fit.factors[i]?.component.split(":")[0] ?? "draw";
}

function knows(fit: VarianceFit, source: string): boolean {
  return fit.factors.some((_, i) => sourceOf(fit, i) === source);
}

/** The effect in one pair of groups less the effect in another has twice the variance of what differs between arms. */
function spreadOf(fit: VarianceFit, source: string): number {
  const nested = !fit.factors.some(({ component }) => component === `${source}:arm`);
  const name = nested && source === "wording" ? source : `${source}:arm`;
  const place = fit.factors.findIndex(({ component }) => component === name);
  return place < 0 ? NaN : Math.sqrt(2 * Math.max(0, fit.variances[place]!));
}

/** What the standard error cannot hold, and why. */
function unknownSources({ dropped }: VarianceFit): string[] {
  return dropped
    .filter(({ component, levels }) => !component.startsWith("persona") && levels > 0)
    .map(({ component, reason }) => `the standard error leaves out ${component}: ${reason}`);
}
