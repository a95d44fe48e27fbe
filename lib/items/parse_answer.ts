import type { AnswerStatus, Item } from "../core/mod.ts";
import { showValue } from "../core/mod.ts";
import { normalizeText } from "./normalize_text.ts";
import { parseChoice } from "./parse_choice.ts";
import { parseLikert } from "./parse_likert.ts";
import { parseMultipleChoice } from "./parse_multiple_choice.ts";
import { parseNumber } from "./parse_number.ts";
import { refuses, refusesOpenly } from "./parse_refusal.ts";
import { parseYesNo } from "./parse_yes_no.ts";
import type { Reading } from "./reading.ts";
import { declaredOptions } from "./shown_options.ts";

/** What became of one answer. */
export interface ParsedAnswer {
  /** The value: a number, an option, a list of options, a text; `null` where there is none. */
  readonly value: number | string | readonly string[] | null;
  /** Whether there is a value, and if not, why not. */
  readonly status: AnswerStatus;
  /** Why there is no value; empty where there is one. */
  readonly reason: string;
}

/**
 * Reads one answer: to a value, or to a status with its reason. Nothing is guessed: an answer that could mean two
 * things has no value.
 *
 * A text is read as a whole: a value by itself, or in one of a fixed list of frames around it. Numbers: "5", "five",
 * "1,200", "5/7", "5 - agree" where point 5 is "agree"; options: their text, letter or place as shown, "B. tv";
 * frames: "Answer: 5", "My answer is B", "I would say 5.", "I strongly agree with it", "**5**". Whatever else stands
 * beside a value ("not 5", "anything but tv", "about 5", "1.200") may change it, so that it is not read. A refusal in
 * words is `refused` unless it is one of the options.
 *
 * @param item the question
 * @param raw the answer as it stands in the reply's JSON
 * @param shown the options in the order shown; letters and places refer to it
 * @returns value, status and reason
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { choice, parseAnswer } from "@understudy/understudy/items";
 *
 * const item = choice("news", "Where do you get your news?", ["paper", "tv", "web"]);
 * assertEquals(parseAnswer(item, "B", ["web", "tv", "paper"]).value, "tv");
 * ```
 */
export function parseAnswer(
  item: Item,
  raw: unknown,
  shown: readonly string[] = declaredOptions(item),
): ParsedAnswer {
  if (raw === undefined) return unparsed("the reply has no answer to this question");
  if (raw === null) return unparsed("the answer is empty (null)");
  const words = typeof raw === "string" ? normalizeText(raw) : undefined;
  if (words === "") return unparsed("the answer is empty");
  if (item.kind === "text" && words !== undefined && refusesOpenly(words)) return refused(raw);
  const reading = read(item, raw, shown);
  if ("value" in reading) return { value: reading.value, status: "answered", reason: "" };
  // A text that refuses and names a value ("I can't say, maybe 4") is neither.
  if (words !== undefined && reading.names !== 1 && refuses(words)) return refused(raw);
  return unparsed(reading.reason);
}

function read(item: Item, raw: unknown, shown: readonly string[]): Reading {
  switch (item.kind) {
    case "likert":
      return parseLikert(item, raw);
    case "choice":
      return parseChoice(raw, item.options, shown);
    case "multipleChoice":
      return parseMultipleChoice(item, raw, shown);
    case "yesNo":
      return parseYesNo(raw);
    case "number":
      return parseNumber(item, raw);
    case "text":
      return typeof raw === "string" || typeof raw === "number" || typeof raw === "boolean"
        ? { value: String(raw) }
        : { reason: `${showValue(raw)} is not a text` };
  }
}

function refused(raw: unknown): ParsedAnswer {
  return {
    value: null,
    status: "refused",
    reason: `refused in words: ${showValue(typeof raw === "string" ? raw.trim() : raw)}`,
  };
}

function unparsed(reason: string): ParsedAnswer {
  return { value: null, status: "unparsed", reason };
}
