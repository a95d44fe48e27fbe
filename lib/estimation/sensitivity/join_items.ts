import { checkColumns } from "../../core/checks.ts";
import { showValue } from "../../core/errors.ts";
import { pickOutcome } from "../../core/study.ts";
import { columnOf, distinct, type Table } from "../../core/table.ts";

/**
 * Sets the answers to other items beside those to the outcome, by the call that gave them (`trial_id`, else persona,
 * arm, replicate and wording), so that what the simulated people say of themselves becomes columns.
 *
 * A name that is both an item and a column is read as the item: what was answered, not what the persona was given.
 *
 * @param names items of a long table, or columns; in a wide table columns only
 * @param keys the columns of the persona and of the arm
 * @returns the rows of the outcome with a column for each name; a wide table as it is
 */
export function joinItems(
  action: string,
  table: Table,
  outcome: string,
  names: readonly string[],
  keys: readonly string[],
): Table {
  checkColumns(action, table, []);
  const columns = table.columnNames();
  if (!(columns.includes("item") && columns.includes("value"))) {
    checkColumns(action, table, [outcome, ...names]);
    return table;
  }
  const items = columnOf<string>(table, "item");
  checkKnown(action, names, items, columns);
  const picked = pickOutcome(action, table, outcome);
  const asked = names.filter((name) => name !== outcome && items.includes(name));
  if (asked.length === 0) return picked;
  const places = keysOf(action, picked, keys);
  const answers = answersByKey(action, table, asked, keysOf(action, table, keys));
  const joined = asked.map((name) => [name, places.map((key) => answers.get(name)!.get(key) ?? null)]);
  return picked.assign(Object.fromEntries(joined)) as Table;
}

/**
 * Says which names were read as columns of a long table: what the personas were given, which the model saw only where
 * the text stated it. What was stated does not stand in the table.
 */
export function columnNotes(table: Table, names: readonly string[]): string[] {
  const columns = table.columnNames();
  if (!(columns.includes("item") && columns.includes("value"))) return [];
  const items = new Set(columnOf<string>(table, "item"));
  const given = names.filter((name) => !items.has(name));
  if (given.length === 0) return [];
  const answered = names.filter((name) => items.has(name));
  return [
    `read as columns of the table, not as answers: ${
      given.join(", ")
    } (of a column of the personas the model saw no ` +
    "more than the text stated: where it was not stated, this is not whom it imagined)" +
    (answered.length === 0 ? "" : `; read as answers: ${answered.join(", ")}`),
  ];
}

function checkKnown(
  action: string,
  names: readonly string[],
  items: readonly string[],
  columns: readonly string[],
): void {
  const unknown = names.find((name) => !items.includes(name) && !columns.includes(name));
  if (unknown === undefined) return;
  throw new RangeError(
    `Cannot ${action} as ${showValue(unknown)} must be an item or a column: the items are ${
      distinct(items).join(", ")
    }; the columns are ${columns.join(", ")}`,
  );
}

/** Each row's call. */
function keysOf(action: string, table: Table, keys: readonly string[]): string[] {
  const names = table.columnNames();
  const present = names.includes("trial_id")
    ? ["trial_id"]
    : [...keys, "replicate", "wording"].filter((name) => names.includes(name));
  if (!present.includes("trial_id") && !present.includes(keys[0]!)) {
    throw new RangeError(
      `Cannot ${action} as 'table' must say whose answers belong together: it has neither a column 'trial_id' nor '${
        keys[0]
      }'`,
    );
  }
  const columns = present.map((name) => columnOf(table, name));
  return Array.from(
    { length: table.numRows() },
    (_, row) => columns.map((values) => String(values[row])).join("\u0000"),
  );
}

/** Each named item's answers by call; only what was answered. */
function answersByKey(
  action: string,
  table: Table,
  asked: readonly string[],
  places: readonly string[],
): Map<string, Map<string, unknown>> {
  const answers = new Map(asked.map((name) => [name, new Map<string, unknown>()]));
  const [items, values] = [columnOf<string>(table, "item"), columnOf(table, "value")];
  const status = table.columnNames().includes("status") ? columnOf(table, "status") : null;
  for (let row = 0; row < items.length; row++) {
    const own = answers.get(items[row]!);
    if (own === undefined || (status !== null && status[row] !== "answered")) continue;
    const key = places[row]!;
    if (own.has(key) && own.get(key) !== values[row]) {
      throw new RangeError(
        `Cannot ${action} as item '${items[row]}' must be answered once in a call: ${
          showValue(own.get(key))
        } and ${showValue(values[row])} (row ${
          row + 1
        }); a column 'trial_id' or 'replicate' tells calls apart`,
      );
    }
    own.set(key, values[row]);
  }
  return answers;
}
