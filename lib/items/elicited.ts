import { type Distribution, distributionOf } from "../core/distribution.ts";
import type { ElicitMode } from "../core/experiment.ts";
import type { Alternative, AnswerValue, Item } from "../core/item.ts";
import { answerMarks, writeMarked } from "../core/marked_answers.ts";
import type { ReplyToken, RespondentReply } from "../core/respondent.ts";
import { stream } from "../core/stream.ts";
import { mostAlternatives, readNumber } from "./number.ts";
import { askPercentages } from "./percentages.ts";
import { declaredOptions, kindOf, type ParsedAnswer, type ReplyAnswer, wholeReply } from "./questionnaire.ts";

/** What a request for log-probabilities asks for: the most that endpoints tell, and an answer with what leads to it. */
export const tokensAsked = { logProbabilities: 20, maxTokens: 8 } as const;

/**
 * Least probability that the options must have in all. Below it a reply that is drawn is nearly always something else,
 * and what is left says more of the form of the question than of the answers.
 */
const leastMass = 0.05;

export interface ElicitedAnswer extends ReplyAnswer {
  /** The probability of each answer, by its value as a text; `null` where it is no probabilities. */
  readonly distribution: Distribution | null;
  /** How much probability they had in all before they were made to sum to 1. */
  readonly optionMass: number | null;
}

/** The answers of which one is given, in the order shown; none where there are more than 20, or several are given. */
export function alternativesOf(
  item: Item,
  shown: readonly string[] = declaredOptions(item),
): readonly Alternative[] {
  const all = kindOf(item).alternatives?.(item, shown) ?? [];
  return all.length > mostAlternatives ? [] : all;
}

/** The question that is put in an item's place where percentages are asked for; the item where it has none. */
export function elicitedItem(item: Item, elicit: ElicitMode, shown?: readonly string[]): Item {
  if (elicit !== "percentages" && elicit !== "shares") return item;
  const alternatives = alternativesOf(item, shown);
  return alternatives.length === 0 ? item : askPercentages(item, alternatives, elicit === "shares");
}

/**
 * Writes a question with a letter before each answer, so that each begins with a token of its own. On a small model
 * letters had .92 of the probability where the points of a scale had .28. The name in brackets tells a simulated world
 * what it is asked, as no schema does.
 */
export function describeMarked(item: Item, shown?: readonly string[]): string {
  return `[${item.name}] ${item.text}\n${writeMarked(alternativesOf(item, shown).map(({ text }) => text))}`;
}

/** What an answer has that is no probabilities. */
export const unelicited = { distribution: null, optionMass: null } as const;

/**
 * Reads an answer out of a reply: as it was given, or as probabilities with one answer drawn from them by the request's
 * key, as a model at temperature 1 would have given it. `given` is what the reply reads as by itself, where the question
 * was not put for log-probabilities.
 */
export function readElicited(
  item: Item,
  elicit: ElicitMode,
  { reply, key, given, shown }: {
    readonly reply: RespondentReply;
    readonly key: string;
    readonly given?: ReplyAnswer | undefined;
    readonly shown?: readonly string[] | undefined;
  },
): ElicitedAnswer {
  const isWeighed = given === undefined || elicit === "percentages" || elicit === "shares";
  const alternatives = isWeighed ? alternativesOf(item, shown) : [];
  if (given !== undefined && (alternatives.length === 0 || given.value === null)) {
    return { ...given, ...unelicited };
  }
  const weights = given === undefined
    ? weighTokens(alternatives, reply.tokens ?? [])
    : alternatives.map(({ answer }) => (given.value as { [answer: string]: number })[answer]! / 100);
  const optionMass = weights.reduce((sum, weight) => sum + weight, 0);
  const values = alternatives.map(({ answer }) => valueOf(item, answer));
  const distribution = optionMass > 0 ? distributionOf(values.map(String), weights) : null;
  const read = { raw: given?.raw ?? reply.refusal ?? reply.text, distribution, optionMass };
  const why = given === undefined ? whyNone(reply, optionMass) : undefined;
  if (why !== undefined) return { ...read, ...why, value: null };
  const value = values[stream(0, "drawn answer", key, item.name).index(weights)]!;
  return { ...read, value, status: "answered", detail: "", reason: "" };
}

function valueOf(item: Item, answer: string): AnswerValue {
  const reading = kindOf(item).read(item, answer, declaredOptions(item));
  return "value" in reading ? reading.value : answer;
}

/** The letter of an answer that was drawn, for the questions after it; what was replied where there is none. */
export function sayDrawn(item: Item, { value, raw }: ElicitedAnswer, shown?: readonly string[]): string {
  const place = alternativesOf(item, shown).findIndex(({ answer }) => valueOf(item, answer) === value);
  return answerMarks[place] ?? raw;
}

function whyNone(reply: RespondentReply, mass: number): Omit<ParsedAnswer, "value"> | undefined {
  const [first] = reply.tokens ?? [];
  const whole = wholeReply(reply);
  if (whole !== undefined || first !== undefined && mass >= leastMass) return whole;
  const begins = first && `${JSON.stringify(first.token)} (${Math.exp(first.logProbability).toFixed(2)})`;
  const why = begins === undefined
    ? "the endpoint gave no log-probabilities"
    : `the answers had ${mass.toPrecision(2)} of the probability, less than ${leastMass}: ` +
      `the reply begins with ${begins}, as of a model that thinks first`;
  const reason = `${why}; elicit "percentages", or an "answer" in replicates`;
  return { status: "unparsed", detail: "", reason };
}

/** What may stand before an answer: white space, quotation marks, "Answer:". */
const lead = /^[\s"'`*_()[\]{}]*(?:answer)?[\s"'`*_()[\]{}:]*$/i;

/**
 * The probability of each answer at the place where the reply begins with one. Of what leads to an answer the way that the
 * reply took is followed: what answers would have had on other ways is not theirs.
 */
function weighTokens(alternatives: readonly Alternative[], tokens: readonly ReplyToken[]): number[] {
  const weights = alternatives.map(() => 0);
  const placeOf = placesOf(alternatives);
  let [carried, said] = [1, ""];
  for (const { token, logProbability, likeliest } of tokens) {
    if (!lead.test(said)) break;
    const isListed = likeliest.some(([other]) => other === token);
    for (const [text, own] of isListed ? likeliest : [...likeliest, [token, logProbability] as const]) {
      const place = placeOf(text);
      if (place !== undefined) weights[place]! += carried * Math.exp(own);
    }
    said += token;
    carried *= Math.exp(logProbability);
  }
  return weights;
}

/**
 * Finds the answer that a token is: its letter; or its text or number, where every answer can be told by one token. Where
 * one may begin another, is a letter or has several words, to count the others by their texts would favour them.
 */
function placesOf(alternatives: readonly Alternative[]): (token: string) => number | undefined {
  const answers = alternatives.map(({ answer }) => answer.toLowerCase());
  const isClear = (word: string) =>
    /^(?:\S{2,}|\d)$/.test(word) && answers.filter((answer) => answer.startsWith(word)).length === 1;
  const byText = answers.every(isClear) ? answers : [];
  return (token) => {
    const text = token.replace(/^[\s"'`*_()[\]{}]+|[\s"'`*_()[\]{}.,:;!]+$/g, "");
    const letter = text.length === 1 ? answerMarks.slice(0, answers.length).indexOf(text) : -1;
    const word = text.toLowerCase();
    return [letter, byText.indexOf(word), byText.indexOf(String(readNumber(word)))].find((at) => at >= 0);
  };
}
