import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { tableOf } from "@understudy/understudy/core";
import { declareDesign } from "@understudy/understudy/designs";
import { elicitConfounders, suggestControls } from "@understudy/understudy/drift";
import { choice, likert } from "@understudy/understudy/items";
import { scriptedRespondent } from "@understudy/understudy/respondents";
import { caller } from "@understudy/understudy/runner";
import { declareTreatments } from "@understudy/understudy/treatments";

const asked = { setting: "adults", circumstances: ["reads of a drill", "reads of a raid"], replicates: 2 };
const elicit = (names: readonly string[]) =>
  elicitConfounders(
    caller(scriptedRespondent(
      JSON.stringify({ attributes: names.map((name) => ({ name, levels: ["a", "b"], why: "" })) }),
    )),
    asked,
  );

Deno.test("elicitConfounders() says which names cannot be columns, and does not leave them out in silence", async () => {
  const found = await elicit(["Idéologie", "政治", "政治"]);
  assertEquals(found.array("attribute"), ["ideologie"]);
  assertStringIncludes(found.get("reason", 0), "left out: 政治; ask in English");
  assertEquals((await elicit(["age"])).get("reason", 0), "");
  await assertRejects(() => elicit(["政治", "возраст"]), Error, "left out: 政治, возраст");
});

Deno.test("suggestControls() says which proposals have names that cannot be columns", async () => {
  const design = declareDesign({
    treatments: declareTreatments({ control: "A drill was held.", threat: "Troops came tonight." }),
    items: [
      likert("support", "Do you support it?", { points: 5 }),
      choice("home", "Where were you born?", ["a", "b"]),
    ],
    stated: [],
  });
  const controls = ["родина", "siblings"].map((name) => ({
    name,
    question: "How many?",
    options: ["1", "2"],
    why: "",
  }));
  const suggested = await suggestControls(design, {
    outcome: "support",
    personas: tableOf({ persona_id: ["p"] }),
    call: caller(scriptedRespondent(JSON.stringify({ controls }))),
    replicates: 1,
  });
  const rows = suggested.objects() as { control: string; reason: string }[];
  assertStringIncludes(rows.find(({ control }) => control === "siblings")!.reason, "left out: родина");
});
