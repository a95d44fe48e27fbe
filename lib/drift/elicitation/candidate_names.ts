import { checkColumns } from "../../core/checks.ts";
import { cannot } from "../../core/errors.ts";
import { columnOf, isTable } from "../../core/table.ts";

/**
 * Reads attributes in the order in which they are to be stated: a list (names, or lists of names that go together), or
 * the table of `elicitConfounders`, by its ranks.
 */
export function candidateNames(
  action: string,
  argument: string,
  candidates: unknown,
): readonly (readonly string[])[] {
  const list = isTable(candidates) ? byRank(action, argument, candidates) : candidates;
  if (!Array.isArray(list)) {
    throw new TypeError(cannot(action, argument, "be a list of attributes or a table of them", candidates));
  }
  const entries = list.map((entry) => [entry].flat() as unknown[]);
  const names = entries.flat();
  if (
    entries.some((entry) => entry.length === 0) || !names.every((name) => typeof name === "string" && name)
  ) {
    throw new TypeError(cannot(action, argument, "name attributes", candidates));
  }
  if (new Set(names).size < names.length) {
    throw new RangeError(cannot(action, argument, "name each attribute once", list));
  }
  return entries as string[][];
}

function byRank(action: string, argument: string, table: Parameters<typeof columnOf>[0]): unknown[] {
  checkColumns(action, table, ["attribute"], argument);
  const names = columnOf(table, "attribute");
  if (!table.columnNames().includes("rank")) return names;
  const ranks = columnOf<number>(table, "rank");
  return names.map((name, row) => ({ name, rank: ranks[row]! })).sort((a, b) => a.rank - b.rank)
    .map(({ name }) => name);
}
