import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { jupyterDisplay, tableOf } from "@understudy/understudy/core";
import { assignTreatments, declareDesign } from "@understudy/understudy/designs";
import { yesNo } from "@understudy/understudy/items";
import { assignGroups, declareProtocol, probe, say, seat, treatment } from "@understudy/understudy/protocols";
import { describeSession } from "@understudy/understudy/report";
import { scriptedRespondent } from "@understudy/understudy/respondents";
import { planExperiment, runExperiment } from "@understudy/understudy/runner";
import { declareTreatments } from "@understudy/understudy/treatments";
import { discussionAnswers, type Given } from "./session_answers.ts";

type Entry = { arm: string; shared: boolean; name: string; to: string; text: string; mark: string };
const entriesOf = (...given: Parameters<typeof describeSession>) =>
  describeSession(...given).table.objects() as Entry[];
const fear = yesNo("fear", "Do you fear it?");
const one = discussionAnswers(["calm"]);

Deno.test("describeSession(answers, session) says who said what to whom, and what was silent, cut, refused or failed", () => {
  assertEquals(entriesOf(one, "g1").map(({ name, to, text, mark }) => [name, to, text, mark]), [
    ["Member 1", "on a branch that nobody remembers", "fear: 4", ""],
    ["Member 1", "in private", "force: 3; trust: 5", ""],
    ["Member 2", "in private", "force: –", "refused: words of refusal"],
    ["Member 1", "→ everyone", "We should wait for what the embassy says.", ""],
    ["Member 2", "", "", "silent"],
    ["Member 3", "→ Leader", "I agree: wait.\nAnd count the costs.", ""],
    ["Leader", "→ everyone", "Then we wait.", ""],
    ["Member 1", "→ everyone", "Then I have noth", "truncated: cut at 4 tokens"],
    ["Judge", "about line 5, on a branch", "toxicity: 1", ""],
    ["Member 2", "", "pay-off: 14.5", ""],
    ["Member 3", "in private", "force: –", "failed: the endpoint is busy"],
    ["Leader", "→ everyone", "force: 2", ""],
  ]);
});

Deno.test("describeSession(answers, session) is a transcript in a terminal, and the same as html in a notebook", () => {
  const view = describeSession(one, "g1");
  // A silent turn has a reply of its own, which nobody hears.
  assertEquals(view.text.includes("[silence]"), false);
  assertEquals(view.text.split("\n").slice(0, 12), [
    "Session g1, arm calm",
    "────────────────────",
    "    Member 1 [probe, on a branch that nobody remembers]: fear: 4",
    "    Member 1 [ask, in private]: force: 3; trust: 5",
    "    Member 2 [ask, in private]: force: – [refused: words of refusal]",
    "Round 1",
    "1 Member 1 → everyone: We should wait for what the embassy says.",
    "2 Member 2: [silent]",
    "3 Member 3 → Leader: I agree: wait.",
    "    And count the costs.",
    "Round 2",
    "4 Leader → everyone: Then we wait.",
  ]);
  assertEquals(view[jupyterDisplay](), { "text/html": view.html, "text/plain": view.text });
  // What others hear has a bar, what is private a dotted one, what nobody remembers a box.
  const looks = [...view.html.matchAll(/(solid|dotted|1px dashed) rgba/g)].map((match) => match[1]);
  assertEquals(
    looks.join(" "),
    "1px dashed dotted dotted solid solid solid solid solid 1px dashed dotted solid",
  );
});

Deno.test("describeSession(answers, session) shows what arms share once, and their continuations side by side", () => {
  const answers = discussionAnswers(["calm", "bold", "rash"]);
  const { html, text } = describeSession(answers, "g1");
  assertEquals(text.split("the embassy").length - 1, 1);
  assertEquals(html.split("the embassy").length - 1, 1);
  assertEquals(text.match(/^(Shared|Session).*/gm), [
    "Shared by all below",
    "Session g1, arm calm",
    "Session g1, arm bold",
    "Session g1, arm rash",
  ]);
  assertEquals(html.split("flex:1 1 17em").length - 1, 3);
  assertEquals(entriesOf(answers, "g1").filter(({ shared }) => shared).length, 18);
  // Of the other sides a row each is shared too: the table is complete for each.
  assertEquals(entriesOf(answers, "g1").length, 36);
});

Deno.test("describeSession(answers, [a, b]) puts sessions side by side, and counts those beyond four", () => {
  const rows = one.objects() as Given[];
  const sessions = ["g1", "g2", "g3", "g4", "g5"];
  const several = tableOf(
    sessions.flatMap((session) =>
      rows.map((row) => ({ ...row, session, value: row.item === "fear" ? session : row.value }))
    ),
  );
  const two = describeSession(several, ["g2", "g1"]);
  assertEquals(two.text.match(/^(Shared|Session).*/gm), ["Session g2, arm calm", "Session g1, arm calm"]);
  assertEquals(two.table.array("session").filter((name) => name === "g1").length, 12);
  assertStringIncludes(describeSession(several, sessions).text, "… and 1 more");
  const wordings = tableOf([...rows, ...rows.map((row) => ({ ...row, wording: 2, value: 0 }))]);
  assertStringIncludes(describeSession(wordings, "g1").text, "Session g1, arm calm, wording 2");
});

Deno.test("describeSession(answers, session) shows nothing that could run or drive a terminal, and cuts what is long", () => {
  const evil = `<script>alert(1)</script>" onmouseover='x' \u202etxt\x1b]0;x\x07\x1b[31m`;
  const more = {
    session: evil,
    arm: evil,
    member: evil,
    role: `<b>${evil}`,
    kind: "line",
    step: evil,
    round: 1,
    item: evil,
  };
  const answers = tableOf([
    {
      ...more,
      value: evil + "x".repeat(50_000),
      status: evil,
      reason: evil,
      heard_by: `${evil}, p9`,
      line: evil,
    },
    { ...more, kind: evil, value: { a: evil }, status: "answered", reason: null, heard_by: null, line: evil },
  ]);
  const { html, text } = describeSession(answers, evil);
  assert(!/<script|<b><|onmouseover='/.test(html), html);
  // deno-lint-ignore no-control-regex -- these are what may not be there
  assert(!/[\x07\x1b\u202e]/.test(text + html));
  assertStringIncludes(text, "more characters)");
  assert(html.length < 20_000);
  const long = tableOf(
    Array.from(
      { length: 5000 },
      (_, at) => ({ ...more, session: "s", value: `line ${at}`, status: "answered" }),
    ),
  );
  assertStringIncludes(describeSession(long, "s").text, "… and 4500 more entries");
});

Deno.test("describeSession(answers, session) names a session that is not there, and columns that are missing", () => {
  assertThrows(() => describeSession(one, "g2"), RangeError, `current value is "g2"; did you mean 'g1'?`);
  assertThrows(() => describeSession(one, []), RangeError, "must name sessions of 'answers'");
  assertThrows(
    () => describeSession(tableOf({ session: ["g1"] }), "g1"),
    RangeError,
    "has no column 'member'",
  );
});

Deno.test("describeSession(answers, session) of a run whose arms part at a line shows what was said before it once", async () => {
  const protocol = declareProtocol({
    steps: [
      say({ turns: 3 }),
      say({ by: seat(2), text: treatment() }),
      say({ by: seat(3) }),
      // Two answers to a probe are no two runs of the session.
      probe([fear], { to: seat(3), times: 2 }),
    ],
  });
  const treatments = declareTreatments({ calm: "Let us think.", bold: "Act now!" });
  const design = declareDesign({
    treatments,
    protocol,
    subjects: "within",
    conversation: "separate",
    stated: [],
  });
  const groups = assignGroups(tableOf({ persona_id: ["p1", "p2", "p3"] }), { size: 3, seed: 1 });
  const plan = planExperiment(assignTreatments(groups, design, { seed: 2 }), design);
  const respondent = scriptedRespondent(({ schema, messages }) =>
    schema === undefined || schema === null
      ? `I heard ${messages.at(-1)!.content.split("\n").at(-1)}`
      : '{"fear": "Yes"}'
  );
  const { text } = describeSession(await runExperiment(plan, respondent), "g1");
  const [first, ...titles] = text.match(/^(Shared|Session).*/gm)!;
  assertEquals([first, ...titles.sort()], [
    "Shared by all below",
    "Session g1, arm bold",
    "Session g1, arm calm",
  ]);
  assertEquals(text.match(/^\d Subject \d → everyone/gm)!.length, 3 + 2 * 2);
  assertEquals(
    text.match(/^ {4}Subject 3 \[probe, on a branch that nobody remembers\]: fear: /gm)!.length,
    2,
  );
});

Deno.test("describeSession(answers, session) takes the seats of personas whose ids are numbers", () => {
  const row = {
    session: "g",
    role: "subject",
    kind: "line",
    step: "say",
    round: 0,
    item: "say",
    status: "answered",
  };
  const answers = tableOf([
    { ...row, persona_id: 7, member: "7", seat: 2, line: 1, value: "Hello.", heard_by: "5" },
    { ...row, persona_id: 5, member: "5", seat: 1, line: 2, value: "Good day.", heard_by: "7" },
  ]);
  assertEquals(describeSession(answers, "g").table.array("name"), ["Subject 2", "Subject 1"]);
});

Deno.test("describeSession(answers) has answers to yes/no questions as yes and no", () => {
  const vote = {
    kind: "answer",
    step: "final",
    item: "vote",
    item_kind: "yesNo",
    session: "g2",
    role: "member",
    round: 0,
  };
  const answers = tableOf([
    { ...vote, member: "p1", value: 1, status: "answered" },
    { ...vote, member: "p2", value: 0, status: "answered" },
    { ...vote, member: "p3", value: null, status: "refused" },
  ]);
  const { table } = describeSession(answers, "g2");
  assertEquals(table.array("text"), ["vote: yes", "vote: no", "vote: –"]);
});
