import type { Verdict } from "../core/columns.ts";
import { cannot } from "../core/errors.ts";
import { callback, oneOf, readOptions, required, rule, type RulesFor, whole } from "../core/options.ts";
import { distinct, type Table, tableOf } from "../core/table.ts";
import { computeDrift } from "./estimate_drift.ts";
import {
  checkControls,
  checkSettings,
  type DriftOptions,
  driftRules,
  type DriftSettings,
} from "./control_options.ts";
import {
  effectsByArm,
  type EstimateOfRun,
  extremesOf,
  isBelowMargin,
  isRejected,
  type MeasuredRun,
  measureRun,
  noteMissingAnswers,
  rejectedControls,
  requireRun,
  type RoleRow,
  stackRuns,
  verdictOf,
  whyUnchecked,
} from "./repair_runs.ts";
import { candidateNames } from "./elicit_confounders.ts";
import { missingControl } from "./measures.ts";

/** What one run of a repair is told. */
export interface RepairStep {
  /** 0 for the base persona, then 1, 2, … */
  iteration: number;
  /** The attributes to state beside those of the base persona, in the order in which they were added. */
  attributes: readonly string[];
}

/** Options of {@linkcode repairDrift}. */
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
   * @default {[]}
   */
  judge?: string | readonly string[];
  /**
   * Estimates the effect from one iteration's answers. Recorded, never used to stop.
   *
   * @default {undefined} none
   */
  effect?: EstimateOfRun;
  /**
   * The largest number of iterations after the base persona.
   *
   * @default {5}
   */
  maximumIterations?: number;
  /**
   * When it stops of itself: `not rejected`, when no steering control is rejected (Holm); `equivalence`, only when every
   * steering control's drift is shown to be below `margin`.
   *
   * @default {"not rejected"}
   */
  stop?: "not rejected" | "equivalence";
}

/** The record of a repair; from {@linkcode repairDrift}. */
export interface Repair {
  /**
   * One row per iteration (and arm of the effect): `iteration`, `label` (what the personas state), `added`,
   * `attributes`, `estimate`, `std_error`, `conf_low`, `conf_high`, `arm`, `steer_p` and `judge_p` (smallest
   * Holm-adjusted p-value), `steer_max_excess`, `judge_max_excess`, `verdict`, all of that arm.
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
  /**
   * Whether drift was found in the last iteration, by the steering or the judging controls: `found` (it remains), `not
   * found`, `within margin` (of every control), `cannot tell`.
   */
  readonly verdict: Verdict;
  /** Why it stopped, and what else the reader must know. */
  readonly reason: string;
}

const action = "repair drift";
const rules = {
  ...driftRules,
  candidates: required<RepairDriftOptions["candidates"]>(() => {}),
  steer: required<string | readonly string[]>(checkControls),
  judge: rule<string | readonly string[], readonly string[]>(checkJudges, []),
  effect: callback<EstimateOfRun>(),
  maximumIterations: whole(5, 0),
  stop: oneOf(["not rejected", "equivalence"], "not rejected"),
} as const satisfies RulesFor<RepairDriftOptions>;

function checkJudges(action: string, name: string, judge: unknown): void {
  if ([judge].flat().length > 0) checkControls(action, name, judge);
}

/** A checked repair. */
interface RepairPlan {
  readonly candidates: readonly (readonly string[])[];
  readonly steer: readonly string[];
  readonly judge: readonly string[];
  readonly effect: EstimateOfRun | undefined;
  /** The last iteration that may run. */
  readonly last: number;
  readonly stop: NonNullable<RepairDriftOptions["stop"]>;
  readonly settings: DriftSettings;
}

/** What one iteration gave. */
interface RepairIteration extends MeasuredRun {
  /** The attributes that it added. */
  readonly added: readonly string[];
  /** All attributes that it stated beside those of the base persona. */
  readonly attributes: readonly string[];
}

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
  const plan = checkRepair(run, options);
  const iterations: RepairIteration[] = [];
  for (let iteration = 0; iteration <= plan.last; iteration++) {
    const added = plan.candidates[iteration - 1] ?? [];
    const attributes = [...iterations.at(-1)?.attributes ?? [], ...added];
    const measured = measureRun(action, await run({ iteration, attributes: [...attributes] }), {
      label: attributes.length === 0 ? "base persona" : `with ${attributes.join(", ")}`,
      name: `iteration ${iteration}`,
      effect: plan.effect,
      drift: (answers) => measureDrift(answers, plan),
    });
    iterations.push({ ...measured, added, attributes });
    if (steeringOn(measured.drift, plan).length === 0) break;
  }
  return summariseRepair(iterations, plan);
}

/** Checks a repair before anything is run. */
function checkRepair(run: unknown, options: RepairDriftOptions): RepairPlan {
  requireRun(action, run);
  const { effect, maximumIterations, stop, ...asked } = readOptions(action, options, rules);
  const [steer, judge] = [[asked.steer].flat(), [asked.judge].flat()];
  const both = steer.filter((control) => judge.includes(control));
  if (both.length > 0) throw new RangeError(cannot(action, "judge", "name no control that steers", both));
  const settings = checkSettings(action, asked, [...steer, ...judge]);
  const candidates = candidateNames(action, "candidates", asked.candidates);
  if (stop === "equivalence" && settings.margin === undefined) {
    const must = "say below which distance drift does not matter, where it stops at equivalence";
    throw new RangeError(cannot(action, "margin", must, settings.margin));
  }
  if (stop === "equivalence" && settings.bootstraps === 0) {
    throw new RangeError(cannot(action, "bootstraps", "be at least 1 where it stops at equivalence", 0));
  }
  const last = Math.min(maximumIterations, candidates.length);
  return { candidates, steer, judge, effect, last, stop, settings };
}

/** Drift of the steering controls and, as a family of their own, of the judging ones and missing answers. */
function measureDrift(answers: Table, { steer, judge, settings }: RepairPlan): RoleRow[] {
  const judged = judge.length === 0 && !settings.missing
    ? []
    : computeDrift(action, answers, judge, settings, [...steer, ...judge]);
  return [
    ...computeDrift(action, answers, steer, { ...settings, missing: false })
      .map((row): RoleRow => ({ ...row, role: "steer" })),
    ...judged.map((row): RoleRow => ({ ...row, role: row.control === missingControl ? "missing" : "judge" })),
  ];
}

/** The steering controls that keep a repair going: never the effect, never a judging control. */
function steeringOn(drift: readonly RoleRow[], { stop, settings: { alpha } }: RepairPlan): string[] {
  const holds = drift.filter((row) =>
    row.role === "steer" && (stop === "equivalence" ? !isBelowMargin(row, alpha) : isRejected(row, alpha))
  );
  return distinct(holds.map((row) => row.control));
}

function summariseRepair(iterations: readonly RepairIteration[], plan: RepairPlan): Repair {
  const { alpha } = plan.settings;
  const { attributes, drift } = iterations.at(-1)!;
  const judging = rejectedControls(drift, "judge", alpha);
  return {
    iterations: iterationTable(iterations, alpha),
    ...stackRuns(iterations, "iteration"),
    answers: iterations.map(({ answers }) => answers),
    attributes,
    verdict: verdictOf(drift, alpha),
    reason: [
      whyStopped(iterations, plan),
      ...(judging.length > 0 ? [`judging controls rejected: ${judging.join(", ")}`] : []),
      ...noteMissingAnswers(drift, alpha),
      ...whyUnchecked(drift),
    ].join("; "),
  };
}

function whyStopped(iterations: readonly RepairIteration[], plan: RepairPlan): string {
  const steering = steeringOn(iterations.at(-1)!.drift, plan);
  const { margin } = plan.settings;
  const equivalence = plan.stop === "equivalence";
  if (steering.length === 0) {
    return equivalence
      ? `stopped as the drift of every steering control is below ${margin}`
      : "stopped as no steering control is rejected";
  }
  const when = iterations.length > plan.candidates.length
    ? "as the candidates are used up"
    : "at the largest number of iterations";
  const how = equivalence ? `not shown to drift by less than ${margin}` : "still rejected";
  return `stopped ${when}; steering controls ${how}: ${steering.join(", ")}`;
}

/** One row per iteration and arm of its effect. */
function iterationTable(iterations: readonly RepairIteration[], alpha: number): Table {
  return tableOf(iterations.flatMap((run, iteration) =>
    effectsByArm(run).map(({ effect, drift }) => {
      const [steer, judge] = [extremesOf(drift, "steer"), extremesOf(drift, "judge")];
      return {
        iteration,
        label: run.label,
        added: run.added.join(", "),
        attributes: run.attributes.join(", "),
        ...effect,
        steer_p: steer.p,
        judge_p: judge.p,
        steer_max_excess: steer.excess,
        judge_max_excess: judge.excess,
        verdict: verdictOf(drift, alpha),
      };
    })
  ));
}
