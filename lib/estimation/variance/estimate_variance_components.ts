import { type Table, tableOfRows } from "../../core/table.ts";
import { chiSquareQuantile, normalQuantile } from "../../stats/distributions.ts";
import { moments } from "../../stats/moments.ts";
import { checkVarianceOptions } from "./check_variance_options.ts";
import { fitVariances, type VarianceFit } from "./variance_components.ts";
import { readVarianceRows, type VarianceOptions, type VarianceRows } from "./variance_rows.ts";

/** Options of {@linkcode estimateVarianceComponents}. */
export interface EstimateVarianceComponentsOptions extends VarianceOptions {
  /**
   * One less the confidence level.
   * @default 0.05
   */
  readonly alpha?: number;
}

const action = "estimate variance components";

const columnNames = [
  "outcome",
  "component",
  "levels",
  "estimate",
  "std_error",
  "conf_low",
  "conf_high",
  "conf_level",
  "sd",
  "share",
  "method",
  "n",
  "reason",
];

/**
 * Estimates how much of the variance of answers within arms lies between personas, between wordings of a treatment,
 * between models, and between draws of the same prompt.
 *
 * Personas, wordings and models are random factors: those asked stand for others that could have been asked. Arms are
 * fixed. Factors may be crossed or nested and the data unbalanced. The method of moments (Henderson's method 3, one
 * factor at a time) is unbiased whatever the distribution and agrees with the analysis of variance where data are
 * balanced; being unbiased, an estimate may come out below 0, which says that the source adds nothing that can be seen.
 * What the data cannot tell apart is `NaN` with the reason: one reply per persona hides the draw in the persona.
 *
 * Standard errors come from a parametric bootstrap of the model found. Intervals are those of Williams and Tukey for
 * factors of up to 200 levels, Satterthwaite's above; they assume normal effects, and are wide for a factor of few
 * levels: five sentences say little about all sentences.
 *
 * @param table one row per answer (with `item` and `value`) or wide; needs the arm, and columns for what is random
 * @param options see {@linkcode EstimateVarianceComponentsOptions} (defaults there)
 * @returns one row per component: `persona`, `persona:arm` (a persona's own effect), `wording` (within arms; crossed:
 * `wording` and `wording:arm`), `model`, `model:arm` (a model's own effect), `draw` (all else); with `levels`,
 * `estimate` (a variance), `std_error`, `conf_low`, `conf_high`, `conf_level`, `sd` (its root), `share` (of the sum,
 * negative ones counted as 0), `method`, `n` (answers), `reason`
 * @throws {RangeError} if a column is missing or fewer than three rows have a value
 * @throws {TypeError} if an option is unknown or the outcome is not numeric
 * @see Henderson 1953, Biometrics 9: 226-252; Searle, Casella and McCulloch 1992, Variance Components, 5.5
 * @example Two replies of each of four personas
 * ```ts
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 * import { columnOf, tableOf } from "@understudy/understudy/core";
 * import { estimateVarianceComponents } from "@understudy/understudy/estimation";
 *
 * const table = tableOf({
 *   persona_id: ["a", "a", "b", "b", "c", "c", "d", "d"],
 *   arm: Array(8).fill("control"),
 *   support: [1, 2, 4, 5, 2, 3, 6, 7],
 * });
 * const components = estimateVarianceComponents(table, { outcome: "support" });
 * assertEquals(columnOf(components, "component"), ["persona", "draw", "persona:arm"]);
 * // Mean squares 59/6 between and 1/2 within personas: (59/6 - 1/2) / 2.
 * assertAlmostEquals(components.get("estimate", 0) as number, 14 / 3, 1e-12);
 * ```
 */
export function estimateVarianceComponents(table: Table, options: EstimateVarianceComponentsOptions): Table {
  const settings = checkVarianceOptions(action, options);
  const rows = readVarianceRows(action, table, options);
  const fit = fitVariances(rows, settings);
  return tableOfRows([...describeFit(rows, fit, settings.alpha), ...describeDropped(rows, fit)], columnNames);
}

const method = "method of moments";

function describeFit(rows: VarianceRows, fit: VarianceFit, alpha: number): { [name: string]: unknown }[] {
  const { factors, variances } = fit;
  const simulated = fit.simulate(variances);
  const sum = variances.reduce((total, variance) => total + Math.max(0, variance), 0);
  return variances.map((estimate, i) => {
    const factor = factors[i];
    const std_error = Math.sqrt(moments(simulated.map((draw) => draw[i]!)).variance);
    const notes = [...(estimate < 0 ? ["below 0: nothing of this source can be seen"] : []), ...rows.notes];
    return {
      outcome: rows.outcome,
      component: factor?.component ?? "draw",
      levels: factor?.groups.labels.length ?? rows.values.length,
      estimate,
      std_error,
      ...(factor !== undefined && factor.groups.labels.length <= fewLevels
        ? intervalOfFew(fit, i, alpha)
        : intervalOf(estimate, std_error, alpha)),
      conf_level: 1 - alpha,
      sd: Math.sqrt(Math.max(0, estimate)),
      share: sum > 0 ? Math.max(0, estimate) / sum : NaN,
      method,
      n: rows.values.length,
      reason: notes.join("; "),
    };
  });
}

// Above, the degrees of freedom are many and an estimate tells its own standard error.
const fewLevels = 200;

/**
 * The interval of Williams and Tukey for a source of few levels: estimate + ν is about χ²(df) / df times σ² + ν, where
 * ν is what all other sources add. Without the source the standard error is √(2 / df) ν, which gives ν.
 *
 * @see Williams 1962, Biometrika 49: 278-281
 */
function intervalOfFew(fit: VarianceFit, place: number, alpha: number): Interval {
  const estimate = fit.variances[place]!;
  const df = fit.freedom(place);
  const others = fit.simulate(fit.variances.map((variance, i) => (i === place ? 0 : variance)));
  const added = Math.sqrt((df / 2) * moments(others.map((draw) => draw[place]!)).variance);
  const total = Math.max(0, estimate + added);
  return {
    conf_low: Math.max(0, (df * total) / chiSquareQuantile(1 - alpha / 2, df) - added),
    conf_high: Math.max(0, (df * total) / chiSquareQuantile(alpha / 2, df) - added),
  };
}

interface Interval {
  readonly conf_low: number;
  readonly conf_high: number;
}

/** Satterthwaite 1946: a variance estimate is about χ²(df) / df times the variance, df = 2 (estimate / std_error)². */
function intervalOf(estimate: number, std_error: number, alpha: number): Interval {
  const df = 2 * (estimate / std_error) ** 2;
  // Of many levels and lost in noise: a sum of many squares around 0, which is close to normal.
  if (!(estimate > 0) || df < 50) {
    const half = normalQuantile(1 - alpha / 2) * std_error;
    return { conf_low: Math.max(0, estimate - half), conf_high: Math.max(0, estimate + half) };
  }
  return {
    conf_low: (df * estimate) / chiSquareQuantile(1 - alpha / 2, df),
    conf_high: (df * estimate) / chiSquareQuantile(alpha / 2, df),
  };
}

function describeDropped(rows: VarianceRows, { dropped }: VarianceFit): { [name: string]: unknown }[] {
  const none = { estimate: NaN, std_error: NaN, conf_low: NaN, conf_high: NaN, conf_level: NaN };
  return dropped.map(({ component, levels, reason }) => ({
    outcome: rows.outcome,
    component,
    levels,
    ...none,
    sd: NaN,
    share: NaN,
    method,
    n: rows.values.length,
    reason: [reason, ...rows.notes].join("; "),
  }));
}
