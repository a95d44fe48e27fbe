import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { answerColumns, columnOf, type Table } from "@understudy/understudy/core";
import { estimateEffects } from "@understudy/understudy/estimation";
import { loadEdsl, loadInspect } from "@understudy/understudy/formats";
import { likert } from "@understudy/understudy/items";

const folder = new URL("../golden/imports/", import.meta.url).pathname;

function rows(table: Table, names: readonly string[]): unknown[][] {
  return table.objects().map((row) => names.map((name) => (row as { [name: string]: unknown })[name]));
}

// Made by edsl_results.py with EDSL 1.0.9.
for (const ending of ["csv", "json", "parquet"]) {
  Deno.test(`loadEdsl() reads what pandas wrote of EDSL's results as ${ending}`, async () => {
    const answers = await loadEdsl(`${folder}edsl.${ending}`);
    const shown = ["persona_id", "arm", "item", "item_kind", "value", "status"];
    assertEquals(rows(answers, shown).slice(0, 8).sort((a, b) => String(a[2]) < String(b[2]) ? -1 : 1), [
      ["p1", "control", "media", "multipleChoice", ["tv", "it's paper"], "answered"],
      ["p1", "control", "media", "multipleChoice", null, "refused"],
      ["p1", "control", "news", "choice", "web", "answered"],
      ["p1", "control", "news", "choice", null, "refused"],
      ["p1", "control", "support", "likert", 5, "answered"],
      ["p1", "control", "support", "likert", null, "empty"],
      ["p1", "control", "why", "text", 'Because, "really".\nYes.', "answered"],
      ["p1", "control", "why", "text", null, "empty"],
    ]);
    assertEquals(answers.numRows(), 16);
    assertEquals(new Set(columnOf(answers, "arm")), new Set(["control", "threat"]));
    assertEquals(new Set(columnOf(answers, "age")), new Set([31]));
    assertEquals(new Set(columnOf(answers, "treatment")), new Set(["It is quiet.", "Troops cross."]));
    assertEquals(new Set(columnOf(answers, "replicate")), new Set([1]));
    assertEquals(new Set(columnOf(answers, "trial_id")).size, 4);
    assertEquals(Object.keys(answerColumns).filter((name) => !answers.columnNames().includes(name)), []);
    const order = answers.objects().find((row) => (row as { item: string }).item === "media") as {
      option_order: string;
    };
    assertEquals(JSON.parse(order.option_order), ["tv", "web", "it's paper"]);
    // The raw reply is read anew, by the toolkit's own rules, where its question is declared.
    const again = await loadEdsl(`${folder}edsl.${ending}`, {
      items: [likert("support", "Do you support it?", { points: 7 })],
    });
    const support = again.filter("d => d.item === 'support'");
    assertEquals(
      rows(support, ["value", "status"]).sort(),
      [
        [5, "answered"],
        [5, "answered"],
        [null, "empty"],
        [null, "empty"],
      ].sort(),
    );
  });
}

Deno.test("loadEdsl() knows model, tokens, keys and prompts of a whole file", async () => {
  const answers = await loadEdsl(`${folder}edsl.csv`);
  assertEquals(rows(answers, ["model", "prompt_tokens", "completion_tokens", "cached"])[0], [
    "test",
    1,
    1,
    false,
  ]);
  assertEquals(columnOf<string>(answers, "request_key").every((key) => /^[0-9a-f]{32}$/.test(key)), true);
  assertEquals(columnOf<string>(answers, "prompt_key").every((key) => /^p[0-9a-f]{15}$/.test(key)), true);
});

Deno.test("an answer that EDSL read in an empty reply or a refusal is none, and says what it had been", async () => {
  const file = await Deno.makeTempFile({ suffix: ".csv" });
  const text = "agent.agent_name,agent.arm,answer.q,generated_tokens.q_generated_tokens,answer.item\n" +
    'a,x,1,"",2\nb,x,7,As an AI language model I have no opinion on military support.,2\nc,y,3,3,2\n';
  try {
    // An empty cell is no text in CSV: JSON tells an empty reply from none.
    await Deno.writeTextFile(file, text);
    assertEquals(rows(await loadEdsl(file), ["value", "status"]).filter((_, row) => row % 2 === 0), [
      [null, "failed"],
      [null, "refused"],
      [3, "answered"],
    ]);
    await Deno.writeTextFile(
      `${file}.json`,
      JSON.stringify([{
        "agent.agent_name": "a",
        "answer.q": 1,
        "generated_tokens.q_generated_tokens": " ",
      }]),
    );
    const [empty] = rows(await loadEdsl(`${file}.json`), ["status", "reason", "persona_id"]);
    assertEquals(empty, ["empty", "the reply is empty; it had been read as 1", "a"]);
    const arms = await loadEdsl(file, { arm: "agent.arm" });
    assertEquals(columnOf(arms, "arm"), ["x", "x", "x", "x", "y", "y"]);
  } finally {
    await Deno.remove(file);
    await Deno.remove(`${file}.json`);
  }
});

// Made by inspect_frames.py with inspect_ai 0.3.285.
for (const ending of ["csv", "json", "parquet"]) {
  Deno.test(`loadInspect() reads what pandas wrote of samples_df as ${ending}`, async () => {
    const source = `${folder}inspect_samples.${ending}`;
    const scores = await loadInspect(source);
    assertEquals(rows(scores, ["persona_id", "arm", "party", "item", "value", "status"]), [
      ["p1", "control", "Left", "match", "C", "answered"],
      ["p1", "threat", "Left", "match", "I", "answered"],
      ["p2", "control", "Right", "match", "I", "answered"],
      ["p2", "threat", "Right", "match", "I", "answered"],
      ["p3", "control", "Left", "match", null, "failed"],
      ["p3", "threat", "Left", "match", "I", "answered"],
    ]);
    assertStringIncludes(columnOf<string>(scores, "reason")[4]!, "the subject left");
    assertEquals(rows(scores, ["model", "prompt_tokens", "completion_tokens", "replicate"])[0], [
      "mockllm/model",
      17,
      3,
      1,
    ]);
    const answers = await loadInspect(source, {
      messages: `${folder}inspect_messages.${ending === "json" ? "csv" : ending}`,
      items: [likert("support", "Do you support it?", { points: 7 })],
    });
    assertEquals(rows(answers, ["item", "item_kind", "value", "status", "raw"]), [
      ["support", "likert", 5, "answered", "5"],
      ["support", "likert", 2, "answered", "ANSWER: 2"],
      ["support", "likert", null, "empty", ""],
      [
        "support",
        "likert",
        null,
        "refused",
        "As an AI language model I have no opinion on military support.",
      ],
      ["support", "likert", null, "failed", ""],
      ["support", "likert", 3, "answered", "3"],
    ]);
  });
}

Deno.test("imported answers are estimated as others are", async () => {
  const file = await Deno.makeTempFile({ suffix: ".csv" });
  const lines = Array.from(
    { length: 40 },
    (_, i) => `a${i},${i % 2 ? "control" : "threat"},${1 + i % 5},${1 + i % 5}`,
  );
  try {
    await Deno.writeTextFile(
      file,
      `agent.agent_name,scenario.arm,answer.q,generated_tokens.q_generated_tokens\n${lines.join("\n")}\n`,
    );
    const effects = estimateEffects(await loadEdsl(file), { outcome: "q" });
    assertEquals(rows(effects, ["arm", "n"]), [["threat", 40]]);
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("a file that is something else is refused with the columns that it has", async () => {
  await assertRejects(() => loadEdsl(`${folder}inspect_samples.csv`), RangeError, "sample_id, eval_id");
  await assertRejects(() => loadInspect(`${folder}edsl.csv`), RangeError, "samples_df");
  // A column that is named and not there would be read as one without answers.
  await assertRejects(
    () => loadEdsl(`${folder}edsl.csv`, { arm: "nope" }),
    RangeError,
    "has no column 'nope'",
  );
  const samples = `${folder}inspect_samples.csv`;
  await assertRejects(() => loadInspect(samples, { persona: "nope" }), RangeError, "has no column 'nope'");
  await assertRejects(() => loadInspect(samples, { messages: samples }), RangeError, "messages_df");
});

Deno.test("files without replies, odd usage and lists of quotes without end load", async () => {
  const file = await Deno.makeTempFile({ suffix: ".json" });
  try {
    const quotes = `[${"\\'".repeat(30_000)}]`;
    await Deno.writeTextFile(file, JSON.stringify([{ "answer.q": "yes" }, { "answer.q": quotes }]));
    const answers = await loadEdsl(file);
    assertEquals(rows(answers, ["status", "raw"]), [["answered", ""], ["answered", ""]]);
    const usages = [{ m: null }, "5", "{", [null]];
    await Deno.writeTextFile(
      file,
      JSON.stringify(usages.map((model_usage) => ({ sample_id: "s", id: "p", score_x: 1, model_usage }))),
    );
    assertEquals(rows(await loadInspect(file), ["value", "prompt_tokens"]), usages.map(() => [1, null]));
  } finally {
    await Deno.remove(file);
  }
});
