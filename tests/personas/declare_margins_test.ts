import { assert, assertEquals, assertThrows } from "@std/assert";
import { declareMargins, type MarginSpecification } from "@understudy/understudy/personas";

function declaring(specification: unknown): () => unknown {
  return () => declareMargins(specification as MarginSpecification);
}

Deno.test("declareMargins(specification) accepts parents declared later and freezes the result", () => {
  const margins = declareMargins({
    party: { given: "age", values: { young: { left: 1, right: 0 }, old: { left: 0.5, right: 0.5 } } },
    age: { young: 0.5, old: 0.5 },
  });
  assertEquals(margins.drawOrder, ["age", "party"]);
  assertEquals(margins.attributes[0]!.probabilities, { '["young"]': [1, 0], '["old"]': [0.5, 0.5] });
  assert(Object.isFrozen(margins) && Object.isFrozen(margins.attributes[0]!.probabilities));
});

Deno.test("declareMargins(specification) may have levels called given and values", () => {
  assertEquals(declareMargins({ a: { given: 0.5, values: 0.5 } }).attributes[0]!.levels, ["given", "values"]);
});

Deno.test("declareMargins(bad input) says what is wrong", () => {
  const age = { young: 0.5, old: 0.5 };
  assertThrows(declaring({}), TypeError, "name at least one attribute");
  assertThrows(declaring({ age: { young: 0.5, old: 0.6 } }), RangeError, "'age' must sum to 1");
  assertThrows(declaring({ age: { young: -0.5, old: 1.5 } }), RangeError, "probabilities from 0 to 1");
  assertThrows(declaring({ age: "young" }), TypeError, "'age' must be an object of probabilities");
  assertThrows(declaring({ "age group": age }), RangeError, "'attribute' must be a name of letters");
  assertThrows(declaring({ weight: age }), RangeError, "must not have an attribute 'weight'");
  assertThrows(
    declaring({ age, party: { given: "sex", values: {} } }),
    RangeError,
    "'party.given' names 'sex': the other attributes are age",
  );
  assertThrows(
    declaring({ age, party: { given: "age", values: { young: { l: 1 } } } }),
    RangeError,
    "'party' must have one entry for each level of 'age' (young, old)",
  );
  assertThrows(
    declaring({ age, party: { given: "age", values: { young: { l: 1 }, old: { r: 1 } } } }),
    RangeError,
    "'party.old' must name the same levels everywhere",
  );
  assertThrows(
    declaring({ a: { given: "b", values: { x: { x: 1 } } }, b: { given: "a", values: { x: { x: 1 } } } }),
    RangeError,
    "'given' must not lead back to the same attribute",
  );
  assertThrows(declaring({ a: { given: "a", values: {} } }), RangeError, "there is no other attribute");
});
