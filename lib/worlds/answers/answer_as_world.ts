import {
  canonicalHash,
  type Json,
  type RandomStream,
  type RespondentReply,
  type RespondentRequest,
  stream,
} from "../../core/mod.ts";
import { contextOf } from "./answer_context.ts";
import { answerLogProbabilities } from "./answer_log_probabilities.ts";
import { answerDistribution, spellAnswer } from "./answer_distribution.ts";
import { elicitedReply } from "./elicited_reply.ts";
import { type AskedItem, itemsAsked } from "../prompt/items_asked.ts";
import { failures, imagineFor, rememberings } from "../people/people_asked.ts";
import { type PromptReading, readPrompt } from "../prompt/read_prompt.ts";
import { itemOf } from "./structural_answers.ts";
import type { Cell, World } from "../world.ts";

/**
 * Answers a chat request as one who learnt from a world: what the text states is fixed, what it leaves open is drawn
 * once for the request given the stimuli it shows, and all answers are drawn for that person, with all that the
 * world's behaviour adds.
 *
 * Use it through `simulatedRespondent`. The draw is keyed by the world's seed and the request (messages, schema, and
 * seed, or the replicate where there is no seed): the same request gets the same reply anywhere.
 *
 * @param world from `declareWorld`
 * @param request messages, schema, seed
 * @returns the reply in the shape of a chat completion
 * @throws {RangeError} if the text states something impossible in the world, or asks an item that it does not have
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { answerAsWorld, declareWorld } from "@understudy/understudy/worlds";
 *
 * const world = declareWorld({
 *   name: "w",
 *   seed: 1,
 *   population: tableOf({ party: ["A", "B"], n: [1, 1] }),
 *   counts: "n",
 *   stimuli: { control: "exercise", threat: "incursion" },
 *   items: { own_party: { kind: "attribute", attribute: "party" } },
 * });
 * const request = { messages: [{ role: "user" as const, content: "Your party is B. [own_party]" }], replicate: 1 };
 * assertEquals(answerAsWorld(world, request).text, '{"own_party":"B"}');
 * ```
 */
export function answerAsWorld(world: World, request: RespondentRequest): RespondentReply {
  const elicited = elicitedReply(world, request);
  if (elicited !== undefined) return reply(world, request, elicited);
  const reading = readPrompt(world, request.messages);
  const asked = itemsAsked(world, request);
  const random = drawsOf(world, request);
  const person = drawPerson(world, reading, random);
  const { refused, unparsed } = failures(world, person.levels, reading.stimuli);
  if (refused > 0 && random("refusal").uniform() < refused) return reply(world, request, "", refusal);
  if (unparsed > 0 && random("format").uniform() < unparsed) return reply(world, request, prose);
  const given = asked.map((item, place) => {
    const context = contextOf(world, reading, person.stated, [asked, place]);
    const { values, probabilities } = answerDistribution(world, item.name, person.levels, context);
    return values[random("item", item.name).index(probabilities)]!;
  });
  const answers = asked.map((item, place) => [item.name, spell(world, item, given[place]!)] as const);
  const answered = reply(world, request, JSON.stringify(Object.fromEntries(answers)));
  if (request.logProbabilities === undefined) return answered;
  const wanted = [given, request.logProbabilities] as const;
  return { ...answered, logProbabilities: answerLogProbabilities(world, reading, asked, wanted) };
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
function drawPerson(
  world: World,
  reading: PromptReading,
  random: Draws,
): { readonly stated: readonly string[]; readonly levels: Cell["levels"] } {
  const all = rememberings(world, reading);
  const place = all.length === 1 ? 0 : random("forgetting").index(all.map(({ share }) => share));
  const { stated } = all[place]!;
  const { cells, shares } = imagineFor(world, stated, reading);
  return { stated: Object.keys(stated), levels: world.cells[cells[random("person").index(shares)]!]!.levels };
}

/** The answer as the question's schema spells it. */
function spell(world: World, { name, shown, isNumber }: AskedItem, value: number | string): Json {
  const text = spellAnswer(itemOf(world, name), value);
  const number = Number(text);
  const spelled = Number.isFinite(number) && (isNumber || typeof value === "number") ? number : text;
  if (shown.length === 0 || shown.includes(spelled)) return spelled;
  if (shown.includes(text)) return text;
  throw new RangeError(
    `item '${name}' of the world '${world.name}' has an answer that the question does not offer: ${spelled}`,
  );
}

function reply(
  world: World,
  request: RespondentRequest,
  text: string,
  refusal: string | null = null,
): RespondentReply {
  // About four characters a token, as for English text in common vocabularies.
  const tokens = (characters: number): number => Math.max(1, Math.ceil(characters / 4));
  return {
    text,
    refusal,
    finishReason: "stop",
    model: world.name,
    promptTokens: tokens(request.messages.reduce((sum, message) => sum + message.content.length, 0)),
    completionTokens: tokens((refusal ?? text).length),
  };
}
