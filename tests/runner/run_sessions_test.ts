import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  assignTreatments,
  columnOf,
  composePrompt,
  declareDesign,
  declareFactorial,
  declareTreatments,
  describeRun,
  likert,
  memoryStore,
  number,
  type Plan,
  planCosts,
  planExperiment,
  replayRespondent,
  type Respondent,
  RespondentError,
  type RespondentRequest,
  runExperiment,
  scriptedRespondent,
  type Store,
  type Table,
  tableOf,
  yesNo,
} from "@understudy/understudy";
import {
  ask,
  assignGroups,
  declareProtocol,
  desire,
  edges,
  groups,
  type Hearing,
  inOrder,
  lines,
  model,
  nobody,
  play,
  probe,
  type Protocol,
  publicGoods,
  responding,
  rounds,
  say,
  script,
  seat,
  type SessionView,
  tell,
  treatment,
} from "@understudy/understudy/protocols";

const treatments = declareTreatments({ control: "It is quiet.", threat: "Troops cross the border." });
const fear = yesNo("fear", "Are you afraid?");
const support = likert("support", "Do you support it?", { points: 7 });

function people(count: number): Table {
  return tableOf({
    persona_id: Array.from({ length: count }, (_, i) => `p${i + 1}`),
    age: Array.from({ length: count }, (_, i) => 20 + i),
  });
}

interface PlanOptions {
  readonly size?: number;
  readonly sessions?: number;
  readonly subjects?: "between" | "within";
}

function planOf(
  protocol: Protocol,
  { size = 4, sessions = 2, subjects = "between" }: PlanOptions = {},
): Plan {
  const within = subjects === "within" ? { subjects } : { clusters: "session" };
  const design = declareDesign({ treatments, protocol, stated: ["age"], ...within });
  const personas = assignGroups(people(size * sessions), { size, seed: 1 });
  return planExperiment(assignTreatments(personas, design, { seed: 2 }), design, { seed: 3 });
}

/** Replies that tell their request apart, and a record of what was asked. */
function talker(say: (request: RespondentRequest, call: number) => string = lineOf) {
  const requests: RespondentRequest[] = [];
  const respondent = scriptedRespondent((request) => {
    requests.push(request);
    return say(request, requests.length);
  });
  return { requests, respondent };
}

function lineOf({ schema, seed }: RespondentRequest): string {
  if (schema === undefined) return `line ${seed! % 1000}`;
  const names = Object.keys(schema.schema.properties as object);
  return JSON.stringify(Object.fromEntries(names.map((name) => [name, name === "fear" ? "yes" : seed! % 7])));
}

function rowsOf(table: Table, kind: string): { [column: string]: unknown }[] {
  return (table.objects() as { [column: string]: unknown }[]).filter((row) => row.kind === kind);
}

const withoutRun = ["cached", "latency_ms"];

function comparable(table: Table): unknown[] {
  return table.objects().map((row) =>
    Object.fromEntries(Object.entries(row).filter(([name]) => !withoutRun.includes(name)))
  );
}

Deno.test("items are the protocol that tells the treatment and asks: the same requests, whatever the mode", async () => {
  const personas = people(6);
  for (const mode of ["together", "in turn", "apart"] as const) {
    const shared = { treatments, stated: ["age"], ask: mode };
    const keys = await Promise.all([
      declareDesign({ ...shared, items: [fear, support] }),
      declareDesign({
        ...shared,
        protocol: declareProtocol({ steps: [tell(treatment()), ask([fear, support])] }),
      }),
    ].map(async (design) => {
      const plan = planExperiment(assignTreatments(personas, design, { seed: 1 }), design, { seed: 4 });
      return columnOf(await runExperiment(plan, talker().respondent), "request_key");
    }));
    assertEquals(keys[0], keys[1]);
    assert(keys[0]!.every((key) => typeof key === "string"));
  }
});

Deno.test("a discussion of one is an interview, and whom nobody hears is a lone persona: the same requests", async () => {
  const steps = [tell(treatment()), say({ order: inOrder() }), ask([fear])];
  const { requests, respondent } = talker();
  await runExperiment(planOf(declareProtocol({ steps, hears: () => false })), respondent, { concurrency: 1 });
  const alone = talker();
  const design = declareDesign({ treatments, protocol: declareProtocol({ steps }), stated: ["age"] });
  const lone = assignGroups(people(8), { size: 1, seed: 1 });
  const assigned = assignTreatments(lone, design, { seed: 2 });
  await runExperiment(planExperiment(assigned, design, { seed: 3 }), alone.respondent, { concurrency: 1 });
  const told = (all: RespondentRequest[]) =>
    all.map(({ messages }) => messages.map(({ content }) => content.replace(/line \d+/g, "line")).join("|"))
      .map((text) => text.replace(/It is quiet\.|Troops cross the border\./, "TREATMENT")).sort();
  assertEquals(told(requests), told(alone.requests));
});

Deno.test("personas who should meet and are in no groups are an error; an interview, and who is to be alone, are not", () => {
  const plan =
    (steps: Parameters<typeof declareProtocol>[0]["steps"], roles = {}, clusters?: "session") => () => {
      const protocol = declareProtocol({
        steps: [tell(treatment()), ...steps],
        roles: { subject: "", ...roles },
      });
      const design = declareDesign({ treatments, protocol, stated: [], ...(clusters ? { clusters } : {}) });
      return planExperiment(assignTreatments(people(4), design), design);
    };
  const steps = [say(), ask([fear])];
  assertThrows(plan(steps), RangeError, "nobody would hear step 'say': 'assigned' has no column 'session'");
  assertThrows(plan([ask([fear], { heard: "after" })]), RangeError, "assignGroups(personas");
  assertThrows(plan(steps, {}, "session"), RangeError, "make groups first, by assignGroups(");
  assert(plan([say({ hears: nobody }), ask([fear])])().trials.numRows() > 0);
  assert(plan([say({ by: "host" }), ...steps], { host: model("You ask.") })().trials.numRows() > 0);
});

Deno.test("the same seed gives the same speakers, another seed others", async () => {
  const protocol = declareProtocol({
    steps: [tell(treatment()), rounds(12, [say({ order: responding(0.4) })])],
  });
  const plan = planOf(protocol);
  const speakers = async (own: Plan) => columnOf(await runExperiment(own, talker().respondent), "member");
  const first = await speakers(plan);
  assertEquals(await speakers(plan), first);
  assert(new Set(first).size > 5);
  const design = declareDesign({ treatments, protocol, stated: [], clusters: "session" });
  const assigned = assignTreatments(assignGroups(people(8), { size: 4, seed: 1 }), design, { seed: 2 });
  const other = await speakers(planExperiment(assigned, design, { seed: 4 }));
  assert(other.some((member, at) => member !== first[at]));
});

Deno.test("probes change no line's key, and private answers reach nobody", async () => {
  const talk = say({ order: inOrder() });
  const plain = [tell(treatment()), talk, ask([fear]), talk, talk];
  const probed = [
    probe([support], { persona: false, times: 2 }),
    tell(treatment()),
    probe([support]),
    talk,
    ask([fear]),
    probe([support], { times: 2 }),
    talk,
    talk,
  ];
  const run = async (steps: Parameters<typeof declareProtocol>[0]["steps"]) => {
    const { requests, respondent } = talker();
    return { requests, answers: await runExperiment(planOf(declareProtocol({ steps })), respondent) };
  };
  const [without, withProbes] = [await run(plain), await run(probed)];
  const keys = (table: Table) => rowsOf(table, "line").map((row) => row.request_key);
  assertEquals(keys(without.answers), keys(withProbes.answers));
  assertEquals(rowsOf(withProbes.answers, "default").length, 2);
  assertEquals(rowsOf(withProbes.answers, "probe").length, 8 * 3);
  const heard = without.requests.flatMap(({ messages }) =>
    messages.filter(({ role, content }) => role === "user" && /Subject \d: \{/.test(content))
  );
  assertEquals(heard, []);
});

Deno.test("a window of three is three lines, own ones included, and nothing else is forgotten", async () => {
  const { requests, respondent } = talker();
  const protocol = declareProtocol({
    memory: { last: 3 },
    steps: [tell("Be kind."), tell(treatment()), rounds(3, [say({ order: inOrder() })]), ask([fear])],
  });
  await runExperiment(planOf(protocol, { sessions: 2, size: 3 }), respondent, { concurrency: 1 });
  const asked = requests.filter(({ schema }) => schema !== undefined);
  assertEquals(asked.length, 6);
  for (const { messages } of asked) {
    const text = messages.map(({ content }) => content).join("\n");
    assertEquals(text.match(/line \d+/g)!.length, 3);
    assertEquals(text.match(/Be kind/g)!.length, 1);
    assert(/quiet|Troops/.test(text));
  }
});

Deno.test("public answers are heard after all or at once, lines of one other without a name", async () => {
  for (const heard of ["after", "at once"] as const) {
    const { requests, respondent } = talker();
    const protocol = declareProtocol({ steps: [tell(treatment()), ask([fear], { heard }), ask([support])] });
    await runExperiment(planOf(protocol, { size: 3 }), respondent, { concurrency: 1 });
    const first = requests.filter(({ schema }) => "fear" in (schema!.schema.properties as object));
    const told = first.map(({ messages }) =>
      messages.at(-1)!.content.match(/Subject \d: fear: yes/g)?.length ?? 0
    );
    assertEquals(told.slice(0, 3), heard === "after" ? [0, 0, 0] : [0, 1, 2]);
  }
  const { requests, respondent } = talker();
  const pair = declareProtocol({ steps: [tell(treatment()), say({ order: inOrder() }), ask([fear])] });
  await runExperiment(planOf(pair, { size: 2 }), respondent, { concurrency: 1 });
  assert(requests.every(({ messages }) => messages.every(({ content }) => !content.includes("Subject"))));
});

Deno.test("a turn used in silence is a row that nobody hears, and the order counts it", async () => {
  const { respondent, requests } = talker(({ schema }, call) =>
    schema === undefined ? call % 2 === 0 ? "[silence]" : "Hello" : '{"fear":"no"}'
  );
  const protocol = declareProtocol({
    steps: [tell(treatment()), say({ order: inOrder(), turns: 4, silence: true }), ask([fear])],
  });
  const answers = await runExperiment(planOf(protocol, { sessions: 2 }), respondent, { concurrency: 1 });
  const lines = rowsOf(answers, "line");
  assertEquals(lines.length, 8);
  const silent = lines.filter(({ value }) => value === "");
  assertEquals(silent.length, 4);
  assert(silent.every(({ status, heard_by }) => status === "answered" && heard_by === ""));
  assert(requests.every(({ messages }) => messages.every(({ content }) => !content.includes(": [silence]"))));
});

Deno.test("arms of a session share their past: called once, with or without a store", async () => {
  const steps = [probe([support], { times: 2 }), say({ order: inOrder() }), tell(treatment()), ask([fear])];
  const plan = planOf(declareProtocol({ steps }), { subjects: "within", size: 1, sessions: 3 });
  for (const store of [undefined, memoryStore()]) {
    const { requests, respondent } = talker();
    const answers = await runExperiment(plan, respondent, store === undefined ? {} : { store });
    // Two probes and a line once, an answer in each arm.
    assertEquals(requests.length, 3 * (2 + 1 + 2));
    assertEquals(answers.numRows(), 3 * 2 * (2 + 1 + 1));
  }
});

Deno.test("arms in one conversation remember those before, in their order", async () => {
  const design = declareDesign({
    treatments,
    items: [fear],
    stated: ["age"],
    subjects: "within",
    conversation: "one",
  });
  const assigned = assignTreatments(people(5), design, { seed: 2 });
  const plan = planExperiment(assigned, design, { seed: 3 });
  const { requests, respondent } = talker();
  const answers = await runExperiment(plan, respondent, { concurrency: 1 });
  assertEquals(
    requests.map(({ messages }) => messages.length),
    Array.from({ length: 10 }, (_, i) => i % 2 ? 4 : 2),
  );
  assertEquals(new Set(columnOf(answers, "arm_order")).size, 2);
  const separate = declareDesign({ treatments, items: [fear], stated: ["age"], subjects: "within" });
  const own = talker();
  await runExperiment(planExperiment(assigned, separate, { seed: 3 }), own.respondent);
  assert(own.requests.every(({ messages }) => messages.length === 2));
});

/** A respondent that dies at a call, as a process does: nothing more comes from it. */
function dyingAt(respondent: Respondent, fatal: number): { respondent: Respondent; calls: () => number } {
  let calls = 0;
  return {
    calls: () => calls,
    respondent: {
      ...respondent,
      name: respondent.name,
      identity: () => respondent.identity(),
      respond: (request, options) => {
        if (++calls === fatal) return Promise.reject(new TypeError("killed"));
        return respondent.respond(request, options);
      },
    },
  };
}

Deno.test("killed anywhere, a second run repeats no call and gives the same table, at any concurrency", async () => {
  const protocol = declareProtocol({
    steps: [
      tell(treatment()),
      ask([fear]),
      rounds(2, [say({ order: responding(0.4), turns: 3 }), probe([support])]),
      play(publicGoods({ endowment: 10, multiplier: 2 })),
      ask([fear], { name: "final" }),
    ],
  });
  const plan = planOf(protocol, { sessions: 4 });
  const whole = talker(reply);
  const expected = comparable(await runExperiment(plan, whole.respondent));
  const total = whole.requests.length;
  for (const concurrency of [1, 8, 64]) {
    for (const fatal of [2, Math.floor(total / 2), total - 1]) {
      const store: Store = memoryStore();
      const talkers = talker(reply);
      const dying = dyingAt(talkers.respondent, fatal);
      await assertRejects(
        () => runExperiment(plan, dying.respondent, { store, concurrency }),
        TypeError,
        "killed",
      );
      const kept = await store.count();
      const again = talker(reply);
      const answers = await runExperiment(plan, again.respondent, { store, concurrency });
      assertEquals(again.requests.length, total - kept);
      assertEquals(comparable(answers), expected);
    }
  }
});

function reply(request: RespondentRequest): string {
  if (request.schema === undefined) return lineOf(request);
  const names = Object.keys(request.schema.schema.properties as object);
  return JSON.stringify(
    Object.fromEntries(names.map((name) => [name, name === "fear" ? "yes" : 1 + request.seed! % 7])),
  );
}

Deno.test("a line that fails ends its session only, and a private question its member only", async () => {
  const protocol = declareProtocol({
    steps: [tell(treatment()), ask([support]), say({ order: inOrder() }), ask([fear])],
  });
  const plan = planOf(protocol, { sessions: 3 });
  const respondentFailing = (fails: (request: RespondentRequest) => boolean): Respondent => {
    const { respondent } = talker(reply);
    let failed = false;
    return {
      name: "failing",
      identity: () => respondent.identity(),
      respond: (request) => {
        if (failed || !fails(request)) return respondent.respond(request);
        failed = true;
        return Promise.reject(
          new RespondentError("the prompt is too long", { kind: "context", transient: false }),
        );
      },
    };
  };
  const line = await runExperiment(plan, respondentFailing(({ schema }) => schema === undefined), {
    concurrency: 1,
  });
  const broken = (line.objects() as { [column: string]: unknown }[]).filter(({ status }) =>
    status === "failed"
  );
  assertEquals(new Set(broken.map(({ session }) => session)).size, 1);
  // The line itself, the three after it, and four answers.
  assertEquals(broken.length, 4 + 4);
  assert(
    String(broken.at(-1)!.reason).includes("the line of Subject 1 at turn 1 failed"),
    String(broken.at(-1)!.reason),
  );
  const question = await runExperiment(plan, respondentFailing(({ schema }) => schema !== undefined), {
    concurrency: 1,
  });
  const left = (question.objects() as { [column: string]: unknown }[]).filter(({ status }) =>
    status === "failed"
  );
  assertEquals(new Set(left.map(({ member }) => member)).size, 1);
  assertEquals(left.length, 3);
});

Deno.test("strangers play a public goods game in groups that change, and its pay-offs are pure arithmetic", async () => {
  const game = publicGoods({ endowment: 10, multiplier: 2 });
  const protocol = declareProtocol({
    steps: [tell(treatment()), tell(game.rules), rounds(3, [play(game, { hears: groups(4, "random") })])],
  });
  const plan = planOf(protocol, { size: 8 });
  const { respondent } = talker(reply);
  const answers = await runExperiment(plan, respondent);
  const choices = rowsOf(answers, "answer");
  const payoffs = rowsOf(answers, "payoff");
  assertEquals([choices.length, payoffs.length], [48, 48]);
  for (const { session, round, part, member, value } of payoffs) {
    const own = choices.filter((row) => row.session === session && row.round === round && row.part === part);
    assertEquals(own.length, 4);
    const given = own.map((row) => row.value as number);
    const mine = own.find((row) => row.member === member)!.value as number;
    assertAlmostEquals(value as number, 10 - mine + 2 * given.reduce((sum, each) => sum + each, 0) / 4);
  }
  const partners = (round: number) =>
    choices.filter((row) => row.session === "g1" && row.round === round && row.part === 1).map(({ member }) =>
      member
    );
  assert(new Set([1, 2, 3].map((round) => String(partners(round)))).size > 1);
});

Deno.test("a choice that is missing leaves its part without pay-offs, and a refusal is no number", async () => {
  const game = publicGoods({ endowment: 10, multiplier: 2 });
  const protocol = declareProtocol({ steps: [tell(treatment()), play(game), ask([fear])] });
  const { respondent } = talker((request, call) => call === 1 ? "I would rather not." : reply(request));
  const answers = await runExperiment(planOf(protocol), respondent, { concurrency: 1 });
  const payoffs = rowsOf(answers, "payoff");
  assertEquals(payoffs.filter(({ value }) => Number.isNaN(value)).length, 4);
  assert(
    payoffs.filter(({ value }) => Number.isNaN(value)).every(({ reason }) =>
      reason === "a choice is missing"
    ),
  );
  assertEquals(rowsOf(answers, "answer").filter(({ item }) => item === "fear").length, 8);
  // A pay-off is no call, nor is one that nobody gets a call that was not made; also in a table that was read back.
  const readBack = tableOf(answers.objects() as { [column: string]: unknown }[]);
  for (const table of [answers, readBack]) {
    const { calls, unparsed, failed } = describeRun(table).objects().at(-1) as { [column: string]: number };
    assertEquals([calls, unparsed, failed], [16, 1, 0]);
  }
});

Deno.test("judges see each line of a persona once, with the lines before, and their rows are those of its speaker", async () => {
  const judge = talker();
  const protocol = declareProtocol({
    roles: {
      user: "",
      host: script(lines(["Welcome.", "Go on."])),
      judge: model("You judge.", { respondent: judge.respondent }),
    },
    steps: [
      tell(treatment()),
      rounds(2, [
        say({ by: "host" }),
        say({ by: "user", order: inOrder() }),
        ask([support], { to: "judge", each: "line", before: 1 }),
      ]),
    ],
  });
  const users = talker();
  const personas = assignGroups(people(4), { roles: { user: 2 }, seed: 1 });
  const design = declareDesign({ treatments, protocol, stated: ["age"], clusters: "session" });
  const plan = planExperiment(assignTreatments(personas, design, { seed: 2 }), design, { seed: 3 });
  const answers = await runExperiment(plan, users.respondent, { concurrency: 1 });
  const judged = rowsOf(answers, "answer");
  assertEquals([judged.length, judge.requests.length, users.requests.length], [8, 8, 8]);
  assert(judge.requests.every(({ messages }) => messages[0]!.content === "You judge."));
  assert(
    judge.requests[0]!.messages[1]!.content.includes(
      "The lines before:\nHost: Welcome.\n\nThe line:\nUser 1: line",
    ),
  );
  const spoken = new Map(
    rowsOf(answers, "line").map((row) => [`${row.session} ${row.line}`, row.persona_id]),
  );
  assert(
    judged.every(({ session, line, persona_id, member, role }) =>
      spoken.get(`${session} ${line}`) === persona_id && member === "judge" && role === "judge"
    ),
  );
});

Deno.test("who most wants to speak does; where nobody says how much, the speaker is drawn and the row says so", async () => {
  const protocol = declareProtocol({
    steps: [tell(treatment()), say({ order: desire({ threshold: 3 }), turns: 3 }), ask([fear])],
  });
  const wanting = talker(({ schema, messages }) => {
    if (schema === undefined) return "Hello.";
    const isDesire = "desire" in (schema.schema.properties as object);
    return isDesire ? `{"desire": ${messages[0]!.content.includes("20") ? 9 : 1}}` : '{"fear":"no"}';
  });
  const answers = await runExperiment(planOf(protocol, { sessions: 1 + 1 }), wanting.respondent);
  const [eager] = rowsOf(answers, "line").filter(({ age }) => age === 20);
  assertEquals(eager!.line, 1);
  const mute = talker(({ schema }) => schema === undefined ? "Hello." : '{"fear":"no"}');
  const drawn = rowsOf(await runExperiment(planOf(protocol), mute.respondent), "line");
  assertEquals(drawn.length, 6);
  assert(drawn.every(({ reason }) => String(reason).includes("did not say how much they want to speak")));
});

Deno.test("what cannot run is found before any call", () => {
  const attempt = (steps: Parameters<typeof declareProtocol>[0]["steps"], more: object = {}) => () =>
    planOf(declareProtocol({ steps, ...more }));
  assertThrows(
    attempt([tell(treatment()), tell("Hi {{ nickname }}."), ask([fear])]),
    RangeError,
    "slot 'nickname'",
  );
  assertThrows(
    attempt([tell(treatment()), ask([fear], { when: (() => 1) as never })]),
    TypeError,
    "true or false",
  );
  assertThrows(attempt([ask([fear])]), RangeError, "no step that takes place reads the arm");
  assertThrows(attempt([ask([fear]), tell(treatment())]), RangeError, "after the treatment is read");
  assertThrows(
    attempt([say({ by: seat(1), text: treatment() }), say({ order: inOrder(), turns: 9 }), ask([fear])], {
      memory: { last: 1 },
    }),
    RangeError,
    "fades",
  );
  const stranger = { name: "a stranger", asks: false, next: () => ({ member: "x" }) as never };
  assertThrows(
    attempt([tell(treatment()), say({ order: stranger }), ask([fear])]),
    RangeError,
    "'a stranger.next' must choose among turn.members",
  );
  assertThrows(
    attempt([tell(treatment()), say({ by: seat(7) }), ask([fear], { to: seat(9) })]),
    RangeError,
    "nobody",
  );
  assertThrows(
    attempt([
      tell(treatment()),
      play(publicGoods({ endowment: 10, multiplier: 2 }), { hears: groups(3, "keep") }),
    ]),
    RangeError,
  );
});

Deno.test("a protocol in which nothing is randomised has one arm", async () => {
  const design = declareDesign({ protocol: declareProtocol({ steps: [ask([fear])] }), stated: ["age"] });
  const plan = planExperiment(assignTreatments(people(3), design), design);
  const answers = await runExperiment(plan, talker().respondent);
  assertEquals(columnOf(answers, "arm"), ["everybody", "everybody", "everybody"]);
});

Deno.test("a plan counts the calls of each step: fewest, expected, most; costs follow", async () => {
  const protocol = declareProtocol({
    steps: [
      tell(treatment()),
      rounds(5, [say({ order: responding(0.4) }), ask([fear], { when: (s) => s.draw("ask") < 0.5 })]),
      ask([support]),
    ],
  });
  const plan = planOf(protocol, { sessions: 6 });
  const summary = plan.summary.objects() as { [column: string]: number }[];
  for (const { sessions, calls_low, calls, calls_high, step } of summary) {
    const name = String(step);
    const [low, high] = name === "say" ? [5, 5] : name === "ask" ? [0, 20] : [4, 4];
    assertEquals([calls_low, calls_high], [low * sessions!, high * sessions!]);
    assert(calls_low! <= calls! && calls! <= calls_high!);
  }
  const costs = await planCosts(plan, { model: "m", prices: { input: 1, output: 10 } });
  assertEquals(costs.numRows(), summary.length + 1);
  const all = costs.objects().at(-1) as { [column: string]: number };
  assert(all.cost_low! < all.cost! && all.cost! < all.cost_high!);
  const { requests, respondent } = talker();
  await runExperiment(plan, respondent);
  const [low, high] = ["calls_low", "calls_high"].map((name) =>
    summary.reduce((sum, row) => sum + row[name]!, 0)
  );
  assert(requests.length >= low! && requests.length <= high!);
});

Deno.test("composePrompt shows the first call of a session's question as it will be sent", () => {
  const protocol = declareProtocol({
    steps: [tell(treatment()), say({ order: inOrder() }), ask([number("age_felt", "How old do you feel?")])],
  });
  const plan = planOf(protocol);
  const id = plan.trials.get("trial_id", 0) as string;
  const { messages } = composePrompt(plan, id, { item: "age_felt" });
  assert(messages.at(-1)!.content.includes("How old do you feel?"));
  assert(composePrompt(plan, id).messages.at(-1)!.content.includes("it is your turn"));
  assertEquals(composePrompt(plan, id, { step: "ask" }).messages, messages);
  assertThrows(() => composePrompt(plan, id, { step: "vote" }), RangeError, "'step' must be one of");
});

Deno.test("groups that go through all arms in one conversation have a row a member, and rounds begin anew", async () => {
  const design = declareDesign({
    treatments,
    stated: ["age"],
    subjects: "within",
    conversation: "one",
    protocol: declareProtocol({
      roles: { subject: "", host: script(lines(["First.", "Second."])) },
      steps: [tell(treatment()), rounds(2, [say({ by: "host" }), say({ by: "subject" })]), ask([fear])],
    }),
  });
  const groups = assignGroups(people(12), { roles: { subject: 3 }, seed: 1 });
  const plan = planExperiment(assignTreatments(groups, design, { seed: 2 }), design, { seed: 3 });
  const answers = await runExperiment(plan, talker().respondent);
  assertEquals(rowsOf(answers, "answer").length, 12 * 2);
  assertEquals(new Set(rowsOf(answers, "line").map(({ round }) => round)), new Set([1, 2]));
  assertEquals(plan.summary.array("calls"), plan.summary.array("calls_high"));
  const asked = (plan.summary.array("calls") as number[]).reduce((sum, calls) => sum + calls, 0);
  assertEquals(asked, 4 * 2 * (6 + 3));
});

Deno.test("what a function of the protocol throws ends the run, and loses no answer that was paid for", async () => {
  const protocol = declareProtocol({
    steps: [tell(treatment()), ask([support]), say({ order: inOrder() }), ask([fear], { when: picky })],
  });
  function picky(s: SessionView): boolean {
    if (
      s.members.some(({ member }) => member === "p1") && s.lines.some(({ text }) => text.startsWith("line"))
    ) {
      throw new Error("picky");
    }
    return true;
  }
  const plan = planOf(protocol, { sessions: 3 });
  const error = await assertRejects(
    () => runExperiment(plan, talker(reply).respondent, { concurrency: 1 }),
    Error,
    "picky",
  );
  const table = (error as Error & { answers: Table }).answers;
  const kept = table.objects() as { [column: string]: unknown }[];
  assertEquals(kept.length, 3 * 12);
  const answered = kept.filter(({ status }) => status === "answered").length;
  assertEquals(answered % 8, 0);
  assert(answered >= 8);
  const lost = kept.filter(({ kind, reason }) => kind === "answer" && String(reason).includes("picky"));
  assertEquals(lost.length, 4);
});

Deno.test("a budget that ends a run asks no function of the protocol about what was never said", async () => {
  const protocol = declareProtocol({
    steps: [
      tell(treatment()),
      ask([support]),
      rounds(2, [ask([fear])], {
        until: (s) => String(s.answers.find(({ item }) => item === "support")!.value!).length > 3,
      }),
    ],
  });
  const plan = planOf(protocol, { sessions: 4 });
  const answers = await runExperiment(plan, talker(reply).respondent, { budget: { calls: 7 } });
  const statuses = columnOf(answers, "status");
  assertEquals(statuses.filter((status) => status === "answered").length, 7);
  assert(statuses.filter((status) => status === "failed").length >= 4 * 4);
});

Deno.test("sessions of every size and with rare roles are rehearsed", async () => {
  const protocol = declareProtocol({
    roles: { subject: "", leader: "You lead." },
    steps: [tell(treatment()), say({ by: "leader" }), ask([fear], { to: ["subject", "leader"] })],
  });
  const size = (at: number) => at === 37 ? 3 : 2;
  const personas = Array.from(
    { length: 60 },
    (_, session) =>
      Array.from({ length: size(session) }, (_, seat) => ({
        persona_id: `p${session}-${seat}`,
        age: 30,
        session: `g${session}`,
        role: seat === 2 ? "leader" : "subject",
        seat: seat + 1,
      })),
  ).flat();
  const table = tableOf(personas);
  const design = declareDesign({ treatments, protocol, stated: ["age"], clusters: "session" });
  const plan = planExperiment(assignTreatments(table, design, { seed: 2 }), design, { seed: 3 });
  const planned = (plan.summary.array("calls") as number[]).reduce((sum, calls) => sum + calls, 0);
  const { requests, respondent } = talker();
  await runExperiment(plan, respondent);
  assertEquals([planned, requests.length], [122, 122]);
});

Deno.test("a replay answers for roles with a respondent of their own, and calls none", async () => {
  const judge = talker(reply);
  const protocol = declareProtocol({
    roles: { user: "", judge: model("You judge.", { respondent: judge.respondent }) },
    steps: [
      tell(treatment()),
      say({ by: "user", order: inOrder() }),
      ask([support], { to: "judge", each: "line" }),
    ],
  });
  const groups = assignGroups(people(6), { roles: { user: 3 }, seed: 1 });
  const design = declareDesign({ treatments, protocol, stated: ["age"], clusters: "session" });
  const plan = planExperiment(assignTreatments(groups, design, { seed: 2 }), design, { seed: 3 });
  const store = memoryStore();
  const recorded = await runExperiment(plan, {
    ...talker(reply).respondent,
    name: "users",
    identity: () => users,
  }, { store });
  const before = judge.requests.length;
  const replayed = await runExperiment(plan, replayRespondent(store, { identity: users }));
  assertEquals(judge.requests.length, before);
  assertEquals(columnOf(replayed, "value"), columnOf(recorded, "value"));
});

const users = { endpoint: "users", model: "users", parameters: {} };

Deno.test("a persona with the name of a role, and members who would be called the same, are refused", () => {
  const protocol = declareProtocol({
    roles: { p1: model("You chair."), subject: "" },
    steps: [tell(treatment()), ask([fear]), say({ by: "p1" })],
  });
  assertThrows(() => planOf(protocol), RangeError, "name of a role");
  const alike = declareProtocol({
    roles: { member: "", "member 1": model("You chair.") },
    steps: [tell(treatment()), ask([fear]), say({ by: "member 1" })],
  });
  assertThrows(() => planOf(alike), RangeError, "'Member 1'");
});

Deno.test("a line out of role is kept as it came, and the table says so", async () => {
  const said = ["Subject 1: Well.", "Yes.\nSubject 1: No.", '{"fear": "yes"}', "Fine."];
  const { respondent } = talker(({ schema }, call) =>
    schema === undefined ? said[(call - 1) % 4]! : '{"fear":"yes"}'
  );
  const protocol = declareProtocol({ steps: [tell(treatment()), say({ order: inOrder() }), ask([fear])] });
  const lines = rowsOf(
    await runExperiment(planOf(protocol, { sessions: 2 }), respondent, { concurrency: 1 }),
    "line",
  );
  assertEquals(lines.slice(0, 4).map(({ value, status_detail }) => [value, status_detail]), [
    ["Well.", ""],
    ["Yes.\nSubject 1: No.", "role"],
    ['{"fear": "yes"}', "role"],
    ["Fine.", ""],
  ]);
  assert(lines.every(({ status }) => status === "answered"));
});

Deno.test("a slot without a value for one persona of many is found before any call", () => {
  const personas = tableOf({
    persona_id: Array.from({ length: 120 }, (_, i) => `p${i}`),
    age: Array.from({ length: 120 }, (_, i) => i === 77 ? null : 30),
  });
  const attempt = (protocol: Protocol) => () => {
    const design = declareDesign({ treatments, protocol, stated: [], clusters: "session" });
    const groups = assignGroups(personas, { size: 3, seed: 1 });
    return planExperiment(assignTreatments(groups, design, { seed: 2 }), design);
  };
  const steps = [tell(treatment()), ask([fear])];
  assertThrows(
    attempt(declareProtocol({ steps: [tell("You are {{ age }}."), ...steps] })),
    RangeError,
    "p77",
  );
  assertThrows(
    attempt(declareProtocol({ roles: { subject: "You are {{ age }}." }, steps })),
    RangeError,
    "p77",
  );
});

Deno.test("a factor that no step reads is found before any call", () => {
  const factors = declareFactorial({
    factors: { bias: ["none", "hawk"], structure: ["alone", "leader"] },
    text: "{{ bias }} {{ structure }}",
  });
  const attempt = (...steps: Parameters<typeof declareProtocol>[0]["steps"]) => () => {
    const protocol = declareProtocol({ steps: [...steps, ask([fear])] });
    const design = declareDesign({ factors, protocol, stated: [], clusters: "session" });
    const groups = assignGroups(people(16), { size: 2, seed: 1 });
    return planExperiment(assignTreatments(groups, design, { seed: 2 }), design);
  };
  assertThrows(attempt(tell(treatment("bias"))), RangeError, "factor 'structure' is never read");
  // A word in a text is no slot.
  assertThrows(
    attempt(tell(treatment("bias")), tell("A structure.")),
    RangeError,
    "'structure' is never read",
  );
  attempt(tell(treatment("bias")), tell("{{ structure }}"))();
  attempt(tell(treatment()))();
});

Deno.test("messages begin with the user's and alternate, whoever speaks when", async () => {
  const { requests, respondent } = talker();
  const protocol = declareProtocol({
    steps: [
      say({ by: seat(1), text: "Hello." }),
      say({ by: seat(1), turns: 3 }),
      tell(treatment()),
      ask([fear]),
    ],
  });
  await runExperiment(planOf(protocol, { size: 2 }), respondent, { concurrency: 1 });
  for (const { messages } of requests) {
    const [first, ...roles] = messages.map(({ role }) => role);
    assertEquals(first, "system");
    assert(roles.every((role, at) => role === (at % 2 === 0 ? "user" : "assistant")), roles.join());
  }
});

Deno.test("in one conversation a role that shows the treatment shows that of each arm", async () => {
  const design = declareDesign({
    treatments,
    stated: ["age"],
    subjects: "within",
    conversation: "one",
    protocol: declareProtocol({ roles: { subject: treatment() }, steps: [ask([fear])] }),
  });
  const groups = assignGroups(people(4), { size: 2, seed: 1 });
  const assigned = assignTreatments(groups, design, { seed: 2 });
  const order = assigned.objects() as { session: string; arm: string; arm_order: number }[];
  assertEquals(new Set(order.map(({ session, arm, arm_order }) => `${session} ${arm} ${arm_order}`)).size, 4);
  const { requests, respondent } = talker();
  await runExperiment(planExperiment(assigned, design, { seed: 3 }), respondent);
  const systems = requests.map(({ messages }) => messages[0]!.content);
  assertEquals(systems.filter((text) => text.includes("quiet")).length, 4);
  assertEquals(systems.filter((text) => text.includes("Troops")).length, 4);
});

Deno.test("columns of personas that the answers have of their own, and ids that heard_by could not list, are refused", () => {
  const protocol = declareProtocol({ steps: [tell(treatment()), ask([fear])] });
  const plan = (column: string, values: readonly unknown[]) => () => {
    const design = declareDesign({ treatments, protocol, stated: [], clusters: "session" });
    const personas = tableOf({ persona_id: ["a", "b", "c", "d"], [column]: [...values] });
    const assigned = assignTreatments(assignGroups(personas, { size: 2, seed: 1 }), design, { seed: 1 });
    return planExperiment(assigned, design);
  };
  for (const name of ["kind", "round", "value", "request_key"]) {
    assertThrows(plan(name, [1, 2, 3, 4]), RangeError, `assigned.rename({ ${name}: `);
  }
  assertEquals(plan("persona_text", ["A", "B", "C", "D"])().trials.numRows(), 2);
  assertThrows(plan("persona_id", ["Doe, Jane", "b", "c", "d"]), RangeError, "'heard_by' lists ids");
});

Deno.test("what a run that ended early did not ask is counted as its rows say, at any concurrency", async () => {
  const protocol = declareProtocol({
    steps: [
      ask([support]),
      tell(treatment()),
      say({ turns: 3 }),
      ask([fear, support], { as: "in turn", name: "then" }),
    ],
  });
  const plan = planOf(protocol, { sessions: 5 });
  const planned = (plan.summary.array("calls") as number[]).reduce((sum, calls) => sum + calls, 0);
  for (const concurrency of [1, 3, 16]) {
    const answers = await runExperiment(plan, talker().respondent, { budget: { calls: 9 }, concurrency });
    const run = describeRun(answers).objects().at(-1) as { [column: string]: number };
    assertEquals([run.calls, run.not_asked], [planned, planned - 9]);
    assertEquals(answers.numRows(), planned);
  }
});

Deno.test("edges that name none of the personas are refused, in steps too", () => {
  const friends = edges(tableOf({ from: ["P1"], to: ["P2"] }));
  const plan = (hears: Hearing) =>
    planOf(declareProtocol({ steps: [tell(treatment()), say({ hears }), ask([fear])] }));
  assertThrows(
    () => plan(friends),
    RangeError,
    "'edges' must name personas of 'assigned': current value is [\"P1\"",
  );
  assertEquals(plan(edges(tableOf({ from: ["p1"], to: ["p2"] }))).trials.numRows(), 2);
});

Deno.test("a pilot of the same study costs what it took, step by step", async () => {
  const steps = [tell(treatment()), say({ order: inOrder() }), ask([fear])];
  const plan = planOf(declareProtocol({ steps }), { sessions: 4 });
  const { respondent: silent } = talker(reply);
  const respondent: Respondent = {
    name: "counting",
    identity: () => silent.identity(),
    respond: async (request) => ({
      ...await silent.respond(request),
      promptTokens: request.messages.length * (request.schema === undefined ? 10 : 1),
      completionTokens: 5,
    }),
  };
  const pilot = await runExperiment(plan, respondent);
  const costs = await planCosts(plan, { model: "m", prices: { input: 1, output: 10 }, pilot });
  const all = costs.objects().at(-1) as { prompt_tokens: number };
  const taken = (columnOf(pilot, "prompt_tokens") as (number | null)[]).reduce(
    (sum: number, each) => sum + (each ?? 0),
    0,
  );
  assert(Math.abs(all.prompt_tokens - taken) <= 4, `${all.prompt_tokens} ${taken}`);
});
