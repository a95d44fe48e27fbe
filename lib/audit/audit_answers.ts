import { checkColumns, checkRows } from "../core/checks.ts";
import { pickOutcome } from "../core/study.ts";
import { columnOf, distinct, type Table, tableOf } from "../core/table.ts";
import type { AuditOptions } from "./audit_options.ts";

/** The usable answers to one item, column by column; all columns have one entry per answer. */
export interface ItemAnswers {
  readonly item: string;
  /** The answers: numbers (yes is 1, no is 0) or names. */
  readonly value: readonly (number | string)[];
  /** The persona that gave it. */
  readonly persona: readonly string[];
  /** What moves as one: the cluster where there is one, else the persona. */
  readonly unit: readonly string[];
  readonly arm: readonly string[];
  readonly block: readonly string[];
  /** The reply that it stands in: answers of one reply belong together. */
  readonly reply: readonly string[];
  /** The options in the order shown; `null` where the table does not say. */
  readonly order: readonly (readonly string[] | null)[];
  /** The place at which the item was asked; `NaN` where the table does not say. */
  readonly position: readonly number[];
  /** The row of the table. */
  readonly row: readonly number[];
  /** How many answers there are without a usable value. */
  readonly missing: number;
  /** Whether all answers are numbers. */
  readonly numeric: boolean;
  /** Whether some answers hold several options at once. */
  readonly several: boolean;
}

/** The items to look at: those asked for, else all of a long table. */
export function itemsOf(
  action: string,
  table: Table,
  asked: readonly string[] | undefined,
): readonly string[] {
  checkColumns(action, table, [], "answers");
  checkRows(action, table, "answers");
  if (asked !== undefined) return asked;
  if (isLong(table)) return distinct(columnOf<string>(table, "item"));
  throw new RangeError(
    `Cannot ${action} as 'items' must be named for a table without the columns 'item' and 'value': ` +
      `its columns are ${table.columnNames().join(", ")}`,
  );
}

/** Whether a table holds one row per answer. */
export function isLong(table: Table): boolean {
  const names = table.columnNames();
  return names.includes("item") && names.includes("value");
}

/** Reads the usable answers to one item of a long or a wide table. */
export function readItem(
  action: string,
  table: Table,
  item: string,
  options: AuditOptions = {},
): ItemAnswers {
  checkColumns(action, table, [options.arm, options.persona].filter((name) => name !== undefined), "answers");
  const picked = pickOutcome(action, withRows(table), item);
  const raw = columnOf(picked, item).map(numberOrName);
  const status = isLong(table) ? textColumn(picked, "status") : null;
  const usable = raw.map((value, at) =>
    value !== null && (status === null || (status[at] ?? "answered") === "answered")
  );
  const keep = <T>(values: readonly T[]): T[] => values.filter((_, at) => usable[at]);
  const value = keep(raw) as (number | string)[];
  const row = columnOf<number>(picked, "row number");
  const persona = textColumn(picked, options.persona ?? "persona_id") ?? row.map(String);
  const cluster = textColumn(picked, "cluster");
  const arm = textColumn(picked, options.arm ?? "arm");
  const several = keep(columnOf(picked, item)).some((answer) => Array.isArray(answer));
  return {
    item,
    value,
    persona: keep(persona.map((id, at) => id ?? `row ${row[at]}`)),
    unit: keep(persona.map((id, at) => cluster?.[at] ? `cluster ${cluster[at]}` : id ?? `row ${row[at]}`)),
    arm: keep(arm?.map((name) => name ?? "") ?? row.map(() => "all")),
    block: keep(textColumn(picked, "block")?.map((name) => name ?? "") ?? row.map(() => "")),
    reply: keep(replyKeys(picked, row)),
    order: keep(readOrders(picked)),
    position: keep(readPositions(picked)),
    row: keep(row),
    missing: usable.filter((is) => !is).length,
    numeric: value.length > 0 && value.every((answer) => typeof answer === "number"),
    several,
  };
}

/** The answers among those of an item that satisfy a condition. */
export function whereAnswers(answers: ItemAnswers, holds: (at: number) => boolean): ItemAnswers {
  const keep = <T>(values: readonly T[]): T[] => values.filter((_, at) => holds(at));
  const { value, persona, unit, arm, block, reply, order, position, row } = answers;
  return {
    ...answers,
    value: keep(value),
    persona: keep(persona),
    unit: keep(unit),
    arm: keep(arm),
    block: keep(block),
    reply: keep(reply),
    order: keep(order),
    position: keep(position),
    row: keep(row),
  };
}

/** The arms of an item's answers, sorted. */
export function armsOf(answers: Pick<ItemAnswers, "arm">): string[] {
  return distinct(answers.arm).sort();
}

/** How many answers an item lacks, in words; empty where none. */
export function missingNote({ missing }: ItemAnswers): string {
  return missing === 0 ? "" : `${missing} answers are missing`;
}

function withRows(table: Table): Table {
  const columns: { [name: string]: unknown[] } = {};
  for (const name of table.columnNames()) columns[name] = columnOf(table, name);
  columns["row number"] = Array.from({ length: table.numRows() }, (_, row) => row);
  return tableOf(columns);
}

function numberOrName(value: unknown): number | string | null {
  if (value === null || value === undefined || value === "" || Number.isNaN(value)) return null;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "number") return value;
  return Array.isArray(value) ? JSON.stringify([...value].sort()) : String(value);
}

function textColumn(table: Table, name: string): (string | null)[] | null {
  if (!table.columnNames().includes(name)) return null;
  return columnOf(table, name).map((value) => {
    const text = numberOrName(value);
    return text === null ? null : String(text);
  });
}

function replyKeys(table: Table, row: readonly number[]): string[] {
  const trial = textColumn(table, "trial_id");
  if (trial !== null) return trial.map((id, at) => id ?? `row ${row[at]}`);
  if (!isLong(table)) return row.map(String);
  const names = ["persona_id", "arm", "replicate", "wording", "turn"];
  const parts = names.map((name) => textColumn(table, name)).filter((column) => column !== null);
  return row.map((_, at) => JSON.stringify(parts.map((column) => column[at])));
}

function readOrders(table: Table): (readonly string[] | null)[] {
  const texts = textColumn(table, "option_order");
  if (texts === null || !isLong(table)) return Array.from({ length: table.numRows() }, () => null);
  const parsed = new Map<string, readonly string[] | null>();
  return texts.map((text) => {
    if (text === null) return null;
    if (!parsed.has(text)) parsed.set(text, parseOrder(text));
    return parsed.get(text)!;
  });
}

function parseOrder(text: string): readonly string[] | null {
  try {
    const order: unknown = JSON.parse(text);
    return Array.isArray(order) && order.length > 1 ? order.map(String) : null;
  } catch {
    return null;
  }
}

function readPositions(table: Table): number[] {
  if (!isLong(table) || !table.columnNames().includes("item_position")) {
    return Array.from({ length: table.numRows() }, () => NaN);
  }
  return columnOf(table, "item_position").map((place) => typeof place === "number" ? place : NaN);
}
