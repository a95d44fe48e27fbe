import { driftColumns, notAskedReason, type Verdict } from "../core/columns.ts";
import { cannot } from "../core/errors.ts";
import { columnOf, distinct, isTable, type Table, tableOfRows } from "../core/table.ts";
import type { DriftRow } from "./estimate_drift.ts";

/** What a control is for: it steers a repair or judges it; one family of controls only; or answers that are missing. */
export type ControlRole = "steer" | "judge" | "control" | "missing";

/** A row of a drift table with what its control was for. */
export type RoleRow = DriftRow & { readonly role: ControlRole };

/** What one run of an experiment gave. */
export interface MeasuredRun {
  /** What it is called in tables and figures. */
  readonly label: string;
  /** Its answers. */
  readonly answers: Table;
  /** Its drift. */
  readonly drift: readonly RoleRow[];
  /** Its effect; `null` where none is estimated. */
  readonly effect: Table | null;
}

/** Estimates the effect from one run's answers: recorded, never used to decide. */
export type EstimateOfRun = (answers: Table) => Table;

/** Checks the function that runs an experiment. */
export function requireRun(action: string, run: unknown): void {
  if (typeof run !== "function") throw new TypeError(cannot(action, "run", "be a function", run));
}

/** Measures one run; part of an experiment says nothing about whether the whole drifts. */
export function measureRun(
  action: string,
  answers: unknown,
  { label, name, effect, drift }: {
    readonly label: string;
    readonly name: string;
    readonly effect: EstimateOfRun | undefined;
    readonly drift: (answers: Table) => RoleRow[];
  },
): MeasuredRun {
  if (!isTable(answers)) {
    throw new TypeError(cannot(action, "run", "resolve to an Arquero table", answers));
  }
  const reasons = answers.columnNames().includes("reason") ? columnOf(answers, "reason") : [];
  const missing = reasons.filter((reason) => reason === notAskedReason).length;
  if (missing > 0) {
    throw new Error(
      `Cannot ${action} as the run of ${name} was stopped before ${missing} answers were asked for: run it again to its ` +
        "end (with a store, what was answered is not asked again)",
    );
  }
  const found: unknown = effect?.(answers) ?? null;
  if (found !== null && !isTable(found)) {
    throw new TypeError(cannot(action, "effect", "return an Arquero table", found));
  }
  return { label, answers, drift: drift(answers), effect: found };
}

/** Whether a control is rejected, after adjustment for the number of controls. */
export function isRejected(row: DriftRow, alpha: number): boolean {
  return row.p_adjusted <= alpha;
}

/**
 * Whether a control's drift is shown to be below the margin. That all are below it is shown by every test at its full
 * level: an intersection-union test (Berger 1982, Technometrics 24(4):295-300).
 */
export function isBelowMargin(row: DriftRow, alpha: number): boolean {
  return row.p_equivalence <= alpha;
}

/**
 * How the simulated people stand: `found` (some control is rejected: drift remains), `not found` (none is), `within
 * margin` (every control is shown to drift by less than the margin), `cannot tell`. Missing answers are not part of it:
 * stating attributes does not bring them back.
 */
export function verdictOf(drift: readonly RoleRow[], alpha: number): Verdict {
  const named = drift.filter((row) => row.role !== "missing");
  if (named.length > 0 && named.every((row) => isBelowMargin(row, alpha))) return "within margin";
  if (named.some((row) => isRejected(row, alpha))) return "found";
  return named.some((row) => row.verdict !== "cannot tell") ? "not found" : "cannot tell";
}

/** The controls of a role that are rejected. */
export function rejectedControls(drift: readonly RoleRow[], role: ControlRole, alpha: number): string[] {
  const rejected = drift.filter((row) => row.role === role && isRejected(row, alpha));
  return distinct(rejected.map((row) => row.control));
}

/** What else a reader must know of one drift estimate. */
export function noteMissingAnswers(drift: readonly RoleRow[], alpha: number): string[] {
  const missing = rejectedControls(drift, "missing", alpha);
  return missing.length > 0 ? ["answers are missing differently between arms"] : [];
}

/** Which controls say nothing. */
export function whyUnchecked(drift: readonly RoleRow[]): string[] {
  const unchecked = drift.filter((row) => row.verdict === "cannot tell").map((row) => row.control);
  return unchecked.length > 0 ? [`could not be checked: ${distinct(unchecked).join(", ")}`] : [];
}

/** The smallest adjusted p-value and the largest excess among the controls of a role; `NaN` where there is none. */
export function extremesOf(drift: readonly RoleRow[], role: ControlRole): { p: number; excess: number } {
  const own = drift.filter((row) => row.role === role && !Number.isNaN(row.p_adjusted));
  return own.length === 0 ? { p: NaN, excess: NaN } : {
    p: Math.min(...own.map((row) => row.p_adjusted)),
    excess: Math.max(...own.map((row) => row.excess)),
  };
}

/** Each arm of a run's effect with the drift of that arm; one entry without numbers where there is none. */
export function effectsByArm(
  { effect, drift }: MeasuredRun,
): { effect: { readonly [column: string]: unknown }; drift: readonly RoleRow[] }[] {
  const effects = rowsOf(effect);
  return (effects.length === 0 ? [{}] : effects).map((row: { readonly [column: string]: unknown }) => {
    const { estimate = NaN, std_error = NaN, conf_low = NaN, conf_high = NaN, arm = null } = row;
    const own = drift.filter((control) => control.arm === arm);
    return {
      effect: { estimate, std_error, conf_low, conf_high, arm },
      drift: own.length === 0 ? drift : own,
    };
  });
}

/** Every drift row of several runs, and every effect row, with the run's number and label. */
export function stackRuns(
  runs: readonly MeasuredRun[],
  number: "iteration" | null,
): { drift: Table; effects: Table } {
  const names = [...(number === null ? [] : [number]), "label"];
  const stack = (rowsOfRun: (run: MeasuredRun) => readonly object[]) =>
    runs.flatMap((run, iteration) => rowsOfRun(run).map((row) => ({ ...row, iteration, label: run.label })));
  const effects = stack(({ effect }) => rowsOf(effect));
  return {
    drift: tableOfRows(stack(({ drift }) => drift), [...names, "role", ...Object.keys(driftColumns)]),
    effects: tableOfRows(
      effects,
      distinct([...names, ...runs.flatMap(({ effect }) => effect?.columnNames() ?? [])]),
    ),
  };
}

function rowsOf(table: Table | null): { readonly [column: string]: unknown }[] {
  return table === null ? [] : table.objects() as { readonly [column: string]: unknown }[];
}
