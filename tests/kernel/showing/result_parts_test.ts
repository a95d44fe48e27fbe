import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  assignTreatments,
  composePrompt,
  declareConjoint,
  declareDesign,
  declareFactorial,
  declareProtocol,
  declareTreatments,
  type Design,
  likert,
  type MimeBundle,
  planExperiment,
  tableOf,
  yesNo,
} from "@understudy/understudy";
import { ask, say, tell, treatment } from "@understudy/understudy/protocols";
import { declareReadyStudy } from "@understudy/understudy/worlds";
import { displayValues, printValues } from "../../../lib/kernel/showing/show.ts";
import { discussion } from "../../plots/protocols.ts";
import { repair } from "../../plots/figures.ts";

const hostile = `<img src=x onerror=alert(1)> & "q"`;
const fear = yesNo("fear", "Are you afraid?");
const design = declareDesign({
  treatments: declareTreatments({ control: "It is quiet.", threat: ["Troops cross.", hostile] }),
  items: [fear, likert("support", "Support it?", { points: 7 })],
  stated: ["age", "party"],
  blocks: "party",
});
const people = tableOf(
  Array.from({ length: 8 }, (_, i) => ({ persona_id: `p${i}`, age: i, party: i % 2 ? "A" : "B" })),
);
const planOf = (of: Design) => planExperiment(assignTreatments(people, of, { seed: 1 }), of, { seed: 2 });

async function shown(...values: unknown[]): Promise<{ html: string; text: string; bundles: MimeBundle[] }> {
  const bundles: MimeBundle[] = [];
  const kernel = { display: (bundle: MimeBundle) => Promise.resolve(void bundles.push(bundle)) };
  await displayValues(values, kernel, () => Promise.resolve());
  const of = (type: string) => bundles.map((bundle) => String(bundle[type] ?? "")).join("\n");
  return { html: of("text/html"), text: of("text/plain"), bundles };
}

Deno.test("show(design) draws who is told what, the arms and the questions, from left to right", async () => {
  const { html, text } = await shown(design);
  assertEquals(text.split("\n"), [
    "The model is told of each persona",
    "  age, party: It imagines the rest.",
    "→ one of 2 arms, at random",
    "  control, 50%, reference: It is quiet.",
    "  threat, 50%: Troops cross. (and 1 other wording)",
    "→ 2 questions",
    "  fear: Are you afraid? (yesNo)",
    "  support: Support it? (likert)",
    "Assignment complete, between subjects; in blocks of party; questions together, in shuffled order.",
  ]);
  assertStringIncludes(html, "flex-wrap:wrap");
});

Deno.test("show(design) tells factors, profiles, arms within subjects and protocols as what they are", async () => {
  const factors = declareFactorial({
    factors: { tone: ["calm", "angry"], who: ["A", "B"] },
    text: "{{ tone }} {{ who }}",
  });
  const factorial = (await shown(declareDesign({ factors, items: [fear], stated: [] }))).text;
  assertStringIncludes(
    factorial,
    "  nothing: It imagines the rest.\n→ one of 4 arms, at random\n  tone: calm / angry\n",
  );
  const conjoint = declareConjoint({ features: { sex: ["man", "woman"], age: [30, 60] }, tasks: 3 });
  const profiles = (await shown(declareDesign({ conjoint, items: [fear], stated: ["age_group"] }))).text;
  assertStringIncludes(profiles, "→ 3 × 2 profiles\n  sex: man / woman\n  age: 30 / 60\n");
  const within = { ...design, subjects: "within", blocks: [] } as Design;
  assertStringIncludes(
    (await shown(within)).text,
    "→ all 2 arms, in random order\n  control, reference: It is",
  );
  const protocol = declareProtocol({ steps: [tell(treatment()), say({ turns: 2 }), ask([fear])] });
  const meeting = await shown(declareDesign({ treatments: design.treatments, protocol, stated: [] }));
  assertEquals(meeting.bundles.length, 2);
  assertStringIncludes(meeting.html, `<img alt="What a session goes through: 1 role, 3 steps`);
  const many = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`arm_${i}`, `Text ${i}.`]));
  const wide = declareDesign({ treatments: declareTreatments(many), items: [fear], stated: [] });
  assertMatch(
    (await shown(wide)).text,
    /→ one of 30 arms, at random\n(?: {2}arm_\d+, .*: Text \d+\.\n){20}→/,
  );
});

Deno.test("show(plan) counts calls and tokens and shows what is read in each arm", async () => {
  const { text, bundles } = await shown(planOf(design));
  assertMatch(text, /^\*\*Plan: 8 calls\*\* to 8 personas in 2 arms\./);
  assertMatch(text, /\| control \| 4 \| 4 \| 4 \| \d{3} \| \d+ \|/);
  assertStringIncludes(text, "What persona p0 reads in each arm, beside control");
  assertEquals(bundles.map((bundle) => Object.keys(bundle).sort()[0]), [
    "text/markdown",
    "text/html",
    "text/html",
  ]);
});

Deno.test("show(prompt) reads as a chat in which no text of it is markup", async () => {
  const hostileDesign = declareDesign({
    treatments: declareTreatments({ a: hostile, b: hostile }),
    items: [fear],
    stated: [],
  });
  const plan = planOf(hostileDesign);
  const { html, text } = await shown(
    composePrompt(plan, String(plan.trials.get("trial_id", 0))),
    hostileDesign,
  );
  assert(!html.includes("<img"));
  assertStringIncludes(html, "&lt;img src=x onerror=alert(1)&gt; &amp; &quot;q&quot;");
  assertMatch(text, /^system:\n[^]*\nuser:\n<img src=x/);
  assertStringIncludes(html, "The reply must fit a schema");
});

Deno.test("show(…) knows worlds, protocols and repairs, one by one or in an array", async () => {
  const { world } = declareReadyStudy("user drift");
  const { bundles } = await shown([world, discussion]);
  const texts = bundles.map((bundle) => String(bundle["text/plain"]));
  assertStringIncludes(texts[0]!, "# The world “town-user-drift”");
  assertStringIncludes(texts[1]!, "Who hears whom");
  const fixed = await shown({ ...repair, verdict: "not found", reason: "enough" });
  assertMatch(fixed.text, /^Drift: \*\*not found\*\*; enough\.\n/);
  assertEquals(fixed.bundles.length, 3);
  // Whatever has other properties, and a list that holds such, is printed.
  assertEquals((await shown({ arm: 1 }, [world, 1], [[]])).bundles.map((each) => Object.keys(each).join()), [
    "text/plain",
    "text/plain",
    "text/plain",
  ]);
});

Deno.test("show(design) prints the same in a terminal", async () => {
  let text = "";
  await printValues([design], (part) => text += part);
  assertStringIncludes(text, "→ one of 2 arms, at random\n  control, 50%, reference: It is quiet.");
});
