import type { OptionOrder } from "../core/item.ts";
import { type AnswerContext, answerDistribution } from "./answer_distribution.ts";
import { askedTogether, type WorldConditions } from "./conditions.ts";
import type { World } from "./declaration.ts";
import { itemOf, possibleAnswers, spellAnswer } from "./item_kinds.ts";
import { failures, imagineFor, rememberings } from "./people.ts";
import type { Levels } from "./predictor.ts";
import type { PromptReading } from "./read_prompt.ts";

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

/** What a text shows whoever answers. */
export interface Scene
  extends Pick<PromptReading, "stimuli" | "opinions" | "unblinded" | "turns" | "profiles"> {
  /** How frequent it is. */
  readonly share: number;
  /** The profile that is judged, by its place. */
  readonly judged?: number;
  /** Shifts by wording and their shares. */
  readonly wordings: readonly { readonly shift: number; readonly share: number }[];
}

/** What is asked of whom, and which part of the people somebody belongs to. */
export interface SharesRequest {
  readonly outcome: string;
  readonly scenes: readonly Scene[];
  readonly conditions: WorldConditions;
  readonly groups: readonly StatedGroup[];
  readonly partOf: (group: number, levels: Levels) => string;
}

/** How often each answer to an item is given, by part of the people: exact, by enumeration. */
export function answerShares(world: World, request: SharesRequest): Map<string, Part> {
  const { groups, partOf } = request;
  const parts = new Map<string, Part>();
  for (const scene of request.scenes) {
    const answersOf = rememberAnswers(world, scene, request);
    groups.forEach((group, place) => {
      const reading = { ...scene, stated: group.stated };
      for (const { stated, share } of rememberings(world, reading)) {
        const { cells, shares } = imagineFor(world, stated, reading);
        const names = Object.keys(stated);
        for (let i = 0; i < cells.length; i++) {
          const { readable, probabilities } = answersOf(cells[i]!, names);
          const weight = scene.share * group.weight * share * shares[i]!;
          const answers = probabilities.map((probability) => weight * readable * probability);
          addPart(parts, partOf(place, world.cells[cells[i]!]!.levels), { people: weight, answers });
        }
      }
    });
  }
  return parts;
}

/** Adds people to a part. */
export function addPart(parts: Map<string, Part>, name: string, { people, answers }: Part): void {
  const part = parts.get(name);
  if (part === undefined) {
    parts.set(name, { people, answers: [...answers] });
    return;
  }
  part.people += people;
  answers.forEach((answer, k) => part.answers[k]! += answer);
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
  { outcome, conditions }: SharesRequest,
): (cell: number, stated: readonly string[]) => Answered {
  const item = itemOf(world, outcome);
  const labels = scene.profiles.map(({ label }) => label);
  const options = possibleAnswers(world, item, labels).map((value) => spellAnswer(item, value));
  const orders = optionOrders(world, outcome, [options, conditions.orders]);
  const before = itemsBefore(world, outcome, conditions.itemOrder);
  const judged = item.kind === "profile" || scene.judged === undefined ? undefined : scene.judged;
  const about = judged === undefined ? [] : scene.profiles[judged]!.stimuli;
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
          const stimuli = [...scene.stimuli, ...about];
          const context: AnswerContext = { ...scene, stimuli, stated, before: items, shown, wording: shift };
          const share = ofItems * ofWording / orders.length;
          answerDistribution(world, outcome, levels, context).forEach((probability, k) => {
            probabilities[k]! += share * probability;
          });
        }
      }
    }
    const { refused, unparsed } = failures(world, levels, scene.stimuli);
    const chosen = item.kind === "profile" ? probabilities[scene.judged!]! : undefined;
    const computed = {
      readable: (1 - refused) * (1 - unparsed),
      probabilities: chosen === undefined ? probabilities : [chosen, 1 - chosen],
    };
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
  // A scale's points are not listed as options, and profiles stand in the order of their table.
  if (kind === "scale") return [[]];
  if (kind === "profile") return [options];
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
