import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { type Call, RespondentError, type RespondentRequest, tableOf } from "@understudy/understudy/core";
import {
  drawAttributes,
  elicitConfounders,
  type ElicitConfoundersOptions,
} from "@understudy/understudy/drift";
import { scriptedRespondent } from "@understudy/understudy/respondents";
import { caller } from "@understudy/understudy/runner";
import { declareTreatments } from "@understudy/understudy/treatments";
import { rowsOf } from "./drift_tables.ts";

const treatments = declareTreatments({
  control: "Last night the neighbour held its yearly manoeuvre.",
  threat: "Last night troops crossed into the valley.",
});
const options: ElicitConfoundersOptions = {
  setting: "adults in a small country",
  circumstances: ["reads about an exercise", "reads about an incursion"],
  treatments,
};
const ideology = { name: "Ideology", levels: ["left", "right"], why: "the right reads more of it" };
const news = { name: "news use", levels: ["little", "much"], why: "who reads more meets more" };
const age = { name: "age", levels: ["young", "old"], why: "habits" };
const replies: { [replicate: number]: object[] } = {
  1: [news, ideology],
  2: [ideology, { ...news, levels: ["none", "some", "much"] }],
  3: [ideology, age, ideology],
  4: [ideology, news],
};

function respondent(requests: RespondentRequest[] = []) {
  return caller(scriptedRespondent((request) => {
    requests.push(request);
    return JSON.stringify({ attributes: replies[request.replicate] });
  }));
}

Deno.test("elicitConfounders(respondent) ranks attributes by the share of replies that name them", async () => {
  const rows = rowsOf(await elicitConfounders(respondent(), { ...options, replicates: 4 }));
  assertEquals(rows.map((row) => [row.attribute, row.rank, row.share]), [
    ["ideology", 1, 1],
    ["news_use", 2, 0.75],
    ["age", 3, 0.25],
  ]);
  assertEquals(rows[1]!.levels, ["little", "much"]);
  assertEquals(rows[1]!.why, "who reads more meets more");
});

Deno.test("elicitConfounders(respondent) sends circumstances and never a treatment", async () => {
  const requests: RespondentRequest[] = [];
  await elicitConfounders(respondent(requests), { ...options, replicates: 4, stated: ["gender"] });
  const sent = JSON.stringify(requests);
  assertStringIncludes(sent, "reads about an incursion");
  assertStringIncludes(sent, "known of each person already: gender");
  assert(!sent.includes("manoeuvre") && !sent.includes("valley"));
  assertEquals(requests[0]!.schema!.name, "elicited_attributes");
  assertEquals(new Set(requests.map(({ seed }) => seed)).size, 4);
  const shown = {
    ...options,
    circumstances: ["reads: LAST NIGHT troops crossed into the valley!", "nothing"],
  };
  await assertRejects(() => elicitConfounders(respondent(), shown), RangeError, "text of arm 'threat'");
});

Deno.test("elicitConfounders(respondent) reports replies that failed, and stops where all did", async () => {
  const respondent = scriptedRespondent((request) =>
    request.replicate === 1
      ? new RespondentError("the endpoint is busy", { kind: "server", transient: true })
      : request.replicate === 2
      ? { text: "", refusal: "no" }
      : JSON.stringify({ attributes: [age] })
  );
  const failing = caller(respondent, { delay: () => Promise.resolve() });
  const [row] = rowsOf(await elicitConfounders(failing, { ...options, replicates: 3 }));
  assertEquals([row!.attribute, row!.share], ["age", 1]);
  assertStringIncludes(row!.notes as string, "2 of 3 replies could not be read (the endpoint is busy)");
  await assertRejects(
    () => elicitConfounders(failing, { ...options, replicates: 2 }),
    Error,
    "no reply of scripted could be read",
  );
});

Deno.test("elicitConfounders(respondent) leaves out what is stated", async () => {
  const rows = rowsOf(
    await elicitConfounders(respondent(), { ...options, replicates: 4, stated: ["Ideology"] }),
  );
  assertEquals(rows.map((row) => [row.attribute, row.rank]), [["news_use", 1], ["age", 2]]);
});

Deno.test("elicitConfounders(respondent) gives names that are no columns of the experiment's tables, whatever a model says", async () => {
  const said = [
    "block",
    "Weight",
    "persona id",
    "__proto__",
    "constructor",
    "Ignore this; DROP TABLE x --",
    " ",
  ];
  const attributes = said.map((name) => ({ name, levels: ["a", "b"], why: "" }));
  const garbled = caller(
    scriptedRespondent(JSON.stringify({ attributes: [null, 7, [ideology], ...attributes] })),
  );
  const found = await elicitConfounders(garbled, options);
  assertEquals(found.array("attribute"), [
    "own_block",
    "own_weight",
    "own_persona_id",
    "own___proto__",
    "own_constructor",
    "ignore_this_drop_table_x",
  ]);
  const personas = tableOf({ persona_id: ["p1", "p2"] });
  const from = scriptedRespondent(({ schema }) => {
    const [name] = Object.keys((schema!.schema as { properties: object }).properties);
    return JSON.stringify({ [name!]: "b" });
  });
  const drawn = await drawAttributes(personas, { attributes: found, from: caller(from), seed: 1 });
  assertEquals(rowsOf(drawn)[1], {
    persona_id: "p2",
    ...Object.fromEntries((found.array("attribute") as string[]).map((name) => [name, "b"])),
  });
});

Deno.test("elicitConfounders(…) names what is wrong", async () => {
  const rejects = (call: unknown, given: object, text: string) =>
    assertRejects(
      () => elicitConfounders(call as Call, { ...options, ...given } as ElicitConfoundersOptions),
      Error,
      text,
    );
  await rejects(respondent(), { setting: undefined }, "'setting' must be a non-empty text");
  await rejects(respondent(), { circumstances: ["a", "a"] }, "'circumstances' must be at least two labels");
  await rejects(respondent(), { replicates: 0 }, "'replicates' must be");
  await rejects({}, {}, "'call' must be the way to call a respondent");
  await rejects(scriptedRespondent("x"), {}, "for example caller(respondent, { store })");
  await rejects(respondent(), { arms: 1 }, "option 'arms' is unknown");
});

Deno.test("elicitConfounders(treatments) finds a sentence or six words in a row of an arm's text, not what all arms share", async () => {
  const shared = "You live in a small town by the river.";
  const texts = declareTreatments({
    control: `${shared} The water was tested. It holds no more lead in {{ place }} than the law allows.`,
    warning:
      `${shared} The water was tested. It holds three times more lead in {{ place }} than the law allows, ` +
      "as the council has known since the spring.",
  }, { slots: { place: "Norland" } });
  const asks = (setting: string) =>
    elicitConfounders(respondent(), { ...options, setting, treatments: texts, replicates: 1 });
  const leaks = [
    "Here it holds no more lead in Norland than the law allows",
    "people where it holds three times more lead is common",
    "towns whose council has known since the spring of it",
  ];
  for (const setting of leaks) {
    await assertRejects(() => asks(setting), RangeError, "would show the treatment");
  }
  await assertRejects(() => asks(leaks[1]!), RangeError, "arm 'warning', \"it holds three times more lead\"");
  const allowed = [
    "Adults. You live in a small town by the river.",
    "a town where the council has known of it",
    "a town with more lead than the law allows",
  ];
  for (const setting of allowed) assertEquals((await asks(setting)).numRows(), 2);
});

Deno.test("elicitConfounders(treatments) finds a short sentence that one arm has", async () => {
  const texts = declareTreatments({
    control: "The report is out. All is well with it.",
    warning: "The report is out. Lead was found there.",
  });
  const asks = (setting: string) =>
    elicitConfounders(respondent(), { ...options, setting, treatments: texts, replicates: 1 });
  await assertRejects(() => asks("a town: lead was found there"), RangeError, "arm 'warning'");
  assertEquals((await asks("a town where the report is out")).numRows(), 2);
});

const drills = { setting: "adults", circumstances: ["reads of a drill", "reads of a raid"], replicates: 2 };
const elicitNames = (names: readonly string[]) =>
  elicitConfounders(
    caller(scriptedRespondent(
      JSON.stringify({ attributes: names.map((name) => ({ name, levels: ["a", "b"], why: "" })) }),
    )),
    drills,
  );

Deno.test("elicitConfounders() says which names cannot be columns, and does not leave them out in silence", async () => {
  const found = await elicitNames(["Idéologie", "政治", "政治"]);
  assertEquals(found.array("attribute"), ["ideologie"]);
  assertStringIncludes(found.get("notes", 0), "left out: 政治; ask in English");
  assertEquals((await elicitNames(["age"])).get("notes", 0), "");
  await assertRejects(() => elicitNames(["政治", "возраст"]), Error, "left out: 政治, возраст");
});
