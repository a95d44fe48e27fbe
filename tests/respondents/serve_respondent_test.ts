import { assert, assertEquals, assertMatch, assertNotEquals, assertRejects } from "@std/assert";
import { type Respondent, RespondentError, type RespondentErrorKind } from "@understudy/understudy/core";
import {
  openAiRespondent,
  scriptedRespondent,
  serveRespondent,
  type ServeRespondentOptions,
} from "@understudy/understudy/respondents";
import { askSupport } from "./requests.ts";

const chat = { model: "scripted", messages: [{ role: "user", content: "Do you agree?" }] };

/** Sends one raw call to a served respondent. */
async function send(
  body: unknown,
  { path = "/chat/completions", init = {}, options = {}, respondent = scriptedRespondent("yes") }: {
    path?: string;
    init?: RequestInit;
    options?: ServeRespondentOptions;
    respondent?: Respondent;
  } = {},
) {
  await using served = await serveRespondent(respondent, options);
  const response = await fetch(served.baseURL + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
    ...init,
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

Deno.test("serveRespondent(respondent) answers in the shape of a chat completion", async () => {
  const respondent = scriptedRespondent([{ text: "yes", promptTokens: 5, completionTokens: 2 }]);
  const { status, headers, body } = await send(chat, { respondent });
  assertEquals(status, 200);
  assertEquals(headers.get("content-type"), "application/json");
  assertMatch(body.id, /^chatcmpl-[0-9a-f]{24}$/);
  assertMatch(body.system_fingerprint, /^fp_[0-9a-f]{10}$/);
  assert(Number.isInteger(body.created));
  assertEquals([body.object, body.model], ["chat.completion", "scripted"]);
  assertEquals(body.choices, [{
    index: 0,
    message: { role: "assistant", content: "yes", refusal: null },
    logprobs: null,
    finish_reason: "stop",
  }]);
  assertEquals(body.usage, { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 });
});

Deno.test("serveRespondent(respondent) lists its model", async () => {
  const init = { method: "GET", body: null };
  const { body } = await send(null, { path: "/models", init });
  assertEquals(body.data.map(({ id }: { id: string }) => id), ["scripted"]);
});

Deno.test("serveRespondent(respondent) hands on messages, schema and seed as they were sent", async () => {
  const seen: unknown[] = [];
  const respondent = scriptedRespondent((request) => (seen.push(request), "yes"));
  await using served = await serveRespondent(respondent);
  const request = askSupport(7, "“é” \u0000 <script>alert('x')</script> & 🙂");
  await openAiRespondent(served.connection).respond(request);
  assertEquals(seen, [request]);
});

Deno.test("serveRespondent(respondent) gives several replies, each with its own seed, and counts the prompt once", async () => {
  const respondent = scriptedRespondent(({ seed, replicate }) => ({
    text: `${seed} ${replicate}`,
    thought: "hm",
    promptTokens: 9,
    completionTokens: 2,
  }));
  const { body } = await send({ ...chat, n: 3, seed: 7 }, { respondent });
  const messages = body.choices.map((
    { index, message }: { index: number; message: object },
  ) => [index, message]);
  assertEquals(
    messages,
    ["7 1", "8 2", "9 3"].map((content, index) => [
      index,
      { role: "assistant", content, reasoning_content: "hm", refusal: null },
    ]),
  );
  assertEquals(body.usage, { prompt_tokens: 9, completion_tokens: 6, total_tokens: 15 });
});

const wrongBodies: { [claim: string]: [unknown, RegExp] } = {
  "a body that is no JSON": ["{", /not valid JSON/],
  "a body that is no object": [[], /JSON object/],
  "no model": [{ messages: chat.messages }, /'model'/],
  "no messages": [{ model: "scripted" }, /'messages' must be a list/],
  "an empty list of messages": [{ ...chat, messages: [] }, /'messages'/],
  "a role that is none": [
    { ...chat, messages: [{ role: "constructor", content: "x" }] },
    /'messages\[0\]\.role'/,
  ],
  "content that is no text": [
    { ...chat, messages: [{ role: "user", content: 3 }] },
    /'messages\[0\]\.content'/,
  ],
  "a picture": [
    { ...chat, messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "x" } }] }] },
    /hold text only/,
  ],
  "a seed that is no whole number": [{ ...chat, seed: 1.5 }, /'seed'/],
  "streaming": [{ ...chat, stream: true }, /does not support streaming/],
  "no replies": [{ ...chat, n: 0 }, /'n' must be a whole number from 1 to 128/],
  "tools": [{ ...chat, tools: [{ type: "function" }] }, /does not support tools/],
  "a response format that is none": [
    { ...chat, response_format: { type: "xml" } },
    /'response_format\.type'/,
  ],
  "a schema without a name": [
    { ...chat, response_format: { type: "json_schema", json_schema: { schema: {} } } },
    /json_schema\.name'/,
  ],
  "a schema that is none": [
    { ...chat, response_format: { type: "json_schema", json_schema: { name: "a", schema: "b" } } },
    /json_schema\.schema'/,
  ],
};

for (const [claim, [body, says]] of Object.entries(wrongBodies)) {
  Deno.test(`serveRespondent(respondent) turns down ${claim}`, async () => {
    const answer = await send(body);
    assertEquals(answer.status, 400);
    assertEquals(answer.body.error.type, "invalid_request_error");
    assertMatch(answer.body.error.message, says);
  });
}

Deno.test("serveRespondent(respondent) takes developer messages, text parts and JSON without a schema", async () => {
  const messages = [{ role: "developer", content: "Be brief." }, {
    role: "user",
    content: [{ type: "text", text: "Do you " }, { type: "text", text: "agree?" }],
  }];
  const respondent = scriptedRespondent(({ messages }) => JSON.stringify(messages));
  const { body } = await send({ ...chat, messages, response_format: { type: "json_object" }, seed: null }, {
    respondent,
  });
  assertEquals(JSON.parse(body.choices[0].message.content), [
    { role: "system", content: "Be brief." },
    { role: "user", content: "Do you agree?" },
  ]);
});

Deno.test("serveRespondent(respondent) says what is not there", async () => {
  assertEquals((await send(chat, { path: "/completions" })).status, 404);
  assertEquals((await send(null, { init: { method: "GET", body: null } })).status, 405);
  const other = await send({ ...chat, model: "gpt" });
  assertEquals([other.status, other.body.error.code], [404, "model_not_found"]);
});

Deno.test("serveRespondent(respondent) turns down a body larger than any survey's", async () => {
  const long = { ...chat, messages: [{ role: "user", content: "x".repeat(4 * 1024 * 1024) }] };
  assertEquals((await send(long)).status, 413);
  const stream = new Blob([JSON.stringify(long)]).stream();
  assertEquals((await send("", { init: { body: stream } })).status, 413);
});

Deno.test("serveRespondent(respondent, { apiKey }) answers to the key alone", async () => {
  const options = { apiKey: "sk-served-0123456789" };
  const headers = { "content-type": "application/json", authorization: "Bearer sk-other" };
  const refused = await send(chat, { options, init: { headers } });
  assertEquals([refused.status, refused.body.error.code], [401, "invalid_api_key"]);
  assertEquals((await send(chat, { options })).status, 401);
  await using served = await serveRespondent(scriptedRespondent("yes"), options);
  assertEquals((await openAiRespondent(served.connection).respond(askSupport())).text, "yes");
  assertEquals((await openAiRespondent({ ...served.connection }).respond(askSupport(2))).text, "yes");
  for (const shown of [served, served.connection]) {
    assert(!Deno.inspect(shown, { depth: 9 }).includes(options.apiKey));
    assert(!JSON.stringify(shown).includes(options.apiKey));
  }
});

Deno.test("serveRespondent(respondent) does not answer to web pages", async () => {
  // A page may send text without asking, but not JSON; and a name that was pointed here is in the Host header.
  const headers = { "content-type": "text/plain" };
  assertEquals((await send(chat, { init: { headers } })).status, 415);
  await using served = await serveRespondent(scriptedRespondent("yes"));
  const { port } = new URL(served.baseURL);
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
  const raw = "GET /v1/models HTTP/1.1\r\nhost: evil.example.org\r\nconnection: close\r\n\r\n";
  await connection.write(new TextEncoder().encode(raw));
  assertMatch(await new Response(connection.readable).text(), /^HTTP\/1\.1 403 /);
});

Deno.test("serveRespondent(respondent) listens on this machine only", async () => {
  await using served = await serveRespondent(scriptedRespondent("yes"));
  assertMatch(served.baseURL, /^http:\/\/127\.0\.0\.1:\d+\/v1$/);
  await assertRejects(
    () => serveRespondent(scriptedRespondent("yes"), { hostname: "0.0.0.0" } as never),
    TypeError,
    "option 'hostname' is unknown",
  );
});

Deno.test("serveRespondent(respondent, options) names a wrong argument", async () => {
  const serve = (options: { [name: string]: unknown }) => () =>
    serveRespondent(scriptedRespondent("yes"), options as never);
  await assertRejects(serve({ prot: 1 }), TypeError, "'prot' is unknown");
  await assertRejects(serve({ port: 70_000 }), RangeError, "'port'");
  await assertRejects(serve({ apiKey: "a b" }), RangeError, "'apiKey'");
  await assertRejects(() => serveRespondent({} as never), TypeError, "'respondent'");
  await using served = await serveRespondent(scriptedRespondent("yes"));
  await assertRejects(
    serve({ port: Number(new URL(served.baseURL).port) }),
    RangeError,
    "'port' must be free",
  );
});

const kinds: { [kind in RespondentErrorKind]: [number, RespondentErrorKind, boolean] } = {
  unreachable: [503, "server", true],
  timeout: [504, "server", true],
  unauthorized: [401, "unauthorized", false],
  rate_limited: [429, "rate_limited", true],
  quota: [429, "quota", false],
  bad_request: [400, "bad_request", false],
  context: [400, "context", false],
  filtered: [400, "filtered", false],
  server: [500, "server", true],
  malformed: [502, "server", true],
};

Deno.test("serveRespondent(respondent) gives its errors the HTTP status that stands for them", async () => {
  for (const [kind, [status, read, transient]] of Object.entries(kinds)) {
    const failure = new RespondentError("It went wrong", {
      kind: kind as RespondentErrorKind,
      transient,
      retryAfterMs: 1234,
    });
    await using served = await serveRespondent(scriptedRespondent(() => failure));
    const error = await assertRejects(
      () => openAiRespondent(served.connection).respond(askSupport()),
      RespondentError,
    );
    assertEquals(
      [kind, error.status, error.kind, error.transient, error.retryAfterMs],
      [kind, status, read, transient, transient ? 1234 : undefined],
    );
    assertMatch(error.message, /It went wrong/);
  }
  const { status, body } = await send(chat, {
    respondent: scriptedRespondent(() => new Error("a fault in the script")),
  });
  assertEquals([status, body.error.type], [500, "server_error"]);
  assertMatch(body.error.message, /a fault in the script/);
});

Deno.test("serveRespondent(respondent) counts every completion that is asked for", async () => {
  await using served = await serveRespondent(scriptedRespondent("yes"));
  const respondent = openAiRespondent(served.connection);
  await respondent.respond(askSupport(1));
  await assertRejects(() => openAiRespondent({ ...served.connection, model: "x" }).respond(askSupport(2)));
  await respondent.respond(askSupport(3));
  await (await fetch(`${served.baseURL}/models`)).body?.cancel();
  assertEquals(served.requests, 3);
});

Deno.test("serveRespondent(respondent).connection names the respondent, not the port", async () => {
  await using first = await serveRespondent(scriptedRespondent("yes"));
  await using second = await serveRespondent(scriptedRespondent("yes"));
  await using other = await serveRespondent(scriptedRespondent("no"));
  assertNotEquals(first.baseURL, second.baseURL);
  assertEquals(first.connection.endpoint, second.connection.endpoint);
  assertNotEquals(first.connection.endpoint, other.connection.endpoint);
  assertMatch(first.connection.endpoint, /^loopback\/script\/[0-9a-f]{12}$/);
});

Deno.test("serveRespondent(respondent).close() ends calls under way and can be called twice", async () => {
  let asked = () => {};
  const reached = new Promise<void>((resolve) => asked = resolve);
  const served = await serveRespondent(scriptedRespondent(() => (asked(), new Promise(() => {}))));
  const call = assertRejects(
    () => openAiRespondent(served.connection).respond(askSupport()),
    RespondentError,
  );
  await reached;
  await served.close();
  await served.close();
  assertEquals((await call).kind, "unreachable");
});
