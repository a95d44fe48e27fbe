import { checkName, checkText, type TextItem } from "../core/mod.ts";

const action = "make a text item";

/**
 * Makes a question that is answered in free text.
 *
 * @param name the item's name, a column and a JSON property
 * @param text the question
 * @returns the item, frozen
 * @throws {RangeError} if the name is not allowed
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { text } from "@understudy/understudy/items";
 *
 * assertEquals(text("why", "Why do you think so?").kind, "text");
 * ```
 */
export function text(name: string, text: string): TextItem {
  checkName(action, "name", name);
  checkText(action, "text", text);
  return Object.freeze({ kind: "text", name, text });
}
