import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { columnOf, loadTable, tableOf } from "@understudy/understudy/core";
import {
  loadHuman,
  opinionQaCodebook,
  qualtricsCodebook,
  twin2kCodebook,
} from "@understudy/understudy/formats";
import { likert } from "@understudy/understudy/items";

async function csv(rows: readonly (readonly string[])[]) {
  const file = await Deno.makeTempFile({ suffix: ".csv" });
  const quote = (cell: string) => /[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
  await Deno.writeTextFile(file, rows.map((row) => row.map(quote).join(",")).join("\n"));
  return await loadTable(file);
}

const importId = (id: string) => `{"ImportId":"${id}"}`;

Deno.test("an export from Qualtrics keeps questions, arms and unfinished responses, and leaves out who a person is", async () => {
  const names = [
    "StartDate",
    "Status",
    "IPAddress",
    "Finished",
    "ResponseId",
    "RecipientEmail",
    "LocationLatitude",
  ];
  const ids = [
    "startDate",
    "status",
    "ipAddress",
    "finished",
    "_recordId",
    "recipientEmail",
    "locationLatitude",
  ];
  const file = await csv([
    [...names, "Q1", "Q2.1", "Q2#1", "Q3_DO_1", "1st", "cond", "odd"],
    [
      ...names,
      "How much\ndo you agree?",
      "Matrix - one",
      "Matrix - two",
      "Q3 - Display Order",
      "First?",
      "cond",
      "odd",
    ],
    [...ids, "QID1", "QID2_1", "QID2_2", "QID3_DO_1", "QID4_TEXT", "cond"].map(importId).concat("{}"),
    [
      "2026-01-02",
      "IP Address",
      "1.2.3.4",
      "True",
      "R_1",
      "a@b.c",
      "52.1",
      "Agree",
      "2",
      "3",
      "1",
      "",
      "threat",
      "x",
    ],
    [
      "2026-01-02",
      "Survey Preview",
      "1.2.3.4",
      "False",
      "R_2",
      "",
      "",
      "-99",
      "-99",
      "1",
      "",
      "no",
      "control",
      "y",
    ],
  ]);
  const codebook = qualtricsCodebook(file);
  assertEquals(codebook.filter(({ note }) => note !== undefined).map(({ column }) => column), [
    "IPAddress",
    "RecipientEmail",
    "LocationLatitude",
    "Q3_DO_1",
    "odd",
  ]);
  const items = [
    likert("agree", "How much do you agree?", { points: 3, labels: ["Disagree", "Neither", "Agree"] }),
  ];
  const own = [...codebook, { column: "Q1", name: "agree" }, { column: "cond", name: "arm" }];
  const human = await loadHuman(file, { codebook: own, items });
  assertEquals(human.objects(), [
    {
      persona_id: "R_1",
      StartDate: "2026-01-02",
      Status: "IP Address",
      Finished: "True",
      agree: 3,
      Q2_1: 2,
      "Q2#1": 3,
      Q3_DO_1: 1,
      _1st: null,
      arm: "threat",
      odd: "x",
      basis: "human",
    },
    {
      persona_id: "R_2",
      StartDate: "2026-01-02",
      Status: "Survey Preview",
      Finished: "False",
      agree: null,
      Q2_1: null,
      "Q2#1": 1,
      Q3_DO_1: null,
      _1st: "no",
      arm: "control",
      odd: "y",
      basis: "human",
    },
  ]);
  assertStringIncludes(codebook.find(({ column }) => column === "Q1")!.text!, "do you agree?");
  assertThrows(
    () => qualtricsCodebook(tableOf({ Q1: [1, 2, 3] })),
    RangeError,
    "must have ImportIds in its third row",
  );
});

const info = () =>
  csv([
    ["", "key", "option_mapping", "question", "references", "option_ordinal"],
    [
      "0",
      "SAFE_W26",
      "{1.0: 'Very safe', 2.0: \"Not safe, isn't it\", 99.0: 'Refused'}",
      "How safe?",
      "[]",
      "[]",
    ],
    ["1", "OTHER_W26", "{1.0: 'Yes'}", "Asked of others?", "[]", "[]"],
    ["2", "BAD_W26", "nan", "Which?", "[]", "[]"],
  ]);

Deno.test("a file of OpinionQA is read by its labels or its codes, refusals as no answer", async () => {
  const labels = tableOf({
    QKEY: [100, 101, 102],
    SAFE_W26: ["Very safe", "Not safe, isn't it", "Refused"],
    BAD_W26: ["a", "b", null],
    WEIGHT_W26: [0.5, 1, 2],
    AGE: ["18-29", "65+", "30-49"],
  });
  const codes = tableOf({
    ...Object.fromEntries(labels.columnNames().map((name) => [name, columnOf(labels, name)])),
    SAFE_W26: [1, 2, 99],
  });
  for (const file of [labels, codes]) {
    const codebook = opinionQaCodebook(file, await info());
    const human = await loadHuman(file, { codebook });
    assertEquals(columnOf(human, "persona_id"), [100, 101, 102]);
    assertEquals(columnOf(human, "SAFE_W26"), ["Very safe", "Not safe, isn't it", null]);
    assertEquals(columnOf(human, "weight"), [0.5, 1, 2]);
    assertEquals(columnOf(human, "AGE"), ["18-29", "65+", "30-49"]);
    assertEquals(codebook.find(({ column }) => column === "SAFE_W26")!.text, "How safe?");
    assertEquals(codebook.filter(({ note }) => note !== undefined).map(({ column }) => column), ["BAD_W26"]);
  }
});

Deno.test("a dictionary of options that never ends is read in time that grows with its length", async () => {
  const before = performance.now();
  for (const piece of ["1: '", '1: "\\', "1.0", "1: 'a', "]) {
    const mapping = piece.repeat(Math.floor(200_000 / piece.length));
    const questions = tableOf({ key: ["Q"], question: ["?"], option_mapping: [mapping] });
    await loadHuman(tableOf({ Q: [1] }), { codebook: opinionQaCodebook(tableOf({ Q: [1] }), questions) })
      .catch(() => 0);
  }
  assertEquals(performance.now() - before < 2000, true);
});

const catalog = [
  {
    QuestionID: "QID13",
    QuestionType: "MC",
    QuestionText: "How old are you?",
    Options: ["18-29", "30-49", "50-64"],
    Settings: { Selector: "SAVR" },
    csv_columns: ["QID13"],
  },
  {
    QuestionID: "QID126",
    QuestionType: "MC",
    QuestionText: "",
    Options: ["I am sad", "I am not sad"],
    Settings: { Selector: "MAVR" },
    csv_columns: ["QID126_1", "QID126_2"],
  },
  {
    QuestionID: "QID25",
    QuestionType: "Matrix",
    QuestionText: "I see myself as someone who",
    Rows: ["is talkative", "is reserved"],
    RowsID: ["1", "3"],
    Columns: ["Disagree", "Agree"],
    Settings: { Selector: "Likert" },
    csv_columns: ["QID25_1", "QID25_3"],
  },
  {
    QuestionID: "QID84",
    QuestionType: "Matrix",
    QuestionText: "Which payment?",
    Rows: ["$6 later:$3 now", "$6 later:$5 now"],
    Columns: ["1", "2"],
    Settings: { Selector: "Bipolar" },
    csv_columns: ["QID84_1", "QID84_2"],
  },
  {
    QuestionID: "QID290",
    QuestionType: "Slider",
    QuestionText: "What share?",
    Statements: ["carbon tax", "a public option"],
    csv_columns: ["QID290_1", "QID290_2"],
  },
  {
    QuestionID: "QID164",
    QuestionType: "TE",
    QuestionText: "How many?",
    Settings: { Selector: "SL" },
    csv_columns: ["QID164_TEXT"],
  },
  {
    QuestionID: "QID9_1",
    QuestionType: "MC",
    QuestionText: "A lamp. The product is priced at: $7.39. Would you buy it?",
    Options: ["Yes", "No"],
    csv_columns: ["QID9_1"],
  },
  {
    QuestionID: "QID8",
    QuestionType: "DB",
    QuestionText: "Please read.",
    is_descriptive: true,
    csv_columns: [],
  },
  {
    QuestionID: "QID5",
    QuestionType: "Matrix",
    QuestionText: "Odd",
    Rows: ["one"],
    Columns: ["a", "b"],
    csv_columns: ["QID5_1", "QID5_2"],
  },
  {
    QuestionID: "QID99",
    QuestionType: "MC",
    QuestionText: "Of another wave",
    Options: ["a", "b"],
    csv_columns: ["QID99"],
  },
];

Deno.test("a file of Twin-2K-500 is read by its catalogue, positions and labels to the same answers", async () => {
  const path = await Deno.makeTempFile({ suffix: ".json" });
  await Deno.writeTextFile(path, JSON.stringify(catalog));
  const questions = await loadTable(path);
  const shared = {
    pid: [1, 2],
    QID84_1: [1, 2],
    QID84_2: [1, 1],
    QID290_1: [40, 60],
    QID290_2: [0, 100],
    QID164_TEXT: [12, 30],
    QID5_1: [1, 2],
  };
  const codes = tableOf({
    ...shared,
    QID13: [2, 3],
    QID126_1: [1, null],
    QID126_2: [null, 1],
    QID25_1: [1, 2],
    QID25_3: [2, 2],
    QID9_1: [1, 2],
  });
  const labels = tableOf({
    ...shared,
    QID13: ["30-49", "50-64"],
    QID126_1: ["I am sad", null],
    QID126_2: [null, "I am not sad"],
    QID25_1: ["DISAGREE", "Agree"],
    QID25_3: ["Agree", "Agree"],
    QID9_1: ["Yes", "No"],
  });
  for (const file of [codes, labels]) {
    const codebook = twin2kCodebook(file, questions);
    const human = await loadHuman(file, { codebook });
    assertEquals(human.objects(), [
      {
        persona_id: 1,
        QID84_1: "$6 later",
        QID84_2: "$6 later",
        QID290_1: 40,
        QID290_2: 0,
        QID164_TEXT: 12,
        QID5_1: 1,
        QID13: "30-49",
        QID126_1: "I am sad",
        QID126_2: null,
        QID25_1: "Disagree",
        QID25_3: "Agree",
        QID9_1: "Yes",
        basis: "human",
      },
      {
        persona_id: 2,
        QID84_1: "$3 now",
        QID84_2: "$6 later",
        QID290_1: 60,
        QID290_2: 100,
        QID164_TEXT: 30,
        QID5_1: 2,
        QID13: "50-64",
        QID126_1: null,
        QID126_2: "I am not sad",
        QID25_1: "Agree",
        QID25_3: "Agree",
        QID9_1: "No",
        basis: "human",
      },
    ]);
    assertEquals(codebook.filter(({ note }) => note !== undefined).map(({ column }) => column), [
      "QID9_1",
      "QID5_1",
    ]);
    assertEquals(
      codebook.find(({ column }) => column === "QID25_3")!.text,
      "I see myself as someone who is reserved",
    );
  }
});
