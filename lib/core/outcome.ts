import { checkColumns, checkNoTranscripts } from "./checks.ts";
import { columnOf, distinct, type Table, tableOf } from "./table.ts";

/**
 * Picks one outcome as one row per unit, from the long answers table or from any wide table.
 *
 * A long table has the columns `item` and `value`: its rows for the outcome are kept and gain a column named after
 * it. In a wide table the outcome is a column already. Estimators call this first, so that they work on answers,
 * on human data and on other people's runs alike.
 *
 * @param action what the caller does, for its error messages
 * @param table long or wide
 * @param outcome an item's name, or a column's
 * @returns a table with a column named after the outcome; `null` where a unit has no value
 * @throws {RangeError} if the table holds no such item or column, or transcripts of several turns or roles
 */
export function pickOutcome(action: string, table: Table, outcome: string): Table {
  const names = table.columnNames();
  if (!(names.includes("item") && names.includes("value"))) {
    checkColumns(action, table, [outcome]);
    return table;
  }
  checkNoTranscripts(action, table);
  const items = columnOf<string>(table, "item");
  const rows: number[] = [];
  items.forEach((item, row) => {
    if (item === outcome) rows.push(row);
  });
  if (rows.length === 0) {
    throw new RangeError(
      `Cannot ${action} as 'table' has no answers to item '${outcome}': its items are ${
        distinct(items).join(", ")
      }`,
    );
  }
  const columns: { [name: string]: unknown[] } = {};
  for (const name of names) {
    const values = columnOf(table, name);
    columns[name] = rows.map((row) => values[row]);
  }
  columns[outcome] = columns.value!;
  return tableOf(columns);
}
