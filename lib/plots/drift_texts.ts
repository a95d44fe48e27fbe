import { distinct, type Table } from "../core/mod.ts";
import { type DriftRow, groupOf, measuresOf } from "./drift_rows.ts";
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

const caveat =
  "Orange squares: the arms differ in something that the treatment should not change, also after adjustment for the " +
  "number of controls. Blue circles do not prove that nothing changed.";

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
    axis: options.unit ?? axisOf(distinct(measuresOf(table))),
    valueHead: [`distance [${intervalName(table)}]`, "adjusted p, verdict"],
    notes: [...missing, caveat, ...bases],
  };
}

/** What the axis shows, by what was measured. */
function axisOf([measure, ...others]: readonly string[]): string {
  if (others.length > 0) return "distance between arms, each row in units of its measure";
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

/** The texts of every row, with a heading where a new control begins. */
export function driftRowTexts(rows: readonly DriftRow[], decimals: number): RowText[] {
  const severalArms = distinct(rows.map(({ arms }) => arms)).length > 1;
  const grouped = rows.some(({ label }) => label !== "");
  return rows.map((row, index) => {
    const computed = !Number.isNaN(row.statistic);
    const name = severalArms && grouped ? `${row.control}, ${row.arms}` : row.control;
    const first = index === 0 || groupOf(rows[index - 1]!) !== groupOf(row);
    return {
      label: grouped ? row.label : name,
      detail: severalArms && !grouped ? row.arms : "",
      value: computed ? writeInterval(row.statistic, row.low, row.high, decimals) : "not computed",
      note: computed ? [writeP(row.pAdjusted), row.verdict].filter((text) => text !== "").join(", ") : "",
      heading: grouped && first ? name : "",
      indented: grouped,
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
  return row.label === "" ? row.control : `${row.control} (${row.label})`;
}
