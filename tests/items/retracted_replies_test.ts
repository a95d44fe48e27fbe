import { assertEquals } from "@std/assert";
import { likert, parseReply, text } from "@understudy/understudy/items";

const items = [likert("support", "?", { points: 7 }), text("why", "?")];

function parse(said: string) {
  const [answer] = parseReply(items, {
    text: said,
    refusal: null,
    finishReason: "stop",
    model: "m",
    promptTokens: null,
    completionTokens: null,
  });
  return [answer!.status, answer!.detail, answer!.value];
}

const takenBack = [
  "Actually, I would change that to 2.",
  "Actually, I'd say 2.",
  "Actually, no.",
  "Actually, make it a 3.",
  "actually the answer is 2",
  "Wait, no.",
  "Hmm, wait. I am not sure.",
  "Wait - that should be 2.",
  "No, wait, 4.",
  "Oops, I meant 3.",
  "Correction: support is 2.",
  "Correction: 2",
  "Scratch that; 2.",
  "On second thought, 2.",
  "On reflection I would go lower.",
  "Sorry, I meant 4.",
  "Sorry, that should be 4.",
  "I would like to change my answer to 2.",
  "I want to revise this to 3",
  "Let me correct that.",
  "Let me reconsider my answer.",
  "I changed my mind.",
  "I take that back.",
  "I misread the question.",
  "I made a mistake above.",
  'The "support" should be 2 instead.',
  "It should have been 2.",
  "Please ignore the above.",
  "Disregard my previous answer.",
  "My revised answer is 2",
  "The correct answer is 3.",
  "Or maybe 3.",
  "Make that a 2 instead.",
  "No: 2.",
  "I explained it all\nWait, I got it wrong",
];

for (const words of takenBack) {
  Deno.test(`parseReply(an answer, then ${JSON.stringify(words)}) is unparsed as retracted`, () => {
    for (
      const form of [`{"support": 5, "why": "x"}\n${words}`, `\`\`\`json\n{"support": 5}\n\`\`\`\n${words}`]
    ) {
      assertEquals(parse(form), ["unparsed", "retracted", null], form);
    }
  });
}

const standing = [
  "I chose this because I actually know soldiers.",
  "Actually living near the border, I see it every day.",
  "I would not change my answer if asked again.",
  "I wouldn't change that.",
  "There is no need to correct it.",
  "Taxes should be lower, and it should be easier to vote.",
  "Waiting for peace is not enough; people wait for help.",
  "The government should change its course and correct this injustice.",
  "This answer reflects my view that we should not ignore the threat.",
  "I hope this helps!",
  "Let me know if you need anything else.",
  "Note: the number is on a scale from 1 to 7.",
  "My answer is based on my values as a correctional officer.",
  "No corrections needed.",
  "Taxes should be 20% lower, not higher.",
  "5 means that I rather agree.",
];

for (const words of standing) {
  Deno.test(`parseReply(an answer, then ${JSON.stringify(words)}) is the answer`, () => {
    assertEquals(parse(`{"support": 5, "why": "x"}\n${words}`), ["answered", "", 5]);
    assertEquals(parse(`${words}\n{"support": 5, "why": "x"}`), ["answered", "", 5]);
  });
}

Deno.test("parseReply(words that take back, within an answer or before it) is the answer", () => {
  assertEquals(parse('{"support": 5, "why": "Wait, no. Correction: I changed my mind."}'), [
    "answered",
    "",
    5,
  ]);
  assertEquals(parse('Actually, I would change that to {"support": 5, "why": "x"}'), ["answered", "", 5]);
});
