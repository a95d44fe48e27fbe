import { checkDistinct, checkOptions, checkText } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import type { Arm, DeclaredFeature, Treatments } from "../core/experiment.ts";
import type { FeatureDeclaration, Restriction } from "./features.ts";
import { joinParts, linkFeatures, readFeatures, readRestrictions } from "./features.ts";

/** What {@linkcode declareFactorial} needs to know. */
export interface DeclareFactorialOptions {
  /** For each factor its levels: a list of equally likely ones, or an object of weights. */
  readonly factors: { readonly [factor: string]: FeatureDeclaration };
  /** The text of every arm, or several wordings of it: a template in which `{{ factor }}` stands for the level. */
  readonly text: string | readonly string[];
  /**
   * Combinations that are no arms.
   * @default []
   */
  readonly restrictions?: readonly Restriction[];
}

/** The arms of a factorial experiment: `factors` for `declareDesign`; made by {@linkcode declareFactorial}. */
export interface Factorial extends Treatments {
  /** The factors and their levels. */
  readonly factors: { readonly [factor: string]: DeclaredFeature };
  /** The probability of each arm. */
  readonly probabilities: { readonly [arm: string]: number };
}

const action = "declare a factorial";

/**
 * Declares the arms of a factorial experiment: every combination of the factors' levels that is not restricted.
 *
 * An arm is named after its levels, joined by a full stop, such as `calm.police`, and has them as its slots. Give the
 * result to `declareDesign({ factors, items, stated })`: `assignTreatments` then records one column per factor, so that
 * `estimateEffects(answers, { outcome, arm: "tone" })` compares the levels of one factor over those of the others. No
 * factor is told to the model but by the text.
 *
 * @param options see {@linkcode DeclareFactorialOptions} (defaults there)
 * @returns the arms with their texts and levels, the factors, and the probability of each arm; frozen
 * @throws {RangeError} if a factor does not stand in the text, a factor or level is named twice, weights are not above
 * 0, or a restriction is unknown or leaves a level without arms
 * @throws {TypeError} if an option is unknown or a text is missing
 * @see Gerber and Green 2012, Field Experiments, 9.3
 * @example Two by two
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { declareFactorial } from "@understudy/understudy/designs";
 *
 * const factorial = declareFactorial({
 *   factors: { tone: ["calm", "angry"], source: ["police", "witness"] },
 *   text: "A {{ tone }} report by the {{ source }}.",
 * });
 * assertEquals(factorial.arms.map((arm) => arm.name).slice(0, 2), ["calm.police", "calm.witness"]);
 * ```
 */
export function declareFactorial(options: DeclareFactorialOptions): Factorial {
  checkOptions(action, options, ["factors", "text", "restrictions"]);
  const factors = readFeatures(action, "factors", options.factors);
  const names = Object.keys(factors);
  const wordings = readWordings(options.text, names);
  const restrictions = readRestrictions(action, options.restrictions ?? [], factors);
  const cells = joinParts(action, linkFeatures(action, { features: factors, restrictions }), names);
  const arms = cells.cells.map((cell): Arm => {
    const levels = names.map((name, place) => factors[name]!.levels[cell[place]!]!);
    const slots = Object.freeze(Object.fromEntries(names.map((name, place) => [name, levels[place]!])));
    return Object.freeze({ name: levels.join("."), wordings, slots });
  });
  const armNames = arms.map(({ name }) => name);
  checkDistinct(action, "factors", "give each combination a name of its own", armNames);
  const probabilities = Object.fromEntries(armNames.map((name, arm) => [name, cells.probabilities[arm]!]));
  return Object.freeze({
    arms: Object.freeze(arms),
    factors: Object.freeze(factors),
    probabilities: Object.freeze(probabilities),
  });
}

function readWordings(text: string | readonly string[], names: readonly string[]): readonly string[] {
  const wordings = typeof text === "string" ? [text] : [...text ?? []];
  if (wordings.length === 0) {
    throw new TypeError(cannot(action, "text", "be a text or a list of wordings", text));
  }
  for (const wording of wordings) {
    checkText(action, "text", wording);
    const unread = names.find((name) => !new RegExp(`\\{[{%][^}]*\\b${name}\\b`).test(wording));
    if (unread === undefined) continue;
    throw new RangeError(cannot(action, "text", `hold {{ ${unread} }}, so that the factor is read`, wording));
  }
  return Object.freeze(wordings);
}
