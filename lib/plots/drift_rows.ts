import { checkColumns, checkRows, distinct, type Table } from "../core/mod.ts";
import { labelsOf, readNumbers, readTexts, textsOf } from "./figure_text.ts";

/** One checked control, ready to be drawn. */
export interface DriftRow {
  readonly control: string;
  /** The arms that were compared. */
  readonly arms: string;
  /** What tells this row from others of the same control and arms; empty where nothing does. */
  readonly label: string;
  readonly statistic: number;
  readonly low: number;
  readonly high: number;
  readonly nullMean: number;
  readonly nullHigh: number;
  readonly pAdjusted: number;
  readonly verdict: string;
  readonly reason: string;
  /** Whether the statistic exceeds the null's 95% point. */
  readonly beyond: boolean;
  /** Whether the row is drawn as drift: by its verdict, which is adjusted for the number of controls. */
  readonly drifts: boolean;
}

const needed = ["control", "arm", "reference", "statistic", "null_mean", "null_high", "p_adjusted"];

/** Reads a drift table, checked, as rows to draw: those of the same control and arms stand together. */
export function driftRowsOf(action: string, table: Table, label: string | undefined): DriftRow[] {
  checkColumns(action, table, [...needed, "conf_low", "conf_high", "verdict"], "drift");
  checkRows(action, table, "drift");
  if (label !== undefined) checkColumns(action, table, [label], "drift");
  const labels = labelsOf(table, label);
  const text = readTexts(table, ["control", "arm", "reference", "verdict", "reason"]);
  const measures = measuresOf(table);
  const number = readNumbers(table, [
    "statistic",
    "null_mean",
    "null_high",
    "p_adjusted",
    "conf_low",
    "conf_high",
  ]);
  const rows = text.control.map((control, row): DriftRow => ({
    control: distinct(measures).length > 1 ? `${control}, ${measures[row]}` : control,
    arms: text.reference[row] === "" ? text.arm[row]! : `${text.arm[row]} v. ${text.reference[row]}`,
    label: labels[row]!,
    statistic: number.statistic[row]!,
    low: number.conf_low[row]!,
    high: number.conf_high[row]!,
    nullMean: number.null_mean[row]!,
    nullHigh: number.null_high[row]!,
    pAdjusted: number.p_adjusted[row]!,
    verdict: text.verdict[row]!,
    reason: text.reason[row]!,
    beyond: number.statistic[row]! > number.null_high[row]!,
    drifts: text.verdict[row] === ""
      ? number.statistic[row]! > number.null_high[row]!
      : text.verdict[row] === "drift",
  }));
  return [...Map.groupBy(rows, groupOf).values()].flat();
}

/** What each row measures; total variation where the table does not say. */
export function measuresOf(table: Table): string[] {
  return table.columnNames().includes("measure")
    ? textsOf(table, "measure")
    : Array<string>(table.numRows()).fill("total variation");
}

/** What rows of one group share. */
export function groupOf(row: DriftRow): string {
  return `${row.control}\n${row.arms}`;
}
