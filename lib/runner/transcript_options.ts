import type { Item, Treatments } from "../core/mod.ts";
import type { DescribePersonaOptions } from "../personas/mod.ts";
import type { CallerOptions } from "./caller.ts";

/** What a persona is made of: one row of the assigned table. */
export type PersonaAttributes = { readonly [attribute: string]: unknown };

/** Options of {@linkcode recordTranscripts}. */
export interface RecordTranscriptsOptions extends CallerOptions {
  /** The arms, from `declareTreatments` (or `design.treatments`): an arm's text opens the first user message. */
  treatments: Treatments;
  /** What the user says, turn by turn: the same lines for all, or lines by persona and arm. */
  script: readonly string[] | ((attributes: PersonaAttributes, arm: string) => readonly string[]);
  /** The questions asked on a branch; one named like an attribute asks that attribute back. */
  probes: readonly Item[];
  /**
   * After which turns the probes are asked.
   * @default every turn of the script
   */
  turns?: readonly number[];
  /**
   * How a persona is described: options of `describePersona`, or a function from its attributes to a text.
   * @default {{}}
   */
  persona?: DescribePersonaOptions | ((attributes: PersonaAttributes) => string);
  /**
   * Which attribute each probe asks back; a probe that is left out, or `null`, asks for none.
   * @default the attribute of the probe's name, where the personas have it and `persona` does not leave it out; where
   * `persona` is a function, every attribute is taken to be in its text
   */
  stated?: { readonly [item: string]: string | null };
  /**
   * How often the probes are asked without any persona: the model's default answers.
   * @default {10}
   */
  defaults?: number;
  /**
   * Whether each persona is asked the probes twice before the dialogue, so that answers which vary by themselves are
   * not taken for drift.
   * @default {true}
   */
  retest?: boolean;
  /**
   * What stands before the probes.
   * @default {"Answer the questions below as yourself. Reply with one JSON object …"}
   */
  instruction?: string;
  /**
   * The seed of option orders and of each call.
   * @default {0}
   */
  seed?: number;
}
