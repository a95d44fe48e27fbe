import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { requestKey, type RespondentRequest, tableOf } from "@understudy/understudy/core";
import { openAiRespondent, serveRespondent, simulatedRespondent } from "@understudy/understudy/respondents";
import { declareWorld } from "@understudy/understudy/worlds";

const world = declareWorld({
  name: "w",
  seed: 9,
  population: tableOf({ party: ["A", "B"], n: [60, 40] }),
  counts: "n",
  stimuli: { control: "exercise" },
  items: { gun: { kind: "yesNo", effects: { party: { B: 1 } } } },
});

function request(seed: number, logProbabilities?: number): RespondentRequest {
  const content = "There was an exercise.\n\n[gun] Do you own one?\nA. yes\nB. no\nAnswer with one letter.";
  return {
    messages: [{ role: "user", content }],
    seed,
    replicate: 1,
    ...(logProbabilities === undefined ? {} : { logProbabilities, maxTokens: 8 }),
  };
}

Deno.test("tokens and their log-probabilities over HTTP are those in process", async () => {
  const respondent = simulatedRespondent(world);
  await using server = await serveRespondent(respondent);
  const client = openAiRespondent(server.connection);
  for (let seed = 0; seed < 20; seed++) {
    const direct = await respondent.respond(request(seed, 20));
    assertEquals(direct.tokens!.length, 1);
    assertEquals(await client.respond(request(seed, 20)), direct);
    assertEquals((await client.respond(request(seed))).tokens, undefined);
  }
});

Deno.test("requestKey() differs where log-probabilities are asked for, and stays as it was where not", () => {
  const identity = { endpoint: "e", model: "m", parameters: {} };
  assertNotEquals(requestKey(identity, request(1, 5)), requestKey(identity, request(1)));
  assertNotEquals(requestKey(identity, request(1, 5)), requestKey(identity, request(1, 6)));
  assertNotEquals(
    requestKey(identity, { ...request(1, 5), maxTokens: 9 }),
    requestKey(identity, request(1, 5)),
  );
});

/** What an endpoint that says this of its tokens makes openAiRespondent say, and what it was sent. */
async function readContent(
  content: unknown,
): Promise<{ tokens: unknown; sent: { [name: string]: unknown } }> {
  let sent = {};
  const body = {
    model: "m",
    choices: [{ message: { content: "B" }, finish_reason: "length", logprobs: { content } }],
  };
  await using server = Deno.serve({ port: 0, onListen: () => {} }, async (asked) => {
    sent = await asked.json();
    return Response.json(body);
  });
  const client = openAiRespondent({
    model: "m",
    baseURL: `http://127.0.0.1:${server.addr.port}/v1`,
    maxTokens: 500,
  });
  return { tokens: (await client.respond(request(1, 5))).tokens, sent };
}

Deno.test("openAiRespondent() asks for likely tokens of a short reply, and gives them as they come", async () => {
  const top = [{ token: "B", logprob: -0.5, bytes: [66] }, { token: " A", logprob: 0.0000001 }];
  const { tokens, sent } = await readContent([{ token: "B", logprob: -0.5, top_logprobs: top }, {
    token: "\n",
    logprob: -0.1,
  }]);
  assertEquals(tokens, [
    { token: "B", logProbability: -0.5, likeliest: [["B", -0.5], [" A", 0]] },
    { token: "\n", logProbability: -0.1, likeliest: [] },
  ]);
  assertEquals([sent.logprobs, sent.top_logprobs, sent.max_tokens], [true, 5, 8]);
});

Deno.test("openAiRespondent() reads no token after one that is none, and not more than an answer's beginning", async () => {
  const token = (text: unknown, logprob: unknown = -1) => ({ token: text, logprob, top_logprobs: [] });
  const good = { token: "B", logProbability: -1, likeliest: [] };
  for (const strange of [token(7), token("x", "-1"), token("x", 0.5), token("x", null), null, "B"]) {
    assertEquals((await readContent([token("B"), strange, token("C")])).tokens, [good]);
    assertEquals((await readContent([strange])).tokens, undefined);
  }
  assertEquals((await readContent([{ ...token("B"), top_logprobs: [token(7)] }])).tokens, undefined);
  for (const none of [null, undefined, {}, "B", []]) {
    assertEquals((await readContent(none)).tokens, undefined);
  }
  const long = (await readContent(new Array(5000).fill(token("x".repeat(500))))).tokens as {
    token: string;
  }[];
  assertEquals([long.length, long[0]!.token.length], [32, 200]);
});

Deno.test("serveRespondent() names a wrong number of log-probabilities", async () => {
  await using server = await serveRespondent(simulatedRespondent(world));
  const response = await fetch(`${server.baseURL}/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      model: "w",
      messages: [{ role: "user", content: "[gun]" }],
      logprobs: true,
      top_logprobs: 21,
    }),
  });
  assertEquals(response.status, 400);
  assert((await response.text()).includes("whole number from 0 to 20"));
});
