import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  columnOf,
  distinct,
  loadTable,
  readStudy,
  type Table,
  tableOf,
  wideAnswers,
  writeTable,
} from "@understudy/understudy/core";
import {
  assignTreatments,
  checkBalance,
  declareConjoint,
  declareDesign,
} from "@understudy/understudy/designs";
import { checkJointDrift, estimateDrift } from "@understudy/understudy/drift";
import {
  checkAttrition,
  checkSharpNull,
  estimateAmce,
  estimateBootstrap,
  estimateBounds,
  estimateEffectFamily,
  estimateEffects,
  estimateHeterogeneity,
  estimateMeans,
  estimateQuantileEffects,
  estimateRegression,
} from "@understudy/understudy/estimation";
import { choice, likert } from "@understudy/understudy/items";
import { composePrompt } from "@understudy/understudy/prompts";
import { scriptedRespondent } from "@understudy/understudy/respondents";
import { planExperiment, runExperiment } from "@understudy/understudy/runner";
import { declareTreatments } from "@understudy/understudy/treatments";

const rows = Array.from({ length: 48 }, (_, i) => i);

/** 48 personas of four kinds, two arms; an answer for each kind and arm, to which `noise` adds. */
function study(noise: (i: number) => number = () => 0, more: { [column: string]: unknown[] } = {}): Table {
  const kind = rows.map((i) => Math.floor(i / 2) % 4);
  const arm = rows.map((i) => i % 2 === 0 ? "control" : "threat");
  return tableOf({
    persona_id: rows.map((i) => `p${i}`),
    arm,
    arm_probability: rows.map(() => 0.5),
    kind: kind.map((own) => `k${own}`),
    half: kind.map((own) => own < 2 ? "low" : "high"),
    prompt_key: rows.map((i) => `${arm[i]}${kind[i]}`),
    support: rows.map((i) => [3, 1, 4, 1.5, 2, 6, 5, 3.5][kind[i]! * 2 + i % 2]! + noise(i)),
    news: rows.map((i) => kind[i]! % 2 === 0 ? "tv" : "web"),
    ...more,
  });
}

const counted = "48 personas, 8 different prompts (control 4, threat 4)";
const clusters = "replies to the same prompt never differ: prompts are the clusters";
const notesOf = (table: Table) => distinct(columnOf<string>(table, "notes")).join(" | ");

Deno.test("replies to the same prompt that differ leave personas as they are, and prompts are counted", () => {
  const effects = estimateEffects(study((i) => i % 5), { outcome: "support" });
  assertEquals([effects.get("design", 0), effects.get("notes", 0)], ["standard", counted]);
});

Deno.test("where replies to the same prompt never differ the prompts are the clusters", () => {
  const table = study();
  const effects = estimateEffects(table, { outcome: "support" });
  assertEquals(effects.get("design", 0), "clustered");
  assertEquals(effects.get("notes", 0), `${counted}; ${clusters}; 8 clusters`);
  const named = table.derive({ village: "d => d.prompt_key" });
  const same = estimateEffects(named, { outcome: "support", clusters: "village" });
  assertEquals(effects.get("std_error", 0), same.get("std_error", 0));
  assertEquals(effects.get("df", 0), same.get("df", 0));
});

Deno.test("clusters that are named, recorded or refused stay, and the row says what that means", () => {
  const table = study();
  const refused = estimateEffects(table, { outcome: "support", clusters: null });
  assertEquals(refused.get("design", 0), "standard");
  const warning = "warning: replies to the same prompt never differ, yet";
  assertEquals(refused.get("notes", 0), `${counted}; ${warning} personas count as draws`);
  const recorded = study(() => 0, { cluster: rows.map((i) => `c${i % 12}`) });
  const kept = estimateEffects(recorded, { outcome: "support" });
  assertEquals(kept.get("notes", 0), `${counted}; ${warning} other clusters count as draws; 12 clusters`);
});

Deno.test('clusters: "prompt" asks for prompts whatever the replies', () => {
  const varied = study((i) => i % 5);
  const effects = estimateEffects(varied, { outcome: "support", clusters: "prompt" });
  assertEquals(effects.get("notes", 0), `${counted}; prompts are the clusters; 8 clusters`);
  assertThrows(
    () => estimateEffects(varied.select("arm", "support"), { outcome: "support", clusters: "prompt" }),
    RangeError,
    "has no column 'prompt_key'",
  );
  const own = study(() => 0, { prompt: rows.map((i) => `c${i % 12}`) });
  const column = estimateEffects(own, { outcome: "support", clusters: "prompt" });
  assert((column.get("notes", 0) as string).endsWith("12 clusters"));
});

Deno.test("an answer that nearly all give does not make prompts the clusters", () => {
  const rare = study(() => 0, { support: rows.map((i) => i === 47 ? 1 : 0) });
  assertEquals(readStudy("read", rare, { outcome: "support" }).cluster, null);
  // Two prompts were sent twice, and their replies agree: by chance one time in four.
  const few = study(() => 0, {
    prompt_key: rows.map((i) => i < 4 ? `twice${i % 2}` : `once${i}`),
    support: rows.map((i) => Math.floor(i / 4) % 2),
  });
  assertEquals(readStudy("read", few, { outcome: "support" }).cluster, null);
  assertEquals(readStudy("read", few, { outcome: "support", clusters: "prompt" }).cluster!.labels.length, 46);
});

Deno.test("arms without a text share prompts, and clusters lie in one arm each", () => {
  const kind = rows.map((i) => `k${Math.floor(i / 2) % 4}`);
  const study2 = readStudy(
    "read",
    study(() => 0, { prompt_key: kind, support: kind.map((k) => Number(k[1])) }),
    {
      outcome: "support",
    },
  );
  assertEquals(study2.cluster!.labels.length, 8);
});

Deno.test("personas in all arms are clusters of those who read the same", () => {
  const single = study();
  const within = tableOf({
    persona_id: rows.map((i) => `p${Math.floor(i / 2)}`),
    ...Object.fromEntries(["arm", "prompt_key", "support"].map((name) => [name, columnOf(single, name)])),
  });
  const effects = estimateEffects(within, { outcome: "support" });
  assertEquals(effects.get("design", 0), "matched pairs, clustered");
  assertEquals([effects.get("n", 0), Math.round(effects.get("df", 0) as number)], [24, 3]);
  const lin = estimateEffects(within, { outcome: "support", estimator: "ols" });
  assert((lin.get("notes", 0) as string).includes("4 clusters"));
  // Two to the fourth ways to change arms, and not two to the 24th.
  const sharp = checkSharpNull(within, { outcome: "support" });
  assert(notesOf(sharp).includes("arms change places within clusters"), notesOf(sharp));
  assertEquals((sharp.get("p_value", 0) as number) * 16 % 1, 0);
  const drift = estimateDrift(within.derive({ news: "d => d.support > 3 ? 'tv' : 'web'" }), {
    controls: "news",
  });
  assert(notesOf(drift).includes("all 16 assignments of arms within clusters"), notesOf(drift));
});

Deno.test("blocks stay where they hold whole prompts, else arms are compared without them", () => {
  const table = study(() => 0, { block: rows.map((i) => `b${i % 3}`) });
  const spread = estimateEffects(table, { outcome: "support" });
  assertEquals([spread.get("design", 0), spread.get("n", 0)], ["clustered", 48]);
  assert((spread.get("notes", 0) as string).includes("no blocks, as prompts spread over them"));
  const pairs = estimateEffects(table, { outcome: "support", blocks: "kind" });
  assertEquals([pairs.get("design", 0), pairs.get("df", 0)], ["pairs of clusters", 3]);
  const halves = estimateEffects(table, { outcome: "support", blocks: "half" });
  assertEquals(halves.get("design", 0), "blocked and clustered");
  // Shares that differ between blocks would make a comparison without blocks wrong.
  const unequal = study(() => 0, {
    block: rows.map((i) => `b${i % 3}`),
    arm_probability: rows.map((i) => i % 3 ? 0.5 : 0.4),
  });
  const kept = estimateEffects(unequal, { outcome: "support" });
  assertEquals(kept.get("design", 0), "blocked");
  assert(
    (kept.get("notes", 0) as string).includes("prompts spread over blocks in which arms have other shares"),
  );
});

Deno.test("a persona with several prompts stands with those who were sent the same", () => {
  const single = study();
  const both = [1, 2].map((wording) =>
    columnOf<string>(single, "prompt_key").map((key) => `${key}w${wording}`)
  );
  const twice = (name: string) => [...columnOf(single, name), ...columnOf(single, name)];
  const table = tableOf({
    ...Object.fromEntries(["persona_id", "arm", "support"].map((name) => [name, twice(name)])),
    prompt_key: both.flat(),
  });
  const effects = estimateEffects(table, { outcome: "support" });
  assert(
    (effects.get("notes", 0) as string).includes("48 personas, 16 different prompts (control 8, threat 8)"),
  );
  assert((effects.get("notes", 0) as string).includes("8 clusters"));
});

Deno.test("every verb that reads answers tells of the prompts", () => {
  const table = study();
  const outcome = "support";
  const draws = { permutations: 99, seed: 1 };
  const verbs: { [name: string]: Table } = {
    lin: estimateEffects(table, { outcome, estimator: "lin" }),
    hajek: estimateEffects(table, { outcome, estimator: "hajek" }),
    bounds: estimateBounds(table, { outcome }),
    attrition: checkAttrition(table, { outcome, ...draws }),
    bootstrap: estimateBootstrap(table, { outcome, replicates: 50 }),
    family: estimateEffectFamily(table, { outcomes: [outcome], replicates: 50 }),
    heterogeneity: estimateHeterogeneity(table, { outcome, by: "half" }).filter("d => d.by === 'half'"),
    means: estimateMeans(table, { outcome }),
    quantiles: estimateQuantileEffects(table, { outcome, replicates: 50 }),
    regression: estimateRegression(table, { outcome, terms: ["arm"] }),
    sharp: checkSharpNull(table, { outcome, ...draws }),
    drift: estimateDrift(table, { controls: "news", permutations: 99, bootstraps: 0 }),
    joint: checkJointDrift(table, { controls: ["news", "support"], permutations: 99 }),
  };
  for (const [name, found] of Object.entries(verbs)) {
    for (const notes of columnOf<string>(found, "notes")) {
      assert(notes.includes("different prompts"), `${name}: ${notes}`);
      assert(notes.includes("prompts are the clusters"), `${name}: ${notes}`);
    }
  }
  assert(notesOf(verbs.bootstrap!).includes("resampled 8 clusters"));
  assert(notesOf(verbs.quantiles!).includes("of 8 clusters"));
  assert(notesOf(verbs.drift!).includes("across clusters"));
  // Balance is of the personas, who were assigned one by one.
  assert(!notesOf(checkBalance(table, { covariates: "half" })).includes("clusters"));
});

const respondent = (temperature: 0 | 1) =>
  scriptedRespondent(({ messages, seed }) => {
    const text = messages.map(({ content }) => content).join() + (temperature === 0 ? "" : seed);
    let sum = 7;
    for (const letter of text) sum = (sum * 31 + letter.charCodeAt(0)) % 9973;
    return JSON.stringify({ support: String(1 + sum % 7), news: ["paper", "tv", "web"][sum % 3] });
  });

const design = declareDesign({
  treatments: declareTreatments({
    control: "It is quiet in {{ city }}.",
    threat: ["Troops come.", "Troops march."],
  }),
  items: [
    likert("support", "How much do you support it?", { points: 7 }),
    choice("news", "What do you read?", ["paper", "tv", "web"], { order: "shuffled" }),
  ],
  stated: ["party"],
});

const personas = tableOf({
  persona_id: rows.map((i) => `p${i}`),
  weight: rows.map(() => 1),
  party: rows.map((i) => i % 3 === 0 ? "left" : "right"),
  city: rows.map((i) => i % 2 === 0 ? "Ulm" : "Bonn"),
});

Deno.test("a plan counts for each arm the prompts that it composes, answers carry their key", async () => {
  const plan = planExperiment(assignTreatments(personas, design, { seed: 1 }), design, {
    seed: 1,
    replicates: 2,
  });
  const texts = Map.groupBy(columnOf<string>(plan.trials, "trial_id"), (id) => id.split(":")[1]!);
  const summary = plan.summary.objects() as {
    arm: string;
    prompts: number;
    calls: number;
    personas: number;
  }[];
  for (const { arm, prompts, calls, personas } of summary) {
    const own = texts.get(arm)!.map((id) => JSON.stringify(composePrompt(plan, id).messages));
    assertEquals([prompts, calls, personas], [new Set(own).size, own.length, 24]);
  }
  const answers = await runExperiment(plan, respondent(0));
  const different = summary.reduce((sum, { prompts }) => sum + prompts, 0);
  assertEquals(distinct(columnOf(answers, "prompt_key")).length, different);
  const still = estimateEffects(answers, { outcome: "support" });
  assert((still.get("notes", 0) as string).includes("prompts are the clusters"), notesOf(still));
  const wide = estimateEffects(wideAnswers(answers), { outcome: "support" });
  const file = `${await Deno.makeTempDir()}/answers.csv`;
  await writeTable(answers, file);
  const loaded = estimateEffects(await loadTable(file), { outcome: "support" });
  for (const other of [wide, loaded]) {
    assertEquals(other.get("std_error", 0), still.get("std_error", 0));
    assertEquals(other.get("notes", 0), still.get("notes", 0));
  }
  const warm = estimateEffects(await runExperiment(plan, respondent(1)), { outcome: "support" });
  assert(!(warm.get("notes", 0) as string).includes("clusters"), notesOf(warm));
});

Deno.test("calls that failed are no replies, and a refusal is another reply than an answer", async () => {
  const plan = planExperiment(assignTreatments(personas, design, { seed: 1 }), design, { seed: 1 });
  const answers = await runExperiment(plan, respondent(0));
  const change = (status: string, prompt: boolean) => {
    const columns = Object.fromEntries(answers.columnNames().map((name) => [name, columnOf(answers, name)]));
    // The first prompt of those that were sent several times.
    const keys = columns.prompt_key!;
    const row = keys.findIndex((key, own) =>
      columns.item![own] === "support" && keys.indexOf(key, own + 2) > 0
    );
    columns.status![row] = status;
    columns.value![row] = null;
    if (!prompt) keys[row] = null;
    return readStudy("read", tableOf(columns), { outcome: "support" });
  };
  const failed = change("failed", false);
  assertEquals(failed.clusterName, "prompt_key");
  assertEquals(failed.cluster!.codes.includes(-1), false);
  assertEquals(change("refused", true).cluster, null);
});

Deno.test("the profiles of a conjoint's prompt are not replies that differ", async () => {
  const conjoint = declareDesign({
    conjoint: declareConjoint({
      features: { sex: ["man", "woman"], job: ["none", "doctor"] },
      tasks: 3,
      text: "Two people.",
    }),
    items: [choice("pick", "Whom do you choose?", ["Profile 1", "Profile 2"])],
    stated: ["party"],
  });
  const plan = planExperiment(assignTreatments(personas, conjoint, { seed: 1 }), conjoint, { seed: 1 });
  const ids = columnOf<string>(plan.trials, "trial_id");
  const prompts = new Set(ids.map((id) => JSON.stringify(composePrompt(plan, id).messages))).size;
  assertEquals(columnOf<number>(plan.summary, "prompts").reduce((sum, count) => sum + count, 0), prompts);
  const answers = await runExperiment(
    plan,
    scriptedRespondent(({ messages }) => `{"pick": "Profile ${1 + messages[1]!.content.length % 2}"}`),
  );
  const amce = estimateAmce(answers, { outcome: "pick", features: ["sex", "job"] });
  assert(notesOf(amce).includes(`48 personas, ${prompts} different prompts`), notesOf(amce));
  assert(
    notesOf(amce).includes("warning: replies to the same prompt never differ, yet personas count as draws"),
    notesOf(amce),
  );
});

Deno.test("estimateMeans(prompts) joins the personas of every prompt, whatever the order of rows", () => {
  const kinds = rows.map((i) => i % 4);
  const [ordered, turned] = [kinds, kinds.toReversed()].map((own) =>
    tableOf({ persona_id: rows, prompt_key: own.map((kind) => `p${kind}`), y: own.map((kind) => kind ** 2) })
  ) as [Table, Table];
  const means = [ordered, turned].map((table) => estimateMeans(table, { outcome: "y", clusters: "prompt" }));
  for (const mean of means) {
    // Four draws of 0, 1, 4 and 9: a variance of 16.33.
    assertAlmostEquals(mean.get("std_error", 0) as number, Math.sqrt(49 / 3 / 4), 1e-12);
    assertEquals(mean.get("df", 0), 3);
    assert(String(mean.get("notes", 0)).includes("4 clusters (prompt_key)"), String(mean.get("notes", 0)));
  }
});

Deno.test("readStudy(prompts) counts a cluster in each of the arms that its personas were in", () => {
  const personas = rows.slice(0, 16).flatMap((i) => [{ i, arm: "control" }, { i, arm: "threat" }]);
  const table = (units: typeof personas) =>
    tableOf({
      persona_id: units.map(({ i }) => i),
      arm: units.map(({ arm }) => arm),
      region: units.map(({ i }) => i % 2 === 0 ? "north" : "south"),
      prompt_key: units.map(({ i, arm }) => `p${i % 4} ${arm}`),
      y: units.map(({ i }) => i % 4),
    });
  for (const units of [personas, personas.toReversed()]) {
    const request = { outcome: "y", blocks: "region", clusters: "prompt" };
    const { block, cluster } = readStudy("test", table(units), request);
    assertEquals([block?.labels.length, new Set(cluster!.codes).size], [2, 4]);
  }
});
