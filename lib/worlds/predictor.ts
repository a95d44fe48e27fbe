import { cannot } from "../core/errors.ts";
import { normalCdf } from "../stats/distributions.ts";
import type { Shape, WorldParts } from "./shapes.ts";
import { among, checkKnown, declaring, finite, listed, listOf, mapOf, nameOf, partsOf } from "./shapes.ts";

/**
 * For each attribute (or factor), for each of its levels, a coefficient; levels left out have 0. Where the levels are
 * numbers, `{ slope: 0.1 }` gives a coefficient for each unit.
 */
export type Coefficients = { readonly [attribute: string]: { readonly [level: string]: number } };

/** What a stimulus does to an outcome, the person held fixed: the causal effect. */
export interface StimulusEffect {
  /** The effect on the latent scale for everybody. */
  readonly effect: number;
  /**
   * What each attribute level adds to the effect.
   * @default {{}}
   */
  readonly by?: Coefficients;
}

/** What is added where levels meet: of factors, or of a factor and an attribute, whose people it moves more. */
export interface Interaction {
  /** The level of each attribute or factor that must meet. */
  readonly where: { readonly [attributeOrFactor: string]: string };
  /** What is added on the latent scale. */
  readonly effect: number;
}

/** A linear predictor: intercept, attributes, factors and stimuli. */
export interface LinearPredictor {
  /**
   * Its value where every coefficient is 0.
   * @default {0}
   */
  readonly intercept?: number;
  /**
   * What attributes add, and the levels of the factors that a text shows: `{ tone: { angry: 0.5 } }`.
   * @default {{}}
   */
  readonly effects?: Coefficients;
  /**
   * What stimuli add; an item that no stimulus and no factor moves is a negative control by construction.
   * @default {{}}
   */
  readonly stimuli?: { readonly [stimulus: string]: StimulusEffect };
  /**
   * What is added where levels meet.
   * @default {[]}
   */
  readonly interactions?: readonly Interaction[];
}

/** A level of every attribute. */
export type Levels = { readonly [attribute: string]: string };

interface PredictorChange {
  /** What an attribute's coefficients are multiplied by. */
  readonly weightOf?: ((attribute: string) => number) | undefined;
  /** The effect of a stimulus in place of the world's; `undefined` keeps it. */
  readonly effectOf?: (stimulus: string) => number | undefined;
}

/** The value of a linear predictor for a kind of person who has seen stimuli. */
export function evaluatePredictor(
  predictor: LinearPredictor,
  person: Levels,
  stimuli: readonly string[],
  { weightOf, effectOf }: PredictorChange = {},
): number {
  const levels = withFactors(person, stimuli);
  let value = (predictor.intercept ?? 0) + sumCoefficients(predictor.effects, levels, weightOf);
  for (const stimulus of stimuli) {
    const own = predictor.stimuli?.[stimulus];
    value += effectOf?.(stimulus) ??
      (own === undefined ? 0 : own.effect + sumCoefficients(own.by, levels));
  }
  for (const { where, effect } of predictor.interactions ?? []) {
    if (Object.entries(where).every(([name, level]) => levels[name] === level)) value += effect;
  }
  return value;
}

/** Σ of the coefficients that a kind of person's levels pick; some attributes may count more. */
export function sumCoefficients(
  coefficients: Coefficients | undefined,
  levels: Levels,
  weightOf?: (attribute: string) => number,
): number {
  let sum = 0;
  for (const attribute in coefficients) {
    const level = levels[attribute];
    // A factor that a text does not show.
    if (level === undefined) continue;
    const byLevel = coefficients[attribute]!;
    // A level may have the name of something that every object inherits, such as the occupation "constructor".
    const own = Object.hasOwn(byLevel, level) ? byLevel[level]! : undefined;
    const value = own ?? (byLevel.slope === undefined ? 0 : byLevel.slope * Number(level));
    sum += weightOf === undefined ? value : value * weightOf(attribute);
  }
  return sum;
}

/** A shown level of a factor, as it stands among stimuli. */
export function factorStimulus(factor: string, level: string): string {
  return `${factor}.${level}`;
}

function withFactors(person: Levels, stimuli: readonly string[]): Levels {
  const shown = stimuli.filter((stimulus) => stimulus.includes("."));
  if (shown.length === 0) return person;
  return { ...person, ...Object.fromEntries(shown.map(splitFactor)) };
}

/** The factor and the level of a stimulus; the name of a factor has no full stop, and other stimuli have no factor. */
export function splitFactor(stimulus: string): [factor: string, level: string] {
  const end = Math.max(0, stimulus.indexOf("."));
  return [stimulus.slice(0, end), stimulus.slice(end + 1)];
}

/** Whether a stimulus, or a level of a factor, moves what a predictor predicts. */
export function isMoved({ factors }: Pick<WorldParts, "factors">, predictor: LinearPredictor): boolean {
  const { stimuli = {}, effects = {}, interactions = [] } = predictor;
  const named = [...Object.keys(effects), ...interactions.flatMap(({ where }) => Object.keys(where))];
  return Object.keys(stimuli).length > 0 || named.some((name) => Object.hasOwn(factors, name));
}

export function gridValues([low, high]: readonly [number, number], step = 1): number[] {
  const count = Math.round((high - low) / step) + 1;
  // 0.1 + 2 · 0.1 is to read 0.3.
  return Array.from({ length: count }, (_, i) => Number((low + i * step).toPrecision(12)));
}

export function gridCuts(values: readonly number[], step = 1): number[] {
  return values.slice(0, -1).map((value) => value + step / 2);
}

/** Each part's share of a normal curve that is cut: Φ((c_k − μ)/σ) − Φ((c_{k−1} − μ)/σ). */
export function cutNormal(cuts: readonly number[], mean: number, sd: number): number[] {
  const below = [...cuts.map((cut) => normalCdf((cut - mean) / sd)), 1];
  return below.map((share, i) => (i === 0 ? share : share - below[i - 1]!));
}

/** Probabilities from log-odds; the largest is taken out first so that nothing overflows. */
export function softmax(scores: readonly number[]): number[] {
  const largest = Math.max(...scores);
  const terms = scores.map((score) => Math.exp(score - largest));
  const total = terms.reduce((sum, term) => sum + term, 0);
  return terms.map((term) => term / total);
}

/** Coefficients of attributes that exist, and of factors where there may be any. */
export const coefficients: Shape = mapOf((name, argument, world) => {
  const levels = knownLevels(name, argument, world);
  const numeric = levels.every((level) => level !== "" && Number.isFinite(Number(level)));
  return (value, argument, world) => {
    if (typeof value === "number") {
      // A bare number does not say of which level it is; the error shows how it is said.
      const example = numeric ? "slope" : levels[0]!;
      const key = /^[a-z_]\w*$/i.test(example) ? example : JSON.stringify(example);
      throw new TypeError(cannot(declaring, argument, `be an object, such as { ${key}: ${value} }`, value));
    }
    checkKnown(value, argument, Object.keys(value ?? {}));
    const known = among(levels, `name levels (${listed(levels)})${numeric ? " or a slope" : ""}`);
    for (const [level, number] of Object.entries(value as object)) {
      if (!(numeric && level === "slope")) known(level, argument, world);
      finite(number, `${argument}.${level}`);
    }
  };
});

/** What every linear predictor may have. */
export const predictorParts: { readonly [part in keyof Required<LinearPredictor>]: Shape } = {
  intercept: finite,
  effects: coefficients,
  stimuli: mapOf((stimulus, argument, world) => {
    nameOf("stimuli")(stimulus, argument, world);
    return partsOf({ effect: finite }, { by: coefficients });
  }),
  interactions: listOf(partsOf({ where: mapOf(levelOf), effect: finite })),
};

export const linearPredictor: Shape = partsOf({}, predictorParts);

export function levelOf(name: string, argument: string, world: WorldParts): Shape {
  const levels = knownLevels(name, argument, world);
  return among(levels, `name a level (${listed(levels)})`);
}

function knownLevels(name: string, argument: string, world: WorldParts): readonly string[] {
  const { attributes, factors } = world;
  const known = { ...attributes, ...factors };
  const others = Object.keys(factors).length === 0 ? "" : ` or factors (${listed(Object.keys(factors))})`;
  const rule = `name attributes (${listed(Object.keys(attributes))})${others}`;
  among(Object.keys(known), rule)(name, argument, world);
  return known[name]!;
}
