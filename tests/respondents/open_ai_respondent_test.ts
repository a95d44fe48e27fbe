import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import {
  type Json,
  requestKey,
  RespondentError,
  type RespondentErrorKind,
  type RespondentRequest,
} from "@understudy/understudy/core";
import { choice, likert, replySchema } from "@understudy/understudy/items";
import {
  openAiRespondent,
  type OpenAiRespondentOptions,
  type ScriptedReply,
  scriptedRespondent,
  serveRespondent,
} from "@understudy/understudy/respondents";
import { sqliteStore } from "@understudy/understudy/store";
import { type ServeFault, serveFaulty } from "../support/faulty_server.ts";
import { askSupport } from "./requests.ts";

const secret = "sk-test-Zm9vYmFyQmF6+0123456789/abc==";

/** Asks a served respondent once, with a fault and with options, and gives the error. */
async function failWith(
  fault: ServeFault,
  options: Partial<OpenAiRespondentOptions> = {},
): Promise<RespondentError> {
  await using served = await serveFaulty(scriptedRespondent("yes"), {
    faults: () => fault,
    apiKey: secret,
  });
  const respondent = openAiRespondent({ ...served.connection, ...options });
  const error = await assertRejects(() => respondent.respond(askSupport()), RespondentError);
  assertEquals(served.requests, 1, "a respondent never tries again by itself");
  assertHidden(error);
  return error;
}

function assertHidden(error: Error, hidden = secret): void {
  for (
    const shown of [error.message, Deno.inspect(error, { depth: 9, showHidden: true }), JSON.stringify(error)]
  ) {
    assert(!shown.includes(hidden), shown);
  }
}

interface Case {
  fault: ServeFault;
  kind: RespondentErrorKind;
  transient: boolean;
  status?: number;
  retryAfterMs?: number;
  says: RegExp;
}

const said = (message: string, more = {}) => ({
  error: { message, type: null, param: null, code: null, ...more },
});
const date = { date: "Fri, 20 Nov 2026 10:00:00 GMT", "retry-after": "Fri, 20 Nov 2026 10:01:30 GMT" };

const cases: { [claim: string]: Case } = {
  "a refused key": {
    fault: { status: 401, body: said(`Incorrect API key provided: ${secret}. Find it in your account.`) },
    kind: "unauthorized",
    transient: false,
    status: 401,
    says: /refuses the API key; set OPENAI_API_KEY .*HTTP 401.*provided: \[redacted\]\. Find/,
  },
  "a key without the right": {
    fault: { status: 403, body: `Forbidden for Bearer ${secret}` },
    kind: "unauthorized",
    transient: false,
    status: 403,
    says: /HTTP 403.*Forbidden for Bearer \[redacted\]/,
  },
  "a rate limit with Retry-After in seconds": {
    fault: { status: 429, headers: { "retry-after": "7" }, body: said("Slow down") },
    kind: "rate_limited",
    transient: true,
    status: 429,
    retryAfterMs: 7000,
    says: /asks for fewer requests \(HTTP 429\): Slow down/,
  },
  "a rate limit with Retry-After as a date": {
    fault: { status: 429, headers: date, body: said("Slow down") },
    kind: "rate_limited",
    transient: true,
    status: 429,
    retryAfterMs: 90_000,
    says: /Slow down/,
  },
  "a rate limit that says nothing": {
    fault: { status: 429, body: "" },
    kind: "rate_limited",
    transient: true,
    status: 429,
    says: /HTTP 429/,
  },
  "spent credit, in spite of its Retry-After": {
    fault: {
      status: 429,
      headers: { "retry-after": "7" },
      body: said("You exceeded your current quota", {
        type: "insufficient_quota",
        code: "insufficient_quota",
      }),
    },
    kind: "quota",
    transient: false,
    status: 429,
    says: /no credit left .*exceeded your current quota/,
  },
  "a request that the endpoint rejects": {
    fault: { status: 400, body: said("Unknown parameter: 'seed'") },
    kind: "bad_request",
    transient: false,
    status: 400,
    says:
      /rejects the request to model 'scripted' over 'seed': set \{ sendSeed: false \} of openAiRespondent \(HTTP 400\): Unknown parameter: 'seed'/,
  },
  "a validation error that is not in OpenAI's shape": {
    fault: { status: 422, body: { detail: [{ loc: ["body", "seed"], msg: "extra fields not permitted" }] } },
    kind: "bad_request",
    transient: false,
    status: 422,
    says: /HTTP 422.*extra fields not permitted/,
  },
  "an address that is not there": {
    fault: { status: 404, body: "404 page not found" },
    kind: "bad_request",
    transient: false,
    status: 404,
    says: /HTTP 404.*page not found/,
  },
  "a redirect": {
    fault: {
      status: 308,
      headers: { location: "https://example.org/v1/chat/completions?token=x" },
      body: "",
    },
    kind: "bad_request",
    transient: false,
    status: 308,
    says: /sends requests on to https:\/\/example\.org\/v1: use that address/,
  },
  "a server's failure": {
    fault: { status: 500, body: "<html><style>p{}</style><p>Internal <b>error</b></html>" },
    kind: "server",
    transient: true,
    status: 500,
    says: /failed \(HTTP 500\): Internal error/,
  },
  "a server that asks to wait": {
    fault: { status: 503, headers: { "retry-after": "2" }, body: said("Loading model") },
    kind: "server",
    transient: true,
    status: 503,
    retryAfterMs: 2000,
    says: /Loading model/,
  },
  "JSON that is cut off": {
    fault: { truncate: 60 },
    kind: "malformed",
    transient: true,
    status: 200,
    says: /cut off or malformed/,
  },
  "an empty body": { fault: { body: "" }, kind: "malformed", transient: true, status: 200, says: /cut off/ },
  "a web page with status 200": {
    fault: {
      headers: { "content-type": "text/html" },
      body: `<!doctype html><title>Sign in ${secret}</title>`,
    },
    kind: "malformed",
    transient: false,
    status: 200,
    says: /a web page, not a chat completion; does the base URL end in \/v1\? .*\[redacted\]/,
  },
  "JSON that is not a completion": {
    fault: { body: { status: "ok" } },
    kind: "malformed",
    transient: false,
    status: 200,
    says: /no choices\[0\]\.message/,
  },
  "a completion without choices": {
    fault: { body: { object: "chat.completion", choices: [] } },
    kind: "malformed",
    transient: false,
    status: 200,
    says: /no choices\[0\]\.message/,
  },
  "a gateway's failure behind status 200": {
    fault: { body: { error: { code: 502, message: "Upstream is down" } } },
    kind: "server",
    transient: true,
    status: 502,
    says: /HTTP 502.*Upstream is down/,
  },
};

for (const [claim, { fault, kind, transient, status, retryAfterMs, says }] of Object.entries(cases)) {
  Deno.test(`openAiRespondent(options) tells of ${claim}`, async () => {
    const error = await failWith(fault);
    assertEquals(
      {
        kind: error.kind,
        transient: error.transient,
        status: error.status,
        retryAfterMs: error.retryAfterMs,
      },
      { kind, transient, status, retryAfterMs },
    );
    assertMatch(error.message, says);
  });
}

Deno.test("openAiRespondent(options) tells of an endpoint that cannot be reached", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const baseURL = `http://127.0.0.1:${listener.addr.port}/v1`;
  listener.close();
  const respondent = openAiRespondent({ model: "m", baseURL, apiKey: secret });
  const error = await assertRejects(() => respondent.respond(askSupport()), RespondentError);
  assertEquals([error.kind, error.transient, error.status], ["unreachable", true, undefined]);
  assertMatch(
    error.message,
    /^Cannot reach http:\/\/127\.0\.0\.1:\d+\/v1: .*refused.*; is the server running/,
  );
  assertHidden(error);
});

Deno.test("openAiRespondent(options) tells of a connection that breaks in mid-reply", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const broken = listener.accept().then(async (connection) => {
    await connection.read(new Uint8Array(65536));
    const head = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 999\r\n\r\n{"id"';
    await connection.write(new TextEncoder().encode(head));
    connection.close();
  });
  const respondent = openAiRespondent({ model: "m", baseURL: `http://127.0.0.1:${listener.addr.port}/v1` });
  const error = await assertRejects(() => respondent.respond(askSupport()), RespondentError);
  await broken;
  listener.close();
  assertEquals([error.kind, error.transient], ["unreachable", true]);
});

Deno.test("openAiRespondent(options) limits the time of a body that stalls after its headers", async () => {
  for (const fault of [{ hang: "body" }, { hang: "before" }, { hang: "body", status: 500 }] as ServeFault[]) {
    const error = await failWith(fault, { timeoutMs: 30 });
    assertEquals([error.kind, error.transient, error.retryAfterMs], ["timeout", true, undefined]);
    assertMatch(error.message, /did not finish its reply in 30 ms/);
  }
});

Deno.test("openAiRespondent(options) ends a call in mid-reply with the signal's reason", async () => {
  const controller = new AbortController();
  const reason = new Error("stopped by the user");
  await using served = await serveFaulty(scriptedRespondent("yes"), { faults: () => ({ hang: "body" }) });
  await using waiting = await serveRespondent(
    scriptedRespondent(() => {
      controller.abort(reason);
      return new Promise(() => {});
    }),
  );
  const { signal } = controller;
  // The server of the second call aborts both; the first gets headers and half a body, and no more.
  const first = openAiRespondent(served.connection).respond(askSupport(), { signal });
  const calls = [first, openAiRespondent(waiting.connection).respond(askSupport(), { signal })];
  const ended = await Promise.allSettled(calls);
  for (const call of ended) assertStrictEquals(call.status === "rejected" && call.reason, reason);
});

Deno.test("openAiRespondent(options) leaves no listener on a signal that lasts for a whole run", async () => {
  await using served = await serveRespondent(scriptedRespondent("yes"));
  const respondent = openAiRespondent(served.connection);
  const { signal } = new AbortController();
  let listening = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...given: Parameters<typeof add>) => (listening++, add(...given));
  signal.removeEventListener = (...given: Parameters<typeof remove>) => (listening--, remove(...given));
  await Promise.all([1, 2, 3].map((seed) => respondent.respond(askSupport(seed), { signal })));
  assertEquals(listening, 0);
});

/** Serves one scripted reply and gives it as the client reads it. */
async function overTheWire(reply: ScriptedReply, fault?: ServeFault) {
  await using served = await serveFaulty(scriptedRespondent([reply]), {
    faults: () => fault,
    apiKey: secret,
  });
  return await openAiRespondent(served.connection).respond(askSupport());
}

Deno.test("openAiRespondent(options) reads how a reply ended", async () => {
  const cut = await overTheWire({
    text: '{"supp',
    finishReason: "length",
    promptTokens: 9,
    completionTokens: 3,
  });
  assertEquals([cut.text, cut.finishReason, cut.promptTokens, cut.completionTokens], [
    '{"supp',
    "length",
    9,
    3,
  ]);
  const refusal = await overTheWire({ refusal: "I cannot answer that." });
  assertEquals([refusal.text, refusal.refusal, refusal.finishReason], ["", "I cannot answer that.", "stop"]);
  assertEquals((await overTheWire({ finishReason: "content_filter" })).finishReason, "content_filter");
  assertEquals((await overTheWire({ text: "x", finishReason: "other" })).finishReason, "other");
});

Deno.test("openAiRespondent(options) reads replies without content, usage or model, and content in parts", async () => {
  const body = (message: { [name: string]: string | null | { type: string; text: string }[] }) => ({
    choices: [{ message, finish_reason: "tool_calls" }],
    usage: null,
  });
  const empty = await overTheWire({}, { body: body({ content: null }) });
  assertEquals(empty, {
    text: "",
    refusal: null,
    finishReason: "other",
    model: "scripted",
    promptTokens: null,
    completionTokens: null,
  });
  // No budget grows by what a server says a call used.
  const usage = { prompt_tokens: -1000, completion_tokens: "5" };
  const owed = await overTheWire({}, { body: { ...body({ content: "x" }), usage } });
  assertEquals([owed.promptTokens, owed.completionTokens], [null, null]);
  const parts = [{ type: "text", text: "a" }, { type: "text", text: "b" }];
  assertEquals((await overTheWire({}, { body: body({ content: parts }) })).text, "ab");
});

Deno.test("openAiRespondent(options) sends what the endpoint needs and nothing else", async () => {
  const bodies: unknown[] = [];
  await using served = await serveFaulty(scriptedRespondent("yes"), {
    onRequest: (body) => bodies.push(body),
  });
  const { messages, schema } = askSupport(42);
  await openAiRespondent({
    ...served.connection,
    temperature: 0.7,
    topP: 0.9,
    maxTokens: 200,
    parameters: { reasoning_effort: "low" },
  }).respond(askSupport(42));
  assertEquals(bodies.pop(), {
    reasoning_effort: "low",
    temperature: 0.7,
    top_p: 0.9,
    max_tokens: 200,
    model: "scripted",
    messages,
    response_format: { type: "json_schema", json_schema: { ...schema, strict: true } },
    seed: 42,
  });
  await openAiRespondent({
    ...served.connection,
    sendSeed: false,
    parameters: { max_completion_tokens: 5 },
  })
    .respond({ messages, seed: 1, replicate: 3 });
  assertEquals(bodies.pop(), { max_completion_tokens: 5, model: "scripted", messages });
});

/** The bodies that are sent for requests. */
async function sentFor(
  options: Partial<OpenAiRespondentOptions>,
  ...requests: RespondentRequest[]
): Promise<{ [name: string]: Json }[]> {
  const bodies: { [name: string]: Json }[] = [];
  await using served = await serveFaulty(scriptedRespondent("yes"), {
    onRequest: (body) => bodies.push(body as { [name: string]: Json }),
  });
  const respondent = openAiRespondent({ ...served.connection, ...options });
  for (const request of requests) await respondent.respond(request);
  return bodies;
}

const lastMessage = (body: { [name: string]: Json }) =>
  (body.messages as { content: string }[]).at(-1)!.content;

Deno.test("openAiRespondent({ schemaMode }) shows an example of the reply, never the schema, and each seed another", async () => {
  const asked = "How much, and from where?";
  const request = (seed: number): RespondentRequest => ({
    messages: [{ role: "user", content: asked }],
    schema: replySchema([
      likert("support", "How much?", { points: 7 }),
      choice("news", "Where?", ["tv", "web"]),
    ]),
    seed,
    replicate: 1,
  });
  const seeds = Array.from({ length: 60 }, (_, seed) => request(seed));
  for (const schemaMode of ["json_object", "none"] as const) {
    const bodies = await sentFor({ schemaMode }, ...seeds);
    const replies = bodies.map((body) => {
      const text = lastMessage(body);
      const begin = `${asked}\n\nReply with one JSON object and nothing else, for example `;
      assert(text.startsWith(begin), text);
      return JSON.parse(text.slice(begin.length));
    });
    assertEquals(bodies[0]!.response_format, schemaMode === "none" ? undefined : { type: "json_object" });
    assertEquals(replies.map((reply) => Object.keys(reply)), seeds.map(() => ["support", "news"]));
    assertEquals(new Set(replies.map(({ support }) => support)).size, 7, "every point is an example to some");
    assertEquals(new Set(replies.map(({ news }) => news)), new Set(["tv", "web"]));
    assertEquals(
      (await sentFor({ schemaMode }, request(3)))[0],
      bodies[3],
      "the same seed, the same example",
    );
  }
});

Deno.test("openAiRespondent({ schemaMode }) asks one question in plain words, and shows the schema only where told to", async () => {
  const request = askSupport();
  const own = request.messages[1]!.content;
  const [plain] = await sentFor({ schemaMode: "none" }, request);
  assertEquals([lastMessage(plain!), plain!.response_format], [own, undefined]);
  const [object] = await sentFor({ schemaMode: "json_object" }, request);
  assertMatch(lastMessage(object!), /for example \{"support": \d+\}$/);
  for (const schemaMode of ["json_object", "none"] as const) {
    const [body] = await sentFor({ schemaMode, showSchema: true }, request);
    assert(lastMessage(body!).startsWith(own));
    assert(lastMessage(body!).endsWith(JSON.stringify(request.schema!.schema)));
  }
});

Deno.test("openAiRespondent({ systemRole, seedBits, tokenLimit, logProbabilities }) sends what the endpoint takes", async () => {
  const request = { ...askSupport(2 ** 40 + 5), logProbabilities: 3 };
  const [body] = await sentFor({
    systemRole: "user",
    seedBits: 31,
    tokenLimit: "max_completion_tokens",
    maxTokens: 9,
    logProbabilities: "plain",
  }, request);
  assertEquals(body!.messages, [
    { role: "user", content: `${request.messages[0]!.content}\n\n${request.messages[1]!.content}` },
  ]);
  assertEquals([body!.seed, body!.max_completion_tokens, body!.max_tokens, body!.logprobs], [
    5,
    9,
    undefined,
    undefined,
  ]);
  const [free, never] = await Promise.all(
    (["plain", "never"] as const).map(async (logProbabilities) =>
      (await sentFor({ schemaMode: "none", systemRole: "developer", logProbabilities }, request))[0]!
    ),
  );
  assertEquals([free!.top_logprobs, never!.top_logprobs], [3, undefined]);
  assertEquals((free!.messages as { role: string }[])[0]!.role, "developer");
});

Deno.test("openAiRespondent({ choices }) asks for several replies with one call and loses none", async () => {
  const seen: { n?: number; seed: number }[] = [];
  let most = 9;
  const script = scriptedRespondent(({ seed }) => ({
    text: `${seed}`,
    promptTokens: 10,
    completionTokens: 3,
  }));
  await using served = await serveFaulty(script, {
    onRequest: (body) => seen.push(body as never),
    rewrite: (body) => ({ ...body, n: Math.min(most, (body.n as number | undefined) ?? 1) }),
  });
  const requests = [1, 2, 3, 4, 5].map((seed) => ({ ...askSupport(seed * 100), replicate: seed }));
  const one = openAiRespondent(served.connection);
  assertEquals(one.respondMany, undefined);
  const many = openAiRespondent({ ...served.connection, choices: 3 });
  assertEquals([one.mostReplies, many.mostReplies], [undefined, 3]);
  const replies = await many.respondMany!(requests);
  assertEquals(replies.map(({ text }) => text), ["100", "101", "102"]);
  assertEquals(replies.map(({ promptTokens }) => promptTokens), [10, 0, 0]);
  assertEquals(replies.map(({ completionTokens }) => completionTokens), [9, 0, 0]);
  assertEquals(seen.map(({ n, seed }) => [n, seed]), [[3, 100]]);
  // An endpoint that overlooks `n`, or gives fewer: another call asks for the rest.
  most = 1;
  assertEquals((await many.respondMany!(requests)).map(({ text }) => text), ["100"]);
  // Where a prompt shows an example, each replicate shows its own.
  seen.length = 0;
  const shown = openAiRespondent({ ...served.connection, choices: 3, schemaMode: "json_object" });
  assertEquals((await shown.respondMany!(requests)).length, 1);
  assertEquals(seen.map(({ n }) => n), [undefined]);
});

Deno.test("openAiRespondent(options) keeps thoughts apart from the text", async () => {
  const cases: [message: { [field: string]: string | null }, text: string, thought: string | undefined][] = [
    [{ content: "4", reasoning_content: "hm" }, "4", "hm"],
    [{ content: "4", reasoning: "hm" }, "4", "hm"],
    [{ content: "4", reasoning: "hm", reasoning_content: "hm" }, "4", "hm"],
    [{ content: "<think>hm</think>\n\n4" }, "4", "hm"],
    [{ content: "hm</think> 4" }, "4", "hm"],
    [{ content: "<think>is it 4? or" }, "", "is it 4? or"],
    [{ content: "", reasoning: '{"support": 4}' }, "", '{"support": 4}'],
    [{ content: null, reasoning_content: "hm" }, "", "hm"],
    [{ content: '{"why": "they say <think>"}' }, '{"why": "they say <think>"}', undefined],
    [{ content: "<think></think>4" }, "4", undefined],
  ];
  for (const [message, text, thought] of cases) {
    const reply = await overTheWire({}, { body: { choices: [{ message, finish_reason: "stop" }] } });
    assertEquals([reply.text, reply.thought], [text, thought], JSON.stringify(message));
  }
});

Deno.test("openAiRespondent(options) has an identity of everything that decides an answer", async () => {
  const identity = (options: Partial<OpenAiRespondentOptions>) =>
    openAiRespondent({ model: "m", baseURL: "http://127.0.0.1:8080/v1/", ...options }).identity();
  assertEquals(await identity({}), {
    endpoint: "http://127.0.0.1:8080/v1",
    model: "m",
    parameters: { schema_mode: "json_schema", send_seed: true },
  });
  const variants: Partial<OpenAiRespondentOptions>[] = [
    {},
    { model: "other" },
    { baseURL: "http://127.0.0.1:8081/v1" },
    { endpoint: "name" },
    { temperature: 0 },
    { topP: 1 },
    { maxTokens: 100 },
    { parameters: { max_completion_tokens: 100 } },
    { schemaMode: "none" },
    { sendSeed: false },
    { parameters: { reasoning_effort: "low" } },
    { schemaMode: "none", showSchema: true },
    { schemaMode: "json_object" },
    { systemRole: "user" },
    { seedBits: 31 },
    { logProbabilities: "never" },
  ];
  const keys = await Promise.all(
    variants.map(async (options) => requestKey(await identity(options), askSupport())),
  );
  assertEquals(new Set(keys).size, variants.length);
  const others = { timeoutMs: 5, apiKey: secret, choices: 4, logProbabilities: "plain" } as const;
  assertEquals(await identity(others), await identity({}));
});

Deno.test("openAiRespondent({ baseURL }) keeps a password and a query out of identity and errors, and sends them", async () => {
  let seen: [string | null, string] | undefined;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    seen = [request.headers.get("authorization"), new URL(request.url).search];
    return new Response(
      `denied: p4ssw0rd-of-mine and ${request.headers.get("authorization")} and query-secret`,
      {
        status: 403,
      },
    );
  });
  const baseURL = `http://ann:p4ssw0rd-of-mine@127.0.0.1:${server.addr.port}/v1?key=query-secret`;
  const respondent = openAiRespondent({ model: "m", baseURL });
  assertEquals((await respondent.identity()).endpoint, `http://127.0.0.1:${server.addr.port}/v1`);
  const error = await assertRejects(() => respondent.respond(askSupport()), RespondentError);
  await server.shutdown();
  assertEquals(seen, [`Basic ${btoa("ann:p4ssw0rd-of-mine")}`, "?key=query-secret"]);
  for (const hidden of ["p4ssw0rd-of-mine", "query-secret", btoa("ann:p4ssw0rd-of-mine")]) {
    assertHidden(error, hidden);
    assert(!Deno.inspect(respondent, { depth: 9, showHidden: true }).includes(hidden));
  }
});

for (
  const [status, kind, says] of [[200, "malformed", "was cut at 4 MiB"], [
    500,
    "server",
    "cut at 4 MiB",
  ]] as const
) {
  Deno.test(`openAiRespondent(options) does not read a body of status ${status} without end`, async () => {
    let sent = 0;
    const megabyte = new TextEncoder().encode("<".repeat(2 ** 20));
    const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
      // Ends only as it is cancelled.
      const body = new ReadableStream({
        pull(controller) {
          sent++;
          controller.enqueue(megabyte);
        },
      });
      return new Response(body, { status });
    });
    const respondent = openAiRespondent({ model: "m", baseURL: `http://127.0.0.1:${server.addr.port}/v1` });
    const error = await assertRejects(() => respondent.respond(askSupport()), RespondentError, says);
    await server.shutdown();
    assertEquals([error.kind, error.transient], [kind, status === 500]);
    assert(sent < 100, `${sent} MB were sent`);
  });
}

Deno.test("openAiRespondent(options) leaves the key in no store, also where the endpoint repeats it", async () => {
  const echo = await overTheWire({
    text: `You sent ${secret}`,
    refusal: `not for ${secret}`,
    model: `m-${secret}`,
  });
  assertEquals(echo.text, "You sent [redacted]");
  const folder = Deno.makeTempDirSync();
  const store = sqliteStore(`${folder}/study.db`);
  const respondent = openAiRespondent({ model: "m", baseURL: "http://127.0.0.1:8080/v1", apiKey: secret });
  const [identity, request] = [await respondent.identity(), askSupport()];
  const key = requestKey(identity, request);
  await store.put({ key, identity, request, reply: echo, latencyMs: 1, answeredAt: "2026-11-20T10:00:00Z" });
  for (const { name } of Deno.readDirSync(folder)) {
    assert(!new TextDecoder("latin1").decode(Deno.readFileSync(`${folder}/${name}`)).includes(secret), name);
  }
  await store.close();
  Deno.removeSync(folder, { recursive: true });
});

Deno.test("openAiRespondent(options) names a wrong argument and never shows the key", () => {
  const make = (options: { [name: string]: unknown }) => () =>
    openAiRespondent({ model: "m", baseURL: "http://127.0.0.1:8080/v1", ...options } as never);
  assertThrows(make({ model: "" }), TypeError, "'model'");
  assertThrows(make({ temprature: 1 }), TypeError, "'temprature' is unknown");
  assertThrows(make({ temperature: 3 }), RangeError, "'temperature'");
  assertThrows(make({ temperature: "1" }), RangeError, "'temperature'");
  assertThrows(make({ topP: 0 }), RangeError, "'topP'");
  assertThrows(make({ maxTokens: 0 }), RangeError, "'maxTokens'");
  assertThrows(make({ timeoutMs: 0 }), RangeError, "'timeoutMs'");
  assertThrows(make({ schemaMode: "xml" }), RangeError, "'schemaMode'");
  assertThrows(make({ sendSeed: "no" }), RangeError, "'sendSeed'");
  assertThrows(make({ seedBits: 32 }), RangeError, "'seedBits'");
  assertThrows(make({ choices: 0 }), RangeError, "'choices'");
  assertThrows(make({ endpoint: " " }), TypeError, "'endpoint'");
  assertThrows(make({ parameters: { seed: 3 } }), RangeError, "must not hold 'seed'");
  assertThrows(make({ parameters: { top_k: NaN } }), TypeError, "finite");
  assertHidden(assertThrows(make({ baseURL: `ftp://${secret}` }), RangeError, "'baseURL'"));
  assertHidden(assertThrows(make({ baseURL: secret }), RangeError, "'baseURL'"));
  assertHidden(assertThrows(make({ apiKey: `${secret}\n${secret}` }), RangeError, "'apiKey'"));
  assertThrows(make({ apiKey: " " }), TypeError, "'apiKey' must be a non-empty text: current value is empty");
  assertHidden(
    assertThrows(make({ endpoint: `at ${secret}`, apiKey: secret }), RangeError, "hold no secret"),
  );
  const both = { baseURL: "http://ann:pass@127.0.0.1/v1", apiKey: secret };
  assertHidden(assertThrows(make(both), RangeError, "beside an 'apiKey'"));
});
