import { cannot } from "../../core/errors.ts";
import { oneOf, readOptions, required, type RulesFor } from "../../core/options.ts";
import { coefficientTableColumns, estimateRow } from "../../core/rows.ts";
import { outcomeName, readOutcome } from "../../core/study.ts";
import { type Table, tableOfRows } from "../../core/table.ts";
import { inferEstimate } from "../../stats/inference.ts";
import type { LikelihoodCovarianceType, LogisticFit } from "../../stats/logistic_regression.ts";
import { logistic, logisticRegression } from "../../stats/logistic_regression.ts";
import { dot, multiplyVector } from "../../stats/matrix.ts";
import { combineColumns } from "../../stats/products.ts";
import type { ModelColumn, ModelOptions, ModelRows } from "./read_model.ts";
import { checkNames, interceptTerm, modelRules, readModel, whyNoFit } from "./read_model.ts";

/** Options of {@linkcode estimateLogit}; of `estimateOrderedLogit` too, without `category`. */
export interface EstimateLogitOptions extends ModelOptions {
  /** The columns that explain it. Numbers enter as they are; of names, each but the reference is a term. */
  predictors: readonly string[];
  /**
   * How standard errors are estimated: from the information matrix (`classical`; with weights times Pearson's
   * dispersion), robust (`HC0`, `HC1`) or by clusters (`cluster`).
   * @default {undefined} `cluster` with clusters, `HC1` with weights, else `classical`
   */
  covarianceType?: LikelihoodCovarianceType;
}

export const logitRules = {
  ...modelRules,
  predictors: required<readonly string[]>(checkNames),
  covarianceType: oneOf(["classical", "HC0", "HC1", "cluster"], undefined),
} as const satisfies RulesFor<EstimateLogitOptions>;

const action = "estimate a logit";

/**
 * Estimates a logistic regression: how the odds of a yes, and its probability, change with each variable.
 *
 * For outcomes that are 0 or 1, or for the share of one answer. Each term has a row with its log odds ratio and a row
 * with its average marginal effect, in units of probability, which for an experiment is what readers want: with the
 * arm as only variable it is the difference in shares. The maximum of the likelihood is reached to 1e-12. Where a
 * variable separates yes from no perfectly there is no maximum, and the rows are `NaN` and say so. Where personas have
 * several rows, standard errors are clustered by persona.
 *
 * @param table one row per answer (with `item` and `value`) or per unit; needs the outcome and the predictors
 * @param options outcome and predictors; see {@linkcode EstimateLogitOptions}
 * @returns one row per term and quantity: `outcome`, `term`, `quantity` (`log_odds_ratio` or
 * `average_marginal_effect`), `estimator`, `estimate`, `std_error`, `statistic` (z), `df` (infinite: normal),
 * `p_value`, `conf_low`, `conf_high`, `conf_level`, `n` (rows), `basis`, `notes`, `reason` (why a value is `NaN`)
 * @throws {RangeError} if a column is missing or the outcome is not 0 or 1
 * @throws {TypeError} if an option is unknown or of the wrong type
 * @see Agresti 2013, Categorical Data Analysis, chapter 5; White 1982 for robust standard errors
 * @example A difference in shares
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { estimateLogit } from "@understudy/understudy/estimation";
 *
 * const answers = tableOf({ threat: [0, 0, 0, 0, 1, 1, 1, 1], vote: [1, 0, 0, 0, 1, 1, 1, 0] });
 * const logit = estimateLogit(answers, { outcome: "vote", predictors: ["threat"] });
 * const effect = logit.objects().find((row) =>
 *   "quantity" in row && row.quantity === "average_marginal_effect"
 * ) as { estimate: number };
 * assertAlmostEquals(effect.estimate, 3 / 4 - 1 / 4, 1e-12);
 * ```
 */
export function estimateLogit(table: Table, options: EstimateLogitOptions): Table {
  const { alpha, basis, ...asked } = readOptions(action, options, logitRules, table);
  const rows = readModel(action, table, { ...asked, alpha, basis }, (values) => readBinary(asked, values));
  const covarianceType = chooseCovarianceType(action, rows, asked.covarianceType);
  const design = [new Float64Array(rows.outcome.length).fill(1), ...rows.columns.map(({ values }) => values)];
  const terms = [interceptTerm, ...rows.columns.map(({ term }) => term)];
  const refusal = whyNoFit(rows, terms.length);
  const { weights, clusters } = rows;
  const fit = refusal === null
    ? logisticRegression(design, rows.outcome, { weights, clusters, covarianceType })
    : null;
  const obstacle = refusal === null ? whyNoMaximum(fit!, terms) : `nothing can be estimated: ${refusal}`;
  const shared = {
    outcome: outcomeName(asked),
    estimator: "logit",
    n: rows.outcome.length,
    basis,
    notes: [...rows.notes, `standard errors: ${covarianceType}`, ...noteDispersion(fit)],
  };
  const rowOf = (j: number, quantity: string, found: typeof unknown) => {
    const inference = inferEstimate({ ...found, df: Infinity }, alpha);
    const leftOut = fit !== null && !fit.kept.includes(j) ? "left out: a combination of other terms" : null;
    const why = obstacle ?? leftOut;
    const reason = why === null ? inference.reason : [why];
    return estimateRow({ ...shared, term: terms[j]!, quantity, ...inference, reason });
  };
  const coefficients = terms.map((_, j) =>
    fit === null ? unknown : { estimate: fit.coefficients[j]!, stdError: Math.sqrt(fit.covariance[j]![j]!) }
  );
  const effects = fit === null || obstacle !== null
    ? rows.columns.map(() => unknown)
    : marginalEffects(design, rows.columns, fit, weights);
  return tableOfRows([
    ...coefficients.map((found, j) => rowOf(j, "log_odds_ratio", found)),
    ...effects.map((found, at) => rowOf(at + 1, "average_marginal_effect", found)),
  ], coefficientTableColumns(["quantity"]));
}

/** Chooses how standard errors are estimated where nothing is asked for, and refuses what does not fit the rows. */
export function chooseCovarianceType(
  verb: string,
  { clusters, weights }: ModelRows,
  asked: LikelihoodCovarianceType | undefined,
): LikelihoodCovarianceType {
  if (asked === undefined) return clusters !== null ? "cluster" : weights !== null ? "HC1" : "classical";
  if (asked !== "cluster" || clusters !== null) return asked;
  const wrong = cannot(verb, "covarianceType", "be another one where no clusters are named", asked);
  throw new RangeError(`${wrong}; for example { clusters: "village" }`);
}

function readBinary(
  { outcome, category }: { outcome: string; category: EstimateLogitOptions["category"] | undefined },
  values: ArrayLike<unknown>,
): Float64Array {
  const numbers = readOutcome(action, outcome, values, category);
  const wrong = numbers.find((value) => value !== 0 && value !== 1 && !Number.isNaN(value));
  if (wrong === undefined) return numbers;
  const advice = `for the share of one answer name it, for example { category: ${wrong} }`;
  throw new RangeError(`${cannot(action, outcome, "hold only 0 and 1", wrong)}; ${advice}`);
}

function whyNoMaximum({ separating, converged }: LogisticFit, terms: readonly string[]): string | null {
  if (separating.length > 0) {
    const names = separating.map((column) => `'${terms[column]}'`).join(", ");
    return `perfect separation: ${names} predicts some outcomes without error, so no finite estimate exists`;
  }
  return converged ? null : "the likelihood has no maximum that could be reached";
}

function noteDispersion(fit: LogisticFit | null): string[] {
  return fit === null || Number.isNaN(fit.dispersion) || fit.dispersion === 1
    ? []
    : [`dispersion ${fit.dispersion.toPrecision(4)}`];
}

const unknown = { estimate: NaN, stdError: NaN };

/**
 * Averages each term's marginal effect over the rows: the derivative of the probability, and for terms of 0 and 1 the
 * difference between having it and (of the same variable) having none. `design` holds the constant and the columns.
 * Standard errors by the delta method.
 */
function marginalEffects(
  design: readonly Float64Array[],
  columns: readonly ModelColumn[],
  { coefficients, covariance, eta }: LogisticFit,
  weights: Float64Array | null,
): (typeof unknown)[] {
  const usable = coefficients.map((value) => Number.isNaN(value) ? 0 : value);
  const known = covariance.map((row) => row.map((value) => Number.isNaN(value) ? 0 : value));
  const total = weights === null ? eta.length : weights.reduce((sum, value) => sum + value, 0);
  const share = (row: number) => (weights === null ? 1 : weights[row]!) / total;
  const slopes = columns.every(({ indicator }) => indicator) ? null : slopesOf(design, eta, share);
  /** mean p(1 - p) β_j, with gradient mean p(1 - p)(1 - 2p) x_l β_j + [l = j] mean p(1 - p). */
  const slopeEffect = (term: number) => {
    const [{ density, bends }, coefficient] = [slopes!, usable[term]!];
    const gradient = bends.map((bend, l) => bend * coefficient + (l === term ? density : 0));
    return { estimate: density * coefficient, gradient };
  };
  /** mean (p1 - p0), with the variable's other indicators set to 0 in both. */
  const discreteEffect = (term: number, variable: string) => {
    const own = columns.flatMap(({ predictor }, j) => predictor === variable ? [j + 1] : []);
    const without = combineColumns(own.map((j) => design[j]!), own.map((j) => -usable[j]!));
    const difference = new Float64Array(eta.length);
    let [estimate, density] = [0, 0];
    for (let row = 0; row < eta.length; row++) {
      const base = eta[row]! + without[row]!;
      const [p1, p0] = [logistic(base + usable[term]!), logistic(base)];
      const slope = share(row) * p1 * (1 - p1);
      difference[row] = slope - share(row) * p0 * (1 - p0);
      density += slope;
      estimate += share(row) * (p1 - p0);
    }
    const gradient = design.map((column, l) =>
      l === term ? density : own.includes(l) ? 0 : dot(column, difference)
    );
    return { estimate, gradient };
  };
  return columns.map(({ indicator, predictor }, at) => {
    const term = at + 1;
    if (Number.isNaN(coefficients[term])) return unknown;
    const { estimate, gradient } = indicator ? discreteEffect(term, predictor) : slopeEffect(term);
    return { estimate, stdError: Math.sqrt(dot(gradient, multiplyVector(known, gradient))) };
  });
}

/** mean p(1 - p), and for each column mean p(1 - p)(1 - 2p) x: what the slopes of all terms share. */
function slopesOf(design: readonly Float64Array[], eta: Float64Array, share: (row: number) => number) {
  const curvature = new Float64Array(eta.length);
  let density = 0;
  for (let row = 0; row < eta.length; row++) {
    const p = logistic(eta[row]!);
    const slope = share(row) * p * (1 - p);
    density += slope;
    curvature[row] = slope * (1 - 2 * p);
  }
  return { density, bends: design.map((column) => dot(column, curvature)) };
}
