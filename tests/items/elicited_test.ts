import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import type { Item, RespondentReply } from "@understudy/understudy/core";
import {
  choice,
  describeItem,
  likert,
  multipleChoice,
  number,
  parseReply,
  ranking,
  text,
  yesNo,
} from "@understudy/understudy/items";
import {
  alternativesOf,
  describeMarked,
  elicitedItem,
  readElicited,
  sayDrawn,
} from "../../lib/items/elicited.ts";

const support = likert("support", "Support it?", { points: 5, labels: ["against", "for"] });
const warmth = likert("warmth", "How warm?", { points: 11, from: 0 });
const news = choice("news", "Where do you get your news?", ["paper", "tv", "the web"]);

type Top = readonly (readonly [token: string, probability: number])[];

/** A reply whose tokens, each drawn first of its likeliest, have these probabilities. */
function replyOf(places: readonly Top[], change: Partial<RespondentReply> = {}): RespondentReply {
  const tokens = places.map((top) => ({
    token: top[0]![0],
    logProbability: Math.log(top[0]![1]),
    likeliest: top.map(([token, probability]) => [token, Math.log(probability)] as const),
  }));
  const text = tokens.map(({ token }) => token).join("");
  return {
    text,
    refusal: null,
    finishReason: "length",
    model: "m",
    promptTokens: 1,
    completionTokens: 1,
    tokens,
    ...change,
  };
}

function read(item: Item, reply: RespondentReply, shown?: readonly string[], key = "k") {
  return readElicited(item, "log-probabilities", { reply, key, shown });
}

Deno.test("alternativesOf() are those of questions of which one answer is given, at most 20", () => {
  const counts = [
    support,
    news,
    yesNo("voted", "Did you?"),
    number("children", "How many?", { minimum: 0, maximum: 9, whole: true }),
    number("share", "How much?", { minimum: 0, maximum: 9 }),
    number("age", "How old?", { minimum: 18, whole: true }),
    number("far", "How far?", { minimum: 0, maximum: 1e12, whole: true }),
    likert("thermometer", "How warm?", { points: 101, from: 0 }),
    multipleChoice("media", "Which?", ["paper", "tv"]),
    ranking("ranks", "Which first?", ["paper", "tv"]),
    text("why", "Why?"),
  ].map((item) => alternativesOf(item).length);
  assertEquals(counts, [5, 3, 2, 10, 0, 0, 0, 0, 0, 0, 0]);
});

Deno.test("describeMarked() puts a letter before each answer as it is shown, and leaves out I", () => {
  assertEquals(
    describeMarked(support, ["5", "4", "3", "2", "1"]),
    "[support] Support it?\nA. 5 (for)\nB. 4\nC. 3\nD. 2\nE. 1 (against)\nAnswer with one letter.",
  );
  assertStringIncludes(describeMarked(warmth), "H. 7\nJ. 8\nK. 9\nL. 10\n");
});

Deno.test("readElicited() sums the tokens of an answer and makes the answers sum to 1", () => {
  const reply = replyOf([[["B", 0.4], [" B", 0.1], ["A", 0.15], ["A.", 0.05], ["C)", 0.1], ["The", 0.1], [
    "b",
    0.05,
  ]]]);
  const { distribution, optionMass, status, value, raw } = read(news, reply, ["tv", "paper", "the web"]);
  assertAlmostEquals(optionMass!, 0.8, 1e-12);
  assertAlmostEquals(distribution!.paper!, 0.5 / 0.8, 1e-12);
  assertAlmostEquals(distribution!.tv!, 0.2 / 0.8, 1e-12);
  assertAlmostEquals(distribution!["the web"]!, 0.1 / 0.8, 1e-12);
  assert(Object.isFrozen(distribution));
  assertEquals([status, raw, Object.keys(distribution!).includes(value as string)], ["answered", "B", true]);
});

Deno.test("readElicited() takes an answer's own text too, where each answer can be told by one token", () => {
  const trust = likert("trust", "Trust it?", { points: 7 });
  const seven = read(trust, replyOf([[["A", 0.3], ["7", 0.2], ["1", 0.1], ["seven", 0.1], ["8", 0.1]]]));
  assertAlmostEquals(seven.optionMass!, 0.7, 1e-12);
  assertAlmostEquals(seven.distribution!["7"]!, 0.3 / 0.7, 1e-12);
  // Where 1 may begin 10, agree end "strongly agree" or b be a letter, the texts of the others would be favoured.
  const eleven = read(warmth, replyOf([[["1", 0.4], ["A", 0.3], ["7", 0.2]]]));
  assertEquals([eleven.optionMass, eleven.distribution!["0"], eleven.distribution!["7"]], [0.3, 1, 0]);
  const fixed = { order: "fixed" } as const;
  const words = choice("words", "Which?", ["agree", "strongly agree", "disagree"], fixed);
  assertEquals(
    read(words, replyOf([[["strongly", 0.6], ["agree", 0.3], ["C", 0.1]]])).distribution!.disagree,
    1,
  );
  const vitamins = choice("vitamin", "Which?", ["b", "a", "yes"], fixed);
  assertEquals(read(vitamins, replyOf([[["A", 0.5], ["b", 0.3], ["Yes", 0.1]]])).distribution!.b, 1);
});

Deno.test("readElicited() follows what leads to an answer, and stops at the answer or at anything else", () => {
  const lead: Top = [['"', 0.5], ["A", 0.3]];
  const both = read(support, replyOf([lead, [["B", 0.8], ["C", 0.1]], [["A", 0.9]]]));
  assertAlmostEquals(both.optionMass!, 0.3 + 0.5 * 0.9, 1e-12);
  assertAlmostEquals(both.distribution!["1"]!, 0.3 / 0.75, 1e-12);
  for (const words of [["Answer", ":", " **"], ["\n\n", " ("]]) {
    const places = words.map((word): Top => [[word, 1]]);
    assertEquals(read(support, replyOf([...places, [["C", 1]], [["A", 1]]])).value, 3, words.join(""));
  }
  for (const words of [["The", " "], ["Answer", " this"], ["I", " would"], ["<think>", "\n"]]) {
    const places = words.map((word): Top => [[word, 1]]);
    const { status, reason, optionMass } = read(support, replyOf([...places, [["C", 1]]]));
    assertEquals([status, optionMass], ["unparsed", 0]);
    assertStringIncludes(reason, `the reply begins with ${JSON.stringify(words[0])} (1.00)`);
  }
});

Deno.test("readElicited() draws by the request's key, as often as the probabilities say", () => {
  const reply = replyOf([[["A", 0.7], ["C", 0.1]]]);
  const draws = Array.from({ length: 2000 }, (_, i) => read(support, reply, undefined, `k${i}`).value);
  assertEquals(read(support, reply, undefined, "k7").value, draws[7]);
  const ones = draws.filter((value) => value === 1).length / 2000;
  assert(Math.abs(ones - 0.875) < 4 * Math.sqrt(0.875 * 0.125 / 2000), String(ones));
  assertEquals(new Set(draws), new Set([1, 3]));
});

Deno.test("readElicited() says why there is no answer, and keeps what probabilities there are", () => {
  const silent = read(support, { ...replyOf([[["B", 1]]]), tokens: undefined } as unknown as RespondentReply);
  assertEquals([silent.status, silent.value, silent.distribution], ["unparsed", null, null]);
  assertStringIncludes(silent.reason, 'the endpoint gave no log-probabilities; elicit "percentages"');
  const few = read(support, replyOf([[["Well", 0.9], ["B", 0.04]]]));
  assertEquals([few.status, few.value], ["unparsed", null]);
  assertEquals(few.distribution!["2"], 1);
  assertAlmostEquals(few.optionMass!, 0.04, 1e-12);
  const thinking = { text: "", thought: "Hm. Let me", tokens: [] };
  const cut = read(support, replyOf([[["x", 1]]], thinking));
  assertEquals([cut.status, cut.detail], ["truncated", "thought"]);
  assertEquals(read(support, replyOf([[["A", 1]]], { refusal: "No." })).status, "refused");
});

Deno.test("sayDrawn() is the letter of the value, whatever was replied", () => {
  const shown = ["tv", "paper", "the web"];
  const answer = read(news, replyOf([[["B", 1]]]), shown);
  assertEquals([answer.value, sayDrawn(news, answer, shown)], ["paper", "B"]);
  assertEquals(sayDrawn(news, { ...answer, value: null, raw: "Well" }, shown), "Well");
});

Deno.test("percentages are read as one whole, with what they miss it by in option_mass", () => {
  const put = elicitedItem(support, "percentages");
  assertStringIncludes(describeItem(put), "- 1 (against)\n- 2\n");
  const answer = (said: string) => {
    const reply = replyOf([], { text: said, finishReason: "stop" });
    const [given] = parseReply([put], reply);
    return readElicited(support, "percentages", { reply, key: "k", given });
  };
  const whole = answer('{"support": {"1": 10, "2": "20%", "3": 40, "4": 30, "5": 0}}');
  assertEquals(whole.distribution, { 1: 0.1, 2: 0.2, 3: 0.4, 4: 0.3, 5: 0 });
  assertEquals([whole.status, whole.optionMass], ["answered", 1]);
  const over = answer('{"1": 11, "2": 22, "3": 33, "4": 33, "5": 5}');
  assertAlmostEquals(over.optionMass!, 1.04, 1e-12);
  assertAlmostEquals(over.distribution!["3"]!, 33 / 104, 1e-12);
  const short = answer('{"1": 50, "2": 40}');
  assertEquals([short.status, short.reason], ["unparsed", "the amounts add up to 90, not to 100"]);
  assertEquals([short.distribution, short.optionMass], [null, null]);
  assertEquals(answer('{"support": 4}').status, "unparsed");
  assertEquals(answer("I cannot answer that.").status, "refused");
});

Deno.test("an answer that is asked for as such is no distribution", () => {
  const reply = replyOf([], { text: '{"support": 4}', finishReason: "stop" });
  const [given] = parseReply([support], reply);
  const answer = readElicited(support, "answer", { reply, key: "k", given });
  assertEquals([answer.value, answer.distribution, answer.optionMass], [4, null, null]);
});
