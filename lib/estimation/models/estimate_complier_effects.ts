import { checkOneOf } from "../../core/checks.ts";
import type { RulesFor } from "../../core/options.ts";
import { columns as columnsRule, oneOf, readOptions, required, rule } from "../../core/options.ts";
import { coefficientTableColumns, estimateRow, type RowSentences } from "../../core/rows.ts";
import { outcomeName } from "../../core/study.ts";
import { type Table, tableOfRows } from "../../core/table.ts";
import { type CovarianceType, covarianceTypes } from "../../stats/covariance.ts";
import { type Inference, inferEstimate } from "../../stats/inference.ts";
import { leastSquares } from "../../stats/least_squares.ts";
import { type TwoStageFit, twoStageLeastSquares } from "../../stats/two_stage_least_squares.ts";
import { andersonRubin, type InstrumentModel, type JointTest, testEndogeneity } from "./instrument_tests.ts";
import { testInstruments, testOveridentification } from "./instrument_tests.ts";
import type { ModelOptions, ModelRows } from "./read_model.ts";
import { checkNames, interceptTerm, modelRules, readModel } from "./read_model.ts";

/** Options of {@linkcode estimateComplierEffects}. */
export interface EstimateComplierEffectsOptions extends ModelOptions {
  /** The column (or columns) of what units received: whether they took the treatment, or its dose. */
  treatment: string | readonly string[];
  /**
   * The column (or columns) of what units were assigned, which moves the outcome through the treatment alone.
   * @default {"arm"}
   */
  instruments?: string | readonly string[];
  /**
   * Columns of variables that explain the outcome and are not affected by the assignment.
   * @default {[]}
   */
  covariates?: string | readonly string[];
  /**
   * How standard errors are estimated: `classical`, `HC0` to `HC3`, or with clusters `CR0`, `stata` (CR1S), `CR2`.
   * @default {"HC2"} or `"CR2"` with clusters
   */
  covarianceType?: CovarianceType;
  /**
   * Which rows to return: those of the treatment and the diagnostics (`effects`), or those of the constant and the
   * covariates too (`all`).
   * @default {"effects"}
   */
  terms?: "effects" | "all";
}

const rules = {
  ...modelRules,
  treatment: required<string | readonly string[]>(columnsRule.check),
  instruments: rule<string | readonly string[], string>(columnsRule.check, "arm"),
  covariates: columnsRule,
  covarianceType: oneOf(covarianceTypes, undefined),
  terms: oneOf(["effects", "all"], "effects"),
} as const satisfies RulesFor<EstimateComplierEffectsOptions>;

const action = "estimate complier effects";

/**
 * Estimates the effect of what units received, where only what they were assigned was left to chance.
 *
 * Two-stage least squares. With one assignment and one treatment it is the effect of assignment on the outcome over
 * its effect on receiving the treatment: the average effect among compliers, those who take the treatment if and only
 * if it is assigned to them. Assumes that assignment moves the outcome through the treatment alone and that nobody does
 * the opposite of what is assigned. Three checks come with it: whether the instruments move the treatment (weak
 * instruments; below about 10 do not trust the first interval), whether least squares would have done (Wu-Hausman),
 * and, with spare instruments, whether they agree. With one treatment variable there is also the Anderson-Rubin
 * interval, which holds however weak the instruments are.
 *
 * @param table one row per answer (with `item` and `value`) or per unit; needs outcome, treatment and instruments
 * @param options see {@linkcode EstimateComplierEffectsOptions}
 * @returns one row per estimate, then one per check: `outcome`, `term`, `quantity` (`effect`, `anderson_rubin`,
 * `weak_instruments`, `wu_hausman`, `overidentification`), `estimator`, `estimate` (units of the outcome),
 * `std_error`, `statistic` (t, F or chi-square), `df_numerator`, `df` (infinite: normal or chi-square), `p_value`,
 * `conf_low`, `conf_high`, `conf_level`, `n` (rows), `basis`, `notes`, `reason` (why a value is `NaN`)
 * @throws {RangeError} if a column is missing, or the covariance type does not fit clusters
 * @throws {TypeError} if an option is unknown or of the wrong type
 * @see Angrist, Imbens and Rubin 1996, JASA 91, 444-455; Anderson and Rubin 1949; Wooldridge 2010, chapters 5 and 6
 * @example One in two takes what is assigned
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { estimateComplierEffects } from "@understudy/understudy/estimation";
 *
 * const answers = tableOf({
 *   arm: ["control", "control", "control", "control", "letter", "letter", "letter", "letter"],
 *   read: [0, 0, 0, 0, 1, 1, 0, 0],
 *   support: [3, 4, 3, 4, 6, 5, 4, 3],
 * });
 * const effects = estimateComplierEffects(answers, { outcome: "support", treatment: "read" });
 * assertAlmostEquals(effects.get("estimate", 0), (4.5 - 3.5) / (0.5 - 0), 1e-12);
 * ```
 */
export function estimateComplierEffects(table: Table, options: EstimateComplierEffectsOptions): Table {
  const asked = readOptions(action, options, rules, table);
  const { alpha, basis } = asked;
  const [treatment, instruments] = [[asked.treatment].flat(), [asked.instruments].flat()];
  const roles = { treatment, instruments, covariates: [asked.covariates ?? []].flat() };
  const predictors = Object.values(roles).flat();
  checkNames(action, "treatment, instruments and covariates", predictors);
  const rows = readModel(action, table, { ...asked, predictors });
  const { model, terms, received, dropped } = modelOf(rows, roles, asked.covarianceType);
  const shared = {
    outcome: outcomeName(asked),
    estimator: "two_stage_least_squares",
    conf_level: 1 - alpha,
    n: rows.outcome.length,
    basis,
  };
  const notes = [...rows.notes, ...dropped, `standard errors: ${model.covarianceType}`];
  const refusal = whyNoFit(model, terms.length);
  const reason = [`nothing can be estimated: ${refusal}`];
  const found = refusal === null
    ? estimateModel(model, terms, received, alpha, asked.terms)
    : received.map((term): Row => ({ term, quantity: "effect", df_numerator: NaN, reason }));
  return tableOfRows(
    found.map((row) => estimateRow({ ...shared, ...row, notes: [...notes, ...row.notes ?? []] })),
    coefficientTableColumns(["quantity"]).flatMap((name) => name === "df" ? ["df_numerator", name] : [name]),
  );
}

/** A row of the table, without what all rows share. */
type Row = Partial<Inference> & RowSentences & { term: string; quantity: string; df_numerator: number };

/** Sorts the columns into their roles; instruments that add nothing to the others are left out. */
function modelOf(
  rows: ModelRows,
  { treatment, instruments, covariates }: { [role: string]: readonly string[] },
  covarianceType: CovarianceType | undefined,
): { model: InstrumentModel; terms: string[]; received: string[]; dropped: string[] } {
  const of = (names: readonly string[] = []) =>
    rows.columns.filter(({ predictor }) => names.includes(predictor));
  const type = covarianceType ?? (rows.clusters === null ? "HC2" : "CR2");
  const known = rows.clusters === null ? ["classical", "HC0", "HC1", "HC2", "HC3"] : ["CR0", "stata", "CR2"];
  checkOneOf<string>(action, "covarianceType", type, known);
  const [endogenous, excluded, others] = [of(treatment), of(instruments), of(covariates)];
  const exogenous = [new Float64Array(rows.outcome.length).fill(1), ...others.map(({ values }) => values)];
  const spare = rows.outcome.length === 0 ? [] : leastSquares(
    [...exogenous, ...excluded.map(({ values }) => values)],
    rows.outcome,
    { covarianceType: "classical" },
  ).dropped.map((column) => column - exogenous.length).filter((column) => column >= 0);
  const received = endogenous.map(({ term }) => term);
  const left = spare.map((j) => excluded[j]!.term).join(", ");
  return {
    model: {
      outcome: rows.outcome,
      weights: rows.weights,
      clusters: rows.clusters,
      covarianceType: type,
      endogenous: endogenous.map(({ values }) => values),
      exogenous,
      excluded: excluded.filter((_, j) => !spare.includes(j)).map(({ values }) => values),
    },
    terms: [interceptTerm, ...others.map(({ term }) => term), ...received],
    received,
    dropped: spare.length === 0 ? [] : [`instruments left out as combinations of others: ${left}`],
  };
}

function whyNoFit({ outcome, clusters, excluded, exogenous }: InstrumentModel, terms: number): string | null {
  if (outcome.length === 0) return "no row can be used";
  if (excluded.length === 0) return "the instruments do not vary";
  if (clusters !== null && new Set(clusters).size < 2) return "there is only one cluster";
  return outcome.length <= Math.max(terms, exogenous.length + excluded.length)
    ? "there are not more rows than terms"
    : null;
}

/** The rows of effects, those of the treatment first, and of checks. */
function estimateModel(
  model: InstrumentModel,
  terms: readonly string[],
  received: readonly string[],
  alpha: number,
  shown: "effects" | "all",
): Row[] {
  const { exogenous, endogenous, excluded, outcome, weights, clusters, covarianceType } = model;
  const [regressors, instruments] = [[...exogenous, ...endogenous], [...exogenous, ...excluded]];
  const fit = twoStageLeastSquares(regressors, instruments, outcome, { weights, clusters, covarianceType });
  const effects = effectRows(fit, terms, alpha);
  const own = effects.slice(-received.length);
  return [
    ...own,
    ...(shown === "all" ? effects.slice(0, -received.length) : []),
    ...(fit.fit.dropped.length > 0 ? [] : checkRows(model, fit, received, alpha)),
  ];
}

function effectRows({ fit }: TwoStageFit, terms: readonly string[], alpha: number): Row[] {
  const names = fit.dropped.map((j) => terms[j]).join(", ");
  const notes = fit.dropped.length === 0
    ? []
    : [`fewer instruments than treatments and covariates need: ${names} left out`];
  return terms.map((term, j) => {
    const found = { estimate: fit.coefficients[j]!, stdError: fit.standardErrors[j]!, df: fit.df[j]! };
    return { term, quantity: "effect", df_numerator: 1, ...inferEstimate(found, alpha), notes };
  });
}

/** The rows of checks: Anderson-Rubin, weak instruments, Wu-Hausman, overidentification. */
function checkRows(
  model: InstrumentModel,
  fit: TwoStageFit,
  received: readonly string[],
  alpha: number,
): Row[] {
  const all = received.join(", ");
  const residuals = fit.firstStageResiduals.slice(-received.length);
  const weak = model.endogenous.map((column, j) =>
    testRow(received[j]!, "weak_instruments", testInstruments(model, column))
  );
  const spare = model.excluded.length > model.endogenous.length;
  return [
    ...(received.length === 1 ? [andersonRubinRow(model, fit, received[0]!, alpha)] : []),
    ...weak,
    testRow(all, "wu_hausman", testEndogeneity(model, residuals)),
    testRow(all, "overidentification", spare ? testOveridentification(model, fit) : null),
  ];
}

const advice = {
  weak_instruments: "F below about 10 means weak instruments",
  wu_hausman: "small p: least squares of the outcome on what was received would be biased",
  overidentification: "small p: the instruments contradict each other",
  anderson_rubin: "valid however weak the instruments are",
};

function testRow(term: string, quantity: keyof typeof advice, test: JointTest | null): Row {
  const row = { term, quantity, df_numerator: test?.dfNumerator ?? 0 };
  if (test === null) return { ...row, reason: ["no spare instrument to test with"] };
  if (Number.isNaN(test.statistic)) return { ...row, reason: ["cannot be computed"] };
  const { statistic, df, pValue } = test;
  const reason = ["a test has no estimate and no interval"];
  return { ...row, statistic, df, p_value: pValue, notes: [advice[quantity]], reason };
}

function andersonRubinRow(model: InstrumentModel, { fit }: TwoStageFit, term: string, alpha: number): Row {
  const estimate = fit.coefficients[model.exogenous.length]!;
  const found = andersonRubin(model, estimate, alpha);
  return {
    ...testRow(term, "anderson_rubin", found),
    estimate,
    conf_low: found.low,
    conf_high: found.high,
    notes: [advice.anderson_rubin, ...found.notes],
    reason: ["an interval of values not rejected has no standard error", ...found.reason],
  };
}
