import { checkColumns } from "../../core/checks.ts";
import { cannot } from "../../core/errors.ts";
import { columnOf, type Table } from "../../core/table.ts";
import type { Study } from "../../core/study.ts";

/** Each row's probability of one arm, or of the arm that it is in. */
export interface RowProbabilities {
  /** For each arm each row's probability of it; `null` where only that of the row's own arm is known. */
  readonly byArm: readonly Float64Array[] | null;
  /** Each row's probability of its own arm; `null` where each arm's is known. */
  readonly own: Float64Array | null;
}

/** Reads probabilities of arms from a column, or for each arm from a number or a column; `null` where there are none. */
export function readProbabilities(
  action: string,
  table: Table,
  rows: Study,
  asked: string | { readonly [arm: string]: number | string } | undefined,
): RowProbabilities | null {
  const names = table.columnNames();
  if (asked === undefined && !names.includes("arm_probability")) return null;
  if (asked === undefined || typeof asked === "string") {
    return { byArm: null, own: readColumn(action, table, asked ?? "arm_probability") };
  }
  if (typeof asked !== "object" || asked === null || Array.isArray(asked)) {
    throw new TypeError(
      cannot(action, "probabilities", "be a column's name, or for each arm its probability", asked),
    );
  }
  const byArm = rows.arm.labels.map((label) => {
    const given = Object.hasOwn(asked, label) ? asked[label] : undefined;
    if (given === undefined) {
      throw new RangeError(
        cannot(action, "probabilities", `have an entry for every arm, also '${label}'`, asked),
      );
    }
    if (typeof given === "string") return readColumn(action, table, given);
    if (typeof given !== "number" || !(given > 0 && given < 1)) {
      throw new RangeError(cannot(action, "probabilities", "lie strictly between 0 and 1", given));
    }
    return new Float64Array(rows.value.length).fill(given);
  });
  checkSums(action, byArm);
  return { byArm, own: null };
}

function checkSums(action: string, byArm: readonly Float64Array[]): void {
  const sums = byArm.reduce((total, values) => total.map((value, row) => value + values[row]!));
  const row = sums.findIndex((value) => Math.abs(value - 1) > 1e-6);
  // A row without a probability is left out later: its sum is NaN, which is not above 1e-6.
  if (row < 0) return;
  throw new RangeError(
    `${cannot(action, "probabilities", "sum to 1 over the arms", sums[row])} (row ${row + 1})`,
  );
}

function readColumn(action: string, table: Table, name: string): Float64Array {
  checkColumns(action, table, [name]);
  return Float64Array.from(columnOf(table, name), (value, row) => {
    if (value === null || value === undefined || Number.isNaN(value)) return NaN;
    if (typeof value === "number" && value > 0 && value <= 1) return value;
    throw new RangeError(
      `${cannot(action, name, "hold probabilities above 0 and of at most 1", value)} (row ${row + 1})`,
    );
  });
}

/**
 * Each unit's probability of its arm given that it is in one of two: p / (p + q). Of an own arm's probability alone, q
 * is 1 - p with two arms; with more it must be the same for all units of a block and arm.
 */
export function givenEither(
  action: string,
  own: Float64Array,
  other: Float64Array | null,
  arms: number,
  treated: Uint8Array,
  block: Int32Array | null,
): Float64Array {
  if (other !== null) return own.map((p, row) => p / (p + other[row]!));
  // A probability of 1 with two arms leaves 0 for the other; it is kept, and refused by whoever divides by it.
  if (arms === 2) return own;
  const known = new Map<number, number>();
  const key = (row: number, side: number) => 2 * (block === null ? 0 : block[row]!) + side;
  own.forEach((p, row) => {
    const before = known.get(key(row, treated[row]!));
    if (before !== undefined && Math.abs(before - p) > 1e-9) {
      throw new RangeError(
        `Cannot ${action} as 'probabilities' must name each arm's column where they differ between units and there ` +
          `are more than two arms; for example { probabilities: { control: "p_control", letter: "p_letter" } }`,
      );
    }
    known.set(key(row, treated[row]!), p);
  });
  return own.map((p, row) => {
    const q = known.get(key(row, 1 - treated[row]!));
    return q === undefined ? NaN : p / (p + q);
  });
}
