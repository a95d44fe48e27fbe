import type { Table } from "../../core/table.ts";
import type { DriftOptions } from "../control_options.ts";

/** What one run of a repair is told. */
export interface RepairStep {
  /** 0 for the base persona, then 1, 2, … */
  iteration: number;
  /** The attributes to state beside those of the base persona, in the order in which they were added. */
  attributes: readonly string[];
}

/** When a repair stops of itself; see {@linkcode RepairDriftOptions.stop}. */
export type RepairStop = "not rejected" | "equivalence";

/** Options of `repairDrift`. */
export interface RepairDriftOptions extends DriftOptions {
  /**
   * Attributes to state, in this order: one entry (a name, or names that go together) an iteration; or the table of
   * `elicitConfounders`, by rank.
   */
  candidates: readonly (string | readonly string[])[] | Table;
  /** The controls whose drift decides when to stop. */
  steer: string | readonly string[];
  /**
   * Controls that only judge the result; none may steer too.
   *
   * @default none
   */
  judge?: string | readonly string[];
  /**
   * Estimates the effect from one iteration's answers. Recorded, never used to stop.
   *
   * @default none
   */
  effect?: (answers: Table) => Table;
  /**
   * The largest number of iterations after the base persona.
   *
   * @default 5
   */
  maximumIterations?: number;
  /**
   * When it stops of itself: `not rejected`, when no steering control is rejected (Holm); `equivalence`, only when every
   * steering control's drift is shown to be below `margin`.
   *
   * @default "not rejected"
   */
  stop?: RepairStop;
}
