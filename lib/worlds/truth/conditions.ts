import { cannot, checkOneOf, checkWhole, type OptionOrder } from "../../core/mod.ts";
import { checkAsked } from "./contrast.ts";
import { stimuliIn } from "../prompt/read_prompt.ts";
import type { World } from "../world.ts";

/** How a question is asked of a world's respondent: what behaviour answers to, beside personas and stimuli. */
export interface WorldConditions {
  /**
   * For each stimulus the text of its arm, or several that are equally frequent. What they say of opinions and of
   * chance is read from them, and their wording has the effect that it has in the replies.
   * @default nothing but the stimulus; wording effects are averaged over all wordings
   */
  texts?: { readonly [stimulus: string]: string | readonly string[] };
  /**
   * How the options are ordered for each persona, as in the item's constructor.
   * @default "shuffled" for choices and attributes, "fixed" for others
   */
  orders?: OptionOrder;
  /**
   * The items in the order in which one request asks them, or the items where every order is equally likely.
   * @default the one item alone
   */
  itemOrder?: readonly string[] | { readonly shuffled: readonly string[] };
  /**
   * Replies before this one in the conversation.
   * @default {0}
   */
  turns?: number;
  /**
   * Whether the prompt says, beside the arms' texts, that chance chose the treatment.
   * @default {false}
   */
  unblinded?: boolean;
  /**
   * Opinions (phrases of `behaviour.deference`) that the prompt expresses in every arm, beside the arms' texts.
   * @default {[]}
   */
  opinions?: readonly string[];
}

/** The names of these options. */
export const conditionOptions: readonly string[] = [
  "texts",
  "orders",
  "itemOrder",
  "turns",
  "unblinded",
  "opinions",
];

/** Checks how a question is asked. */
export function checkConditions(
  action: string,
  world: World,
  [asked, options]: readonly [string, WorldConditions],
): void {
  const { texts = {}, orders, itemOrder, turns = 0, unblinded = false, opinions = [] } = options;
  for (const [stimulus, text] of Object.entries(texts)) {
    checkOneOf(action, "texts", stimulus, Object.keys(world.stimuli));
    for (const one of [text].flat() as string[]) {
      if (typeof one === "string" && stimuliIn(world, one).includes(stimulus)) continue;
      throw new RangeError(cannot(action, `texts.${stimulus}`, `contain a phrase of '${stimulus}'`, one));
    }
  }
  if (orders !== undefined) checkOneOf(action, "orders", orders, ["fixed", "reversed", "shuffled"]);
  const all = itemsTogether(itemOrder ?? [asked]);
  for (const name of all) checkAsked(action, world, ["itemOrder", name]);
  if (!all.includes(asked)) {
    throw new RangeError(cannot(action, "itemOrder", `contain '${asked}'`, itemOrder));
  }
  checkWhole(action, "turns", turns, 0);
  checkOneOf(action, "unblinded", unblinded, [true, false]);
  const known = Object.keys(world.behaviour.deference?.opinions ?? {});
  for (const opinion of opinions) checkOneOf(action, "opinions", opinion, known);
}

/** The items that one request asks. */
export function itemsTogether(itemOrder: NonNullable<WorldConditions["itemOrder"]>): readonly string[] {
  return "shuffled" in itemOrder ? itemOrder.shuffled : itemOrder;
}
