import { checkWhole } from "../core/checks.ts";
import { canonicalHash, type Json } from "../core/hash.ts";
import { answerMarks, readMarked } from "../core/marked_answers.ts";
import type { RespondentReply, RespondentRequest } from "../core/respondent.ts";
import { type RandomStream, stream } from "../core/stream.ts";
import { sum } from "../stats/moments.ts";
import { answerDistribution, type AskedAt, contextOf } from "./answer_distribution.ts";
import { drawPlaces, formOf, writeAnswer } from "./answer_forms.ts";
import type { World } from "./declaration.ts";
import { itemOf, possibleAnswers, predictorsOf, spellAnswer } from "./item_kinds.ts";
import { failures, imagine, imaginedPeople, rememberings } from "./people.ts";
import { isMoved, sumCoefficients } from "./predictor.ts";
import { type AskedItem, itemsAsked, type PromptReading, readPrompt } from "./read_prompt.ts";
import { sentenceOf } from "./talk.ts";

/**
 * Answers a chat request as one who learnt from a world: what the text states is fixed, what it leaves open is drawn
 * once for the request given the stimuli it shows, and all answers are drawn for that person, with all that the
 * world's behaviour adds. A ranking is drawn among the options that are left, rank after rank; an allocation part by
 * part. A request without a schema that asks nothing is a turn to speak, where the world says something.
 */
export function answerAsWorld(world: World, request: RespondentRequest): RespondentReply {
  const elicited = elicitedReply(world, request);
  if (elicited !== undefined) return reply(world, request, elicited);
  const reading = readPrompt(world, request.messages);
  const random = drawsOf(world, request);
  const questions = itemsAsked(world, request, reading);
  const speaks = questions.length === 0;
  const asked = speaks ? itemsSaid(world, random("order")) : questions;
  if (request.logProbabilities !== undefined && request.schema === undefined) {
    return tokenReply(world, request, [reading, asked], random("token"));
  }
  const person = drawPerson(world, reading, random);
  const { refused, unparsed, silent } = failures(world, person.levels, reading.stimuli);
  if (refused > 0 && random("refusal").uniform() < refused) return reply(world, request, "", refusal);
  if (unparsed > 0 && random("format").uniform() < unparsed) return reply(world, request, prose);
  if (speaks && silent > 0 && random("silence").uniform() < silent) return reply(world, request, "");
  const answers = asked.map((item, place) => {
    if (item.form === "percentages") {
      return [item.name, percentagesOf(world, reading, [asked, place])] as const;
    }
    const context = contextOf(world, reading, person.stated, [asked, place]);
    const probabilities = answerDistribution(world, item.item, person.levels, context);
    const drawn = drawPlaces(item, probabilities, random("item", item.name));
    return [item.name, writeAnswer(item, drawn.map((at) => spell(world, reading, item, at)))] as const;
  });
  const text = speaks
    ? answers.map(([item, answer]) => sentenceOf(world, item, String(answer))).join(" ")
    : JSON.stringify(Object.fromEntries(answers));
  return reply(world, request, text);
}

/** What is said where it is one's turn to speak, in any order. */
function itemsSaid({ says }: World, random: RandomStream): AskedItem[] {
  const names = random.shuffle(Object.keys(says));
  return names.map((name) => ({ name, item: name, profile: undefined, ...formOf({}) }));
}

const refusal = "I'm sorry, but I would rather not take part in this.";
/** Nothing in it reads as an answer to a question, or as a refusal. */
const prose = "There are so many sides to this that a short reply would not be fair.";

type Draws = (...purpose: string[]) => RandomStream;

/** The streams of a request: the same request draws the same, anywhere. */
function drawsOf(world: World, request: RespondentRequest): Draws {
  const key = canonicalHash({
    messages: request.messages.map(({ role, content }) => ({ role, content })),
    schema: request.schema?.schema ?? null,
    // Replicates differ by their seeds; without one, by their number.
    seed: request.seed ?? [request.replicate],
  });
  return (...purpose) => stream(world.seed, "world", key, ...purpose);
}

/** Draws what is remembered of the text, and one person for the whole request. */
function drawPerson(world: World, reading: PromptReading, random: Draws) {
  const all = rememberings(world, reading);
  const place = all.length === 1 ? 0 : random("forgetting").index(all.map(({ share }) => share));
  const { stated } = all[place]!;
  const { cells, shares } = imagine(world, stated, reading);
  return { stated: Object.keys(stated), levels: world.cells[cells[random("person").index(shares)]!]!.levels };
}

/** The answer at a place as the question's schema spells it. */
function spell(world: World, { profiles }: PromptReading, asked: AskedItem, at: number): Json {
  const { name, item: of, shown, isNumber } = asked;
  const item = itemOf(world, of);
  const value = possibleAnswers(world, item, profiles.map(({ label }) => label))[at]!;
  const text = spellAnswer(item, value);
  const number = Number(text);
  const spelled = Number.isFinite(number) && (isNumber || typeof value === "number") ? number : text;
  if (shown.length === 0 || shown.includes(spelled)) return spelled;
  if (shown.includes(text)) return text;
  throw notOffered(world, name, spelled);
}

function reply(world: World, { messages }: RespondentRequest, text: string, refusal: string | null = null) {
  // About four characters a token, as for English text in common vocabularies.
  const tokens = (characters: number): number => Math.max(1, Math.ceil(characters / 4));
  return {
    text,
    refusal,
    finishReason: "stop" as const,
    model: world.name,
    promptTokens: tokens(messages.reduce((sum, message) => sum + message.content.length, 0)),
    completionTokens: tokens((refusal ?? text).length),
  };
}

/** How likely each possible answer to an item is given what a text says, whoever is imagined, if it can be read at all. */
function likelyAnswers(world: World, reading: PromptReading, [asked, place]: AskedAt) {
  const { item: of } = asked[place]!;
  const item = itemOf(world, of);
  const context = contextOf(world, reading, [], [asked, place]);
  // The points of a scale have no place among others, however they are asked for.
  const shown = item.kind === "scale" ? [] : context.shown;
  const values = possibleAnswers(world, item, reading.profiles.map(({ label }) => label));
  const shares = values.map(() => 0);
  for (const { levels, stated, readable } of imaginedPeople(world, reading)) {
    answerDistribution(world, of, levels, { ...context, shown, stated })
      .forEach((probability, k) => shares[k]! += readable * probability);
  }
  return { values, shares };
}

function percentagesOf(world: World, reading: PromptReading, [asked, place]: AskedAt): Json {
  const { shown, item: of, name } = asked[place]!;
  const { values, shares } = likelyAnswers(world, reading, [asked, place]);
  const percentages = Object.fromEntries(shown.map((option) => [String(option), 0]));
  values.forEach((value, k) => {
    const text = spellAnswer(itemOf(world, of), value);
    if (!shown.includes(text)) throw notOffered(world, name, text);
    percentages[text] = Math.round(10_000 * shares[k]! / sum(shares)) / 100;
  });
  return percentages;
}

/**
 * The reply to a question whose answers have letters, with the exact probability of each letter; what refuses or cannot
 * be read begins with a word.
 */
function tokenReply(
  world: World,
  request: RespondentRequest,
  [reading, asked]: readonly [PromptReading, readonly AskedItem[]],
  random: RandomStream,
): RespondentReply {
  const count = request.logProbabilities!;
  checkWhole("answer", "logProbabilities", count, 1, 20);
  if (asked.length > 1) {
    throw new RangeError(`log-probabilities are of one question, and the request asks ${asked.length}`);
  }
  // A point of a scale has its label behind it.
  const shown = readMarked(request.messages.at(-1)!.content)
    .map((answer) => answer.replace(/^(-?\d+) \(.*\)$/, "$1"));
  const item = { ...asked[0]!, shown };
  const { values, shares } = likelyAnswers(world, reading, [[item], 0]);
  const people = imaginedPeople(world, reading);
  const tokens = values.map((value) => {
    const answer = spellAnswer(itemOf(world, item.item), value);
    const mark = answerMarks[shown.indexOf(answer)];
    if (mark === undefined) throw notOffered(world, item.name, answer);
    return mark;
  });
  const all = [
    ...tokens.map((token, k) => ({ token, share: shares[k]!, text: token })),
    { token: "I", share: sum(people.map(({ refused }) => refused)), text: refusal },
    { token: "There", share: sum(people.map(({ unparsed }) => unparsed)), text: prose },
  ].filter(({ share }) => share > 0);
  const drawn = all[random.index(all.map(({ share }) => share))]!;
  const likeliest = all.toSorted((a, b) => b.share - a.share).slice(0, count)
    .map(({ token, share }) => [token, Math.log(share)] as const);
  const first = { token: drawn.token, logProbability: Math.log(drawn.share), likeliest };
  return { ...reply(world, request, drawn.text), tokens: [first] };
}

function notOffered(world: World, name: string, answer: Json): RangeError {
  return new RangeError(
    `item '${name}' of the world '${world.name}' has an answer that the question does not offer: ${answer}`,
  );
}

/** The reply to a request for what the model itself takes to matter; `undefined` for every other request. */
function elicitedReply(world: World, { schema }: RespondentRequest): string | undefined {
  if (schema?.name === "elicited_attributes") {
    return JSON.stringify({ attributes: exposureAttributes(world) });
  }
  if (schema?.name === "elicited_controls") return JSON.stringify({ controls: unmovedItems(world) });
  return undefined;
}

function exposureAttributes(world: World): object[] {
  const whyOf = (name: string) =>
    `People who differ in ${name.replaceAll("_", " ")} come across different texts.`;
  return Object.entries(world.attributes)
    .map(([name, levels]) => ({ name, levels, strength: exposureSpread(world, name) }))
    .filter(({ strength }) => strength > 0)
    .sort((a, b) => b.strength - a.strength)
    .map(({ name, levels }) => ({ name, levels, why: whyOf(name) }));
}

/** The largest standard deviation, over people, of what an attribute adds to the log-odds between two stimuli. */
function exposureSpread(world: World, attribute: string): number {
  if (world.drift === 0) return 0;
  const added = Object.keys(world.stimuli).map((stimulus) => {
    const byLevel = world.exposure[stimulus]?.[attribute] ?? {};
    return world.cells.map(({ levels }) => sumCoefficients({ [attribute]: byLevel }, levels));
  });
  const spreads = added.flatMap((one, i) =>
    added.slice(i + 1).map((other) => {
      const mean = (of: (difference: number) => number): number =>
        sum(world.cells.map(({ probability }, cell) => probability * of(one[cell]! - other[cell]!)));
      const centre = mean((difference) => difference);
      return Math.sqrt(mean((difference) => (difference - centre) ** 2));
    })
  );
  // Below this it is rounding: the coefficients are the same for everybody.
  return Math.max(0, ...spreads.filter((spread) => spread > 1e-6));
}

function unmovedItems(world: World): object[] {
  return Object.entries(world.items)
    .filter(([name, item]) => name !== "desire" && !predictorsOf(item).some((one) => isMoved(world, one)))
    .map(([name, item]) => ({
      name,
      question: `What do you answer about your ${name.replaceAll("_", " ")}?`,
      options: possibleAnswers(world, item).map((value) => spellAnswer(item, value)),
      why: "It was settled before; nothing in these texts can change it.",
    }));
}
