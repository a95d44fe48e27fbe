import { assertEquals, assertStringIncludes } from "@std/assert";
import type { RespondentReply } from "@understudy/understudy/core";
import {
  allocation,
  choice,
  likert,
  multipleChoice,
  parseReply,
  ranking,
  text,
  yesNo,
} from "@understudy/understudy/items";

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

function values(said: string): unknown[] {
  return parseReply(items, reply(said)).map((answer) => answer.value);
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

Deno.test("parseReply(two code fences) reads the last: the first is a draft", () => {
  const draft = '```json\n{"trust": 2, "voted": "no"}\n```';
  assertEquals(values(`${draft}\nOn reflection:\n\`\`\`json\n{"trust": 5, "voted": "yes"}\n\`\`\``), [5, 1]);
  assertEquals(values(`${draft}\nOn reflection:\n\`\`\`json\n{"trust": 5, "vot\n\`\`\``), [null, null]);
  assertEquals(values(`${draft}\nOr rather {"trust": 5, "voted": "yes"}`), [null, null]);
});

Deno.test("parseReply(cut by length) does not read a draft before the cut", () => {
  const cut = (text: string) =>
    parseReply(items, reply(text, { finishReason: "length" })).map((a) => a.status);
  const object = '{"trust": 2, "voted": "no"}';
  assertEquals(cut(`Draft: ${object} But now`), ["truncated", "truncated"]);
  assertEquals(cut(`\`\`\`\n${object}\n\`\`\`\n\`\`\`json\n{"tru`), ["truncated", "truncated"]);
  assertEquals(cut(object), ["answered", "answered"]);
  assertEquals(parseReply([items[0]!], reply("5", { finishReason: "length" }))[0]?.status, "truncated");
});

Deno.test("parseReply(thoughts) drops them before reading", () => {
  const object = '{"trust": 5, "voted": "yes"}';
  assertEquals(values(`<think>{"trust": 1, "voted": "no"}</think>${object}`), [5, 1]);
  assertEquals(values(`Maybe {"trust": 1}.</think>\n${object}`), [5, 1]);
  assertEquals(values(`<thinking>\`\`\`\n{"trust": 1}\n\`\`\`</thinking> ${object}`), [5, 1]);
  assertEquals(values(`<think>${object}`), [null, null]);
  assertEquals(parseReply([items[0]!], reply("<think>4? no</think>5"))[0]?.value, 5);
  const why = parseReply([text("why", "?")], reply('{"why": "He said <think> twice"}'));
  assertEquals(why[0]?.value, "He said <think> twice");
});

Deno.test("parseReply(JSON with slips) reads it where only one meaning is possible", () => {
  assertEquals(values('{"trust": 5, "voted": "yes",}'), [5, 1]);
  assertEquals(values("{'trust': 5, 'voted': 'yes'}"), [5, 1]);
  assertEquals(values("{'trust': 5, 'voted': True}"), [5, 1]);
  assertEquals(values('{"trust": "5\n", "voted": "yes"}'), [5, 1]);
  for (
    const broken of [
      "{trust: 5, voted: yes}",
      '{"trust": 5 "voted": "yes"}',
      "{'trust': 5, 'voted': 'yes, I don't know'}",
      '{"trust": 5, , "voted": "yes"}',
      '{"trust": 5; "voted": "yes"}',
      '{"trust": 1,200, "voted": "yes"}',
      '{"trust": 5, "voted": "yes"',
      '{"trust": 5} {"voted": "yes"}',
      '[{"trust": 5}, {"voted": "yes"}]',
      '[{"item": "trust", "value": 5}, {"item": "voted", "value": "yes"}]',
      '"trust": 5, "voted": "yes"',
      `{"trust": ${"[".repeat(100_000)}`,
    ]
  ) {
    assertEquals(values(broken), [null, null], broken.slice(0, 80));
  }
});

Deno.test("parseReply(wrapped object) reads what it wraps", () => {
  assertEquals(values('{"answers": {"trust": 5, "voted": "yes"}}'), [5, 1]);
  assertEquals(values('{"reasoning": "…", "response": {"answers": {"Trust": 5, "voted": "yes"}}}'), [5, 1]);
  assertEquals(values('{"trust": 5, "answers": {"trust": 5, "voted": "yes"}}'), [5, 1]);
  assertEquals(values('{"trust": 3, "answers": {"trust": 5, "voted": "yes"}}'), [null, 1]);
  assertEquals(values('{"draft": {"trust": 3, "voted": "no"}}'), [null, null]);
});

Deno.test("parseReply(an answer given twice) has no value unless both are the same", () => {
  assertEquals(values('{"trust": 5, "trust": 3, "voted": "yes"}'), [null, 1]);
  assertEquals(values('{"trust": 5, "trust": 5, "voted": "yes"}'), [5, 1]);
  assertEquals(values('{"trust": 5, "Trust": 3, "voted": "yes"}'), [null, 1]);
  assertEquals(values('{"trust": 5, "trust": 3, "trust": 3, "voted": "yes"}'), [null, 1]);
  const [trust] = parseReply(items, reply('{"trust": 5, "trust": 3}'));
  assertStringIncludes(trust!.reason, "several times");
  assertEquals(trust!.raw, '{"trust": 5, "trust": 3}');
});

Deno.test("parseReply(items whose names differ by case) reads each by its own name", () => {
  const both = [likert("A", "?", { points: 7 }), likert("a", "?", { points: 7 })];
  assertEquals(parseReply(both, reply('{"a": 1, "A": 2}')).map((answer) => answer.value), [2, 1]);
  assertEquals(
    parseReply([items[0]!, text("news_source", "?")], reply('{"trust": 1, "News source": "tv"}'))[1]?.value,
    "tv",
  );
});

Deno.test("parseReply(an object beside words that decline) has no value", () => {
  const [answer] = parseReply(items, reply('I cannot answer that. An example: {"trust": 5, "voted": "yes"}'));
  assertEquals([answer?.value, answer?.status], [null, "unparsed"]);
  assertStringIncludes(answer!.reason, "both declines and answers");
  assertEquals(values('I do not know. For example: {"trust": 5, "voted": "yes"}'), [null, null]);
});

Deno.test("parseReply(plain list) answers a single multiple choice", () => {
  const item = multipleChoice("media", "?", ["paper", "tv", "web"]);
  assertEquals(parseReply([item], reply('["tv", "web"]'))[0]?.value, ["tv", "web"]);
  assertEquals(parseReply([item], reply("- tv\n- web"))[0]?.value, ["tv", "web"]);
  assertEquals(parseReply([items[0]!], reply("[5]"))[0]?.value, null);
});

Deno.test("parseReply(names as the prompt writes them) finds each property", () => {
  assertEquals(values('{"[trust]": 5, "[Voted]": "yes"}'), [5, 1]);
  assertEquals(values('{"1. [trust]": 5, "2. voted": "yes"}'), [5, 1]);
  assertEquals(values('{"[trust]": 5, "trust": 4, "voted": "yes"}'), [null, 1]);
});

Deno.test("parseReply(a list of one) answers a single choice", () => {
  const news = choice("news", "Where from?", ["paper", "tv", "web"]);
  const of = (said: string) => parseReply([news], reply(said))[0]?.value;
  assertEquals(of('["tv"]'), "tv");
  assertEquals(of('{"news": ["tv"]}'), "tv");
  assertEquals(of('{"news": ["tv", "web"]}'), null);
  assertEquals(of('[["tv"]]'), null);
});

Deno.test("parseReply(plain object) answers a single allocation, by its name or without", () => {
  const budget = allocation("budget", "Share out 100.", ["schools", "roads"]);
  const amounts = { schools: 60, roads: 40 };
  for (const said of ['{"schools": 60, "roads": 40}', '{"budget": {"schools": 60, "roads": 40}}']) {
    assertEquals(parseReply([budget], reply(said))[0]?.value, amounts);
  }
  assertEquals(parseReply([budget, items[0]!], reply('{"schools": 60, "roads": 40}'))[0]?.value, null);
  assertEquals(parseReply([budget], reply("schools: 60, roads: 40"))[0]?.value, amounts);
});

Deno.test("parseReply(plain text) answers a single ranking", () => {
  const item = ranking("media", "?", ["paper", "tv", "web"]);
  assertEquals(parseReply([item], reply("1. web\n2. tv\n3. paper"))[0]?.value, ["web", "tv", "paper"]);
  assertEquals(parseReply([item], reply('["web", "tv", "paper"]'))[0]?.value, ["web", "tv", "paper"]);
});

Deno.test("parseReply(plain text around a fence) is read as a whole", () => {
  const of = (said: string) => parseReply([items[0]!], reply(said))[0]?.value;
  assertEquals(of("My answer:\n```\n5\n```"), 5);
  assertEquals(of("Never\n```\n5\n```"), null);
  assertEquals(of("```\n5\n```\n```\n6\n```"), null);
  const why = parseReply([text("why", "?")], reply("I ran this:\n```\nls\n```\nand saw it."));
  assertEquals(why[0]?.value, "I ran this:\n\nls\nand saw it.");
});
