import { cannot } from "../../core/errors.ts";
import {
  columns as columnRule,
  flag,
  oneOf,
  type ReadOptions,
  required,
  rule,
  type RulesFor,
} from "../../core/options.ts";
import { outcomeName } from "../../core/study.ts";
import type { Table } from "../../core/table.ts";
import { type CovarianceType, covarianceTypes } from "../../stats/fit_parts.ts";
import { leastSquares, type LeastSquaresFit } from "../../stats/least_squares.ts";
import {
  checkNames,
  interceptTerm,
  type ModelColumn,
  type ModelOptions,
  type ModelRows,
  modelRules,
  readModel,
} from "./read_model.ts";

/** Options of `estimateRegressionFit`, and the model of `estimateRegression`. */
export interface RegressionModelOptions extends Omit<ModelOptions, "alpha"> {
  /**
   * The explanatory variables: columns, and products of columns such as `"arm:age"`. A column of texts becomes an
   * indicator of each name but the reference, called `arm = threat`.
   */
  terms: readonly string[];
  /**
   * Columns of numbers to be taken for names.
   *
   * @default {[]}
   */
  factors?: readonly string[];
  /**
   * Whether the model has a constant, called `(intercept)`; fixed effects take its place.
   *
   * @default {true}
   */
  intercept?: boolean;
  /**
   * How the covariance is estimated.
   *
   * @default {"HC2"} or `"CR2"` with clusters
   */
  covarianceType?: CovarianceType;
  /**
   * Columns whose values have an intercept each, which is not reported.
   *
   * @default {[]}
   */
  fixedEffects?: string | readonly string[];
}

const { alpha: _alpha, ...sharedRules } = modelRules;

/** Rules of {@linkcode RegressionModelOptions}. */
export const regressionRules = {
  ...sharedRules,
  terms: required<readonly string[]>(checkNames),
  factors: rule<readonly string[], readonly string[]>(checkNames, []),
  intercept: flag(true),
  covarianceType: oneOf(covarianceTypes, undefined),
  fixedEffects: columnRule,
} as const satisfies RulesFor<RegressionModelOptions>;

/** A regression that was fitted to a table. */
export interface RegressionModel {
  /** The outcome, with the category where one is named. */
  readonly outcome: string;
  /** The names of the coefficients. */
  readonly terms: readonly string[];
  /** The fit. */
  readonly fit: LeastSquaresFit;
  /** What the estimates rest on. */
  readonly basis: NonNullable<ModelOptions["basis"]>;
  /** Why nothing can be tested; `null` where something can. */
  readonly obstacle: string | null;
  /** What the reader must know. */
  readonly notes: readonly string[];
}

/** Reads the columns that the options name and fits the model. */
export function fitRegression(
  verb: string,
  table: Table,
  options: ReadOptions<RegressionModelOptions, typeof regressionRules>,
): RegressionModel {
  const fixedEffects = [options.fixedEffects ?? []].flat();
  const predictors = termColumns(verb, options, fixedEffects);
  const rows = readModel(verb, table, { ...options, predictors, fixedEffects });
  if (rows.outcome.length === 0) {
    throw new RangeError(
      cannot(verb, "table", "have a row with all that the model needs", rows.notes.join("; ")),
    );
  }
  const columns = expandTerms(options.terms, rows.columns);
  if (fixedEffects.length === 0 && options.intercept) {
    columns.unshift({ term: interceptTerm, values: new Float64Array(rows.outcome.length).fill(1) });
  }
  if (columns.length === 0) throw new RangeError(cannot(verb, "terms", "name a column", options.terms));
  const fit = leastSquares(columns.map(({ values }) => values), rows.outcome, {
    ...(rows.weights === null ? {} : { weights: rows.weights }),
    ...(rows.clusters === null ? {} : { clusters: rows.clusters }),
    ...(options.covarianceType === undefined ? {} : { covarianceType: options.covarianceType }),
    fixedEffects: rows.fixedEffects,
  });
  const terms = columns.map(({ term }) => term);
  return {
    outcome: outcomeName(options),
    terms,
    fit,
    basis: options.basis,
    obstacle: obstacleOf(fit, rows),
    notes: [...rows.notes, ...noteFit(fit, terms)],
  };
}

/** The table's columns that the terms name, each once. */
function termColumns(
  verb: string,
  { terms, factors }: { readonly terms: readonly string[]; readonly factors: readonly string[] },
  fixedEffects: readonly string[],
): string[] {
  const names = [...new Set(terms.flatMap((term) => term.split(":")))];
  const refuse = (argument: string, rule: string, value: unknown) => {
    if (value !== undefined) throw new RangeError(cannot(verb, argument, rule, value));
  };
  refuse("terms", "name columns beside every ':'", names.includes("") ? terms : undefined);
  const repeated = terms.find((term) => new Set(term.split(":")).size < term.split(":").length);
  refuse("terms", "multiply different columns", repeated);
  const both = fixedEffects.find((name) => names.includes(name));
  refuse("fixedEffects", "name columns that are not terms", both);
  refuse("factors", "name columns among the terms", factors.find((name) => !names.includes(name)));
  return names;
}

type Column = Pick<ModelColumn, "term" | "values">;

/** The columns of each term, products of every column of one with every column of the other. */
function expandTerms(terms: readonly string[], columns: readonly ModelColumn[]): Column[] {
  return terms.flatMap((term) =>
    term.split(":")
      .map((name): Column[] => columns.filter(({ predictor }) => predictor === name))
      .reduce((left, right) => right.flatMap((second) => left.map((first) => product(first, second))))
  );
}

function product(first: Column, second: Column): Column {
  return {
    term: `${first.term}:${second.term}`,
    values: first.values.map((value, row) => value * second.values[row]!),
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
