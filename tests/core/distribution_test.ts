import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  columnOf,
  distributionOf,
  isDistribution,
  loadTable,
  pooledAnswers,
  readStudy,
  stream,
  type Table,
  tableOf,
  wideAnswers,
  writeTable,
} from "@understudy/understudy/core";
import { estimateDrift } from "@understudy/understudy/drift";
import {
  checkSharpNull,
  estimateBootstrap,
  estimateEffectFamily,
  estimateEffects,
  estimateHeterogeneity,
  estimateMeans,
} from "@understudy/understudy/estimation";

/** Answers of 40 personas to a scale and a choice, as probabilities; two of the personas are without one. */
function answersOf(seed = 1): Table {
  const random = stream(seed, "answers");
  const rows: { [column: string]: unknown }[] = [];
  for (let i = 0; i < 40; i++) {
    const arm = i % 2 === 0 ? "control" : "threat";
    for (const [item, options] of [["support", ["1", "2", "3"]], ["news", ["paper", "tv"]]] as const) {
      const distribution = distributionOf(options, options.map(() => random.uniform()));
      const drawn = options[random.index(Object.values(distribution))]!;
      const isLost = i > 37;
      rows.push({
        persona_id: `p${i}`,
        arm,
        item,
        party: i % 3 === 0 ? "A" : "B",
        item_kind: item === "support" ? "likert" : "choice",
        value: isLost ? null : item === "support" ? Number(drawn) : drawn,
        status: isLost ? "unparsed" : "answered",
        distribution,
        option_mass: isLost ? 0.01 : 0.5 + 0.01 * i,
        prompt_key: `k${i}`,
      });
    }
  }
  return tableOf(rows);
}

/** What is expected of each answer, written out. */
function expectations(
  answers: Table,
  item: string,
  of: (distribution: { [answer: string]: number }) => number,
) {
  const rows = answers.objects() as { item: string; arm: string; status: string; distribution: never }[];
  const used = rows.filter((row) => row.item === item && row.status === "answered");
  return tableOf({ arm: used.map(({ arm }) => arm), y: used.map(({ distribution }) => of(distribution)) });
}

const mean = (distribution: { [answer: string]: number }) =>
  Object.entries(distribution).reduce((sum, [answer, part]) => sum + Number(answer) * part, 0);
const numbers = (table: Table) => table.select("estimate", "std_error", "df", "conf_low", "n").objects();

Deno.test("estimateEffects() takes what is expected of probabilities, and says so", () => {
  const answers = answersOf();
  const effects = estimateEffects(answers, { outcome: "support" });
  const written = estimateEffects(expectations(answers, "support", mean), { outcome: "y" });
  assertEquals(numbers(effects), numbers(written));
  const note =
    "38 answers are probabilities and count by what is expected of each; their options had 0.69 of it, at " +
    "least 0.50";
  assertStringIncludes(String(effects.get("notes", 0)), note);
  const share = estimateEffects(answers, { outcome: "news", category: "tv" });
  const shares = expectations(answers, "news", (distribution) => distribution.tv!);
  assertEquals(numbers(share), numbers(estimateEffects(shares, { outcome: "y" })));
});

Deno.test('elicited: "drawn" takes the answers that were drawn', () => {
  const answers = answersOf();
  const drawn = estimateEffects(answers, { outcome: "support", elicited: "drawn" });
  const without = answers.select(answers.columnNames().filter((name) => name !== "distribution"));
  assertEquals(drawn.objects(), estimateEffects(without, { outcome: "support" }).objects());
  const effects = estimateEffects(answers, { outcome: "support" });
  assert(drawn.get("std_error", 0) > effects.get("std_error", 0));
});

Deno.test("each estimate of means and effects takes the same expectations, long and wide", () => {
  const answers = answersOf();
  const wide = wideAnswers(answers);
  const frames = [answers, wide];
  for (const table of frames) {
    const [effect] = numbers(estimateEffects(table, { outcome: "support" })) as { estimate: number }[];
    const means = estimateMeans(table, { outcome: "support", by: "arm" });
    const [control, threat] = columnOf<number>(means, "estimate");
    assertAlmostEquals(threat! - control!, effect!.estimate, 1e-12);
    const family = estimateEffectFamily(table, { outcomes: ["support"], replicates: 200 });
    assertAlmostEquals(family.get("estimate", 0), effect!.estimate, 1e-12);
    assertStringIncludes(String(family.get("notes", 0)), "are probabilities");
    const boot = estimateBootstrap(table, { outcome: "support", replicates: 200 });
    assertAlmostEquals(boot.get("estimate", 0), effect!.estimate, 1e-12);
    const sharp = checkSharpNull(table, { outcome: "support", permutations: 99 });
    assertAlmostEquals(sharp.get("statistic", 0) as number, effect!.estimate, 1e-9);
    const groups = estimateHeterogeneity(table, { outcome: "support", by: "party" });
    assertStringIncludes(String(groups.get("notes", 0)), "are probabilities");
  }
  assertEquals(wide.get("support_distribution", 3), answers.get("distribution", 6));
  assertEquals(wide.columnNames().includes("option_mass"), false);
});

Deno.test("what needs single answers takes those that were drawn", () => {
  const answers = answersOf();
  const without = answers.select(answers.columnNames().filter((name) => !/distribution|mass/.test(name)));
  const drift = (table: Table) => estimateDrift(table, { controls: ["news"], permutations: 99 }).objects();
  assertEquals(drift(answers), drift(without));
});

Deno.test("a table of probabilities gives the same estimates after a file", async () => {
  const answers = answersOf();
  const expected = estimateEffects(answers, { outcome: "support" }).objects();
  const folder = await Deno.makeTempDir();
  for (const ending of ["csv", "tsv", "json", "jsonl", "parquet"]) {
    const file = `${folder}/answers.${ending}`;
    await writeTable(answers, file);
    const loaded = await loadTable(file);
    assertEquals(loaded.array("distribution"), answers.array("distribution"), ending);
    assertEquals(estimateEffects(loaded, { outcome: "support" }).objects(), expected, ending);
    const wideFile = `${folder}/wide.${ending}`;
    await writeTable(wideAnswers(answers), wideFile);
    const wide = estimateEffects(await loadTable(wideFile), { outcome: "support" });
    assertEquals(numbers(wide), numbers(estimateEffects(answers, { outcome: "support" })), ending);
  }
  const error = await writeTable(answers, `${folder}/a.arrow`).catch((error) => error);
  assertStringIncludes(error.message, "Parquet, JSON and CSV keep such columns");
});

Deno.test("what are no probabilities is an error, and texts have no mean", () => {
  assertEquals([{}, { a: 0.5 }, { a: 2, b: -1 }, [1], null, "a", { a: "1" }].map(isDistribution), [
    false,
    false,
    false,
    false,
    false,
    false,
    false,
  ]);
  const strange = tableOf({ arm: ["a", "b"], y: [1, 2], y_distribution: [{ 1: 0.5 }, { 2: 1 }] });
  assertThrows(() => estimateEffects(strange, { outcome: "y" }), RangeError, "hold probabilities");
  assertThrows(() => estimateEffects(answersOf(), { outcome: "news" }), TypeError, "category");
  assertThrows(() => estimateEffects(answersOf(), { outcome: "news", category: "tw" }), RangeError, "tv");
});

Deno.test("personas with one prompt and one distribution are one draw", () => {
  const personas = Array.from({ length: 60 }, (_, i) => i);
  const random = stream(5, "prompts");
  const kinds = Array.from(
    { length: 12 },
    () => distributionOf(["1", "2"], [random.uniform(), random.uniform()]),
  );
  const answers = tableOf({
    persona_id: personas.map((i) => `p${i}`),
    arm: personas.map((i) => i % 2 === 0 ? "control" : "threat"),
    item: personas.map(() => "support"),
    value: personas.map(() => 1 + random.integer(2)),
    // Batches of a server change probabilities a little.
    distribution: personas.map((i) => {
      const [one] = Object.values(kinds[i % 12]!);
      return distributionOf(
        ["1", "2"],
        [Math.round(one! * 100) / 100 + 0.004 * random.uniform(), 0].map((x, k) =>
          k === 0 ? x : 1 - Math.round(one! * 100) / 100
        ),
      );
    }),
    prompt_key: personas.map((i) => `k${i % 12}`),
  });
  const clusters = (elicited: "expected" | "drawn") =>
    readStudy("read", answers, { outcome: "support", elicited }).clusterName;
  assertEquals([clusters("expected"), clusters("drawn")], ["prompt_key", undefined]);
});

Deno.test("pooledAnswers() are the shares of what was answered, and the mean of probabilities", () => {
  const given = tableOf({
    persona_id: ["p1", "p1", "p1", "p1", "p2", "p2", "p3"],
    arm: ["a", "a", "a", "b", "b", "b", "b"],
    replicate: [1, 2, 3, 1, 1, 2, 1],
    item: ["y", "y", "y", "y", "y", "y", "y"],
    value: [null, 2, 3, 3, ["l"], 1, null],
    status: ["refused", "answered", "answered", "answered", "answered", "answered", "failed"],
  });
  const pooled = pooledAnswers(given);
  assertEquals(pooled.array("persona_id"), ["p1", "p1", "p2", "p3"]);
  assertEquals(pooled.array("distribution"), [{ 2: 0.5, 3: 0.5 }, { 3: 1 }, null, null]);
  assertEquals(pooled.array("option_mass"), [2 / 3, 1, null, null]);
  assertEquals(pooled.array("pooled"), [2, 1, 2, 0]);
  assertEquals(pooled.array("value"), [2, 3, ["l"], null]);
  assertEquals(pooled.array("status"), ["answered", "answered", "answered", "failed"]);
  const twice = tableOf([...answersOf().objects(), ...answersOf(2).objects()] as never);
  const both = pooledAnswers(twice);
  assertEquals(both.numRows(), 80);
  const parts = [0, 80].map((row) => (twice.get("distribution", row) as { 1: number })[1]);
  assertAlmostEquals((both.get("distribution", 0) as { 1: number })[1], (parts[0]! + parts[1]!) / 2, 1e-12);
  // Averaging replicates first is what estimators do anyway.
  const effect = (table: Table) =>
    estimateEffects(table, { outcome: "support" }).get("estimate", 0) as number;
  assertAlmostEquals(effect(both), effect(twice), 1e-12);
});
