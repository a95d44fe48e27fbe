import { assert, assertEquals, assertMatch, assertNotEquals, assertThrows } from "@std/assert";
import {
  columnOf,
  type Hearing,
  type Plan,
  type Table,
  tableOf,
  toolkitVersion,
} from "@understudy/understudy/core";
import {
  assignTreatments,
  declareDesign,
  declareTreatments,
  planExperiment,
  runExperiment,
  scriptedRespondent,
  yesNo,
} from "@understudy/understudy";
import {
  ask,
  assignGroups,
  declareProtocol,
  everyone,
  model,
  say,
  tell,
  treatment,
} from "@understudy/understudy/protocols";
import { describeProvenance, type DescribeProvenanceOptions } from "@understudy/understudy/report";

const plan: Plan = {
  trials: tableOf({ trial_id: ["t1", "t2", "t3"], persona_id: ["p1", "p2", "p3"] }),
  summary: tableOf({ arm: ["control", "threat"], personas: [1, 2], calls: [1, 2], prompts: [1, 1] }),
  assigned: tableOf({ persona_id: ["p1", "p2", "p3"], arm: ["threat", "control", "threat"] }),
  design: {
    treatments: { arms: [{ name: "control", wordings: ["A border is quiet."], slots: {} }] },
    items: [{ kind: "text", name: "view", text: "?" }, { kind: "text", name: "why", text: "?" }],
    factors: null,
    conjoint: null,
    stated: ["age"],
    reference: "control",
    probabilities: { control: 0.5, threat: 0.5 },
    assignment: "complete",
    blocks: ["party", "region"],
    clusters: null,
    subjects: "between",
    conversation: "separate",
    protocol: null,
    blockProbabilities: {},
    itemOrder: "fixed",
    ask: "together",
    elicit: "answer",
  },
  prompt: { persona: () => "You are a person.", instruction: "Please answer." },
  seed: 0,
};

// Two items a call; the third call failed before it was answered, and has no key, model or tokens.
const columns = {
  trial_id: ["t1", "t1", "t2", "t2", "t3", "t3"],
  status: ["answered", "answered", "answered", "refused", "failed", "failed"],
  model: ["m-1", "m-1", "m-1", "m-1", null, null],
  prompt_tokens: [100, 100, 120, 120, null, null],
  completion_tokens: [10, 10, 12, 12, null, null],
  cached: [false, false, true, true, false, false],
  request_key: ["k1", "k1", "k2", "k2", null, null],
};
const identity = {
  endpoint: "http://127.0.0.1:8000/v1",
  model: "m",
  parameters: { temperature: 0.7, top_p: 1 },
};

function describe(changes: Partial<DescribeProvenanceOptions> = {}): { [what: string]: string } {
  const table: Table = describeProvenance({ plan, answers: tableOf(columns), identity, ...changes });
  const values = columnOf<string>(table, "value");
  return Object.fromEntries(columnOf<string>(table, "what").map((what, row) => [what, values[row]!]));
}

Deno.test("describeProvenance(options) counts personas, calls, answers by status and tokens once a request", () => {
  const facts = describe();
  assertEquals(facts["personas"], "3");
  assertEquals(facts["personas by arm"], "threat 2, control 1");
  assertEquals(facts["calls planned"], "3");
  assertEquals(facts["answers"], "6");
  assertEquals(
    [facts["answers, answered"], facts["answers, refused"], facts["answers, failed"]],
    ["3", "1", "2"],
  );
  assertEquals(facts["requests"], "3");
  assertEquals(facts["requests answered from the store"], "1");
  assertEquals(facts["prompt tokens"], "220 (1 of 3 requests did not say)");
  assertEquals(facts["completion tokens"], "22 (1 of 3 requests did not say)");
});

Deno.test("describeProvenance(options) counts kinds of refusal and of failure apart, and second tries", () => {
  const status_detail = ["", "", "", "words", "context", "endpoint"];
  const answers = tableOf({ ...columns, status_detail, attempt: [1, 1, 2, 3, 1, 1] });
  const facts = describe({ answers: [answers, tableOf(columns)] });
  const named = ["answered", "refused", "refused (words)", "failed", "failed (context)", "failed (endpoint)"];
  assertEquals(named.map((name) => facts[`answers, ${name}`]), ["6", "1", "1", "2", "1", "1"]);
  assertEquals(facts["answers at a second or later try"], "2");
  assertEquals("answers at a second or later try" in describe(), false);
});

Deno.test("describeProvenance(options) tells versions, endpoint, models, parameters, seeds, design and dates", () => {
  const facts = describe({
    respondentName: "openai",
    seeds: { personas: 0, assignment: 2 },
    startedAt: "2026-11-21T01:00:00Z",
    answeredAt: ["2026-11-21T01:00:03Z", "2026-11-21T01:00:01Z"],
    packages: { openai: "6.49.0" },
  });
  assertEquals(facts["Understudy"], toolkitVersion);
  assertEquals(facts["Deno"], Deno.version.deno);
  assertEquals(facts["package openai"], "6.49.0");
  assertEquals([facts["respondent"], facts["endpoint"]], ["openai", "http://127.0.0.1:8000/v1"]);
  assertEquals([facts["model asked for"], facts["model that answered"]], ["m", "m-1"]);
  assertEquals([facts["parameter temperature"], facts["parameter top_p"]], ["0.7", "1"]);
  assertEquals([facts["seed, personas"], facts["seed, assignment"]], ["0", "2"]);
  assertEquals(
    facts["design"],
    "between subjects, complete assignment, blocks party × region, reference control",
  );
  assertEquals(facts["questions"], "view, why");
  assertEquals([facts["first answer"], facts["last answer"]], [
    "2026-11-21T01:00:01Z",
    "2026-11-21T01:00:03Z",
  ]);
  assertEquals(facts["run started"], "2026-11-21T01:00:00Z");
  assertEquals(facts["run ended"], undefined);
});

Deno.test("describeProvenance(options) hashes what was asked: the order of rows does not matter, a request does", () => {
  const name = "hash of all requests (SHA-256)";
  const hash = describe()[name]!;
  assertMatch(hash, /^[0-9a-f]{64}$/);
  const reversed = Object.fromEntries(
    Object.entries(columns).map(([column, values]) => [column, values.toReversed()]),
  );
  assertEquals(describe({ answers: tableOf(reversed) })[name], hash);
  const other = tableOf({ ...columns, request_key: ["k1", "k1", "k3", "k3", null, null] });
  assertNotEquals(describe({ answers: other })[name], hash);
});

Deno.test("describeProvenance(options) lets no credential of an address or a parameter in", () => {
  const facts = describe({
    identity: {
      endpoint: "https://user:sk-secret@example.org/v1/?api-key=sk-secret#sk-secret",
      model: "m",
      parameters: { api_key: "sk-secret", Authorization: "Bearer sk-secret", max_tokens: 300 },
    },
  });
  assert(!JSON.stringify(facts).includes("sk-secret"));
  assertEquals(facts["endpoint"], "https://example.org/v1");
  assertEquals(facts["parameter max_tokens"], "300");
  assertEquals(describe({ identity: { ...identity, endpoint: "loopback" } })["endpoint"], "loopback");
});

Deno.test("describeProvenance(options) says so where no request told its tokens", () => {
  const answers = tableOf({ ...columns, prompt_tokens: Array(6).fill(null) });
  assertEquals(describe({ answers })["prompt tokens"], "not told by the endpoint");
});

Deno.test("describeProvenance(…) names what is wrong with its arguments", () => {
  assertThrows(() => describe({ answers: tableOf({ trial_id: ["t1"] }) }), RangeError, "no column 'status'");
  assertThrows(() => describe({ apiKey: "x" } as never), TypeError, "option 'apiKey' is unknown");
});

Deno.test("describeProvenance(options) of a protocol counts its calls, names a role's own respondent, and tells functions apart", async () => {
  const judge = { ...scriptedRespondent(() => '{"fear":"no"}'), name: "another model" };
  const treatments = declareTreatments({ control: "It is quiet.", threat: "Troops cross the border." });
  const fear = yesNo("fear", "Are you afraid?");
  const describeRun = async (hears: Hearing) => {
    const protocol = declareProtocol({
      roles: { subject: "", judge: model("You judge.", { respondent: judge }) },
      hears,
      steps: [tell(treatment()), say(), ask([fear], { to: "judge", each: "line" })],
    });
    const design = declareDesign({ treatments, protocol, stated: [], clusters: "session" });
    const groups = assignGroups(tableOf({ persona_id: ["a", "b", "c", "d"] }), { size: 2, seed: 1 });
    const plan = planExperiment(assignTreatments(groups, design, { seed: 1 }), design, { seed: 1 });
    const answers = await runExperiment(plan, scriptedRespondent(() => "Hello."));
    return describe({ plan, answers });
  };
  const facts = await describeRun(everyone);
  assertEquals([facts["calls planned"], facts["respondent of judge"]], ["8", "another model"]);
  const hash = "hash of the design (SHA-256)";
  assertEquals((await describeRun(everyone))[hash], facts[hash]);
  assertNotEquals((await describeRun((from) => from.seat > 0))[hash], facts[hash]);
});
