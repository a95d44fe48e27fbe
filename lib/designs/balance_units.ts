import { cannot, columnOf, distinct, type Table } from "../core/mod.ts";

/** The units that were assigned: rows, or whole clusters, each within its block. */
export interface AssignedUnits {
  /** The unit of each row. */
  readonly ofRow: Int32Array;
  /** The arm of each unit. */
  readonly arms: Int32Array;
  /** The block of each unit. */
  readonly blocks: Int32Array;
  /** Why labels cannot change places; empty where they can. */
  readonly obstacle: string;
}

/** Reads what was assigned as one from the columns `cluster`, `block` and `persona_id`, where the table has them. */
export function readUnits(action: string, table: Table, arms: Int32Array): AssignedUnits {
  const names = table.columnNames();
  const rows = table.numRows();
  const ofRow = names.includes("cluster")
    ? codesOf(columnOf(table, "cluster"))
    : Int32Array.from({ length: rows }, (_, row) => row);
  const blockOfRow = names.includes("block") ? codesOf(columnOf(table, "block")) : new Int32Array(rows);
  const count = ofRow.reduce((largest, unit) => Math.max(largest, unit), -1) + 1;
  const units = { arms: new Int32Array(count).fill(-1), blocks: new Int32Array(count) };
  for (let row = 0; row < rows; row++) {
    const unit = ofRow[row]!;
    if (
      units.arms[unit] !== -1 && (units.arms[unit] !== arms[row] || units.blocks[unit] !== blockOfRow[row])
    ) {
      throw new RangeError(
        `Cannot ${action} as column 'cluster' must hold units of one arm and one block: ` +
          `the cluster of row ${row + 1} has several`,
      );
    }
    units.arms[unit] = arms[row]!;
    units.blocks[unit] = blockOfRow[row]!;
  }
  return { ofRow, ...units, obstacle: findObstacle(action, table, arms) };
}

function codesOf(values: readonly unknown[]): Int32Array {
  const places = new Map(distinct(values.map(String)).map((value, place) => [value, place]));
  return Int32Array.from(values, (value) => places.get(String(value))!);
}

function findObstacle(action: string, table: Table, arms: Int32Array): string {
  if (!table.columnNames().includes("persona_id")) return "";
  const ids = columnOf(table, "persona_id").map(String);
  const personas = distinct(ids).length;
  if (personas === ids.length) return "";
  if (distinct(ids.map((id, row) => `${arms[row]} ${id}`)).length < ids.length) {
    throw new RangeError(
      cannot(action, "assigned", "have one row per persona and arm", `${ids.length} rows`),
    );
  }
  return "no p-value: within subjects every persona is in every arm";
}
