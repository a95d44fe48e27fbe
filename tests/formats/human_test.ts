import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { columnOf, stream, type Table, tableOf, writeTable } from "@understudy/understudy/core";
import { estimateEffects, estimateMeans } from "@understudy/understudy/estimation";
import { type CodebookEntry, loadHuman, qualtricsCodebook } from "@understudy/understudy/formats";
import { choice, likert, multipleChoice, text, yesNo } from "@understudy/understudy/items";
import { loadTable } from "@understudy/understudy/core";

const codebook: CodebookEntry[] = [
  { column: "id", name: "persona_id" },
  { column: "cond", name: "arm", codes: { 1: "control", 2: "threat" } },
  { column: "wt", name: "weight" },
  { column: "Q1", name: "support", text: "How much do you support it?", missing: [98, 99] },
  { column: "Q2", name: "news", codes: { 1: "paper", 2: "tv", 9: null } },
];

const answers = tableOf({
  id: [11, 12, 13, 14],
  cond: [1, 2, 1, 2],
  wt: [0.5, 1, 1.5, 1],
  Q1: [5, 99, 3, 7],
  Q2: [1, 2, 9, 1],
  age: [31, 64, 20, 45],
});

const decoded = {
  persona_id: [11, 12, 13, 14],
  arm: ["control", "threat", "control", "threat"],
  weight: [0.5, 1, 1.5, 1],
  support: [5, null, 3, 7],
  news: ["paper", "tv", null, "paper"],
  age: [31, 64, 20, 45],
  basis: ["human", "human", "human", "human"],
};

function columnsOf(table: Table): { [name: string]: unknown[] } {
  return Object.fromEntries(table.columnNames().map((name) => [name, columnOf(table, name)]));
}

async function fileOf(content: string, suffix = ".csv"): Promise<string> {
  const file = await Deno.makeTempFile({ suffix });
  await Deno.writeTextFile(file, content);
  return file;
}

for (const ending of ["csv", "tsv", "json", "jsonl", "parquet", "arrow"]) {
  Deno.test(`loadHuman() reads codes, missing codes, arms and weights of a file of ${ending}`, async () => {
    const file = await Deno.makeTempFile({ suffix: `.${ending}` });
    await writeTable(answers, file);
    assertEquals(columnsOf(await loadHuman(file, { codebook })), decoded);
  });
}

Deno.test("loadHuman() takes a codebook as a table or a file with a row for each code", async () => {
  const rows =
    "column,name,text,code,value\nid,persona_id,,,\ncond,arm,,1,control\ncond,,,2,threat\nwt,weight,,,\n" +
    "Q2,news,What do you read?,1.0,paper\nQ2,news,,2,tv\nQ2,news,,9,\nQ1,support,,98,\n";
  const file = await fileOf(rows);
  const own = answers.filter("d => d.Q1 !== 99");
  const { support: _, ...rest } = columnsOf(
    await loadHuman(own.select("id", "cond", "wt", "Q2", "age"), {
      codebook: await loadTable(await fileOf(rows.split("\n").slice(0, -2).join("\n"))),
    }),
  );
  assertEquals(rest.news, ["paper", null, "paper"]);
  assertEquals(rest.arm, ["control", "control", "threat"]);
  // A codebook with one code of several is not to be trusted with the others.
  const error = await assertRejects(() => loadHuman(own, { codebook: file }), RangeError);
  assertStringIncludes(
    error.message,
    "column 'Q1' has 3 codes that are not known: 5 is not in the codebook (row 1)",
  );
});

Deno.test("loadHuman() lists the codes that a codebook does not know, with column and row", async () => {
  const error = await assertRejects(
    () => loadHuman(answers, { codebook: [{ column: "Q2", codes: { 1: "paper", 3: "web" } }] }),
    RangeError,
  );
  assertEquals(
    error.message,
    "Cannot load human answers as column 'Q2' has 2 codes that are not known: 2 is not in the codebook (row 2); " +
      "9 is not in the codebook (row 3); add them to its codes (1; 3), or to those missing",
  );
});

Deno.test("loadHuman() reads labels as the values of the design's items", async () => {
  const file = tableOf({
    agree: ["Strongly agree", "neither", "1"],
    vote: ["Yes", "no", null],
    media: ["tv,web", "paper", "web"],
    party: ["Left", "RIGHT", "Left"],
    why: ["I'd rather not say", "Because.", "5"],
  });
  const labels = ["Strongly disagree", "Disagree", "Neither", "Agree", "Strongly agree"];
  const items = [
    likert("agree", "Do you agree?", { points: 5, labels }),
    yesNo("vote", "Will you vote?"),
    multipleChoice("media", "Which do you use?", ["paper", "tv", "web"]),
    choice("party", "Which party?", ["Left", "Right"]),
    text("why", "Why?"),
  ];
  const human = columnsOf(await loadHuman(file, { codebook: [], items }));
  assertEquals(human.agree, [5, 3, 1]);
  assertEquals(human.vote, [1, 0, null]);
  assertEquals(human.media, [["tv", "web"], ["paper"], ["web"]]);
  assertEquals(human.party, ["Left", "Right", "Left"]);
  assertEquals(human.why, ["I'd rather not say", "Because.", "5"]);
  assertEquals(human.persona_id, ["h1", "h2", "h3"]);
});

Deno.test("loadHuman() does not take the code of an option for its place in the design", async () => {
  const items = [choice("party", "Which party?", ["Left", "Right"])];
  for (const code of [2, "2", "B"]) {
    const file = tableOf({ party: ["Left", code] });
    const error = await assertRejects(() => loadHuman(file, { codebook: [], items }), RangeError);
    assertStringIncludes(error.message, "is no answer to 'party': an option's text is needed (row 2)");
  }
  const coded = await loadHuman(tableOf({ party: [2, 1] }), {
    codebook: [{ column: "party", codes: { 1: "Right", 2: "Left" } }],
    items,
  });
  assertEquals(columnOf(coded, "party"), ["Left", "Right"]);
});

Deno.test("loadHuman() gives a table that estimators take as they take answers of a model", async () => {
  const human = await loadHuman(answers, { codebook });
  const effects = estimateEffects(human, { outcome: "support", basis: "human" });
  assertEquals(effects.get("estimate", 0), 3);
  const means = estimateMeans(human, {
    outcome: "news",
    category: "paper",
    weights: "weight",
    basis: "human",
  });
  assertEquals((means.get("estimate", 0) as number).toFixed(12), (1.5 / 2.5).toFixed(12));
});

Deno.test("loadHuman() takes a code as it is written before those that are like it, and no cell that is like several", async () => {
  const read = async (cells: unknown[], codes: { [code: string]: string }, missing: string[] = []) =>
    columnOf(await loadHuman(tableOf({ Q1: cells }), { codebook: [{ column: "Q1", codes, missing }] }), "Q1");
  assertEquals(await read(["A", "a"], { A: "up", a: "low" }), ["up", "low"]);
  assertEquals(await read([1, "1.0"], { "1": "yes", "1.0": "no" }), ["yes", "no"]);
  assertEquals(await read(["A", "a"], { A: "up" }, ["a"]), ["up", null]);
  assertEquals(await read([" a ", "1.00"], { A: "up", a: "up", "1": "yes" }), ["up", "yes"]);
  for (
    const [cell, codes] of [["1.00", { "1": "yes", "1.0": "no" }], ["Ab", { AB: "up", ab: "low" }]] as const
  ) {
    const error = await assertRejects(() => read([cell], codes), RangeError);
    assertStringIncludes(error.message, "is like codes that say different things (row 1)");
  }
  const twice = tableOf({ column: ["Q1", "Q1"], code: [1, 1], value: ["yes", "no"] });
  const error = await assertRejects(() => loadHuman(tableOf({ Q1: [1] }), { codebook: twice }), RangeError);
  assertStringIncludes(
    error.message,
    "'codebook' must give the code 1 of 'Q1' one value: current value is \"no\"",
  );
});

Deno.test("loadHuman() refuses a column that rows as objects would lose, unless it is named or left out", async () => {
  const file = tableOf(Object.fromEntries([["__proto__", [1, 2]]]));
  const error = await assertRejects(() => loadHuman(file, { codebook: [] }), RangeError);
  assertStringIncludes(error.message, "must give the name '__proto__' once");
  const named = await loadHuman(file, { codebook: [{ column: "__proto__", name: "vote" }] });
  assertEquals(columnOf(named, "vote"), [1, 2]);
});

Deno.test("loadHuman() reads a codebook of 40,000 codes of a column, and codes that are all alike, in linear time", async () => {
  const code = Array.from({ length: 40_000 }, (_, at) => at);
  const many = tableOf({ column: code.map(() => "Q1"), code, value: code.map((at) => `v${at}`) });
  const alike = Object.fromEntries(
    code.map((at) => [`1.${"0".repeat(at % 300)}${" ".repeat(at / 300)}`, "yes"]),
  );
  const start = performance.now();
  const human = await loadHuman(tableOf({ Q1: code }), { codebook: many });
  await loadHuman(tableOf({ Q1: code.map(() => " 1 ") }), { codebook: [{ column: "Q1", codes: alike }] });
  assert(performance.now() - start < 3000);
  assertEquals(human.get("Q1", 39_999), "v39999");
});

Deno.test("loadHuman() says what is wrong with a codebook", async () => {
  const wrong: [codebook: unknown, message: string][] = [
    [undefined, "'codebook' must hold entries such as"],
    [[{ column: "Q9" }], "'file' has no column 'Q9': its columns are id, cond"],
    [
      [{ column: "Q1", name: "age" }],
      "must give the name 'age' once ({ column, name: null } leaves one out): Q1 has it: current value is \"age\"",
    ],
    [[{ column: "Q1", name: "basis" }], 'leaves one out): what is added has it: current value is "Q1"'],
    [
      [{ column: "cond", name: "persona_id" }],
      "column 'persona_id' must hold distinct values: 1 stands in rows 1 and 3",
    ],
    [[{ column: "Q1", codes: { 1: { a: 1 } } }], "'codebook' must hold entries such as"],
    [[{ column: "Q1", name: "__proto__" }], "'codebook' must hold entries such as"],
    [[{ column: "Q1", missing: [[99]] }], "'codebook' must hold entries such as"],
    [[{ column: "Q1", codes: ["low", "high"] }], "'codebook' must hold entries such as"],
    [[{ column: 1 }], "'codebook' must hold entries such as"],
    [[{ column: "Q1", name: 5 }], "'codebook' must hold entries such as"],
    [[null], "'codebook' must hold entries such as"],
    [tableOf({ name: ["Q1"] }), "'codebook' has no column 'column'"],
  ];
  for (const [codebook, message] of wrong) {
    const error = await assertRejects(() => loadHuman(answers, { codebook: codebook as CodebookEntry[] }));
    assertStringIncludes((error as Error).message, message);
  }
});

Deno.test("loadHuman() takes names that every object has, and huge cells, for what they are", async () => {
  const file = await fileOf(`id,constructor,toString\n1,5,a\n2,6,${"b".repeat(1_000_000)}\n`);
  const named = [{ column: "id", name: "persona_id" }, {
    column: "constructor",
    codes: { 5: "five", 6: "six" },
  }];
  const human = await loadHuman(file, { codebook: named });
  assertEquals(columnOf(human, "constructor"), ["five", "six"]);
  assertEquals(columnOf<string>(human, "toString")[1]!.length, 1_000_000);
  const unknown = await fileOf("Q1\nconstructor\n__proto__\n");
  const error = await assertRejects(() =>
    loadHuman(unknown, { codebook: [{ column: "Q1", codes: { 1: "yes" } }] })
  );
  assertStringIncludes((error as Error).message, "has 2 codes that are not known");
  const twice = await fileOf("Q1,Q1\n1,2\n");
  await assertRejects(() => loadHuman(twice, { codebook: [] }), RangeError, "name each column once");
});

const quote = (cell: string) => `"${cell.replaceAll('"', '""')}"`;
const qualtrics = [
  ["StartDate", "IPAddress", "Finished", "ResponseId", "Q1", "Q2", "Q3_4_TEXT", "cond"],
  [
    "Start Date",
    "IP Address",
    "Finished",
    "Response ID",
    "How much?",
    "Paper, or tv?",
    "Other - Text",
    "cond",
  ],
  ["startDate", "ipAddress", "finished", "_recordId", "QID1", "QID2", "QID3_4_TEXT", "cond"].map((id) =>
    `{"ImportId":"${id}"}`
  ),
  ["2026-01-02 10:00:00", "1.2.3.4", "True", "R_1", "5", "tv", 'a "word"', "threat"],
  ["2026-01-02 10:00:00", "1.2.3.5", "False", "R_2", "-99", "paper", "", "control"],
].map((row) => row.map(quote).join(",")).join("\n");

Deno.test("loadHuman() reads tabs in UTF-16, as Qualtrics writes them, and says what text it cannot read", async () => {
  const wide = await Deno.makeTempFile({ suffix: ".tsv" });
  const units = Uint16Array.from("\uFEFFid\tQ1\nR_1\tJa, schön\n", (sign) => sign.charCodeAt(0));
  await Deno.writeFile(wide, new Uint8Array(units.buffer));
  const named = [{ column: "id", name: "persona_id" }];
  assertEquals(columnOf(await loadHuman(wide, { codebook: named }), "Q1"), ["Ja, schön"]);
  await Deno.writeFile(wide, new Uint8Array([105, 100, 10, 0xe4, 10]));
  await assertRejects(() => loadHuman(wide, { codebook: named }), RangeError, "must be text in UTF-8");
  const broken = await fileOf('[{"id": 1', ".json");
  await assertRejects(() => loadHuman(broken, { codebook: named }), RangeError, "is not JSON");
});

Deno.test("loadHuman() gives a table or a clear error for any damaged export and codebook", async () => {
  const count = Deno.env.get("UNDERSTUDY_LONG") === "1" ? 2000 : 150;
  const table =
    "column,name,text,code,value\nResponseId,persona_id,,,\nQ1,support,How much?,5,5\nQ2,news,,tv,tv\n";
  const pieces = [
    '"',
    ",",
    "\n",
    "\r",
    "\0",
    "NA",
    "__proto__",
    "constructor",
    '{"ImportId":"',
    "-99",
    "1e999",
    "\u202e",
    "{}",
    "[1]",
  ];
  let [read, refused] = [0, 0];
  for (let at = 0; at < count; at++) {
    const random = stream(at, "mutate");
    const mutate = (whole: string) => {
      let content = whole;
      for (let step = random.integer(4); step >= 0; step--) {
        const [from, length] = [random.integer(content.length + 1), random.integer(30)];
        const piece = [
          pieces[random.integer(pieces.length)]!,
          "",
          content.slice(from, from + length).repeat(2),
        ][random.integer(3)]!;
        content = content.slice(0, from) + piece +
          content.slice(from + (random.integer(2) === 0 ? 0 : length));
      }
      return content;
    };
    const source = await fileOf(mutate(qualtrics));
    const codes = await fileOf(random.integer(2) === 0 ? table : mutate(table));
    try {
      const file = await loadTable(source);
      const own = await loadHuman(file, {
        codebook: random.integer(2) === 0 ? codes : qualtricsCodebook(file),
      });
      assertEquals(new Set(columnOf(own, "basis")).size <= 1, true);
      read++;
    } catch (error) {
      assert(error instanceof Error && /^Cannot /.test(error.message), `${at}: ${error}`);
      refused++;
    }
    await Deno.remove(source);
    await Deno.remove(codes);
  }
  assert(read > count / 20 && refused > count / 20, `${read} were read and ${refused} refused`);
});
