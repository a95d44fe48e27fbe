import { showValue } from "../core/errors.ts";
import type { ItemKind, ItemOf } from "../core/item.ts";
import { checkQuestion } from "./option_list.ts";
import { normalizeText, refusesOpenly } from "./words.ts";

/** A free text. */
export type TextItem = ItemOf<"text">;

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
  return Object.freeze({ kind: "text", ...checkQuestion(action, name, text) });
}

/** What a text item does. */
export const textKind: ItemKind<TextItem> = {
  kind: "text",
  describe: () => "Answer in your own words.",
  schema: () => ({ type: "string" }),
  read(_, raw) {
    if (typeof raw === "string" && refusesOpenly(normalizeText(raw))) return { reason: "", refused: true };
    return typeof raw === "string" || typeof raw === "number" || typeof raw === "boolean"
      ? { value: String(raw) }
      : { reason: `${showValue(raw)} is not a text` };
  },
  uncountable: "answers in free words are not categories",
};
