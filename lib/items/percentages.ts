import type { Alternative, Item, ItemKind } from "../core/item.ts";
import { amountsSchema, readAmounts } from "./allocation.ts";

/** A question that is answered with how likely each of its answers is, in percent. */
export interface PercentagesItem extends Item {
  /** Its kind. */
  readonly kind: "percentages";
  /** The answers. */
  readonly options: readonly string[];
  /** How they read, in the order shown. */
  readonly texts: readonly string[];
  /** Whether it is asked how many of 100 people give each answer, and not how likely one person is to give it. */
  readonly ofPeople: boolean;
}

/**
 * By how much the percentages may miss 100. Seven whole ones may miss it by 3 or 4 as they round; what misses it by more
 * than 5 was not meant as percentages of one whole.
 */
const allowed = 5;

/** Makes of a question one for the percentage of each of its answers, as they are shown. */
export function askPercentages(
  { name, text }: Item,
  alternatives: readonly Alternative[],
  ofPeople: boolean,
): PercentagesItem {
  const [options, texts] = [alternatives.map(({ answer }) => answer), alternatives.map(({ text }) => text)];
  return Object.freeze({ kind: "percentages", name, text, options, texts, ofPeople });
}

/** What a question for percentages does; its answers are the percentages as they are given. */
export const percentagesKind: ItemKind<PercentagesItem> = {
  kind: "percentages",
  describe: ({ options, texts, ofPeople }) =>
    `${texts.map((text) => `- ${text}`).join("\n")}\n` +
    `${ofPeople ? "How many of the 100 would choose each?" : "Do not choose one:"} ` +
    `${ofPeople ? "Answer" : "answer"} with an object that gives each of them ` +
    `(${options.map((option) => JSON.stringify(option)).join(", ")}) a ` +
    (ofPeople
      ? "number from 0 to 100; together they are 100."
      : "percentage from 0 to 100, how likely you are to give that answer; together they are 100."),
  // By the description a simulated world tells it from an amount that is shared out.
  schema: ({ options }) => {
    const description = "the percentage of each answer";
    return { type: "object", description, ...amountsSchema(options, "number", 100) };
  },
  read({ options }, raw) {
    return readAmounts(raw, { options, total: 100, whole: false, allowed }, options);
  },
  uncountable: "percentages make too many categories",
  bracket: "{",
};
