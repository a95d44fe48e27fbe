import { assert } from "@std/assert";
import { RespondentError } from "@understudy/understudy/core";
import { openAiRespondent } from "@understudy/understudy/respondents";
import { askSupport } from "./requests.ts";

const secret = "sk-laboratory-0123456789";
const size = 300_000;
const fill = (piece: string) => piece.repeat(Math.ceil(size / piece.length));
const completion = (content: unknown, changes: object = {}) =>
  JSON.stringify({
    choices: [{ message: { content, ...changes }, finish_reason: "stop" }],
    model: "m",
    usage: { prompt_tokens: 1, completion_tokens: 1 },
  });
const deep = (open: string, close: string) => open.repeat(200_000) + close.repeat(200_000);

// What a search in squares of the length, or one that goes as deep as its text, does not survive.
const texts = [
  ...[
    "<",
    "<think>",
    "</think>",
    "<think></think>",
    "[THINK]",
    '"',
    "'",
    "\\",
    "```",
    "{",
    "[",
    "\u0345\u0316\u0301",
    "\u202e",
  ],
  ...[secret.slice(0, 12), secret.slice(0, -1), "%2525", "\x1b]0;", "<script", "<!--", "&#x0000", " ", "\n"],
].map(fill);
const bodies = [
  ...texts,
  ...texts.map((text) => completion(text)),
  ...texts.map((text) => completion("", { refusal: text })),
  ...texts.map((text) => completion("5", { reasoning_content: text })),
  ...texts.map((text) => JSON.stringify({ error: { message: text, code: text } })),
  ...texts.map((text) => JSON.stringify({ error: text })),
  deep("[", "]"),
  deep('{"a":', "}").replace("}", "1}"),
  `{"error":${deep("[", "]")}}`,
  `{"error":{"message":${deep("[", "]")},"code":${deep("[", "]")}}}`,
  `{"choices":[{"message":{"content":${deep("[", "]")}}}]}`,
  `{"choices":[{"message":{"content":[{"text":${deep("[", "]")}}]}}]}`,
  `{"choices":[{"message":{"content":"5","reasoning":${deep("[", "]")}}}]}`,
  `{"model":${deep("[", "]")},"choices":[{"message":{"content":"5"},"logprobs":{"content":${
    deep("[", "]")
  }}}]}`,
  `{"choices":${deep("[", "]")}}`,
  ...[
    "null",
    "[]",
    "5",
    '"text"',
    "{}",
    '{"choices":{}}',
    '{"choices":[null]}',
    '{"choices":[{"message":[]}]}',
  ],
];

for (const status of [200, 400, 429, 500]) {
  Deno.test(`openAiRespondent(options) survives hostile bodies of status ${status}`, async () => {
    let body = "";
    const server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      () => new Response(body, { status, headers: { "content-type": "application/json" } }),
    );
    const baseURL = `http://127.0.0.1:${server.addr.port}/v1`;
    const respondent = openAiRespondent({ model: "m", baseURL, apiKey: secret });
    for (body of bodies) {
      try {
        const { text } = await respondent.respond(askSupport());
        assert(typeof text === "string" && status === 200);
      } catch (error) {
        const start = body.slice(0, 60);
        assert(error instanceof RespondentError, `${start}: ${error}`);
        assert(error.message.length <= 500 && error.kind !== "unreachable", `${start}: ${error.message}`);
        // deno-lint-ignore no-control-regex
        assert(!/[\0-\x1f\u202e]|sk-laborator/.test(error.message), start);
      }
    }
    await server.shutdown();
  });
}
