import { assert, assertAlmostEquals, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { RespondentError, type RespondentRequest, tableOf } from "@understudy/understudy/core";
import { drawAttributes, type DrawAttributesOptions } from "@understudy/understudy/drift";
import { declareMargins, samplePersonas } from "@understudy/understudy/personas";
import { scriptedRespondent, simulatedRespondent } from "@understudy/understudy/respondents";
import { caller } from "@understudy/understudy/runner";
import { memoryStore } from "@understudy/understudy/store";
import { declareWorld } from "@understudy/understudy/worlds";
import { rowsOf } from "./drift_tables.ts";

const people = tableOf({
  age: ["young", "young", "young", "old", "old", "old"],
  party: ["left", "right", "right", "left", "right", "left"],
  paper: ["yes", "yes", "no", "no", "yes", "yes"],
  n: [60, 10, 30, 20, 70, 10],
});
const personas = samplePersonas(tableOf({ age: ["young", "old"] }), { n: 2000, seed: 1 });

function share(
  table: { numRows(): number },
  holds: (row: { [name: string]: unknown }) => boolean,
  of = () => true,
) {
  const rows = rowsOf(table as never).filter(of);
  return rows.filter(holds).length / rows.length;
}

Deno.test("drawAttributes(counts) draws from those who are like the persona", async () => {
  const drawn = await drawAttributes(personas, {
    attributes: ["party", "paper"],
    from: people,
    counts: "n",
    seed: 2,
  });
  assertEquals(drawn.columnNames(), ["persona_id", "weight", "age", "party", "paper"]);
  const among = (age: string, party: string) =>
    share(drawn, (row) => row.party === party && row.age === age) / share(drawn, (row) => row.age === age);
  // four standard errors of a share among 1,000
  assertAlmostEquals(among("young", "left"), 0.6, 0.062);
  assertAlmostEquals(among("old", "right"), 0.7, 0.058);
  // each attribute given those before it: the young left all read a paper, of the young right a quarter do
  const young = rowsOf(drawn).filter((row) => row.age === "young");
  assert(young.filter((row) => row.party === "left").every((row) => row.paper === "yes"));
  const right = young.filter((row) => row.party === "right");
  assertAlmostEquals(right.filter((row) => row.paper === "yes").length / right.length, 0.25, 0.09);
});

Deno.test("drawAttributes(weights) draws by weights as by counts, and by personas as they are", async () => {
  const shares = people.derive({ share: "d => d.n / 200" }).select("age", "party", "share");
  const options = { attributes: "party", seed: 2 };
  const counted = await drawAttributes(personas, {
    ...options,
    from: people.select("age", "party", "n"),
    counts: "n",
  });
  const weighed = await drawAttributes(personas, { ...options, from: shares, weights: "share" });
  assertEquals(weighed.objects(), counted.objects());
  const others = samplePersonas(people, { n: 200, seed: 3, counts: "n" });
  const drawn = await drawAttributes(personas, { ...options, from: others });
  assertAlmostEquals(share(drawn, (row) => row.party === "left"), 0.45, 0.04);
});

Deno.test("drawAttributes(…) keys each draw by persona and attribute", async () => {
  const options = { from: people, counts: "n", seed: 2 };
  const both = await drawAttributes(personas, { ...options, attributes: ["party", "paper"] });
  const one = await drawAttributes(personas, { ...options, attributes: "party" });
  assertEquals(one.array("party"), both.array("party"));
  const later = await drawAttributes(one, { ...options, attributes: "paper" });
  assertEquals(later.array("paper"), both.array("paper"));
  const few = await drawAttributes(personas.slice(5, 10), { ...options, attributes: "party" });
  assertEquals(few.array("party"), one.array("party").slice(5, 10));
  const other = await drawAttributes(personas, { ...options, attributes: "party", seed: 3 });
  assert(JSON.stringify(other.array("party")) !== JSON.stringify(one.array("party")));
});

Deno.test("drawAttributes({ given }) depends on the named attributes only, and keeps values as they are", async () => {
  const table = tableOf({ age: ["young", "old"], children: [0, 2] });
  const drawn = await drawAttributes(personas, { attributes: "children", from: table, given: [], seed: 1 });
  assertAlmostEquals(share(drawn, (row) => row.children === 2 && row.age === "young"), 0.25, 0.04);
  const like = await drawAttributes(personas, { attributes: "children", from: table, seed: 1 });
  assert(rowsOf(like).every((row) => row.children === (row.age === "young" ? 0 : 2)));
});

Deno.test("drawAttributes(margins) follows declared margins, by themselves and given others", async () => {
  const from = declareMargins({
    age: { young: 0.5, old: 0.5 },
    party: { given: "age", values: { young: { left: 0.9, right: 0.1 }, old: { left: 0.2, right: 0.8 } } },
    region: { north: 0.3, south: 0.7 },
  });
  const drawn = await drawAttributes(personas, { attributes: ["region", "party"], from, seed: 4 });
  assertAlmostEquals(share(drawn, (row) => row.region === "north"), 0.3, 0.041);
  assertAlmostEquals(share(drawn, (row) => row.age === "young" && row.party === "left"), 0.45, 0.02);
  const ids = tableOf({ persona_id: ["p1"] });
  await assertRejects(
    () => drawAttributes(ids, { attributes: "party", from, seed: 1 }),
    RangeError,
    "'party' depends on 'age', which the personas do not have: draw it first",
  );
});

const world = declareWorld({
  name: "w",
  seed: 3,
  population: people,
  counts: "n",
  stimuli: { control: "exercise", threat: "incursion" },
  exposure: { threat: { party: { right: 3 } } },
  items: {
    party: { kind: "attribute", attribute: "party" },
    paper: { kind: "attribute", attribute: "paper" },
  },
});

Deno.test("drawAttributes(respondent) draws what the model holds of such people, without treatment", async () => {
  const requests: RespondentRequest[] = [];
  const inner = simulatedRespondent(world);
  const respondent = {
    ...inner,
    respond: (request: RespondentRequest) => {
      requests.push(request);
      return inner.respond(request);
    },
  };
  const candidates = tableOf({ attribute: ["party", "paper"], levels: [["left", "right"], ["yes", "no"]] });
  const options: DrawAttributesOptions = { attributes: candidates, from: caller(respondent), seed: 5 };
  const drawn = await drawAttributes(personas, options);
  const of = (age: string, party: string) =>
    share(drawn, (row) => row.age === age && row.party === party) * 2;
  assertAlmostEquals(of("young", "left"), 0.6, 0.063);
  assertAlmostEquals(of("old", "left"), 0.3, 0.06);
  // the paper is asked for given the party that was drawn
  assert(rowsOf(drawn).every((row) => !(row.age === "young" && row.party === "left") || row.paper === "yes"));
  assertEquals(requests.length, 4000);
  assert(requests.every(({ messages }) => !/exercise|incursion/.test(JSON.stringify(messages))));
  assert(
    requests.filter(({ messages }) => messages[1]!.content.includes("[paper]"))
      .every(({ messages }) => messages[0]!.content.includes("Your party is")),
  );
  const one = { ...options, from: caller(respondent, { concurrency: 1 }) };
  const few = await drawAttributes(personas.slice(0, 100), one);
  assertEquals(few.array("paper"), drawn.array("paper").slice(0, 100));
});

Deno.test("drawAttributes(respondent) asks again, and reports who gave no value", async () => {
  const three = tableOf({ persona_id: ["a", "b", "c"], age: ["young", "old", "old"] });
  let busy = 0;
  const respondent = scriptedRespondent((request) => {
    const old = request.messages[0]!.content.includes("old");
    if (!old) return '{"party": "left"}';
    if (busy++ === 0) return new RespondentError("busy", { kind: "server", transient: true });
    return request.replicate < 3 ? "I would rather not say." : '{"party": "right"}';
  });
  const from = caller(respondent, { delay: () => Promise.resolve() });
  const options = { attributes: "party", from, seed: 1, levels: { party: ["left", "right"] } };
  assertEquals((await drawAttributes(three, options)).array("party"), ["left", "right", "right"]);
  const error = await assertRejects(() => drawAttributes(three, { ...options, attempts: 2 }), Error);
  assertStringIncludes(error.message, "gave 2 of 3 personas no value of 'party'");
  const open = await drawAttributes(three, { ...options, attempts: 2, allowMissing: true });
  assertEquals(open.array("party"), ["left", null, null]);
});

const four = tableOf({ persona_id: Array.from({ length: 400 }, (_, i) => `p${i}`) });
const party = { attributes: "party", seed: 1, levels: { party: ["left", "right"] } };

Deno.test("drawAttributes(call) asks nobody else once the calls have ended, and is through when it says so", async () => {
  let calls = 0;
  const respondent = scriptedRespondent(() => {
    if (++calls < 27) return '{"party": "left"}';
    return new RespondentError("the key is refused", { kind: "unauthorized", transient: false });
  });
  const from = caller(respondent, { concurrency: 8 });
  await assertRejects(
    () => drawAttributes(four, { ...party, from, allowMissing: true }),
    RespondentError,
    "refused",
  );
  const asked = calls;
  assert(asked >= 27 && asked < 27 + 8, `${asked} calls`);
  await Promise.resolve();
  assertEquals(calls, asked);
});

Deno.test("drawAttributes(call) keeps what was answered when it is stopped, and asks only for the rest", async () => {
  const store = memoryStore();
  const controller = new AbortController();
  let calls = 0;
  const respondent = scriptedRespondent(() => {
    if (++calls === 27) controller.abort(new DOMException("The run was stopped", "AbortError"));
    return '{"party": "left"}';
  });
  const stopped = caller(respondent, { store, signal: controller.signal });
  const error = await assertRejects(
    () => drawAttributes(four, { ...party, from: stopped, allowMissing: true }),
    DOMException,
  );
  assertEquals(error.name, "AbortError");
  const kept = await store.count();
  assert(kept === calls && kept < 27 + 8, `${kept} kept of ${calls}`);
  const drawn = await drawAttributes(four, { ...party, from: caller(respondent, { store }) });
  assertEquals([new Set(drawn.array("party")), calls], [new Set(["left"]), 400]);
});

Deno.test("drawAttributes(call) leaves the others as they are where one call fails for good", async () => {
  let calls = 0;
  const respondent = scriptedRespondent(() =>
    ++calls === 27
      ? new RespondentError("too long", { kind: "bad_request", transient: false })
      : '{"party": "left"}'
  );
  const from = caller(respondent, { concurrency: 1 });
  const drawn = await drawAttributes(four, { ...party, from, allowMissing: true });
  assertEquals((drawn.array("party") as unknown[]).filter((value) => value === null).length, 1);
  const again = caller(scriptedRespondent(() => "no"), { concurrency: 1 });
  await assertRejects(
    () => drawAttributes(four, { ...party, from: again }),
    Error,
    "gave 400 of 400 personas",
  );
});

Deno.test("drawAttributes(respondent, { persona }) asks with the persona text of the plan", async () => {
  const two = tableOf({ persona_id: ["a", "b"], age: [31, 64], hidden: ["x", "y"] });
  const seen: string[] = [];
  const respondent = scriptedRespondent((request) => {
    seen.push(request.messages[0]!.content);
    return JSON.stringify({ [Object.keys((request.schema!.schema.properties) as object)[0]!]: "left" });
  });
  await drawAttributes(two, {
    attributes: ["party", "leaning"],
    from: caller(respondent),
    seed: 1,
    levels: { party: ["left", "right"], leaning: ["left", "right"] },
    persona: { attributes: ["age"], phrases: { age: "You are {value}.", party: "You vote {value}." } },
  });
  assertEquals(seen.sort(), [
    "You are 31.",
    "You are 31. You vote left.",
    "You are 64.",
    "You are 64. You vote left.",
  ]);
});

Deno.test("drawAttributes(…) names what is wrong", async () => {
  const rejects = (options: object, text: string, who = personas) =>
    assertRejects(
      () => drawAttributes(who, { attributes: "party", from: people, counts: "n", seed: 1, ...options }),
      Error,
      text,
    );
  await rejects({ attributes: "age" }, "'attributes' must name none that the personas have already");
  await rejects({ attributes: "hat" }, "'from' has no column 'hat'");
  await rejects({ attributes: "weight" }, "must not have an attribute 'weight'");
  await rejects({ counts: undefined }, 'say { weights: "n" } (shares or weights) or { counts: "n" }');
  await rejects({ weights: "n" }, "'weights' must be left out where 'counts' is given");
  const halves = people.derive({ n: "d => d.n / 4" });
  await rejects({ from: halves }, "'n' must be a whole number");
  await rejects({ seed: 0.5 }, "'seed' must be a whole number");
  await rejects({ from: 1 }, "'counts' must be left out where 'from' is no table");
  await rejects(
    { from: 1, counts: undefined },
    "'from' must be the way to call a respondent, a table or the result of declareMargins",
  );
  await rejects(
    { from: caller(scriptedRespondent("x")), counts: undefined },
    "'party' must have at least two levels",
  );
  await rejects({}, "no column 'persona_id'", tableOf({ age: ["young"] }));
  await rejects({}, `persona "p1" (age "ancient")`, tableOf({ persona_id: ["p1"], age: ["ancient"] }));
  await rejects({ colour: 1 }, "option 'colour' is unknown");
});
