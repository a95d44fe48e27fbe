import { columnOf, distinct, formatPValue, noValue, type Table } from "../core/mod.ts";

/** A column of numbers; `NaN` where there is no number, and throughout where there is no such column. */
export function numbersOf(table: Table, name: string): number[] {
  if (!table.columnNames().includes(name)) return Array.from({ length: table.numRows() }, () => NaN);
  return columnOf(table, name).map((value) => (typeof value === "number" ? value : NaN));
}

/** A column of texts; empty where there is none, and throughout where there is no such column. */
export function textsOf(table: Table, name: string): string[] {
  if (!table.columnNames().includes(name)) return Array.from({ length: table.numRows() }, () => "");
  return columnOf(table, name).map((value) => (value === null || value === undefined ? "" : String(value)));
}

/** Several columns of numbers, by name. */
export function readNumbers<Name extends string>(
  table: Table,
  names: readonly Name[],
): Record<Name, number[]> {
  return Object.fromEntries(names.map((name) => [name, numbersOf(table, name)])) as Record<Name, number[]>;
}

/** Several columns of texts, by name. */
export function readTexts<Name extends string>(table: Table, names: readonly Name[]): Record<Name, string[]> {
  return Object.fromEntries(names.map((name) => [name, textsOf(table, name)])) as Record<Name, string[]>;
}

/** What tells stacked tables apart: the named column, else `label`, else `iteration`; empty texts where none is there. */
export function labelsOf(table: Table, label: string | undefined): string[] {
  const name = label ?? ["label", "iteration"].find((column) => table.columnNames().includes(column));
  const values = textsOf(table, name ?? "label");
  return name === "iteration" ? values.map((value) => (value === "" ? "" : `iteration ${value}`)) : values;
}

/** The number of decimals that tells apart what the eye can tell apart on an axis of this length. */
export function decimalsOf(domain: readonly [number, number]): number {
  const length = domain[1] - domain[0];
  if (length >= 1 && length < 10) return 2;
  return Math.max(0, Math.min(8, Math.ceil(-Math.log10(length / 30))));
}

/** A number with a given number of decimals and a true minus sign. */
export function writeNumber(value: number, decimals: number): string {
  if (Number.isNaN(value)) return noValue;
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const text = value.toFixed(decimals);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−");
}

/** A number and its interval: `0.42 [0.11, 0.73]`, or the number alone where it has none. */
export function writeInterval(value: number, low: number, high: number, decimals: number): string {
  const point = writeNumber(value, decimals);
  if (Number.isNaN(low) || Number.isNaN(high)) return point;
  return `${point} [${writeNumber(low, decimals)}, ${writeNumber(high, decimals)}]`;
}

/** A p-value with its letter: `p = .032` or `p < .001`. */
export function writeP(value: number): string {
  const text = formatPValue(value);
  return text.startsWith("<") ? `p < ${text.slice(1)}` : `p = ${text}`;
}

/** The axis that holds all finite values, with room at both ends. */
export function domainOf(values: readonly number[], options: { from?: number } = {}): [number, number] {
  const finite = values.filter(Number.isFinite);
  let low = Math.min(...finite);
  let high = Math.max(...finite);
  if (finite.length === 0 || low === high) {
    const middle = finite[0] ?? 0;
    [low, high] = [middle - 1, middle + 1];
  }
  const room = (high - low) * 0.06;
  return options.from === undefined ? [low - room, high + room] : [options.from, high + room];
}

/** Names that vary from row to row, joined: what tells rows apart. */
export function joinVarying(columns: readonly (readonly string[])[], row: number): string {
  return columns
    .filter((values) => new Set(values).size > 1)
    .map((values) => values[row]!)
    .filter((text) => text !== "")
    .join(", ");
}

/** What the figure rests on, as a sentence for the reader. */
export function basisNote(bases: readonly string[]): string {
  const sentences: { readonly [basis: string]: string } = {
    synthetic: "Synthetic answers only: exploratory, carries no guarantee.",
    calibrated: "Synthetic answers, calibrated with human answers.",
    human: "Human answers.",
  };
  const present = [...new Set(bases)].filter((basis) => basis !== "");
  if (present.length === 0) return "Basis not stated: whether people or a model answered is unknown.";
  if (present.length === 1) return sentences[present[0]!] ?? `Basis: ${present[0]}.`;
  return `Rows differ in what they rest on: ${present.join(", ")}.${
    present.includes("synthetic") ? " Synthetic rows are exploratory and carry no guarantee." : ""
  }`;
}

/** A sentence that names something missing and why, ended by one full stop. */
export function missingNote(start: string, name: string, reason: string): string {
  const text = reason === "" ? `${start}: ${name}` : `${start}: ${name}: ${reason}`;
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** What the intervals are, from their level where all rows share one: `95% interval`. */
export function intervalName(table: Table): string {
  const levels = distinct(numbersOf(table, "conf_level").filter((level) => !Number.isNaN(level)));
  return levels.length === 1 ? `${Number((levels[0]! * 100).toPrecision(4))}% interval` : "interval";
}

/** The first few of a list, and how many follow. */
export function firstFew(parts: readonly string[], most: number): string {
  const rest = parts.length - most;
  return parts.slice(0, most).join("; ") + (rest > 0 ? `; and ${rest} more` : "");
}
