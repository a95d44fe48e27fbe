import { canonicalJson } from "../../core/hash.ts";
import { checkColumns, checkRows } from "../../core/checks.ts";
import { pickOutcome } from "../../core/study.ts";
import { columnOf, distinct, type Table } from "../../core/table.ts";
import { missingControl } from "./missing_control.ts";
import type { DriftSettings } from "./drift_options.ts";

/** Who gave the answers of each row of a table, in which arm. */
export interface DriftRows {
  /** What moves as one: the cluster where there is one, else the persona. */
  readonly unit: readonly string[];
  /** The arm. */
  readonly arm: readonly string[];
  /** The block; the same text for all where nothing was blocked. */
  readonly block: readonly string[];
  /** What a unit is called in sentences. */
  readonly unitName: "personas" | "clusters" | "rows";
}

/** One control: the rows that were asked for it, and the category of each answer. */
export interface ControlAnswers {
  /** The control's name. */
  readonly control: string;
  /** Row numbers of the table; a row may stand here more than once. */
  readonly rows: readonly number[];
  /** The category of each of these rows; `null` where there is no answer. */
  readonly categories: readonly (string | null)[];
}

/** Whether a table holds one row per answer. */
function isLong(table: Table): boolean {
  const names = table.columnNames();
  return names.includes("item") && names.includes("value");
}

/** Reads who answered in which arm. */
export function readRows(action: string, table: Table, settings: DriftSettings): DriftRows {
  checkColumns(action, table, [], "answers");
  const blocks = [settings.blocks ?? presentColumn(table, "block") ?? []].flat();
  const clusters = settings.clusters ?? presentColumn(table, "cluster");
  const persona = settings.persona ?? (isLong(table) ? "persona_id" : presentColumn(table, "persona_id"));
  const needed = [settings.arm, ...blocks, clusters, persona].filter((name) => name !== undefined);
  checkColumns(action, table, needed, "answers");
  checkRows(action, table, "answers");
  const arm = columnOf(table, settings.arm).map((value, row) =>
    requireText(action, settings.arm, value, row)
  );
  const blockColumns = blocks.map((name) => columnOf(table, name));
  const personas = persona === undefined
    ? arm.map((_, row) => String(row))
    : columnOf(table, persona).map((value, row) => requireText(action, persona, value, row));
  const cluster = clusters === undefined ? [] : columnOf(table, clusters).map(categoryOf);
  const clustered = cluster.some((value) => value !== null);
  return {
    arm,
    unit: clustered
      ? personas.map((id, row) => cluster[row] === null ? `persona ${id}` : `cluster ${cluster[row]}`)
      : personas,
    block: arm.map((_, row) => canonicalJson(blockColumns.map((column) => categoryOf(column[row])))),
    unitName: clustered ? "clusters" : persona === undefined ? "rows" : "personas",
  };
}

/**
 * Reads the category of each answer to each control, and a control of missing answers where some are: of all items of
 * a long table, of the controls in `asked` of a wide one.
 */
export function readControls(
  action: string,
  table: Table,
  controls: readonly string[],
  asked: readonly string[],
): ControlAnswers[] {
  const long = isLong(table);
  if (!long) checkColumns(action, table, distinct([...controls, ...asked]), "answers");
  const read = (control: string) => long ? readItem(action, table, control) : readColumn(table, control);
  const answers = controls.map(read);
  if (asked.length === 0) return answers;
  const nonAnswers = long ? longStatus(table) : wideStatus(asked.map(read));
  const varies = nonAnswers.categories.some((category) => category !== "answered");
  return varies ? [...answers, nonAnswers] : answers;
}

function readColumn(table: Table, control: string): ControlAnswers {
  const values = columnOf(table, control);
  return { control, rows: values.map((_, row) => row), categories: values.map(categoryOf) };
}

/** Reads an item of a long table, which may have the name of one of its columns. */
function readItem(action: string, table: Table, control: string): ControlAnswers {
  const items = columnOf(table, "item");
  const rows = items.flatMap((item, row) => item === control ? [row] : []);
  // Says which items there are.
  if (rows.length === 0) pickOutcome(action, table, control);
  const all = columnOf(table, "value");
  const given = table.columnNames().includes("status") ? columnOf(table, "status") : [];
  const values = rows.map((row) => categoryOf(all[row]));
  return {
    control,
    rows,
    categories: values.map((value, index) =>
      statusOf(given[rows[index]!], value) === "answered" ? value : null
    ),
  };
}

/** The status of an answer; where the table does not say, an answer without a value is missing. */
function statusOf(given: unknown, value: string | null): string {
  return categoryOf(given) ?? (value === null ? "missing" : "answered");
}

function longStatus(table: Table): ControlAnswers {
  const given = table.columnNames().includes("status") ? columnOf(table, "status") : [];
  const values = columnOf(table, "value");
  return {
    control: missingControl,
    rows: values.map((_, row) => row),
    categories: values.map((value, row) => statusOf(given[row], categoryOf(value))),
  };
}

function wideStatus(answers: readonly ControlAnswers[]): ControlAnswers {
  return {
    control: missingControl,
    rows: answers.flatMap((control) => control.rows),
    categories: answers.flatMap(({ categories }) =>
      categories.map((category) => category === null ? "missing" : "answered")
    ),
  };
}

/** The category that a value stands for; numbers are categories too. */
function categoryOf(value: unknown): string | null {
  if (value === null || value === undefined || value === "" || Number.isNaN(value)) return null;
  // Tables read from files hold dates, which JSON writes as nothing at all.
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  return typeof value === "object" ? canonicalJson(value) : String(value);
}

function presentColumn(table: Table, name: string): string | undefined {
  return table.columnNames().includes(name) ? name : undefined;
}

function requireText(action: string, column: string, value: unknown, row: number): string {
  const text = categoryOf(value);
  if (text === null) {
    throw new RangeError(
      `Cannot ${action} as column '${column}' must not be empty: row ${row + 1} has no value`,
    );
  }
  return text;
}
