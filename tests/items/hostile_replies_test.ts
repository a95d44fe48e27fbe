import { assert, assertEquals } from "@std/assert";
import {
  allocation,
  choice,
  likert,
  multipleChoice,
  number,
  parseAnswer,
  parseReply,
  ranking,
  text,
  yesNo,
} from "@understudy/understudy/items";

const options = ["paper", "tv", "newspapers and radio", "none of these"];
const items = [
  likert("a", "?", { points: 7, labels: ["no", "yes"] }),
  choice("c", "?", options),
  multipleChoice("e", "?", options),
  yesNo("g", "?"),
  number("h", "How many dollars?"),
  text("k", "?"),
  ranking("r", "?", options),
  allocation("s", "?", options),
];

function parse(said: string, asked = items) {
  return parseReply(asked, {
    text: said,
    refusal: null,
    finishReason: "stop",
    model: "m",
    promptTokens: null,
    completionTokens: null,
  });
}

// Each was, or could be, slow where a search begins again at every character.
const pieces = [
  ...['"', "'", "*", "*x ", '"x ', ". ", "<think>", "<think></think>", "</thinking>", "```", "```a", "```\n"],
  ...[
    "[",
    "[1]",
    "1",
    "01",
    ",",
    "1,234",
    "yes, ",
    "tv and ",
    "tv > ",
    "tv\n",
    "tv: 1, ",
    " ",
    "\n",
    "-",
    "a",
  ],
  ...[
    "i cannot ",
    "i would really prefer not to ",
    "as an ai ",
    "my answer is ",
    "option ",
    "none of ",
    "\ufdfa",
  ],
  ...['"a":', '{"a":', "5/7 ", "%", "_x_", "five ", '{"a":1}', "{}", "wait ", 'a"', "oh, ", "no, "],
  // Marks of several classes: normalization sorts them.
  ...["\u0301", "\u0345\u0316\u0301", "a\u0316\u0301", "\u1100", "\ufb03", "\u200b"],
];

for (const piece of pieces) {
  Deno.test(`parseReply(${JSON.stringify(piece)} 100,000 characters long) ends`, () => {
    // A search in squares of the length would take minutes.
    const said = piece.repeat(Math.ceil(100_000 / piece.length));
    for (const text of [said, `{"a": 5} ${said}`]) {
      for (const { reason } of parse(text)) assert(reason.length < 500);
    }
    for (const item of items) assert(parseAnswer(item, said.repeat(3)).reason.length < 500);
  });
}

Deno.test("parseReply(a reply longer than any answer) is unparsed", () => {
  const [answer] = parse(`{"a": 5, "k": "${"x".repeat(200_000)}"}`);
  assertEquals([answer?.value, answer?.status], [null, "unparsed"]);
  assertEquals(answer?.reason, "the reply has more than 200000 characters");
});

Deno.test("parseReply(a value, a page of blanks, a word) does not read the value", () => {
  assertEquals(parse(`5${" ".repeat(30_000)}is not my answer`, [items[0]!])[0]?.value, null);
});

Deno.test("parseReply(keys of prototypes) reads what stands in the reply, and nothing else", () => {
  const answers = parse('{"__proto__": {"a": 5, "g": "yes"}, "constructor": {"a": 3}, "c": "tv"}');
  assertEquals(answers.map(({ value }) => value), [null, "tv", null, null, null, null, null, null]);
  assertEquals(({} as { a?: number }).a, undefined);
  const odd = ["__proto__", "constructor", "toString"];
  const asked = odd.slice(1);
  const names = asked.map((name) => allocation(name, "?", odd));
  const said = JSON.stringify(Object.fromEntries(asked.map((name) => [name, { constructor: 100 }])))
    .replaceAll('"constructor":100', '"__proto__":60,"constructor":40');
  for (const { value } of parse(said, names)) {
    assertEquals(Object.entries(value as object), [["__proto__", 60], ["constructor", 40], ["toString", 0]]);
  }
});

Deno.test("parseReply(a number that a double does not hold) is no number", () => {
  for (const digits of ["1e999", "-1e999", "1e-999", "9007199254740993", "1".repeat(5000)]) {
    const [h] = parse(`{"h": ${digits}}`, [items[4]!]);
    assertEquals([h?.value, h?.status], [null, "unparsed"], digits);
    assertEquals(parse(`{"k": ${digits}}`, [items[5]!])[0]?.value, digits);
  }
  for (const rounded of [1e400, -1e400, 12345678901234567890, JSON.parse("9007199254740993")]) {
    assertEquals(parseAnswer(items[4]!, rounded).status, "unparsed");
  }
  assertEquals(parseAnswer(items[4]!, 0.1).value, 0.1);
  assertEquals(parse('{"h": 9007199254740991}', [items[4]!])[0]?.value, 9007199254740991);
});
