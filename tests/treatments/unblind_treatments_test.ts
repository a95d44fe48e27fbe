import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { composeTreatment, declareTreatments, unblindTreatments } from "@understudy/understudy/treatments";

const treatments = declareTreatments({
  control: ["{{ state }} exercised.", "An exercise of {{ state }}."],
  border_threat: { text: "{{ name }}, {{ state }} has crossed.", slots: { state: "Sudland" } },
}, { slots: { state: "Norland" } });

Deno.test("unblindTreatments(treatments) says before each wording that the version was drawn, and between what", () => {
  const unblinded = unblindTreatments(treatments);
  for (const [arm, wording] of [["control", 1], ["control", 2], ["border_threat", 1]] as const) {
    const blind = composeTreatment(treatments, arm, { wording, attributes: { name: "Ada" } });
    const text = composeTreatment(unblinded, arm, { wording, attributes: { name: "Ada" } });
    assert(text.endsWith(`\n\n${blind}`));
    const preface = text.slice(0, -blind.length);
    assertStringIncludes(preface, "set by random assignment");
    assertStringIncludes(preface, "The versions are: control; border threat.");
    assertStringIncludes(preface, "Nothing else differs");
  }
  assertEquals(unblinded.arms.map(({ name }) => name), ["control", "border_threat"]);
});

Deno.test("unblindTreatments(treatments) gives every arm the same preface and leaves its argument as it was", () => {
  const before = JSON.stringify(treatments);
  const prefaces = unblindTreatments(treatments).arms.flatMap(({ wordings }) =>
    wordings.map((text) => text.split("\n\n")[0])
  );
  assertEquals(new Set(prefaces).size, 1);
  assertEquals(JSON.stringify(treatments), before);
});

Deno.test("unblindTreatments({ values, preface }) uses the user's words", () => {
  const values = { control: "no move", border_threat: "a move ($&)" };
  const unblinded = unblindTreatments(treatments, { values, preface: "Drawn by lot from {versions}:" });
  assertEquals(
    composeTreatment(unblinded, "control"),
    "Drawn by lot from no move; a move ($&):\n\nNorland exercised.",
  );
});

Deno.test("unblindTreatments(…) names what is wrong", () => {
  const throws = (options: object, text: string) =>
    assertThrows(() => unblindTreatments(treatments, options), Error, text);
  throws(
    { values: { control: "a" } },
    "'values' must name the version of every arm (control, border_threat)",
  );
  throws({ values: { control: "a", threat: "b" } }, "'values' must be one of");
  throws({ values: { control: "a", border_threat: "a" } }, "'values' must give each arm a name of its own");
  throws({ values: { control: "a", border_threat: "{{ b }}" } }, "'values.border_threat' must hold no slots");
  throws({ values: { control: "", border_threat: "b" } }, "'values.control' must be a non-empty text");
  throws({ preface: "Drawn by lot." }, "'preface' must contain {versions}");
  throws({ labels: {} }, "option 'labels' is unknown");
  assertThrows(() => unblindTreatments({} as never), TypeError, "'treatments' must be the result of");
});
