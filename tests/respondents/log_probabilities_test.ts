import { assert, assertAlmostEquals, assertEquals, assertNotEquals } from "@std/assert";
import { requestKey, type RespondentRequest, tableOf } from "@understudy/understudy/core";
import { choice, likert, replySchema, yesNo } from "@understudy/understudy/items";
import { openAiRespondent, serveRespondent, simulatedRespondent } from "@understudy/understudy/respondents";
import { declareWorld } from "@understudy/understudy/worlds";

const world = declareWorld({
  name: "w",
  seed: 9,
  population: tableOf({ party: ["A", "B"], n: [60, 40] }),
  counts: "n",
  stimuli: { control: "exercise" },
  items: {
    support: { kind: "scale", range: [1, 11], sd: 2.5, intercept: 6, effects: { party: { B: 1 } } },
    gun: { kind: "yesNo", effects: { party: { B: 1 } } },
    blame: { kind: "choice", options: { "the state": {}, 'the "town"': { effects: { party: { A: 1 } } } } },
  },
});
const items = [
  likert("support", "?", { points: 11 }),
  yesNo("gun", "?"),
  choice("blame", "?", ["the state", 'the "town"']),
];

function request(seed: number, logProbabilities?: number): RespondentRequest {
  return {
    messages: [{ role: "user", content: "There was an exercise." }],
    schema: replySchema(items),
    seed,
    replicate: 1,
    ...(logProbabilities === undefined ? {} : { logProbabilities }),
  };
}

Deno.test("log-probabilities over HTTP are those in process", async () => {
  const respondent = simulatedRespondent(world);
  await using server = await serveRespondent(respondent);
  const client = openAiRespondent(server.connection);
  for (let seed = 0; seed < 20; seed++) {
    const direct = await respondent.respond(request(seed, 20));
    assertEquals(Object.keys(direct.logProbabilities!), ["support", "gun", "blame"]);
    assertEquals(await client.respond(request(seed, 20)), direct);
    assertEquals((await client.respond(request(seed))).logProbabilities, undefined);
  }
});

Deno.test("requestKey() differs where log-probabilities are asked for, and stays as it was where not", () => {
  const identity = { endpoint: "e", model: "m", parameters: {} };
  assertNotEquals(requestKey(identity, request(1, 5)), requestKey(identity, request(1)));
  assertNotEquals(requestKey(identity, request(1, 5)), requestKey(identity, request(1, 6)));
});

/** What an endpoint that splits its reply into these tokens makes openAiRespondent say. */
async function readTokens(
  tokens: readonly { token: string; logprob: number; top_logprobs?: readonly object[] }[],
  text = tokens.map(({ token }) => token).join(""),
): Promise<unknown> {
  const body = {
    model: "m",
    choices: [{ message: { content: text }, finish_reason: "stop", logprobs: { content: tokens } }],
  };
  await using server = Deno.serve({ port: 0, onListen: () => {} }, () => Response.json(body));
  const client = openAiRespondent({ model: "m", baseURL: `http://127.0.0.1:${server.addr.port}/v1` });
  return (await client.respond(request(1, 5))).logProbabilities;
}

Deno.test("openAiRespondent() sums the tokens that stand for one option", async () => {
  const top = [
    { token: " 3", logprob: Math.log(0.5) },
    { token: "3", logprob: Math.log(0.2) },
    { token: "1", logprob: Math.log(0.1) },
    { token: "10", logprob: Math.log(0.05) },
    { token: "three", logprob: Math.log(0.05) },
  ];
  const tokens = [{ token: '{"support":', logprob: 0 }, {
    token: " 3",
    logprob: Math.log(0.5),
    top_logprobs: top,
  }, {
    token: "}",
    logprob: 0,
  }];
  const read = await readTokens(tokens) as { support: { [option: string]: number } };
  assertEquals(Object.keys(read.support).sort(), ["1", "10", "3"]);
  assertAlmostEquals(read.support["3"]!, Math.log(0.7), 1e-12);
});

Deno.test("openAiRespondent() takes a token for the one option that begins with it, and for none where two do", async () => {
  const tokens = (token: string) => [
    { token: '{"gun":"', logprob: 0 },
    {
      token: "y",
      logprob: -0.1,
      top_logprobs: [{ token: "y", logprob: -0.1 }, { token: "n", logprob: -2.4 }],
    },
    { token: 'es","blame":"', logprob: 0 },
    { token, logprob: -1, top_logprobs: [{ token, logprob: -1 }] },
    { token: ' state"}', logprob: 0 },
  ];
  assertEquals(await readTokens(tokens("the")), { gun: { yes: -0.1, no: -2.4 } });
});

Deno.test("openAiRespondent() gives no log-probabilities where the tokens are not the text", async () => {
  assertEquals(await readTokens([{ token: "3", logprob: 0 }], '{"support": 3}'), undefined);
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
