import { assertEquals, assertStringIncludes } from "@std/assert";
import type { RespondentReply } from "@understudy/understudy/core";
import { likert, parseReply, yesNo } from "@understudy/understudy/items";

const items = [likert("trust", "Do you trust it?", { points: 7 }), yesNo("voted", "Did you vote?")];

function reply(text: string, rest: Partial<RespondentReply> = {}): RespondentReply {
  return {
    text,
    refusal: null,
    finishReason: "stop",
    model: "m",
    promptTokens: 1,
    completionTokens: 1,
    ...rest,
  };
}

function values(text: string): unknown[] {
  return parseReply(items, reply(text)).map((answer) => answer.value);
}

Deno.test("parseReply(JSON) reads each property", () => {
  assertEquals(values('{"trust": 5, "voted": "yes"}'), [5, 1]);
});

Deno.test("parseReply(code fence) reads what it holds", () => {
  assertEquals(values('```json\n{"trust": 5, "voted": "yes"}\n```'), [5, 1]);
  assertEquals(values('Sure! Here you go:\n```\n{"trust": "5", "voted": true}\n```\nAnything else?'), [5, 1]);
});

Deno.test("parseReply(JSON within prose) reads the object", () => {
  assertEquals(values('My answers: {"trust": 5, "voted": "no"} as asked.'), [5, 0]);
});

Deno.test("parseReply(other case) finds the property", () => {
  assertEquals(values('{"Trust": 5, "VOTED": "no"}'), [5, 0]);
});

Deno.test("parseReply(JSON without a property) says so and keeps the raw text", () => {
  const [, voted] = parseReply(items, reply('{"trust": 5}'));
  assertEquals([voted?.value, voted?.status], [null, "unparsed"]);
  assertStringIncludes(voted!.reason, "no answer to this question");
  assertEquals(voted?.raw, '{"trust": 5}');
});

Deno.test("parseReply(malformed JSON) is unparsed with its raw text", () => {
  for (const answer of parseReply(items, reply('{"trust": 5, "voted": '))) {
    assertEquals([answer.value, answer.status, answer.raw], [null, "unparsed", '{"trust": 5, "voted": ']);
    assertStringIncludes(answer.reason, "not a JSON object");
  }
});

Deno.test("parseReply(cut by length) is truncated", () => {
  const answers = parseReply(items, reply('{"trust": 5, "vo', { finishReason: "length" }));
  assertEquals(answers.map((answer) => answer.status), ["truncated", "truncated"]);
});

Deno.test("parseReply(refusal field) is refused with the model's words", () => {
  const answers = parseReply(items, reply("", { refusal: "I cannot help with that." }));
  assertEquals(answers.map((answer) => answer.status), ["refused", "refused"]);
  assertEquals(answers[0]?.raw, "I cannot help with that.");
});

Deno.test("parseReply(refusal in words) is refused", () => {
  assertEquals(parseReply(items, reply("I'm sorry, but I can't participate in this.")).map((a) => a.status), [
    "refused",
    "refused",
  ]);
});

Deno.test("parseReply(content filter) is refused", () => {
  assertEquals(parseReply(items, reply("", { finishReason: "content_filter" }))[0]?.status, "refused");
});

Deno.test("parseReply(empty) is unparsed", () => {
  assertStringIncludes(parseReply(items, reply(" "))[0]!.reason, "empty");
});

Deno.test("parseReply(plain text) answers a single question", () => {
  assertEquals(parseReply([items[0]!], reply("5"))[0]?.value, 5);
  assertEquals(parseReply([items[0]!], reply("```\n5\n```"))[0]?.value, 5);
});

Deno.test("parseReply(property named like a prototype's) is not found", () => {
  const item = yesNo("constructor", "?");
  assertEquals(parseReply([item], reply("{}"))[0]?.status, "unparsed");
});
