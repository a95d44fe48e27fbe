import { distinct, type Table } from "../core/mod.ts";
import type { AuditRows } from "./audit_folds.ts";
import type { AuditPlotRow } from "./audit_plot_rows.ts";
import { basisNote, intervalName, missingNote, textsOf, writeInterval, writeP } from "./figure_text.ts";
import type { RowPlotTexts, RowText } from "./row_layout.ts";

const caveat =
  "Orange squares: a problem was found, also after adjustment for the number of checks; triangles lie beyond the axis. " +
  "Blue circles do not prove that there is none.";

const caveats: { readonly [kept in AuditRows]: string } = {
  all: " Hollow: not checked.",
  checked: "",
  problems:
    " Points that share a row: checks without a problem, of which the numbers are of the one nearest to the edge.",
};

/** The texts around the rows of an audit. */
export function auditTexts(
  table: Table,
  rows: readonly AuditPlotRow[],
  options: { title?: string; subtitle?: string; unit?: string; rows: AuditRows },
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
    notes: [`${caveat}${caveats[options.rows]}`, ...reasons, ...bases],
  };
}

const nothing = { label: "", detail: "", value: "", note: "" } as const;

/** The texts of the rows shown, with a heading where a new challenge begins, which counts all of its rows. */
export function auditRowTexts(rows: readonly AuditPlotRow[], all: readonly AuditPlotRow[]): RowText[] {
  const grouped = rows.some(({ challenge }) => challenge !== "");
  return rows.map((row, index) => {
    const first = rows[index - 1]?.challenge !== row.challenge;
    return {
      ...(row.folded !== "" ? nothing : row.together.length > 0 ? textsTogether(row) : textsOfRow(row)),
      heading: grouped && first ? headingOf(row.challenge, all) : "",
      indented: grouped,
    };
  });
}

function textsOfRow(row: AuditPlotRow): Pick<RowText, "label" | "detail" | "value" | "note"> {
  // What the label or the heading says already is not said again.
  const told = row.check === row.item || (row.check === row.challenge && row.compared !== "");
  const compared = told ? row.compared : [row.check, row.compared].filter(Boolean).join(": ");
  return {
    label: row.item === "" ? row.check : row.item,
    detail: row.item === "" ? row.compared : compared,
    value: row.checked ? valueOf(row) : "",
    note: row.checked ? noteOf(row) : "",
  };
}

/** Rows without a problem that stand together: the one nearest to what is flagged is told. */
function textsTogether(row: AuditPlotRow): Pick<RowText, "label" | "detail" | "value" | "note"> {
  return {
    label: row.check,
    detail: `${row.together.length} without a problem found`,
    value: valueOf(row),
    note: `${[row.item, row.measure].filter((text) => text !== "").join(", ")}: nearest to the edge`,
  };
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
