import type { Table } from "../../core/table.ts";
import { computeDrift } from "../compute_drift.ts";
import { missingControl } from "../measures.ts";
import type { RepairDriftOptions, RepairStep } from "./repair_options.ts";
import { checkRepair, type RepairPlan, steeringOn } from "./repair_plan.ts";
import { checkAnswers, effectOf } from "./repair_run.ts";
import { iterationTable, type Repair, type RepairIteration, stackRuns } from "./repair_tables.ts";
import { driftNotes, rejectedControls, type RoleRow, verdictOf } from "./repair_verdict.ts";

/**
 * Repairs drift: runs the experiment again with more of the persona stated, until no steering control drifts.
 *
 * Iteration 0 is the base persona; each later one states one more entry of `candidates`. It stops by a rule about the
 * steering controls alone: when none is rejected (Holm), or with `stop: "equivalence"` only when the drift of each is
 * shown to be below `margin`; else when the candidates are used up, or at the maximum. The effect is recorded and never
 * decides: an iteration chosen by the size of its effect would be a forking path. Controls that steer are chosen for
 * being still, so only controls that did not steer can judge the result; missing answers are reported beside them.
 * The values of an added attribute must be drawn once per persona, before treatment (`drawAttributes`), not again in
 * each arm.
 *
 * A small study stops while weak drift is left: over 200 random worlds with five steering controls the effect's 95%
 * interval then covered the truth in 93% to 94% of repairs with 1,000 personas, in 91.5% with 600 (tests/simulation).
 *
 * The p-values of the last iteration do not account for the search. `not found` is not evidence of absence: where
 * absence is to be claimed, give a margin. `within margin` says that every control, steering and judging, is shown
 * to drift by less than that; attributes that no control follows may drift all the same.
 *
 * @param run runs the experiment with the attributes it is given and resolves to its answers
 * @param options see {@linkcode RepairDriftOptions}
 * @returns tables of iterations, drift and effects, the answers, the attributes reached, and a verdict
 * @throws {RangeError} if a control both steers and judges, a candidate stands twice, it stops at equivalence without a
 * margin, or what `estimateDrift` throws
 * @throws {Error} if a run was stopped before its end
 * @throws {TypeError} if `run` is no function or does not resolve to a table, or an option is unknown
 * @see Lin et al. 2026, arXiv 2605.20767
 * @example Stating party stops the drift
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { repairDrift } from "@understudy/understudy/drift";
 *
 * const rows = Array.from({ length: 80 }, (_, i) => i);
 * const repair = await repairDrift(
 *   ({ attributes }) => {
 *     const drifts = !attributes.includes("party");
 *     return Promise.resolve(tableOf({
 *       persona_id: rows,
 *       arm: rows.map((i) => i < 40 ? "control" : "threat"),
 *       newspaper: rows.map((i) => i % 2 === 0 || (drifts && i > 50) ? "right" : "left"),
 *     }));
 *   },
 *   { candidates: ["age", "party", "region"], steer: "newspaper" },
 * );
 * assertEquals(repair.attributes, ["age", "party"]);
 * assertEquals(repair.verdict, "not found");
 * ```
 */
export async function repairDrift(
  run: (step: RepairStep) => Promise<Table>,
  options: RepairDriftOptions,
): Promise<Repair> {
  const plan = checkRepair(action, run, options);
  const iterations: RepairIteration[] = [];
  const attributes: string[] = [];
  for (let iteration = 0; iteration <= plan.last; iteration++) {
    const added = iteration === 0 ? [] : plan.candidates[iteration - 1]!;
    attributes.push(...added);
    const answers = await run({ iteration, attributes: [...attributes] });
    checkAnswers(action, answers, `iteration ${iteration}`);
    const drift = measureDrift(answers, plan);
    const stated = [...attributes];
    const label = stated.length === 0 ? "base persona" : `with ${stated.join(", ")}`;
    const effect = effectOf(action, options.effect, answers);
    iterations.push({ label, added, attributes: stated, answers, drift, effect });
    if (steeringOn(drift, plan).length === 0) break;
  }
  return summariseRepair(iterations, plan);
}

const action = "repair drift";

/** Drift of the steering controls and, as a family of their own, of the judging ones and missing answers. */
function measureDrift(answers: Table, plan: RepairPlan): RoleRow[] {
  const steer = computeDrift(action, answers, plan.steer, { ...plan.settings, missing: false });
  const judge = plan.judge.length === 0 && !plan.settings.missing
    ? []
    : computeDrift(action, answers, plan.judge, plan.settings, [...plan.steer, ...plan.judge]);
  return [
    ...steer.map((row): RoleRow => ({ ...row, role: "steer" })),
    ...judge.map((row): RoleRow => ({ ...row, role: row.control === missingControl ? "missing" : "judge" })),
  ];
}

function summariseRepair(iterations: readonly RepairIteration[], plan: RepairPlan): Repair {
  const last = iterations.at(-1)!;
  return {
    iterations: iterationTable(iterations, plan.limits),
    ...stackRuns(iterations, "iteration"),
    answers: iterations.map(({ answers }) => answers),
    attributes: last.attributes,
    verdict: verdictOf(last.drift, plan.limits),
    reason: [
      whyStopped(iterations, plan),
      ...judgedReason(last.drift, plan),
      ...driftNotes(last.drift, plan.limits),
    ].join("; "),
  };
}

function whyStopped(iterations: readonly RepairIteration[], plan: RepairPlan): string {
  const steering = steeringOn(iterations.at(-1)!.drift, plan);
  const equivalence = plan.stop === "equivalence";
  if (steering.length === 0) {
    return equivalence
      ? `stopped as the drift of every steering control is below ${plan.limits.margin}`
      : "stopped as no steering control is rejected";
  }
  const when = iterations.length > plan.candidates.length
    ? "as the candidates are used up"
    : "at the largest number of iterations";
  const how = equivalence ? `not shown to drift by less than ${plan.limits.margin}` : "still rejected";
  return `stopped ${when}; steering controls ${how}: ${steering.join(", ")}`;
}

function judgedReason(drift: readonly RoleRow[], { limits }: RepairPlan): string[] {
  const judging = rejectedControls(drift, "judge", limits);
  return judging.length > 0 ? [`judging controls rejected: ${judging.join(", ")}`] : [];
}
