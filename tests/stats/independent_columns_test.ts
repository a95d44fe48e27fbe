import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { independentColumns } from "../../lib/stats/basis.ts";

const columns = [
  [1, 1, 1, 1, 1, 1],
  [1, 1, 0, 0, 0, 0],
  [0, 0, 1, 1, 1, 1],
  [1, 0, 1, 0, 1, 0],
  [0, 0, 0, 0, 0, 0],
  [2, 1, 1, 0, 1, 0],
];
const products = columns.map((left) =>
  columns.map((right) => left.reduce((sum, value, row) => sum + value * right[row]!, 0))
);

Deno.test("independentColumns(products) leaves out later columns and says which combination they are", () => {
  const { kept, dependent } = independentColumns(products);
  assertEquals(kept, [0, 1, 3]);
  assertEquals([...dependent.keys()], [2, 4, 5]);
  for (const [column, combination] of dependent) {
    columns[column]!.forEach((value, row) => {
      const implied = kept.reduce(
        (sum, earlier, place) => sum + combination[place]! * columns[earlier]![row]!,
        0,
      );
      assertAlmostEquals(implied, value, 1e-12);
    });
  }
});

Deno.test("independentColumns(products) inverts the products of the kept columns", () => {
  const { kept, inverse } = independentColumns(products);
  kept.forEach((row, i) =>
    kept.forEach((_, j) => {
      const entry = kept.reduce((sum, inner, k) => sum + products[row]![inner]! * inverse[k]![j]!, 0);
      assertAlmostEquals(entry, i === j ? 1 : 0, 1e-12);
    })
  );
  assert(kept.length === inverse.length);
});

Deno.test("independentColumns(products) keeps a column that one row of a million sets apart", () => {
  assertEquals(independentColumns([[1e6, 999_999], [999_999, 999_999]]).kept, [0, 1]);
});
