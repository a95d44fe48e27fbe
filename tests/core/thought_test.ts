import { assertEquals } from "@std/assert";
import { splitThought } from "@understudy/understudy/core";

const cases: [claim: string, reply: string, text: string, thought: string | undefined][] = [
  ["a closed thought before the answer", "<think>\nhm\n</think>\n\n4", "4", "hm"],
  ["a thought amid the answer", "I say <think>4? 5?</think> 5", "I say  5", "4? 5?"],
  ["two thoughts", "<think>a</think>b<thinking>c</thinking>d", "bd", "a\nc"],
  ["a thought that is not closed", "4 <think>or 5", "4", "or 5"],
  ["a thought that a template opened", "4 or 5</think>\n6", "6", "4 or 5"],
  ["a thought that names its own tag", "<think>a <think> b</think>c</think>4", "4", "a <think> b\nc"],
  ["a thought in brackets", "[THINK]hm[/THINK]4", "4", "hm"],
  ["an empty thought", "<think>\n\n</think>\n\n4", "4", undefined],
  ["no thought", " 4\n", " 4\n", undefined],
  ["a JSON answer that names the tag", '{"why": "<think>"}', '{"why": "<think>"}', undefined],
];

for (const [claim, reply, text, thought] of cases) {
  Deno.test(`splitThought(reply) parts ${claim}`, () => assertEquals(splitThought(reply), { text, thought }));
}

Deno.test("splitThought(reply) takes time that grows with the reply alone, and loses no character of 3 MB", () => {
  for (const part of ["<think>", "</think>", "<think>a</think>", "<", "{[<think>", "<thinking"]) {
    const reply = part.repeat(Math.ceil(3_000_000 / part.length));
    const { text, thought } = splitThought(reply);
    assertEquals(text.length + (thought?.length ?? 0) <= reply.length, true);
  }
});
