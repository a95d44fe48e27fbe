import { column, oneOf, readOptions, required, type RulesFor } from "../../core/options.ts";
import { coefficientTableColumns, estimateRow } from "../../core/rows.ts";
import { outcomeName } from "../../core/study.ts";
import { type Table, tableOfRows } from "../../core/table.ts";
import { inferEstimate } from "../../stats/inference.ts";
import { fitRandomIntercept, type RandomInterceptFit } from "../../stats/random_intercept.ts";
import { interceptTerm, type ModelOptions, modelRules, readModel, whyNoFit } from "./read_model.ts";
import { expandTerms, noteDropped, termColumns, type TermOptions, termRules } from "./terms.ts";

/** Options of {@linkcode estimateMixed}. */
export interface EstimateMixedOptions
  extends Omit<ModelOptions, "weights" | "clusters" | "persona">, TermOptions {
  /** The column of groups, each with an intercept that is drawn at random: judges, sessions, persons. */
  group: string;
  /**
   * Degrees of freedom of coefficients: Satterthwaite's, with which intervals of 95% covered 95 to 99% with 6 groups, or
   * the normal distribution, with which they covered 87% of what groups differ in.
   * @default {"satterthwaite"}
   */
  df?: "satterthwaite" | "normal";
}

const { weights: _weights, clusters: _clusters, persona: _persona, ...shared } = modelRules;

const rules = {
  ...{ ...shared, ...termRules },
  group: required<string>(column.check),
  df: oneOf(["satterthwaite", "normal"], "satterthwaite"),
} as const satisfies RulesFor<EstimateMixedOptions>;

const action = "estimate a mixed model";

/**
 * Estimates a linear model in which each group has a random intercept: judges who rate many texts, sessions of several
 * turns, persons who answer several items.
 *
 * By restricted maximum likelihood (REML). Groups are taken to be a normal sample, independent of the terms. A variance
 * between groups of 0 is an answer, and noted. One grouping only: further levels, crossed or nested, are out of scope;
 * `estimateVarianceComponents` takes crossed ones, without terms.
 *
 * @param table one row per answer (with `item` and `value`) or per unit; needs the outcome, the terms and the group
 * @param options see {@linkcode EstimateMixedOptions}
 * @returns one row per coefficient, then three: `outcome`, `term`, `quantity` (`coefficient`, `group_variance`,
 * `residual_variance`, `intraclass_correlation`: the groups' share of both), `estimator`, `estimate`, `std_error`,
 * `statistic` (t), `df`, `p_value`, `conf_low`, `conf_high` (by profile likelihood, of the residual variance by
 * chi-square), `conf_level`, `n` (rows), `groups`, `log_likelihood` (restricted, without the ½ log|X'X| that some
 * packages add), `basis`, `notes`, `reason` (why a value is `NaN`)
 * @throws {RangeError} if a column is missing
 * @throws {TypeError} if an option is unknown or a column is neither numbers nor names
 * @see Searle, Casella and McCulloch 1992, Variance Components; Fai and Cornelius 1996 for degrees of freedom
 * @example Three judges, two texts each
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { estimateMixed } from "@understudy/understudy/estimation";
 *
 * const ratings = tableOf({ judge: ["a", "a", "b", "b", "c", "c"], rating: [1, 3, 4, 6, 5, 5] });
 * const rows = estimateMixed(ratings, { outcome: "rating", terms: [], group: "judge" });
 * // Mean squares 6 between and 4/3 within judges: (6 - 4/3) / (6 + 4/3).
 * assertAlmostEquals(rows.get("estimate", 3), 7 / 11, 1e-10);
 * ```
 */
export function estimateMixed(table: Table, options: EstimateMixedOptions): Table {
  const { alpha, basis, group, df, ...asked } = readOptions(action, options, rules, table);
  const predictors = termColumns(action, asked);
  const read = readModel(action, table, { ...asked, predictors, fixedEffects: [group], clusters: null });
  const constant = { term: interceptTerm, values: new Float64Array(read.outcome.length).fill(1) };
  const columns = [constant, ...expandTerms(asked.terms, read.columns)];
  const groups = read.fixedEffects[0]!;
  const fit = whyNoFit(read, columns.length) ??
    fitRandomIntercept(columns.map(({ values }) => values), read.outcome, groups, alpha);
  const failed = typeof fit === "string" ? [`nothing can be estimated: ${fit}`] : null;
  const { coefficients, variances, logLikelihood } = typeof fit === "string" ? nothing : fit;
  const dropped = columns.filter((_, at) => failed === null && coefficients[at] === undefined);
  const row = {
    outcome: outcomeName(asked),
    estimator: "reml",
    conf_level: 1 - alpha,
    basis,
    n: read.outcome.length,
    groups: new Set(groups).size,
    log_likelihood: logLikelihood,
    notes: [
      ...read.notes,
      ...noteDropped(dropped.map(({ term }) => term)),
      variances[0]?.estimate === 0 ? `the variance between groups ('${group}') is estimated as 0` : "",
    ],
  };
  const ofTerms = columns.map((each, at) => {
    const own = coefficients[at] ?? { estimate: NaN, stdError: NaN, df: NaN };
    const found = inferEstimate(df === "normal" ? { ...own, df: Infinity } : own, alpha);
    const reason = dropped.includes(each) ? ["this term is a combination of earlier ones"] : found.reason;
    return { ...row, term: each.term, quantity: "coefficient", ...found, reason: failed ?? reason };
  });
  const ofVariances = ["group_variance", "residual_variance", "intraclass_correlation"].map(
    (quantity, at) => {
      const { estimate, stdError: std_error, low: conf_low, high: conf_high } = variances[at] ?? unknown;
      const term = at === 1 ? "(residual)" : group;
      const reason = failed ?? ["a variance is not tested"];
      return { ...row, term, quantity, estimate, std_error, conf_low, conf_high, reason };
    },
  );
  const names = coefficientTableColumns(["quantity"], ["groups", "log_likelihood"]);
  return tableOfRows([...ofTerms, ...ofVariances].map((each) => estimateRow(each)), names);
}

const unknown = { estimate: NaN, stdError: NaN, low: NaN, high: NaN };
const nothing: RandomInterceptFit = { coefficients: [], variances: [], logLikelihood: NaN };
