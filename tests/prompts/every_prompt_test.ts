import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { columnOf, jupyterDisplay, type Plan, promptKey, tableOf } from "@understudy/understudy/core";
import { assignTreatments, declareConjoint, declareDesign } from "@understudy/understudy/designs";
import { choice, likert } from "@understudy/understudy/items";
import { comparePrompts, composePrompt, composePrompts } from "@understudy/understudy/prompts";
import { ask, declareProtocol, tell, treatment } from "@understudy/understudy/protocols";
import { planExperiment } from "@understudy/understudy/runner";
import { declareTreatments } from "@understudy/understudy/treatments";

const items = [
  likert("support", "Do you support it?", { points: 7 }),
  choice("news", "Where do you get your news?", ["paper", "tv"], { order: "fixed" }),
];
const arms = {
  control: ["A state holds its yearly exercise near the border.", "A state trains."],
  threat: "A state has moved troops across the border of {{ town }}.",
};
const people = (n: number) =>
  tableOf({
    persona_id: Array.from({ length: n }, (_, i) => `p${i}`),
    weight: new Array(n).fill(1),
    age: Array.from({ length: n }, (_, i) => 30 + i % 3),
    town: Array.from({ length: n }, (_, i) => i % 2 ? "Ham" : "Wyk"),
  });

function planOf(options: Partial<Parameters<typeof declareDesign>[0]> = {}, n = 40): Plan {
  const asked = options.protocol === undefined ? { items } : {};
  const design = declareDesign({
    treatments: declareTreatments(arms),
    ...asked,
    stated: ["age"],
    ...options,
  });
  return planExperiment(assignTreatments(people(n), design, { seed: 1 }), design, { seed: 2, replicates: 2 });
}

/** Every prompt composed by itself, counted by arm, wording, question and text. */
function countOneByOne(plan: Plan): Map<string, number> {
  const counts = new Map<string, number>();
  const apart = plan.design.ask !== "together";
  for (const { trial_id, arm, wording, item_order } of plan.trials.objects() as Record<string, string>[]) {
    for (const item of apart ? JSON.parse(item_order!) as string[] : [""]) {
      const { messages } = composePrompt(plan, trial_id!, item === "" ? {} : { item });
      const key = [arm, wording, item, promptKey(messages)].join("|");
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  return counts;
}

const conjoint = declareConjoint({ features: { job: ["nurse", "clerk"], age: ["30", "50"] }, tasks: 2 });
for (
  const [name, options] of Object.entries(
    {
      "together": {},
      "apart": { ask: "apart", itemOrder: "shuffled" },
      "in turn": { ask: "in turn", itemOrder: "shuffled" },
      "within subjects": { subjects: "within" },
    } as const,
  )
) {
  Deno.test(`composePrompts(plan) has each text once, with its calls: ${name}`, async () => {
    const plan = planOf(options);
    const prompts = await composePrompts(plan);
    const found = prompts.objects() as Record<string, string | number>[];
    const counted = new Map(
      found.map(({ arm, wording, item, prompt_key, calls }) =>
        [[arm, wording, item, prompt_key].join("|"), calls] as const
      ),
    );
    const [sorted, wanted] = [counted, countOneByOne(plan)].map((map) => [...map].sort());
    assertEquals(sorted, wanted as typeof sorted);
    for (const { trial_id, item, system, user, tokens, personas, calls } of found) {
      const { messages } = composePrompt(plan, String(trial_id), item === "" ? {} : { item: String(item) });
      assertEquals([system, user], [
        messages[0]!.content,
        messages.slice(1).map(({ content }) => content).join("\n\n"),
      ]);
      // English texts have four letters a token, or somewhat more.
      const letters = String(system).length + String(user).length;
      assert(Number(tokens) > letters / 6 && Number(tokens) < 20 + letters / 3, `${tokens} of ${letters}`);
      assertEquals(calls, 2 * (personas as number));
    }
  });
}

Deno.test("composePrompts(plan of a conjoint) tells profiles apart", async () => {
  const design = declareDesign({
    treatments: declareTreatments({ few: "Two people apply.", many: "Two of a hundred people apply." }),
    conjoint,
    items: [choice("chosen", "Whom?", ["Profile 1", "Profile 2"], { order: "fixed" })],
    stated: [],
  });
  const personas = people(6).select("persona_id", "weight");
  const plan = planExperiment(assignTreatments(personas, design, { seed: 1 }), design, { seed: 2 });
  const keys = columnOf<string>(plan.trials, "trial_id").map((id) =>
    promptKey(composePrompt(plan, id).messages)
  );
  assertEquals(columnOf(await composePrompts(plan), "prompt_key").sort(), [...new Set(keys)].sort());
});

Deno.test("comparePrompts(plan) shows what the persona reads in its own arm, and would read in the others", () => {
  const plan = planOf({ subjects: "within" });
  const { text } = comparePrompts(plan, { persona: "p3" });
  const threat = "has moved troops across the border of Ham";
  assertStringIncludes(text, `A state [−holds its yearly exercise near the border−]{+${threat}+}.`);
  const between = comparePrompts(planOf(), { persona: "p3" });
  // The orders are the persona's, whichever arm it is in.
  assertEquals(between.text, text);
  assertStringIncludes(between.html, `>${threat}</mark>.`);
});

Deno.test("comparePrompts(plan).table says which part differs, and in how many words", () => {
  const rows = comparePrompts(planOf()).table.objects() as Record<string, unknown>[];
  assertEquals(rows.map(({ part, differs }) => [part, differs]), [
    ["system message", "no"],
    ["treatment", "yes"],
    ["questions", "no"],
  ]);
  const { words_reference, words_arm, only_reference, only_arm } = rows[1]!;
  assertEquals([words_reference, words_arm, only_reference, only_arm], [9, 10, 7, 8]);
});

Deno.test("comparePrompts(plan) tells a prompt that gives its arm away", () => {
  const plan = planOf();
  const persona = ({ arm, age }: { readonly [name: string]: unknown }) => `You are ${age}, in ${arm}.`;
  const { text, table } = comparePrompts({ ...plan, prompt: { ...plan.prompt, persona } });
  assertStringIncludes(text, "What differs: system message, treatment.");
  assertEquals(table.get("differs", 0), "yes");
  assertStringIncludes(comparePrompts(plan).text, "Only the treatment differs.");
});

Deno.test("comparePrompts(plan, { item, wording }) takes the question and the wording asked for", () => {
  const plan = planOf({ ask: "in turn", itemOrder: "fixed" });
  const { text } = comparePrompts(plan, { item: "news", wording: 2 });
  assertStringIncludes(text, "…\n\nQuestion: Where do you get your news?");
  assertStringIncludes(text, "A state [−trains−]{+has moved");
  assert(!comparePrompts(plan).text.includes("Where do you"));
});

Deno.test("comparePrompts(plan) escapes whatever it shows, and runs nothing", () => {
  const hostile = `<script>alert(1)</script><img src=x onerror="alert(1)">`;
  const treatments = declareTreatments({ control: "Quiet.", threat: `Loud ${hostile}` });
  const plan = planOf({ treatments, items: [likert("x", hostile, { points: 3 })] });
  const { html, ...view } = comparePrompts(plan);
  assertEquals(html.match(/<(?!\/?(div|b|details|summary|mark)[ >])[^>]*>/g), null);
  assertEquals(/<[^>]*\son\w+=/.test(html), false);
  assertEquals(view.table.numRows(), 3);
  assertEquals(comparePrompts(plan)[jupyterDisplay](), { "text/html": html, "text/plain": view.text });
});

Deno.test("comparePrompts(plan of two long texts) marks all where too much differs, and soon", () => {
  const words = (from: string) => Array.from({ length: 20_000 }, (_, i) => `${from}${i % 977}`).join(" ");
  const treatments = declareTreatments({ control: words("a"), threat: words("b") });
  const { table } = comparePrompts(planOf({ treatments }));
  assertEquals([table.get("only_arm", 1), table.get("only_reference", 1)], [20_000, 20_000]);
});

Deno.test("composePrompts(…) and comparePrompts(…) name what is wrong with their arguments", async () => {
  const plan = planOf();
  await assertRejects(
    () => composePrompts({} as Plan),
    TypeError,
    "Cannot compose prompts as 'plan' must be a plan",
  );
  assertThrows(
    () => comparePrompts({} as Plan),
    TypeError,
    "Cannot compare prompts as 'plan' must be a plan",
  );
  assertThrows(() => comparePrompts(plan, { persona: "q3" }), RangeError, "did you mean 'p3'?");
  assertThrows(() => comparePrompts(plan, { item: "suport" }), RangeError, "did you mean 'support'?");
  assertThrows(() => comparePrompts(plan, { wording: 0 }), RangeError, "'wording'");
});

Deno.test("comparePrompts(plan) of a protocol shows the first call after the treatment was read, and says which", () => {
  const protocol = declareProtocol({
    steps: [
      ask(items.slice(0, 1), { name: "before" }),
      tell(treatment()),
      ask(items.slice(0, 1), { name: "after" }),
    ],
  });
  const { text, table } = comparePrompts(planOf({ protocol }), { persona: "p3" });
  assertStringIncludes(text, "What Subject in step 'after' of session p3 reads in each arm");
  assertStringIncludes(text, "What differs: messages.");
  assertStringIncludes(text, "has moved troops across the border of Ham");
  assertEquals(table.array("part"), ["system message", "messages"]);
  const first = declareProtocol({ steps: [tell(treatment()), ask(items.slice(0, 1))] });
  assertStringIncludes(
    comparePrompts(planOf({ protocol: first })).text,
    "Only the treatment differs.",
  );
});
