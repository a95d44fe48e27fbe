import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  columnOf,
  readProfiles,
  type RespondentRequest,
  stream,
  type Table,
  tableOf,
  wideAnswers,
} from "@understudy/understudy/core";
import {
  assignTreatments,
  declareConjoint,
  declareDesign,
  declareFactorial,
} from "@understudy/understudy/designs";
import {
  checkConjoint,
  estimateAmce,
  estimateEffects,
  estimateMarginalMeans,
} from "@understudy/understudy/estimation";
import { choice, likert } from "@understudy/understudy/items";
import { composePrompt } from "@understudy/understudy/prompts";
import { scriptedRespondent } from "@understudy/understudy/respondents";
import { planExperiment, runExperiment } from "@understudy/understudy/runner";
import { declareTreatments } from "@understudy/understudy/treatments";

const conjoint = declareConjoint({
  features: {
    job: { janitor: 2, doctor: 1 },
    language_skills: ["broken", "fluent"],
    years_of_schooling: [8, 12, 16],
  },
  restrictions: [{ job: "doctor", years_of_schooling: [8, 12] }],
  tasks: 3,
  labels: ["Immigrant 1", "Immigrant 2"],
  text: "Below are two people who have applied to live in your country.",
});
const items = [
  choice("admitted", "Which of the two should be admitted?", [...conjoint.labels, "neither"]),
  likert("welcome", "How welcome would this person be?", { points: 7 }),
];
const design = declareDesign({ conjoint, items, stated: ["party"], itemOrder: "fixed" });

function personas(n: number): Table {
  const rows = Array.from({ length: n }, (_, i) => i);
  return tableOf({
    persona_id: rows.map((i) => `p${i + 1}`),
    party: rows.map((i) => i % 2 ? "Reds" : "Blues"),
  });
}

/** Judges profiles by their text alone: fluency is worth 2 points, a doctor 1; noise by task. */
function judge(request: RespondentRequest): string {
  const profiles = readProfiles(request.messages[1]!.content);
  const random = stream(7, request.seed!);
  const utilities = profiles.map(({ levels }) =>
    (levels.language_skills === "fluent" ? 2 : 0) + (levels.job === "doctor" ? 1 : 0) + random.normal()
  );
  const best = utilities.indexOf(Math.max(...utilities));
  return JSON.stringify({
    admitted: Math.max(...utilities) < -0.5 ? "neither" : profiles[best]!.label,
    ...Object.fromEntries(
      utilities.map((utility, i) => [`welcome_${i + 1}`, Math.min(7, Math.max(1, Math.round(3 + utility)))]),
    ),
  });
}

Deno.test("a conjoint's prompt shows the profiles side by side, then a choice and a rating of each", () => {
  const assigned = assignTreatments(personas(4), design, { seed: 3 });
  const plan = planExperiment(assigned, design, { seed: 5 });
  const { messages, schema } = composePrompt(plan, "p2:conjoint:t3:w1:r1");
  assertEquals(messages[0]!.content, "Your party is Reds.");
  assertEquals(
    messages[1]!.content,
    `Below are two people who have applied to live in your country.

| | Immigrant 1 | Immigrant 2 |
| --- | --- | --- |
| job | janitor | janitor |
| language skills | fluent | broken |
| years of schooling | 12 | 8 |

Answer the questions below as yourself. Reply with one JSON object whose properties are the names in brackets.

1. [admitted] Which of the two should be admitted?
A. Immigrant 1
B. Immigrant 2
C. neither
Answer with the text of one option.

2. [welcome_1] Immigrant 1: How welcome would this person be?
Answer with a whole number from 1 to 7.

3. [welcome_2] Immigrant 2: How welcome would this person be?
Answer with a whole number from 1 to 7.`,
  );
  assertEquals(Object.keys(schema!.schema.properties as object), ["admitted", "welcome_1", "welcome_2"]);
  assertEquals((schema!.schema.properties as { admitted: { enum: string[] } }).admitted.enum, [
    "Immigrant 1",
    "Immigrant 2",
    "neither",
  ]);
});

Deno.test("a conjoint is assigned, planned, asked and estimated, with no table reshaped on the way", async () => {
  const assigned = assignTreatments(personas(200), design, { seed: 3 });
  const plan = planExperiment(assigned, design, { seed: 5 });
  assertEquals(plan.trials.numRows(), 600);
  const answers = await runExperiment(plan, scriptedRespondent(judge));
  assertEquals(answers.numRows(), 600 * 2 * 2);
  const names = ["task", "profile", "job", "language_skills", "years_of_schooling", "feature_order"];
  for (const name of names) assert(answers.columnNames().includes(name), name);

  const chosen = estimateAmce(answers, { outcome: "admitted", conjoint });
  const rated = estimateAmce(answers, { outcome: "welcome", conjoint });
  const effectOf = (table: Table, level: string) =>
    table.get("estimate", columnOf<string>(table, "level").indexOf(level)) as number;
  assert(effectOf(chosen, "fluent") > 0.4);
  assertAlmostEquals(effectOf(rated, "fluent"), 2, 0.25);
  assertAlmostEquals(effectOf(rated, "doctor"), 1, 0.25);
  const wide = wideAnswers(answers);
  assertEquals(wide.numRows(), 1200);
  assertEquals(estimateAmce(wide, { outcome: "welcome", conjoint }).objects(), rated.objects());
  const means = estimateMarginalMeans(answers, { outcome: "welcome", conjoint });
  assertEquals(means.numRows(), 7);
  const checks = checkConjoint(answers, { outcome: "welcome", conjoint });
  assert(columnOf<string>(checks, "check").some((check) => check.startsWith("randomisation")));
  assert(columnOf<number>(checks, "p_adjusted").every((p) => p > 0.01));
});

Deno.test("a conjoint's answers say for each profile whether it was chosen, how it was rated, and what failed", async () => {
  const plan = planExperiment(assignTreatments(personas(2), design, { seed: 3 }), design, { seed: 5 });
  const replies = [
    '{"admitted": "Immigrant 2", "welcome_1": 3, "welcome_2": 6}',
    '{"admitted": "neither", "welcome_1": 1, "welcome_2": 9}',
  ];
  let call = 0;
  const answers = await runExperiment(plan, scriptedRespondent(() => replies[call++ % 2]!), {
    concurrency: 1,
  });
  const rowsOf = (trial: string) =>
    (answers.objects() as { [name: string]: unknown }[])
      .filter(({ trial_id }) => trial_id === trial)
      .map((
        { profile, item, value, status, item_position },
      ) => [profile, item, value, status, item_position]);
  assertEquals(rowsOf("p1:conjoint:t1:w1:r1"), [
    [1, "admitted", 0, "answered", 1],
    [1, "welcome", 3, "answered", 2],
    [2, "admitted", 1, "answered", 1],
    [2, "welcome", 6, "answered", 3],
  ]);
  assertEquals(rowsOf("p1:conjoint:t2:w1:r1"), [
    [1, "admitted", 0, "answered", 1],
    [1, "welcome", 1, "answered", 2],
    [2, "admitted", 0, "answered", 1],
    [2, "welcome", null, "unparsed", 3],
  ]);
});

Deno.test("a conjoint shows each persona the features in an order of its own, the same in all its tasks, and records it", () => {
  const plan = planExperiment(assignTreatments(personas(20), design, { seed: 3 }), design, { seed: 5 });
  const [ids, people, orders] = ["trial_id", "persona_id", "feature_order"].map((name) =>
    columnOf<string>(plan.trials, name)
  ) as [string[], string[], string[]];
  const byPersona = Map.groupBy(orders.keys(), (row) => people[row]);
  for (const rows of byPersona.values()) assertEquals(new Set(rows.map((row) => orders[row])).size, 1);
  assert(new Set(orders).size > 3);
  ids.forEach((id, row) => {
    const [first] = readProfiles(composePrompt(plan, id).messages[1]!.content);
    assertEquals(Object.keys(first!.levels), JSON.parse(orders[row]!));
  });
  const fixed = declareDesign({
    conjoint: declareConjoint({ features: { b: ["x", "y"], a: ["u", "v"] }, featureOrder: "fixed" }),
    items: [likert("rating", "How good is it?", { points: 7 })],
    stated: [],
  });
  const fixedPlan = planExperiment(assignTreatments(personas(9), fixed), fixed);
  assertEquals(new Set(columnOf(fixedPlan.trials, "feature_order")), new Set(['["b","a"]']));
});

Deno.test("a conjoint can follow the text of an arm, and one profile is rated by the item's own name", async () => {
  const vignette = declareConjoint({
    features: { price: [5, 10], brand: ["A", "B"] },
    profiles: 1,
    tasks: 2,
  });
  const framed = declareDesign({
    treatments: declareTreatments({ control: "Prices are stable.", scare: "Prices will rise." }),
    conjoint: vignette,
    items: [likert("liking", "Would you buy it?", { points: 5 })],
    stated: [],
  });
  const assigned = assignTreatments(personas(40), framed, { seed: 1 });
  const plan = planExperiment(assigned, framed);
  const { messages } = composePrompt(plan, columnOf<string>(plan.trials, "trial_id")[0]!);
  assert(/^Prices [^]*\n\n\| \| Profile \|\n/.test(messages[1]!.content), messages[1]!.content);
  const answers = await runExperiment(
    plan,
    scriptedRespondent((request) =>
      JSON.stringify({ liking: request.messages[1]!.content.includes("rise") ? 4 : 2 })
    ),
  );
  const effects = estimateEffects(answers, { outcome: "liking" });
  assertEquals([effects.get("arm", 0), effects.get("reference", 0), effects.get("estimate", 0)], [
    "scare",
    "control",
    2,
  ]);
  assertEquals(estimateAmce(answers, { outcome: "liking", conjoint: vignette, by: "arm" }).numRows(), 8);
});

Deno.test("planExperiment(conjoint) refuses profiles that are not numbered, and declareDesign labels used by half", () => {
  const assigned = assignTreatments(personas(2), design, { seed: 3 });
  const lost = assigned.filter("d => d.profile === 1") as Table;
  assertThrows(
    () => planExperiment(lost, design),
    RangeError,
    "number the profiles of each task from 1 to 2",
  );
  const declare = (...more: typeof items) => () => declareDesign({ conjoint, items: more, stated: [] });
  assertThrows(
    declare(choice("best", "Which?", ["Immigrant 1", "none"])),
    RangeError,
    "all labels of the conjoint (Immigrant 1, Immigrant 2)",
  );
  const rating = likert("rating", "How good?", { points: 5 });
  assertThrows(
    declare(rating, { ...rating, name: "rating_2" }),
    RangeError,
    "not have the name of a question by profile",
  );
  assertThrows(declare({ ...rating, name: "job" }), RangeError, "not have the name of a factor or feature");
  assertThrows(
    () => declareDesign({ conjoint, items, stated: [], subjects: "within" }),
    RangeError,
    "its tasks are within already",
  );
  assertThrows(
    () => declareDesign({ items, stated: [] }),
    TypeError,
    "or give 'factors', a 'conjoint' or a 'protocol'",
  );
});

Deno.test("a factorial is assigned, planned, asked and estimated factor by factor, and told by its text alone", async () => {
  const factorial = declareDesign({
    factors: declareFactorial({
      factors: { tone: ["calm", "angry"], source: ["police", "witness"] },
      text: "A {{ tone }} report by the {{ source }}.",
    }),
    items: [likert("trust", "Do you trust it?", { points: 7 })],
    stated: ["party"],
  });
  const assigned = assignTreatments(personas(80), factorial, { seed: 2 });
  const plan = planExperiment(assigned, factorial, { seed: 3 });
  const { messages } = composePrompt(plan, columnOf<string>(plan.trials, "trial_id")[0]!);
  assertEquals(messages[0]!.content, "Your party is Blues.");
  assert(/^A (calm|angry) report by the (police|witness)\.\n/.test(messages[1]!.content));
  const answers = await runExperiment(
    plan,
    scriptedRespondent((request) => {
      const text = request.messages[1]!.content;
      return JSON.stringify({
        trust: 2 + (text.includes("police") ? 2 : 0) + (text.includes("calm") ? 1 : 0),
      });
    }),
  );
  const effectOf = (arm: string, reference: string) =>
    estimateEffects(answers, { outcome: "trust", arm, reference }).get("estimate", 0);
  assertAlmostEquals(effectOf("source", "witness") as number, 2, 1e-9);
  assertAlmostEquals(effectOf("tone", "angry") as number, 1, 1e-9);
  const cells = estimateEffects(answers, { outcome: "trust" });
  assertEquals(columnOf(cells, "arm"), ["angry.police", "angry.witness", "calm.witness"]);
  assertEquals(cells.get("reference", 0), "calm.police");
});
