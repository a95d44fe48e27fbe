import { checkBasis, checkOneOf, checkText } from "../../core/checks.ts";
import type { Basis } from "../../core/columns.ts";
import { cannot } from "../../core/errors.ts";
import { columnOf, type Columns, encodeLabels, type Table, tableOf } from "../../core/table.ts";
import { leastSquares, type LeastSquaresFit } from "../../stats/least_squares.ts";
import type { RegressionModelOptions } from "./estimate_regression_options.ts";
import { checkNames, type ModelRows, readModelRows } from "../model_rows.ts";
import { readOutcome } from "../../core/study.ts";
import { expandTerms, interceptTerm, termColumns } from "./regression_terms.ts";

/** The options that say what the model is. */
export const modelOptions = [
  "outcome",
  "terms",
  "factors",
  "intercept",
  "category",
  "covarianceType",
  "clusters",
  "weights",
  "fixedEffects",
  "basis",
] as const satisfies readonly (keyof RegressionModelOptions)[];

/** A regression that was fitted to a table. */
export interface RegressionModel {
  /** The outcome, with the category where one is named. */
  readonly outcome: string;
  /** The names of the coefficients. */
  readonly terms: readonly string[];
  /** The fit. */
  readonly fit: LeastSquaresFit;
  /** What the estimates rest on. */
  readonly basis: Basis;
  /** Why nothing can be tested; `null` where something can. */
  readonly obstacle: string | null;
  /** What the reader must know. */
  readonly notes: readonly string[];
}

/** Reads the columns that the options name and fits the model. */
export function fitRegression(
  action: string,
  table: Table,
  options: RegressionModelOptions,
): RegressionModel {
  const names = checkModel(action, options);
  const effects = [options.fixedEffects ?? []].flat();
  const model = readModelRows(action, coded(action, table, effects, options.factors ?? []), {
    outcome: options.outcome,
    readValues: (values) => readOutcome(action, options.outcome, values, options.category),
    predictors: [...names, ...effects],
    weights: options.weights,
    clusters: options.clusters,
  });
  if (model.outcome.length === 0) {
    throw new RangeError(
      cannot(action, "table", "have a row with all that the model needs", model.notes.join("; ")),
    );
  }
  const columns = expandTerms(options.terms, model.columns);
  if (effects.length === 0 && options.intercept !== false) {
    columns.unshift({ term: interceptTerm, values: new Float64Array(model.outcome.length).fill(1) });
  }
  if (columns.length === 0) throw new RangeError(cannot(action, "terms", "name a column", options.terms));
  const fit = leastSquares(
    columns.map(({ values }) => values),
    model.outcome,
    fitOptions(options, model, effects),
  );
  const terms = columns.map(({ term }) => term);
  return {
    outcome: options.category === undefined ? options.outcome : `${options.outcome} = ${options.category}`,
    terms,
    fit,
    basis: options.basis ?? "synthetic",
    obstacle: obstacleOf(fit, model),
    notes: [...model.notes, ...noteFit(fit, terms)],
  };
}

function checkModel(action: string, options: RegressionModelOptions): string[] {
  checkText(action, "outcome", options.outcome);
  checkBasis(action, options.basis ?? "synthetic");
  checkOneOf(action, "intercept", options.intercept ?? true, [true, false]);
  const names = termColumns(action, options.terms);
  const effects = [options.fixedEffects ?? []].flat();
  checkNames(action, "fixedEffects", effects);
  checkNames(action, "factors", options.factors ?? []);
  const both = effects.find((name) => names.includes(name));
  if (both !== undefined) {
    throw new RangeError(cannot(action, "fixedEffects", "name columns that are not terms", both));
  }
  const absent = (options.factors ?? []).find((name) => !names.includes(name));
  if (absent !== undefined) {
    throw new RangeError(cannot(action, "factors", "name columns among the terms", absent));
  }
  return names;
}

/** Fixed effects as numbers of their values, so that they are read along; factors as names. */
function coded(action: string, table: Table, effects: readonly string[], factors: readonly string[]): Table {
  if (effects.length + factors.length === 0) return table;
  const columns: Columns = {};
  for (const name of table.columnNames()) {
    const values = columnOf(table, name);
    if (effects.includes(name)) {
      columns[name] = Array.from(encodeLabels(action, name, values).codes, (code) => code < 0 ? null : code);
    } else if (factors.includes(name)) {
      const { codes, labels } = encodeLabels(action, name, values);
      columns[name] = Array.from(codes, (code) => code < 0 ? null : labels[code]!);
    } else columns[name] = values;
  }
  return tableOf(columns);
}

function fitOptions(
  { covarianceType }: RegressionModelOptions,
  { weights, clusters, columns }: ModelRows,
  effects: readonly string[],
): Parameters<typeof leastSquares>[2] {
  return {
    ...(weights === null ? {} : { weights }),
    ...(clusters === null ? {} : { clusters }),
    ...(covarianceType === undefined ? {} : { covarianceType }),
    fixedEffects: effects.map((name) => columns.find(({ predictor }) => predictor === name)!.values),
  };
}

function obstacleOf(fit: LeastSquaresFit, { outcome }: ModelRows): string | null {
  if (fit.clusters === 1) return "one cluster shows no variance";
  if (fit.residualDf <= 0) return "no degrees of freedom are left";
  const largest = outcome.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const left = fit.residuals.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return left <= 1e-14 * largest
    ? "the terms fit the outcome exactly, so there is no test and no interval"
    : null;
}

function noteFit(fit: LeastSquaresFit, terms: readonly string[]): string[] {
  const dropped = fit.dropped.map((column) => terms[column]!);
  return [
    ...(dropped.length === 0 ? [] : [`left out as combinations of earlier terms: ${dropped.join(", ")}`]),
    ...(fit.exactRows === 0
      ? []
      : [`rows fitted exactly, whose part of the variance is taken as 0: ${fit.exactRows}`]),
  ];
}
