import { cannot } from "../../core/errors.ts";
import { required, rule, type RulesFor } from "../../core/options.ts";
import { checkNames, type ModelColumn } from "./read_model.ts";

/** What explains the outcome of a linear model. */
export interface TermOptions {
  /**
   * The explanatory variables: columns, and products of columns such as `"arm:age"`. A column of texts becomes an
   * indicator of each name but the reference, called `arm = threat`.
   */
  terms: readonly string[];
  /**
   * Columns of numbers to be taken for names.
   * @default {[]}
   */
  factors?: readonly string[];
}

export const termRules = {
  terms: required<readonly string[]>(checkNames),
  factors: rule<readonly string[], readonly string[]>(checkNames, []),
} as const satisfies RulesFor<TermOptions>;

/** The table's columns that the terms name, each once. */
export function termColumns(
  action: string,
  { terms, factors }: { readonly terms: readonly string[]; readonly factors: readonly string[] },
  fixedEffects: readonly string[] = [],
): string[] {
  const names = [...new Set(terms.flatMap((term) => term.split(":")))];
  const refuse = (argument: string, rule: string, value: unknown) => {
    if (value !== undefined) throw new RangeError(cannot(action, argument, rule, value));
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
export function expandTerms(terms: readonly string[], columns: readonly ModelColumn[]): Column[] {
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

/** Which terms a fit left out. */
export function noteDropped(dropped: readonly string[]): string[] {
  return dropped.length === 0 ? [] : [`left out as combinations of earlier terms: ${dropped.join(", ")}`];
}
