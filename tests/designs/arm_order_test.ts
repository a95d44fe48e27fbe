import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { columnOf } from "@understudy/understudy/core";
import { assignTreatments, declareDesign, type DeclareDesignOptions } from "@understudy/understudy/designs";
import { latinSquare, williamsSquare } from "../../lib/designs/assign_treatments.ts";
import { items, personasOf, treatmentsOf } from "./fixtures.ts";

function orders(arms: string[], n: number, options: Partial<DeclareDesignOptions>, seed = 1): string[][] {
  const design = declareDesign({
    treatments: treatmentsOf(...arms),
    items,
    stated: [],
    subjects: "within",
    ...options,
  });
  const drawn = columnOf<string>(assignTreatments(personasOf(n), design, { seed }), "arm");
  return Array.from({ length: n }, (_, row) => drawn.slice(row * arms.length, (row + 1) * arms.length));
}

function countBy(keys: string[]): number[] {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return [...counts.values()];
}

Deno.test("latinSquare(arms) has each arm once in each order and at each place", () => {
  for (let arms = 1; arms <= 7; arms++) {
    const square = latinSquare(arms);
    for (const order of square) assertEquals(new Set(order).size, arms);
    for (let place = 0; place < arms; place++) {
      assertEquals(new Set(square.map((order) => order[place])).size, arms);
    }
  }
});

Deno.test("williamsSquare(arms) has each arm follow each other arm equally often", () => {
  for (let arms = 2; arms <= 8; arms++) {
    const square = williamsSquare(arms);
    assertEquals(square.length, arms % 2 === 0 ? arms : 2 * arms);
    const followers = square.flatMap((order) => order.slice(1).map((arm, place) => `${order[place]}${arm}`));
    const counts = countBy(followers);
    assertEquals(counts.length, arms * (arms - 1));
    assertEquals(new Set(counts).size, 1);
    for (let place = 0; place < arms; place++) {
      const places = countBy(square.map((order) => String(order[place])));
      assert(places.length === arms && new Set(places).size === 1);
    }
  }
});

Deno.test("assignTreatments(armOrder: latin, williams) deals the orders evenly", () => {
  for (const armOrder of ["latin", "williams"] as const) {
    const drawn = orders(["a", "b", "c", "d"], 22, { armOrder });
    const counts = countBy(drawn.map((order) => order.join("")));
    assertEquals(counts.length, 4);
    assert(Math.max(...counts) - Math.min(...counts) <= 1);
  }
  const drawn = orders(["a", "b", "c"], 24, { armOrder: "williams" });
  assertEquals(countBy(drawn.map((order) => order.join(""))), [4, 4, 4, 4, 4, 4]);
});

Deno.test("assignTreatments(armOrder) gives every persona every order with the same chance", () => {
  const draws = 2000;
  const starts = Array.from(
    { length: draws },
    (_, seed) => orders(["a", "b", "c"], 4, { armOrder: "latin" }, seed),
  );
  for (const arm of ["a", "b", "c"]) {
    const share = starts.filter((drawn) => drawn[2]![0] === arm).length / draws;
    assertAlmostEquals(share, 1 / 3, 4.5 * Math.sqrt(2 / 9 / draws));
  }
});

Deno.test("declareDesign(armOrder) belongs to designs within subjects", () => {
  const treatments = treatmentsOf("a", "b");
  const declare = (options: object) => () =>
    declareDesign({ treatments, items, stated: [], ...options } as DeclareDesignOptions);
  assertThrows(
    declare({ armOrder: "latin" }),
    RangeError,
    "'armOrder' must be left out where 'subjects' is not",
  );
  assertThrows(declare({ subjects: "within", armOrder: "square" }), RangeError, "'armOrder' must be one of");
});

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
  assertThrows(() => assignTreatments(personas, design, { seed: 1 }), RangeError, "must name blocks (y)");
});
