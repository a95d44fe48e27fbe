import { assertEquals, assertThrows } from "@std/assert";
import { composeTreatment, declareTreatments } from "@understudy/understudy/treatments";

Deno.test("declareTreatments() refuses what is not a treatment", () => {
  assertThrows(() => declareTreatments({ control: "x" }), RangeError, "at least two arms");
  assertThrows(() => declareTreatments([] as never), TypeError, '{ control: "…", threat: "…" }');
  assertThrows(() => declareTreatments({ control: "x", threat: "" }), TypeError, "'arms.threat'");
  assertThrows(() => declareTreatments({ control: "x", threat: [] }), TypeError, "have a text");
  assertThrows(() => declareTreatments({ control: "x", "a b": "y" }), RangeError, "be a name");
  assertThrows(
    () => declareTreatments({ control: "x", threat: "{{ state" }),
    TypeError,
    "arm 'threat' is not a template",
  );
  assertThrows(
    () => declareTreatments({ control: "x", threat: "y" }, { slot: {} } as never),
    TypeError,
    "'slot' is unknown",
  );
});

Deno.test("declareTreatments(slots) names a slot that no text has", () => {
  assertThrows(
    () => declareTreatments({ control: "x", threat: "y {{ state }}" }, { slots: { state: "N", stat: "N" } }),
    RangeError,
    "slot 'stat' stands in no arm's text",
  );
  assertThrows(
    () => declareTreatments({ control: "x", threat: { text: "y {{ state }}", slots: { stat: "N" } } }),
    RangeError,
    "slot 'stat' stands not in the text of arm 'threat': its slots are state",
  );
});

Deno.test("composeTreatment() names the missing slot and what the personas have", () => {
  const treatments = declareTreatments({ control: "x", threat: "y {{ state }}" });
  assertThrows(
    () => composeTreatment(treatments, "threat", { attributes: { age: 3 } }),
    RangeError,
    "slot 'state' of arm 'threat' has no value",
  );
  assertThrows(() => composeTreatment(treatments, "treat"), RangeError, 'one of "control", "threat"');
  assertThrows(() => composeTreatment(treatments, "control", { wording: 2 }), RangeError, "from 1 to 1");
});

Deno.test("composeTreatment() prefers an arm's own slot, then the shared one, then the attribute", () => {
  const treatments = declareTreatments({
    control: "{{ state }} {{ age }}",
    threat: { text: ["{{ state }}", "again {{ state }}"], slots: { state: "Southland" } },
  }, { slots: { state: "Norland" } });
  assertEquals(
    composeTreatment(treatments, "control", { attributes: { age: 40, state: "Texas" } }),
    "Norland 40",
  );
  assertEquals(composeTreatment(treatments, "threat", { wording: 2 }), "again Southland");
});

Deno.test("composeTreatment() treats values as text, never as templates or files", () => {
  const treatments = declareTreatments({ control: "x", threat: "Hello {{ name }}" });
  const name = "{{ 7 | times: 6 }} <script>alert('&')</script>";
  assertEquals(composeTreatment(treatments, "threat", { attributes: { name } }), `Hello ${name}`);
  assertThrows(
    () => declareTreatments({ control: "x", threat: "{% include 'deno.json' %}" }),
    TypeError,
    "arm 'threat' is not a template",
  );
});

Deno.test("declareTreatments() takes no text that draws at random, tells the time or loops", () => {
  for (
    const text of [
      "{{ 'a,b,c' | split: ',' | sample }}",
      "{{ 'now' | date: '%s' }}",
      "{% for i in (1..100000000) %}x{% endfor %}",
      "{% increment n %}",
    ]
  ) {
    assertThrows(() => declareTreatments({ control: "x", threat: text }), TypeError, "is not a template");
  }
  const conditional = declareTreatments({
    control: "x",
    threat: "{% if party == 'A' %}Yes{% else %}No{% endif %}",
  });
  assertEquals(composeTreatment(conditional, "threat", { attributes: { party: "A" } }), "Yes");
});

Deno.test("composeTreatment() takes a slot's default, or a condition, where a persona lacks the attribute", () => {
  const treatments = declareTreatments({
    control: 'All is quiet in {{ city | default: "your city" }}.',
    threat: "Troops are near{% if city %} {{ city }}{% endif %}.",
  });
  const composed = (arm: string, attributes: { [name: string]: unknown }) =>
    composeTreatment(treatments, arm, { attributes });
  for (const missing of [{}, { city: null }, { city: "" }, { city: NaN }]) {
    assertEquals(composed("control", missing), "All is quiet in your city.");
    assertEquals(composed("threat", missing), "Troops are near.");
  }
  assertEquals(composed("threat", { city: "Bonn" }), "Troops are near Bonn.");
  const own = declareTreatments({ a: "{{ constructor }}", b: "x" });
  assertThrows(() => composeTreatment(own, "a"), RangeError, "slot 'constructor' of arm 'a' has no value");
  assertEquals(composeTreatment(own, "a", { attributes: { constructor: "Ada" } }), "Ada");
});

Deno.test("declareTreatments() says where single braces were meant as a slot, and lets braces be text", () => {
  const declare = (text: string) => () => declareTreatments({ control: "x", threat: text });
  assertThrows(declare("Troops near {city}."), TypeError, "a slot is written {{ city }}");
  assertThrows(
    declare("Troops near { city } and {{ town }}."),
    TypeError,
    "single braces around a name, { city }",
  );
  const text = 'A set {1, 2}, {"a": 1}, {% raw %}{city}{% endraw %}, {{ town }} {}';
  assertEquals(
    composeTreatment(declareTreatments({ a: text, b: "x" }), "a", { attributes: { town: "T" } }),
    'A set {1, 2}, {"a": 1}, {city}, T {}',
  );
});

Deno.test("composeTreatment() and declareTreatments() say what is wrong with what they are given", () => {
  assertThrows(() => composeTreatment(undefined as never, "a"), TypeError, "declareTreatments({ … })");
  const slots = (value: unknown) => () =>
    declareTreatments({ a: "{{ s }}", b: "x" }, { slots: value as never });
  assertThrows(slots([1]), TypeError, "'slots' must be an object");
  assertThrows(slots({ s: null }), TypeError, "'slots.s' must be a text, a number, true or false");
  const treatments = declareTreatments({ control: "x", threat: "y" });
  assertThrows(() => composeTreatment(treatments, "thread"), RangeError, "did you mean 'threat'?");
});
