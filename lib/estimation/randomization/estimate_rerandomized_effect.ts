import { estimateNumbers } from "../../core/columns.ts";
import { findReference, recordedReference } from "../../core/study.ts";
import { checkText } from "../../core/checks.ts";
import { cannot } from "../../core/errors.ts";
import { type Table, tableOfRows } from "../../core/table.ts";
import { balanceDistance } from "../../designs/balance_distance.ts";
import { readRule, type RerandomizationRule } from "../../designs/rerandomize.ts";
import { leastSquares } from "../../stats/least_squares.ts";
import { moments } from "../../stats/moments.ts";
import { rerandomizedDistribution } from "../../stats/rerandomized_distribution.ts";
import { contrastArms } from "./randomization_contrast.ts";
import type { RandomizationOptions } from "./randomization_options.ts";
import { checkRandomizationOptions } from "./randomization_problems.ts";
import { gatherRandomizationUnits, type RandomizationUnit } from "./randomization_units.ts";

/** Options of {@linkcode estimateRerandomizedEffect}. */
export interface EstimateRerandomizedEffectOptions
  extends Pick<RandomizationOptions, "arm" | "reference" | "persona" | "category" | "alpha" | "basis"> {
  /** The outcome: an item's name in a table of answers, a column's in a wide table. */
  outcome: string;
  /** The rule by which the assignment was rerandomised. */
  rerandomize: RerandomizationRule;
}

const action = "estimate a rerandomized effect";
const known = ["outcome", "rerandomize", "arm", "reference", "persona", "category", "alpha", "basis"];
const columnNames = [
  "outcome",
  "term",
  "reference",
  "estimator",
  ...estimateNumbers,
  "conf_level",
  "r_squared",
  "n",
  "basis",
  "reason",
];

/**
 * Estimates an average effect after rerandomisation, with the interval that goes with it.
 *
 * The difference in means of two arms that were assigned completely, without blocks and clusters, and accepted by
 * covariates. The usual interval is too wide, as balance leaves less to chance; this one is right in large samples
 * (and wide where effects differ between people). `estimateConstantEffect` with the same rule needs no large sample,
 * and takes blocks, clusters and several arms.
 *
 * @param table one row per answer (with `item` and `value`) or per unit; needs the arm, the outcome and the covariates
 * @param options see {@linkcode EstimateRerandomizedEffectOptions}
 * @returns one row: `outcome`, `term` (the arm), `reference`, `estimator`, `estimate` (arm less reference, in units of
 * the outcome), `std_error`, `statistic`, `df` (infinite), `p_value` (two-sided, of no average effect), `conf_low`,
 * `conf_high`, `conf_level`, `r_squared` (the share of the variance that covariates explain), `n` (units), `basis`,
 * `reason`
 * @throws {RangeError} if a column or arm is missing, there are not two arms, or blocks or clusters were recorded
 * @throws {TypeError} if an option is unknown or the outcome is not numeric
 * @see Li, Ding and Rubin 2018, PNAS 115(37), 9157-9162
 * @example
 * ```ts
 * import { assert, assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { estimateRerandomizedEffect } from "@understudy/understudy/estimation";
 *
 * const age = Array.from({ length: 40 }, (_, i) => i);
 * const arm = age.map((i) => (i + (i >> 1)) % 2 === 0 ? "control" : "treated");
 * const y = age.map((i) => i + (arm[i] === "treated" ? 3 : 0) + (i * i) % 5);
 * const rerandomize = { covariates: "age", threshold: 0.1 };
 * const effect = estimateRerandomizedEffect(tableOf({ arm, age, y }), { outcome: "y", rerandomize });
 * assertEquals(effect.get("n", 0), 40);
 * assert(effect.get("conf_low", 0) < 3 && effect.get("conf_high", 0) > 3);
 * ```
 */
export function estimateRerandomizedEffect(table: Table, options: EstimateRerandomizedEffectOptions): Table {
  const { alpha, basis } = checkRandomizationOptions(action, options, known);
  checkText(action, "outcome", options.outcome);
  if (options.rerandomize === undefined) {
    throw new TypeError(cannot(action, "rerandomize", "be the rule of the assignment", options.rerandomize));
  }
  const all = gatherRandomizationUnits(action, table, [options.outcome], options);
  const { reference } = findReference(action, all.arms, options.reference ?? recordedReference(table));
  if (all.arms.length > 2 || all.blocked || all.clustered) {
    const rule = "hold two arms without blocks and clusters (estimateConstantEffect takes these)";
    throw new RangeError(cannot(action, "table", rule, all.arms));
  }
  const term = 1 - reference;
  const { members, notes } = contrastArms(action, all, [reference, term]);
  const rule = ruleOf(all.units, options.rerandomize);
  const found = estimateOne(members.map(({ units }) => units[0]!), term, rule, alpha);
  return tableOfRows([{
    ...found,
    outcome: options.category === undefined ? options.outcome : `${options.outcome} = ${options.category}`,
    term: all.arms[term],
    reference: all.arms[reference],
    estimator: "difference_in_means, rerandomized",
    conf_level: 1 - alpha,
    basis,
    reason: [...notes, ...found.notes].join("; "),
  }], columnNames);
}

/** The threshold, and the number of directions balanced, over all units that were assigned. */
function ruleOf(
  units: readonly RandomizationUnit[],
  rule: RerandomizationRule,
): { threshold: number; df: number } {
  const columns = units[0]!.balanced.map((_, j) => units.map((unit) => unit.balanced[j]!));
  const { df } = balanceDistance(columns, new Uint8Array(units.length), units.map(({ arm }) => arm));
  return { threshold: readRule(action, rule, df).threshold, df };
}

interface Found {
  readonly estimate: number;
  readonly std_error: number;
  readonly statistic: number;
  readonly df: number;
  readonly p_value: number;
  readonly conf_low: number;
  readonly conf_high: number;
  readonly r_squared: number;
  readonly n: number;
  readonly notes: readonly string[];
}

function estimateOne(
  units: readonly RandomizationUnit[],
  term: number,
  rule: { threshold: number; df: number },
  alpha: number,
): Found {
  const n = units.length;
  const arms = [false, true].map((treated) => units.filter((unit) => (unit.arm === term) === treated));
  const [control, treated] = arms.map((list) => moments(list.map((unit) => unit.outcomes[0]!)));
  const estimate = treated!.mean - control!.mean;
  const none = { statistic: NaN, df: NaN, p_value: NaN, conf_low: NaN, conf_high: NaN, r_squared: NaN };
  if (arms.some((list) => list.length < rule.df + 2)) {
    const notes = [`an arm has too few units for ${rule.df} covariates`];
    return { ...none, estimate, std_error: NaN, n, notes };
  }
  const { total, unexplained } = varianceParts(arms as [RandomizationUnit[], RandomizationUnit[]], n);
  if (!(total > 0)) {
    const notes = ["the outcome does not vary, so there is no test and no interval"];
    return { ...none, estimate, std_error: 0, n, notes };
  }
  const rSquared = Math.min(1, Math.max(0, 1 - unexplained / total));
  const { variance, cdf, quantile } = rerandomizedDistribution({
    rSquared,
    covariates: rule.df,
    threshold: rule.threshold,
  });
  const scale = Math.sqrt(total / n);
  const half = quantile(1 - alpha / 2) * scale;
  const stdError = scale * Math.sqrt(variance);
  return {
    estimate,
    std_error: stdError,
    statistic: estimate / stdError,
    df: Infinity,
    p_value: Math.min(1, 2 * cdf(-Math.abs(estimate) / scale)),
    conf_low: estimate - half,
    conf_high: estimate + half,
    r_squared: rSquared,
    n,
    notes: [],
  };
}

/**
 * n times the variance of the difference under complete assignment, V = s₁²/r₁ + s₀²/r₀ − s²(τ|x), and the part that
 * covariates leave, V (1 − R²) = (s₁² − s₁²(x))/r₁ + (s₀² − s₀²(x))/r₀ (Li, Ding and Rubin 2018, section 4): r are
 * the arms' shares, s²(x) variances of fitted values, and s²(τ|x) that of the difference of both arms' fitted lines.
 * Residual variances are divided by their degrees of freedom, without which small studies look too certain.
 */
function varianceParts(
  arms: readonly [RandomizationUnit[], RandomizationUnit[]],
  n: number,
): { total: number; unexplained: number } {
  const [control, treated] = arms.map(fitArm) as [ArmFit, ArmFit];
  const effects = arms.flat().map((unit) => treated.fitted(unit) - control.fitted(unit));
  let total = -moments(effects).variance;
  let unexplained = 0;
  for (const { size, variance, residual } of [control, treated]) {
    total += (variance * n) / size;
    unexplained += (residual * n) / size;
  }
  return { total, unexplained };
}

interface ArmFit {
  readonly size: number;
  readonly variance: number;
  readonly residual: number;
  readonly fitted: (unit: RandomizationUnit) => number;
}

function fitArm(units: readonly RandomizationUnit[]): ArmFit {
  const outcome = units.map((unit) => unit.outcomes[0]!);
  const columns = units[0]!.balanced.map((_, j) => units.map((unit) => unit.balanced[j]!));
  const fit = leastSquares([units.map(() => 1), ...columns], outcome, { covarianceType: "classical" });
  return {
    size: units.length,
    variance: moments(outcome).variance,
    residual: fit.residuals.reduce((sum, value) => sum + value * value, 0) / (units.length - fit.rank),
    fitted: (unit) =>
      unit.balanced.reduce((sum, value, j) => sum + value * zeroed(fit.coefficients[j + 1]!), 0),
  };
}

/** A covariate that adds nothing to others has no coefficient. */
function zeroed(coefficient: number): number {
  return Number.isNaN(coefficient) ? 0 : coefficient;
}
