import { attributeAsked } from "../answers/structural_answers.ts";
import { cannot, checkOneOf, checkWhole, type OptionOrder, type Treatments } from "../../core/mod.ts";
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
   * The arms, from `declareTreatments`: each one's wordings are its texts, where `texts` names none for it. Arms that
   * are not compared may be there too.
   * @default nothing but the stimulus
   */
  treatments?: Treatments;
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
  "treatments",
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
  const { texts = {}, treatments, orders, itemOrder, turns = 0, unblinded = false, opinions = [] } = options;
  for (const [stimulus, text] of Object.entries(texts)) {
    checkOneOf(action, "texts", stimulus, Object.keys(world.stimuli));
    checkTexts(action, world, [`texts.${stimulus}`, stimulus, [text].flat() as string[]]);
  }
  checkTreatments(action, world, treatments);
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

function checkTreatments(action: string, world: World, treatments: Treatments | undefined): void {
  if (treatments === undefined) return;
  if (!Array.isArray(treatments?.arms)) {
    throw new TypeError(cannot(action, "treatments", "be the result of declareTreatments", treatments));
  }
  for (const { name, wordings } of treatments.arms as Treatments["arms"]) {
    // An arm of another comparison need not be known here.
    if (!Object.hasOwn(world.stimuli, name)) continue;
    checkTexts(action, world, [`treatments.${name}`, name, wordings]);
    const template = wordings.find((text) => text.includes("{{"));
    if (template === undefined) continue;
    const rule = "have no slots; give 'texts' as they read with their slots filled (composeTreatment)";
    throw new RangeError(cannot(action, `treatments.${name}`, rule, template));
  }
}

/** Checks that the texts of an arm are its stimulus. */
function checkTexts(
  action: string,
  world: World,
  [argument, stimulus, texts]: readonly [string, string, readonly unknown[]],
): void {
  for (const text of texts) {
    if (typeof text === "string" && stimuliIn(world, text).includes(stimulus)) continue;
    throw new RangeError(cannot(action, argument, `contain a phrase of '${stimulus}'`, text));
  }
}

/** The texts of an arm, each as frequent as the others; `undefined` where nothing but its stimulus is known. */
export function textsOf(
  stimulus: string,
  { texts, treatments }: WorldConditions,
): readonly string[] | undefined {
  const text = texts?.[stimulus];
  if (text !== undefined) return [text].flat() as string[];
  return treatments?.arms.find(({ name }) => name === stimulus)?.wordings;
}

/** Checks that something can be asked in a world. */
export function checkAsked(action: string, world: World, [argument, name]: readonly [string, string]): void {
  if (attributeAsked(world, name) === undefined) {
    checkOneOf(action, argument, name, Object.keys(world.items));
  }
}

/** The items that one request asks. */
export function itemsTogether(itemOrder: NonNullable<WorldConditions["itemOrder"]>): readonly string[] {
  return "shuffled" in itemOrder ? itemOrder.shuffled : itemOrder;
}
