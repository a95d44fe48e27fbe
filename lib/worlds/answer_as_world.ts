import {
  canonicalHash,
  type Json,
  type RandomStream,
  type RespondentReply,
  type RespondentRequest,
  stream,
} from "../core/mod.ts";
import { answerDistribution } from "./answer_distribution.ts";
import { imagine } from "./imagine.ts";
import { evaluatePredictor, logistic } from "./linear_predictor.ts";
import { readPrompt } from "./read_prompt.ts";
import type { World } from "./world.ts";

/**
 * Answers a chat request as one who learnt from a world: what the text states is fixed, what it leaves open is drawn
 * once for the request given the stimuli it shows, and all answers are drawn for that person.
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
  const { stated, stimuli } = readPrompt(world, request.messages);
  const items = itemsAsked(world, request);
  const key = canonicalHash({
    messages: request.messages.map(({ role, content }) => ({ role, content })),
    schema: request.schema?.schema ?? null,
    // Replicates differ by their seeds; without one, by their number.
    seed: request.seed ?? [request.replicate],
  });
  const random = (...purpose: string[]): RandomStream => stream(world.seed, "world", key, ...purpose);
  const person = world.cells[random("person").index(imagine(world, stated, stimuli))]!;
  if (
    world.refusal &&
    random("refusal").uniform() < logistic(evaluatePredictor(world.refusal, person.levels, stimuli))
  ) {
    return reply(world, request, "", "I'm sorry, but I would rather not take part in this.");
  }
  const answers: { [item: string]: Json } = {};
  for (const { name, options } of items) {
    const { values, probabilities } = answerDistribution(world, name, person.levels, stimuli);
    const value = values[random("item", name).index(probabilities)]!;
    answers[name] = spell(world, name, value, options);
  }
  return reply(world, request, JSON.stringify(answers), null);
}

/** The items a request asks: the schema's properties, else the names in brackets in the last message. */
function itemsAsked(
  world: World,
  request: RespondentRequest,
): { name: string; options: readonly Json[] | undefined }[] {
  const properties = request.schema?.schema.properties as
    | { [name: string]: { enum?: readonly Json[] } }
    | undefined;
  const last = request.messages.at(-1)?.content ?? "";
  const asked = properties
    ? Object.entries(properties).map(([name, property]) => ({ name, options: property.enum }))
    : Object.keys(world.items).filter((name) => last.includes(`[${name}]`)).map((name) => ({
      name,
      options: undefined,
    }));
  const known = Object.keys(world.items).join(", ");
  if (asked.length === 0) {
    throw new RangeError(`the request asks no item of the world '${world.name}' (${known})`);
  }
  for (const { name } of asked) {
    if (!Object.hasOwn(world.items, name)) {
      throw new RangeError(`the world '${world.name}' has no item '${name}': its items are ${known}`);
    }
  }
  return asked;
}

/** The answer as the question's schema spells it. */
function spell(
  world: World,
  name: string,
  value: number | string,
  options: readonly Json[] | undefined,
): Json {
  const spelled = world.items[name]!.kind === "yesNo" ? (value === 1 ? "yes" : "no") : value;
  if (options && !options.includes(spelled)) {
    throw new RangeError(
      `item '${name}' of the world '${world.name}' has an answer that the question does not offer: ${spelled}`,
    );
  }
  return spelled;
}

function reply(
  world: World,
  request: RespondentRequest,
  text: string,
  refusal: string | null,
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
