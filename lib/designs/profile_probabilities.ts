import { cannot, checkOptions, type Table, tableOf } from "../core/mod.ts";
import type { Conjoint } from "./declare_conjoint.ts";
import { checkIsConjoint, joinParts, linkFeatures } from "./profile_distribution.ts";

/** Options of {@linkcode profileProbabilities}. */
export interface ProfileProbabilitiesOptions {
  /**
   * The features whose joint distribution is wanted.
   * @default all
   */
  readonly features?: readonly string[];
}

const action = "compute profile probabilities";

/**
 * Computes the exact probability of each profile, or of each combination of some features, under the restrictions.
 *
 * A profile that breaks a restriction has probability 0; the others keep the product of their levels' weights, scaled
 * to sum to 1.
 *
 * @param conjoint from `declareConjoint`
 * @param options see {@linkcode ProfileProbabilitiesOptions} (defaults there)
 * @returns one row per combination that can occur: one column per feature, and `probability`
 * @throws {RangeError} if a feature is unknown or there are more than a million combinations
 * @throws {TypeError} if `conjoint` is not from `declareConjoint`
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { declareConjoint, profileProbabilities } from "@understudy/understudy/designs";
 *
 * const conjoint = declareConjoint({
 *   features: { education: ["none", "college"], job: ["janitor", "doctor"] },
 *   restrictions: [{ education: "none", job: "doctor" }],
 * });
 * const education = profileProbabilities(conjoint, { features: ["education"] });
 * assertAlmostEquals(education.get("probability", 0) as number, 1 / 3);
 * ```
 */
export function profileProbabilities(conjoint: Conjoint, options: ProfileProbabilitiesOptions = {}): Table {
  checkIsConjoint(action, "conjoint", conjoint);
  checkOptions(action, options, ["features"]);
  const known = Object.keys(conjoint.features);
  const asked = options.features ?? known;
  if (!Array.isArray(asked) || asked.length === 0 || !asked.every((name) => known.includes(name))) {
    throw new RangeError(cannot(action, "features", `name some of ${known.join(", ")}`, asked));
  }
  const names = known.filter((name) => asked.includes(name));
  const { cells, probabilities } = joinParts(action, linkFeatures(action, conjoint), names);
  const columns = names.map((name, place) => [
    name,
    cells.map((cell) => conjoint.features[name]!.levels[cell[place]!]),
  ]);
  return tableOf({ ...Object.fromEntries(columns), probability: [...probabilities] });
}
