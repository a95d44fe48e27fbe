import { columnOf, stream, type Table, tableOf, tableOfRows } from "@understudy/understudy/core";
import { estimateDrift, type EstimateDriftOptions } from "@understudy/understudy/drift";

/** One row of a table as an object. */
export type Row = { [column: string]: unknown };

/** The rows of a table. */
export function rowsOf(table: Table): Row[] {
  const columns = table.columnNames().map((name) => [name, columnOf(table, name)] as const);
  return Array.from(
    { length: table.numRows() },
    (_, row) => Object.fromEntries(columns.map(([name, values]) => [name, values[row]])),
  );
}

/** A wide table of one answer per persona: for each arm, how many gave each category (from 1). */
export function countedTable(counts: { [arm: string]: readonly number[] }): Table {
  const arm: string[] = [];
  const value: number[] = [];
  for (const [name, categories] of Object.entries(counts)) {
    categories.forEach((count, k) => {
      for (let i = 0; i < count; i++) {
        arm.push(name);
        value.push(k + 1);
      }
    });
  }
  return tableOf({ persona_id: arm.map((_, i) => `p${i}`), arm, control_item: value });
}

/** The long answers table of a wide one: one row per persona, arm and control. */
export function longTable(wide: Table, controls: readonly string[]): Table {
  const names = ["persona_id", "arm", "item", "value", "status"];
  const rows = rowsOf(wide).flatMap((row) =>
    controls.map((item) => ({
      persona_id: row.persona_id,
      arm: row.arm,
      item,
      value: row[item],
      status: row[item] === null ? "refused" : "answered",
    }))
  );
  return tableOfRows(rows, names);
}

/** The rows of a drift estimate with few permutations and bootstrap samples. */
export function driftRows(table: Table, options: EstimateDriftOptions): Row[] {
  return rowsOf(estimateDrift(table, { permutations: 199, bootstraps: 99, ...options }));
}

/** The first of them, for a table with one control. */
export function driftRow(table: Table, options: Partial<EstimateDriftOptions> = {}): Row {
  return driftRows(table, { controls: "control_item", ...options })[0]!;
}

/** Between subjects: 60 personas in three arms and two blocks, with two controls that hang together. */
export function study(): Table {
  const random = stream(11, "study");
  const index = Array.from({ length: 60 }, (_, i) => i);
  const first = index.map(() => random.integer(4));
  return tableOf({
    persona_id: index.map((i) => `p${i}`),
    arm: index.map((i) => ["control", "threat", "promise"][i % 3]),
    region: index.map((i) => i < 30 ? "north" : "south"),
    party: first,
    paper: first.map((value) => (value + (random.integer(3) === 0 ? 1 : 0)) % 4),
  });
}
