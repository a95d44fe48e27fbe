import type { ItemKind, ItemOf } from "../core/item.ts";
import { readOptions } from "../core/options.ts";
import { parseJson } from "./json.ts";
import type { ChoiceOptions } from "./option_list.ts";
import { choiceRules, listOptions, listQuestion, readOption, spellOptions } from "./option_list.ts";

/** One of several options. */
export type ChoiceItem = ItemOf<"choice", ChoiceOptions> & { readonly options: readonly string[] };

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
  const question = listQuestion(action, name, text, answers);
  return Object.freeze({ kind: "choice", ...question, ...readOptions(action, options, choiceRules) });
}

/** What a choice item does. */
export const choiceKind: ItemKind<ChoiceItem> = {
  kind: "choice",
  alternatives: (_, shown) => shown.map((answer) => ({ answer, text: answer })),
  describe: (_, shown) => `${listOptions(shown)}\nAnswer with the text of one option.`,
  schema: (_, shown) => ({ type: "string", enum: [...shown] }),
  read({ options }, raw, shown) {
    const list = typeof raw === "string" && raw.trim().startsWith("[") ? parseJson(raw) : raw;
    // A list of one option is that option.
    const one = Array.isArray(list) && list.length === 1 && typeof list[0] === "string" ? list[0] : raw;
    return readOption(one, spellOptions(options, shown));
  },
  bracket: "[",
};
