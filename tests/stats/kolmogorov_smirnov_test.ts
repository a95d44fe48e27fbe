import { assert, assertAlmostEquals } from "@std/assert";
import { stream } from "@understudy/understudy/core";
import { kolmogorovSmirnov } from "@understudy/understudy/stats";
import { agrees, goldenCases, goldenData } from "./golden_cases.ts";

const cases = goldenCases("distances_permutation");

/** The two groups' values of a column of a data file. */
function groups(data: string, by: string, column: string): [number[], number[]] {
  const table = goldenData(data);
  const [first, second] = [...new Set(table[by]!)];
  const of = (name: string | number | undefined) =>
    table[by]!.flatMap((value, row) => value === name ? [Number(table[column]![row])] : []);
  return [of(first), of(second)];
}

function same(found: number, id: string, name: string): void {
  const { expected, tol } = cases.get(id)!;
  assert(agrees(found, expected[name], tol), `${id}.${name}: ${found}, expected ${expected[name]}`);
}

/** The distance of two samples of numbers, by how often each of their values stands in either. */
function distanceOf(x: readonly number[], y: readonly number[]): number {
  const values = [...new Set([...x, ...y])].sort((a, b) => a - b);
  const counts = [x, y].map((list) => {
    const places = Map.groupBy(list, (value) => value);
    return values.map((value) => places.get(value)?.length ?? 0);
  });
  return kolmogorovSmirnov(counts[0]!, counts[1]!);
}

Deno.test("kolmogorovSmirnov(p, q) agrees with SciPy and R, ties included (two_sample_cont, ks_R)", () => {
  same(distanceOf(...groups("cont2", "g", "v1")), "two_sample_cont", "ks_stat");
  same(distanceOf(...groups("cont2", "g", "v1")), "ks_R", "v1_D");
  same(distanceOf(...groups("ordinal", "source", "resp")), "ks_R", "ordinal_D");
});

Deno.test("kolmogorovSmirnov(p, q) is a metric", () => {
  const random = stream(1, "two samples");
  const draw = (n: number) => Array.from({ length: n }, () => random.integer(12) / 4);
  for (let round = 0; round < 20; round++) {
    const [x, y, z] = [draw(9), draw(14), draw(11)];
    const distance = distanceOf(x, y);
    assertAlmostEquals(distanceOf(x, [...x, ...x]), 0, 1e-12);
    assertAlmostEquals(distanceOf(y, x), distance, 1e-12);
    assert(distanceOf(x, z) <= distance + distanceOf(y, z) + 1e-12);
  }
});
