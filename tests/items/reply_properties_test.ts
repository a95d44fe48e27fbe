import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { RespondentReply } from "@understudy/understudy/core";
import {
  allocation,
  type AllocationItem,
  choice,
  type ChoiceItem,
  likert,
  type LikertItem,
  multipleChoice,
  type MultipleChoiceItem,
  number,
  type NumberItem,
  parseAnswer,
  parseReply,
  ranking,
  type RankingItem,
  text,
  type TextItem,
  yesNo,
  type YesNoItem,
} from "@understudy/understudy/items";

const settings = { seed: 1, numRuns: 1500 };
const options = ["paper", "tv", "newspapers and radio", "none of these", "two or more"];
type Item =
  | LikertItem
  | ChoiceItem
  | MultipleChoiceItem
  | YesNoItem
  | NumberItem
  | TextItem
  | RankingItem
  | AllocationItem;
const items: readonly Item[] = [
  likert("a", "?", { points: 5, labels: ["very bad", "bad", "so-so", "good", "very good"] }),
  likert("b", "?", { points: 2 }),
  choice("c", "?", options),
  choice("d", "?", ["support", "oppose"]),
  multipleChoice("e", "?", options, { minimum: 1, maximum: 3 }),
  multipleChoice("f", "?", ["tv", "web"]),
  yesNo("g", "?"),
  number("h", "How many hours?", { minimum: 0, maximum: 24 }),
  number("i", "How old are you?", { minimum: 18, whole: true }),
  number("j", "?"),
  text("k", "?"),
  likert("l", "?", { points: 11, from: 0, labels: ["bad", "good"] }),
  likert("m", "?", { points: 7, from: -3 }),
  ranking("n", "?", options),
  ranking("o", "?", ["paper", "tv", "web"], { first: 2 }),
  allocation("p", "?", ["paper", "tv", "web"]),
  allocation("q", "?", options, { total: 1, whole: false }),
];

const pieces = [
  ...[
    "paper",
    "tv",
    "newspapers and radio",
    "none",
    "none of these",
    "support",
    "oppose",
    "bad",
    "very good",
  ],
  ...[
    "yes",
    "no",
    "not",
    "I",
    "I'd say",
    "my answer is",
    "answer:",
    "option",
    "and",
    "or",
    "but",
    "can't",
    "of",
  ],
  ...[
    "a",
    "B",
    "c.",
    "(d)",
    "1",
    "2",
    "5",
    "18",
    "3.5",
    "1,200",
    "1.200",
    "-",
    "/",
    ",",
    ".",
    "\n",
    "**",
    '"',
    "'",
  ],
  ...[
    "[",
    "]",
    "{",
    "}",
    ":",
    "hours",
    "years old",
    "$",
    "%",
    "five",
    "²",
    "½",
    "５",
    "\u200b",
    "prefer not to say",
  ],
];
const phrase = fc.array(fc.constantFrom(...pieces), { maxLength: 6 }).chain((words) =>
  fc.constantFrom(words.join(" "), words.join(""))
);
const anything = fc.oneof(
  phrase,
  fc.string({ unit: "grapheme" }),
  fc.array(phrase, { maxLength: 3 }),
  fc.jsonValue(),
  fc.constantFrom<unknown>(undefined, NaN, Infinity, -0, Symbol("x"), 1n, Object.create(null)),
);

function isLegal(item: Item, value: unknown): boolean {
  switch (item.kind) {
    case "likert":
      return Number.isInteger(value) && !Object.is(value, -0) && Number(value) >= (item.from ?? 1) &&
        Number(value) < (item.from ?? 1) + item.points;
    case "choice":
      return item.options.includes(value as string);
    case "multipleChoice":
      return Array.isArray(value) && value.every((one) => item.options.includes(one)) &&
        new Set(value).size === value.length && value.length >= item.minimum && value.length <= item.maximum;
    case "yesNo":
      return Object.is(value, 0) || Object.is(value, 1);
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0) && (!item.whole || Number.isInteger(value)) &&
        Number(value) >= (item.minimum ?? -Infinity) && Number(value) <= (item.maximum ?? Infinity);
    case "text":
      return typeof value === "string";
    case "ranking":
      return Array.isArray(value) && value.length === item.first && new Set(value).size === item.first &&
        value.every((one) => item.options.includes(one));
    case "allocation": {
      const amounts = item.options.map((option) => (value as { [option: string]: number })[option]!);
      const sum = amounts.reduce((all, amount) => all + amount, 0);
      return Object.keys(value as object).length === item.options.length &&
        amounts.every((amount) => amount >= 0 && (!item.whole || Number.isInteger(amount))) &&
        Math.abs(sum - item.total) <= (item.whole ? 0 : 0.0011 * item.total);
    }
  }
}

Deno.test("parseAnswer(anything) never throws, and what it answers is a legal value", () => {
  fc.assert(
    fc.property(fc.constantFrom(...items), anything, (item, raw) => {
      const answer = parseAnswer(item, raw);
      if (answer.status === "answered") {
        assert(isLegal(item, answer.value), `${String(answer.value)} for ${item.name}`);
        assertEquals(answer.reason, "");
      } else {
        assertEquals(answer.value, null);
        assert(answer.reason !== "");
      }
    }),
    { ...settings, numRuns: 5000 },
  );
});

Deno.test("parseReply(anything) never throws and has one answer for each item", () => {
  const reply = (said: string): RespondentReply => ({
    text: said,
    refusal: null,
    finishReason: "stop",
    model: "m",
    promptTokens: null,
    completionTokens: null,
  });
  const object = fc.dictionary(
    fc.constantFrom("a", "A", "c", "e", "g", "k", "answers", "__proto__"),
    anything,
  );
  const said = fc.oneof(
    phrase,
    object.map((value) => JSON.stringify(value, (_, one) => typeof one === "bigint" ? String(one) : one)),
    fc.array(
      fc.constantFrom("```", "```json\n", '{"a":', "4", "}", ",", "'g':", "<think>", "</think>", "[", " "),
    )
      .map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(said, fc.integer({ min: 1, max: items.length }), (words, count) => {
      const asked = items.slice(0, count);
      const answers = parseReply(asked, reply(words));
      assertEquals(answers.length, count);
      answers.forEach((answer, i) => {
        assert(answer.status === "answered" ? isLegal(asked[i]!, answer.value) : answer.value === null);
        assertEquals(typeof answer.raw, "string");
      });
    }),
    settings,
  );
});
