import { assertEquals } from "@std/assert";
import type { RespondentReply } from "@understudy/understudy/core";
import { likert, parseReply } from "@understudy/understudy/items";

const items = [likert("support", "?", { points: 7 })];

function parse(text: string, changes: Partial<RespondentReply> = {}) {
  const nothing = {
    refusal: null,
    finishReason: "stop" as const,
    model: "m",
    promptTokens: null,
    completionTokens: null,
  };
  const [answer] = parseReply(items, { ...nothing, text, ...changes });
  return [answer!.status, answer!.detail, answer!.value];
}

const nothing: [string, string, null] = ["empty", "thought", null];

Deno.test("parseReply(thought in the text) never reads the thought", () => {
  for (const tag of ["think", "thinking", "thought", "reasoning"]) {
    const thought = `<${tag}>{"support": 2}. The answer is 2.</${tag}>`;
    assertEquals(parse(`${thought}5`), ["answered", "", 5]);
    assertEquals(parse(`${thought}\n{"support": 5}`), ["answered", "", 5]);
    assertEquals(parse(`{"support": 5}\n${thought}`), ["answered", "", 5]);
    assertEquals(parse(thought), nothing);
    assertEquals(parse(`<${tag}>{"support": 2}`), nothing);
    assertEquals(parse(`I lean to 2.</${tag}> 5`), ["answered", "", 5]);
    assertEquals(parse(`<${tag}>Wait, no: 2</${tag}>{"support": 5}`), ["answered", "", 5]);
  }
});

Deno.test("parseReply(cut at the token limit) tells thought from answer", () => {
  const cut = { finishReason: "length" as const };
  assertEquals(parse('<think>{"support": 2}', cut), ["truncated", "thought", null]);
  assertEquals(parse('<think>2</think>{"supp', cut), ["truncated", "answer", null]);
  assertEquals(parse('<think>2</think>{"support": 5}', cut), ["answered", "", 5]);
  assertEquals(parse("", { ...cut, thought: "2" }), ["truncated", "thought", null]);
  assertEquals(parse("", { thought: '{"support": 2}' }), nothing);
  assertEquals(parse("<think></think>"), ["empty", "", null]);
});
