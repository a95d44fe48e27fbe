import { distinct, type Table } from "../core/mod.ts";
import type { AuditPlotRow } from "./audit_plot_rows.ts";
import { basisNote, intervalName, missingNote, textsOf, writeInterval, writeP } from "./figure_text.ts";
import type { RowPlotTexts, RowText } from "./row_layout.ts";

const caveat =
  "Orange squares: a problem was found, also after adjustment for the number of checks; triangles lie beyond the axis. " +
  "Blue circles do not prove that there is none. Hollow: not checked.";

/** The texts around the rows of an audit. */
export function auditTexts(
  table: Table,
  rows: readonly AuditPlotRow[],
  options: { title?: string; subtitle?: string; unit?: string },
): RowPlotTexts {
  const open = rows.filter(({ checked }) => !checked);
  const reasons = distinct(open.map(({ reason }) => reason)).map((reason) => {
    const names = distinct(open.filter((row) => row.reason === reason).map(({ check }) => check));
    return missingNote("Not checked", names.join(", "), reason);
  });
  const bases = table.columnNames().includes("basis") ? [basisNote(textsOf(table, "basis"))] : [];
  return {
    title: options.title ?? "Does the model answer as people do?",
    subtitle: options.subtitle ??
      "Beside each challenge: problems found of checks made",
    axis: options.unit ?? "0: a respondent without the fault, ±1: the edge of what is flagged",
    valueHead: [`value [${intervalName(table)}]`, "what it is, adjusted p"],
    notes: [caveat, ...reasons, ...bases],
  };
}

/** The texts of every row, with a heading where a new challenge begins. */
export function auditRowTexts(rows: readonly AuditPlotRow[]): RowText[] {
  const grouped = rows.some(({ challenge }) => challenge !== "");
  return rows.map((row, index) => {
    const first = rows[index - 1]?.challenge !== row.challenge;
    const compared = row.check === row.item
      ? row.compared
      : [row.check, row.compared].filter(Boolean).join(": ");
    return {
      label: row.item === "" ? row.check : row.item,
      detail: row.item === "" ? row.compared : compared,
      value: row.checked ? valueOf(row) : "",
      note: row.checked ? noteOf(row) : "",
      heading: grouped && first ? headingOf(row.challenge, rows) : "",
      indented: grouped,
    };
  });
}

/** One row in words. */
export function auditSentence(row: AuditPlotRow): string {
  const name = [row.challenge, row.check, row.item].filter((text) => text !== "").join(", ");
  if (!row.checked) return `${name} not checked`;
  return [`${name} ${valueOf(row)}`, row.verdict].join(", ");
}

function valueOf({ statistic, low, high }: AuditPlotRow): string {
  return writeInterval(statistic, low, high, Math.abs(statistic) >= 100 ? 0 : 2);
}

function noteOf({ measure, pAdjusted }: AuditPlotRow): string {
  return [measure, Number.isNaN(pAdjusted) ? "" : writeP(pAdjusted)].filter((text) => text !== "").join("; ");
}

/** A challenge with the problems found and the checks made: `Diversity: 2 of 5`. */
function headingOf(challenge: string, rows: readonly AuditPlotRow[]): string {
  const own = rows.filter((row) => row.challenge === challenge && row.checked);
  const problems = own.filter(({ problem }) => problem).length;
  const name = challenge.charAt(0).toUpperCase() + challenge.slice(1);
  return own.length === 0 ? name : `${name}: ${problems} of ${own.length}`;
}
