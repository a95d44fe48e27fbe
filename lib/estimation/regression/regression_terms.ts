import { cannot } from "../../core/errors.ts";
import { checkNames, type ModelColumn } from "../model_rows.ts";

/** One column of a regression, and the names by which a hypothesis may call it. */
export interface RegressionColumn {
  /** What it is called in the results. */
  readonly term: string;
  /** One number per row. */
  readonly values: Float64Array;
}

/** The name of the constant. */
export const interceptTerm = "(intercept)";

/** The table's columns that the terms name, each once. */
export function termColumns(action: string, terms: readonly string[]): string[] {
  checkNames(action, "terms", terms);
  const names = terms.flatMap((term) => term.split(":"));
  if (names.includes("")) {
    throw new RangeError(cannot(action, "terms", "name columns beside every ':'", terms));
  }
  const repeated = terms.find((term) => new Set(term.split(":")).size < term.split(":").length);
  if (repeated !== undefined) {
    throw new RangeError(cannot(action, "terms", "multiply different columns", repeated));
  }
  return [...new Set(names)];
}

/** The columns of each term, products of every column of one with every column of the other. */
export function expandTerms(terms: readonly string[], columns: readonly ModelColumn[]): RegressionColumn[] {
  return terms.flatMap((term) =>
    term.split(":")
      .map((name): RegressionColumn[] => columns.filter(({ predictor }) => predictor === name))
      .reduce((left, right) => right.flatMap((second) => left.map((first) => product(first, second))))
  );
}

function product(first: RegressionColumn, second: RegressionColumn): RegressionColumn {
  return {
    term: `${first.term}:${second.term}`,
    values: first.values.map((value, row) => value * second.values[row]!),
  };
}
