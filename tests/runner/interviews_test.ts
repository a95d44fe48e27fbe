import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  assignTreatments,
  choice,
  columnOf,
  declareDesign,
  declareTreatments,
  type Item,
  likert,
  planExperiment,
  RespondentError,
  type RespondentRequest,
  runExperiment,
  type RunExperimentOptions,
  type ScriptedReply,
  scriptedRespondent,
  type Table,
  tableOf,
  yesNo,
} from "@understudy/understudy";
import {
  declareProtocol,
  lines,
  probe,
  rounds,
  say,
  script,
  tell,
  treatment,
} from "@understudy/understudy/protocols";

// An interview is a protocol: probes of nobody, twice before the treatment, and on branches along the way.

const people = tableOf({ persona_id: ["p1", "p2"], party: ["left", "right"], age: [30, 61] });
const party = choice("party", "Which party are you close to?", ["left", "right"]);
const trust = likert("trust", "Do you trust parliament?", { points: 5 });
const questions = ["What do you make of it?", "And then?", "Go on."];

interface Interview {
  readonly asked?: readonly Item[];
  readonly stated?: readonly string[];
  readonly asksBack?: { readonly [item: string]: string | null };
  readonly run?: RunExperimentOptions;
}

type Reply = string | Error | ScriptedReply | Promise<string>;

async function interview(
  reply: (request: RespondentRequest) => Reply,
  { asked = [party, trust], stated = ["party", "age"], asksBack = {}, run = {} }: Interview = {},
): Promise<{ answers: Table; requests: RespondentRequest[] }> {
  const protocol = declareProtocol({
    roles: { subject: "", interviewer: script(lines(questions)) },
    steps: [
      probe(asked, { persona: false, times: 2 }),
      probe(asked, { times: 2, asksBack }),
      tell(treatment()),
      rounds(3, [
        say({ by: "interviewer" }),
        say({ by: "subject" }),
        probe(asked, { asksBack, when: (s) => s.round !== 2 }),
      ]),
    ],
  });
  const treatments = declareTreatments({ control: "It is quiet.", threat: "Troops cross the border." });
  const design = declareDesign({ treatments, protocol, stated, subjects: "within" });
  const plan = planExperiment(assignTreatments(people, design, { seed: 1 }), design, { seed: 5 });
  const requests: RespondentRequest[] = [];
  const respondent = scriptedRespondent((request) => {
    requests.push(request);
    return reply(request) as string;
  });
  return {
    answers: await runExperiment(plan, respondent, { delay: () => Promise.resolve(), ...run }),
    requests,
  };
}

type Row = { readonly [column: string]: unknown };

/** The rows that have these values; lines only those of the subject. */
function rowsWhere(table: Table, wanted: Row): Row[] {
  return (table.objects() as Row[]).filter((row) =>
    row.role !== "interviewer" && Object.entries(wanted).every(([name, value]) => row[name] === value)
  );
}

const talk = ({ schema, messages }: RespondentRequest) =>
  schema ? '{"party": "left", "trust": 4}' : `reply ${messages.filter(({ role }) => role === "user").length}`;

Deno.test("an interview has a row per line and per probe and answer, and asks before the treatment once for all arms", async () => {
  const { answers, requests } = await interview(talk);
  // 2 without a persona, 2 for each of 2 personas, and 3 lines and 2 branches for each of 4 conversations.
  assertEquals(requests.length, 2 + 4 + 4 * 5);
  assertEquals(rowsWhere(answers, { kind: "default" }).length, 2 * 2);
  assertEquals(rowsWhere(answers, { kind: "probe", turn: 0 }).length, 4 * 2 * 2);
  assertEquals(rowsWhere(answers, { kind: "line" }).length, 4 * 3);
  assertEquals(rowsWhere(answers, { kind: "probe", turn: 3 }).length, 4 * 2);
  assertEquals(rowsWhere(answers, { kind: "line", turn: 2 })[0]!.value, "reply 2");
});

Deno.test("an interview opens with persona and treatment; turn 0 has no treatment, defaults no persona", async () => {
  const { answers, requests } = await interview(talk);
  const opening = requests.find(({ schema, messages }) => !schema && messages[1]!.content.includes("quiet"))!
    .messages;
  assert(/^Your party is (left. Your age is 30|right. Your age is 61)\.$/.test(opening[0]!.content));
  assertEquals(opening[1]!.content.replace("Interviewer: ", ""), "It is quiet.\n\nWhat do you make of it?");
  const before = requests.filter(({ schema, messages }) => schema && messages.length === 2);
  assertEquals(before.filter(({ messages }) => !/quiet|Troops/.test(messages[1]!.content)).length, 4);
  assertEquals(requests.filter(({ messages }) => messages.every(({ role }) => role !== "system")).length, 2);
  assertEquals(rowsWhere(answers, { kind: "default" })[0]!.persona_id, null);
});

Deno.test("a probe states what the persona's text says of it, and its scale's length", async () => {
  const { answers } = await interview(talk);
  const own = rowsWhere(answers, { kind: "probe", item: "party", persona_id: "p2" });
  assert(own.length > 0 && own.every(({ stated, range }) => stated === "right" && range === null));
  const scales = rowsWhere(answers, { kind: "probe", item: "trust" });
  assert(scales.every(({ stated, range }) => stated === null && range === 4));
  const hidden = await interview(talk, { stated: ["age"] });
  assert(rowsWhere(hidden.answers, { item: "party" }).every(({ stated }) => stated === null));
  const mapped = await interview(talk, { asksBack: { trust: "age", party: null } });
  assertEquals(rowsWhere(mapped.answers, { item: "trust", persona_id: "p2" })[0]!.stated, 61);
  assertEquals(rowsWhere(mapped.answers, { item: "party", persona_id: "p2" })[0]!.stated, null);
});

Deno.test("a persona sees a probe's options in one order at all turns and in all arms", async () => {
  const { answers } = await interview(talk);
  for (const persona_id of ["p1", "p2"]) {
    const orders = rowsWhere(answers, { persona_id, item: "party" }).map(({ option_order }) => option_order);
    assertEquals(new Set(orders).size, 1);
  }
});

Deno.test("a refusal stays in the conversation as it came, and its line has the status refused", async () => {
  const { answers, requests } = await interview((request) =>
    request.schema || request.messages.length > 2 ? talk(request) : { refusal: "I would rather not." }
  );
  const first = rowsWhere(answers, { kind: "line", turn: 1 })[0]!;
  assertEquals([first.status, first.value, first.raw], ["refused", null, "I would rather not."]);
  assertEquals(rowsWhere(answers, { kind: "line", turn: 2 })[0]!.status, "answered");
  const later = requests.find(({ schema, messages }) => !schema && messages.length === 4)!;
  assertEquals(later.messages[2]!.content, "I would rather not.");
});

Deno.test("a line that is none says why", async () => {
  const replies: [ScriptedReply, string, string][] = [
    [{ text: "So", finishReason: "length" }, "truncated", "cut at the token limit"],
    [{ text: "", finishReason: "content_filter" }, "refused", "content filter"],
  ];
  for (const [reply, status, reason] of replies) {
    const { answers } = await interview((request) => request.schema ? talk(request) : reply);
    const [line] = rowsWhere(answers, { kind: "line", turn: 2 });
    assertEquals([line!.status, line!.raw], [status, reply.text]);
    assertStringIncludes(String(line!.reason), reason);
  }
});

Deno.test("an interview that is stopped keeps what arrived and says what was not asked", async () => {
  const stop = new AbortController();
  let calls = 0;
  const { answers } = await interview((request) => {
    if (++calls === 9) stop.abort();
    return talk(request);
  }, { run: { signal: stop.signal, concurrency: 1 } });
  assertEquals(calls, 9);
  assertEquals(answers.numRows(), (await interview(talk)).answers.numRows());
  assert(rowsWhere(answers, { status: "answered" }).length > 0);
  const failed = rowsWhere(answers, { status: "failed" });
  assert(failed.every(({ reason }) => String(reason).startsWith("not asked")), String(failed[0]?.reason));
});

Deno.test("an interview ends with the error where the key is refused, and hands over what came", async () => {
  let calls = 0;
  const error = await assertRejects(
    () =>
      interview(
        (request) =>
          ++calls > 7
            ? new RespondentError("the key is refused", { kind: "unauthorized", transient: false })
            : talk(request),
        { run: { concurrency: 1 } },
      ),
    RespondentError,
    "the key is refused",
  );
  const table = error.answers as Table;
  assertEquals(calls, 8);
  assert(rowsWhere(table, { status: "answered" }).length > 0);
  assertEquals(columnOf(table, "status").length, (await interview(talk)).answers.numRows());
});

Deno.test("an interview ends with the error where no line can be answered, though probes are, and the other way", async () => {
  const wrong = new RespondentError("the text is about nothing", { kind: "bad_request", transient: false });
  for (const lines of [true, false]) {
    const error = await assertRejects(
      () => interview((request) => (request.schema === undefined) === lines ? wrong : talk(request)),
      RespondentError,
      "the text is about nothing",
    );
    assertEquals(
      (error.answers as Table).numRows(),
      (await interview(talk)).answers.numRows(),
    );
  }
});

Deno.test("a probe may be called as something that every object inherits", async () => {
  const { answers } = await interview(({ schema }) => schema ? '{"constructor": "yes"}' : "I see.", {
    asked: [yesNo("constructor", "Do you build houses?")],
    stated: [],
  });
  const probes = rowsWhere(answers, { item: "constructor", kind: "probe" });
  assert(probes.length > 0 && probes.every(({ value, stated }) => value === 1 && stated === null));
});
