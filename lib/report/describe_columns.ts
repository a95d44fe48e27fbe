import { checkColumns } from "../core/checks.ts";
import { columnMeanings } from "../core/column_meanings.ts";
import { assignedColumns, personaColumns } from "../core/columns.ts";
import type { Design } from "../core/experiment.ts";
import { formatValue } from "../core/format.ts";
import { columnOf, distinct, type Table, tableOfRows } from "../core/table.ts";
import { alternativesOf } from "../items/elicited.ts";
import { declaredOptions } from "../items/mod.ts";

/**
 * Describes every column of a study's tables: its codebook, for the supplement and for whoever reads them elsewhere.
 *
 * Items have their question and their answers, in long tables a row each; attributes say whether the model was told them.
 * A column of which nothing is known is `OPEN`, for you to say what it is.
 *
 * @param tables the tables by their names
 * @param design says what items, factors and attributes are
 * @returns one row per column: `table`, `column`, `meaning`, `type`, `values` (answers with their labels, the range, or the
 * values where they are few), `missing` (how many rows have none)
 * @throws {TypeError} if one is no table
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { describeColumns } from "@understudy/understudy/report";
 *
 * const codebook = describeColumns({ people: tableOf({ persona_id: ["p1", "p2"], weight: [1, 3], age: [31, 64] }) });
 * assertEquals(codebook.get("meaning", 0), "the persona, unique");
 * assertEquals(Object.values(codebook.object(2)), ["people", "age", "attribute of the persona", "number", "31 to 64", 0]);
 * ```
 */
export function describeColumns(tables: { readonly [name: string]: Table }, design?: Design): Table {
  const items = design?.items ?? [];
  const rows = Object.entries(tables).flatMap(([table, data]) => {
    checkColumns("describe columns", data, [], table);
    const columns = data.columnNames();
    const known = { ...otherMeanings(columns, design), ...Object.fromEntries(columnMeanings(columns)) };
    const describe = (column: string, values: readonly unknown[], name = column) => {
      const item = items.find((item) => item.name === name);
      const described = describeValues(values);
      if (item === undefined) return { table, column, meaning: known[column]!, ...described };
      const labelled = alternativesOf(item).map(({ text }) => text);
      const answers = (labelled.length > 0 ? labelled : declaredOptions(item)).join("; ");
      return { table, column, meaning: item.text, ...described, values: answers || described.values };
    };
    return columns.flatMap((column) => {
      const values = columnOf(data, column);
      const row = describe(column, values);
      if (column !== "value" || !columns.includes("item")) return [row];
      const asked = columnOf(data, "item");
      return [
        row,
        ...items.map(({ name }) =>
          describe(`value of ${name}`, values.filter((_, at) => asked[at] === name), name)
        ),
      ];
    });
  });
  return tableOfRows(rows, ["table", "column", "meaning", "type", "values", "missing"]);
}

/** What columns are that are in no table of the toolkit's, or in one with few others. */
function otherMeanings(
  columns: readonly string[],
  design: Design | undefined,
): { readonly [column: string]: string } {
  const drawn = { ...design?.factors, ...design?.conjoint?.features };
  const own: { readonly [column: string]: string } = { ...personaColumns, ...assignedColumns };
  return Object.fromEntries(columns.map((column) => {
    if (Object.hasOwn(drawn, column)) return [column, "a factor or feature of what was shown"];
    if (!columns.includes("persona_id")) return [column, "OPEN: what it is"];
    const told = design === undefined
      ? ""
      : `, ${design.stated.includes(column) ? "" : "not "}told to the model`;
    return [column, Object.hasOwn(own, column) ? own[column]! : `attribute of the persona${told}`];
  }));
}

const mostValues = 8;

function describeValues(all: readonly unknown[]): { type: string; values: string; missing: number } {
  const known = all.filter((value) =>
    value !== null && value !== undefined && value !== "" && !Number.isNaN(value)
  );
  const types = distinct(known.map((value) => typeof value));
  const type = types.length > 1 ? "mixed" : types[0]?.replace("string", "text") ?? "none";
  const missing = all.length - known.length;
  if (type === "number") {
    const ends = [Math.min, Math.max].map((end) =>
      (known as number[]).reduce((one, other) => end(one, other))
    );
    return { type, values: distinct(ends).map((value) => formatValue(value)).join(" to "), missing };
  }
  const given = distinct(known.map((value) => formatValue(value).slice(0, 60)));
  return {
    type,
    values: given.length > mostValues ? `${given.length} different` : given.join("; "),
    missing,
  };
}
