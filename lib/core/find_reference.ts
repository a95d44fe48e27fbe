import { showValue } from "./errors.ts";
import { columnOf, distinct, isTable, type Table } from "./table.ts";

/** The reference arm that a table assigned by `assignTreatments` records; `undefined` in other tables. */
export function recordedReference(table: Table): string | undefined {
  if (!isTable(table) || !table.columnNames().includes("reference_arm")) return undefined;
  const recorded = distinct(columnOf(table, "reference_arm"));
  return recorded.length === 1 ? String(recorded[0]) : undefined;
}

/**
 * Finds the arm that the others are compared with: the one asked for (an option, or what the table records); else the
 * arm `control`; else the first of two. One rule for all verbs; the order of a table's rows plays no part.
 *
 * @param action what the caller does, for its error messages
 * @param arms the arms, in sorted order
 * @param asked the reference asked for
 * @returns its place in `arms`, and what the reader must know
 * @throws {RangeError} if it is no arm, or none is named and there is no `control` among more than two arms
 */
export function findReference(
  action: string,
  arms: readonly string[],
  asked: string | number | boolean | undefined,
): { reference: number; notes: string[] } {
  const listed = arms.map((arm) => showValue(arm)).join(", ");
  if (arms.length < 2) {
    throw new RangeError(
      `Cannot ${action} as 'table' must hold at least two arms: its arms are ${listed || "none"}`,
    );
  }
  const reference = arms.indexOf(String(asked ?? "control"));
  if (reference >= 0) return { reference, notes: [] };
  if (asked !== undefined) {
    throw new RangeError(
      `Cannot ${action} as 'reference' must be an arm: current value is ${
        showValue(asked)
      }, the arms are ${listed}`,
    );
  }
  if (arms.length > 2) {
    throw new RangeError(
      `Cannot ${action} as 'reference' must be named where there are more than two arms and none is "control": ` +
        `the arms are ${listed}; for example { reference: ${showValue(arms[0])} }`,
    );
  }
  return { reference: 0, notes: [`the reference is '${arms[0]}', the first of two arms in sorted order`] };
}
