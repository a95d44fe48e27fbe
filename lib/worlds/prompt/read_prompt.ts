import type { ChatMessage } from "../../core/mod.ts";
import { statedAttributes } from "./stated_attributes.ts";
import type { World } from "../world.ts";

/** What a prompt tells a world. */
export interface PromptReading {
  /** The attributes that the text states. */
  readonly stated: { readonly [attribute: string]: string };
  /** The stimuli that the text contains. */
  readonly stimuli: readonly string[];
  /** The phrases in the text that express an opinion to which the respondent defers. */
  readonly opinions: readonly string[];
  /** Whether the text says that chance chose the treatment. */
  readonly unblinded: boolean;
  /** For each stimulus, the paragraphs in which it stands. */
  readonly wording: { readonly [stimulus: string]: string };
  /** Replies before this one. */
  readonly turns: number;
}

/**
 * Reads a conversation as a world does: which attributes it states, which stimuli it contains, and what else its
 * behaviour answers to. Nothing else of the text counts.
 *
 * Look at it where a world seems not to hear what a prompt says: an attribute is stated only by the wordings of
 * `describePersona` and by the world's own `phrases`, so give the world the same phrases as the plan; and by what
 * earlier replies say in these words, or in JSON under the name of an attribute or of an item that tells one. Where
 * an earlier reply contradicts the text, the text counts.
 *
 * @param world from `declareWorld`
 * @param messages such as `composePrompt(plan, trial_id).messages`
 * @returns the attributes stated, the stimuli contained, opinions, and the number of earlier replies
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
 * const { stated, stimuli } = readPrompt(world, messages);
 * assertEquals({ stated, stimuli }, { stated: { party: "B" }, stimuli: ["threat"] });
 * ```
 */
export function readPrompt(world: World, messages: readonly ChatMessage[]): PromptReading {
  const text = messages.map((message) => message.content).join("\n\n");
  const asked = messages.filter((message) => message.role !== "assistant").map((message) => message.content);
  const replies = messages.filter((message) => message.role === "assistant").map((message) =>
    message.content
  );
  return {
    stated: statedAttributes(world, asked.join("\n"), replies),
    ...readText(world, text),
    turns: replies.length,
  };
}

/** What a text tells a world beside attributes. */
export function readText(world: World, text: string): Omit<PromptReading, "stated" | "turns"> {
  const { deference, unblinding, wording } = world.behaviour;
  const stimuli = stimuliIn(world, text);
  const folded = fold(text);
  return {
    stimuli,
    opinions: Object.keys(deference?.opinions ?? {}).filter((phrase) => folded.includes(fold(phrase))),
    unblinded: unblinding?.phrases.some((phrase) => folded.includes(fold(phrase))) ?? false,
    wording: wording === undefined
      ? {}
      : Object.fromEntries(stimuli.map((name) => [name, paragraphsOf(world, name, text)])),
  };
}

/** The stimuli that a text contains. */
export function stimuliIn(world: Pick<World, "stimuli">, text: string): string[] {
  const folded = fold(text);
  return Object.keys(world.stimuli).filter((name) => contains(folded, world.stimuli[name]!));
}

/** A text with every white space as one blank. */
function fold(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

function contains(folded: string, phrases: readonly string[]): boolean {
  return phrases.some((phrase) => folded.includes(fold(phrase)));
}

/** The paragraphs of a text in which a stimulus stands; the whole text where its phrase runs over two. */
function paragraphsOf(world: World, stimulus: string, text: string): string {
  const found = text.split(/\n\s*\n/).map(fold).filter((part) => contains(part, world.stimuli[stimulus]!));
  return found.length === 0 ? fold(text) : [...new Set(found)].join("\n");
}
