import { assert } from "@std/assert";
import fc from "fast-check";
import { tableOf } from "@understudy/understudy/core";
import { estimateRegression, type EstimateRegressionOptions } from "@understudy/understudy/estimation";

const odd = fc.constantFrom<unknown>(null, undefined, NaN, "", "b", true, 0, -1, 1e200, Infinity);
const cell = fc.oneof({ weight: 60, arbitrary: fc.integer({ min: 0, max: 4 }) }, {
  weight: 1,
  arbitrary: odd,
});
const label = fc.oneof({ weight: 60, arbitrary: fc.constantFrom("a", "b", "c") }, {
  weight: 1,
  arbitrary: odd,
});
const unit = fc.record({ y: cell, x: cell, z: cell, g: label, k: label, w: cell });
const choices: Partial<EstimateRegressionOptions> = {
  clusters: "k",
  weights: "w",
  fixedEffects: ["k"],
  factors: ["z"],
  intercept: false,
  hypotheses: ["x = 0", ["x", "2*x - 1"]],
};

Deno.test("estimateRegression(any table) is a table or an error that says what cannot be done", () => {
  let tables = 0;
  fc.assert(
    fc.property(
      fc.array(unit, { minLength: 1, maxLength: 25 }),
      fc.subarray(Object.keys(choices)),
      fc.constantFrom<CovarianceName | undefined>(undefined, "HC3", "CR1S", "CR3", "stata"),
      (units, chosen, covarianceType) => {
        const options = {
          outcome: "y",
          terms: ["x", "z", "g", "x:g"],
          ...Object.fromEntries(Object.entries(choices).filter(([key]) => chosen.includes(key))),
          ...(covarianceType === undefined ? {} : { covarianceType }),
        } as EstimateRegressionOptions;
        const names = ["y", "x", "z", "g", "k", "w"] as const;
        const table = tableOf(Object.fromEntries(names.map((name) => [name, units.map((own) => own[name])])));
        try {
          const rows = estimateRegression(table, options);
          tables++;
          for (let row = 0; row < rows.numRows(); row++) {
            const p = rows.get("p_value", row) as number;
            assert(Number.isNaN(p) ? rows.get("reason", row) !== "" : p >= 0 && p <= 1, `${p}`);
          }
        } catch (error) {
          assert(/^Cannot (estimate|fit) /.test((error as Error).message), String((error as Error).stack));
        }
      },
    ),
    { seed: 1, numRuns: 2000 },
  );
  assert(tables > 500, `only ${tables} tables`);
});
type CovarianceName = NonNullable<EstimateRegressionOptions["covarianceType"]>;
