import { checkOneOf, checkWhole } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import type { Treatments } from "../core/experiment.ts";
import type { OptionOrder } from "../core/item.ts";
import { type AnswerContext, answerDistribution } from "./answer_distribution.ts";
import type { World } from "./declaration.ts";
import { armStimuli, fillSlots } from "./factors.ts";
import { attributeAsked, itemOf, possibleAnswers, spellAnswer } from "./item_kinds.ts";
import { failures, imagineFor, rememberings } from "./people.ts";
import type { Levels } from "./predictor.ts";
import { type PromptReading, readText, stimuliIn, wordingShift } from "./read_prompt.ts";

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

/** Personas about whom the same is stated. */
export interface StatedGroup {
  /** What is stated. */
  readonly stated: { readonly [attribute: string]: string };
  /** The sum of their weights. */
  readonly weight: number;
  /** Their rows. */
  readonly rows: readonly number[];
}

/** A part of the people, and how often they give each answer. */
export interface Part {
  /** How many there are, in sums of weights. */
  people: number;
  /** For each answer, how many give it and can be read. */
  readonly answers: number[];
}

/** What is asked in one arm, and which part of the people somebody belongs to. */
export interface ArmRequest {
  readonly outcome: string;
  readonly arm: string;
  readonly conditions: WorldConditions;
  readonly groups: readonly StatedGroup[];
  readonly partOf: (group: number, levels: Levels) => string;
}

/** How often each answer to an item is given in one arm, by part of the people: exact, by enumeration. */
export function armShares(world: World, request: ArmRequest): Map<string, Part> {
  const { outcome, groups, partOf } = request;
  const parts = new Map<string, Part>();
  const none = possibleAnswers(world, itemOf(world, outcome)).map(() => 0);
  const scenes = scenesOf(world, request);
  for (const scene of scenes) {
    const answersOf = rememberAnswers(world, scene, request);
    groups.forEach((group, place) => {
      const reading = { ...scene, stated: group.stated };
      for (const { stated, share } of rememberings(world, reading)) {
        const { cells, shares } = imagineFor(world, stated, reading);
        const names = Object.keys(stated);
        for (let i = 0; i < cells.length; i++) {
          const { levels } = world.cells[cells[i]!]!;
          const name = partOf(place, levels);
          const part = parts.get(name) ?? { people: 0, answers: [...none] };
          parts.set(name, part);
          const weight = group.weight * share * shares[i]! / scenes.length;
          const { readable, probabilities } = answersOf(cells[i]!, names);
          part.people += weight;
          for (let k = 0; k < none.length; k++) part.answers[k]! += weight * readable * probabilities[k]!;
        }
      }
    });
  }
  return parts;
}

type Scene = Pick<PromptReading, "stimuli" | "opinions" | "unblinded" | "turns"> & {
  /** Shifts by wording and their shares. */
  readonly wordings: readonly { readonly shift: number; readonly share: number }[];
};

/** What the arm's texts say; each is as frequent as the others. */
function scenesOf(world: World, { outcome, arm, conditions }: ArmRequest): Scene[] {
  const { turns = 0, unblinded = false } = conditions;
  const texts = textsOf(arm, conditions);
  if (texts === undefined) {
    const stimuli = armStimuli(world, arm)!;
    return [{ stimuli, opinions: [], unblinded, turns, wordings: everyWording(world, outcome, stimuli) }];
  }
  return texts.map((text) => {
    const { wording, ...read } = readText(world, text);
    const wordings = [{ shift: wordingShift(world, outcome, wording), share: 1 }];
    return { ...read, unblinded: unblinded || read.unblinded, turns, wordings };
  });
}

/** The texts of an arm, its own slots filled; `undefined` where nothing but its stimulus is known. */
function textsOf(arm: string, { treatments = {} }: WorldConditions): readonly string[] | undefined {
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

/**
 * A normal effect of wording on a grid, on which the trapezoidal rule is exact to rounding: the grid is as fine as the
 * answers are sharp, since what an item's noise smooths less needs a smaller step. One text has one draw for each
 * stimulus in it.
 */
function everyWording(world: World, name: string, stimuli: readonly string[]): Scene["wordings"] {
  const sd = (world.behaviour.wording?.sd ?? 0) * Math.sqrt(stimuli.length);
  if (sd === 0) return [{ shift: 0, share: 1 }];
  const item = itemOf(world, name);
  const noise = (item.kind === "scale" ? item.sd : 1) * (1 - (world.behaviour.compression ?? 0));
  const half = Math.ceil(34 * Math.max(1, sd / (2 * noise)));
  const step = 8.5 / half;
  return Array.from({ length: 2 * half + 1 }, (_, i) => (i - half) * step).map((z) => ({
    shift: sd * z,
    share: step * Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI),
  }));
}

interface Answered {
  /** How often the answers can be read. */
  readonly readable: number;
  readonly probabilities: readonly number[];
}

/** For each kind of person, its answers over the orders of items and options and over wordings; once for each. */
function rememberAnswers(
  world: World,
  scene: Scene,
  { outcome, conditions }: ArmRequest,
): (cell: number, stated: readonly string[]) => Answered {
  const item = itemOf(world, outcome);
  const options = possibleAnswers(world, item).map((value) => spellAnswer(item, value));
  const orders = optionOrders(world, outcome, [options, conditions.orders]);
  const before = itemsBefore(world, outcome, conditions.itemOrder);
  const known = new Map<string, Answered>();
  return (cell, stated) => {
    // Only focalism asks what is stated, and it asks for names.
    const key = JSON.stringify([cell, stated]);
    const found = known.get(key);
    if (found) return found;
    const { levels } = world.cells[cell]!;
    const probabilities = options.map(() => 0);
    for (const { items, share: ofItems } of before) {
      for (const shown of orders) {
        for (const { shift, share: ofWording } of scene.wordings) {
          const context: AnswerContext = { ...scene, stated, before: items, shown, wording: shift };
          const share = ofItems * ofWording / orders.length;
          answerDistribution(world, outcome, levels, context).forEach((probability, k) => {
            probabilities[k]! += share * probability;
          });
        }
      }
    }
    const { refused, unparsed } = failures(world, levels, scene.stimuli);
    const computed = { readable: (1 - refused) * (1 - unparsed), probabilities };
    known.set(key, computed);
    return computed;
  };
}

/**
 * Orders of the options that put each of them in the first and in the last place as often as all orders do: places
 * between have no effect, so a shuffle needs no more than its rotations.
 */
function optionOrders(
  world: World,
  name: string,
  [options, orders]: readonly [readonly string[], OptionOrder | undefined],
): readonly (readonly string[])[] {
  const { kind } = itemOf(world, name);
  // A scale's points are not listed as options.
  if (kind === "scale") return [[]];
  switch (orders ?? (kind === "yesNo" ? "fixed" : "shuffled")) {
    case "fixed":
      return [options];
    case "reversed":
      return [options, [...options].reverse()];
    case "shuffled":
      return options.map((_, i) => [...options.slice(i), ...options.slice(0, i)]);
  }
}

/** Which of the items that shift an item stand before it, and how often. */
function itemsBefore(
  world: World,
  name: string,
  itemOrder: WorldConditions["itemOrder"] = [name],
): { readonly items: readonly string[]; readonly share: number }[] {
  const after = world.behaviour.orderEffects?.[name]?.after ?? {};
  const shifting = askedTogether(itemOrder).filter((other) => other !== name && Object.hasOwn(after, other));
  if (!("shuffled" in itemOrder)) {
    const place = itemOrder.indexOf(name);
    return [{ items: shifting.filter((other) => itemOrder.indexOf(other) < place), share: 1 }];
  }
  const subsets = shifting.reduce<string[][]>(
    (sets, other) => [...sets, ...sets.map((set) => [...set, other])],
    [[]],
  );
  // A set of b out of s items stands before another in b! (s − b)! of the (s + 1)! orders.
  const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));
  return subsets.map((items) => ({
    items,
    share: factorial(items.length) * factorial(shifting.length - items.length) /
      factorial(shifting.length + 1),
  }));
}

function askedTogether(itemOrder: NonNullable<WorldConditions["itemOrder"]>): readonly string[] {
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
