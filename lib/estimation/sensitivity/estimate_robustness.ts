import { checkOneOf, checkOptions } from "../../core/checks.ts";
import { estimateNumbers } from "../../core/columns.ts";
import { cannot } from "../../core/errors.ts";
import { type Table, tableOfRows } from "../../core/table.ts";
import { studentTQuantile } from "../../stats/distributions.ts";
import { explainCoefficient, tidyCoefficient } from "../tidy_coefficient.ts";
import type { EstimateRobustnessOptions } from "./estimate_robustness_options.ts";
import {
  benchmarkStrength,
  confounderBias,
  confounderStdError,
  type ConfounderStrength,
  extremeValue,
  robustnessValue,
} from "./robustness_formulas.ts";
import { regressRobustness, type RobustnessRegression } from "./robustness_regression.ts";
import {
  readNames,
  readSensitivity,
  sensitivityOptionNames,
  type SensitivityRequest,
  type SensitivitySample,
} from "./sensitivity_sample.ts";

const action = "estimate robustness";
const columnNames = [
  "outcome",
  "term",
  "reference",
  "estimator",
  "benchmark",
  "strength",
  "r2_treatment",
  "r2_outcome",
  "bias",
  ...estimateNumbers,
  "conf_level",
  "partial_r2",
  "robustness_value",
  "robustness_value_alpha",
  "extreme_value",
  "q",
  "n",
  "basis",
  "reason",
];

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
 * outcome must explain), `q`, `n`, `basis`
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
  const settings = checkSettings(options);
  const request = readSensitivity(action, answers, options, settings.covariates, true);
  return tableOfRows(request.samples.flatMap((sample) => rowsOf(sample, request, settings)), columnNames);
}

interface Settings {
  readonly covariates: readonly string[];
  readonly benchmarks: readonly (readonly string[])[];
  readonly strengths: readonly number[];
  /** 1 where the bias is taken off the estimate's size, -1 where it is added. */
  readonly sign: 1 | -1;
  readonly q: number;
}

function checkSettings(options: EstimateRobustnessOptions): Settings {
  const own = ["covariates", "benchmarks", "strengths", "direction", "q"];
  checkOptions(action, options, [...sensitivityOptionNames, ...own]);
  const { strengths = [1, 2, 3], direction = "reduce", q = 1 } = options;
  const covariates = readNames(action, "covariates", options.covariates, options.outcome);
  checkOneOf(action, "direction", direction, ["reduce", "increase"]);
  if (!(typeof q === "number" && q > 0 && q < Infinity)) {
    throw new RangeError(cannot(action, "q", "be a number above 0", q));
  }
  const positive = (k: unknown) => typeof k === "number" && k > 0 && k < Infinity;
  if (!Array.isArray(strengths) || !strengths.every(positive)) {
    throw new RangeError(cannot(action, "strengths", "be a list of numbers above 0", strengths));
  }
  const asked: unknown = options.benchmarks ?? covariates;
  if (!Array.isArray(asked)) {
    throw new TypeError(cannot(action, "benchmarks", 'be a list, as in ["party", ["age", "sex"]]', asked));
  }
  const benchmarks = (asked as (string | readonly string[])[]).map((names) => [names].flat());
  const unknown = benchmarks.flat().find((name) => !covariates.includes(name));
  if (unknown !== undefined) {
    throw new RangeError(cannot(action, "benchmarks", "be among the covariates", unknown));
  }
  return { covariates, benchmarks, strengths, sign: direction === "reduce" ? 1 : -1, q };
}

function rowsOf(
  sample: SensitivitySample,
  request: SensitivityRequest,
  settings: Settings,
): { [name: string]: unknown }[] {
  const { comparison } = sample;
  const lacking = [0, 1].filter((side) => !comparison.treated.includes(side));
  const fit = lacking.length > 0 ? nothing : regressRobustness(sample);
  const same = sameOf(sample, request, settings, fit);
  const told = [
    ...request.notes,
    ...comparison.notes,
    ...fit.notes,
    ...lacking.map((side) => `no unit of '${comparison.arms[side]}' has a value`),
  ];
  const plain = tidyCoefficient(fit.estimate, fit.stdError, fit.df, request.alpha);
  const none = { benchmark: "", strength: 0, r2_treatment: 0, r2_outcome: 0, bias: 0, ...plain };
  const first = [...told, ...explainCoefficient(plain), "without an unobserved confounder"];
  const rows = settings.benchmarks.flatMap((names) => {
    const [benchmark, measured] = [names.join(" + "), fit.strengthOf(names)];
    return settings.strengths.map((k) => {
      const { row, notes } = adjust(fit, benchmarkStrength(measured, k), settings.sign, request.alpha);
      const reason = [...told, ...notes, assumption(k, benchmark)].join("; ");
      return { ...same, benchmark, strength: k, ...row, reason };
    });
  });
  return [{ ...same, ...none, reason: first.join("; ") }, ...rows];
}

/** What all rows of an arm share. */
function sameOf(
  { comparison }: SensitivitySample,
  { outcome, alpha, basis }: SensitivityRequest,
  { q }: Settings,
  fit: RobustnessRegression,
): { [name: string]: unknown } {
  return {
    outcome,
    term: comparison.arms[1],
    reference: comparison.arms[0],
    estimator: "least squares",
    conf_level: 1 - alpha,
    ...measures(fit, q, alpha),
    q,
    n: comparison.outcome.length,
    basis,
  };
}

const nothing: RobustnessRegression = {
  estimate: NaN,
  stdError: NaN,
  df: NaN,
  partialRSquared: NaN,
  strengthOf: () => ({ treatment: NaN, outcome: NaN }),
  notes: [],
};

function measures(fit: RobustnessRegression, q: number, alpha: number): { [name: string]: number } {
  const f = q * Math.abs(fit.estimate / fit.stdError) / Math.sqrt(fit.df);
  const critical = fit.df > 1 ? studentTQuantile(1 - alpha / 2, fit.df - 1) / Math.sqrt(fit.df - 1) : NaN;
  return {
    partial_r2: fit.partialRSquared,
    robustness_value: robustnessValue(f),
    robustness_value_alpha: robustnessValue(f, critical),
    extreme_value: extremeValue(f),
  };
}

/** The estimate, its error and its interval had the confounder been in the regression. */
function adjust(
  fit: RobustnessRegression,
  strength: ConfounderStrength,
  sign: 1 | -1,
  alpha: number,
): { row: { [name: string]: number }; notes: string[] } {
  const size = confounderBias(strength, fit.stdError, fit.df);
  const bias = sign * Math.sign(fit.estimate) * size;
  const stdError = confounderStdError(strength, fit.stdError, fit.df);
  const tidy = tidyCoefficient(fit.estimate - bias, stdError, fit.df - 1, alpha);
  const impossible = Number.isNaN(strength.treatment) && !Number.isNaN(fit.stdError);
  return {
    row: { r2_treatment: strength.treatment, r2_outcome: strength.outcome, bias, ...tidy },
    notes: [
      ...(impossible ? ["no confounder can be so strong: it would explain more than the whole arm"] : []),
      ...(strength.outcome === 1
        ? ["the confounder explains all that is left of the outcome, so there is no interval"]
        : impossible
        ? []
        : explainCoefficient(tidy)),
    ],
  };
}

function assumption(k: number, benchmark: string): string {
  return `assumes a confounder, beside the covariates, ${k} times as strong as '${benchmark}' with arm and outcome: ` +
    "sensitivity, not a correction";
}
