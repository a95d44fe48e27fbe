import { checkColumns } from "../core/checks.ts";
import { type Distribution, distributionColumn, isDistribution } from "../core/distribution.ts";
import { sessionAnswers } from "../core/session_rows.ts";
import { isLong, noteRowsLeftOut, readStudy, type StudyRequest, usedRows } from "../core/study.ts";
import { columnOf, distinct, isMissing, type Labelled, type Table } from "../core/table.ts";

export interface GivenAnswer {
  /** A number (yes is 1, no is 0) or a name. */
  readonly value: number | string;
  readonly persona: string;
  /** What moves as one: the cluster where there is one, else the persona. */
  readonly unit: string;
  /** The arm; empty where the table has none. */
  readonly arm: string;
  /** The block within which arms were assigned; empty where there is none. */
  readonly block: string;
  /** The reply that it stands in: answers of one reply belong together. */
  readonly reply: string;
  /** The options in the order shown; `null` where the table does not say. */
  readonly order: readonly string[] | null;
  /** The place at which the item was asked; `NaN` where the table does not say. */
  readonly position: number;
  /** The group, where groups are compared; empty where there is none. */
  readonly group: string;
  /** How likely each answer is, where it is probabilities; else `null`. */
  readonly distribution: Distribution | null;
  readonly weight: number;
}

export interface ItemAnswers {
  readonly item: string;
  readonly list: readonly GivenAnswer[];
  /** Whether some answers hold several options at once. */
  readonly several: boolean;
  /** How many answers were left out, and why. */
  readonly notes: readonly string[];
}

/** The columns that say who answered, and the group that each belongs to where groups are compared. */
export interface AnswerColumns
  extends Pick<StudyRequest, "argument" | "arm" | "persona" | "blocks" | "clusters" | "weights"> {
  readonly groups?: string | readonly string[];
}

/** The items to look at: those asked for, else all of a long table. */
export function itemsOf(
  action: string,
  table: Table,
  asked: string | readonly string[] | undefined,
): readonly string[] {
  checkColumns(action, table, [], "answers");
  if (asked !== undefined) return distinct([asked].flat());
  if (isLong(table)) return distinct(columnOf<string>(sessionAnswers(table), "item"));
  throw new RangeError(
    `Cannot ${action} as 'items' must be named for a table without the columns 'item' and 'value': ` +
      `its columns are ${table.columnNames().join(", ")}`,
  );
}

/** Reads the usable answers to one item of a long or a wide table. */
export function readItem(
  action: string,
  table: Table,
  item: string,
  { argument, arm, persona, blocks, clusters, weights, groups = [] }: AnswerColumns = {},
): ItemAnswers {
  checkColumns(action, table, [groups].flat(), argument);
  const study = readStudy(action, table, {
    ...{ argument, outcome: item },
    arm: arm ?? (table.columnNames().includes("arm") ? "arm" : null),
    persona,
    blocks,
    clusters,
    weights,
    readValues: (values) => Float64Array.from(values, (value) => readAnswer(value) === null ? NaN : 1),
  });
  const values = columnOf(study.table, item);
  const replies = replyKeys(study.table);
  const orders = readOrders(study.table);
  const places = longColumn(study.table, "item_position");
  const group = [groups].flat().map((name) => columnOf(study.table, name));
  const probable = distributionColumn(study.table, item);
  const distributions = probable === undefined ? [] : columnOf(study.table, probable);
  const rows = Array.from(usedRows(study));
  const list = rows.map((row): GivenAnswer => {
    const who = labelAt(study.persona, row) ?? `row ${row}`;
    const cluster = labelAt(study.cluster, row);
    return {
      value: readAnswer(values[row])!,
      persona: who,
      unit: cluster === undefined ? who : `cluster ${cluster}`,
      arm: labelAt(study.arm, row) ?? "",
      block: labelAt(study.block, row) ?? "",
      reply: replies[row]!,
      order: orders[row] ?? null,
      position: typeof places[row] === "number" ? places[row] : NaN,
      group: group.map((own) => String(own[row] ?? "")).join(", "),
      distribution: isDistribution(distributions[row]) ? distributions[row] : null,
      weight: study.weight?.[row] ?? 1,
    };
  });
  const several = rows.some((row) => holdsSeveral(values[row]));
  return { item, list, several, notes: noteRowsLeftOut(study) };
}

export function inArm(answers: ItemAnswers, arm: string): ItemAnswers {
  return { ...answers, list: answers.list.filter((answer) => answer.arm === arm) };
}

export function armsOf(list: readonly Pick<GivenAnswer, "arm">[]): string[] {
  return distinct(list.map(({ arm }) => arm)).sort();
}

export function unitsOf(list: readonly GivenAnswer[]): string[] {
  return list.map(({ unit }) => unit);
}

export function countUnits(list: readonly GivenAnswer[]): number {
  return new Set(unitsOf(list)).size;
}

/** The answers as numbers; `null` where they are not all numbers, or there are none. */
export function numbersOf(list: readonly GivenAnswer[]): number[] | null {
  const values = list.map(({ value }) => value);
  return values.length > 0 && values.every((value) => typeof value === "number") ? values : null;
}

/** Why answers cannot be taken as numbers; empty where they can. */
export function whyNoNumbers(...lists: readonly (readonly GivenAnswer[])[]): string[] {
  if (lists.some((list) => list.length === 0)) return ["no answer has a value"];
  return lists.every((list) => numbersOf(list) !== null) ? [] : ["answers are not all numbers"];
}

function readAnswer(value: unknown): number | string | null {
  if (isMissing(value)) return null;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "number") return value;
  if (Array.isArray(value)) return JSON.stringify([...value].sort());
  return holdsSeveral(value) ? JSON.stringify(Object.entries(value as object).sort()) : String(value);
}

/** Whether an answer holds several options at once: a list of those chosen, or an amount for each. */
function holdsSeveral(value: unknown): boolean {
  return typeof value === "object" && value !== null && !(value instanceof Date);
}

function labelAt(column: Labelled | null, row: number): string | undefined {
  return column?.labels[column.codes[row]!];
}

/** A column of a long table; nothing where the table is not long or lacks it. */
function longColumn(table: Table, name: string): readonly unknown[] {
  return isLong(table) && table.columnNames().includes(name) ? columnOf(table, name) : [];
}

function replyKeys(table: Table): string[] {
  const names = table.columnNames();
  const trial = names.includes("trial_id") ? ["trial_id", ...names.filter((name) => name === "member")] : [];
  const parts = isLong(table)
    ? ["persona_id", "arm", "replicate", "wording", "turn"].filter((name) => names.includes(name))
    : [];
  const columns = (trial.length > 0 ? trial : parts).map((name) => columnOf(table, name));
  return Array.from(
    { length: table.numRows() },
    (_, row) => columns.length === 0 ? String(row) : JSON.stringify(columns.map((column) => column[row])),
  );
}

/** The options in the order shown, row by row; equal texts give one list. */
function readOrders(table: Table): (readonly string[] | null)[] {
  const parsed = new Map<unknown, readonly string[] | null>();
  return longColumn(table, "option_order").map((order) => {
    if (!parsed.has(order)) parsed.set(order, parseOrder(order));
    return parsed.get(order)!;
  });
}

function parseOrder(order: unknown): readonly string[] | null {
  try {
    const options: unknown = typeof order === "string" ? JSON.parse(order) : order;
    return Array.isArray(options) && options.length > 1 ? options.map(String) : null;
  } catch {
    return null;
  }
}

/** The option that an answer stands for: its own text, or yes and no for 1 and 0. */
export function optionOf({ value, order }: Pick<GivenAnswer, "value" | "order">): string {
  const text = String(value);
  if (order === null || order.includes(text)) return text;
  if (value === 1 && order.includes("yes")) return "yes";
  if (value === 0 && order.includes("no")) return "no";
  return text;
}

interface SlotAnswers {
  /** All options, those chosen and those shown, in the order of the first list shown. */
  readonly options: readonly string[];
  /** The option chosen, as its place in `options`. */
  readonly chosen: Int32Array;
  /** The slot in which it stood, from 0; -1 where the table does not say. */
  readonly slot: Int32Array;
  /** Whether options were shown in more than one order. */
  readonly varies: boolean;
}

export function readSlots(list: readonly GivenAnswer[]): SlotAnswers {
  const orders = distinct(list.map(({ order }) => order));
  const shown = orders.flatMap((order) => order ?? []);
  const options = distinct([...shown, ...list.map(optionOf)]).sort();
  const places = new Map(options.map((option, place) => [option, place]));
  return {
    options,
    chosen: Int32Array.from(list, (answer) => places.get(optionOf(answer))!),
    slot: Int32Array.from(list, (answer) => answer.order?.indexOf(optionOf(answer)) ?? -1),
    varies: new Set(orders.map((order) => JSON.stringify(order))).size > 1,
  };
}

/** The ends of an item's scale as shown: of its numbers, or 0 and 1 for yes and no; `null` where it has none. */
export function scaleOf(list: readonly GivenAnswer[]): readonly [number, number] | null {
  const order = list.find((answer) => answer.order !== null)?.order ?? null;
  if (order === null) return null;
  if (order.length === 2 && order.includes("yes") && order.includes("no")) return [0, 1];
  const numbers = order.map(Number);
  return numbers.every(Number.isFinite) ? [Math.min(...numbers), Math.max(...numbers)] : null;
}
