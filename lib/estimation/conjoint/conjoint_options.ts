import { checkBasis, checkLevel, checkOneOf, checkOptions, checkText } from "../../core/checks.ts";
import type { Basis } from "../../core/columns.ts";
import type { Conjoint, Level } from "../../core/experiment.ts";

/** Options that all conjoint estimators share. */
export interface ConjointOptions {
  /** The outcome, one value per profile: 1 and 0 for chosen and not, or a rating. */
  outcome: string;
  /**
   * The columns of features; or for each its levels, in the order in which they are reported. Levels of a list of
   * names are sorted: numbers by size, texts by their characters.
   *
   * @default {undefined} those of `conjoint`; one of the two must be given
   */
  features?: readonly string[] | { readonly [feature: string]: readonly Level[] };
  /**
   * The design, from `declareConjoint`: its features, the order of their levels, and the probability of each profile.
   *
   * @default {undefined} features are taken to be independent of each other
   */
  conjoint?: Conjoint;
  /**
   * The column of respondents: rows of one respondent may be alike. `null` takes every row for independent.
   *
   * @default {"persona_id"} where the table has it; otherwise `null`
   */
  clusters?: string | null;
  /**
   * The column of weights.
   *
   * @default {undefined} every row counts the same
   */
  weights?: string;
  /**
   * Estimates the share of this answer, for outcomes that are not numbers.
   *
   * @default {undefined} the outcome is a number
   */
  category?: string | number | boolean;
  /**
   * One less the confidence level.
   *
   * @default {0.05}
   */
  alpha?: number;
  /**
   * The reference distribution: `normal`, as is usual; or `t` with respondents less one as degrees of freedom, for
   * fewer than about 50 respondents.
   *
   * @default {"normal"}
   */
  distribution?: "normal" | "t";
  /**
   * What the estimate rests on.
   *
   * @default {"synthetic"}
   */
  basis?: Basis;
}

/** Options of conjoint estimators that interact features. */
export interface ConjointModelOptions extends ConjointOptions {
  /**
   * For some features, the level that the others are compared with.
   *
   * @default {undefined} the first level
   */
  reference?: { readonly [feature: string]: Level };
  /**
   * Sets of features whose combinations each have a mean of their own in the model, beside those that the
   * restrictions of `conjoint` tie together.
   *
   * @default {[]}
   */
  interactions?: readonly (readonly string[])[];
}

/** Names of the options that all conjoint estimators share. */
export const conjointOptionNames: readonly (keyof ConjointOptions)[] = [
  "outcome",
  "features",
  "conjoint",
  "clusters",
  "weights",
  "category",
  "alpha",
  "distribution",
  "basis",
];

/** What the shared options come to. */
export interface ConjointSettings {
  readonly alpha: number;
  readonly distribution: "normal" | "t";
  readonly basis: Basis;
}

/** Checks the shared options and those of one estimator. */
export function checkConjointOptions(
  action: string,
  options: ConjointOptions,
  others: readonly string[],
): ConjointSettings {
  checkOptions(action, options, [...conjointOptionNames, ...others]);
  const { alpha = 0.05, distribution = "normal", basis = "synthetic" } = options;
  checkText(action, "outcome", options.outcome);
  checkLevel(action, "alpha", alpha);
  checkOneOf<string>(action, "distribution", distribution, ["normal", "t"]);
  checkBasis(action, basis);
  return { alpha, distribution, basis };
}
