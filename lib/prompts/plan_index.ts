import type { planColumns, taskColumns } from "../core/columns.ts";
import type { Plan } from "../core/experiment.ts";
import { heldColumns } from "../core/table.ts";
import { type ShownQuestions, showQuestions } from "./shown_questions.ts";

/** A plan's columns as arrays, and where each call and each assigned row stands. */
interface PlanIndex {
  readonly trials:
    & { readonly [column in keyof typeof planColumns]: readonly unknown[] }
    & { readonly [column in keyof typeof taskColumns]?: readonly unknown[] }
    /** Of a design with a protocol, in place of orders, which are drawn as they are needed. */
    & { readonly session?: readonly unknown[] };
  readonly assigned: { readonly [column: string]: readonly unknown[] };
  readonly trialRows: ReadonlyMap<unknown, number>;
  /** For each trial, its rows in `plan.assigned`: one; in a conjoint one for each profile, in their order. */
  readonly assignedRows: readonly (readonly number[])[];
  readonly shownQuestions: (row: number) => ShownQuestions;
}

/** So many different orders are held; where each persona has its own, there may be a million. */
const mostOrders = 2000;

// Composing a plan's prompts one by one would otherwise read its columns once for each. An index lives as long as
// its plan and holds nothing that the plan does not.
const indices = new WeakMap<Plan, PlanIndex>();

/** Reads a plan's columns once. */
export function indexPlan(plan: Plan): PlanIndex {
  const known = indices.get(plan);
  if (known) return known;
  const trials = heldColumns(plan.trials) as unknown as PlanIndex["trials"];
  const assigned = heldColumns(plan.assigned);
  const shown = new Map<string, ShownQuestions>();
  const shownQuestions = (row: number): ShownQuestions => {
    const [order, options] = [trials.item_order[row] as string, trials.option_orders[row] as string];
    const key = `${order} ${options}`;
    const found = shown.get(key) ?? showQuestions(plan.design, JSON.parse(order), JSON.parse(options));
    if (shown.size < mostOrders) shown.set(key, found);
    return found;
  };
  let trialRows: Map<unknown, number> | undefined;
  const search = () => {
    const rows = rowsOfUnits(assigned, plan.design.conjoint !== null);
    return trials.persona_id.map((id, row) => rows.get(unitKey(id, trials.arm[row], trials.task?.[row]))!);
  };
  const sessions = trials.session === undefined ? new Map() : sessionRows(assigned);
  const index: PlanIndex = {
    shownQuestions,
    trials,
    assigned,
    get trialRows() {
      return trialRows ??= new Map(trials.trial_id.map((id, row) => [id, row]));
    },
    assignedRows: trials.session?.map((id, trial) => sessions.get(String(id))!.get(trials.arm[trial])!) ??
      inOrder(trials, assigned) ?? search(),
  };
  indices.set(plan, index);
  return index;
}

/** The row of each trial where they stand in one order, as a plan has them unless it is a conjoint; no text is made. */
function inOrder(
  trials: PlanIndex["trials"],
  assigned: PlanIndex["assigned"],
): (readonly number[])[] | undefined {
  if (trials.task !== undefined) return undefined;
  const [personas, arms] = [assigned.persona_id!, assigned.arm!];
  const rows: (readonly number[])[] = [];
  let last: readonly number[] = [0];
  for (let trial = 0; trial < trials.persona_id.length; trial++) {
    let [row] = last as [number];
    while (
      row < arms.length && (personas[row] !== trials.persona_id[trial] || arms[row] !== trials.arm[trial])
    ) row++;
    if (row === arms.length) return undefined;
    if (row !== last[0]) last = [row];
    rows.push(last);
  }
  return rows;
}

/** The rows of each session in each of its arms; a persona that is in no group is a session. */
export function sessionRows(assigned: PlanIndex["assigned"]): Map<string, Map<unknown, number[]>> {
  const ids = assigned.session ?? assigned.persona_id!;
  const sessions = Map.groupBy(ids.keys(), (row) => String(ids[row]));
  return new Map([...sessions].map(([id, rows]) => [id, Map.groupBy(rows, (row) => assigned.arm![row])]));
}

/** Who is asked in one call: a persona in an arm, and in a conjoint at one task. */
function unitKey(persona: unknown, arm: unknown, task: unknown): string {
  if (typeof persona !== "string" || typeof arm !== "string") return JSON.stringify([persona, arm, task]);
  // No two units have the same text: the persona's length stands first.
  return task === undefined
    ? `${persona.length} ${persona} ${arm}`
    : `${persona.length} ${persona} ${arm} ${task}`;
}

/** The rows of each unit, in a conjoint by profile. */
export function rowsOfUnits(
  assigned: PlanIndex["assigned"],
  conjoint: boolean,
): Map<string, readonly number[]> {
  const { persona_id: personas, arm: arms, task, profile } = assigned;
  const rows = new Map<string, number[]>();
  personas!.forEach((persona, row) => {
    const key = unitKey(persona, arms![row], conjoint ? task![row] : undefined);
    const found = rows.get(key);
    if (found === undefined) rows.set(key, [row]);
    else found.push(row);
  });
  if (!conjoint) return rows;
  for (const list of rows.values()) list.sort((a, b) => Number(profile![a]) - Number(profile![b]));
  return rows;
}
