import { checkBasis, checkLevel, checkOneOf, checkOptions, checkText } from "../../core/checks.ts";
import type { Basis } from "../../core/columns.ts";
import { type Table, tableOfRows } from "../../core/table.ts";
import { leastSquares } from "../../stats/least_squares.ts";
import { type TwoStageFit, twoStageLeastSquares } from "../../stats/two_stage_least_squares.ts";
import { diagnosticRows } from "./complier_diagnostics.ts";
import type { EstimateComplierEffectsOptions } from "./estimate_complier_effects_options.ts";
import type { InstrumentModel } from "./instrument_tests.ts";
import { checkNames, type ModelRows, readModelRows } from "../model_rows.ts";
import { readOutcome } from "../../core/study.ts";
import { explainCoefficient, noCoefficient, tidyCoefficient } from "../tidy_coefficient.ts";

const action = "estimate complier effects";

const optionNames = [
  "outcome",
  "treatment",
  "instruments",
  "covariates",
  "category",
  "weights",
  "clusters",
  "covarianceType",
  "terms",
  "alpha",
  "basis",
] as const satisfies readonly (keyof EstimateComplierEffectsOptions)[];

const columnNames = [
  "outcome",
  "term",
  "quantity",
  "estimator",
  "estimate",
  "std_error",
  "statistic",
  "df_numerator",
  "df",
  "p_value",
  "conf_low",
  "conf_high",
  "conf_level",
  "n",
  "basis",
  "reason",
];

type Row = { readonly [column: string]: unknown };

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
 * `conf_low`, `conf_high`, `conf_level`, `n` (rows), `basis`, `reason`
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
  const settings = checkSettings(options);
  const { treatment, instruments, covariates, alpha } = settings;
  const rows = readModelRows(action, table, {
    outcome: options.outcome,
    readValues: (values) => readOutcome(action, options.outcome, values, options.category),
    predictors: [...treatment, ...instruments, ...covariates],
    weights: options.weights,
    clusters: options.clusters,
  });
  const { model, terms, received, dropped } = modelOf(rows, settings);
  const found = {
    outcome: options.category === undefined ? options.outcome : `${options.outcome} = ${options.category}`,
    estimator: "two_stage_least_squares",
    conf_level: 1 - alpha,
    n: rows.outcome.length,
    basis: settings.basis,
  };
  const notes = [...rows.notes, ...dropped, `standard errors: ${model.covarianceType}`];
  const refusal = whyNoFit(model, terms.length);
  if (refusal !== null) {
    const reason = [...notes, `nothing can be estimated: ${refusal}`].join("; ");
    const empty = { ...found, quantity: "effect", df_numerator: NaN, ...noCoefficient, reason };
    return tableOfRows(received.map((term) => ({ ...empty, term })), columnNames);
  }
  const fit = twoStageLeastSquares(
    [...model.exogenous, ...model.endogenous],
    instrumentsOf(model),
    model.outcome,
    {
      weights: model.weights,
      clusters: model.clusters,
      covarianceType: model.covarianceType,
    },
  );
  const effects = effectRows(fit, terms, settings, notes);
  const own = effects.slice(-received.length);
  const shown = options.terms === "all" ? [...own, ...effects.slice(0, -received.length)] : own;
  const checks = fit.fit.dropped.length > 0 ? [] : diagnosticRows(model, fit, received, alpha);
  return tableOfRows([...shown, ...checks].map((row) => ({ ...found, ...row })), columnNames);
}

interface Settings {
  treatment: readonly string[];
  instruments: readonly string[];
  covariates: readonly string[];
  covarianceType: EstimateComplierEffectsOptions["covarianceType"];
  alpha: number;
  basis: Basis;
}

function checkSettings(options: EstimateComplierEffectsOptions): Settings {
  checkOptions(action, options, optionNames);
  const { alpha = 0.05, basis = "synthetic", covariates = [], instruments = "arm" } = options;
  checkText(action, "outcome", options.outcome);
  const settings = { treatment: [options.treatment].flat(), instruments: [instruments].flat(), covariates };
  checkNames(action, "covariates", covariates);
  checkNames(action, "treatment", settings.treatment);
  checkNames(action, "instruments", settings.instruments);
  checkNames(action, "treatment, instruments and covariates", [
    ...settings.treatment,
    ...settings.instruments,
    ...covariates,
  ]);
  checkLevel(action, "alpha", alpha);
  checkOneOf(action, "terms", options.terms ?? "effects", ["effects", "all"]);
  checkBasis(action, basis);
  return { ...settings, covarianceType: options.covarianceType, alpha, basis };
}

function instrumentsOf(model: InstrumentModel): Float64Array[] {
  return [...model.exogenous, ...model.excluded];
}

/** Sorts the columns into their roles; instruments that add nothing to the others are left out. */
function modelOf(
  rows: ModelRows,
  { treatment, instruments, covarianceType }: Settings,
): { model: InstrumentModel; terms: string[]; received: string[]; dropped: string[] } {
  const of = (names: readonly string[], inside = true) =>
    rows.columns.filter(({ predictor }) => names.includes(predictor) === inside);
  const type = covarianceType ?? (rows.clusters === null ? "HC2" : "CR2");
  checkOneOf<string>(
    action,
    "covarianceType",
    type,
    rows.clusters === null ? ["classical", "HC0", "HC1", "HC2", "HC3"] : ["CR0", "stata", "CR2"],
  );
  const [endogenous, excluded, covariates] = [
    of(treatment),
    of(instruments),
    of([...treatment, ...instruments], false),
  ];
  const exogenous = [
    new Float64Array(rows.outcome.length).fill(1),
    ...covariates.map(({ values }) => values),
  ];
  const spare = rows.outcome.length === 0 ? [] : leastSquares(
    [...exogenous, ...excluded.map(({ values }) => values)],
    rows.outcome,
    { covarianceType: "classical" },
  ).dropped.map((column) => column - exogenous.length).filter((column) => column >= 0);
  const received = endogenous.map(({ term }) => term);
  return {
    model: {
      outcome: rows.outcome,
      endogenous: endogenous.map(({ values }) => values),
      exogenous,
      excluded: excluded.filter((_, j) => !spare.includes(j)).map(({ values }) => values),
      weights: rows.weights,
      clusters: rows.clusters,
      covarianceType: type,
    },
    terms: ["constant", ...covariates.map(({ term }) => term), ...received],
    received,
    dropped: spare.length === 0
      ? []
      : [`instruments left out as combinations of others: ${spare.map((j) => excluded[j]!.term).join(", ")}`],
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

function effectRows(
  { fit }: TwoStageFit,
  terms: readonly string[],
  { alpha }: Settings,
  notes: readonly string[],
): Row[] {
  const spare = fit.dropped.length > 0
    ? [
      `fewer instruments than treatments and covariates need: ${
        fit.dropped.map((j) => terms[j]).join(", ")
      } left out`,
    ]
    : [];
  return terms.map((term, j) => {
    const tidy = fit.dropped.includes(j)
      ? noCoefficient
      : tidyCoefficient(fit.coefficients[j]!, fit.standardErrors[j]!, fit.df[j]!, alpha);
    const reason = [...notes, ...spare, ...explainCoefficient(tidy)].join("; ");
    return { term, quantity: "effect", df_numerator: 1, ...tidy, reason };
  });
}
