import { columnOf, type Plan, planColumns } from "../core/mod.ts";

/** A plan's columns as arrays, and where each call and each assigned row stands. */
export interface PlanIndex {
  /** The columns of `plan.trials`. */
  readonly trials: { readonly [column in keyof typeof planColumns]: readonly unknown[] };
  /** The columns of `plan.assigned`. */
  readonly assigned: { readonly [column: string]: readonly unknown[] };
  /** The row of each `trial_id`. */
  readonly trialRows: ReadonlyMap<unknown, number>;
  /** For each trial, its row in `plan.assigned`. */
  readonly assignedRows: readonly number[];
}

// Composing a plan's prompts one by one would otherwise read its columns once for each. An index lives as long as
// its plan and holds nothing that the plan does not.
const indices = new WeakMap<Plan, PlanIndex>();

/** Reads a plan's columns once. */
export function indexPlan(plan: Plan): PlanIndex {
  const known = indices.get(plan);
  if (known) return known;
  const trials = Object.fromEntries(
    Object.keys(planColumns).map((name) => [name, columnOf(plan.trials, name)]),
  ) as unknown as PlanIndex["trials"];
  const assigned = Object.fromEntries(
    plan.assigned.columnNames().map((name) => [name, columnOf(plan.assigned, name)]),
  );
  const unit = (persona: unknown, arm: unknown): string => JSON.stringify([persona, arm]);
  const rows = new Map(assigned.persona_id!.map((id, row) => [unit(id, assigned.arm![row]), row]));
  const index: PlanIndex = {
    trials,
    assigned,
    trialRows: new Map(trials.trial_id.map((id, row) => [id, row])),
    assignedRows: trials.persona_id.map((id, row) => rows.get(unit(id, trials.arm[row]))!),
  };
  indices.set(plan, index);
  return index;
}
