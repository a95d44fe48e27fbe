import { cannot } from "../core/errors.ts";
import { answerTo, byItem, type WorldItem } from "./item_kinds.ts";
import { levelOf, type LinearPredictor, linearPredictor } from "./predictor.ts";
import { among, between, checkKnown, declaring, finite, listOf, mapOf, nameOf, partsOf } from "./shapes.ts";
import { phraseList, type Shape } from "./shapes.ts";

/** A shift of an item's latent value: a number, or for items with options one for each option that shifts. */
export type LatentShift = number | { readonly [option: string]: number };

/**
 * How the respondent departs from the people of its world. The truth ignores all of it; the replies show it, and
 * `naiveEffect` and `trueDrift` count it. Every part may be left out.
 *
 * Shifts are log-odds for yes-no items and for options, and values of the scale for scales, unless said otherwise.
 */
export interface WorldBehaviour {
  /** Log-odds of refusing a request; nobody refuses if not given. */
  readonly refusal?: LinearPredictor;
  /** Log-odds that a reply is prose in place of what the schema asks for; never if not given. */
  readonly formatFailure?: LinearPredictor;
  /** Log-odds added to the option that stands in one place, for items whose options the schema lists. */
  readonly position?: {
    /** The log-odds. */
    readonly strength: number;
    /** The place. */
    readonly slot: "first" | "last";
    /** The items; all that have options if not given. */
    readonly items?: readonly string[];
  };
  /** Agreement with whatever is asked: log-odds of yes, and for scales a shift upwards in units of the item's `sd`. */
  readonly acquiescence?: number;
  /** Shift toward an opinion that the text expresses. */
  readonly deference?: {
    /** Its size: log-odds, and for scales units of the item's `sd`; the same for all opinions. */
    readonly strength: number;
    /**
     * For each phrase that expresses an opinion and each item, where it points: 1 (toward the high end of a scale, or
     * toward yes) or -1; for a choice, the option.
     */
    readonly opinions: { readonly [phrase: string]: { readonly [item: string]: number | string } };
  };
  /**
   * From 0 to below 1: by how much the spread, between people and within them, is shrunk toward the latent mean of the
   * population that has seen the same stimuli.
   */
  readonly compression?: number;
  /** For each item, the share of replies that give one answer. */
  readonly collapse?: {
    readonly [item: string]: { readonly share: number; readonly answer: number | string };
  };
  /** What the coefficients (`effects`) of stated attributes are multiplied by. */
  readonly focalism?: number;
  /**
   * A random effect of the paragraph in which a stimulus stands, normal with this standard deviation, on items that a
   * stimulus moves (of a choice: on the options that it moves, together).
   */
  readonly wording?: { readonly sd: number };
  /** Probability that an attribute that is asked for is told wrongly; each wrong level is equally likely. */
  readonly recallError?: number;
  /**
   * After `t` earlier replies all that was stated is forgotten with probability 1 − exp(−rate · t), and the default
   * person answers, as from the start where nothing is stated: the `measured` floor of `estimateStability`. Not at rate 0.
   */
  readonly decay?: {
    /** The rate for each earlier reply. */
    readonly rate: number;
    /** Who answers then: levels of the default person; attributes left out are imagined. */
    readonly default: { readonly [attribute: string]: string };
  };
  /** For each stimulus and item, the share of replies in which a remembered effect stands in place of the world's. */
  readonly memorised?: {
    readonly [stimulus: string]: {
      readonly [item: string]: { readonly share: number; readonly effect: LatentShift };
    };
  };
  /** For each item, what is added for some groups, wrongly; for a choice by option. */
  readonly subgroupError?: {
    readonly [item: string]: LinearPredictor | {
      readonly options: { readonly [option: string]: LinearPredictor };
    };
  };
  /** For each item, its shift where another item was asked before it in the same request. */
  readonly orderEffects?: {
    readonly [item: string]: { readonly after: { readonly [other: string]: LatentShift } };
  };
  /** Where the text says that chance chose the treatment, drift is multiplied by 1 − `strength`. */
  readonly unblinding?: {
    /** What texts say so. */
    readonly phrases: readonly string[];
    /** From 0 to 1. */
    readonly strength: number;
  };
}

const share = between(0, 1);

const parts: { readonly [part in keyof Required<WorldBehaviour>]: Shape } = {
  refusal: linearPredictor,
  formatFailure: linearPredictor,
  position: partsOf({ strength: finite, slot: among(["first", "last"], "be first or last") }, {
    items: listOf(nameOf("items")),
  }),
  acquiescence: finite,
  deference: partsOf({
    strength: finite,
    opinions: mapOf((phrase, argument) => {
      phraseList([phrase], argument);
      return byItem(direction);
    }),
  }),
  compression(value, argument) {
    if (typeof value === "number" && value >= 0 && value < 1) return;
    throw new RangeError(cannot(declaring, argument, "lie from 0 to below 1", value));
  },
  collapse: byItem((item) => partsOf({ share, answer: answerTo(item) })),
  focalism: finite,
  wording: partsOf({ sd: between(0, Infinity) }),
  recallError: share,
  decay: partsOf({
    rate: between(0, Infinity),
    default: mapOf((name, argument, world) => levelOf(name, argument, { ...world, factors: {} })),
  }),
  memorised: mapOf((stimulus, argument, world) => {
    nameOf("stimuli")(stimulus, argument, world);
    return byItem((item) => partsOf({ share, effect: shiftOf(item) }));
  }),
  subgroupError: byItem((item) =>
    item.kind === "choice" ? partsOf({ options: ofOptions(item.options, linearPredictor) }) : linearPredictor
  ),
  orderEffects: byItem((item) => {
    const after = mapOf((other, argument, world) => {
      nameOf("items")(other, argument, world);
      return shiftOf(item);
    });
    return partsOf({ after });
  }),
  unblinding: partsOf({ phrases: phraseList, strength: share }),
};

/** A behaviour that names what exists and whose rates can be rates. */
export const behaviourShape: Shape = partsOf({}, parts);

function ofOptions(options: object, shape: Shape): Shape {
  return (value, argument, world) => {
    checkKnown(value, argument, Object.keys(options));
    mapOf(() => shape)(value, argument, world);
  };
}

/** A shift of what the item has: its latent value, or its options. */
function shiftOf(item: WorldItem): Shape {
  if (item.kind === "choice") return ofOptions(item.options, finite);
  if (item.kind === "profile") return mapOf(() => finite);
  if (item.kind !== "attribute") return finite;
  return (value, argument) => {
    throw new RangeError(cannot(declaring, argument, "not shift an item that tells an attribute", value));
  };
}

/** Where an opinion points; the value of a scale that it names would be taken for a size. */
function direction(item: WorldItem): Shape {
  if (item.kind === "choice" || item.kind === "profile") return answerTo(item);
  if (item.kind === "attribute") return shiftOf(item);
  const end = item.kind === "scale" ? "the high end of the scale" : "yes";
  return among([1, -1], `be 1 (toward ${end}) or -1; 'strength' says how far`);
}
