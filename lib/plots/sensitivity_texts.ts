import { distinct, type Table } from "../core/mod.ts";
import { basisNote, intervalName, missingNote, textsOf, writeInterval, writeNumber } from "./figure_text.ts";
import type { RowPlotTexts, RowText } from "./row_layout.ts";
import type { SensitivityRow, SensitivityRows } from "./sensitivity_rows.ts";

/** The texts around the rows of a sensitivity plot. */
export function sensitivityTexts(
  table: Table,
  read: SensitivityRows,
  options: { title?: string; subtitle?: string; unit?: string },
): RowPlotTexts {
  const one = (name: string, otherwise: string) => {
    const names = distinct(textsOf(table, name)).filter((text) => text !== "");
    return names.length === 1 ? names[0]! : otherwise;
  };
  const outcome = one("outcome", "the outcome");
  const bounds = read.kind === "control bounds";
  const assumed = bounds
    ? "drift biased it by up to κ times what it moved a negative control"
    : "an attribute that nobody asked for were as strong as one that was";
  return {
    title: options.title ?? "How much drift would it take to change the conclusion?",
    subtitle: options.subtitle ?? `The effect on ${outcome}, if ${assumed}`,
    axis: options.unit ?? `difference from ${one("reference", "the reference arm")}, in units of ${outcome}`,
    valueHead: bounds ? ["bounds", intervalName(table)] : [`estimate [${intervalName(table)}]`],
    notes: notesOf(read),
  };
}

function notesOf({ kind, rows, findings }: SensitivityRows): string[] {
  const missing = rows.filter(({ estimate, breaks, holdsZero }) =>
    Number.isNaN(estimate) || (holdsZero === null && !breaks)
  );
  const assumed = kind === "control bounds" ? "κ" : "the strength";
  return [
    ...missing.slice(0, 3).map((row) =>
      missingNote(Number.isNaN(row.estimate) ? "Not computed" : "No interval", nameOf(row), row.reason)
    ),
    ...findings.filter((text) => text !== ""),
    ...(rows.some(({ breaks }) => breaks) ? ["Diamonds: the κ at which the interval reaches 0."] : []),
    ...(rows.some(({ holdsZero, breaks }) => holdsZero && !breaks)
      ? ["Orange squares: the interval holds 0."]
      : []),
    `Sensitivity, not a correction: ${assumed} is assumed; no data show it.`,
    basisNote(rows.map(({ basis }) => basis)),
  ];
}

function nameOf({ group, label }: SensitivityRow): string {
  return group === "" ? label : `${group}, ${label}`;
}

/** The texts of every row, with a heading where a new group begins. */
export function sensitivityRowTexts(rows: readonly SensitivityRow[], decimals: number): RowText[] {
  return rows.map((row, index) => ({
    label: row.label,
    detail: "",
    ...valuesOf(row, decimals),
    heading: index === 0 || rows[index - 1]!.group !== row.group ? row.group : "",
    indented: row.group !== "",
  }));
}

function valuesOf(row: SensitivityRow, decimals: number): { value: string; note: string } {
  const write = (low: number, high: number) =>
    `${writeNumber(low, decimals)} to ${writeNumber(high, decimals)}`;
  if (Number.isNaN(row.boundLow)) {
    if (Number.isNaN(row.estimate)) return { value: "not computed", note: "" };
    return {
      value: writeInterval(row.estimate, row.low, row.high, decimals),
      note: row.holdsZero === null ? "no interval" : row.holdsZero ? "holds 0" : "",
    };
  }
  const value = row.boundLow === row.boundHigh
    ? writeNumber(row.estimate, decimals)
    : write(row.boundLow, row.boundHigh);
  return { value, note: row.breaks ? "reaches 0" : write(row.low, row.high) };
}

/** One row in words. */
export function sensitivitySentence(row: SensitivityRow, decimals: number): string {
  const { value, note } = valuesOf(row, decimals);
  const bounds = !Number.isNaN(row.boundLow);
  const holds = bounds && row.holdsZero === true && !row.breaks ? ", holds 0" : "";
  return `${nameOf(row)} ${value}${
    note === "" ? "" : bounds && !row.breaks ? ` [${note}]` : `, ${note}`
  }${holds}`;
}
