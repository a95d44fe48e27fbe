import { assert } from "@std/assert";
import fc from "fast-check";
import { tableOf } from "@understudy/understudy/core";
import { estimateMeans, type EstimateMeansOptions } from "@understudy/understudy/estimation";

const odd = fc.constantFrom<unknown>(null, undefined, NaN, "", "a", true, 0, -1, Infinity, 1e300);
const mostly = (usual: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 100, arbitrary: usual }, { weight: 1, arbitrary: odd });
const unit = fc.record({
  y: mostly(fc.oneof(fc.integer({ min: 0, max: 3 }), fc.double({ min: -1e6, max: 1e6, noNaN: true }))),
  w: mostly(fc.double({ min: 0, max: 9, noNaN: true })),
  g: mostly(fc.constantFrom("a", "b", 3)),
  m: mostly(fc.constantFrom("x", "z")),
  s: mostly(fc.constantFrom("p", "q")),
  c: mostly(fc.integer({ min: 0, max: 9 })),
});
const choices = fc.record({
  by: fc.constant("g"),
  strata: fc.constant("s"),
  clusters: fc.constantFrom("c", null),
  calibratedTo: fc.constantFrom(["m"], ["m", "g"]),
  lonelyCluster: fc.constantFrom("adjust", "remove", "error"),
}, { requiredKeys: [] });
Deno.test("estimateMeans(table) of any table is a table or an error that says what cannot be done", () => {
  let tables = 0;
  fc.assert(
    fc.property(fc.array(unit, { minLength: 1, maxLength: 20 }), choices, (rows, options) => {
      const names = ["y", "w", "g", "m", "s", "c"] as const;
      const table = tableOf(Object.fromEntries(names.map((name) => [name, rows.map((row) => row[name])])));
      try {
        const means = estimateMeans(
          table,
          { outcome: "y", weights: "w", ...options } as EstimateMeansOptions,
        );
        tables++;
        for (const row of means.objects() as { [column: string]: number }[]) {
          assert(Number.isNaN(row.std_error) || row.std_error! >= 0);
          assert(row.std_error !== Infinity && Math.abs(row.estimate!) !== Infinity);
          assert(
            Number.isNaN(row.p_value) ? String(row.reason) !== "" : row.p_value! >= 0 && row.p_value! <= 1,
          );
          assert(!(row.conf_low! > row.conf_high!));
        }
      } catch (error) {
        assert(/^Cannot [a-z' -]+ as /.test((error as Error).message), String((error as Error).stack));
      }
    }),
    { seed: 1, numRuns: 500 },
  );
  assert(tables > 100, `only ${tables} tables`);
});
