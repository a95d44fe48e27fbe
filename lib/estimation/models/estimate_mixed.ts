import {
  type BasisOptions,
  column,
  type IntervalOptions,
  oneOf,
  type OutcomeOptions,
  readOptions,
  required,
  type RulesFor,
} from "../../core/options.ts";
import { coefficientTableColumns, estimateRow } from "../../core/rows.ts";
import { outcomeName } from "../../core/study.ts";
import { type Table, tableOfRows } from "../../core/table.ts";
import { inferEstimate } from "../../stats/inference.ts";
import { fitRandomIntercept } from "../../stats/random_intercept.ts";
import type { NameOrderOptions } from "./name_order.ts";
import { interceptTerm, modelRules, readModel, whyNoFit } from "./read_model.ts";
import { expandTerms, noteDropped, termColumns, type TermOptions, termRules } from "./terms.ts";

/** Options of {@linkcode estimateMixed}. */
export interface EstimateMixedOptions
  extends OutcomeOptions, TermOptions, NameOrderOptions, IntervalOptions, BasisOptions {
  /** The column of groups, each of which has an intercept that is drawn at random: judges, sessions, persons. */
  group: string;
  /**
   * Degrees of freedom of coefficients: Satterthwaite's, which few groups need, or the normal distribution.
   * @default {"satterthwaite"}
   */
  df?: "satterthwaite" | "normal";
}

const { weights: _weights, clusters: _clusters, persona: _persona, ...shared } = modelRules;

const rules = {
  ...shared,
  ...termRules,
  group: required<string>(column.check),
  df: oneOf(["satterthwaite", "normal"], "satterthwaite"),
} as const satisfies RulesFor<EstimateMixedOptions>;

const action = "estimate a mixed model";

/**
 * Estimates a linear model in which each group has a random intercept: judges who rate many texts, sessions of several
 * turns, persons who answer several items.
 *
 * By restricted maximum likelihood (REML), which unbalanced groups do not bias. Groups stand for others that could have
 * been drawn, and are taken to be normal and independent of the terms. A variance between groups of 0 is an answer, and
 * noted: then rows count as independent, so with few groups do not rest a claim on it. One grouping only: further
 * levels, crossed or nested, are out of scope (`estimateVarianceComponents` takes crossed ones, without terms).
 *
 * @param table one row per answer (with `item` and `value`) or per unit; needs the outcome, the terms and the group
 * @param options see {@linkcode EstimateMixedOptions}
 * @returns one row per coefficient, then three: `outcome`, `term`, `quantity` (`coefficient`; `group_variance`;
 * `residual_variance`; `intraclass_correlation`, the groups' share of both), `estimator`, `estimate`, `std_error`,
 * `statistic` (t), `df`, `p_value`, `conf_low`, `conf_high` (of variances by profile likelihood; of the residual by
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
  const { alpha, basis, ...asked } = readOptions(action, options, rules);
  const { group } = asked;
  const predictors = termColumns(action, asked);
  const read = readModel(action, table, { ...asked, predictors, fixedEffects: [group], clusters: null });
  const columns = expandTerms(asked.terms, read.columns);
  const terms = [interceptTerm, ...columns.map(({ term }) => term)];
  const constant = new Float64Array(read.outcome.length).fill(1);
  // The places of names that rows use, without gaps.
  const places = new Map([...new Set(read.fixedEffects[0]!)].map((place, at) => [place, at]));
  const groups = read.fixedEffects[0]!.map((place) => places.get(place)!);
  const fit = whyNoFit(read, terms.length) ??
    fitRandomIntercept([constant, ...columns.map(({ values }) => values)], read.outcome, groups, alpha);
  const { coefficients, variances, logLikelihood } = typeof fit === "string" ? nothing : fit;
  const failed = typeof fit === "string" ? [`nothing can be estimated: ${fit}`] : null;
  const dropped = failed === null ? terms.filter((_, at) => coefficients[at] === undefined) : [];
  const row = {
    outcome: outcomeName(asked),
    estimator: "reml",
    conf_level: 1 - alpha,
    n: read.outcome.length,
    groups: places.size,
    log_likelihood: logLikelihood,
    basis,
    notes: [
      ...read.notes,
      ...noteDropped(dropped),
      variances[0]?.estimate === 0 ? `the variance between groups ('${group}') is estimated as 0` : "",
    ],
  };
  return tableOfRows([
    ...terms.map((term, at) => {
      const { estimate, stdError, df } = coefficients[at] ?? { estimate: NaN, stdError: NaN, df: NaN };
      const found = inferEstimate({ estimate, stdError, df: asked.df === "normal" ? Infinity : df }, alpha);
      const reason = dropped.includes(term) ? ["this term is a combination of earlier ones"] : found.reason;
      return estimateRow({ ...row, term, quantity: "coefficient", ...found, reason: failed ?? reason });
    }),
    ...quantities.map((quantity, at) =>
      estimateRow({
        ...row,
        term: quantity === "residual_variance" ? "(residual)" : group,
        quantity,
        estimate: variances[at]?.estimate ?? NaN,
        std_error: variances[at]?.stdError ?? NaN,
        conf_low: variances[at]?.interval[0] ?? NaN,
        conf_high: variances[at]?.interval[1] ?? NaN,
        reason: failed ?? ["a variance is not tested"],
      })
    ),
  ], coefficientTableColumns(["quantity"], ["groups", "log_likelihood"]));
}

const quantities = ["group_variance", "residual_variance", "intraclass_correlation"];

const nothing = { coefficients: [], variances: [], logLikelihood: NaN };
