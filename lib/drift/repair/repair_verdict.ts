import type { Verdict } from "../../core/columns.ts";
import type { DriftRow } from "../compute_drift.ts";

/**
 * How the simulated people stand at the end: `found` (some control is rejected: drift remains), `not found` (none is),
 * `within margin` (every control is shown to drift by less than the margin), `cannot tell`.
 */
export type RepairVerdict = Verdict;

/** What a control is for: it steers a repair or judges it; one family of controls only; or answers that are missing. */
export type ControlRole = "steer" | "judge" | "control" | "missing";

/** A row of a drift table with what its control was for. */
export type RoleRow = DriftRow & { readonly role: ControlRole };

/** By what drift is judged. */
export interface VerdictLimits {
  /** The level of the tests. */
  readonly alpha: number;
  /** The equivalence margin; `undefined` where none was given. */
  readonly margin?: number | undefined;
}

/** Whether a control is rejected, after adjustment for the number of controls. */
export function isRejected(row: DriftRow, { alpha }: VerdictLimits): boolean {
  return row.p_adjusted <= alpha;
}

/**
 * Whether a control's drift is shown to be below the margin. That all are below it is shown by every test at its full
 * level: an intersection-union test (Berger 1982, Technometrics 24(4):295-300).
 */
export function isBelowMargin(row: DriftRow, { alpha }: VerdictLimits): boolean {
  return row.p_equivalence <= alpha;
}

/** Missing answers are not part of the verdict: stating attributes does not bring them back. */
export function verdictOf(drift: readonly RoleRow[], limits: VerdictLimits): RepairVerdict {
  const named = drift.filter((row) => row.role !== "missing");
  if (named.length > 0 && named.every((row) => isBelowMargin(row, limits))) return "within margin";
  if (named.some((row) => isRejected(row, limits))) return "found";
  return named.some((row) => row.verdict !== "cannot tell") ? "not found" : "cannot tell";
}

/** The controls of a role that are rejected. */
export function rejectedControls(
  drift: readonly RoleRow[],
  role: ControlRole,
  limits: VerdictLimits,
): string[] {
  const rejected = drift.filter((row) => row.role === role && isRejected(row, limits));
  return [...new Set(rejected.map((row) => row.control))];
}

/** What else a reader must know of one drift estimate. */
export function driftNotes(drift: readonly RoleRow[], limits: VerdictLimits): string[] {
  const unchecked = drift.filter((row) => row.verdict === "cannot tell").map((row) => row.control);
  const missing = rejectedControls(drift, "missing", limits).length > 0;
  return [
    ...(missing ? ["answers are missing differently between arms"] : []),
    ...(unchecked.length > 0 ? [`could not be checked: ${[...new Set(unchecked)].join(", ")}`] : []),
  ];
}

/** The smallest adjusted p-value among the controls of a role; `NaN` where there is none. */
export function smallestP(drift: readonly RoleRow[], role: ControlRole): number {
  const values = drift.filter((row) => row.role === role && !Number.isNaN(row.p_adjusted));
  return values.length === 0 ? NaN : Math.min(...values.map((row) => row.p_adjusted));
}

/** The largest excess among the controls of a role; `NaN` where there is none. */
export function largestExcess(drift: readonly RoleRow[], role: ControlRole): number {
  const values = drift.filter((row) => row.role === role && !Number.isNaN(row.excess));
  return values.length === 0 ? NaN : Math.max(...values.map((row) => row.excess));
}
