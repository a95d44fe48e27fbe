import type { Table } from "../core/table.ts";
import type { AuditDrawOptions, AuditOptions } from "./audit_options.ts";

/** Two items that assert opposites: who agrees with one should disagree with the other. */
export interface OppositePair {
  /** The item that asserts something; higher answers agree more. */
  item: string;
  /** The item that asserts the opposite; higher answers agree more. */
  reversed: string;
  /**
   * The lowest and the highest answer.
   *
   * @default those that `option_order` shows: of numbered scales, and 0 and 1 of yes and no
   */
  scale?: readonly [number, number];
}

/** Options of {@linkcode checkAcquiescence}. */
export interface CheckAcquiescenceOptions extends AuditOptions {
  /** The pairs of opposites. */
  pairs: readonly OppositePair[];
}

/** Options of {@linkcode checkCorrectAnswers}. */
export interface CheckCorrectAnswersOptions extends AuditOptions {
  /**
   * The items to look at.
   *
   * @default all items of a long table
   */
  items?: string | readonly string[];
  /**
   * The share of one answer from which an item is said to have one correct answer.
   *
   * @default {0.99}
   */
  threshold?: number;
  /** Answers of a second run that showed the options in reversed order. */
  reversed?: Table;
  /** Answers of a second run with other personas: changed demographics. */
  changed?: Table;
}

/** Options of {@linkcode checkDiversity}. */
export interface CheckDiversityOptions extends AuditOptions {
  /**
   * The items to look at.
   *
   * @default all items of a long table
   */
  items?: string | readonly string[];
  /**
   * People's answers to the same items, long or wide. Where they have arms of the same names, each arm is compared
   * with its own; else every arm with all of them.
   *
   * @default none: answers are described against equally likely options, and nothing is tested
   */
  human?: Table;
}

/** An effect that was published: of an original study, or of its replication. */
export interface PublishedEffect {
  /** The effect, in units of the outcome. */
  estimate: number;
  /**
   * Its standard error.
   *
   * @default {0} taken as known
   */
  stdError?: number;
}

/** Options of {@linkcode checkGeneralisation}. */
export interface CheckGeneralisationOptions extends AuditOptions {
  /** The item whose answers are the outcome; they must be numbers. */
  outcome: string;
  /** The arm with the stimulus that the respondent may have met in its training. */
  known: string;
  /** The arm that effects are compared with. */
  reference: string;
  /**
   * Arms with stimuli that mean the same in words that were never published.
   *
   * @default {[]}
   */
  unpublished?: string | readonly string[];
  /** The effect that the original study published. */
  original?: PublishedEffect;
  /** The effect that a later replication found, which the respondent should be nearer to. */
  replication?: PublishedEffect;
}

/** Options of {@linkcode checkHeldOutStudies}. */
export interface CheckHeldOutStudiesOptions extends Pick<AuditDrawOptions, "alpha" | "draws" | "seed"> {
  /**
   * The column of the respondent's effects.
   *
   * @default {"synthetic"}
   */
  synthetic?: string;
  /**
   * The column of people's effects, in the same units.
   *
   * @default {"human"}
   */
  human?: string;
  /**
   * The column that says whether a study was published before the respondent was trained: `true` or `false`.
   *
   * @default {"published"}
   */
  published?: string;
}

/** Options of {@linkcode checkManipulation}. */
export interface CheckManipulationOptions extends AuditDrawOptions {
  /** The item that asks what the treatment said or did. */
  item: string;
  /**
   * The right answer, or right answers, in each arm.
   *
   * @default none: only whether arms differ is checked
   */
  expected?: { readonly [arm: string]: number | string | readonly (number | string)[] };
}

/** Options of {@linkcode checkPosition}. */
export interface CheckPositionOptions extends AuditDrawOptions {
  /**
   * The items to look at.
   *
   * @default all items of a long table
   */
  items?: string | readonly string[];
  /**
   * Answers of a second run that showed the options in reversed order: used for items whose options stood in one order
   * in `answers`.
   *
   * @default none
   */
  reversed?: Table;
}

/** Items that are to measure one thing. */
export interface ScaleItems {
  /** The items, at least two; at least three where loadings are to be compared. */
  items: readonly string[];
  /**
   * Those of the items that are keyed in reverse.
   *
   * @default {[]}
   */
  reversed?: readonly string[];
}

/** Options of {@linkcode checkScales}. */
export interface CheckScalesOptions extends AuditDrawOptions {
  /** Scales by name; a list of items is a scale without reverse-keyed ones. */
  scales: { readonly [scale: string]: ScaleItems | readonly string[] };
  /**
   * People's answers to the same items, long or wide.
   *
   * @default none: alpha and omega are described, reverse-keyed items are tested
   */
  human?: Table;
  /**
   * Tucker's congruence of loadings below which a scale is said to measure something else than among people.
   *
   * @default {0.85}
   */
  congruence?: number;
}

/** Options of {@linkcode checkSubgroupErrors}. */
export interface CheckSubgroupErrorsOptions extends AuditOptions {
  /** People's answers to the same items, long or wide, with the column of groups. */
  human: Table;
  /** The column that says which group somebody belongs to, in both tables. */
  groups: string;
  /**
   * The items to look at; their answers must be numbers.
   *
   * @default all items of a long table
   */
  items?: string | readonly string[];
}

/** Options of {@linkcode checkSycophancy}. */
export interface CheckSycophancyOptions extends AuditOptions {
  /** The items on which the user states an opinion; higher answers agree more. */
  items: string | readonly string[];
  /**
   * The opinion that the prompt states in each arm: 1 for what the items assert, -1 against it, 0 none. Arms that are
   * not named here are left out.
   */
  opinions: { readonly [arm: string]: 1 | -1 | 0 };
  /**
   * Those of the items that are framed in reverse: agreeing with them is disagreeing with the opinion stated.
   *
   * @default {[]}
   */
  reversed?: string | readonly string[];
  /** The option that agrees with an opinion of 1, where answers are names. */
  agree?: string;
}
