import type { Table } from "../core/table.ts";
import type { AuditDrawOptions } from "./audit_options.ts";
import type {
  CheckGeneralisationOptions,
  CheckSycophancyOptions,
  OppositePair,
  ScaleItems,
} from "./check_options.ts";

/** The tables of {@linkcode auditFiveChallenges}: the more there are, the more can be checked. */
export interface AuditTables {
  /** The respondent's answers, long or wide. */
  answers: Table;
  /** People's answers to the same items. */
  human?: Table;
  /** Answers of a second run with the options in reversed order. */
  reversed?: Table;
  /** Answers of a second run with other personas. */
  changed?: Table;
  /**
   * Answers in arms that state the user's opinion.
   *
   * @default {answers}
   */
  opinions?: Table;
  /**
   * Answers to known and unpublished stimuli.
   *
   * @default {answers}
   */
  stimuli?: Table;
  /** Effects of studies, with the columns `synthetic`, `human` and `published`; see `checkHeldOutStudies`. */
  studies?: Table;
}

/** Options of {@linkcode auditFiveChallenges}: each names what a part of it needs. */
export interface AuditFiveChallengesOptions extends AuditDrawOptions {
  /**
   * The items of diversity, bias and positions.
   *
   * @default all items of a long table
   */
  items?: string | readonly string[];
  /** Bias: the column of groups, in the respondent's and people's table; see `checkSubgroupErrors`. */
  groups?: string;
  /** Sycophancy: items that assert opposites; see `checkAcquiescence`. */
  pairs?: readonly OppositePair[];
  /** Sycophancy: the opinion stated in each arm; see `checkSycophancy`. */
  sycophancy?: Pick<CheckSycophancyOptions, "items" | "opinions" | "reversed" | "agree">;
  /** Alienness: the items of each scale; see `checkScales`. */
  scales?: { readonly [scale: string]: ScaleItems | readonly string[] };
  /** Generalisation: known and unpublished stimuli, published effects; see `checkGeneralisation`. */
  generalisation?: Pick<
    CheckGeneralisationOptions,
    "outcome" | "known" | "reference" | "unpublished" | "original" | "replication"
  >;
}
