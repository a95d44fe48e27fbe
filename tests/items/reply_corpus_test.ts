import { assert, assertEquals } from "@std/assert";
import { parseAnswer } from "@understudy/understudy/items";
import { amountReplies } from "./replies/amounts.ts";
import type { Corpus } from "./replies/corpus.ts";
import { listReplies } from "./replies/lists.ts";
import { numberReplies } from "./replies/numbers.ts";
import { optionReplies } from "./replies/options.ts";
import { orderReplies } from "./replies/orders.ts";
import { scaleReplies } from "./replies/scales.ts";
import { yesNoAndTextReplies } from "./replies/yes_no_and_text.ts";

const corpora: { readonly [name: string]: Corpus } = {
  ...yesNoAndTextReplies,
  ...numberReplies,
  ...scaleReplies,
  ...optionReplies,
  ...listReplies,
  ...orderReplies,
  ...amountReplies,
};

for (const [name, { item, shown, replies }] of Object.entries(corpora)) {
  for (const [raw, expected] of replies) {
    const told = typeof raw === "string" || typeof raw === "number"
      ? JSON.stringify(raw)
      : JSON.stringify([raw]);
    Deno.test(`parseAnswer(${name}, ${told}) is ${typeof expected === "symbol" ? expected.description : JSON.stringify(expected)}`, () => {
      const answer = parseAnswer(item, raw, shown);
      const outcome = answer.status === "answered" ? answer.value : answer.status;
      assertEquals(outcome, typeof expected === "symbol" ? expected.description : expected, answer.reason);
      assertEquals(answer.reason === "", answer.status === "answered");
    });
  }
}

Deno.test("the corpus of replies is not small", () => {
  assert(Object.values(corpora).reduce((sum, corpus) => sum + corpus.replies.length, 0) >= 200);
});
