import type { ItemKind, ItemOf } from "../core/item.ts";
import { readOptions, whole } from "../core/options.ts";
import { type ChoiceOptions, choiceRules, listOptions, listQuestion } from "./option_list.ts";
import { listSchema, readOptionList, spellOptions } from "./option_list.ts";

/** Options of {@linkcode ranking}. */
export interface RankingOptions extends ChoiceOptions {
  /** How many options are ranked, from 2: only the first so many; all of them if not given. */
  first?: number;
}

/** Several options in order. */
export type RankingItem = ItemOf<"ranking", RankingOptions> & { readonly options: readonly string[] };

const action = "make a ranking item";

/**
 * Makes a question that is answered by putting options in order; its answers are lists of options, the first first.
 *
 * Estimators take one option as `category`: the outcome is then whether it was ranked first. A simulated world answers
 * a ranking from an item of the kind `choice`: the first option by its probabilities, the next by those of the options
 * that are left, and so on (Plackett and Luce), so that the true share ranked first is the true share of the choice.
 *
 * @param name the item's name, a column and a JSON property
 * @param text the question, which says in what order
 * @param answers the options, at least two, all different
 * @param options their order, and how many are ranked
 * @returns the item, frozen
 * @throws {RangeError} if the name, the options or the number of ranks are not allowed
 * @see Plackett 1975, The Analysis of Permutations, Applied Statistics 24
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseAnswer, ranking } from "@understudy/understudy/items";
 *
 * const item = ranking("priorities", "What should the council do, from first to last?", ["schools", "roads", "parks"]);
 * assertEquals(parseAnswer(item, "parks > schools > roads").value, ["parks", "schools", "roads"]);
 * ```
 */
export function ranking(
  name: string,
  text: string,
  answers: readonly string[],
  options: RankingOptions = {},
): RankingItem {
  const question = listQuestion(action, name, text, answers);
  const rules = { ...choiceRules, first: whole(question.options.length, 2, question.options.length) };
  return Object.freeze({ kind: "ranking", ...question, ...readOptions(action, options, rules) });
}

/** What a ranking item does. */
export const rankingKind: ItemKind<RankingItem> = {
  kind: "ranking",
  describe({ options, first }, shown) {
    const asked = first === options.length
      ? `all ${first} options, each once, from first to last`
      : `your first ${first} options, in order`;
    return `${listOptions(shown)}\nAnswer with a list of ${asked}.`;
  },
  // Not uniqueItems: endpoints that hold replies to a schema refuse the word, or overlook it.
  schema: ({ first }, shown) => listSchema(shown, first, first),
  read({ options, first }, raw, shown) {
    const given = typeof raw === "object" && raw !== null && !Array.isArray(raw) ? listRanks(raw) : undefined;
    const list = readOptionList(given ?? raw, spellOptions(options, shown, { places: false }), true);
    if ("reason" in list) return list;
    const twice = list.find((option, rank) => list.indexOf(option) < rank);
    if (twice !== undefined) return { reason: `the ranking holds '${twice}' twice` };
    if (list.length !== first) return { reason: `${list.length} options are ranked: asked for are ${first}` };
    return { value: list };
  },
  uncountable: "a ranking makes too many categories",
  bracket: "[",
};

/** The list that an object of ranks means: {"1": "tv", "2": "web"} or {"tv": 1, "web": 2}; undefined where it is none. */
function listRanks(object: object): unknown[] | undefined {
  const entries: [string, unknown][] = Object.entries(object);
  const readings = [
    entries.map(([key, value]) => ({ rank: Number(key), option: value })),
    entries.map(([key, value]) => ({ rank: typeof value === "number" ? value : NaN, option: key })),
  ].map((ranked) => ranked.toSorted((a, b) => a.rank - b.rank)).filter((ranked) =>
    ranked.length > 1 && ranked.every(({ rank }, i) => rank === i + 1)
  );
  return readings.length === 1 ? readings[0]!.map(({ option }) => option) : undefined;
}
