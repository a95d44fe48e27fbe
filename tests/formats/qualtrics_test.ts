import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { type Item, type RandomStream, stream } from "@understudy/understudy/core";
import { loadQualtrics, type QualtricsSurvey, writeQualtrics } from "@understudy/understudy/formats";
import {
  allocation,
  choice,
  describeItem,
  likert,
  multipleChoice,
  number,
  ranking,
  text,
  yesNo,
} from "@understudy/understudy/items";
import { htmlText } from "../../lib/formats/qualtrics_kinds.ts";

type Part = { [key: string]: unknown };

/** A survey in the shape of an export: every documented element, with content of our own. */
const source = new URL("../golden/qualtrics_survey.qsf", import.meta.url);

async function load(json: string): Promise<QualtricsSurvey> {
  const file = await Deno.makeTempFile({ suffix: ".qsf" });
  try {
    await Deno.writeTextFile(file, json);
    return await loadQualtrics(file);
  } finally {
    await Deno.remove(file);
  }
}

/** A survey of one block with these questions. */
function surveyOf(...questions: Part[]): string {
  const BlockElements = questions.map((_, at) => ({ Type: "Question", QuestionID: `QID${at + 1}` }));
  return JSON.stringify({
    SurveyElements: [
      { Element: "BL", Payload: [{ ID: "BL_1", Description: "Main", BlockElements }] },
      { Element: "FL", Payload: { Flow: [{ Type: "Block", ID: "BL_1", FlowID: "FL_2" }] } },
      ...questions.map((Payload, at) => ({
        Element: "SQ",
        PrimaryAttribute: `QID${at + 1}`,
        Payload: { DataExportTag: `q${at + 1}`, QuestionText: "Which?", ...Payload },
      })),
    ],
  });
}

const listOf = (...texts: string[]): Part =>
  Object.fromEntries(texts.map((Display, at) => [at + 1, { Display }]));

const rowsOf = (table: QualtricsSurvey["blocks"], ...names: string[]) =>
  (table.objects() as Part[]).map((row) => names.map((name) => row[name]));

Deno.test("loadQualtrics() makes each documented kind of question an item", async () => {
  const { items } = await loadQualtrics(source);
  assertEquals(items.map(({ kind, name }) => `${kind} ${name}`), [
    "choice news",
    "choice trust",
    "likert recommend",
    "multipleChoice media",
    "text why",
    "number age",
    "likert views_1",
    "likert views_tax",
    "multipleChoice uses_1",
    "multipleChoice uses_2",
    "number warmth_1",
    "number warmth_2",
    "allocation budget",
    "ranking issues",
    "text contact_1",
    "text contact_2",
    "choice support",
  ]);
  const said = (name: string) => describeItem(items.find((item) => item.name === name)!);
  assertEquals(
    said("recommend").split("\n")[1],
    "Answer with a whole number from 0 (Not at all likely) to 10 (Extremely likely).",
  );
  assertEquals(
    said("warmth_2"),
    [
      "How warmly do you feel about them?",
      "Farmers & \u201cgrowers\u201d",
      "From left to right: Cold, Neither, Warm.",
      "Answer with a whole number from 0 to 100.",
    ].join("\n"),
  );
  assertEquals(
    said("age"),
    "How old are you, in years?\nAnswer with a whole number from 18 to 99.",
  );
  assertStringIncludes(said("views_tax"), "Do you agree?\nTaxes are too high.\n");
  assertStringIncludes(said("budget"), "together they are 50");
});

Deno.test("loadQualtrics() keeps the values that the data have where a scale is recoded or shown downwards", async () => {
  const one = async (question: Part) => (await load(surveyOf(question))).items[0] as unknown as Part;
  const agree = listOf("Strongly agree", "Neither", "Strongly disagree");
  const matrix = { QuestionType: "Matrix", Selector: "Likert", SubSelector: "SingleAnswer" };
  const rows = { ...matrix, Choices: listOf("It is safe."), Answers: agree };
  const down = await one({ ...rows, RecodeValues: { 1: "1", 2: "0", 3: "-1" } });
  assertEquals([down.from, down.points], [-1, 3]);
  assertEquals((down.labels as string[])[0], "Strongly disagree");
  const gap = await one({ ...rows, RecodeValues: { 1: "1", 2: "2", 3: "99" } });
  assertEquals(gap.kind, "choice", "a value out of the row is no point");
  const same = await one({ ...rows, RecodeValues: { 1: "1", 2: "1", 3: "1" } });
  assertEquals(same.kind, "choice", "a value that all have is none");
  const alike = await one({ ...rows, Answers: listOf("1 - a", "2 - a", "2") });
  assertEquals(alike.options, ["1 - a", "2 - a", "2"], "what is no scale after all has its options");
  const single = { QuestionType: "MC", Selector: "SAVR", SubSelector: "TX", Choices: agree };
  assertEquals((await one(single)).kind, "choice", "numbers in a row alone make no scale");
  const Configuration = { Autoscale: { YScale: { Type: "likert" } } };
  assertEquals((await one({ ...single, Configuration })).kind, "likert");
});

Deno.test("loadQualtrics() takes the order of choices over where all of them are in random order", async () => {
  const question = {
    QuestionType: "MC",
    Selector: "SAVR",
    SubSelector: "TX",
    Choices: listOf("a", "b", "c"),
  };
  const orders = [
    [{ Type: "All", Advanced: null, TotalRandSubset: "" }, "shuffled", 0],
    [{ Type: "None" }, "fixed", 0],
    [{ Type: "ScaleReversal" }, "reversed", 0],
    [{ Type: "Advanced", Advanced: { RandomizeAll: ["1", "2", "3"], FixedOrder: [] } }, "fixed", 1],
    [{ Type: "Advanced", Advanced: { RandomizeAll: ["1", "2"], FixedOrder: ["3"] } }, "fixed", 1],
    [{ Type: "All", TotalRandSubset: 2 }, "fixed", 1],
  ] as const;
  for (const [Randomization, order, noted] of orders) {
    const { items, notUnderstood } = await load(surveyOf({ ...question, Randomization }));
    assertEquals([items[0]!.order, notUnderstood.numRows()], [order, noted], JSON.stringify(Randomization));
  }
  const ChoiceOrder = ["3", 1, "2", "9"];
  const { items } = await load(surveyOf({ ...question, ChoiceOrder }));
  assertEquals(items[0]!.options, ["c", "a", "b"]);
});

Deno.test("loadQualtrics() says block, page and place in the flow of each item and text", async () => {
  const { blocks } = await loadQualtrics(source);
  const rows = rowsOf(blocks, "block", "page", "shown", "question", "item", "text", "forced");
  assertEquals(rows.slice(0, 4), [
    ["Start", 1, "always", "QID1", null, "Welcome.\n\nPlease read\neverything & answer.", false],
    ["Start", 2, "always", "QID2", "news", "Where do you get your news?", true],
    ["Start", 2, "always", "QID3", "trust", "How much do you trust the council?", false],
    ["Start", 3, "always", "QID4", "recommend", "How likely are you to recommend it?", false],
  ]);
  const drawn = rows.filter(([block]) => String(block).startsWith("Vignette"));
  assertEquals(drawn.map((row) => row.slice(0, 3)), [
    ["Vignette A", 1, "1 of 2 by BlockRandomizer FL_5"],
    ["Vignette B", 1, "1 of 2 by BlockRandomizer FL_5; by Branch FL_7"],
  ]);
});

Deno.test("loadQualtrics() lists all that it does not understand, and drops nothing", async () => {
  const { notUnderstood, blocks } = await loadQualtrics(source);
  assertEquals(rowsOf(notUnderstood, "element", "question", "what"), [
    ["FL", "", "by EmbeddedData FL_2 cohort"],
    ["SQ", "QID1", "<img"],
    ["BL", "QID2", "SkipLogic If web Is Selected, Then Skip To End of Survey"],
    ["SQ", "QID2", "TextEntry of 'other'"],
    ["SQ", "QID3", "DisplayLogic If news paper Is Selected"],
    ["SQ", "QID5", "ExclusiveAnswer of 'none'"],
    ["SQ", "QID6", "${q://QID2/ChoiceGroup/SelectedChoices}"],
    ["SQ", "QID6", "QuestionJS"],
    ["SQ", "QID6", "MinChars of its validation"],
    ["SQ", "QID7", "ContentType of its validation"],
    ["SQ", "QID8", "Randomization"],
    ["SQ", "QID14", "Timing PageTimer"],
    ["SQ", "QID15", "SBS SBSMatrix"],
    ["FL", "", "1 of 2 by BlockRandomizer FL_5"],
    ["FL", "", "by Branch FL_7 New Branch If age Is Greater Than 30"],
    ["BL", "", "RandomizeQuestions of block Close"],
    ["SQ", "QID19", "MC SAVR consent"],
    ["FL", "", "by EndSurvey FL_9"],
    ["SO", "", "Header"],
    ["QO", "", "Payload"],
    ["NT", "", "Payload"],
    ["SQ", "QID20", "the question"],
  ]);
  // A question that is no item has its place among the others, without a text.
  const empty = rowsOf(blocks, "question", "item", "text").filter(([, item, text]) =>
    item === null && text === null
  );
  assertEquals(empty.map(([question]) => question), ["QID14", "QID15", "QID19"]);
});

Deno.test("loadQualtrics() names an item as the data do, and a second of the same name is listed", async () => {
  const te = { QuestionType: "TE", Selector: "SL" };
  const tags = ["Q1.2", "2nd", "2nd", "__proto__", ""];
  const { items, notUnderstood } = await load(
    surveyOf(...tags.map((DataExportTag) => ({ ...te, DataExportTag }))),
  );
  assertEquals(items.map(({ name }) => name), ["Q1_2", "_2nd", "QID5"]);
  assertEquals(rowsOf(notUnderstood, "question", "what"), [["QID3", "TE SL 2nd"], [
    "QID4",
    "TE SL __proto__",
  ]]);
});

Deno.test("htmlText() gives the words of HTML, never its code", () => {
  assertEquals(htmlText("<p>One&nbsp;&amp; two</p><p>x &lt; 3&#33;</p>"), "One & two\n\nx < 3!");
  assertEquals(htmlText("a<script>alert('<b>')</script>b<!-- c --><style>p{}</style>d"), "abd");
  assertEquals(htmlText(`<span title="a > b" onclick='x("")'>in</span> 2 < 3 <5`), "in 2 < 3 <5");
  assertEquals(htmlText("&lt;script&gt;"), "<script>", "what was escaped is a word");
  assertEquals(htmlText("end <b"), "end");
  assertEquals(htmlText("a\u202eb\u0007 \u00a0 c"), "ab c");
  assertEquals(htmlText(null), "");
});

Deno.test("htmlText() takes linear time for hostile texts", () => {
  for (
    const part of [
      "<",
      "<a ",
      "<!--",
      "<script>",
      '<a "',
      "<a '",
      "&",
      "&#",
      " \n",
      "</script ",
      "<br>\n",
      "&lt",
    ]
  ) {
    const begun = performance.now();
    htmlText(part.repeat(400_000));
    const took = performance.now() - begun;
    assert(took < 2000, `${part}: ${took} ms`);
  }
  assertEquals(htmlText('<a "'.repeat(8_000_000)), "");
});

Deno.test("loadQualtrics() refuses what is no survey, and what is too much of one", async () => {
  await assertRejects(() => load("not json"), RangeError, "must hold JSON");
  for (const json of ["null", "[]", "{}", `{"SurveyElements":7}`, `{"SurveyElements":[{"Element":"SQ"`]) {
    await assertRejects(() => load(json), RangeError, "Cannot load a survey of Qualtrics");
  }
  const many = listOf(...Array.from({ length: 1000 }, (_, at) => `c${at}`));
  const matrix = { QuestionType: "Matrix", Selector: "Likert", SubSelector: "SingleAnswer" };
  await assertRejects(
    () => load(surveyOf({ ...matrix, Choices: many, Answers: many })),
    RangeError,
    "options",
  );
  const survey = JSON.parse(surveyOf({ QuestionType: "TE", Selector: "SL" })) as { SurveyElements: Part[] };
  let Flow: unknown[] = [];
  for (let depth = 0; depth < 100; depth++) Flow = [{ Type: "Group", Flow }];
  survey.SurveyElements[1]!.Payload = { Flow };
  await assertRejects(() => load(JSON.stringify(survey)), RangeError, "nest its flow");
  const long = await load(
    surveyOf({ QuestionType: "TE", Selector: "SL", QuestionText: "long ".repeat(200_000) }),
  );
  assertEquals(rowsOf(long.notUnderstood, "what", "why"), [["long texts", "500000 characters are read"]]);
  survey.SurveyElements[1]!.Payload = { Flow: [{ Type: "Block", ID: "BL_7" }] };
  const lost = await load(JSON.stringify(survey));
  assertEquals(rowsOf(lost.notUnderstood, "element", "what"), [["FL", "block BL_7"], ["SQ", "the question"]]);
  const deep = "[".repeat(100_000) + "]".repeat(100_000);
  const nested = surveyOf({ QuestionType: "TE", Selector: "SL" }).replace(
    '"SL"',
    `"SL","DisplayLogic":${deep}`,
  );
  assertEquals((await load(nested)).notUnderstood.numRows(), 1);
});

/** Every place of a survey's JSON. */
function* placesOf(node: unknown): Generator<readonly [Part, string]> {
  if (typeof node !== "object" || node === null) return;
  for (const key of Object.keys(node)) {
    yield [node as Part, key];
    yield* placesOf((node as Part)[key]);
  }
}

const odd = (
  random: RandomStream,
  place: readonly [Part, string],
  all: readonly (readonly [Part, string])[],
) => {
  const [other, key] = all[random.integer(all.length)]!;
  const values = [
    null,
    "",
    -1,
    1e300,
    "constructor",
    "__proto__",
    [],
    {},
    true,
    [[]],
    "<b>\u202e${q://x",
    other[key],
    "x".repeat(5000),
  ];
  const value = values[random.integer(values.length)];
  return value === place[0] ? null : structuredClone(value);
};

Deno.test("loadQualtrics() of 500 mutated surveys gives a result or a clear error", async () => {
  const valid = await Deno.readTextFile(source);
  const outcomes = { read: 0, refused: 0 };
  for (let run = 0; run < 500; run++) {
    const random = stream(run, "mutated surveys");
    const survey: unknown = JSON.parse(valid);
    const all = [...placesOf(survey)];
    for (let change = 0; change < 1 + random.integer(8); change++) {
      const place = all[random.integer(all.length)]!;
      if (random.integer(3) === 0) delete place[0][place[1]];
      else place[0][place[1]] = odd(random, place, all);
    }
    let mutated = JSON.stringify(survey);
    if (random.integer(5) === 0) mutated = mutated.slice(0, random.integer(mutated.length));
    try {
      const { items, blocks } = await load(mutated);
      // What was read can be asked.
      for (const item of items) describeItem(item);
      assertEquals(new Set(items.map(({ name }) => name)).size, items.length);
      assert(blocks.numRows() >= items.length);
      outcomes.read++;
    } catch (error) {
      assert(
        error instanceof RangeError && error.message.startsWith("Cannot load a survey of Qualtrics as"),
        String(error),
      );
      outcomes.refused++;
    }
  }
  assert(outcomes.read > 250 && outcomes.refused > 50, JSON.stringify(outcomes));
});

Deno.test("writeQualtrics() writes what Qualtrics imports, and says what it cannot", async () => {
  const file = await Deno.makeTempFile({ suffix: ".txt" });
  const agree = { points: 3, labels: ["disagree", "", "agree"] };
  const lost = await writeQualtrics([
    "Read <this>.\n[[Block:none]]",
    choice("news", "Where?\nTick one.", ["tv & radio", "web"], { order: "fixed" }),
    "",
    likert("views_1", "Do you agree?\nIt is safe.", agree),
    likert("views_2", "Do you agree?\nIt is clean.", agree),
    likert("views_4", "Do you agree?\nIt is dear.", agree),
    likert("heat", "How warm?", { points: 2, from: 0 }),
    multipleChoice("media", "Which?", ["a", "b"], { minimum: 1, order: "fixed" }),
    ranking("rank", "Order them.", ["a", "b"], { order: "fixed" }),
    allocation("coins", "Share.", ["a", "b"]),
    text("why", "Why?"),
    yesNo("vote", "Do you vote?"),
  ], file);
  assertEquals(
    await Deno.readTextFile(file),
    await Deno.readTextFile(new URL("../golden/qualtrics_import.txt", import.meta.url)),
  );
  assertEquals(rowsOf(lost, "item", "what"), [
    ["media", "minimum: 1"],
    ["coins", "order: shuffled"],
    ["coins", "total: 100"],
    ["coins", "whole: true"],
  ]);
  const limits = await writeQualtrics([number("warmth", "How warm?", { minimum: 0, maximum: 10 })], file);
  assertEquals(limits.array("what"), ["minimum: 0", "maximum: 10"]);
  await assertRejects(() => writeQualtrics([{} as Item], file), TypeError, "must be items and texts");
});
