import { assert, assertEquals, assertThrows } from "@std/assert";
import { declareDesign, type DeclareDesignOptions } from "@understudy/understudy/designs";
import { choice, likert } from "@understudy/understudy/items";
import { declareTreatments } from "@understudy/understudy/treatments";
import { items, treatmentsOf } from "./fixtures.ts";

Deno.test("declareDesign(treatments, items) has the defaults of the documentation and is frozen", () => {
  const treatments = declareTreatments({ threat: "A border incursion.", control: "A routine exercise." });
  const questions = [likert("support", "Respond?", { points: 7 }), choice("news", "Which?", ["paper", "tv"])];
  const design = declareDesign({ treatments, items: questions, stated: ["age"] });
  assertEquals(design, {
    treatments,
    factors: null,
    conjoint: null,
    items: questions,
    stated: ["age"],
    reference: "control",
    probabilities: { threat: 0.5, control: 0.5 },
    assignment: "complete",
    blocks: [],
    clusters: null,
    subjects: "between",
    conversation: "separate",
    protocol: null,
    blockProbabilities: {},
    itemOrder: "shuffled",
    ask: "together",
    elicit: "answer",
  });
  assert(Object.isFrozen(design) && Object.isFrozen(design.probabilities) && Object.isFrozen(design.items));
});

Deno.test("declareDesign(reference) is the first arm where none is called control", () => {
  assertEquals(declareDesign({ treatments: treatmentsOf("b", "a"), items, stated: [] }).reference, "b");
  assertEquals(
    declareDesign({ treatments: treatmentsOf("b", "a"), items, stated: [], reference: "a" }).reference,
    "a",
  );
});

Deno.test("declareDesign(blocks) takes a name or a list, and within subjects each arm has probability 1", () => {
  const treatments = treatmentsOf("a", "b", "c");
  assertEquals(declareDesign({ treatments, items, stated: [], blocks: "party" }).blocks, ["party"]);
  const within = declareDesign({ treatments, items, stated: [], subjects: "within" });
  assertEquals(within.probabilities, { a: 1, b: 1, c: 1 });
});

Deno.test("declareDesign(bad input) says what is wrong", () => {
  const treatments = treatmentsOf("a", "b");
  const declare = (options: object) => () =>
    declareDesign({ treatments, items, stated: [], ...options } as DeclareDesignOptions);
  const [item] = items;
  assertThrows(declare({ treatment: 1 }), TypeError, "option 'treatment' is unknown");
  assertThrows(
    declare({ treatments: { a: "x" } }),
    TypeError,
    "'treatments' must be the result of declareTreat",
  );
  assertThrows(declare({ treatments: treatmentsOf("a", "a") }), RangeError, "name each arm once");
  assertThrows(declare({ items: [] }), TypeError, "'items' must be a list of at least one question");
  assertThrows(declare({ items: [item, item] }), RangeError, "must have distinct names: current value is");
  assertThrows(
    declare({ items: [{ ...item, name: "my item" }] }),
    RangeError,
    "'items' must be a name of letters",
  );
  for (const name of ["persona_id", "weight", "arm", "arm_order", "block", "seed", "value", "status"]) {
    assertThrows(declare({ items: [{ ...item, name }] }), RangeError, "a column of the experiment");
  }
  assertThrows(declare({ blocks: ["answer"] }), RangeError, "the name of a block or cluster");
  assertThrows(declare({ clusters: "answer" }), RangeError, "the name of a block or cluster");
  assertThrows(declare({ blocks: ["x", "x"] }), RangeError, "'blocks' must name each column once");
  assertThrows(
    declare({ reference: "control" }),
    RangeError,
    'must be one of "a", "b": current value is "control"',
  );
  assertThrows(declare({ assignment: "block" }), RangeError, "'assignment' must be one of");
  assertThrows(declare({ assignment: "simple", blocks: ["x"] }), RangeError, "'blocks' must be left out");
  assertThrows(
    declare({ subjects: "within", clusters: "x" }),
    RangeError,
    "'clusters' must be left out within",
  );
  assertThrows(
    declare({ subjects: "within", probabilities: { a: 0.5, b: 0.5 } }),
    RangeError,
    "left out within",
  );
});

Deno.test("declareDesign(probabilities) names arms, each above 0, and sums to 1", () => {
  const declare = (probabilities: { [arm: string]: number }) => () =>
    declareDesign({ treatments: treatmentsOf("a", "b"), items, stated: [], probabilities });
  assertEquals(declare({ b: 0.3, a: 0.7 })().probabilities, { a: 0.7, b: 0.3 });
  assertEquals(declare({ a: 0.75 })().probabilities, { a: 0.75, b: 0.25 });
  assertThrows(declare({ a: 1 }), RangeError, "be above 0 for every arm: current value is");
  assertThrows(declare({ a: 0.5, bb: 0.5 }), RangeError, "did you mean 'b'?");
  assertThrows(declare({ a: 0.5, b: 0.6 }), RangeError, "'probabilities' must sum to 1");
  assertThrows(declare({ a: -0.5, b: 1.5 }), RangeError, "'probabilities.a' must lie from 0 to 1");
  assertThrows(declare({ a: 1, b: 0 }), RangeError, "be above 0 for every arm: current value is");
});

Deno.test("declareDesign(stated) is asked for, and names attributes alone", () => {
  const treatments = treatmentsOf("a", "b");
  const declare = (stated: unknown) => () =>
    declareDesign({ treatments, items, stated } as unknown as DeclareDesignOptions);
  assertThrows(declare(undefined), TypeError, 'for example stated: ["age_group", "party"], or stated: []');
  assertThrows(declare("age"), TypeError, "'stated' must list the attributes");
  assertThrows(declare([""]), TypeError, "'stated' must be a non-empty text");
  assertThrows(declare(["arm"]), RangeError, "'stated' must not have the name of a column of the experiment");
  assertThrows(declare([items[0]!.name]), RangeError, "'stated' must not have the name of a question");
  assertThrows(declare(["age", "age"]), RangeError, "'age' twice");
});
