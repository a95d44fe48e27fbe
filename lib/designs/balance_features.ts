import { checkColumns, columnOf, distinct, type Table } from "../core/mod.ts";
import { moments } from "../stats/mod.ts";

/** One thing that is compared: a numeric covariate, or the share of one level of another. */
export interface Feature {
  /** The covariate. */
  readonly covariate: string;
  /** The level; empty for a numeric covariate. */
  readonly level: string;
  /** One number per row, less `centre`; `NaN` where there is no value. */
  readonly values: Float64Array;
  /** What was taken off the values, so that sums of squares keep their digits. */
  readonly centre: number;
  /** Whether the values are 0 and 1 only. */
  readonly binary: boolean;
  /** Rows without a value. */
  readonly missing: number;
}

function isMissing(value: unknown): boolean {
  return value === null || value === undefined || value === "" || Number.isNaN(value);
}

/** Reads covariates: numbers as they are, anything else as one indicator per level, levels in order of their text. */
export function readFeatures(action: string, table: Table, covariates: readonly string[]): Feature[] {
  checkColumns(action, table, covariates, "assigned");
  return covariates.flatMap((covariate) => {
    const values = columnOf(table, covariate);
    const present = values.filter((value) => !isMissing(value));
    const missing = values.length - present.length;
    if (present.every((value) => typeof value === "number")) {
      return [numericFeature(covariate, values, present, missing)];
    }
    const levels = distinct(present.map(String)).sort();
    return levels.map((level) => ({
      covariate,
      level,
      values: Float64Array.from(values, (value) => isMissing(value) ? NaN : String(value) === level ? 1 : 0),
      centre: 0,
      binary: true,
      missing,
    }));
  });
}

function numericFeature(
  covariate: string,
  values: readonly unknown[],
  present: readonly number[],
  missing: number,
): Feature {
  const binary = present.length > 0 && present.every((value) => value === 0 || value === 1);
  const centre = binary || present.length === 0 ? 0 : moments(present).mean;
  return {
    covariate,
    level: "",
    values: Float64Array.from(values, (value) => isMissing(value) ? NaN : value as number - centre),
    centre,
    binary,
    missing,
  };
}
