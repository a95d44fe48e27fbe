import {
  checkName,
  checkOneOf,
  checkOptions,
  checkText,
  checkWhole,
  type MultipleChoiceItem,
  type OptionOrder,
} from "../core/mod.ts";
import { checkOptionList } from "./check_option_list.ts";

/** Options of {@linkcode multipleChoice}. */
export interface MultipleChoiceOptions {
  /**
   * How the options are ordered for each persona.
   * @default {"shuffled"}
   */
  order?: OptionOrder;
  /**
   * Fewest options that may be chosen.
   * @default {0}
   */
  minimum?: number;
  /**
   * Most options that may be chosen; all of them if not given.
   */
  maximum?: number;
}

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
  checkName(action, "name", name);
  checkText(action, "text", text);
  checkOptionList(action, answers);
  checkOptions(action, options, ["order", "minimum", "maximum"]);
  const { order = "shuffled", minimum = 0, maximum = answers.length } = options;
  checkOneOf(action, "order", order, ["fixed", "reversed", "shuffled"]);
  checkWhole(action, "minimum", minimum, 0, answers.length);
  checkWhole(action, "maximum", maximum, Math.max(1, minimum), answers.length);
  return Object.freeze({
    kind: "multipleChoice",
    name,
    text,
    options: Object.freeze([...answers]),
    order,
    minimum,
    maximum,
  });
}
