import { distinct, type Table } from "../core/mod.ts";
import { type DriftRow, groupOf } from "./drift_rows.ts";
import {
  basisNote,
  intervalName,
  missingNote,
  textsOf,
  writeInterval,
  writeNumber,
  writeP,
} from "./figure_text.ts";
import type { RowPlotTexts, RowText } from "./row_layout.ts";

/** What the marks of a drift plot mean. */
export function driftKey(rows: readonly DriftRow[]): string[] {
  return [
    "grey: what chance alone gives one control (95%)",
    ...(rows.some(hasMargin) ? ["dashed: margin, drift below it would not matter"] : []),
  ];
}

/** Whether a row was tested to lie below a margin. */
function hasMargin({ margin }: DriftRow): boolean {
  return Number.isFinite(margin);
}

const caveat =
  "Orange squares: the arms differ in something that the treatment should not change, also after adjustment for the " +
  "number of controls. Blue circles do not prove that nothing changed.";

const marginCaveat =
  "\u201cDrift below margin\u201d is shown: such a row's drift, whether 0 or not, is smaller than the margin.";

/** The texts around the rows of a drift plot. */
export function driftTexts(
  table: Table,
  rows: readonly DriftRow[],
  options: { title?: string; subtitle?: string; unit?: string },
): RowPlotTexts {
  const missing = rows
    .filter(({ statistic }) => Number.isNaN(statistic))
    .map((row) => missingNote("Not computed", nameOf(row), row.reason));
  const bases = table.columnNames().includes("basis") ? [basisNote(textsOf(table, "basis"))] : [];
  return {
    title: options.title ?? "Did the treatment change who the simulated people are?",
    subtitle: options.subtitle ??
      "Negative controls: questions that the treatment should not be able to change",
    axis: options.unit ?? axisOf(rows.at(-1)!.measure),
    valueHead: [`distance [${intervalName(table)}]`, "adjusted p, verdict"],
    notes: [...missing, rows.some(hasMargin) ? `${caveat} ${marginCaveat}` : caveat, ...bases],
  };
}

/** What an axis shows, by what was measured. */
export function axisOf(measure: string): string {
  switch (measure) {
    case "total variation":
      return "total variation distance between arms (0 same answers, 1 none in common)";
    case "Jensen-Shannon":
      return "Jensen-Shannon divergence of arms in bits (0 same answers, 1 none in common)";
    case "Kolmogorov-Smirnov":
      return "largest difference of the arms' distribution functions (0 to 1)";
    case "Wasserstein":
      return "Wasserstein distance between arms, in points of the scale";
    case "standardised mean difference":
      return "difference of the arms' means, in standard deviations";
    default:
      return `${measure} distance between arms`;
  }
}

/** The texts of every row of a panel, with a heading where a new control begins, or the panel where it is named. */
export function driftRowTexts(
  rows: readonly DriftRow[],
  { decimals, named }: { decimals: number; named: boolean },
): RowText[] {
  const severalArms = distinct(rows.map(({ arms }) => arms)).length > 1;
  const grouped = rows.some(({ label }) => label !== "");
  return rows.map((row, index) => {
    const computed = !Number.isNaN(row.statistic);
    const name = severalArms && grouped ? `${row.name}, ${row.arms}` : grouped ? row.name : row.control;
    const first = index === 0 || groupOf(rows[index - 1]!) !== groupOf(row);
    return {
      label: grouped ? row.label : name,
      detail: severalArms && !grouped ? row.arms : "",
      value: computed ? writeInterval(row.statistic, row.low, row.high, decimals) : "not computed",
      note: computed ? [writeP(row.pAdjusted), row.verdict].filter((text) => text !== "").join(", ") : "",
      heading: grouped && first ? name : named && index === 0 ? capitalised(row.measure) : "",
      indented: grouped || named,
    };
  });
}

/** One row in words. */
export function driftSentence(row: DriftRow, decimals: number): string {
  if (Number.isNaN(row.statistic)) return `${nameOf(row)} not computed`;
  const interval = writeInterval(row.statistic, row.low, row.high, decimals);
  const place = `${row.beyond ? "beyond" : "within"} ${writeNumber(row.nullHigh, decimals)}`;
  return [`${nameOf(row)} ${interval}`, place, writeP(row.pAdjusted), row.verdict]
    .filter((text) => text !== "").join(", ");
}

function nameOf(row: DriftRow): string {
  return row.label === "" ? row.name : `${row.name} (${row.label})`;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
