import { assert } from "@std/assert";
import fc from "fast-check";
import { columnOf, type Table, tableOf } from "@understudy/understudy/core";
import { estimateEffects, type EstimateEffectsOptions } from "@understudy/understudy/estimation";

const settings = { seed: 1, numRuns: 150 };
interface Unit {
  arm: unknown;
  y: unknown;
  block: unknown;
  cluster: unknown;
  w: unknown;
  persona_id: unknown;
}
const tableFrom = (units: readonly Unit[], y: (unit: Unit) => unknown = (unit) => unit.y): Table =>
  tableOf({
    arm: units.map((unit) => unit.arm),
    y: units.map(y),
    block: units.map((unit) => unit.block),
    cluster: units.map((unit) => unit.cluster),
    w: units.map((unit) => unit.w),
    persona_id: units.map((unit) => unit.persona_id),
    row: units.map((_, row) => row),
  });

const odd = fc.oneof(
  fc.constantFrom<unknown>(null, undefined, NaN, "", "a", "control", true, 0, -1, Infinity),
  fc.double(),
);
const mostly = (usual: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 300, arbitrary: usual }, { weight: 1, arbitrary: odd });
const wildUnit: fc.Arbitrary<Unit> = fc.record({
  arm: mostly(fc.constantFrom("a", "control")),
  y: mostly(fc.oneof(fc.integer({ min: 0, max: 3 }), fc.double({ min: -1e9, max: 1e9, noNaN: true }))),
  block: mostly(fc.constantFrom("x", "y")),
  cluster: mostly(fc.integer({ min: 0, max: 30 })),
  w: mostly(fc.double({ min: 0, max: 9, noNaN: true })),
  persona_id: mostly(fc.integer({ min: 0, max: 90 })),
});
const wildChoices: EstimateEffectsOptions = {
  outcome: "y",
  reference: "a",
  blocks: ["block"],
  clusters: "cluster",
  weights: "w",
  category: 1,
  mixedBlocks: "pairs",
};
const wildOptions: fc.Arbitrary<EstimateEffectsOptions> = fc.tuple(
  fc.subarray(Object.keys(wildChoices).slice(1)),
  fc.boolean(),
).map(([chosen, rowsAreUnits]) => ({
  ...Object.fromEntries(Object.entries(wildChoices).filter(([key]) => chosen.includes(key))),
  outcome: "y",
  persona: rowsAreUnits ? "row" : "persona_id",
}));

Deno.test("estimateEffects(table) of any table is a table or an error that says what cannot be done", () => {
  let tables = 0;
  fc.assert(
    fc.property(fc.array(wildUnit, { minLength: 1, maxLength: 40 }), wildOptions, (units, options) => {
      try {
        const effects = estimateEffects(tableFrom(units), options);
        tables++;
        for (let row = 0; row < effects.numRows(); row++) {
          const [se, p] = [effects.get("std_error", row) as number, effects.get("p_value", row) as number];
          assert(Number.isNaN(se) || se >= 0);
          assert(Number.isNaN(p) ? effects.get("reason", row) !== "" : p >= 0 && p <= 1);
        }
      } catch (error) {
        assert(
          /^Cannot (estimate effects|fit) as /.test((error as Error).message),
          String((error as Error).stack),
        );
      }
    }),
    { seed: 1, numRuns: 3000 },
  );
  assert(tables > 800, `only ${tables} tables`);
});

/** Experiments that every design can be estimated from: 3 blocks of 2 arms of 2 clusters of 1 to 3 units. */
const experiment: fc.Arbitrary<Unit[]> = fc.array(
  fc.array(fc.tuple(fc.integer({ min: -1000, max: 1000 }), fc.integer({ min: 1, max: 20 })), {
    minLength: 1,
    maxLength: 3,
  }),
  { minLength: 12, maxLength: 12 },
).map((clusters) =>
  clusters.flatMap((units, cluster) =>
    units.map(([y, w], i) => ({
      arm: cluster % 2 === 0 ? "low" : "high",
      y: y / 8,
      w: w / 4,
      block: `b${Math.floor(cluster / 4)}`,
      cluster: `k${cluster}`,
      persona_id: `p${cluster}-${i}`,
    }))
  )
);
const designs: fc.Arbitrary<EstimateEffectsOptions> = fc.record({
  blocks: fc.constant("block"),
  clusters: fc.constant("cluster"),
  weights: fc.constant("w"),
}, { requiredKeys: [] }).map((design) => ({ outcome: "y", reference: "low", ...design }));

const close = (a: number, b: number, scale: number) =>
  Number.isNaN(a) && Number.isNaN(b) || Math.abs(a - b) <= 1e-9 * scale;

function sameEffects(
  left: Table,
  right: Table,
  change: { sign?: number; factor?: number; size?: number } = {},
): void {
  const { sign = 1, factor = 1, size = 1 } = change;
  const scale = Math.abs(factor) * 200 * size;
  const [low, high] = sign * factor > 0 ? ["conf_low", "conf_high"] : ["conf_high", "conf_low"];
  const value = (table: Table, field: string) => table.get(field, 0) as number;
  assert(close(value(left, "estimate") * sign * factor, value(right, "estimate"), scale), "estimate");
  assert(close(value(left, "std_error") * Math.abs(factor), value(right, "std_error"), scale), "std_error");
  assert(close(value(left, low!) * sign * factor, value(right, "conf_low"), scale * 100), "conf_low");
  assert(close(value(left, high!) * sign * factor, value(right, "conf_high"), scale * 100), "conf_high");
  if (value(left, "std_error") > 1e-3) {
    assert(close(value(left, "df"), value(right, "df"), value(left, "df") * 100), "df");
    assert(close(value(left, "p_value"), value(right, "p_value"), 1000), "p_value");
  }
}

Deno.test("estimateEffects(table) does not depend on the rows' order or on the names of blocks, clusters, personas", () => {
  fc.assert(
    fc.property(experiment, designs, fc.infiniteStream(fc.nat()), (units, options, order) => {
      const shuffled = units.map((unit) => ({ unit, key: order.next().value as number })).sort((a, b) =>
        a.key - b.key
      );
      const renamed = shuffled.map(({ unit }) => ({
        ...unit,
        block: `x${unit.block}`.split("").reverse().join(""),
        cluster: `x${unit.cluster}`.split("").reverse().join(""),
        persona_id: `q${unit.persona_id}`,
      }));
      sameEffects(estimateEffects(tableFrom(units), options), estimateEffects(tableFrom(renamed), options));
    }),
    settings,
  );
});

Deno.test("estimateEffects(table): a shift of the outcome changes nothing, a factor multiplies", () => {
  fc.assert(
    fc.property(
      experiment,
      designs,
      fc.integer({ min: -99, max: 99 }),
      fc.constantFrom(-3, 0.25, 8),
      (units, options, shift, factor) => {
        const plain = estimateEffects(tableFrom(units), options);
        sameEffects(plain, estimateEffects(tableFrom(units, (unit) => unit.y as number + shift), options));
        sameEffects(plain, estimateEffects(tableFrom(units, (unit) => unit.y as number * factor), options), {
          factor,
        });
      },
    ),
    settings,
  );
});

Deno.test("estimateEffects(table): with arms swapped the sign flips and nothing else", () => {
  fc.assert(
    fc.property(experiment, designs, (units, options) => {
      const swapped = units.map((unit) => ({ ...unit, arm: unit.arm === "low" ? "high" : "low" }));
      const [plain, turned] = [
        estimateEffects(tableFrom(units), options),
        estimateEffects(tableFrom(swapped), options),
      ];
      sameEffects(plain, turned, { sign: -1 });
      assert(columnOf(turned, "arm")[0] === "high");
    }),
    settings,
  );
});

Deno.test("estimateEffects(table): the scale of the weights plays no part", () => {
  fc.assert(
    fc.property(experiment, designs, fc.constantFrom(1e-6, 3, 1e5), (units, options, factor) => {
      const scaled = units.map((unit) => ({ ...unit, w: unit.w as number * factor }));
      sameEffects(estimateEffects(tableFrom(units), options), estimateEffects(tableFrom(scaled), options));
    }),
    settings,
  );
});
