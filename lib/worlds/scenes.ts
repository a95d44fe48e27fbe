import { cannot } from "../core/errors.ts";
import type { Arm, Treatments } from "../core/experiment.ts";
import type { OptionOrder } from "../core/item.ts";
import type { World } from "./declaration.ts";
import { armStimuli, fillSlots } from "./factors.ts";
import { type PromptReading, readText, stimuliIn, wordingShift } from "./read_prompt.ts";

/** How a question is asked of a world's respondent: what behaviour answers to, beside personas and stimuli. */
export interface WorldConditions {
  /**
   * The arms, from `declareTreatments`; their wordings are equally frequent. What the texts say of opinions and of chance
   * is read from them, and their wording has the effect that it has in the replies. Arms that are not compared may be
   * there too.
   * @default nothing but the stimulus; not where wordings have an effect of their own
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
}

/** What a text shows whoever answers. */
export interface Scene extends Pick<PromptReading, "stimuli" | "opinions" | "unblinded" | "turns"> {
  readonly share: number;
  /** What its wording adds to the latent value. */
  readonly wording: number;
}

/** What an arm shows: its texts, each as frequent as the others; or nothing but its stimulus. */
export function scenesOf(
  action: string,
  { world, design: { treatments }, conditions }: {
    readonly world: World;
    readonly design: WorldConditions;
    readonly conditions: WorldConditions | null;
  },
  [outcome, arm]: readonly [string, string | null],
): Scene[] {
  const stimuli = arm === null ? [] : stimuliOf(world, arm, treatments)!;
  const { turns = 0, unblinded = false } = conditions ?? {};
  const shown = conditions === null ? undefined : armOf(arm, treatments);
  if (shown === undefined) {
    if (arm !== null && conditions !== null && world.behaviour.wording !== undefined) {
      const rule = `have the texts of '${arm}', since the wording has an effect in this world`;
      throw new RangeError(cannot(action, "treatments", rule, treatments));
    }
    return [{ stimuli, opinions: [], unblinded, turns, wording: 0, share: 1 }];
  }
  return shown.wordings.map((template) => {
    const text = fillSlots(template, shown.slots);
    checkText(action, world, stimuli, [shown.name, text]);
    const read = readText(world, text);
    const share = 1 / shown.wordings.length;
    const wording = wordingShift(world, outcome, read.wording);
    return { ...read, unblinded: unblinded || read.unblinded, turns, wording, share };
  });
}

function armOf(arm: string | null, treatments: Treatments | undefined): Arm | undefined {
  return treatments?.arms.find(({ name }) => name === arm);
}

/** The stimuli of an arm by its name or its slots; `undefined` where the world has none. */
export function stimuliOf(
  world: World,
  arm: string,
  treatments: Treatments | undefined,
): readonly string[] | undefined {
  return armStimuli(world, arm, armOf(arm, treatments)?.slots);
}

function checkText(action: string, world: World, stimuli: readonly string[], [arm, text]: [string, string]) {
  const found = stimuliIn(world, text);
  const missing = stimuli.find((stimulus) => !found.includes(stimulus));
  if (missing === undefined && !text.includes("{{")) return;
  const filled = "have no slots of personas; give it as it reads with its slots filled (composeTreatment)";
  const rule = missing === undefined ? filled : `contain a phrase of '${missing}'`;
  throw new RangeError(cannot(action, `treatments.${arm}`, rule, text));
}

export function itemsTogether(itemOrder: NonNullable<WorldConditions["itemOrder"]>): readonly string[] {
  return "shuffled" in itemOrder ? itemOrder.shuffled : itemOrder;
}
