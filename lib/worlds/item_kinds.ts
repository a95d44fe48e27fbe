import { logistic } from "../stats/logistic_regression.ts";
import type { LinearPredictor } from "./predictor.ts";
import { cutNormal, gridCuts, gridValues, linearPredictor, predictorParts, softmax } from "./predictor.ts";
import { among, anything, checkGrid, checkKnown, checkThresholds, deviation, mapOf } from "./shapes.ts";
import { nameOf, partsOf, type Shape, type WorldParts } from "./shapes.ts";

/** A numeric answer: a normal latent value, rounded to the nearest value of the scale or cut at thresholds. */
export interface WorldScale extends LinearPredictor {
  /** How the item is answered. */
  readonly kind: "scale";
  /** Lowest and highest value of the scale. */
  readonly range: readonly [number, number];
  /**
   * Distance of two values of the scale.
   * @default {1}
   */
  readonly step?: number;
  /** Standard deviation of the latent noise, in scale units. */
  readonly sd: number;
  /**
   * Where the latent value is cut: one fewer than the values of the scale, rising.
   * @default half-way between values
   */
  readonly thresholds?: readonly number[];
}

/** A categorical answer: multinomial logit. */
export interface WorldChoice {
  /** How the item is answered. */
  readonly kind: "choice";
  /** For each option, its linear predictor (log-odds). */
  readonly options: { readonly [option: string]: LinearPredictor };
}

/** Yes or no: logit of yes. */
export interface WorldYesNo extends LinearPredictor {
  /** How the item is answered. */
  readonly kind: "yesNo";
}

/** An answer that is the person's attribute itself. */
export interface WorldAttribute {
  /** How the item is answered. */
  readonly kind: "attribute";
  /** The attribute that is told. */
  readonly attribute: string;
}

/**
 * A choice between the profiles of a conjoint that a text shows side by side: multinomial logit of what their levels are
 * worth, which stands in `effects` by feature: `{ price: { slope: -0.1 } }`.
 */
export interface WorldProfileChoice extends LinearPredictor {
  /** How the item is answered. */
  readonly kind: "profile";
  /**
   * Options beside the profiles, such as `neither`, each with its linear predictor.
   * @default {{}}
   */
  readonly others?: { readonly [option: string]: LinearPredictor };
}

/** How people of a world answer an item. */
export type WorldItem = WorldScale | WorldChoice | WorldYesNo | WorldAttribute | WorldProfileChoice;

/** An answer: a number of a scale, an option, a level; 1 and 0 for yes and no. */
export type WorldAnswer = number | string;

export type LatentItem = Exclude<WorldItem, { kind: "attribute" }>;

/** What a kind of item is: its declaration, its answers, and how latent values become them. */
interface Kind<Item> {
  readonly shape: Shape;
  readonly answers: (
    item: Item,
    world: Pick<WorldParts, "attributes">,
    labels: readonly string[],
  ) => readonly WorldAnswer[];
  readonly predictors: (item: Item) => readonly LinearPredictor[];
  /** The probability of each answer; `spread` shrinks the latent noise, which for options stretches the log-odds. */
  readonly probabilities: (item: Item, scores: readonly number[], spread: number) => number[];
}

const kinds: { readonly [Name in WorldItem["kind"]]: Kind<Extract<WorldItem, { kind: Name }>> } = {
  scale: {
    shape(value, argument, world) {
      const numbers = { kind: anything, range: anything, step: anything, sd: deviation };
      partsOf(numbers, { thresholds: anything, ...predictorParts })(value, argument, world);
      const { range, step, thresholds: cuts } = value as WorldScale;
      checkGrid(argument, range, step);
      if (cuts !== undefined) checkThresholds(`${argument}.thresholds`, cuts, gridValues(range, step).length);
    },
    answers: ({ range, step }) => gridValues(range, step),
    predictors: (item) => [item],
    probabilities(item, scores, spread) {
      const cuts = item.thresholds ?? gridCuts(gridValues(item.range, item.step), item.step);
      return cutNormal(cuts, scores[0]!, item.sd * spread);
    },
  },
  choice: {
    shape: partsOf({ kind: anything, options: mapOf(() => linearPredictor) }),
    answers: ({ options }) => Object.keys(options),
    predictors: ({ options }) => Object.values(options),
    probabilities: (_, scores, spread) => softmax(scores.map((score) => score / spread)),
  },
  yesNo: {
    shape: partsOf({ kind: anything }, predictorParts),
    answers: () => [1, 0],
    predictors: (item) => [item],
    probabilities(_, scores, spread) {
      const yes = logistic(scores[0]! / spread);
      return [yes, 1 - yes];
    },
  },
  profile: {
    shape: partsOf({ kind: anything }, { others: mapOf(() => linearPredictor), ...predictorParts }),
    answers: ({ others = {} }, _, labels) => [...labels, ...Object.keys(others)],
    predictors: (item) => [item, ...Object.values(item.others ?? {})],
    probabilities: (_, scores, spread) => softmax(scores.map((score) => score / spread)),
  },
  attribute: {
    shape: partsOf({ kind: anything, attribute: nameOf("attributes") }),
    answers: ({ attribute }, world) => world.attributes[attribute]!,
    predictors: () => [],
    probabilities: () => [],
  },
};

function kindOf(item: WorldItem): Kind<WorldItem> {
  return kinds[item.kind] as Kind<WorldItem>;
}

export function itemShape(value: unknown, argument: string, world: WorldParts): void {
  checkKnown(value, argument, Object.keys(value ?? {}));
  const item = value as WorldItem;
  among(Object.keys(kinds))(item.kind, `${argument}.kind`, world);
  kindOf(item).shape(item, argument, world);
}

export function byItem(shapeOf: (item: WorldItem) => Shape): Shape {
  return mapOf((name, argument, world) => {
    nameOf("items")(name, argument, world);
    return shapeOf(world.items[name] as WorldItem);
  });
}

/** One of an item's answers; profiles have any labels. */
export function answerTo(item: WorldItem): Shape {
  return (value, argument, world) => {
    if (item.kind !== "profile") among(possibleAnswers(world, item))(value, argument, world);
  };
}

/** The item of a name; an attribute that is asked for tells itself. */
export function itemOf(world: Pick<WorldParts, "items" | "attributes">, name: string): WorldItem {
  if (Object.hasOwn(world.items, name)) return world.items[name] as WorldItem;
  return { kind: "attribute", attribute: attributeAsked(world, name) ?? name };
}

/**
 * The attribute that a name asks for: its own, or `asked_` before it, which is what `suggestControls` calls a question
 * for an attribute, as no question of a design may have an attribute's name.
 */
export function attributeAsked(world: Pick<WorldParts, "attributes">, name: string): string | undefined {
  return [name, name.replace(/^asked_/, "")].find((attribute) => Object.hasOwn(world.attributes, attribute));
}

/** Every answer to an item; profiles that are chosen between are known by their labels. */
export function possibleAnswers(
  world: Pick<WorldParts, "attributes">,
  item: WorldItem,
  labels: readonly string[] = [],
): readonly WorldAnswer[] {
  return kindOf(item).answers(item, world, labels);
}

export function spellAnswer(item: WorldItem, value: WorldAnswer): string {
  return item.kind === "yesNo" ? (value === 1 ? "yes" : "no") : String(value);
}

/** The linear predictors of an item: one for each option of a choice, one for others, none for attributes. */
export function predictorsOf(item: WorldItem): readonly LinearPredictor[] {
  return kindOf(item).predictors(item);
}

export function answersFromScores(item: LatentItem, scores: readonly number[], spread: number): number[] {
  return kindOf(item).probabilities(item, scores, spread);
}
