import { assertAlmostEquals } from "@std/assert";
import fc from "fast-check";
import { tableOf } from "@understudy/understudy/core";
import { declareWorld, type WorldDeclaration } from "@understudy/understudy/worlds";
import { driftOf, effectOf, naiveOf } from "./fixtures.ts";

const size = fc.double({ min: -2, max: 2, noNaN: true });
const personas = tableOf({ persona_id: ["p", "q", "r"], trade: ["a", "b", "a"], income: [1, 3, 2] });

/** A society with any exposure by income, any effects and a trade that only the outcome depends on. */
const societies = fc.record({ exposure: size, onTrade: size, onIncome: size, effect: size, by: size }).map(
  ({ exposure, onTrade, onIncome, effect, by }): WorldDeclaration => ({
    name: "any",
    seed: 1,
    attributes: {
      trade: { shares: { a: 0.3, b: 0.7 } },
      income: {
        kind: "numeric",
        parents: ["trade"],
        range: [0, 4],
        mean: { intercept: 2, effects: { trade: { b: onTrade } } },
        sd: 1,
      },
    },
    stimuli: { off: "exercise", on: "incursion" },
    exposure: { on: { income: { slope: exposure } } },
    items: {
      outcome: {
        kind: "yesNo",
        effects: { trade: { b: onTrade }, income: { slope: onIncome } },
        stimuli: { on: { effect, by: { trade: { a: by } } } },
      },
      control: {
        kind: "scale",
        range: [1, 3],
        sd: 1,
        intercept: 2,
        effects: { income: { slope: onIncome } },
      },
    },
  }),
);

const contrast = { outcome: "outcome", stimulus: "on", reference: "off", personas };
const control = { outcome: "control", stimulus: "on", reference: "off", personas };

Deno.test("naiveOf() is effectOf() in any society without drift, and no control drifts there", () => {
  fc.assert(
    fc.property(societies, (society) => {
      const world = declareWorld({ ...society, drift: 0 });
      for (const stated of [[], ["trade"], ["trade", "income"]]) {
        assertAlmostEquals(
          naiveOf(world, { ...contrast, stated }),
          effectOf(world, { ...contrast, stated }),
          1e-10,
        );
        assertAlmostEquals(driftOf(world, { ...control, stated }), 0, 1e-10);
      }
    }),
    { numRuns: 50, seed: 1 },
  );
});

Deno.test("naiveOf() is effectOf() in any society where what exposure depends on is stated", () => {
  fc.assert(
    fc.property(societies, (society) => {
      const world = declareWorld(society);
      for (const stated of [["income"], ["trade", "income"]]) {
        assertAlmostEquals(
          naiveOf(world, { ...contrast, stated }),
          effectOf(world, { ...contrast, stated }),
          1e-10,
        );
      }
    }),
    { numRuns: 50, seed: 2 },
  );
});

Deno.test("naiveOf(unblinded) is effectOf() in any society where knowing of chance removes all drift", () => {
  fc.assert(
    fc.property(societies, (society) => {
      const unblinding = { phrases: ["by lot"], strength: 1 };
      const world = declareWorld({ ...society, behaviour: { unblinding } });
      assertAlmostEquals(
        naiveOf(world, { ...contrast, stated: [], unblinded: true }),
        effectOf(world, { ...contrast, stated: [] }),
        1e-10,
      );
    }),
    { numRuns: 50, seed: 3 },
  );
});

Deno.test("effectOf(stated) does not depend on what is stated where the personas are the population", () => {
  fc.assert(
    fc.property(societies, (society) => {
      const world = declareWorld(society);
      const everybody = tableOf({
        trade: world.cells.map(({ levels }) => levels.trade!),
        income: world.cells.map(({ levels }) => levels.income!),
        weight: world.cells.map(({ probability }) => probability),
      });
      const effects = [[], ["trade"], ["trade", "income"]].map((stated) =>
        effectOf(world, { ...contrast, personas: everybody, stated })
      );
      for (const effect of effects) assertAlmostEquals(effect, effects[0]!, 1e-10);
    }),
    { numRuns: 50, seed: 4 },
  );
});
