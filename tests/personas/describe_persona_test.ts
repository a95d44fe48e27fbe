import { assertEquals, assertThrows } from "@std/assert";
import { describePersona } from "@understudy/understudy/personas";

const row = {
  persona_id: "p1",
  weight: 1,
  gender: "female",
  age_group: "30-49",
  income: null,
  arm: "threat",
  arm_probability: 0.5,
  arm_order: 1,
  block: "b",
  cluster: "c",
};

Deno.test("describePersona(row) states attributes and nothing of the experiment", () => {
  assertEquals(describePersona(row), "Your gender is female. Your age group is 30-49.");
  assertEquals(describePersona(row, { person: "first" }), "My gender is female. My age group is 30-49.");
  assertEquals(describePersona(row, { person: "list" }), "- gender: female\n- age group: 30-49");
});

Deno.test("describePersona(attributes) chooses and orders, and opening comes first", () => {
  assertEquals(
    describePersona(row, { attributes: ["age_group", "gender"], opening: "You live in the United States." }),
    "You live in the United States. Your age group is 30-49. Your gender is female.",
  );
  assertEquals(
    describePersona(row, { attributes: ["gender"], person: "list", opening: "Person:" }),
    "Person:\n- gender: female",
  );
  assertEquals(describePersona(row, { attributes: [] }), "");
});

Deno.test("describePersona(phrases) takes templates and phrases by value", () => {
  const phrases = {
    age_group: "You are {value} years old.",
    gender: { female: "You are a woman.", male: "You are a man." },
  };
  assertEquals(describePersona(row, { phrases }), "You are a woman. You are 30-49 years old.");
  assertEquals(
    describePersona({ ...row, age_group: "$& {value}" }, { phrases, attributes: ["age_group"] }),
    "You are $& {value} years old.",
  );
});

Deno.test("describePersona(missing value) leaves the attribute out, and false and 0 are values", () => {
  assertEquals(
    describePersona({ a: undefined, b: NaN, c: null, d: false, e: 0 }),
    "Your d is false. Your e is 0.",
  );
});

Deno.test("describePersona(bad input) says what is wrong", () => {
  assertThrows(
    () => describePersona(row, { attributes: ["party"] }),
    RangeError,
    '\'attributes\' must be one of "gender", "age_group", "income": current value is "party"',
  );
  assertThrows(
    () => describePersona(row, { attributes: ["weight"] }),
    RangeError,
    'current value is "weight"',
  );
  assertThrows(
    () => describePersona(row, { phrases: { party: "x" } }),
    RangeError,
    "'phrases' must be one of",
  );
  assertEquals(
    assertThrows(() => describePersona(row, { attributes: ["income"], phrases: { party: "x" } })).message,
    'Cannot describe a persona as \'phrases\' must be one of "gender", "age_group", "income": current value is "party"',
  );
  assertThrows(() => describePersona(row, { phrases: { gender: { male: "x" } } }), RangeError, "also female");
  assertThrows(
    () => describePersona(row, { person: "third" as "first" }),
    RangeError,
    "'person' must be one of",
  );
  assertThrows(() => describePersona([] as never), TypeError, "'attributes' must be a row as an object");
});

Deno.test("describePersona(phrases) says that a value is written in single braces", () => {
  assertThrows(
    () => describePersona(row, { phrases: { gender: "You are {{ value }}." } }),
    RangeError,
    "'phrases.gender' must have {value} in single braces",
  );
  assertEquals(describePersona({ constructor: "x" }), "Your constructor is x.");
});
