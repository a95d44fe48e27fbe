import { checkBasis, checkOptions } from "../../core/checks.ts";
import type { Basis } from "../../core/columns.ts";
import {
  armOptionNames,
  checkDriftOptions,
  type DriftOptions,
  type DriftSettings,
} from "../controls/drift_options.ts";

/** What all estimates from transcripts share: which columns say who answered in which arm, and how chance is drawn. */
export interface ConversationOptions
  extends Omit<DriftOptions, "bootstraps" | "missing" | "measures" | "levels" | "margin"> {
  /**
   * What the answers come from.
   *
   * @default "synthetic"
   */
  basis?: Basis;
}

/** {@linkcode ConversationOptions} with defaults that need no table filled in. */
export interface ConversationSettings extends DriftSettings {
  readonly action: string;
  readonly basis: Basis;
}

/** Checks what can be checked without the table; `own` names the options that this verb has besides. */
export function checkConversation(
  action: string,
  options: ConversationOptions & { bootstraps?: number },
  own: readonly string[],
): ConversationSettings {
  checkOptions(action, options, [...own, ...armOptionNames, "basis"]);
  const { basis = "synthetic" } = options;
  checkBasis(action, basis);
  return { ...checkDriftOptions(action, options), action, basis };
}
