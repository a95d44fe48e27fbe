import { checkBasis, checkOptions } from "../../core/checks.ts";
import type { Basis } from "../../core/columns.ts";
import { checkDriftOptions, type DriftOptions, type DriftSettings } from "../controls/drift_options.ts";

/** What all estimates from transcripts share: which columns say who answered in which arm, and how chance is drawn. */
export interface ConversationOptions extends Omit<DriftOptions, "missing" | "bootstraps"> {
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

const optionNames = [
  "arm",
  "reference",
  "persona",
  "clusters",
  "blocks",
  "permutations",
  "seed",
  "alpha",
  "basis",
];

/** Checks what can be checked without the table; `own` names the options that this verb has besides. */
export function checkConversation(
  action: string,
  options: ConversationOptions & { bootstraps?: number },
  own: readonly string[],
): ConversationSettings {
  checkOptions(action, options, [...own, ...optionNames]);
  const { basis = "synthetic" } = options;
  checkBasis(action, basis);
  return { ...checkDriftOptions(action, options), action, basis };
}
