import {
  checkName,
  checkOneOf,
  checkOptions,
  checkText,
  type ChoiceItem,
  type OptionOrder,
} from "../core/mod.ts";
import { checkOptionList } from "./check_option_list.ts";

/** Options of {@linkcode choice}. */
export interface ChoiceOptions {
  /**
   * How the options are ordered for each persona: as declared, reversed for a random half, or shuffled. Use
   * `reversed` where the options have an order of their own.
   * @default {"shuffled"}
   */
  order?: OptionOrder;
}

const action = "make a choice item";

/**
 * Makes a question with one answer out of several; its answers are the options' texts.
 *
 * @param name the item's name, a column and a JSON property
 * @param text the question
 * @param answers the options, at least two, all different
 * @param options their order
 * @returns the item, frozen
 * @throws {RangeError} if the name or the options are not allowed
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { choice } from "@understudy/understudy/items";
 *
 * assertEquals(choice("news", "Where do you get your news?", ["paper", "tv", "web"]).options.length, 3);
 * ```
 */
export function choice(
  name: string,
  text: string,
  answers: readonly string[],
  options: ChoiceOptions = {},
): ChoiceItem {
  checkName(action, "name", name);
  checkText(action, "text", text);
  checkOptionList(action, answers);
  checkOptions(action, options, ["order"]);
  const { order = "shuffled" } = options;
  checkOneOf(action, "order", order, ["fixed", "reversed", "shuffled"]);
  return Object.freeze({ kind: "choice", name, text, options: Object.freeze([...answers]), order });
}
