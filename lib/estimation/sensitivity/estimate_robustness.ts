import { cannot } from "../../core/errors.ts";
import type { ComparisonOptions, ReadOptions, RulesFor } from "../../core/options.ts";
import { columns, comparisonRules, readOptions, rule } from "../../core/options.ts";
import { estimateRow, estimateTableColumns } from "../../core/rows.ts";
import { outcomeName } from "../../core/study.ts";
import { type Table, tableOfRows } from "../../core/table.ts";
import { studentTQuantile } from "../../stats/distributions.ts";
import { inferEstimate } from "../../stats/inference.ts";
import { leastSquares, type LeastSquaresFit } from "../../stats/least_squares.ts";
import { dot } from "../../stats/matrix.ts";
import type { ConfounderStrength } from "./robustness_formulas.ts";
import { benchmarkStrength, confounderBias, confounderStdError } from "./robustness_formulas.ts";
import { extremeValue, partialRSquared, robustnessValue } from "./robustness_formulas.ts";
import type { Attribute, SensitivitySample } from "./attribute_sample.ts";
import { readSensitivity, roundingError } from "./attribute_sample.ts";

/** Options of {@linkcode estimateRobustness}. */
export interface EstimateRobustnessOptions extends ComparisonOptions {
  /**
   * Attributes that the regression holds: items that the simulated people answered, or columns, read as the
   * `covariates` of `estimateBalancedEffects` are.
   * @default {[]}
   */
  covariates?: string | readonly string[];
  /**
   * Covariates with which a confounder is compared; a list within the list is a group that is taken as one.
   * @default {undefined} each covariate by itself
   */
  benchmarks?: readonly (string | readonly string[])[];
  /**
   * How many times as strong as a benchmark the confounder is.
   * @default {[1, 2, 3]}
   */
  strengths?: readonly number[];
  /**
   * The share of the estimate by which a bias must change it to matter: 1 brings it to 0.
   * @default {1}
   */
  q?: number;
}

const action = "estimate robustness";

const isPositive = (value: unknown) => typeof value === "number" && value > 0 && value < Infinity;

const rules = {
  ...comparisonRules,
  covariates: columns,
  benchmarks: rule<readonly (string | readonly string[])[], undefined>((action, name, value) => {
    if (Array.isArray(value)) return;
    throw new TypeError(cannot(action, name, 'be a list, as in ["party", ["age", "sex"]]', value));
  }, undefined),
  strengths: rule<readonly number[], readonly number[]>((action, name, value) => {
    if (Array.isArray(value) && value.every(isPositive)) return;
    throw new RangeError(cannot(action, name, "be a list of numbers above 0", value));
  }, [1, 2, 3]),
  q: rule<number, number>((action, name, value) => {
    if (!isPositive(value)) throw new RangeError(cannot(action, name, "be a number above 0", value));
  }, 1),
} as const satisfies RulesFor<EstimateRobustnessOptions>;

const columnNames = estimateTableColumns(
  ["benchmark", "strength", "r2_treatment", "r2_outcome", "bias"],
  ["partial_r2", "robustness_value", "robustness_value_alpha", "extreme_value", "q"],
);

/**
 * Estimates how strong an unobserved confounder would have to be to change the conclusion, and what one as strong as an
 * observed attribute would do: a sensitivity analysis, not a correction.
 *
 * User drift makes an attribute that the persona leaves open a confounder: it moves with the arm and moves the outcome.
 * Attributes that were asked for can stand in a regression; those that nobody asked for cannot. Say how much of the
 * residual variance of arm and outcome such an attribute explains, and its bias follows exactly. The robustness value is
 * the smallest share of both that brings the estimate to (1 − q) times itself, `robustness_value_alpha` that makes it
 * no longer differ from that at level `alpha`. Whether so much is likely is for the reader to judge; benchmarks help:
 * "a confounder k times as strong as ideology". They assume that the confounder adds to the covariates (orthogonal to
 * them), and are worst cases; the benchmark's strength is taken as measured, its own sampling error is not in the
 * interval. Standard errors are classical, units independent, because partial R² is.
 *
 * @param answers one row per answer (long: items become columns) or per unit (wide); needs the arm and the outcome
 * @param options see {@linkcode EstimateRobustnessOptions}
 * @returns for each arm other than the reference a row without a confounder (`benchmark` empty, `strength` 0), and one
 * for each benchmark and strength: `r2_treatment`, `r2_outcome` (the confounder's partial R², 0 to 1), `bias`, and the
 * `estimate` less that bias with `std_error`, `statistic`, `df`, `p_value`, `conf_low`, `conf_high`, as if the confounder
 * had been in the regression. The same in all rows of an arm: `partial_r2` of the arm with the outcome,
 * `robustness_value`, `robustness_value_alpha`, `extreme_value` (the share of the arm that a confounder of all remaining
 * outcome must explain), `q`, `n`, `basis`; `notes` has the assumption
 * @throws {RangeError} if a column, item or arm is missing, a benchmark is no covariate, or a strength is not above 0
 * @throws {TypeError} if an option is unknown or has the wrong type
 * @see Cinelli and Hazlett 2020, Journal of the Royal Statistical Society B 82(1): 39-67 (`robustness_value_alpha` as in
 * their R package sensemakr)
 * @example The estimate stands up to a confounder as strong as party
 * ```ts
 * import { assert } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { estimateRobustness } from "@understudy/understudy/estimation";
 *
 * const rows = Array.from({ length: 60 }, (_, i) => i);
 * const answers = tableOf({
 *   arm: rows.map((i) => i < 30 ? "control" : "threat"),
 *   party: rows.map((i) => i % 3 === 0 || i > 50 ? "right" : "left"),
 *   support: rows.map((i) => 3 + (i < 30 ? 0 : 1) + (i % 3 === 0 ? 1 : 0) + i % 2),
 * });
 * const table = estimateRobustness(answers, { outcome: "support", covariates: "party", strengths: [1] });
 * assert(table.get("robustness_value", 0) > 0.3);
 * assert(table.get("estimate", 1) < table.get("estimate", 0) && table.get("conf_low", 1) > 0);
 * ```
 */
export function estimateRobustness(answers: Table, options: EstimateRobustnessOptions): Table {
  const settings = readOptions(action, options, rules, answers);
  const names = [settings.covariates ?? []].flat();
  const benchmarks = (settings.benchmarks ?? names).map((benchmark) => [benchmark].flat());
  const unknown = benchmarks.flat().find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new RangeError(cannot(action, "benchmarks", "be among the covariates", unknown));
  }
  const samples = readSensitivity(action, answers, settings, names);
  return tableOfRows(samples.flatMap((sample) => rowsOf(sample, benchmarks, settings)), columnNames);
}

type Settings = ReadOptions<EstimateRobustnessOptions, typeof rules>;

function rowsOf(
  sample: SensitivitySample,
  benchmarks: readonly (readonly string[])[],
  settings: Settings,
): object[] {
  const { comparison } = sample;
  const lacking = [0, 1].filter((side) => !comparison.treated.includes(side));
  const fit = lacking.length > 0 ? nothing : regressWithin(sample);
  const told = [...sample.notes, ...fit.notes];
  const reason = lacking.map((side) => `no unit of '${comparison.arms[side]}' has a value`);
  const shared = {
    ...{ outcome: outcomeName(settings), arm: comparison.arms[1], reference: comparison.arms[0] },
    estimator: "least squares",
    ...measuresOf(fit, settings),
    q: settings.q,
    n: comparison.outcome.length,
    basis: settings.basis,
  };
  const plain = inferEstimate(fit, settings.alpha);
  const none = { benchmark: "", strength: 0, r2_treatment: 0, r2_outcome: 0, bias: 0 };
  const first = estimateRow({
    ...shared,
    ...none,
    ...plain,
    notes: [...told, "without an unobserved confounder"],
    reason: lacking.length > 0 ? reason : plain.reason,
  });
  const adjusted = benchmarks.flatMap((names) => {
    const measured = fit.strengthOf(names);
    return settings.strengths.map((k) => {
      const found = adjustFor(fit, benchmarkStrength(measured, k), settings);
      const benchmark = names.join(" + ");
      return estimateRow({
        ...shared,
        benchmark,
        strength: k,
        ...found,
        notes: [...told, assumption(k, benchmark)],
        reason: lacking.length > 0 ? reason : found.reason,
      });
    });
  });
  return [first, ...adjusted];
}

function assumption(k: number, benchmark: string): string {
  return `assumes a confounder, beside the covariates, ${k} times as strong as '${benchmark}' with arm and outcome: ` +
    "sensitivity, not a correction";
}

function measuresOf(fit: Regression, { q, alpha }: Settings): { [column: string]: number } {
  const f = q * Math.abs(fit.estimate / fit.stdError) / Math.sqrt(fit.df);
  const critical = fit.df > 1 ? studentTQuantile(1 - alpha / 2, fit.df - 1) / Math.sqrt(fit.df - 1) : NaN;
  return {
    partial_r2: fit.df > 0 ? partialRSquared(fit.estimate / fit.stdError, fit.df) : NaN,
    robustness_value: robustnessValue(f),
    robustness_value_alpha: robustnessValue(f, critical),
    extreme_value: extremeValue(f),
  };
}

/** The estimate, its error and its interval had the confounder been in the regression. */
function adjustFor(fit: Regression, strength: ConfounderStrength, { alpha }: Settings) {
  // Confounding made the estimate larger than the effect: it is brought toward 0.
  const bias = Math.sign(fit.estimate) * confounderBias(strength, fit.stdError, fit.df);
  const stdError = confounderStdError(strength, fit.stdError, fit.df);
  const found = inferEstimate({ estimate: fit.estimate - bias, stdError, df: fit.df - 1 }, alpha);
  const impossible = Number.isNaN(strength.treatment) && !Number.isNaN(fit.stdError);
  return {
    r2_treatment: strength.treatment,
    r2_outcome: strength.outcome,
    bias,
    ...found,
    reason: impossible
      ? ["no confounder can be so strong: it would explain more than the whole arm"]
      : strength.outcome === 1
      ? ["the confounder explains all that is left of the outcome, so there is no interval"]
      : found.reason,
  };
}

type Regression = ReturnType<typeof regressWithin>;

const nothing: Regression = {
  estimate: NaN,
  stdError: NaN,
  df: NaN,
  strengthOf: () => ({ treatment: NaN, outcome: NaN }),
  notes: [],
};

/**
 * Regresses the outcome on the treatment and the attributes, within blocks, or within personas where they are compared
 * with themselves. The errors are classical, because partial R² are: t² / (t² + df) holds for no other.
 */
function regressWithin(sample: SensitivitySample) {
  const { comparison, attributes } = sample;
  const treated = Float64Array.from(comparison.treated);
  const full = fitWithin(sample, comparison.outcome, [treated], attributes);
  const { coefficients, standardErrors, residualDf: df } = full.fit;
  const [estimate, stdError] = [coefficients[full.first]!, standardErrors[full.first]!]
    .map((value) => Math.abs(value) <= full.rounding ? 0 : value) as [number, number];
  return {
    estimate,
    stdError: df > 0 ? stdError : NaN,
    df,
    /** How strong a group of attributes is, given the others. */
    strengthOf: (names: readonly string[]): ConfounderStrength => {
      const others = attributes.filter(({ name }) => !names.includes(name));
      const [less, more] = [others, attributes].map((own) => fitWithin(sample, treated, [], own));
      return {
        treatment: shareExplained(less!, more!),
        outcome: shareExplained(fitWithin(sample, comparison.outcome, [treated], others), full),
      };
    },
    notes: noteRegression(sample, full.fit),
  };
}

type WithinFit = ReturnType<typeof fitWithin>;

function fitWithin(
  { comparison }: SensitivitySample,
  outcome: Float64Array,
  leading: readonly Float64Array[],
  attributes: readonly Attribute[],
) {
  const codes = comparison.persona ?? comparison.block?.codes;
  const given = [...leading, ...attributes.flatMap(({ columns }) => columns.map(({ values }) => values))];
  // Fixed effects alone, without any column, are fitted through a constant, which they make redundant.
  const constant = codes === undefined || given.length === 0;
  const columns = constant ? [new Float64Array(outcome.length).fill(1), ...given] : given;
  const fixedEffects = codes === undefined ? [] : [codes];
  const fit = leastSquares(columns, outcome, { covarianceType: "classical", fixedEffects });
  // The first column that is no constant, the residual sum of squares, and what is no larger than rounding.
  const [first, left] = [constant ? 1 : 0, dot(fit.residuals, fit.residuals)];
  return { fit, first, left, rounding: roundingError(outcome) };
}

/** The share of what was left that further columns explain; `NaN` where nothing was left. */
function shareExplained(without: WithinFit, full: WithinFit): number {
  if (without.left <= without.rounding ** 2 * without.fit.residuals.length) return NaN;
  return Math.max(0, (without.left - full.left) / without.left);
}

function noteRegression({ comparison }: SensitivitySample, { dropped }: LeastSquaresFit): string[] {
  const { persona, block, cluster } = comparison;
  return [
    persona !== null ? "compared within personas" : block !== null ? "compared within blocks" : "",
    cluster !== null ? "clusters are not used: the arithmetic of partial R² takes units as independent" : "",
    dropped.length > 0 ? `columns left out as combinations of earlier ones: ${dropped.length}` : "",
  ];
}
