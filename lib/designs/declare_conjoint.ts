import { checkDistinct, checkOneOf, checkOptions, checkText, checkWhole } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import type { Conjoint } from "../core/experiment.ts";
import { checkCell } from "../core/profile_table.ts";
import type { FeatureDeclaration, Restriction } from "./features.ts";
import { linkFeatures, readFeatures, readRestrictions } from "./features.ts";

/** What {@linkcode declareConjoint} needs to know. */
export interface DeclareConjointOptions {
  /**
   * For each feature its levels: a list of equally likely ones, or an object of weights. The first level is the one
   * that estimates compare the others with. Names are shown with spaces for underscores.
   */
  readonly features: { readonly [feature: string]: FeatureDeclaration };
  /**
   * Combinations that must not occur, such as `{ education: "none", job: ["doctor", "teacher"] }`.
   * @default []
   */
  readonly restrictions?: readonly Restriction[];
  /**
   * The number of tasks of each persona; each is asked in a call of its own.
   * @default 5
   */
  readonly tasks?: number;
  /**
   * The number of profiles in a task: 1 to rate, 2 to choose between.
   * @default 2
   */
  readonly profiles?: number;
  /**
   * What the profiles of a task are called.
   * @default ["Profile 1", "Profile 2", …]; ["Profile"] where a task has one
   */
  readonly labels?: readonly string[];
  /**
   * What stands above the table of profiles, such as who they are.
   * @default "" nothing
   */
  readonly text?: string;
  /**
   * `shuffled`: each persona sees the features in an order of its own, the same in all its tasks.
   * @default "shuffled"
   */
  readonly featureOrder?: "fixed" | "shuffled";
}

const action = "declare a conjoint";

/**
 * Declares a conjoint experiment: features with levels, combinations that must not occur, tasks and profiles.
 *
 * Give the result to `declareDesign({ conjoint, items, stated })`. A question there whose options are the conjoint's
 * `labels` (and perhaps others, such as "neither") lets choose between the profiles of a task; any other is asked of each
 * profile. Profiles are drawn independently, again where two of a task are the same; so are features, but for restrictions.
 *
 * @param options see {@linkcode DeclareConjointOptions} (defaults there)
 * @returns a frozen declaration for `declareDesign`, `estimateAmce` and `checkConjoint`
 * @throws {RangeError} if a feature or level is named twice or has the name of a column of the experiment's tables, if
 * weights are not above 0, a restriction names an unknown feature or level, a level could never occur, or there are
 * fewer different profiles than a task shows
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
 * assertEquals([conjoint.tasks, conjoint.profiles, conjoint.labels], [5, 2, ["Profile 1", "Profile 2"]]);
 * ```
 */
export function declareConjoint(options: DeclareConjointOptions): Conjoint {
  const known = ["features", "restrictions", "tasks", "profiles", "labels", "text", "featureOrder"];
  checkOptions(action, options, known);
  const { restrictions = [], tasks = 5, profiles = 2, text = "", featureOrder = "shuffled" } = options;
  checkWhole(action, "tasks", tasks, 1);
  checkWhole(action, "profiles", profiles, 1);
  checkOneOf(action, "featureOrder", featureOrder, ["fixed", "shuffled"]);
  if (text !== "") checkText(action, "text", text);
  const features = readFeatures(action, "features", options.features);
  for (const [name, { levels }] of Object.entries(features)) {
    for (const level of levels) checkCell(action, `features.${name}`, String(level));
  }
  const declared = readRestrictions(action, restrictions, features);
  const parts = linkFeatures(action, { features, restrictions: declared });
  const different = parts.reduce((product, { cells }) => product * cells.length, 1);
  if (profiles > different) {
    const rule = `be at most the number of different profiles, ${different}`;
    throw new RangeError(cannot(action, "profiles", rule, profiles));
  }
  return Object.freeze({
    features: Object.freeze(features),
    restrictions: Object.freeze(declared),
    tasks,
    profiles,
    labels: Object.freeze(readLabels(options.labels, profiles)),
    text,
    featureOrder,
  });
}

function readLabels(labels: readonly string[] | undefined, profiles: number): string[] {
  if (labels === undefined && profiles === 1) return ["Profile"];
  if (labels === undefined) return Array.from({ length: profiles }, (_, place) => `Profile ${place + 1}`);
  if (!Array.isArray(labels) || labels.length !== profiles) {
    throw new RangeError(cannot(action, "labels", `name each of the ${profiles} profiles of a task`, labels));
  }
  for (const label of labels) {
    checkText(action, "labels", label);
    checkCell(action, "labels", label);
  }
  checkDistinct(action, "labels", "name each profile once", labels);
  return [...labels];
}
