import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  choice,
  likert,
  multipleChoice,
  number,
  parseAnswer,
  text,
  yesNo,
} from "@understudy/understudy/items";

const trust = likert("trust", "Do you trust it?", { points: 7, labels: ["not at all", "fully"] });
const news = choice("news", "Where from?", ["paper", "tv", "web"]);
const agree = choice("agree", "Do you agree?", ["agree", "strongly agree", "disagree"], {
  order: "reversed",
});
const media = multipleChoice("media", "Which?", ["paper", "tv", "web"], { minimum: 1, maximum: 2 });
const age = number("age", "How old?", { minimum: 18, maximum: 99, whole: true });
const income = number("income", "Income?");
const voted = yesNo("voted", "Did you vote?");
const why = text("why", "Why?");

const answered = [
  [trust, 5, 5],
  [trust, "5", 5],
  [trust, " 5. ", 5],
  [trust, "5/7", 5],
  [trust, "5 out of 7", 5],
  [trust, "five", 5],
  [trust, "I would say 5.", 5],
  [trust, "Fully", 7],
  [trust, "**not at all**", 1],
  [trust, 5.0, 5],
  [news, "TV", "tv"],
  [news, "tv.", "tv"],
  [news, '"tv"', "tv"],
  [agree, "Strongly agree", "strongly agree"],
  [agree, "I strongly agree with it", "strongly agree"],
  [media, ["web", "paper"], ["paper", "web"]],
  [media, "web, paper", ["paper", "web"]],
  [media, "tv", ["tv"]],
  [age, "42", 42],
  [age, "I am 42 years old", 42],
  [income, "1,200", 1200],
  [income, "$1,200.50", 1200.5],
  [income, "-3", -3],
  [income, "\u22123", -3],
  [voted, "Yes", 1],
  [voted, "no", 0],
  [voted, true, 1],
  [voted, "Yes, I did.", 1],
  [voted, "No, never.", 0],
  [voted, "Yes - twice", 1],
  [why, "Because I can't answer otherwise.", "Because I can't answer otherwise."],
  [why, 7, "7"],
] as const;

for (const [item, raw, value] of answered) {
  Deno.test(`parseAnswer(${item.kind}, ${JSON.stringify(raw)}) is ${JSON.stringify(value)}`, () => {
    assertEquals(parseAnswer(item, raw), { value, status: "answered", detail: "", reason: "" });
  });
}

const unparsed = [
  [trust, 8, "out of range 1 to 7"],
  [trust, 0, "out of range 1 to 7"],
  [trust, -3, "out of range"],
  [trust, "-3", "out of range"],
  [trust, 4.5, "not a whole number"],
  [trust, "4 and 5", "several numbers"],
  [trust, "3-4", "several numbers"],
  [trust, "5/10", "several numbers"],
  [trust, "very much", "names no number"],
  [trust, "", "empty"],
  [trust, "  ", "empty"],
  [trust, null, "null"],
  [trust, undefined, "no answer"],
  [trust, [5], "not a number"],
  [trust, NaN, "not a finite number"],
  [news, "radio", "none of the options"],
  [news, "tv or web", "several options"],
  [news, "not tv", "may exclude it"],
  [news, "I mostly watch TV", "may exclude it"],
  [news, "7", "no place from 1 to 3"],
  [news, { a: 1 }, "not an option"],
  [media, [], "0 options chosen"],
  [media, ["paper", "tv", "web"], "3 options chosen"],
  [media, ["radio"], "none of the options"],
  [age, "17", "below 18"],
  [age, "120", "above 99"],
  [age, "42.5", "not a whole number"],
  [income, "three hundred", "words change or leave open"],
  [income, "twenty-five", "words change or leave open"],
  [income, "5 thousand", "words change or leave open"],
  [income, "1.5m", "words change or leave open"],
  [income, "5k", "words change or leave open"],
  [income, "minus 4", "words change or leave open"],
  [income, "<5", "words change or leave open"],
  [income, "more than 5", "words change or leave open"],
  [income, "3,5", "words change or leave open"],
  [income, "1.200", "may be a fraction or thousands"],
  [trust, "not 5", "words change or leave open"],
  [trust, "less than 3", "words change or leave open"],
  [news, "everything but tv", "may exclude it"],
  [news, "tv rather than anything else", "may exclude it"],
  [voted, "n/a", "neither yes nor no"],
  [voted, "no opinion", "neither yes nor no"],
  [voted, "No idea", "neither yes nor no"],
  [voted, "y/n", "neither yes nor no"],
  [voted, "Yes, I did not", "neither yes nor no"],
  [voted, "maybe", "neither yes nor no"],
  [voted, "yes and no", "neither yes nor no"],
  [why, {}, "not a text"],
] as const;

for (const [item, raw, reason] of unparsed) {
  Deno.test(`parseAnswer(${item.kind}, ${JSON.stringify(raw)}) has no value: ${reason}`, () => {
    const answer = parseAnswer(item, raw);
    assertEquals([answer.value, answer.status], [null, "unparsed"]);
    assertStringIncludes(answer.reason, reason);
  });
}

const refused = [
  "I prefer not to answer.",
  "I'd rather not say",
  "As an AI, I have no opinions.",
  "I cannot answer that",
  "I’m unable to respond to this",
  "I decline to respond",
];

for (const raw of refused) {
  Deno.test(`parseAnswer(choice, ${JSON.stringify(raw)}) is refused`, () => {
    const answer = parseAnswer(news, raw);
    assertEquals([answer.value, answer.status], [null, "refused"]);
    assertStringIncludes(answer.reason, "refused in words");
  });
}

Deno.test("parseAnswer(text) is refused where the text begins by refusing", () => {
  assertEquals(parseAnswer(why, "I'm sorry, but I can't assist with that.").status, "refused");
  assertEquals(parseAnswer(why, "People can't say what they think.").status, "answered");
});

Deno.test("parseAnswer(choice, letter or place) refers to the order shown", () => {
  const shown = ["web", "paper", "tv"];
  for (const raw of ["A", "a.", "(A)", "A. web", "Option A", "1", 1]) {
    assertEquals(parseAnswer(news, raw, shown).value, "web", JSON.stringify(raw));
  }
  assertEquals(parseAnswer(news, "C", shown).value, "tv");
});

Deno.test("parseAnswer(likert, value) keeps its meaning when the scale is shown reversed", () => {
  assertEquals(parseAnswer(trust, "7", ["7", "6", "5", "4", "3", "2", "1"]).value, 7);
});

Deno.test("parseAnswer(choice, option that reads like a refusal) is an answer", () => {
  const item = choice("vote", "How do you vote?", ["A", "B", "prefer not to answer"]);
  assertEquals(parseAnswer(item, "Prefer not to answer").value, "prefer not to answer");
});

Deno.test("parseAnswer(choice, options that are numbers) takes a number as the option, not the place", () => {
  const item = choice("children", "How many?", ["0", "1", "2"]);
  assertEquals(parseAnswer(item, 2, ["2", "1", "0"]).value, "2");
});
