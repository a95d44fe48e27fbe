import { assert, assertAlmostEquals, assertThrows } from "@std/assert";
import { stream } from "@understudy/understudy/core";
import { kolmogorovSmirnov, sampleKolmogorovSmirnov } from "@understudy/understudy/stats";
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

Deno.test("sampleKolmogorovSmirnov(x, y) agrees with SciPy and R, ties included (two_sample_cont, ks_R)", () => {
  same(sampleKolmogorovSmirnov(...groups("cont2", "g", "v1")), "two_sample_cont", "ks_stat");
  same(sampleKolmogorovSmirnov(...groups("cont2", "g", "v1")), "ks_R", "v1_D");
  same(sampleKolmogorovSmirnov(...groups("ordinal", "source", "resp")), "ks_R", "ordinal_D");
});

Deno.test("sampleKolmogorovSmirnov(x, y) is a metric, and that of counts over the values", () => {
  const random = stream(1, "two samples");
  const draw = (n: number) => Array.from({ length: n }, () => random.integer(12) / 4);
  const counts = (list: number[]) =>
    Array.from({ length: 12 }, (_, k) => list.filter((value) => value === k / 4).length);
  for (let round = 0; round < 20; round++) {
    const [x, y, z] = [draw(9), draw(14), draw(11)];
    const distance = sampleKolmogorovSmirnov(x, y);
    assertAlmostEquals(sampleKolmogorovSmirnov(x, [...x, ...x]), 0, 1e-12);
    assertAlmostEquals(sampleKolmogorovSmirnov(y, x), distance, 1e-12);
    assert(sampleKolmogorovSmirnov(x, z) <= distance + sampleKolmogorovSmirnov(y, z) + 1e-12);
    assertAlmostEquals(kolmogorovSmirnov(counts(x), counts(y)), distance, 1e-12);
  }
});

Deno.test("sampleKolmogorovSmirnov(x, y) refuses what is no sample, and says which", () => {
  assertThrows(() => sampleKolmogorovSmirnov([], [1]), RangeError, "'x' must hold at least one value");
  assertThrows(() => sampleKolmogorovSmirnov([1], [NaN, 2]), RangeError, "'y' must hold finite numbers");
  assertThrows(() => sampleKolmogorovSmirnov([1, -Infinity], [1]), RangeError, "current value is -Infinity");
});
