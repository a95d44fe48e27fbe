import { driftColumns } from "../../core/columns.ts";
import { type Table, tableOfRows } from "../../core/table.ts";
import { rowsOf } from "./repair_run.ts";
import {
  largestExcess,
  type RepairVerdict,
  type RoleRow,
  smallestP,
  type VerdictLimits,
  verdictOf,
} from "./repair_verdict.ts";

/** The record of a repair; from `repairDrift`. */
export interface Repair {
  /**
   * One row per iteration (and term of the effect): `iteration`, `label` (what the personas state), `added`,
   * `attributes`, `estimate`, `std_error`, `conf_low`, `conf_high`, `arm`, `steer_p` and `judge_p` (smallest
   * Holm-adjusted p-value), `steer_max_excess`, `judge_max_excess`, `verdict`, all of the arm that is the term.
   */
  readonly iterations: Table;
  /** Every row of every drift estimate, with `iteration`, `label` and `role` (`steer`, `judge` or `missing`). */
  readonly drift: Table;
  /** Every row of every effect estimate, with `iteration` and `label`. */
  readonly effects: Table;
  /** The answers of each iteration. */
  readonly answers: Table[];
  /** The attributes that the last iteration stated beside those of the base persona. */
  readonly attributes: readonly string[];
  /** Whether drift was found in the last iteration, by the steering or the judging controls. */
  readonly verdict: RepairVerdict;
  /** Why it stopped, and what else the reader must know. */
  readonly reason: string;
}

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

/** What one iteration of a repair gave. */
export interface RepairIteration extends MeasuredRun {
  /** The attributes that it added. */
  readonly added: readonly string[];
  /** All attributes that it stated beside those of the base persona. */
  readonly attributes: readonly string[];
}

const iterationColumns = [
  "iteration",
  "label",
  "added",
  "attributes",
  "estimate",
  "std_error",
  "conf_low",
  "conf_high",
  "arm",
  "steer_p",
  "judge_p",
  "steer_max_excess",
  "judge_max_excess",
  "verdict",
];

/** One row per iteration and term of its effect. */
export function iterationTable(iterations: readonly RepairIteration[], limits: VerdictLimits): Table {
  const rows = iterations.flatMap((iteration, number) =>
    effectsByTerm(iteration).map(({ effect, drift }) => ({
      ...effect,
      iteration: number,
      label: iteration.label,
      added: iteration.added.join(", "),
      attributes: iteration.attributes.join(", "),
      steer_p: smallestP(drift, "steer"),
      judge_p: smallestP(drift, "judge"),
      steer_max_excess: largestExcess(drift, "steer"),
      judge_max_excess: largestExcess(drift, "judge"),
      verdict: verdictOf(drift, limits),
    }))
  );
  return tableOfRows(rows, iterationColumns);
}

/** Each term of a run's effect with the drift of the arm that it is; one entry without numbers where there is none. */
export function effectsByTerm(
  run: MeasuredRun,
): { effect: { readonly [column: string]: unknown }; drift: readonly RoleRow[] }[] {
  const none = { estimate: NaN, std_error: NaN, conf_low: NaN, conf_high: NaN, arm: null };
  const effects = run.effect === null || run.effect.numRows() === 0 ? [none] : rowsOf(run.effect);
  return effects.map((effect: { readonly [column: string]: unknown }) => {
    const own = run.drift.filter((row) => row.arm === effect.arm);
    return { effect: { ...none, ...effect }, drift: own.length === 0 ? run.drift : own };
  });
}

/** Every drift row of several runs, and every effect row, with the run's number and label. */
export function stackRuns(
  runs: readonly MeasuredRun[],
  number: "iteration" | null,
): { drift: Table; effects: Table } {
  const names = [...(number === null ? [] : [number]), "label"];
  const nameOf = (index: number) => ({ iteration: index, label: runs[index]!.label });
  const effects = runs.map(({ effect }) => effect === null ? [] : rowsOf(effect));
  const effectColumns = [...new Set([...names, ...effects.flat().flatMap(Object.keys)])];
  return {
    drift: tableOfRows(
      runs.flatMap((run, index) => run.drift.map((row) => ({ ...row, ...nameOf(index) }))),
      [...names, "role", ...Object.keys(driftColumns)],
    ),
    effects: tableOfRows(
      effects.flatMap((rows, index) => rows.map((row) => ({ ...row, ...nameOf(index) }))),
      effectColumns,
    ),
  };
}
