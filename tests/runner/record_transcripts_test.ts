import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { RespondentError, type RespondentRequest, type Table, tableOf } from "@understudy/understudy/core";
import { choice, likert, text, yesNo } from "@understudy/understudy/items";
import { type ScriptedReply, scriptedRespondent } from "@understudy/understudy/respondents";
import { recordTranscripts, type RecordTranscriptsOptions } from "@understudy/understudy/runner";
import { memoryStore } from "@understudy/understudy/store";
import { declareTreatments } from "@understudy/understudy/treatments";

const assigned = tableOf({
  persona_id: ["p1", "p1", "p2", "p2"],
  arm: ["control", "threat", "control", "threat"],
  party: ["left", "left", "right", "right"],
  age: [30, 30, 61, 61],
});

const options: RecordTranscriptsOptions = {
  treatments: declareTreatments({ control: "It is quiet.", threat: "Troops cross the border." }),
  stated: ["party", "age"],
  script: ["What do you make of it?", "And then?", "Go on."],
  probes: [
    choice("party", "Which party are you close to?", ["left", "right"]),
    likert("trust", "Do you trust parliament?", { points: 5 }),
  ],
  turns: [1, 3],
  defaults: 2,
};

const answers = '{"party": "left", "trust": 4}';
const noWait = () => Promise.resolve();

function column(table: Table, name: string): unknown[] {
  return Array.from(table.array(name) as unknown[]);
}

function rowsWhere(table: Table, wanted: { readonly [column: string]: unknown }) {
  const rows = table.objects() as { [column: string]: unknown }[];
  return rows.filter((row) => Object.entries(wanted).every(([name, value]) => row[name] === value));
}

async function recordWith(
  script: (request: RespondentRequest) => string | Error | Promise<string>,
  more: Partial<RecordTranscriptsOptions> = {},
): Promise<{ transcripts: Table; requests: RespondentRequest[] }> {
  const requests: RespondentRequest[] = [];
  const respondent = scriptedRespondent((request) => {
    requests.push(request);
    return script(request);
  });
  const transcripts = await recordTranscripts(assigned, respondent, {
    ...options,
    delay: noWait,
    ...more,
  });
  return { transcripts, requests };
}

const talk = ({ schema, messages }: RespondentRequest) =>
  schema ? answers : `reply ${messages.filter(({ role }) => role === "user").length}`;

Deno.test("recordTranscripts() has a row per line and per probe and answer, and makes the calls it says", async () => {
  const { transcripts, requests } = await recordWith(talk);
  // 2 without a persona, 2 for each of 2 personas, and 3 lines and 2 branches for each of 4 conversations.
  assertEquals(requests.length, 2 + 4 + 4 * 5);
  assertEquals(rowsWhere(transcripts, { kind: "default" }).length, 2 * 2);
  assertEquals(rowsWhere(transcripts, { kind: "probe", turn: 0 }).length, 4 * 2 * 2);
  assertEquals(rowsWhere(transcripts, { kind: "line" }).length, 4 * 3);
  assertEquals(rowsWhere(transcripts, { kind: "probe", turn: 3 }).length, 4 * 2);
  assertEquals(transcripts.numRows(), 4 + 16 + 12 + 16);
  assertEquals(rowsWhere(transcripts, { kind: "line", turn: 2 })[0]!.value, "reply 2");
});

Deno.test("recordTranscripts() asks probes on a branch: no later message knows of them", async () => {
  const { requests } = await recordWith(talk);
  for (const { messages, schema } of requests) {
    const probed = messages.filter(({ content }) => content.includes("[trust]"));
    assertEquals(probed.length, schema ? 1 : 0);
    if (schema) assertEquals(probed[0], messages.at(-1));
  }
  const last = requests.filter(({ schema, messages }) => !schema && messages.length === 6)[0]!;
  assertEquals(last.messages.map(({ role }) => role).join(" "), "system user assistant user assistant user");
  assertEquals(last.messages[2]!.content, "reply 1");
});

Deno.test("recordTranscripts() opens with persona and treatment; turn 0 has no treatment, defaults no persona", async () => {
  const { requests, transcripts } = await recordWith(talk);
  const lines = requests.filter(({ schema }) => !schema);
  assertEquals(lines[0]!.messages[0]!.content, "Your party is left. Your age is 30.");
  assertEquals(lines[0]!.messages[1]!.content, "It is quiet.\n\nWhat do you make of it?");
  const first = requests.filter(({ schema, messages }) => schema && messages.length === 2);
  assertEquals(first.length, 4);
  assert(first.every(({ messages }) => !messages[1]!.content.includes("quiet")));
  assertEquals(requests.filter(({ messages }) => messages.length === 1).length, 2);
  assertEquals(rowsWhere(transcripts, { kind: "default" })[0]!.persona_id, null);
});

Deno.test("recordTranscripts() states what the persona's text says of each probe, and each scale's length", async () => {
  const { transcripts } = await recordWith(talk);
  const party = rowsWhere(transcripts, { kind: "probe", item: "party", persona_id: "p2" });
  assert(party.every(({ stated, range }) => stated === "right" && range === null));
  const trust = rowsWhere(transcripts, { kind: "probe", item: "trust" });
  assert(trust.every(({ stated, range }) => stated === null && range === 4));
  const hidden = await recordWith(talk, { stated: ["age"] });
  assert(rowsWhere(hidden.transcripts, { item: "party" }).every(({ stated }) => stated === null));
  const mapped = await recordWith(talk, { asksBack: { trust: "age", party: null } });
  assertEquals(rowsWhere(mapped.transcripts, { item: "trust", persona_id: "p2" })[0]!.stated, 61);
  assertEquals(rowsWhere(mapped.transcripts, { item: "party", persona_id: "p2" })[0]!.stated, null);
});

Deno.test("recordTranscripts(seed) shows one option order to a persona at all turns and in all arms", async () => {
  const { transcripts } = await recordWith(talk, { seed: 5 });
  for (const persona_id of ["p1", "p2"]) {
    const orders = rowsWhere(transcripts, { persona_id, item: "party" }).map(({ option_order }) =>
      option_order
    );
    assertEquals(new Set(orders).size, 1);
  }
});

Deno.test("recordTranscripts(store) asks for nothing the second time", async () => {
  const store = memoryStore();
  const once = await recordWith(talk, { store });
  const again = await recordWith(talk, { store });
  assertEquals(again.requests.length, 0);
  assertEquals(column(again.transcripts, "value"), column(once.transcripts, "value"));
});

Deno.test("recordTranscripts() keeps the rows of a line that failed and of all that could not follow it", async () => {
  const { transcripts } = await recordWith((request) => {
    const users = request.messages.filter(({ role }) => role === "user").length;
    const threat = request.messages.some(({ content }) => content.includes("Troops"));
    return !request.schema && threat && users === 2
      ? new RespondentError("the reply is broken", { kind: "malformed", transient: false })
      : talk(request);
  }, { concurrency: 1 });
  assertEquals(transcripts.numRows(), 48);
  const line = rowsWhere(transcripts, { arm: "threat", kind: "line", turn: 2 })[0]!;
  assertStringIncludes(String(line.reason), "the reply is broken (1 attempt)");
  const after = rowsWhere(transcripts, { arm: "threat", turn: 3 });
  assertEquals(new Set(after.map(({ status }) => status)), new Set(["failed"]));
  assertEquals(new Set(after.map(({ reason }) => reason)), new Set(["not asked: the line of turn 2 failed"]));
  const probe = rowsWhere(transcripts, { arm: "threat", kind: "probe", turn: 1 });
  assert(probe.every(({ status }) => status === "answered"));
});

Deno.test("recordTranscripts() keeps a refusal in the history and gives its line the status refused", async () => {
  const respondent = scriptedRespondent(({ schema, messages }) =>
    schema ? answers : messages.length === 2 ? { refusal: "I would rather not." } : "fine"
  );
  const transcripts = await recordTranscripts(assigned, respondent, options);
  const first = rowsWhere(transcripts, { kind: "line", turn: 1 })[0]!;
  assertEquals([first.status, first.value, first.raw], ["refused", null, "I would rather not."]);
  assertEquals(rowsWhere(transcripts, { kind: "line", turn: 2 })[0]!.status, "answered");
});

Deno.test("recordTranscripts() says why a line is none", async () => {
  const replies: [ScriptedReply, string, string][] = [
    [{ text: "So", finishReason: "length" }, "truncated", "cut at the token limit"],
    [{ text: "", finishReason: "content_filter" }, "refused", "content filter"],
    [{ text: " " }, "empty", "the reply is empty"],
  ];
  for (const [reply, status, reason] of replies) {
    const respondent = scriptedRespondent(({ schema }) => schema ? answers : reply);
    const [line] = rowsWhere(await recordTranscripts(assigned, respondent, options), {
      kind: "line",
      turn: 2,
    });
    assertEquals([line!.status, line!.value, line!.raw], [status, null, reply.text]);
    assertStringIncludes(String(line!.reason), reason);
  }
});

Deno.test("recordTranscripts(signal) keeps what arrived and says what was not asked", async () => {
  const stop = new AbortController();
  let calls = 0;
  const { transcripts } = await recordWith((request) => {
    if (++calls === 9) stop.abort();
    return talk(request);
  }, { signal: stop.signal, concurrency: 1 });
  assertEquals(transcripts.numRows(), 48);
  assertEquals(calls, 9);
  const failed = rowsWhere(transcripts, { status: "failed" });
  assertEquals(new Set(failed.map(({ reason }) => reason)), new Set(["not asked: the run was stopped"]));
  // The defaults, both personas at turn 0, and three calls of the first conversation arrived.
  assertEquals(48 - failed.length, 4 + 16 + 4);
});

Deno.test("recordTranscripts() ends with the error where the key is refused, and hands over what came", async () => {
  let calls = 0;
  const respondent = scriptedRespondent((request) =>
    ++calls > 7
      ? new RespondentError("the key is refused", { kind: "unauthorized", transient: false })
      : talk(request)
  );
  const error = await assertRejects(
    () => recordTranscripts(assigned, respondent, { ...options, concurrency: 1 }),
    RespondentError,
    "the key is refused",
  );
  assertEquals((error.answers as Table).numRows(), 48);
  assertEquals(calls, 8);
});

Deno.test("recordTranscripts() ends with the error where no line can be answered, though probes are, and the other way", async () => {
  const wrong = new RespondentError("the text is about nothing", { kind: "bad_request", transient: false });
  for (const lines of [true, false]) {
    let calls = 0;
    const respondent = scriptedRespondent((request) => {
      calls++;
      return (request.schema === undefined) === lines ? wrong : talk(request);
    });
    const error = await assertRejects(
      () => recordTranscripts(assigned, respondent, { ...options, concurrency: 1 }),
      RespondentError,
      "the text is about nothing",
    );
    const table = error.answers as Table;
    assertEquals(table.numRows(), 48);
    assertEquals(calls, lines ? 2 + 4 + 4 : 2 + 4 + 4 * (3 + 2));
    assertEquals(rowsWhere(table, { status: "answered" }).length, lines ? 4 + 16 : 12);
  }
});

Deno.test("recordTranscripts() goes on where one line fails after another was answered", async () => {
  const wrong = new RespondentError("the text is too long", { kind: "bad_request", transient: false });
  const { transcripts } = await recordWith(
    (request) => !request.schema && request.messages.length > 5 ? wrong : talk(request),
    { concurrency: 1 },
  );
  assertEquals(rowsWhere(transcripts, { kind: "line", turn: 3, status: "failed" }).length, 4);
  assertEquals(rowsWhere(transcripts, { kind: "line", turn: 2, status: "answered" }).length, 4);
});

Deno.test("recordTranscripts() refuses what cannot be asked, before a call is paid for", async () => {
  let calls = 0;
  const respondent = scriptedRespondent(() => {
    calls++;
    return answers;
  });
  const wrong: [Partial<RecordTranscriptsOptions>, string][] = [
    [{ turns: [4] }, "'turns' must be a whole number from 1 to 3"],
    [{ script: [] }, "'script' must be a list of lines"],
    [{ probes: [] }, "'probes' must be a list of questions"],
    [{ probes: [text("line", "Why?")] }, "'probes' must have distinct names other than 'line'"],
    [
      { treatments: declareTreatments({ a: "x", b: "y" }) },
      "'assigned.arm' must hold arms of the treatments",
    ],
    [{ stated: undefined as never }, "'stated' must list the attributes that the model is told"],
    [{ stated: ["colour"] }, "'assigned' has no column 'colour'"],
    [{ persona: { attributes: ["age"] } as never }, "'persona' must say how 'stated' is described"],
    [{ store: {} as never }, "'store' must be a store"],
    [{ defaults: -1 }, "'defaults' must be a whole number"],
    [{ replicates: 2 } as Partial<RecordTranscriptsOptions>, "option 'replicates' is unknown"],
  ];
  for (const [change, message] of wrong) {
    await assertRejects(
      () => recordTranscripts(assigned, respondent, { ...options, ...change }),
      Error,
      message,
    );
  }
  const taken = tableOf({ persona_id: ["p1"], arm: ["control"], stated: ["x"] });
  await assertRejects(
    () => recordTranscripts(taken, respondent, { ...options, stated: [] }),
    RangeError,
    "attribute 'stated'",
  );
  assertEquals(calls, 0);
});

const short: RecordTranscriptsOptions = {
  ...options,
  stated: ["party"],
  script: ["What do you make of it?"],
  probes: [choice("party", "Which party are you close to?", ["left", "right"])],
  turns: [1],
  defaults: 0,
};

/** Tells the party that the persona's text states. */
const honest = ({ schema, messages }: RespondentRequest): string =>
  schema ? JSON.stringify({ party: /right/.test(messages[0]!.content) ? "right" : "left" }) : "I see.";

Deno.test("recordTranscripts() asks a persona that is described otherwise in another arm before both dialogues", async () => {
  const assigned = tableOf({ persona_id: ["p", "p"], arm: ["control", "threat"], party: ["left", "right"] });
  const transcripts = await recordTranscripts(
    assigned,
    scriptedRespondent(honest),
    short,
  );
  const rows = transcripts.objects() as { kind: string; turn: number; value: string; stated: string }[];
  const before = rows.filter(({ kind, turn }) => kind === "probe" && turn === 0);
  assertEquals(before.length, 4);
  assert(before.every(({ value, stated }) => value === stated), JSON.stringify(before));
});

Deno.test("recordTranscripts() refuses personas that it could not tell apart, and rows without a persona", async () => {
  const record = (ids: unknown[]) =>
    recordTranscripts(
      tableOf({ persona_id: ids, arm: ids.map(() => "threat"), party: ids.map(() => "left") }),
      scriptedRespondent(honest),
      short,
    );
  await assertRejects(() => record([1, "1"]), RangeError, "persona 1 stands twice in arm 'threat'");
  for (const id of [null, undefined]) {
    await assertRejects(() => record(["p", id]), RangeError, "have a value in row 2");
  }
});

Deno.test("recordTranscripts() asks a probe called as something that every object inherits", async () => {
  const assigned = tableOf({ persona_id: ["p"], arm: ["threat"] });
  const transcripts = await recordTranscripts(assigned, scriptedRespondent('{"constructor": "yes"}'), {
    ...short,
    stated: [],
    probes: [yesNo("constructor", "Do you build houses?")],
    retest: false,
  });
  const rows = transcripts.objects() as { [column: string]: unknown }[];
  const probes = rows.filter(({ item }) => item === "constructor");
  assertEquals(probes.map(({ value, stated }) => [value, stated]), [[1, null], [1, null]]);
  assert(probes.every(({ option_order }) => option_order === null || typeof option_order === "string"));
});
