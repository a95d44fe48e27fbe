import { assertEquals, assertThrows } from "@std/assert";
import { composeTreatment, declareTreatments, openSlots } from "@understudy/understudy/treatments";

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
  assertEquals(openSlots(treatments), ["state"]);
  assertThrows(
    () => composeTreatment(treatments, "threat", { attributes: { age: 3 } }),
    RangeError,
    "slot 'state' of arm 'threat' has no value",
  );
  assertThrows(() => composeTreatment(treatments, "treat"), RangeError, "one of control, threat");
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
