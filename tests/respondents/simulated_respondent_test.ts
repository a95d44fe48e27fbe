import { assert, assertEquals, assertRejects } from "@std/assert";
import { RespondentError, type RespondentRequest, tableOf } from "@understudy/understudy/core";
import { likert, replySchema, yesNo } from "@understudy/understudy/items";
import { openAiRespondent, serveRespondent, simulatedRespondent } from "@understudy/understudy/respondents";
import { declareWorld } from "@understudy/understudy/worlds";

const world = declareWorld({
  name: "two-parties",
  seed: 9,
  population: tableOf({ party: ["A", "B"], n: [60, 40] }),
  counts: "n",
  stimuli: { control: "exercise", threat: "incursion" },
  exposure: { threat: { party: { B: 1 } } },
  items: {
    support: { kind: "scale", range: [1, 7], sd: 1.5, intercept: 4, stimuli: { threat: { effect: 1 } } },
    gun: { kind: "yesNo", effects: { party: { B: 1 } } },
  },
  behaviour: { refusal: { intercept: -1 } },
});

function request(seed: number, content = "There was an incursion."): RespondentRequest {
  return {
    messages: [{ role: "system", content: "Your age is 40." }, { role: "user", content }],
    schema: replySchema([likert("support", "?", { points: 7 }), yesNo("gun", "?")]),
    seed,
    replicate: 1,
  };
}

Deno.test("a request over HTTP and the same request in process get the same reply", async () => {
  const respondent = simulatedRespondent(world);
  await using server = await serveRespondent(respondent);
  const client = openAiRespondent(server.connection);
  const replies = [];
  for (let seed = 0; seed < 40; seed++) {
    const direct = await respondent.respond(request(seed));
    assertEquals(await client.respond(request(seed)), direct);
    replies.push(direct);
  }
  assert(replies.some((reply) => reply.refusal !== null) && replies.some((reply) => reply.refusal === null));
  assertEquals(server.requests, 40);
});

Deno.test("a request over HTTP gets the reply in process whatever the world's respondent does", async () => {
  const faulty = declareWorld({
    name: "faulty",
    seed: 9,
    population: tableOf({ party: ["A", "B"], n: [60, 40] }),
    counts: "n",
    attributes: { age: { kind: "numeric", range: [20, 80], step: 10, mean: { intercept: 50 }, sd: 15 } },
    stimuli: { control: "exercise", threat: "incursion" },
    exposure: { threat: { age: { slope: 0.05 } } },
    items: {
      support: {
        kind: "scale",
        range: [1, 7],
        sd: 1.5,
        effects: { age: { slope: 0.06 } },
        stimuli: { threat: { effect: 1 } },
      },
      gun: { kind: "yesNo", effects: { party: { B: 1 } } },
    },
    behaviour: {
      refusal: { intercept: -1.5 },
      formatFailure: { intercept: -1.5 },
      position: { strength: 1, slot: "first" },
      wording: { sd: 1 },
      decay: { rate: 0.5, default: { party: "A" } },
      collapse: { support: { share: 0.2, answer: 7 } },
      orderEffects: { gun: { after: { support: 1 } } },
    },
  });
  const respondent = simulatedRespondent(faulty);
  await using server = await serveRespondent(respondent);
  const client = openAiRespondent(server.connection);
  const kinds = new Set<string>();
  for (let seed = 0; seed < 40; seed++) {
    const asked = request(seed);
    const earlier = { role: "assistant" as const, content: '{"party":"B"}' };
    const { messages } = asked;
    const conversation = { ...asked, messages: [messages[0]!, earlier, messages[1]!] };
    const direct = await respondent.respond(conversation);
    assertEquals(await client.respond(conversation), direct);
    kinds.add(direct.refusal !== null ? "refused" : direct.text.startsWith("{") ? "answered" : "unparsed");
  }
  assertEquals(kinds.size, 3);
});

Deno.test("simulatedRespondent(world) has the world in its identity, so that another world is another key", async () => {
  const other = declareWorld({
    name: "two-parties",
    seed: 10,
    population: tableOf({ party: ["A", "B"], n: [60, 40] }),
    counts: "n",
    stimuli: { control: "exercise" },
    items: {},
  });
  const identity = await simulatedRespondent(world).identity();
  assert((await simulatedRespondent(other).identity()).endpoint !== identity.endpoint);
  await using first = await serveRespondent(simulatedRespondent(world));
  await using second = await serveRespondent(simulatedRespondent(world));
  assertEquals(openAiRespondent(first.connection).identity(), openAiRespondent(second.connection).identity());
});

Deno.test("simulatedRespondent(world) says what the world does not know, in process and over HTTP", async () => {
  const impossible = { ...request(1), schema: replySchema([yesNo("voted", "?")]) };
  const respondent = simulatedRespondent(world);
  await using server = await serveRespondent(respondent);
  for (const asked of [respondent, openAiRespondent(server.connection)]) {
    const error = await assertRejects(
      () => asked.respond(impossible),
      RespondentError,
      "has no item 'voted'",
    );
    assertEquals([error.kind, error.transient], ["bad_request", false]);
  }
});

Deno.test("simulatedRespondent(world) ends with the signal's reason", async () => {
  const error = await assertRejects(
    () => simulatedRespondent(world).respond(request(1), { signal: AbortSignal.abort(new Error("stop")) }),
    Error,
    "stop",
  );
  assert(!(error instanceof RespondentError));
});
