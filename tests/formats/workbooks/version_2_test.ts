import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  assignTreatments,
  columnOf,
  declareDesign,
  planExperiment,
  runExperiment,
  scriptedRespondent,
} from "@understudy/understudy";
import type { SessionView } from "@understudy/understudy/protocols";
import { takeRows } from "../../../lib/core/table.ts";
import type { Sheet, SheetCell } from "../../../lib/formats/workbooks/sheet_rows.ts";
import { readWorkbookV2 } from "../../../lib/formats/workbooks/version_2.ts";
import { loadWorkbook, writeRunTables, writeWorkbook } from "../../../lib/formats/mod.ts";
import { gifts } from "./gifts.ts";

const folder = await Deno.makeTempDir();

for (const path of ["gifts.xlsx", "gifts"]) {
  Deno.test(`a workbook of version 2 comes back cell for cell from ${path}`, async () => {
    await writeWorkbook({ sheets: gifts }, `${folder}/${path}`);
    const workbook = await loadWorkbook(`${folder}/${path}`, { functions: { add_up } });
    assertEquals([workbook.version, workbook.roles], [2, { player: 2 }]);
    await writeWorkbook(workbook, `${folder}/again-${path}`);
    const { sheets: again } = await loadWorkbook(`${folder}/again-${path}`);
    const byName = (all: readonly Sheet[]) =>
      Object.fromEntries(all.map(({ name, rows }) => [name, trimmed(rows)]));
    assertEquals(byName(again), byName(gifts));
  });
}

/** Without what is empty at the end of a row: no cell is there. */
function trimmed(rows: Sheet["rows"]): Sheet["rows"] {
  return rows.map((row) => row.slice(0, row.findLastIndex((cell) => cell !== null) + 1));
}

const add_up = (s: SessionView) => {
  const own = s.answers.filter(({ item, round }) => item === "gift" && round === s.round);
  return own.reduce((sum, { value }) => sum + Number(value), 0);
};

type Change = (rows: SheetCell[][]) => void;

/** The workbook with a sheet changed. */
function read(name = "", change: Change = () => {}, functions = { add_up }) {
  const sheets = gifts.map((sheet) => ({ ...sheet, rows: sheet.rows.map((row) => [...row]) }));
  change(sheets.find((sheet) => sheet.name === name)?.rows ?? []);
  return readWorkbookV2(sheets, functions);
}

Deno.test("a workbook of version 2 becomes personas in sessions, arms, questions and steps by module", () => {
  const workbook = read();
  const { personas, assignment, treatments, items, protocol } = workbook;
  assertEquals(personas.columnNames(), ["persona_id", "gender", "age", "persona_text"]);
  // An empty cell is nothing, and never "nan".
  const last = "Interviewer: What is your gender?\nMe: Male";
  assertEquals([personas.get("persona_text", 7), personas.get("age", 7)], [last, null]);
  assertEquals(columnOf(assignment, "session"), ["s1", "s1", "s2", "s2", "s3", "s3", "s4", "s4"]);
  assertEquals(columnOf(assignment, "seat"), [1, 2, 1, 2, 1, 2, 1, 2]);
  assertEquals(columnOf(assignment, "arm").slice(2, 6), ["tax", "tax", "none", "none"]);
  assertEquals(treatments.arms.map(({ name }) => name), ["tax", "none"]);
  assertEquals(
    items.map(({ name, kind, options = [] }) => [name, kind, options.join()]),
    [
      ["gift", "number", ""],
      ["gift_speculation_score", "number", ""],
      ["game_mood", "number", ""],
      ["why", "choice", "fear,love"],
      ["again", "yesNo", ""],
      ["after_mood", "choice", "1,3,5"],
    ],
  );
  assertEquals(items[0]!.text, "How many do you give?\nChoose a number.");
  const steps = protocol.steps.map((step) =>
    step.kind === "rounds" ? step.steps.map(({ name }) => name) : []
  );
  assertEquals(steps, [
    ["game.context", "game.chat", "game.gift", "game.context 2", "game.mood"],
    ["after.why, told", "after.why", "after.again", "after.mood"],
  ]);
  assertEquals(workbook.settings.TEMPERATURE, 0.5);
  const unmarked = columnOf(workbook.adaptations, "llm_text").filter((_, row) =>
    workbook.adaptations.get("unmarked", row)
  );
  assertEquals(unmarked, [
    "How many do you give?",
    "You first gave {{ agent.game[1].gift }}. Why?",
    "Your mood now?",
  ]);
});

Deno.test("a workbook of version 2 runs, and its run tables have its modules, rounds and groups", async () => {
  const { assignment, treatments, protocol, settings } = read();
  const design = declareDesign({ treatments, protocol, stated: ["persona_text"], clusters: "session" });
  const plan = planExperiment(
    assignTreatments(
      assignment.select("persona_id", "session", "role", "seat", "gender", "persona_text"),
      design,
      { seed: 1 },
    ),
    design,
    { seed: 1 },
  );
  const seen: string[] = [];
  const answers = await runExperiment(
    plan,
    scriptedRespondent(({ messages, schema }) => {
      seen.push(messages.map(({ content }) => content).join("\n"));
      const names = Object.keys((schema?.schema as { properties?: object } | undefined)?.properties ?? {});
      const said: { [name: string]: unknown } = {
        gift: 3,
        gift_speculation_score: 0.5,
        why: "love",
        again: "yes",
      };
      if (names.length === 0) return "Let us give all.";
      return JSON.stringify(Object.fromEntries(names.map((name) => [name, said[name] ?? 5])));
    }),
  );
  assertEquals(new Set(columnOf(answers, "status")), new Set(["answered"]));
  assert(seen.some((text) => text.includes("In all 6 coins; yours were 3 (taxed).")));
  assert(seen.some((text) => text.includes("In all 6 coins; yours were 3.")));
  assert(seen.some((text) => text.includes("You first gave 3. Why?")));
  const rows = answers.objects() as { [column: string]: unknown }[];
  const askedWhy = new Set(rows.filter(({ item }) => item === "why").map(({ gender }) => gender));
  assertEquals(askedWhy, new Set(["Male"]));
  // Lines and public answers are heard in the pair, private ones by nobody.
  assertEquals(
    rows.filter(({ item }) => item === "gift").map(({ heard_by }) => heard_by).slice(0, 2).sort(),
    ["1", "2"],
  );
  assertEquals(
    new Set(rows.filter(({ item }) => item === "game_mood").map(({ heard_by }) => heard_by)),
    new Set([""]),
  );
  assertEquals(rows.filter(({ kind }) => kind === "line").length, 16);
  const { player, group_table } = await writeRunTables(answers, `${folder}/run`, { settings });
  assertEquals([player!.numRows(), group_table!.numRows()], [32, 20]);
  assertEquals(player!.get("subsession_id", 0), "s1_game_r1");
  assertEquals(new Set(columnOf(group_table!, "num_players")), new Set([2, 1]));
  // Groups in which nobody is heard are the workbook's.
  const asked = takeRows(answers, rows.flatMap(({ item }, row) => item === "game_mood" ? [row] : []));
  const alone = await writeRunTables(asked, `${folder}/alone`, { settings });
  const paired = await writeRunTables(asked, `${folder}/paired`, { settings, protocol });
  assertEquals([alone.group_table!.numRows(), paired.group_table!.numRows()], [8, 4]);
});

Deno.test("groups follow their strategy, and those who ever meet are one session", () => {
  const sessions = (kwargs: string | null, seed = 7) => {
    const sheets = gifts.filter(({ name }) => name !== "Manual_Groups").map(({ name, rows }) => ({
      name,
      rows: rows.map((row) =>
        row[0] === "assign_groups"
          ? ["assign_groups", null, kwargs]
          : row[0] === "RANDOM_SEED"
          ? [row[0], seed]
          : row
      ),
    }));
    return readWorkbookV2(sheets, { add_up });
  };
  const count = (kwargs: string | null) => new Set(columnOf(sessions(kwargs).assignment, "session")).size;
  assertEquals(count("{'strategy': 'keep'}"), 4);
  assert(count("{'strategy': 'random'}") < 4);
  assert(count("{'strategy': 'swap'}") < 4);
  assertEquals(
    columnOf(sessions(null).assignment, "session"),
    columnOf(sessions(null).assignment, "session"),
  );
  // Each pair has somebody of each gender.
  const { protocol, assignment } = sessions("{'strategy': 'stratified', 'stratify_by': 'gender'}");
  const game = protocol.steps[0]!;
  const hears = game.kind === "rounds" ? game.steps[2]!.hears! : () => true;
  const people = assignment.objects() as { persona_id: string; gender: string }[];
  for (const round of [1, 2, 3]) {
    for (const { persona_id: member, gender } of people) {
      const heard = people.filter((other) =>
        hears({ member } as never, { member: other.persona_id } as never, { round } as never)
      );
      assertEquals(heard.map((other) => other.gender).sort(), ["Female", "Male"]);
      assert(heard.some((other) => other.gender === gender));
    }
  }
});

Deno.test("groups stay as they were where nobody is told to make others, and arms may have the same texts", () => {
  const change = (name: string, rows: readonly (readonly SheetCell[])[]) => {
    if (name === "Facilitator") {
      return rows.map((row) => row[0] === "assign_groups" ? ["assign_groups"] : row);
    }
    if (name === "Manual_Groups") {
      return rows.map((row, at) => at === 0 ? row : [...row.slice(0, 2), 1, ...row.slice(3)]);
    }
    return rows.map((row) => row.map((cell) => String(cell).includes("player.treatment") ? "Go on." : cell));
  };
  const sheets = gifts.map(({ name, rows }) => ({ name, rows: change(name, rows) }));
  const kept = readWorkbookV2(sheets, { add_up });
  assertEquals(columnOf(kept.assignment, "session"), ["s1", "s1", "s2", "s2", "s3", "s3", "s4", "s4"]);
  const design = declareDesign({
    treatments: kept.treatments,
    protocol: kept.protocol,
    stated: [],
    clusters: "session",
  });
  const people = kept.assignment.select("persona_id", "session", "role", "seat", "gender");
  const plan = planExperiment(assignTreatments(people, design, { seed: 1 }), design, { seed: 1 });
  assertEquals(plan.trials.numRows(), 4);
  // A prompt makes groups anew, by its own strategy.
  const drawn = sheets.map(({ name, rows }) => ({
    name,
    rows: name === "Prompts"
      ? [...rows, ["game", -1, "FACILITATOR", null, false, null, "assign_groups"]]
      : rows,
  }));
  const sessions = new Set(columnOf(readWorkbookV2(drawn, { add_up }).assignment, "session"));
  assertEquals(sessions.size < 4, true);
});

Deno.test("what has no counterpart is listed with sheet and row", () => {
  const rows = (workbook: ReturnType<typeof read>) => workbook.notUnderstood.objects();
  assertEquals(rows(read()), []);
  const without = readWorkbookV2(gifts);
  const why = "a model's text is no pure function: give one as functions";
  assertEquals(rows(without), [{ sheet: "Facilitator", row: 3, what: "facilitator add_up", why }]);
  const policy = read("Settings", (rows) => rows[8]![1] = "summarize").notUnderstood;
  assertEquals([policy.get("row", 0), policy.get("what", 0)], [9, "CONTEXT_OVERFLOW_POLICY summarize"]);
  const stories = read(
    "Settings",
    (rows) => rows.push(["BUILD_PROFILE_BACKSTORIES", true], ["COLOUR", "red"]),
  );
  assertEquals(columnOf(stories.notUnderstood, "row"), [12, 11]);
  const other = read("Prompts", (rows) => rows.push(["extra", 0, "CONTEXT", null, false, null, "Hm."]));
  assertEquals(columnOf(other.notUnderstood, "what"), ["prompt of module extra"]);
  const notes = readWorkbookV2([...gifts, { name: "Notes", rows: [["x"]] }], { add_up });
  assertEquals(columnOf(notes.notUnderstood, "sheet"), ["Notes"]);
});

Deno.test("a text that a facilitator's function is missing for cannot be filled, and says which", () => {
  const game = readWorkbookV2(gifts).protocol.steps[0]!;
  const step = game.kind === "rounds" ? game.steps[3]! : game;
  const me = { member: "1", role: "player", seat: 1, name: "Player 1", attributes: {} };
  const s = { me, members: [me], arm: "tax", round: 1, lines: [], answers: [], payoffs: [] } as never;
  const text = step.kind === "tell" ? step.text as (s: SessionView) => string : () => "";
  assertThrows(() => text(s), RangeError, "'functions' must give game.total a value");
});

Deno.test("older workbooks with tasks, args and TREATMENT_LABELS are read", () => {
  const older: { [name: string]: string } = {
    module: "task",
    kwargs: "args",
    MODULE_SEQUENCE: "TASK_SEQUENCE",
  };
  const sheets = gifts.filter(({ name }) => !name.startsWith("Manual_")).map(({ name, rows }) => ({
    name,
    rows: [
      ...rows.map((row) => row.map((cell) => older[String(cell)] ?? cell)),
      ...(name === "C" ? [["global", "TREATMENT_LABELS", "tax, none", "text"]] : []),
    ],
  }));
  assertEquals(readWorkbookV2(sheets, { add_up }).treatments.arms.map(({ name }) => name), ["tax", "none"]);
});

Deno.test("what is wrong in a cell is said with sheet and row", () => {
  const faults: [sheet: string, change: Change, message: string][] = [
    [
      "Settings",
      (rows) => rows.splice(4, 1),
      `sheet "Settings", column "RANDOM_SEED" must be a whole number`,
    ],
    [
      "Settings",
      (rows) => rows[3]![1] = 3,
      `sheet "Settings", row 4, column "value" must be a number from 0 to 2`,
    ],
    [
      "Settings",
      (rows) => rows[4]![1] = "many",
      `sheet "Settings", row 5, column "value" must be a whole number`,
    ],
    [
      "Settings",
      (rows) => rows[9]![1] = "game, after, game",
      'row 10, column "value" must name each module once',
    ],
    ["C", (rows) => rows.splice(1, 1), `sheet "C" must have a row 'MAX_NUM_ROUNDS' of module 'game'`],
    ["C", (rows) => rows[3]![2] = "ten", `sheet "C", row 4, column "value"`],
    ["Fields", (rows) => rows[5]![4] = '["fear"]', `sheet "Fields", row 6, column "response_options"`],
    [
      "Fields",
      (rows) => rows.push([...rows[1]!]),
      `sheet "Fields", row 9, column "name" must not stand twice`,
    ],
    ["Prompts", (rows) => rows[1]![6] = "{{ C.game.ENDOWMNT }}", `sheet "Prompts", row 2, column "llm_text"`],
    ["Prompts", (rows) => rows[1]![6] = "{% for x in y %}", `sheet "Prompts", row 2, column "llm_text"`],
    ["Prompts", (rows) => rows[1]![3] = "round_number is 1", `sheet "Prompts", row 2, column "is_displayed"`],
    ["Prompts", (rows) => rows[3]![9] = "gft", `row 4, column "field_name" must be a field of module 'game'`],
    [
      "Prompts",
      (rows) => rows[4]![6] = "add",
      `row 5, column "llm_text" must name a row of the sheet Facilitator`,
    ],
    ["Facilitator", (rows) => rows[1]![2] = "{'strategy': ", `sheet "Facilitator", row 2, column "kwargs"`],
    [
      "Facilitator",
      (rows) => rows[1]![2] = "{'strategy': 'stratified'}",
      `sheet "Facilitator", row 2, column "kwargs"`,
    ],
    ["Profiles", (rows) => rows[3]![0] = 1, `sheet "Profiles", row 4, column "ID" must not stand twice`],
    [
      "Manual_Groups",
      (rows) => rows[1]![0] = 99,
      `sheet "Manual_Groups", row 2, column "ID" must be an ID of Profiles`,
    ],
  ];
  for (const [sheet, change, message] of faults) assertThrows(() => read(sheet, change), RangeError, message);
});
