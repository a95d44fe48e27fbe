import { showValue } from "../core/errors.ts";
import type { ItemKind, ItemOf, Reading } from "../core/item.ts";
import { oneOf, readOptions } from "../core/options.ts";
import { checkQuestion } from "./option_list.ts";
import { answerForms, normalizeText } from "./words.ts";

/** Options of {@linkcode yesNo}. */
export interface YesNoOptions {
  /**
   * `reversed` shows "no" first to a random half of the personas.
   * @default {"fixed"}
   */
  order?: "fixed" | "reversed";
}

/** Yes or no. */
export type YesNoItem = ItemOf<"yesNo", YesNoOptions>;

const action = "make a yes-no item";

/**
 * Makes a yes-or-no question; its answers are 1 (yes) and 0 (no), so that their mean is the share of yes.
 *
 * @param name the item's name, a column and a JSON property
 * @param text the question
 * @param options the order of yes and no
 * @returns the item, frozen
 * @throws {RangeError} if the name is not allowed
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { yesNo } from "@understudy/understudy/items";
 *
 * assertEquals(yesNo("voted", "Did you vote in the last election?").kind, "yesNo");
 * ```
 */
export function yesNo(name: string, text: string, options: YesNoOptions = {}): YesNoItem {
  const question = checkQuestion(action, name, text);
  const read = readOptions(action, options, { order: oneOf(["fixed", "reversed"], "fixed") });
  return Object.freeze({ kind: "yesNo", ...question, ...read });
}

/** What a yes-no item does. */
export const yesNoKind: ItemKind<YesNoItem> = {
  kind: "yesNo",
  options: () => ["yes", "no"],
  alternatives: (_, shown) => shown.map((answer) => ({ answer, text: answer })),
  describe: (_, shown) => `Answer with ${shown.join(" or ")}.`,
  schema: (_, shown) => ({ type: "string", enum: [...shown] }),
  read: (_, raw) => readYesNo(raw),
};

const yes = /^(?:yes|yeah|yep|y|true|1|yes \(1\)|1 \(yes\))$/;
const no = /^(?:no|nope|n|false|0|no \(0\)|0 \(no\))$/;

// What may follow a yes or a no: only what says the same again. "Yes, I did not" and "No, but …" are neither.
const verb = "(?:do|did|have|had|am|was|would|will|could|should|is|are|were|does|has)";
const subject = "(?:i|it|they|we|he|she)";
const affirming = new RegExp(
  `^(?:${subject} (?:(?:certainly|definitely|absolutely) )?(?:${verb}|can)(?: so)?|definitely|absolutely|certainly|of course|indeed|always|very much(?: so)?|once|twice)$`,
);
const denying = new RegExp(
  `^(?:${subject} (?:${verb}(?:n't| not)|can't|cannot|won't|never (?:do|did|have|had|would|will))|i'm not|never|not at all|(?:definitely|absolutely|certainly|of course) not)$`,
);

function readYesNo(raw: unknown): Reading {
  if (typeof raw === "boolean") return { value: raw ? 1 : 0 };
  if (raw === 1 || raw === 0) return { value: raw + 0 };
  if (typeof raw === "string") {
    for (const form of answerForms(normalizeText(raw))) {
      const [, word, rest] = /^(yes|no) ?[,.;:!\u2013\u2014-] ?(.+)$/.exec(form) ?? [];
      if (yes.test(form) || word === "yes" && affirming.test(rest!)) return { value: 1 };
      if (no.test(form) || word === "no" && denying.test(rest!)) return { value: 0 };
    }
  }
  return { reason: `${showValue(raw)} is neither yes nor no` };
}
