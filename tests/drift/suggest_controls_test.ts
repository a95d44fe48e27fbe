import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { type Call, type RespondentRequest, type Table, tableOf } from "@understudy/understudy/core";
import { declareDesign } from "@understudy/understudy/designs";
import { suggestControls, type SuggestControlsOptions } from "@understudy/understudy/drift";
import { choice, likert, number, text, yesNo } from "@understudy/understudy/items";
import { scriptedRespondent } from "@understudy/understudy/respondents";
import { caller } from "@understudy/understudy/runner";
import { declareTreatments } from "@understudy/understudy/treatments";
import { rowsOf } from "./drift_tables.ts";

const exercise = "Last night {{ state }} held its yearly manoeuvre, as announced in the spring.";
const incursion = "Last night troops of {{ state }} crossed into the valley and took two villages.";
const design = declareDesign({
  treatments: declareTreatments({ control: exercise, threat: incursion }, { slots: { state: "Norland" } }),
  items: [
    likert("support", "Do you support sending the navy?", { points: 7 }),
    yesNo("voted", "Did you vote in the last election?"),
    choice("faith", "In which religion were you raised?", ["none", "one", "other"]),
    yesNo("served", "Have you ever been among the troops?"),
    likert("trust", "How much do you trust the news?", { points: 5 }),
    yesNo("tall", "Can you reach the top shelf?"),
    number("age_years", "How old were you last year?"),
    text("story", "Where were you born, in your own words?"),
    yesNo("norland", "Were you born in Norland?"),
  ],
  stated: [],
});
const personas = tableOf({
  persona_id: ["p1", "p2"],
  weight: [1, 1],
  age_group: ["young", "old"],
  region: ["north", "south"],
  planet: ["Earth", "Earth"],
  village: ["a", "b"],
});

function roleOf(table: Table): { [control: string]: unknown } {
  return Object.fromEntries(rowsOf(table).map((row) => [row.control, row.role]));
}

function suggest(options: Partial<SuggestControlsOptions> = {}): Promise<Table> {
  return suggestControls(design, { outcome: "support", ...options });
}

Deno.test("suggestControls(design) offers past behaviour and long-held traits, and says why others are left out", async () => {
  const controls = await suggest();
  assertEquals(controls.columnNames(), [
    "control",
    "question",
    "options",
    "source",
    "in_design",
    "role",
    "reason",
  ]);
  const reasons = Object.fromEntries(rowsOf(controls).map((row) => [row.control, row.reason as string]));
  const usable = rowsOf(controls).filter((row) => row.role !== "excluded").map((row) => row.control);
  assertEquals(usable.sort(), ["faith", "voted"]);
  assertEquals(reasons.support, "it is an outcome");
  assertStringIncludes(reasons.served!, "its words stand in the treatments too (troop");
  assertStringIncludes(reasons.trust!, "attitude");
  assertStringIncludes(reasons.tall!, "no rule knows");
  assertStringIncludes(reasons.age_years!, "ask for it in bands");
  assertStringIncludes(reasons.story!, "free words");
  assertStringIncludes(reasons.voted!, "past behaviour");
});

Deno.test("suggestControls(design) reads what fills a slot as part of the treatment", async () => {
  const row = rowsOf(await suggest()).find(({ control }) => control === "norland")!;
  assertStringIncludes(row.reason as string, "norlan");
});

Deno.test("suggestControls(personas) offers the attributes that the persona text leaves open, and only those", async () => {
  const told = { ...design, stated: ["age_group", "region", "planet", "village"] };
  const stating = roleOf(await suggestControls(told, { outcome: "support", personas }));
  assertEquals([stating.age_group, stating.region], ["excluded", "excluded"]);
  const open = await suggest({ personas, stated: ["region"] });
  const roles = roleOf(open);
  assertEquals(roles.asked_age_group, "add");
  assertEquals([roles.region, roles.planet, roles.village], ["excluded", "excluded", "excluded"]);
  const row = rowsOf(open).find(({ control }) => control === "asked_age_group")!;
  assertEquals([row.question, row.options, row.source, row.in_design], [
    "What is your age group?",
    ["young", "old"],
    "rule",
    false,
  ]);
  assertStringIncludes(row.reason as string, "of no use to a repair that states age_group");
  assertStringIncludes(row.reason as string, "add choice(control, question, options)");
  assert(!("weight" in roles) && !("persona_id" in roles));
});

Deno.test("suggestControls(seed) deals the usable controls into halves by name, whatever else is in the table", async () => {
  const columns: { [name: string]: string[] } = { persona_id: ["p1", "p2"] };
  for (let i = 0; i < 9; i++) columns[`trait_${i}`] = ["yes", "no"];
  const options = { outcome: "support", personas: tableOf(columns), stated: [] };
  const nothing = declareDesign({
    treatments: design.treatments,
    items: design.items.slice(0, 1),
    stated: [],
  });
  const run = (seed: number) => suggestControls(nothing, { ...options, seed });
  const roles = roleOf(await run(3));
  const count = (role: string, of = roles) => Object.values(of).filter((value) => value === role).length;
  assertEquals([count("steer"), count("judge")], [5, 4]);
  // Questions of the design alone steer and judge, where there are some.
  const asked = roleOf(await suggest(options));
  assertEquals([count("steer", asked), count("judge", asked), count("add", asked)], [1, 1, 9]);
  // Those of the design keep their roles whatever else might be added.
  const { voted, faith } = roleOf(await suggest());
  assertEquals([asked.voted, asked.faith], [voted, faith]);
  assertEquals(roleOf(await run(3)), roles);
  const halves = await Promise.all([1, 2, 3, 4].map(async (seed) => JSON.stringify(roleOf(await run(seed)))));
  assert(new Set(halves).size > 1);
});

const proposals = [
  {
    name: "First job",
    question: "What was your first job?",
    options: ["office", "shop", "farm"],
    why: "past",
  },
  { name: "support", question: "Do you back the navy?", options: ["yes", "no"], why: "" },
  { name: "fear", question: "Are you worried today?", options: ["yes", "no"], why: "" },
  { name: "village", question: "In which villages did you live?", options: ["a", "b"], why: "" },
  { name: "tall", question: "How tall are you?", options: ["tall", "short"], why: "height does not change" },
  { name: "shoe", question: "What is your shoe size?", options: ["42"], why: "" },
];

/** Calls to a respondent that keeps what it is asked. */
function recorded(requests: RespondentRequest[], reply: (replicate: number) => string): Call {
  return caller(scriptedRespondent((request) => {
    requests.push(request);
    return reply(request.replicate);
  }));
}

Deno.test("suggestControls(respondent) takes proposals that pass the same limits", async () => {
  const requests: RespondentRequest[] = [];
  const call = recorded(
    requests,
    (replicate) =>
      replicate === 2
        ? "I cannot say."
        : JSON.stringify({ controls: proposals.slice(replicate > 3 ? 1 : 0) }),
  );
  const controls = rowsOf(await suggest({ call, setting: "adults in a small country", replicates: 5 }));
  const of = (name: string) => controls.find((row) => row.control === name)!;
  assertEquals([of("first_job").source, of("first_job").options], ["respondent", ["office", "shop", "farm"]]);
  assertStringIncludes(of("first_job").reason as string, "in 50% of replies: past");
  assertStringIncludes(of("first_job").reason as string, "1 of 5 replies could not be read");
  assertEquals(of("support").reason, "it is an outcome");
  assertStringIncludes(of("fear").reason as string, "attitude");
  assertStringIncludes(of("village").reason as string, "words stand in the treatments");
  assertStringIncludes(of("shoe").reason as string, "fewer than two answers");
  // no rule knows the design's own question: the respondent's word counts, the design's wording is kept
  assert(of("tall").role !== "excluded");
  assertEquals(of("tall").question, "Can you reach the top shelf?");
  assertEquals(requests.length, 5);
  assertEquals(requests[0]!.schema!.name, "elicited_controls");
  assertEquals(new Set(requests.map(({ seed }) => seed)).size, 5);
});

Deno.test("suggestControls(respondent) never sends any arm's text", async () => {
  const requests: RespondentRequest[] = [];
  await suggest({
    call: recorded(requests, () => JSON.stringify({ controls: proposals })),
    setting: "adults in a small country",
    personas,
    stated: ["region"],
  });
  const sent = JSON.stringify(requests);
  assert(requests.length > 0);
  for (const part of [exercise, incursion].flatMap((arm) => arm.split(/ ?\{\{ state \}\} ?/))) {
    const words = part.split(" ").filter((word) => word.length > 6);
    for (const word of words) assert(!sent.includes(word), `'${word}' was sent`);
  }
  assertStringIncludes(sent, "region");
  await assertRejects(
    () =>
      suggest({
        call: recorded([], () => ""),
        setting: "They crossed into the valley, and took two villages.",
      }),
    RangeError,
    "the question would show the treatment: it contains text of arm 'threat'",
  );
});

Deno.test("suggestControls(…) names what is wrong", async () => {
  await assertRejects(
    () => suggest({ outcome: "hat" }),
    RangeError,
    "'outcome' must name questions (support, voted",
  );
  await assertRejects(() => suggest({ treatments: 1 } as never), TypeError, "option 'treatments' is unknown");
  await assertRejects(() => suggestControls({} as never, { outcome: "a" }), TypeError, "'design' must be");
  await assertRejects(
    () => suggest({ call: {} as never }),
    TypeError,
    "'call' must be the way to call a respondent",
  );
  await assertRejects(
    () => suggest({ call: caller(scriptedRespondent("no")) }),
    Error,
    "no reply of scripted could be read",
  );
});

Deno.test("suggestControls() says which proposals have names that cannot be columns", async () => {
  const drills = declareDesign({
    treatments: declareTreatments({ control: "A drill was held.", threat: "Troops came tonight." }),
    items: [
      likert("support", "Do you support it?", { points: 5 }),
      choice("home", "Where were you born?", ["a", "b"]),
    ],
    stated: [],
  });
  const controls = ["родина", "siblings"].map((name) => ({
    name,
    question: "How many?",
    options: ["1", "2"],
    why: "",
  }));
  const suggested = await suggestControls(drills, {
    outcome: "support",
    personas: tableOf({ persona_id: ["p"] }),
    call: caller(scriptedRespondent(JSON.stringify({ controls }))),
    replicates: 1,
  });
  const rows = suggested.objects() as { control: string; reason: string }[];
  assertStringIncludes(rows.find(({ control }) => control === "siblings")!.reason, "left out: родина");
});
