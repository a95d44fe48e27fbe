import { checkColumns, checkRows, distinct, type Table } from "../core/mod.ts";
import { readNumbers, readTexts } from "./figure_text.ts";

/** What a conjoint table holds. */
export type ConjointQuantity = "effect" | "mean" | "effect difference" | "mean difference" | "interaction";

/** One level of one feature, of one subgroup, ready to be drawn. */
export interface ConjointRow {
  readonly feature: string;
  readonly level: string;
  /** What tells rows of the same level apart; empty where nothing does. */
  readonly group: string;
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  /** Whether this is the level that others are compared with. */
  readonly isReference: boolean;
  /** Whether the row belongs to the second of two subgroups. */
  readonly isSecond: boolean;
  readonly reason: string;
  readonly basis: string;
}

/** Reads a conjoint table, checked: rows of a feature stand together, those of a level next to each other. */
export function conjointRowsOf(action: string, table: Table): ConjointRow[] {
  checkColumns(action, table, ["feature", "level", "estimate", "conf_low", "conf_high"], "estimates");
  checkRows(action, table, "estimates");
  const text = readTexts(table, ["feature", "level", "group", "reference", "with_level", "basis", "reason"]);
  const number = readNumbers(table, ["estimate", "std_error", "conf_low", "conf_high"]);
  const groups = text.group.map((group, row) => group || withLevel(text.with_level[row]!));
  const known = distinct(groups);
  const rows = text.feature.map((feature, row): ConjointRow => ({
    feature,
    level: text.level[row]!,
    group: known.length > 1 || text.with_level[row] !== "" ? groups[row]! : "",
    estimate: number.estimate[row]!,
    low: number.conf_low[row]!,
    high: number.conf_high[row]!,
    isReference: text.level[row] === text.reference[row] && number.estimate[row] === 0 &&
      Number.isNaN(number.std_error[row]),
    isSecond: known.length === 2 && groups[row] === known[1],
    reason: text.reason[row]!,
    basis: text.basis[row]!,
  }));
  // A reference level is 0 in every subgroup: once is enough.
  const once = rows.filter((row, place) =>
    !row.isReference ||
    rows.findIndex((other) => other.feature === row.feature && other.level === row.level) === place
  ).map((row) => row.isReference ? { ...row, group: "", isSecond: false } : row);
  return [...Map.groupBy(once, ({ feature }) => feature).values()].flatMap((own) =>
    [...Map.groupBy(own, ({ level }) => level).values()].flat()
  );
}

function withLevel(level: string): string {
  return level === "" ? "" : `with ${level}`;
}

/** What the table's `estimator` says it holds; effects where it says nothing. */
export function quantityOf(table: Table): ConjointQuantity {
  const { estimator } = readTexts(table, ["estimator"]);
  switch (distinct(estimator)[0]) {
    case "marginal_mean":
      return "mean";
    case "marginal_mean_difference":
      return "mean difference";
    case "amce_difference":
      return "effect difference";
    case "acie":
      return "interaction";
    default:
      return "effect";
  }
}

/** Where the line of no effect stands; `NaN` where means are compared with nothing. */
export function nullOf(table: Table, quantity: ConjointQuantity): number {
  if (quantity !== "mean") return 0;
  const values = distinct(readNumbers(table, ["null_value"]).null_value);
  return values.length === 1 && values[0] !== 0 ? values[0]! : NaN;
}
