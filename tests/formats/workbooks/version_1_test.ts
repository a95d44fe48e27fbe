import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  assignTreatments,
  columnOf,
  declareDesign,
  planExperiment,
  runExperiment,
  scriptedRespondent,
} from "@understudy/understudy";
import { assignGroups } from "@understudy/understudy/protocols";
import type { SheetCell } from "../../../lib/formats/workbooks/sheet_rows.ts";
import { loadWorkbook, writeWorkbook } from "../../../lib/formats/workbooks/load_workbook.ts";

import { ultimatum } from "./ultimatum.ts";

const folder = await Deno.makeTempDir();

for (const path of ["ultimatum.xlsx", "ultimatum"]) {
  Deno.test(`a workbook of version 1 comes back cell for cell from ${path}`, async () => {
    await writeWorkbook({ sheets: ultimatum }, `${folder}/${path}`);
    const workbook = await loadWorkbook(`${folder}/${path}`);
    await writeWorkbook(workbook, `${folder}/again-${path}`);
    const again = await loadWorkbook(`${folder}/again-${path}`);
    assertEquals(
      Object.fromEntries(again.sheets.map(({ name, rows }) => [name, rows])),
      Object.fromEntries(ultimatum.map(({ name, rows }) => [name, rows])),
    );
  });
}

async function loaded(change: (sheets: { [name: string]: SheetCell[][] }) => void = () => {}) {
  const sheets = Object.fromEntries(ultimatum.map(({ name, rows }) => [name, rows.map((row) => [...row])]));
  change(sheets);
  await writeWorkbook(
    { sheets: Object.entries(sheets).map(([name, rows]) => ({ name, rows })) },
    `${folder}/changed.xlsx`,
  );
  return await loadWorkbook(`${folder}/changed.xlsx`);
}

Deno.test("a workbook of version 1 becomes an experiment that runs", async () => {
  const workbook = await loaded();
  assertEquals(workbook.items.map(({ name, kind }) => `${name}: ${kind}`), [
    "fair: choice",
    "fair_speculation_score: number",
    "offer: number",
    "accept: choice",
    "why: text",
  ]);
  // A call's questions may stand in any order: the score says of which answer it is.
  assertEquals(/"fair"/.test(workbook.items[1]!.text), true);
  const design = declareDesign({
    treatments: workbook.treatments,
    protocol: workbook.protocol,
    stated: ["persona_text"],
    clusters: "session",
  });
  const groups = assignGroups(workbook.personas, { roles: workbook.roles, seed: 1 });
  const plan = planExperiment(assignTreatments(groups, design, { seed: 1 }), design, { seed: 1 });
  const respondent = scriptedRespondent(({ schema }) => {
    const names = Object.keys((schema?.schema as { properties?: object } | undefined)?.properties ?? {});
    return names.length === 0
      ? "Half is fair."
      : JSON.stringify(Object.fromEntries(names.map((name) => [name, said[name]])));
  });
  const answers = await runExperiment(plan, respondent);
  assertEquals(new Set(columnOf(answers, "status")), new Set(["answered"]));
  const rows = answers.objects() as { [column: string]: unknown }[];
  const lines = (step: string) =>
    rows.filter((row) => row.step === step).map(({ role, heard_by }) => [role, heard_by !== ""]);
  assertEquals(lines("talk: facilitator").length, 2);
  assertEquals(lines("talk").slice(0, 2), [["proposer", true], ["responder", true]]);
  // What is private nobody hears; a public offer is heard; a question ends when somebody says so.
  assertEquals(lines("fair").some(([, isHeard]) => isHeard), false);
  assertEquals(lines("offer: proposer").every(([, isHeard]) => isHeard), true);
  assertEquals(new Set(rows.filter(({ item }) => item === "why").map(({ round }) => round)), new Set([1]));
});

const said: { readonly [name: string]: unknown } = {
  ...{ fair: "half", fair_speculation_score: 5, offer: 4, accept: "yes", why: "No more. End_round." },
};

Deno.test("a facilitator whom a model plays hears what is private, and ends the rounds", async () => {
  const workbook = await loaded(({ prompt }) => {
    prompt![6]![5] =
      "{'proposer': 'Secret?', 'responder': 'Secret?', 'facilitator': 'Is it enough? Say end_round.'}";
  });
  const design = declareDesign({ treatments: workbook.treatments, protocol: workbook.protocol, stated: [] });
  const groups = assignGroups(workbook.personas, { roles: workbook.roles, seed: 1 });
  const plan = planExperiment(assignTreatments(groups, design, { seed: 1 }), design, { seed: 1 });
  const heard: number[] = [];
  const respondent = scriptedRespondent(({ schema, messages }) => {
    const names = Object.keys((schema?.schema as { properties?: object } | undefined)?.properties ?? {});
    const values = { ...said, why: "A secret." };
    if (names.length > 0) {
      return JSON.stringify(Object.fromEntries(names.map((name) => [name, values[name as "why"]])));
    }
    const isFacilitator = messages.at(-1)!.content.includes("Say end_round.");
    const secrets = messages.map(({ content }) => content.split("A secret.").length - 1).reduce((a, b) =>
      a + b
    );
    if (isFacilitator) heard.push(secrets);
    return isFacilitator && secrets >= 4 ? "End_round!" : "Go on.";
  });
  const answers = (await runExperiment(plan, respondent)).objects() as { [column: string]: unknown }[];
  // Two secrets in the first round, four in the second, in each of two groups.
  assertEquals(heard.sort(), [2, 2, 4, 4]);
  const secrets = answers.filter(({ item }) => item === "why");
  assertEquals(new Set(secrets.map(({ heard_by }) => heard_by)), new Set(["facilitator"]));
  assertEquals(new Set(secrets.map(({ round }) => round)), new Set([1, 2]));
});

Deno.test("texts of a workbook have their slots filled by arm and role, and the profile as questions", async () => {
  const workbook = await loaded();
  assertEquals(workbook.treatments.arms.map(({ name }) => name), ["low", "high stakes"]);
  const { proposer, responder } = workbook.protocol.roles;
  const text = (role: unknown, arm: string) => {
    const { text } = role as { text: string | ((s: unknown) => string) };
    return typeof text === "string" ? text : text({ arm });
  };
  assertEquals(text(proposer, "high stakes"), "You propose how to split EUR 100.");
  assertEquals(text(responder, "low"), "You accept or reject.");
  const [context] = workbook.protocol.steps;
  assertEquals(text(context, "low"), "Welcome. The pie is 10.");
  assertEquals(
    workbook.personas.get("persona_text", 1),
    [
      "Interviewer: How old are you?\nMe: 64",
    ].join("\n"),
  );
  assertEquals(columnOf(workbook.personas, "town"), ["Lyon", null, "Graz", "Turku"]);
});

Deno.test("constants of several values are crossed with the treatments", async () => {
  const { treatments } = await loaded(({ constant }) => constant![1] = ["currency", "['EUR', 'SEK']"]);
  assertEquals(treatments.arms.map(({ name }) => name), [
    "low.EUR",
    "low.SEK",
    "high stakes.EUR",
    "high stakes.SEK",
  ]);
});

Deno.test("groups, roles and treatments that a workbook assigns are read", async () => {
  const { assignment } = await loaded(({ settings, profile }) => {
    settings!.push(["group_column", "team"], ["role_column", "part"], ["treatment_column", "shown"]);
    for (const row of settings!) if (/_strategy$/.test(String(row[0]))) row[1] = "manual";
    const columns = [
      ["team", "part", "shown"],
      ["team", "part", "shown"],
      ["A", "responder", "low"],
      [
        ..."B",
        ...["proposer", "high stakes"],
      ],
      ["A", "proposer", "low"],
      ["B", "responder", "high stakes"],
    ];
    profile!.forEach((row, at) => row.push(...new Array(3 - row.length).fill(null), ...columns[at]!));
  });
  assertEquals(assignment!.select("persona_id", "session", "role", "seat", "arm").objects(), [
    { persona_id: "p3", session: "A", role: "proposer", seat: 1, arm: "low" },
    { persona_id: "p1", session: "A", role: "responder", seat: 2, arm: "low" },
    { persona_id: "p2", session: "B", role: "proposer", seat: 1, arm: "high stakes" },
    { persona_id: "p4", session: "B", role: "responder", seat: 2, arm: "high stakes" },
  ]);
});

Deno.test("the log of adaptations shows changes that nobody marked", async () => {
  const { adaptations } = await loaded();
  assertEquals(columnOf(adaptations, "row"), [2, 3, 4, 5, 6, 7]);
  assertEquals(columnOf(adaptations, "is_adapted"), [true, false, false, true, false, false]);
  assertEquals(columnOf(adaptations, "unmarked"), [false, true, true, false, true, true]);
});

Deno.test("an error names sheet, row and column", async () => {
  type Wrong = [change: Parameters<typeof loaded>[0], message: RegExp];
  const wrong: Wrong[] = [
    [
      ({ settings }) => settings![3]![1] = 3,
      /sheet "settings", row 4, column "value" must be a number from 0 to 2: .* 3$/,
    ],
    [
      ({ settings }) => settings![3]![0] = "temprature",
      /row 4, column "settings_label" .*did you mean 'temperature'/,
    ],
    [({ prompt }) => prompt![2]![1] = "chat", /sheet "prompt", row 3, column "type" must be one of context/],
    [({ prompt }) => prompt![0]![5] = "text", /sheet "prompt", row 1, column "F1" must name one of/],
    [
      ({ prompt }) => prompt![1]![5] = "{{ treatment.size }}",
      /row 2, column "llm_text" must name slots that there are.*size/,
    ],
    [
      ({ prompt }) => prompt![4]![8] = "(100, 0)",
      /row 5, column "response_options" .*minimum.*below maximum/,
    ],
    ...["1-7", "range(1,7)", "1,7", "from 1 to 7", "7", "[7]"].map((range): Wrong => [
      ({ prompt }) => prompt![4]![8] = range,
      /sheet "prompt", row 5, column "response_options" must be a range such as \(1, 7\)/,
    ]),
    [
      ({ prompt }) => prompt![4]![5] = "{'chair': 'What?'}",
      /row 5, column "llm_text" must name roles.*"chair"/,
    ],
    [
      ({ prompt }) => prompt![3]![8] = "__import__('os').system('ls')",
      /row 4, column "response_options" must list the answers of a category/,
    ],
    [({ prompt }) => prompt![5]![6] = "offer", /row 6, column "response_name" must not stand twice/],
    [({ prompt }) => prompt![3]![6] = "value", /row 4, column "response_name" .*column of the experiment/],
    [
      ({ prompt }) => prompt![3]![9] = "maybe",
      /row 4, column "randomize_response_order" must be TRUE or FALSE/,
    ],
    [({ treatment }) => treatment![1]![1] = '{"pie": ', /sheet "treatment", row 2, column "value"/],
    [
      ({ treatment }) => treatment![1]![1] = '{"pie": "{{ treatment.pie }}"}',
      /row 2, column "value" must not lead back/,
    ],
    [
      ({ profile }) => profile![3]![0] = "p1",
      /sheet "profile", row 4, column "ID" must not stand twice.*"p1"/,
    ],
    [
      ({ constant }) => constant![1] = ["pie", "[1, 1]"],
      /sheet "constant", row 2, column "value" must be a value, or/,
    ],
    [({ role }) => role!.splice(1, 1), /sheet "role" must have a role 'facilitator'/],
    [(sheets) => delete sheets.constant, /sheet "constant" must be there/],
  ];
  for (const [change, message] of wrong) {
    const { message: said } = await assertRejects(() => loaded(change), RangeError);
    assert(message.test(said), said);
  }
});

Deno.test("a discussion whose text is by role has each of them speak to its own, in this order", async () => {
  const workbook = await loaded(({ prompt }) => {
    prompt![2]![5] = "{'responder': 'Say what is fair.', 'facilitator': 'Thank you.', 'proposer': 'Reply.'}";
  });
  const said = workbook.protocol.steps.flatMap((step) =>
    step.kind === "say" ? [[step.by, step.text, step.prompt]] : []
  );
  assertEquals(said.slice(0, 3), [
    [["responder"], null, "Say what is fair."],
    [["facilitator"], "Thank you.", null],
    [["proposer"], null, "Reply."],
  ]);
});
