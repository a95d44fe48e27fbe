import fc from "fast-check";
import { assert } from "@std/assert";
import { type Table, tableOf } from "@understudy/understudy/core";
import {
  estimateComplierEffects,
  estimateEffects,
  estimateHeterogeneity,
  estimateLogit,
  estimateOrderedLogit,
  estimateQuantileEffects,
} from "@understudy/understudy/estimation";

const odd = fc.constantFrom<unknown>(null, undefined, NaN, "", "a", true, 0, -1, Infinity, 1e300);
const mostly = (usual: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 200, arbitrary: usual }, { weight: 1, arbitrary: odd });
const unit = fc.record({
  arm: mostly(fc.constantFrom("a", "control")),
  yes: mostly(fc.constantFrom(0, 1)),
  y: mostly(fc.oneof(fc.integer({ min: 0, max: 3 }), fc.double({ min: -1e6, max: 1e6, noNaN: true }))),
  x: mostly(fc.oneof(fc.integer({ min: -2, max: 2 }), fc.double({ min: -10, max: 10, noNaN: true }))),
  place: mostly(fc.constantFrom("b", "c", "d")),
  w: mostly(fc.double({ min: 0, max: 9, noNaN: true })),
  cluster: mostly(fc.integer({ min: 0, max: 12 })),
  arm_probability: mostly(fc.constantFrom(0.5)),
});
const units = fc.array(unit, { minLength: 1, maxLength: 30 });
const tableFrom = (rows: readonly { [column: string]: unknown }[]): Table => {
  const names = ["arm", "yes", "y", "x", "place", "w", "cluster", "arm_probability"];
  return tableOf(Object.fromEntries(names.map((name) => [name, rows.map((row) => row[name])])));
};
const extras = fc.record({
  clusters: fc.constantFrom("cluster", null),
  weights: fc.constant("w"),
}, { requiredKeys: ["clusters"] });
type Extras = { clusters: string | null; weights?: string };

const verbs: { [name: string]: (table: Table, options: Extras) => Table } = {
  estimateComplierEffects: (table, options) =>
    estimateComplierEffects(table, { outcome: "y", treatment: "yes", covariates: ["x"], ...options }),
  estimateHeterogeneity: (table, options) =>
    estimateHeterogeneity(table, { outcome: "y", reference: "control", by: ["place", "x"], ...options }),
  estimateLogit: (table, options) =>
    estimateLogit(table, { outcome: "yes", predictors: ["arm", "x", "place"], ...options }),
  estimateOrderedLogit: (table, options) =>
    estimateOrderedLogit(table, { outcome: "yes", predictors: ["arm", "x"], ...options }),
  estimateQuantileEffects: (table, { clusters }) =>
    estimateQuantileEffects(table, { outcome: "y", reference: "control", replicates: 10, clusters }),
  "estimateEffects, aipw,": (table, { clusters }) =>
    estimateEffects(table, {
      outcome: "y",
      reference: "control",
      clusters,
      estimator: "aipw",
      covariates: ["x"],
    }),
};
for (const [name, estimate] of Object.entries(verbs)) {
  Deno.test(`${name}(table) of any table is a table or an error that says what cannot be done`, () => {
    let tables = 0;
    fc.assert(
      fc.property(units, extras, (rows, options) => {
        try {
          const found = estimate(tableFrom(rows), options as Extras).objects() as {
            [column: string]: number;
          }[];
          tables++;
          for (const { std_error, p_value, conf_low, conf_high, reason } of found) {
            assert(Number.isNaN(std_error) || std_error! >= 0, `std_error ${std_error}`);
            assert(
              Number.isNaN(p_value) ? String(reason) !== "" : p_value! >= 0 && p_value! <= 1,
              `p ${p_value}`,
            );
            assert(!(conf_low! > conf_high!), `${conf_low} to ${conf_high}`);
          }
        } catch (error) {
          assert(/^Cannot [a-z' -]+ as /.test((error as Error).message), String((error as Error).stack));
        }
      }),
      { seed: 1, numRuns: 300 },
    );
    assert(tables > 60, `only ${tables} tables`);
  });
}
