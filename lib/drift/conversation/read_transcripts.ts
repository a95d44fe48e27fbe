import { checkColumns, checkRows } from "../../core/checks.ts";
import { cannot } from "../../core/errors.ts";
import { findReference, recordedReference } from "../../core/study.ts";
import { columnOf, distinct, type Table, tableOf } from "../../core/table.ts";
import { readRows } from "../controls/drift_answers.ts";
import { isAnswer } from "./agreement.ts";
import type { ConversationSettings } from "./conversation_options.ts";

/** Each unit in each of its arms: a persona, or a cluster where arms were assigned to clusters. */
export interface Cells {
  /** The unit of each cell, numbered. */
  readonly unit: readonly number[];
  /** The arm of each cell, a place in `arms`. */
  readonly arm: readonly number[];
  /** The block of each cell, numbered. */
  readonly block: readonly number[];
  /** How many units there are. */
  readonly units: number;
  /** The arms in sorted order. */
  readonly arms: readonly string[];
  /** The place of the reference in `arms`; -1 where there is a single arm. */
  readonly reference: number;
  /** What a unit is called in sentences. */
  readonly unitName: string;
}

/** One line or answer of a persona. */
export interface Spoken {
  readonly cell: number;
  /** Numbers each persona's item in an arm: what is asked again at other turns. */
  readonly place: number;
  readonly turn: number;
  readonly role: "line" | "probe";
  readonly replicate: number;
  readonly item: string;
  /** `null` where there is no answer. */
  readonly value: unknown;
  readonly stated: unknown;
  readonly range: unknown;
  /** The text by which the persona was described; empty where the table does not say. */
  readonly text: string;
}

/** One answer without any persona. */
export interface DefaultAnswer {
  readonly replicate: number;
  readonly item: string;
  readonly value: unknown;
}

/** Transcripts, read. */
export interface Transcripts {
  readonly cells: Cells;
  readonly spoken: readonly Spoken[];
  readonly defaults: readonly DefaultAnswer[];
}

const needed = ["turn", "role", "item", "value"];

/** Reads transcripts: who said what at which turn, and the answers without a persona. */
export function readTranscripts(table: Table, settings: ConversationSettings): Transcripts {
  const { action } = settings;
  checkColumns(action, table, needed, "transcripts");
  checkRows(action, table, "transcripts");
  const columns = columnsOf(table);
  const roles = columns.role!.map((role, row) => checkRole(action, role, row));
  const own = roles.flatMap((role, row) => role === "default" ? [] : [row]);
  if (own.length === 0) {
    throw new RangeError(cannot(action, "transcripts", "hold answers of personas", "none"));
  }
  const personas = takeRows(columns, own);
  const rows = readRows(action, personas, settings);
  const { cells, cellOf } = layOutCells(rows, personas, settings);
  const persona = columns[settings.persona ?? "persona_id"]!;
  const at = (name: string, row: number): unknown => columns[name]?.[row];
  const value = (row: number): unknown => answered(at("status", row), at("value", row));
  const places = numbering();
  const spoken = own.map((row, i): Spoken => ({
    cell: cellOf[i]!,
    // No name holds the character 0.
    place: places(`${cellOf[i]} ${at("item", row)}\u0000${persona[row]}`),
    turn: checkTurn(action, at("turn", row), row),
    role: roles[row] as "line" | "probe",
    replicate: Number(at("replicate", row) ?? 1),
    item: String(at("item", row)),
    value: value(row),
    stated: isAnswer(at("stated", row)) ? at("stated", row) : null,
    range: at("range", row),
    text: String(at("persona_text", row) ?? ""),
  }));
  const defaults = roles.flatMap((role, row) =>
    role !== "default" ? [] : [{
      replicate: Number(at("replicate", row) ?? 1),
      item: String(at("item", row)),
      value: value(row),
    }]
  );
  return { cells, spoken, defaults };
}

function takeRows(columns: { readonly [name: string]: unknown[] }, rows: readonly number[]): Table {
  return tableOf(
    Object.fromEntries(
      Object.entries(columns).map(([name, values]) => [name, rows.map((row) => values[row])]),
    ),
  );
}

function columnsOf(table: Table): { readonly [name: string]: unknown[] } {
  return Object.fromEntries(table.columnNames().map((name) => [name, columnOf(table, name)]));
}

function layOutCells(
  rows: ReturnType<typeof readRows>,
  personas: Table,
  settings: ConversationSettings,
): { cells: Cells; cellOf: number[] } {
  const arms = distinct(rows.arm).sort();
  const reference = arms.length === 1 && settings.reference === undefined
    ? -1
    : findReference(settings.action, arms, settings.reference ?? recordedReference(personas)).reference;
  const [units, blocks, places] = [numbering(), numbering(), numbering()];
  const [unit, arm, block]: [number[], number[], number[]] = [[], [], []];
  const cellOf = rows.unit.map((name, i) => {
    const cell = places(`${JSON.stringify(name)} ${rows.arm[i]}`);
    if (cell === unit.length) {
      unit.push(units(name));
      arm.push(arms.indexOf(rows.arm[i]!));
      block.push(blocks(rows.block[i]!));
    }
    return cell;
  });
  const count = unit.reduce((most, code) => Math.max(most, code), -1) + 1;
  return { cells: { unit, arm, block, units: count, arms, reference, unitName: rows.unitName }, cellOf };
}

/** Numbers names in the order in which they first occur. */
function numbering(): (name: string) => number {
  const numbers = new Map<string, number>();
  return (name) => {
    const known = numbers.get(name);
    if (known !== undefined) return known;
    numbers.set(name, numbers.size);
    return numbers.size - 1;
  };
}

function answered(status: unknown, value: unknown): unknown {
  return (status === undefined || status === null || status === "answered") && isAnswer(value) ? value : null;
}

function checkRole(action: string, role: unknown, row: number): string {
  if (role === "line" || role === "probe" || role === "default") return role;
  throw new RangeError(
    `${cannot(action, "transcripts.role", "be line, probe or default", role)} (row ${row + 1})`,
  );
}

function checkTurn(action: string, turn: unknown, row: number): number {
  if (typeof turn === "number" && turn >= 0 && Number.isFinite(turn)) return turn;
  throw new RangeError(
    `${cannot(action, "transcripts.turn", "be a number of at least 0", turn)} (row ${row + 1})`,
  );
}
