import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { columnOf, tableOf } from "@understudy/understudy/core";
import {
  assignTreatments,
  declareDesign,
  declareFactorial,
  type DeclareFactorialOptions,
  factorColumns,
} from "@understudy/understudy/designs";
import { composeTreatment } from "@understudy/understudy/treatments";
import { items, personasOf } from "./fixtures.ts";

const options: DeclareFactorialOptions = {
  factors: { tone: ["calm", "angry"], source: { police: 1, witness: 2, blog: 1 } },
  text: ["A {{ tone }} report by the {{ source }}.", "The {{ source }} sounds {{tone}}."],
};

Deno.test("declareFactorial(factors) crosses all levels and multiplies their weights", () => {
  const { arms, probabilities } = declareFactorial(options);
  assertEquals(arms.map(({ name }) => name), [
    ...["calm.police", "calm.witness", "calm.blog", "angry.police", "angry.witness", "angry.blog"],
  ]);
  assertEquals(Object.values(probabilities), [0.125, 0.25, 0.125, 0.125, 0.25, 0.125]);
});

Deno.test("declareFactorial(restrictions) leaves combinations out and scales the others", () => {
  const { arms, probabilities } = declareFactorial({
    ...options,
    restrictions: [{ tone: "angry", source: "police" }],
  });
  assertEquals(arms.length, 5);
  assertAlmostEquals(probabilities["angry.blog"]!, 1 / 7, 1e-14);
});

Deno.test("declareFactorial(text) is read with each arm's levels, in each wording", () => {
  const factorial = declareFactorial(options);
  assertEquals(composeTreatment(factorial, "angry.blog"), "A angry report by the blog.");
  assertEquals(composeTreatment(factorial, "calm.police", { wording: 2 }), "The police sounds calm.");
});

Deno.test("declareFactorial(…) is what declareDesign and factorColumns take", () => {
  const factorial = declareFactorial(options);
  const design = declareDesign({
    treatments: factorial,
    items,
    stated: [],
    probabilities: factorial.probabilities,
  });
  const assigned = factorColumns(assignTreatments(personasOf(80), design, { seed: 1 }), factorial);
  const sources = columnOf<string>(assigned, "source");
  assertEquals(sources.filter((source) => source === "witness").length, 40);
  columnOf<string>(assigned, "arm").forEach((arm, row) =>
    assertEquals(arm, `${assigned.get("tone", row)}.${sources[row]}`)
  );
});

Deno.test("factorColumns(table) leaves rows without an arm empty and refuses unknown arms", () => {
  const factorial = declareFactorial(options);
  assertEquals(columnOf(factorColumns(tableOf({ arm: [null, "calm.blog"] }), factorial), "tone"), [
    null,
    "calm",
  ]);
  assertThrows(
    () => factorColumns(tableOf({ arm: ["calm"] }), factorial),
    RangeError,
    "'arm' must hold arms",
  );
  assertThrows(
    () => factorColumns(tableOf({ arm: ["calm.blog"], tone: [1] }), factorial),
    RangeError,
    "must not have a column 'tone' yet",
  );
  assertThrows(() => factorColumns(tableOf({ arm: [] }), {} as never), TypeError, "declareFactorial");
});

Deno.test("declareFactorial(…) refuses a text that leaves a factor out, and combinations of the same name", () => {
  assertThrows(
    () => declareFactorial({ ...options, text: "A {{ tone }} report." }),
    RangeError,
    "'text' must hold {{ source }}",
  );
  assertThrows(
    () => declareFactorial({ factors: { a: ["x", "x.y"], b: ["y.z", "z"] }, text: "{{ a }} {{ b }}" }),
    RangeError,
    "'x.y.z' twice",
  );
  assertThrows(() => declareFactorial({ factors: options.factors } as never), TypeError, "'text'");
});
