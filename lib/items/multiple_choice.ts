import { checkWhole } from "../core/checks.ts";
import type { ItemKind, ItemOf } from "../core/item.ts";
import { readOptions, whole } from "../core/options.ts";
import { type ChoiceOptions, choiceRules, listOptions, listQuestion } from "./option_list.ts";
import { listSchema, readOptionList, spellOptions } from "./option_list.ts";
import { normalizeText } from "./words.ts";

/** Options of {@linkcode multipleChoice}. */
export interface MultipleChoiceOptions extends ChoiceOptions {
  /**
   * Fewest options that may be chosen.
   * @default {0}
   */
  minimum?: number;
  /** Most options that may be chosen; all of them if not given. */
  maximum?: number;
}

/** Any number of several options. */
export type MultipleChoiceItem = ItemOf<"multipleChoice", MultipleChoiceOptions> & {
  readonly options: readonly string[];
};

const action = "make a multiple choice item";

/**
 * Makes a question with any number of answers; its answers are lists of options, in the declared order.
 *
 * @param name the item's name, a column and a JSON property
 * @param text the question
 * @param answers the options, at least two, all different
 * @param options their order, and how many may be chosen
 * @returns the item, frozen
 * @throws {RangeError} if the name, the options or the limits are not allowed
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { multipleChoice } from "@understudy/understudy/items";
 *
 * assertEquals(multipleChoice("media", "Which do you use?", ["paper", "tv", "web"], { maximum: 2 }).maximum, 2);
 * ```
 */
export function multipleChoice(
  name: string,
  text: string,
  answers: readonly string[],
  options: MultipleChoiceOptions = {},
): MultipleChoiceItem {
  const question = listQuestion(action, name, text, answers);
  const count = question.options.length;
  const rules = { ...choiceRules, minimum: whole(0, 0, count), maximum: whole(count, 1, count) };
  const read = readOptions(action, options, rules);
  checkWhole(action, "maximum", read.maximum, Math.max(1, read.minimum), count);
  return Object.freeze({ kind: "multipleChoice", ...question, ...read });
}

/** What a multiple choice item does. */
export const multipleChoiceKind: ItemKind<MultipleChoiceItem> = {
  kind: "multipleChoice",
  describe({ minimum, maximum }, shown) {
    const count = minimum === maximum ? minimum : `${minimum} to ${maximum}`;
    return `${listOptions(shown)}\nAnswer with a list of ${count} options.`;
  },
  schema: ({ minimum, maximum }, shown) => listSchema(shown, minimum, maximum),
  read({ options, minimum, maximum }, raw, shown) {
    const read = typeof raw === "string" && saysNone(normalizeText(raw), options)
      ? []
      : readOptionList(raw, spellOptions(options, shown), false);
    if ("reason" in read) return read;
    const chosen = new Set(read);
    if (chosen.size < minimum || chosen.size > maximum) {
      return { reason: `${chosen.size} options chosen: allowed are ${minimum} to ${maximum}` };
    }
    return { value: options.filter((option) => chosen.has(option)) };
  },
  uncountable: "several answers at once make too many categories",
  bracket: "[",
};

/** Whether a text says that nothing is chosen, and no option says so too. */
function saysNone(text: string, options: readonly string[]): boolean {
  return /^none(?: of (?:these|them|the above))?$/.test(text) &&
    !options.some((option) => /^(?:none|neither|nothing|no)\b/.test(normalizeText(option)));
}
