import type { AnswerStatus, Item } from "../core/mod.ts";
import { showValue } from "../core/mod.ts";
import { normalizeText } from "./normalize_text.ts";
import { parseChoice, parseMultipleChoice, parseYesNo } from "./parse_choice.ts";
import { parseLikert, parseNumber } from "./parse_number.ts";
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

const refusal =
  /\b(prefer not to|rather not (say|answer)|declin(e|ing) to|refuse to|no comment|(can ?not|can't|won't|will not|unable to|not able to|not comfortable) (\w+ ){0,2}?(answer|answering|respond|provide|comply|help|assist|say|share|sharing|role-?play|participate)|as an ai)\b/;

// A free text may speak of what one cannot say; it refuses only where that is how it begins.
const apology =
  /^(i'm sorry|i am sorry|sorry|i apologi[sz]e|as an ai|i (can ?not|can't|won't|am unable|must decline|decline))\b/;

/**
 * Reads one answer: to a value, or to a status with its reason. Nothing is guessed: an answer that could mean two
 * things has no value.
 *
 * Understands numbers, numbers as text ("5", "5/7", "five", "1,200"), labels, options by text, by letter as shown or
 * by place, and sentences that name exactly one option. A refusal in words is `refused`.
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
  if (typeof raw === "string") {
    const words = normalizeText(raw);
    if (words === "") return unparsed("the answer is empty");
    const isOption = shown.some((option) => normalizeText(option) === words);
    const refuses = refusal.test(words) && (item.kind !== "text" || apology.test(words));
    if (!isOption && refuses) {
      return { value: null, status: "refused", reason: `refused in words: ${showValue(raw.trim())}` };
    }
  }
  const reading = read(item, raw, shown);
  return "value" in reading
    ? { value: reading.value, status: "answered", reason: "" }
    : unparsed(reading.reason);
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

function unparsed(reason: string): ParsedAnswer {
  return { value: null, status: "unparsed", reason };
}
