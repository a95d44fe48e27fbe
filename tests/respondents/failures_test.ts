import { httpError, HttpFailure } from "../../lib/respondents/failures.ts";
import { assertEquals, assertStringIncludes } from "@std/assert";

Deno.test("httpError(failure) says what to do about each status, and whether it may pass", () => {
  const context = { address: "https://models.example.org", model: "m", redact: (text: string) => text };
  const read = (status: number, text = "", headers = {}) => {
    const { kind, transient, message } = httpError(
      new HttpFailure(status, new Headers(headers), { text, cut: false }),
      context,
    );
    return [kind, transient, message];
  };
  const cases: [number, string, boolean, string][] = [
    [402, "quota", false, "has no credit left"],
    [408, "timeout", true, "gave up waiting"],
    [409, "server", true, "failed"],
    [425, "server", true, "failed"],
    [501, "server", false, "failed"],
    [502, "server", true, "failed"],
    [422, "bad_request", false, "rejects the request to model 'm'"],
  ];
  for (const [status, kind, transient, said] of cases) {
    const [readKind, readTransient, message] = read(status);
    assertEquals([readKind, readTransient], [kind, transient]);
    assertStringIncludes(message as string, `${said} (HTTP ${status})`);
  }
  assertStringIncludes(read(307)[2] as string, "sends requests on to another address");
  const target = { location: "https://new.example.org/v1/chat/completions" };
  assertStringIncludes(read(308, "", target)[2] as string, "on to https://new.example.org/v1: use that");
  const page =
    "<html><style>b { }</style><title>Bad <b>gateway</b></title><script>if (a < b) c();</script>Later</html>";
  assertStringIncludes(read(500, page)[2] as string, ": Bad gateway Later");
  for (const piece of ["<", "<script", "<script>", "</script>", "<style ", "< ", ">", " ", "{", '["']) {
    assertStringIncludes(read(500, piece.repeat(1_000_000))[2] as string, "HTTP 500");
  }
});

/** Reads the error body of an endpoint. */
function rejection(status: number, body: unknown) {
  const context = { address: "https://models.example.org", model: "m", redact: (text: string) => text };
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return httpError(new HttpFailure(status, new Headers(), { text, cut: false }), context);
}

const error = (message: string, more = {}) => ({ error: { message, ...more } });

// As the endpoints write them: OpenAI, Azure, vLLM (old and new), llama.cpp, Ollama, FastAPI, Gemma's template.
const rejections: [status: number, body: unknown, parameter: string, advice: string][] = [
  [
    400,
    error(
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      { param: "max_tokens", code: "unsupported_parameter" },
    ),
    "max_tokens",
    '{ tokenLimit: "max_completion_tokens" }',
  ],
  [
    400,
    error(
      "Unsupported value: 'temperature' does not support 0.7 with this model. Only the default (1) value is supported.",
      { param: "temperature", code: "unsupported_value" },
    ),
    "temperature",
    "leave out { temperature }",
  ],
  [
    400,
    error("max_tokens is too large: 50000. This model supports at most 16384 completion tokens.", {
      param: "max_tokens",
    }),
    "max_tokens",
    "lower { maxTokens }",
  ],
  [
    400,
    error(
      "[{'type': 'extra_forbidden', 'loc': ('body', 'max_completion_tokens'), 'msg': 'Extra inputs are not permitted'}]",
      { type: "BadRequestError" },
    ),
    "max_completion_tokens",
    '{ tokenLimit: "max_tokens" }',
  ],
  [
    400,
    error("Field 'seed': [json.exception.type_error.302] type must be number", { code: 400 }),
    "seed",
    "{ sendSeed: false }",
  ],
  [400, error("Value for seed is out of range of int32"), "seed", "{ seedBits: 31 }"],
  [
    422,
    { detail: [{ type: "extra_forbidden", loc: ["body", "seed"], msg: "Extra inputs are not permitted" }] },
    "seed",
    "{ sendSeed: false }",
  ],
  [
    400,
    error("This response_format type is unavailable now"),
    "response_format",
    '{ schemaMode: "json_object" or "none" }',
  ],
  [400, error("'json_object' is not supported"), "response_format", '{ schemaMode: "none" }'],
  [
    400,
    error("logprobs are not supported with reasoning models.", { param: "logprobs" }),
    "logprobs",
    '{ logProbabilities: "never" }',
  ],
  [400, error("Field 'n': Value must be between 1 <= value <= 4, but got 9"), "n", "{ choices: 1 }"],
  [400, error("System role not supported"), "system", '{ systemRole: "user" }'],
  [
    400,
    error("Developer instruction is not enabled for models/gemma-3-27b-it"),
    "system",
    '{ systemRole: "user" }',
  ],
  [
    400,
    error("Unrecognized request argument supplied: reasoning_effort", { param: "reasoning_effort" }),
    "reasoning_effort",
    "take it out of { parameters }",
  ],
];

for (const [status, body, parameter, advice] of rejections) {
  Deno.test(`httpError(failure) says which option to change: ${JSON.stringify(body).slice(0, 90)}`, () => {
    const read = rejection(status, body);
    assertEquals([read.kind, read.transient, read.parameter], ["bad_request", false, parameter]);
    assertStringIncludes(read.message, advice);
  });
}

Deno.test("httpError(failure) names no option where the endpoint names none", () => {
  for (
    const body of [
      error("The model 'seed-oss' does not exist", { param: "model", code: "model_not_found" }),
      "no",
      {},
      null,
      [],
    ]
  ) {
    const read = rejection(404, body);
    assertEquals([read.kind, read.parameter], ["bad_request", undefined]);
  }
  assertEquals(rejection(400, error("Invalid request")).parameter, undefined);
});

Deno.test("httpError(failure) knows a prompt that is too long for the model, of that call alone", () => {
  const bodies: [number, unknown][] = [
    [
      400,
      error(
        "This model's maximum context length is 4097 tokens. However, your messages resulted in 5000 tokens.",
        { code: "context_length_exceeded", param: "messages" },
      ),
    ],
    [
      400,
      error(
        "This model's maximum context length is 2048 tokens. However, your request has 8 input tokens plus 2045 'max_tokens'. Please reduce one or the other.",
        { param: "input_tokens, max_tokens", code: 400 },
      ),
    ],
    [400, {
      object: "error",
      message: "max_tokens must be at least 1, got -186.",
      type: "BadRequestError",
      code: 400,
    }],
    [400, error("The decoder prompt (length 5000) is longer than the maximum model length of 2048.")],
    [400, error("the request exceeds the available context size. try increasing the context size")],
    [400, { error: "the input length exceeds the context length" }],
    [400, error("prompt is too long: 210000 tokens > 200000 maximum")],
    [400, error("The input token count (1100000) exceeds the maximum number of tokens allowed (1048576).")],
    [500, error("Trying to keep the first 4843 tokens when context the overflows.")],
  ];
  for (const [status, body] of bodies) {
    const read = rejection(status, body);
    assertEquals([read.kind, read.transient], ["context", false], JSON.stringify(body));
  }
  const counted = rejection(
    400,
    error("request (4031 tokens) exceeds the available context size (2048 tokens)", {
      code: 400,
      type: "exceed_context_size_error",
      n_prompt_tokens: 4031,
      n_ctx: 2048,
    }),
  );
  assertStringIncludes(
    counted.message,
    "The prompt (4031 tokens) is longer than model 'm' at https://models.example.org can read (2048 tokens)",
  );
});

Deno.test("httpError(failure) knows a content filter from a refused key", () => {
  const azure = error(
    "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
    { code: "content_filter", innererror: { code: "ResponsibleAIPolicyViolation" } },
  );
  const router = error("Your chosen model requires moderation and your input was flagged for violence", {
    code: 403,
  });
  const bodies: [number, unknown][] = [
    [400, azure],
    [400, error("Bad", { innererror: { code: "ResponsibleAIPolicyViolation" } })],
    [400, error("Input data may contain inappropriate content.", { code: "data_inspection_failed" })],
    [403, router],
  ];
  for (const [status, body] of bodies) assertEquals(rejection(status, body).kind, "filtered");
  assertEquals(rejection(403, error("Your key has no right to this model")).kind, "unauthorized");
});

Deno.test("httpError(failure) reads a hostile body in time that grows with it alone", () => {
  for (
    const part of ["context ", "max_tokens ", "'n'", "input token count ", "exceed a a a a", "<", "seed"]
  ) {
    const { kind } = rejection(400, error(part.repeat(400_000)));
    assertEquals(["bad_request", "context"].includes(kind), true);
  }
});
