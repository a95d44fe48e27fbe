import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { type Json, probeColumns, RespondentError } from "@understudy/understudy/core";
import {
  openAiRespondent,
  type OpenAiRespondentOptions,
  probeEndpoint,
  scriptedRespondent,
} from "@understudy/understudy/respondents";
import { type Misbehaviour, serveEngine } from "../support/misbehaving_endpoint.ts";
import { askSupport } from "./requests.ts";

/** Probes an endpoint: for each row what was found, what is chosen and why, and the parameters of the identity. */
async function probe(misbehaviour: Misbehaviour = {}, options: Partial<OpenAiRespondentOptions> = {}) {
  const engine = serveEngine(misbehaviour);
  try {
    const respondent = openAiRespondent({ model: "engine", baseURL: engine.baseURL, ...options });
    const table = await probeEndpoint(respondent);
    assertEquals(table.columnNames(), Object.keys(probeColumns));
    const rows = Object.fromEntries(
      (table.objects() as { [column in keyof typeof probeColumns]: string }[]).map((row) => [row.what, row]),
    );
    const { parameters } = await respondent.identity();
    return { rows, parameters, calls: engine.bodies.length };
  } finally {
    await engine.close();
  }
}

const healthy = {
  model: "no list",
  reply: "text",
  "sampling parameters": "none sent",
  "token limit": "max_tokens",
  "system message": "followed",
  json_schema: "held",
  json_object: "held",
  "example of the reply": "not asked for",
  "log-probabilities": "given",
  "log-probabilities under a schema": "given",
  seed: "taken; the same text again",
  "seed, 4 at once": "the same text in 4 of 4",
  "several replies (n)": "4 replies to one call",
  usage: "reported",
  "context length": "not told",
  "rate limits": "not told",
};
const usual = { schema_mode: "json_schema", send_seed: true };

interface Case {
  readonly misbehaviour: Misbehaviour;
  readonly options?: Partial<OpenAiRespondentOptions>;
  /** The rows that differ from those of a healthy endpoint. */
  readonly found: { readonly [what in keyof typeof healthy]?: string };
  /** The parameters of the identity that differ. */
  readonly parameters?: { readonly [name: string]: Json };
  /** How many replies a call then gives, and where log-probabilities are asked for. */
  readonly chosen?: readonly [choices: string, logProbabilities: string];
}

/** Puts what a model said into a field of its thought. */
const intoField = (field: string) => (choice: { message: { [name: string]: string } }) => {
  choice.message[field] = choice.message.content!;
  choice.message.content = "";
};
const without = (name: string) => (body: { [name: string]: unknown }) => ({ ...body, [name]: undefined });
const example = { reply_form: "example" };

const cases: { readonly [claim: string]: Case } = {
  "does all it is asked": { misbehaviour: {}, found: {} },
  "overlooks schemas (Ollama #8063, vLLM #18819)": {
    misbehaviour: {
      read: (body) => body.response_format?.type === "json_schema" ? without("response_format")(body) : body,
    },
    found: {
      json_schema: "overlooked",
      "example of the reply": "repeated in 0 of 4",
      "log-probabilities under a schema": "of the model without the schema",
    },
    parameters: { schema_mode: "json_object", ...example },
  },
  "overlooks every form": {
    misbehaviour: { read: without("response_format") },
    found: {
      json_schema: "overlooked",
      "example of the reply": "repeated in 0 of 4",
      json_object: "overlooked",
      "log-probabilities under a schema": "of the model without the schema",
    },
    parameters: { schema_mode: "none", ...example },
  },
  "repeats an example as its answer (SmolLM2)": {
    misbehaviour: {
      read: (body) => body.response_format?.type === "json_schema" ? without("response_format")(body) : body,
      write: (choice, { messages }) => {
        const example = / for example (\{.*\})$/.exec(messages.at(-1).content)?.[1];
        if (example !== undefined) choice.message.content = example;
      },
    },
    found: {
      json_schema: "overlooked",
      "example of the reply": "repeated in 4 of 4",
      "log-probabilities under a schema": "of the model without the schema",
    },
    parameters: { schema_mode: "none", ...example },
  },
  "rejects schemas": {
    misbehaviour: {
      reject: (body) =>
        body.response_format &&
        [400, "This response_format type is unavailable now", { param: "response_format" }],
    },
    found: {
      json_schema: "rejected",
      "example of the reply": "cannot tell",
      json_object: "rejected",
      "log-probabilities under a schema": "cannot tell",
    },
    parameters: { schema_mode: "none", ...example },
  },
  "answers in the field of the thought (vLLM #16182)": {
    misbehaviour: {
      write: (choice, body) => body.response_format && intoField("reasoning_content")(choice),
    },
    found: {
      json_schema: "held, but in place of the thought",
      "example of the reply": "repeated in 0 of 4",
      json_object: "held, but in place of the thought",
      "log-probabilities under a schema": "not those of the text",
    },
    parameters: { schema_mode: "none", ...example },
  },
  "thinks in place of answering (Ollama #15288)": {
    misbehaviour: { write: intoField("reasoning") },
    found: {
      reply: "thought apart (reasoning), instead of an answer",
      json_schema: "held, but in place of the thought",
      "example of the reply": "repeated in 0 of 4",
      json_object: "held, but in place of the thought",
      "log-probabilities": "not those of the text",
      "log-probabilities under a schema": "not asked for",
    },
    parameters: { schema_mode: "none", log_probabilities: "never", ...example },
  },
  "stops in mid-thought (Ollama #17777)": {
    misbehaviour: {
      write: (choice, body) => {
        if (body.messages.at(-1).content.includes("2 + 3")) choice.message.content = "<think>2 + 3 is";
      },
    },
    found: {
      reply: "thought in the text, between tags, instead of an answer",
      "system message": "read, not followed",
      "log-probabilities": "not those of the text",
      "log-probabilities under a schema": "not asked for",
    },
    parameters: { log_probabilities: "never" },
  },
  "thinks apart": {
    misbehaviour: { write: (choice) => choice.message.reasoning_content = "hm" },
    found: { reply: "thought apart (reasoning_content)" },
  },
  "thinks aloud, and its template opens the tag": {
    misbehaviour: { write: (choice) => choice.message.content = `hm</think>\n\n${choice.message.content}` },
    found: { reply: "thought in the text, between tags", json_schema: "held" },
  },
  "gives no log-probabilities (llama.cpp #10733)": {
    misbehaviour: { write: (choice) => choice.logprobs = null },
    found: { "log-probabilities": "not given", "log-probabilities under a schema": "not asked for" },
    parameters: { log_probabilities: "never" },
  },
  "rejects log-probabilities": {
    misbehaviour: {
      reject: (body) => body.logprobs && [400, "logprobs are not supported", { param: "logprobs" }],
    },
    found: { "log-probabilities": "rejected", "log-probabilities under a schema": "not asked for" },
    parameters: { log_probabilities: "never" },
  },
  "hides a fence in its tokens (llama.cpp)": {
    misbehaviour: {
      write: (choice, body) =>
        body.response_format &&
        choice.logprobs?.content.unshift({ token: "```json\n", logprob: -0.1, top_logprobs: [] }),
    },
    found: { "log-probabilities under a schema": "not those of the text" },
    chosen: ["4", "plain"],
  },
  "knows no max_tokens": {
    misbehaviour: {
      reject: (body) =>
        body.max_tokens === undefined ? undefined : [
          400,
          "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
          { param: "max_tokens", code: "unsupported_parameter" },
        ],
    },
    options: { maxTokens: 50 },
    found: { "token limit": "max_completion_tokens; max_tokens is rejected" },
    parameters: { max_completion_tokens: 50 },
  },
  "overlooks max_completion_tokens (vLLM #28266)": {
    misbehaviour: { read: without("max_completion_tokens") },
    options: { maxTokens: 50, tokenLimit: "max_completion_tokens" },
    found: { "token limit": "max_tokens; max_completion_tokens is overlooked" },
    // What was given stays.
    parameters: { max_completion_tokens: 50 },
  },
  "rejects seeds": {
    misbehaviour: {
      reject: (body) => body.seed && [400, "Extra inputs are not permitted: seed", { param: "seed" }],
    },
    found: { seed: "rejected", "seed, 4 at once": "no seed is sent" },
    parameters: { send_seed: false },
  },
  "takes seeds of 31 bits": {
    misbehaviour: {
      reject: (body) => body.seed >= 2 ** 31 ? [400, "seed is out of range of int32"] : undefined,
    },
    found: { seed: "31 bits taken, 53 rejected; the same text again" },
    parameters: { seed_bits: 31 },
  },
  "overlooks seeds": {
    misbehaviour: { read: without("seed") },
    found: {
      seed: "taken, but the same seed gives another text",
      "seed, 4 at once": "the same text in 0 of 4",
    },
  },
  "rejects system messages (Gemma)": {
    misbehaviour: {
      reject: (body) => body.messages[0].role === "system" ? [400, "System role not supported"] : undefined,
    },
    found: { "system message": "rejected" },
    parameters: { system_role: "user" },
  },
  "drops system messages": {
    misbehaviour: {
      read: (body) => ({
        ...body,
        messages: body.messages.filter(({ role }: { role: string }) => role !== "system"),
      }),
    },
    found: { "system message": "overlooked" },
    parameters: { system_role: "user" },
  },
  "overlooks n": {
    misbehaviour: { read: without("n") },
    found: { "several replies (n)": "overlooked" },
    chosen: ["1", "always"],
  },
  "gives copies for n": {
    misbehaviour: { write: (choice, body) => body.n && (choice.message.content = "Once upon a time") },
    found: { "several replies (n)": "4 replies, all the same" },
    chosen: ["1", "always"],
  },
  "has two slots": {
    misbehaviour: {
      reject: (body) => body.n > 2 ? [400, "Field 'n': Value must be between 1 <= value <= 2"] : undefined,
    },
    found: { "several replies (n)": "2 replies to one call" },
    chosen: ["2", "always"],
  },
  "replies with nothing (promptfoo #10954)": {
    misbehaviour: {
      write: (choice) => choice.message.content = "",
      finish: (completion) => delete completion.usage,
    },
    found: {
      reply: "blank",
      "system message": "cannot tell",
      json_schema: "blank",
      "example of the reply": "repeated in 0 of 4",
      json_object: "blank",
      "log-probabilities": "not those of the text",
      "log-probabilities under a schema": "not asked for",
      seed: "taken; every seed gives the same text",
      "several replies (n)": "4 replies, all the same",
      usage: "not reported",
    },
    parameters: { schema_mode: "none", log_probabilities: "never", ...example },
  },
  "rejects a temperature": {
    misbehaviour: {
      reject: (body) =>
        body.temperature === undefined
          ? undefined
          : [400, "Only the default (1) value is supported", { param: "temperature" }],
    },
    options: { temperature: 0.7 },
    found: { "sampling parameters": "rejected: temperature" },
    parameters: { temperature: 0.7 },
  },
};

for (const [claim, { misbehaviour, options, found, parameters, chosen }] of Object.entries(cases)) {
  Deno.test(`probeEndpoint(respondent) tells the truth of an endpoint that ${claim}`, async () => {
    const { rows, parameters: parametersNow, calls } = await probe(misbehaviour, options);
    const seen = Object.fromEntries(Object.keys(healthy).map((what) => [what, rows[what]!.found]));
    assertEquals(seen, { ...healthy, ...found });
    assertEquals(parametersNow, { ...usual, ...parameters });
    const set = [rows["several replies (n)"]!.chosen, rows["log-probabilities"]!.chosen];
    if (chosen !== undefined) assertEquals(set, [...chosen]);
    assert(calls <= 24, `${calls} calls`);
  });
}

Deno.test("probeEndpoint(respondent) takes about a dozen small calls where nothing is wrong, and says what the engine says", async () => {
  const { rows, calls } = await probe({
    pages: {
      "/v1/models": { data: [{ id: "engine", max_model_len: 8192 }, { id: "other" }] },
      "/props": { total_slots: 3, default_generation_settings: { n_ctx: 2048 } },
    },
    headers: { "x-ratelimit-limit-requests": "60", "x-ratelimit-remaining-requests": "59" },
  });
  assert(calls <= 13, `${calls} calls`);
  assertEquals([rows.model!.found, rows["context length"]!.found], ["listed", "2048 tokens"]);
  assertMatch(rows["rate limits"]!.detail, /x-ratelimit-limit-requests: 60/);
  assertMatch(rows.speed!.detail, /concurrency 3/);
  assertEquals([rows.seed!.chosen, rows.seed!.option], ["true, 53", "sendSeed, seedBits"]);
  assertMatch(rows.reply!.detail, /"5"/);
});

Deno.test("probeEndpoint(respondent) reads the context of vLLM and of Ollama, and names the models that there are", async () => {
  const listed = await probe({ pages: { "/v1/models": { data: [{ id: "qwen", max_model_len: 4096 }] } } });
  assertEquals(listed.rows["context length"]!.found, "4096 tokens");
  assertMatch(listed.rows.model!.detail, /listed: "qwen"/);
  const { rows } = await probe({ pages: { "/api/show": { model_info: { "llama.context_length": 32768 } } } });
  assertEquals(rows["context length"]!.found, "at most 32768 tokens");
});

Deno.test("probeEndpoint(respondent) leaves what was given as it is, and says what it found", async () => {
  const { rows, parameters } = await probe(cases["overlooks every form"]!.misbehaviour, {
    schemaMode: "json_schema",
    choices: 1,
    logProbabilities: "always",
  });
  assertEquals(parameters, { schema_mode: "json_schema", send_seed: true });
  assertMatch(rows.json_schema!.detail, /schemaMode stays as it was given; found: none/);
  assertEquals(rows.json_schema!.chosen, "json_schema");
});

Deno.test("probeEndpoint(respondent) sets a respondent before its first call, and never in mid-study", async () => {
  const overlooks = cases["overlooks every form"]!.misbehaviour;
  const engine = serveEngine({ ...overlooks, reject: (body) => body.seed === 1 ? [400, "no"] : undefined });
  const respondent = openAiRespondent({ model: "engine", baseURL: engine.baseURL });
  const before = await respondent.identity();
  // Also a call that failed is a call: its key is known.
  await assertRejects(() => respondent.respond(askSupport(1)), RespondentError);
  const late = await probeEndpoint(respondent);
  assertEquals(await respondent.identity(), before);
  assertEquals(respondent.respondMany, undefined);
  const row = (late.objects() as { what: string; detail: string }[]).find(({ what }) =>
    what === "json_schema"
  );
  assertMatch(row!.detail, /schemaMode stays, as calls were made with it; found: none/);
  const fresh = openAiRespondent({ model: "engine", baseURL: engine.baseURL });
  await probeEndpoint(fresh);
  await probeEndpoint(fresh);
  const set = await fresh.identity();
  assertEquals(set.parameters.schema_mode, "none");
  assertEquals((await fresh.respondMany!([askSupport(2), askSupport(3)])).length, 2);
  await probeEndpoint(fresh);
  assertEquals(await fresh.identity(), set);
  await engine.close();
});

Deno.test("probeEndpoint(respondent) fails only where the endpoint cannot be reached or refuses the key", async () => {
  const refuses = serveEngine({ reject: () => [401, "no such key"] });
  const other = (baseURL: string) => openAiRespondent({ model: "m", baseURL, timeoutMs: 2000 });
  const error = await assertRejects(() => probeEndpoint(other(refuses.baseURL)), RespondentError);
  assertEquals([error.kind, refuses.bodies.length], ["unauthorized", 1]);
  await refuses.close();
  const gone = await assertRejects(() => probeEndpoint(other(refuses.baseURL)), RespondentError);
  assertEquals(gone.kind, "unreachable");
  const noModel = serveEngine({ reject: () => [404, "model 'm' not found"] });
  const table = await probeEndpoint(other(noModel.baseURL));
  assertEquals(table.array("found"), ["reached, but does not answer"]);
  assertMatch(table.array("detail")[0] as string, /model 'm' not found/);
  await noModel.close();
});

Deno.test("probeEndpoint(respondent) tries a call again that fails for a passing reason", async () => {
  let calls = 0;
  const { rows } = await probe({ reject: () => calls++ % 2 === 0 ? [503, "loading"] : undefined });
  assertEquals(rows.json_schema!.found, "held");
});

Deno.test("probeEndpoint(respondent, options) names a wrong argument, and ends with its signal", async () => {
  await assertRejects(
    () => probeEndpoint(scriptedRespondent("yes")),
    TypeError,
    "must be from openAiRespondent",
  );
  await assertRejects(() => probeEndpoint(undefined as never), TypeError, "'respondent'");
  const engine = serveEngine();
  const respondent = openAiRespondent({ model: "engine", baseURL: engine.baseURL });
  await assertRejects(
    () => probeEndpoint(respondent, { signl: 1 } as never),
    TypeError,
    "'signl' is unknown",
  );
  await assertRejects(() => probeEndpoint(respondent, { signal: 1 } as never), TypeError, "'signal'");
  const reason = new Error("stopped by the user");
  await assertRejects(
    () => probeEndpoint(respondent, { signal: AbortSignal.abort(reason) }),
    Error,
    reason.message,
  );
  await engine.close();
});
