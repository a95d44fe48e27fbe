import { checkColumns } from "../../core/checks.ts";
import { cannot } from "../../core/errors.ts";
import { columnOf, encodeLabels, sortLabels, type Table } from "../../core/table.ts";
import { numberColumn } from "../../core/study.ts";

/** A variable by which effects may differ. */
export interface Moderator {
  /** Its column. */
  readonly name: string;
  /** Its subgroups in sorted order; `null` of a number. */
  readonly labels: readonly string[] | null;
  /** Each row's number, or place among the labels; `NaN` where there is none. */
  readonly values: Float64Array;
}

/** Reads a moderator: a column of texts, or of true and false, makes subgroups; one of numbers is a number. */
export function readModerator(action: string, table: Table, name: string): Moderator {
  checkColumns(action, table, [name]);
  const values = columnOf(table, name);
  const present = values.filter((value) => value !== null && value !== undefined && value !== "");
  if (!present.some((value) => typeof value !== "number")) {
    return { name, labels: null, values: numberColumn(action, name, values) };
  }
  const { codes, labels } = sortLabels(encodeLabels(action, name, values));
  return { name, labels, values: Float64Array.from(codes, (code) => code < 0 ? NaN : code) };
}

/** One column of what effects may differ by, over units. */
export interface ModeratorColumn {
  /** The moderator. */
  readonly name: string;
  /** The subgroup that the column stands for, compared with the first; empty of a number. */
  readonly subgroup: string;
  /** One value per unit. */
  readonly values: Float64Array;
}

/** The columns of a moderator whose values were gathered to units: the number, or an indicator of each later subgroup. */
export function moderatorColumns(
  action: string,
  { name, labels }: Moderator,
  values: Float64Array,
): ModeratorColumn[] {
  if (labels === null) return [{ name, subgroup: "", values }];
  const mixed = values.find((value) => !Number.isInteger(value));
  if (mixed !== undefined) {
    throw new RangeError(cannot(action, "by", "be the same in all rows of a persona in an arm", name));
  }
  const present = [...labels.keys()].filter((code) => values.includes(code));
  return present.slice(1).map((code) => ({
    name,
    subgroup: labels[code]!,
    values: values.map((value) => value === code ? 1 : 0),
  }));
}
