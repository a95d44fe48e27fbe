import { columnOf, type Table, tableOfRows } from "../../core/table.ts";
import { driftColumns, type DriftRow } from "../controls/drift_rows.ts";

/** What a repair ends with. */
export type RepairVerdict = "no drift found" | "drift remains" | "not checked";

/** The record of a repair; from `repairDrift`. */
export interface Repair {
  /**
   * One row per iteration (and term of the effect): `iteration`, `label` (what the personas state), `added`,
   * `attributes`, `estimate`, `std_error`, `conf_low`, `conf_high`, `term`, `steer_p` and `judge_p` (smallest
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

/** A row of a drift table with what its control was for. */
export type RoleRow = DriftRow & { readonly role: "steer" | "judge" | "missing" };

/** What one iteration of a repair gave. */
export interface RepairIteration {
  /** The attributes that it added. */
  readonly added: readonly string[];
  /** All attributes that it stated beside those of the base persona. */
  readonly attributes: readonly string[];
  /** Its answers. */
  readonly answers: Table;
  /** Its drift. */
  readonly drift: readonly RoleRow[];
  /** Its effect; `null` where none is estimated. */
  readonly effect: Table | null;
}

type Row = { readonly [column: string]: unknown };

const iterationColumns = [
  "iteration",
  "label",
  "added",
  "attributes",
  "estimate",
  "std_error",
  "conf_low",
  "conf_high",
  "term",
  "steer_p",
  "judge_p",
  "steer_max_excess",
  "judge_max_excess",
  "verdict",
];

/** Puts the iterations of a repair into its tables, and says how it ended. */
export function summariseRepair(
  iterations: readonly RepairIteration[],
  limits: { readonly candidates: readonly unknown[] },
): Repair {
  const effects = iterations.map(({ effect }) => effect === null ? [] : rowsOf(effect));
  const effectColumns = [...new Set(["iteration", "label", ...effects.flat().flatMap(Object.keys)])];
  const last = iterations.at(-1)!;
  return {
    iterations: tableOfRows(
      iterations.flatMap((it, i) => iterationRows(it, i, effects[i]!)),
      iterationColumns,
    ),
    drift: tableOfRows(
      iterations.flatMap((it, iteration) =>
        it.drift.map((row) => ({ ...row, iteration, label: labelOf(it) }))
      ),
      ["iteration", "label", "role", ...driftColumns],
    ),
    effects: tableOfRows(
      effects.flatMap((rows, iteration) =>
        rows.map((row) => ({ ...row, iteration, label: labelOf(iterations[iteration]!) }))
      ),
      effectColumns,
    ),
    answers: iterations.map(({ answers }) => answers),
    attributes: last.attributes,
    verdict: verdictOf(last.drift),
    reason: reasonOf(iterations, limits.candidates.length),
  };
}

/** One row per term of the iteration's effect, or one row where no effect is estimated. */
function iterationRows(iteration: RepairIteration, number: number, effects: readonly Row[]): Row[] {
  const none: Row = { estimate: NaN, std_error: NaN, conf_low: NaN, conf_high: NaN, term: null };
  return (effects.length === 0 ? [none] : effects).map((effect) => {
    // A term is an arm: its row tells the drift of that arm.
    const own = iteration.drift.filter((row) => row.arm === effect.term);
    const drift = own.length === 0 ? iteration.drift : own;
    return {
      ...none,
      ...effect,
      iteration: number,
      label: labelOf(iteration),
      added: iteration.added.join(", "),
      attributes: iteration.attributes.join(", "),
      steer_p: smallest(drift, "steer"),
      judge_p: smallest(drift, "judge"),
      steer_max_excess: largestExcess(drift, "steer"),
      judge_max_excess: largestExcess(drift, "judge"),
      verdict: verdictOf(drift),
    };
  });
}

/** What an iteration's personas state, for tables and figures. */
function labelOf({ attributes }: RepairIteration): string {
  return attributes.length === 0 ? "base persona" : `with ${attributes.join(", ")}`;
}

/** Missing answers are not part of the verdict: stating attributes does not bring them back. */
function verdictOf(drift: readonly RoleRow[]): RepairVerdict {
  const named = drift.filter((row) => row.role !== "missing");
  if (named.some((row) => row.verdict === "drift")) return "drift remains";
  return named.some((row) => row.verdict === "no drift found") ? "no drift found" : "not checked";
}

function reasonOf(iterations: readonly RepairIteration[], candidates: number): string {
  const { drift } = iterations.at(-1)!;
  const moved = (role: string) => [
    ...new Set(drift.filter((row) => row.role === role && row.verdict === "drift").map((row) => row.control)),
  ];
  const unchecked = drift.filter((row) => row.verdict === "not checked").map((row) => row.control);
  const steering = moved("steer");
  const stop = steering.length === 0
    ? "stopped as no steering control is rejected"
    : iterations.length > candidates
    ? `stopped as the candidates are used up; steering controls still rejected: ${steering.join(", ")}`
    : `stopped at the largest number of iterations; steering controls still rejected: ${steering.join(", ")}`;
  return [
    stop,
    ...(moved("judge").length > 0 ? [`judging controls rejected: ${moved("judge").join(", ")}`] : []),
    ...(moved("missing").length > 0 ? ["answers are missing differently between arms"] : []),
    ...(unchecked.length > 0 ? [`could not be checked: ${[...new Set(unchecked)].join(", ")}`] : []),
  ].join("; ");
}

function smallest(drift: readonly RoleRow[], role: string): number {
  const values = drift.filter((row) => row.role === role && !Number.isNaN(row.p_adjusted));
  return values.length === 0 ? NaN : Math.min(...values.map((row) => row.p_adjusted));
}

function largestExcess(drift: readonly RoleRow[], role: string): number {
  const values = drift.filter((row) => row.role === role && !Number.isNaN(row.excess));
  return values.length === 0 ? NaN : Math.max(...values.map((row) => row.excess));
}

function rowsOf(table: Table): Row[] {
  const columns = table.columnNames().map((name) => [name, columnOf(table, name)] as const);
  return Array.from(
    { length: table.numRows() },
    (_, row) => Object.fromEntries(columns.map(([name, values]) => [name, values[row]])),
  );
}
