import { checkColumns, checkRows, distinct, type Table } from "../core/mod.ts";
import { checkDrawn } from "./check_drawn.ts";
import { labelsOf, readNumbers, readTexts, textsOf } from "./figure_text.ts";

/** One checked control, ready to be drawn. */
export interface DriftRow {
  readonly control: string;
  /** How the distance was measured. */
  readonly measure: string;
  /** The control, and its measure where the table has several. */
  readonly name: string;
  /** The arms that were compared. */
  readonly arms: string;
  /** What tells this row from others of the same control and arms; empty where nothing does. */
  readonly label: string;
  readonly statistic: number;
  readonly low: number;
  readonly high: number;
  readonly nullMean: number;
  readonly nullHigh: number;
  /** What drift was tested to be below, in units of the measure; `NaN` for none. */
  readonly margin: number;
  readonly pAdjusted: number;
  readonly verdict: string;
  readonly reason: string;
  /** Whether the statistic exceeds the null's 95% point. */
  readonly beyond: boolean;
  /** Whether the row is drawn as drift: by its verdict, which is adjusted for the number of controls. */
  readonly drifts: boolean;
}

const needed = ["control", "arm", "reference", "statistic", "null_mean", "null_high", "p_adjusted"];

/** Reads a drift table, checked, as rows to draw: those of one measure stand together, and in it those of a control. */
export function driftRowsOf(action: string, table: Table, label: string | undefined): DriftRow[] {
  checkDrawn(action, table, {
    argument: "drift",
    columns: [...needed, "conf_low", "conf_high", "verdict"],
    from: "it is a table of estimateDrift, as in plotDrift(estimateDrift(answers, { controls }))",
  });
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
    "margin",
  ]);
  const rows = text.control.map((control, row): DriftRow => ({
    control,
    measure: measures[row]!,
    name: distinct(measures).length > 1 ? `${control}, ${measures[row]}` : control,
    arms: text.reference[row] === "" ? text.arm[row]! : `${text.arm[row]} v. ${text.reference[row]}`,
    label: labels[row]!,
    statistic: number.statistic[row]!,
    low: number.conf_low[row]!,
    high: number.conf_high[row]!,
    nullMean: number.null_mean[row]!,
    nullHigh: number.null_high[row]!,
    margin: number.margin[row]!,
    pAdjusted: number.p_adjusted[row]!,
    verdict: text.verdict[row]!,
    reason: text.reason[row]!,
    beyond: number.statistic[row]! > number.null_high[row]!,
    drifts: text.verdict[row] === ""
      ? number.statistic[row]! > number.null_high[row]!
      : text.verdict[row] === "drift",
  }));
  return [...Map.groupBy(rows, ({ measure }) => measure).values()]
    .flatMap((panel) => [...Map.groupBy(panel, groupOf).values()].flat());
}

/** What each row measures; total variation where the table does not say. */
function measuresOf(table: Table): string[] {
  return table.columnNames().includes("measure")
    ? textsOf(table, "measure")
    : Array<string>(table.numRows()).fill("total variation");
}

/** What rows of one group share. */
export function groupOf(row: DriftRow): string {
  return `${row.name}\n${row.arms}`;
}
