import { encodeLabels, type Labelled, sortLabels, type Table, valuesOf } from "./table.ts";
import { checkColumns } from "./checks.ts";
import { readNumbers, type Study } from "./study.ts";

/** One explanatory column: numbers, or an indicator of one name. */
export interface Covariate {
  /** What it is called: the column, or `column = name`. */
  readonly name: string;
  /** The column that it comes from. */
  readonly column: string;
  /** One number per row; `NaN` where there is none. */
  readonly values: Float64Array;
}

/**
 * Reads explanatory columns: numbers, true and false are numbers; a column with any text is one of names, and becomes
 * an indicator of each name but the first.
 */
export function covariateColumns(action: string, table: Table, names: readonly string[]): Covariate[] {
  checkColumns(action, table, names);
  return names.flatMap((column) => {
    const values = valuesOf(table, column);
    const numbers = readNumbers(action, column, values);
    return numbers === null
      ? indicatorsOf(column, sortLabels(encodeLabels(action, column, values)))
      : [{ name: column, column, values: numbers }];
  });
}

/** An indicator of each name but the first. */
export function indicatorsOf(column: string, { codes, labels }: Labelled): Covariate[] {
  return labels.slice(1).map((label, at) => ({
    name: `${column} = ${label}`,
    column,
    values: Float64Array.from(codes, (code) => code < 0 ? NaN : code === at + 1 ? 1 : 0),
  }));
}

/** Rows that lack a covariate do not count. */
export function leaveOutLacking(study: Study, covariates: readonly Covariate[]): Study {
  const leftOut = study.leftOut.slice();
  for (const { column, values } of covariates) {
    for (let row = 0; row < values.length; row++) {
      if (Number.isNaN(values[row])) leftOut[row] ??= `without '${column}'`;
    }
  }
  return { ...study, leftOut };
}
