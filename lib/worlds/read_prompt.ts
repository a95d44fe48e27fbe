import type { ChatMessage } from "../core/mod.ts";
import type { World } from "./world.ts";

/** What a prompt tells a world. */
export interface PromptReading {
  /** The attributes that the text states. */
  readonly stated: { readonly [attribute: string]: string };
  /** The stimuli that the text contains. */
  readonly stimuli: readonly string[];
}

/**
 * Reads a conversation as a world does: which attributes it states and which stimuli it contains. Nothing else of
 * the text counts.
 *
 * Look at it where a world seems not to hear what a prompt says: an attribute is stated only by the wordings of
 * `describePersona` and by the world's own `phrases`, so give the world the same phrases as the plan.
 *
 * @param world from `declareWorld`
 * @param messages such as `composePrompt(plan, trial_id).messages`
 * @returns the attributes stated, and the stimuli contained
 * @throws {RangeError} if the text states two values of one attribute
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { declareWorld, readPrompt } from "@understudy/understudy/worlds";
 *
 * const world = declareWorld({
 *   name: "w",
 *   seed: 1,
 *   population: tableOf({ party: ["A", "B"], n: [1, 1] }),
 *   counts: "n",
 *   stimuli: { control: "exercise", threat: "incursion" },
 *   items: {},
 * });
 * const messages = [{ role: "user" as const, content: "Your party is B. Last night there was an incursion." }];
 * assertEquals(readPrompt(world, messages), { stated: { party: "B" }, stimuli: ["threat"] });
 * ```
 */
export function readPrompt(world: World, messages: readonly ChatMessage[]): PromptReading {
  let text = messages.map((message) => message.content).join("\n").replace(/\s+/g, " ");
  const stimuli = stimuliIn(world, text);
  const stated: { [attribute: string]: string } = {};
  for (const phrase of world.vocabulary) {
    const rest = withoutPhrase(text, phrase.text);
    if (rest === text) continue;
    const other = stated[phrase.attribute];
    if (other !== undefined && other !== phrase.level) {
      throw new RangeError(
        `the text states two values of '${phrase.attribute}': ${other} and ${phrase.level}`,
      );
    }
    stated[phrase.attribute] = phrase.level;
    // A found phrase is taken out, so that a shorter one inside it is not found as well.
    text = rest;
  }
  return { stated, stimuli };
}

/** The stimuli that a text contains. */
export function stimuliIn(world: Pick<World, "stimuli">, text: string): string[] {
  const folded = text.replace(/\s+/g, " ");
  return Object.keys(world.stimuli).filter((name) =>
    world.stimuli[name]!.some((phrase) => folded.includes(phrase.replace(/\s+/g, " ").trim()))
  );
}

/** The text without a phrase where it stands as whole words. */
function withoutPhrase(text: string, phrase: string): string {
  let rest = text;
  for (let at = rest.indexOf(phrase); at >= 0; at = rest.indexOf(phrase, at + 1)) {
    const inWord = /[\p{L}\p{N}]/u;
    const end = at + phrase.length;
    const startsInside = inWord.test(phrase[0]!) && at > 0 && inWord.test(rest[at - 1]!);
    const letterAfter = end < rest.length && inWord.test(rest[end]!);
    // "Your income is 10." does not stand in "Your income is 10.5".
    const endsInside = letterAfter && (inWord.test(phrase[phrase.length - 1]!) || /\d/.test(rest[end]!));
    if (!startsInside && !endsInside) rest = `${rest.slice(0, at)}\u0000${rest.slice(end)}`;
  }
  return rest;
}
