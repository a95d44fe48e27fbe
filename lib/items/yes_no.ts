import { checkName, checkOneOf, checkOptions, checkText, type YesNoItem } from "../core/mod.ts";

/** Options of {@linkcode yesNo}. */
export interface YesNoOptions {
  /**
   * `reversed` shows "no" first to a random half of the personas.
   * @default {"fixed"}
   */
  order?: "fixed" | "reversed";
}

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
  checkName(action, "name", name);
  checkText(action, "text", text);
  checkOptions(action, options, ["order"]);
  const { order = "fixed" } = options;
  checkOneOf(action, "order", order, ["fixed", "reversed"]);
  return Object.freeze({ kind: "yesNo", name, text, order });
}
