import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { columnOf } from "@understudy/understudy/core";
import {
  assignTreatments,
  declareDesign,
  declareFactorial,
  type DeclareFactorialOptions,
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

Deno.test("assignTreatments(factors) records one column per factor, between and within subjects", () => {
  const factors = declareFactorial(options);
  const design = declareDesign({ factors, items, stated: [] });
  assertEquals(design.factors, { tone: ["calm", "angry"], source: ["police", "witness", "blog"] });
  assertEquals(design.probabilities, factors.probabilities);
  for (
    const [declared, witnesses] of [[design, 40], [
      declareDesign({ factors, items, stated: [], subjects: "within" }),
      160,
    ]] as const
  ) {
    const assigned = assignTreatments(personasOf(80), declared, { seed: 1 });
    const sources = columnOf<string>(assigned, "source");
    assertEquals(sources.filter((source) => source === "witness").length, witnesses);
    columnOf<string>(assigned, "arm").forEach((arm, row) =>
      assertEquals(arm, `${assigned.get("tone", row)}.${sources[row]}`)
    );
  }
});

Deno.test("declareDesign(factors) refuses factors as treatments, as stated attributes, questions, and personas that have their columns", () => {
  const factors = declareFactorial(options);
  assertThrows(
    () => declareDesign({ treatments: factors, items, stated: [] }),
    TypeError,
    "'treatments' must not be a factorial: give it as 'factors'",
  );
  assertThrows(
    () => declareDesign({ factors, items, stated: ["tone"] }),
    RangeError,
    "'stated' must not have the name of a factor or feature",
  );
  assertThrows(
    () => declareDesign({ factors: {} as never, items, stated: [] }),
    TypeError,
    "'factors' must be the result of declareFactorial",
  );
  assertThrows(
    () =>
      assignTreatments(
        personasOf(1, { tone: ["x"] }),
        declareDesign({ factors, items, stated: [] }),
      ),
    RangeError,
    "must not have a column 'tone' yet",
  );
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
