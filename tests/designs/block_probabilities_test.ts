import { assertEquals, assertThrows } from "@std/assert";
import { columnOf } from "@understudy/understudy/core";
import { assignTreatments, declareDesign, type DeclareDesignOptions } from "@understudy/understudy/designs";
import { items, personasOf, treatmentsOf } from "./fixtures.ts";

Deno.test("assignTreatments(blockProbabilities) assigns and records each block's own probabilities", () => {
  const personas = personasOf(30, { party: Array.from({ length: 30 }, (_, row) => row < 10 ? "l" : "r") });
  const design = declareDesign({
    treatments: treatmentsOf("control", "treated"),
    items,
    stated: [],
    blocks: "party",
    blockProbabilities: { l: { control: 0.2, treated: 0.8 } },
  });
  const assigned = assignTreatments(personas, design, { seed: 1 });
  const arms = columnOf<string>(assigned, "arm");
  assertEquals(arms.slice(0, 10).filter((arm) => arm === "treated").length, 8);
  assertEquals(arms.slice(10).filter((arm) => arm === "treated").length, 10);
  columnOf<number>(assigned, "arm_probability").forEach((p, row) =>
    assertEquals(p, row >= 10 ? 0.5 : arms[row] === "treated" ? 0.8 : 0.2)
  );
});

Deno.test("declareDesign(blockProbabilities) and assignTreatments refuse blocks that are not there", () => {
  const treatments = treatmentsOf("a", "b");
  const blockProbabilities = { x: { a: 0.2, b: 0.8 } };
  const declare = (options: object) => () =>
    declareDesign({ treatments, items, stated: [], ...options } as DeclareDesignOptions);
  assertThrows(declare({ blockProbabilities }), RangeError, "left out where there are no 'blocks'");
  const wrong = { x: { a: 0.2, b: 0.9 } };
  assertThrows(
    declare({ blocks: "g", blockProbabilities: wrong }),
    RangeError,
    "'blockProbabilities.x' must sum to 1",
  );
  assertThrows(
    declare({ blocks: "g", blockProbabilities: [1] }),
    TypeError,
    "probabilities by block and arm",
  );
  const design = declareDesign({ treatments, items, stated: [], blocks: "g", blockProbabilities });
  const personas = personasOf(2, { g: ["y", "y"] });
  assertThrows(
    () => assignTreatments(personas, design, { seed: 1 }),
    RangeError,
    `'blockProbabilities' must be one of "y"`,
  );
});
