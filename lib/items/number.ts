import { cannot, checkName, checkOptions, checkText, type NumberItem } from "../core/mod.ts";

/** Options of {@linkcode number}. */
export interface NumberOptions {
  /**
   * Smallest value allowed.
   * @default {null}
   */
  minimum?: number | null;
  /**
   * Largest value allowed.
   * @default {null}
   */
  maximum?: number | null;
  /**
   * Whether only whole numbers are allowed.
   * @default {false}
   */
  whole?: boolean;
}

const action = "make a number item";

/**
 * Makes a question that is answered with a number.
 *
 * @param name the item's name, a column and a JSON property
 * @param text the question, with its unit
 * @param options limits
 * @returns the item, frozen
 * @throws {RangeError} if the limits are not finite or cross
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { number } from "@understudy/understudy/items";
 *
 * assertEquals(number("age", "How old are you, in years?", { minimum: 18, whole: true }).minimum, 18);
 * ```
 */
export function number(name: string, text: string, options: NumberOptions = {}): NumberItem {
  checkName(action, "name", name);
  checkText(action, "text", text);
  checkOptions(action, options, ["minimum", "maximum", "whole"]);
  const { minimum = null, maximum = null, whole = false } = options;
  for (const [argument, value] of [["minimum", minimum], ["maximum", maximum]] as const) {
    if (value !== null && !Number.isFinite(value)) {
      throw new RangeError(cannot(action, argument, "be a finite number or null", value));
    }
  }
  if (minimum !== null && maximum !== null && minimum >= maximum) {
    throw new RangeError(cannot(action, "minimum", `be below maximum (${maximum})`, minimum));
  }
  return Object.freeze({ kind: "number", name, text, minimum, maximum, whole });
}
