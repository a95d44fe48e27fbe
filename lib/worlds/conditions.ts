import { checkOneOf, checkWhole } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import type { Treatments } from "../core/experiment.ts";
import type { OptionOrder } from "../core/item.ts";
import type { World } from "./declaration.ts";
import { armStimuli, fillSlots } from "./factors.ts";
import { attributeAsked } from "./item_kinds.ts";
import { stimuliIn } from "./read_prompt.ts";

/** How a question is asked of a world's respondent: what behaviour answers to, beside personas and stimuli. */
export interface WorldConditions {
  /**
   * The arms, from `declareTreatments`; or for each stimulus its text, or several that are equally frequent. What the
   * texts say of opinions and of chance is read from them, and their wording has the effect that it has in the replies.
   * Arms that are not compared may be there too.
   * @default nothing but the stimulus; wording effects are averaged over all wordings
   */
  treatments?: Treatments | { readonly [stimulus: string]: string | readonly string[] };
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
}

/** The texts of an arm, its own slots filled; `undefined` where nothing but its stimulus is known. */
export function textsOf(arm: string, { treatments = {} }: WorldConditions): readonly string[] | undefined {
  if (!isTreatments(treatments)) {
    return Object.hasOwn(treatments, arm) ? [treatments[arm]!].flat() : undefined;
  }
  const found = treatments.arms.find(({ name }) => name === arm);
  return found?.wordings.map((text) => fillSlots(text, found.slots));
}

/** Whether arms are those of `declareTreatments`. */
export function isTreatments(
  treatments: NonNullable<WorldConditions["treatments"]>,
): treatments is Treatments {
  return Array.isArray(treatments.arms) && treatments.arms.every((arm) => typeof arm === "object");
}

/** The items of one request. */
export function askedTogether(itemOrder: NonNullable<WorldConditions["itemOrder"]>): readonly string[] {
  return "shuffled" in itemOrder ? itemOrder.shuffled : itemOrder;
}

/** Checks that something can be asked in a world. */
export function checkAsked(action: string, world: World, argument: string, name: string): void {
  if (attributeAsked(world, name) === undefined) {
    checkOneOf(action, argument, name, Object.keys(world.items));
  }
}

/** Checks how a question is asked. */
export function checkConditions(
  action: string,
  world: World,
  asked: string,
  { treatments = {}, orders, itemOrder = [asked], turns = 0, unblinded = false }: WorldConditions,
): void {
  checkTexts(action, world, treatments);
  if (orders !== undefined) checkOneOf(action, "orders", orders, ["fixed", "reversed", "shuffled"]);
  for (const name of askedTogether(itemOrder)) checkAsked(action, world, "itemOrder", name);
  if (!askedTogether(itemOrder).includes(asked)) {
    throw new RangeError(cannot(action, "itemOrder", `contain '${asked}'`, itemOrder));
  }
  checkWhole(action, "turns", turns, 0);
  checkOneOf(action, "unblinded", unblinded, [true, false]);
}

/** Checks that the texts of an arm are its stimulus; an arm of another comparison need not be known here. */
function checkTexts(
  action: string,
  world: World,
  treatments: NonNullable<WorldConditions["treatments"]>,
): void {
  const declared = isTreatments(treatments);
  const names = declared ? treatments.arms.map(({ name }) => name) : Object.keys(treatments);
  for (const name of names) {
    const argument = `treatments.${name}`;
    const stimuli = armStimuli(world, name);
    if (stimuli === undefined && declared) continue;
    if (stimuli === undefined) checkOneOf(action, "treatments", name, Object.keys(world.stimuli));
    for (const text of textsOf(name, { treatments }) ?? []) {
      const found = typeof text === "string" ? stimuliIn(world, text) : [];
      const missing = stimuli!.find((stimulus) => !found.includes(stimulus));
      if (missing !== undefined) {
        throw new RangeError(cannot(action, argument, `contain a phrase of '${missing}'`, text));
      }
      if (declared && text.includes("{{")) {
        const rule =
          `have no slots of personas; give it as it reads with its slots filled (composeTreatment)`;
        throw new RangeError(cannot(action, argument, rule, text));
      }
    }
  }
}
