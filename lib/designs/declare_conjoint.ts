import { checkOptions, checkWhole } from "../core/mod.ts";
import {
  type DeclaredFeature,
  type DeclaredRestriction,
  type FeatureDeclaration,
  readFeatures,
  readRestrictions,
  type Restriction,
} from "./conjoint_parts.ts";
import { linkFeatures } from "./profile_distribution.ts";

export type {
  DeclaredFeature,
  DeclaredRestriction,
  FeatureDeclaration,
  Level,
  Restriction,
} from "./conjoint_parts.ts";

/** What {@linkcode declareConjoint} needs to know. */
export interface DeclareConjointOptions {
  /**
   * For each feature its levels: a list of equally likely ones, or an object of weights. The first level is the one
   * that estimates compare the others with.
   */
  readonly features: { readonly [feature: string]: FeatureDeclaration };
  /**
   * Combinations that must not occur, such as `{ education: "none", job: ["doctor", "teacher"] }`.
   * @default []
   */
  readonly restrictions?: readonly Restriction[];
  /**
   * The number of tasks of each persona.
   * @default 5
   */
  readonly tasks?: number;
  /**
   * The number of profiles in a task: 1 to rate, 2 to choose between.
   * @default 2
   */
  readonly profiles?: number;
}

/** A conjoint experiment: features, their distribution, tasks; made by {@linkcode declareConjoint}. */
export interface Conjoint {
  /** The features, in the order declared. */
  readonly features: { readonly [feature: string]: DeclaredFeature };
  /** Combinations that must not occur. */
  readonly restrictions: readonly DeclaredRestriction[];
  /** The number of tasks of each persona. */
  readonly tasks: number;
  /** The number of profiles in a task. */
  readonly profiles: number;
}

const action = "declare a conjoint";

/**
 * Declares a conjoint experiment: features with levels, combinations that must not occur, tasks and profiles.
 *
 * Nothing is drawn. Profiles are independent of each other; a feature's levels are independent of the other features'
 * but where a restriction ties them. Weights are those before restrictions; `profileProbabilities` says what comes
 * out. Two profiles of a task may be the same.
 *
 * @param options see {@linkcode DeclareConjointOptions} (defaults there)
 * @returns a frozen declaration for `sampleProfiles`, `estimateAmce` and `checkConjoint`
 * @throws {RangeError} if a feature or level is named twice or has the name of a column of the experiment's tables, if
 * weights are not above 0, a restriction names an unknown feature or level, or a level could never occur
 * @throws {TypeError} if an option is unknown or features are not lists or objects of weights
 * @see Hainmueller, Hopkins and Yamamoto 2014, Political Analysis 22: 1-30
 * @example A candidate without schooling cannot be a doctor
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { declareConjoint } from "@understudy/understudy/designs";
 *
 * const conjoint = declareConjoint({
 *   features: { education: ["none", "college"], job: { janitor: 2, doctor: 1 } },
 *   restrictions: [{ education: "none", job: "doctor" }],
 * });
 * assertEquals(conjoint.features.job?.probabilities, [2 / 3, 1 / 3]);
 * assertEquals([conjoint.tasks, conjoint.profiles], [5, 2]);
 * ```
 */
export function declareConjoint(options: DeclareConjointOptions): Conjoint {
  checkOptions(action, options, ["features", "restrictions", "tasks", "profiles"]);
  const { restrictions = [], tasks = 5, profiles = 2 } = options;
  checkWhole(action, "tasks", tasks, 1);
  checkWhole(action, "profiles", profiles, 1);
  const features = readFeatures(action, "features", options.features);
  const declared = readRestrictions(action, restrictions, features);
  linkFeatures(action, { features, restrictions: declared });
  return Object.freeze({
    features: Object.freeze(features),
    restrictions: Object.freeze(declared),
    tasks,
    profiles,
  });
}
