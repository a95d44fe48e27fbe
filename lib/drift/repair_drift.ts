import type { Verdict } from "../core/columns.ts";
import { cannot } from "../core/errors.ts";
import { callback, readOptions, required, rule, type RulesFor, whole } from "../core/options.ts";
import { columnOf, distinct, type Table, tableOf } from "../core/table.ts";
import { computeDrift } from "./estimate_drift.ts";
import { checkControls, checkSettings, type DriftOptions, driftRules } from "./control_options.ts";
import { type EffectOfRunOptions, effectOfRunRules, effectsByArm, extremesOf } from "./repair_runs.ts";
import { inRole, isBelowMargin, type MeasuredRun, measureRun, noteMissingAnswers } from "./repair_runs.ts";
import { noteOpen, type RoleRow, sayRejected, stackRuns, verdictOf, whyUnchecked } from "./repair_runs.ts";
import { furtherControl } from "./further_control.ts";
import { candidateNames } from "./elicit_confounders.ts";

/** What one run of a repair is told. */
export interface RepairStep {
  /** 0 for the base persona, then 1, 2, … */
  iteration: number;
  /** The attributes to state beside those of the base persona, in the order in which they were added. */
  attributes: readonly string[];
}

/** Options of {@linkcode repairDrift}. */
export interface RepairDriftOptions extends DriftOptions, EffectOfRunOptions {
  /**
   * Attributes to state, in this order: one entry (a name, or names that go together) an iteration; or the table of
   * `elicitConfounders`, by rank.
   */
  candidates: readonly (string | readonly string[])[] | Table;
  /** The controls whose drift decides when to stop. */
  steer: string | readonly string[];
  /**
   * Controls that only judge the result; none may steer too.
   * @default {[]}
   */
  judge?: string | readonly string[];
  /**
   * The largest drift that would not matter, in units of the measure: it stops when every steering control is shown to
   * drift by less. State it before the data are seen, and have the personas for it: where nothing drifts, a yes-no
   * control shows so with power .8 from about 4.3 / margin² personas an arm on (430 for 0.1, 190 for 0.15).
   */
  margin: number;
  /**
   * The largest number of iterations after the base persona.
   * @default {5}
   */
  maximumIterations?: number;
  /**
   * The largest number of calls over all iterations: it stops before an iteration that would need more, taking it to be
   * as long as the one before.
   * @default {undefined} no limit
   */
  maximumCalls?: number;
}

/** The record of a repair; from {@linkcode repairDrift}. */
export interface Repair {
  /**
   * One row per iteration (and arm of the effect), also those that did not help: `iteration`, `label` (what the personas
   * state), `added`, `attributes`, `calls`, `outcome`, `arm`, `reference`, `estimate`, `std_error`, `conf_low`, `conf_high`, `kappa`, `open_bias` (κ times
   * the bias that the controls leave open), `open_control` (which of them), `widened_low`, `widened_high` (the interval
   * with it), `breakdown_kappa` (the κ from which that interval holds 0), `open_reason`, `steer_p` and `judge_p`
   * (smallest Holm-adjusted p-value), `steer_max_excess`, `judge_max_excess`, `verdict`, all of that arm.
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
  ...effectOfRunRules,
  margin: required<number>((action, name, value) => {
    if (value !== undefined) return driftRules.margin.check(action, name, value);
    const must = "say below which distance drift would not matter, as in { margin: 0.1 }";
    throw new TypeError(cannot(action, name, must, value));
  }),
  maximumIterations: whole(5, 0),
  maximumCalls: whole(undefined),
} as const satisfies RulesFor<RepairDriftOptions>;

function checkJudges(action: string, name: string, judge: unknown): void {
  if ([judge].flat().length > 0) checkControls(action, name, judge);
}

type RepairPlan = ReturnType<typeof checkRepair>;

interface RepairIteration extends MeasuredRun {
  readonly added: readonly string[];
  readonly attributes: readonly string[];
  readonly calls: number;
}

/**
 * Repairs drift: runs the experiment again with more of the persona stated, until no steering control can drift by as
 * much as would matter.
 *
 * Iteration 0 is the base persona; each later one states one more entry of `candidates`. It stops when the drift of
 * every steering control is shown to be below `margin` (that nothing is rejected would be no such claim), when the
 * candidates are used up, at the maximum, or before the calls run out. The effect is recorded and never decides: an
 * iteration chosen by the size of its effect would be a forking path. Controls that steer are chosen for being still,
 * so only controls that did not steer can judge the result. Draw the values of an added attribute once per persona,
 * before treatment (`drawAttributes`), not again in each arm.
 *
 * `within margin` says that every control, steering and judging, is shown to drift by less than the margin; attributes
 * that no control follows may drift all the same. Everything else is no success: the reason then says what was not
 * excluded, and which other question of the run would tell more of the outcome, if the treatment cannot change it. Each
 * effect has two intervals: the usual one, and one widened by the bias that its controls leave open
 * (`estimateControlBounds`), with the κ at which the conclusion would turn.
 *
 * @param run runs the experiment with the attributes it is given and resolves to its answers
 * @param options see {@linkcode RepairDriftOptions}
 * @returns tables of iterations, drift and effects, the answers, the attributes reached, and a verdict
 * @throws {RangeError} if a control both steers and judges, a candidate stands twice, there is no margin, or what
 * `estimateDrift` throws
 * @throws {Error} if a run was stopped before its end
 * @throws {TypeError} if `run` is no function or does not resolve to a table, or an option is unknown
 * @see Lin et al. 2026, arXiv 2605.20767
 * @example Stating party stops the drift
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { repairDrift } from "@understudy/understudy/drift";
 *
 * const rows = Array.from({ length: 1000 }, (_, i) => i);
 * const repair = await repairDrift(
 *   ({ attributes }) => {
 *     const drifts = !attributes.includes("party");
 *     return Promise.resolve(tableOf({
 *       persona_id: rows,
 *       arm: rows.map((i) => i < 500 ? "control" : "threat"),
 *       newspaper: rows.map((i) => i % 2 === 0 || (drifts && i > 700) ? "right" : "left"),
 *     }));
 *   },
 *   { candidates: ["age", "party", "region"], steer: "newspaper", margin: 0.1 },
 * );
 * assertEquals(repair.attributes, ["age", "party"]);
 * assertEquals(repair.verdict, "within margin");
 * ```
 */
export async function repairDrift(
  run: (step: RepairStep) => Promise<Table>,
  options: RepairDriftOptions,
): Promise<Repair> {
  const plan = checkRepair(run, options);
  const iterations: RepairIteration[] = [];
  // Whether one more iteration, as long as the last, stays within the calls.
  const within = () =>
    callsOf(iterations) + (iterations.at(-1)?.calls ?? 0) <= (plan.maximumCalls ?? Infinity);
  for (let iteration = 0; iteration <= plan.last && within(); iteration++) {
    const added = plan.candidates[iteration - 1] ?? [];
    const attributes = [...iterations.at(-1)?.attributes ?? [], ...added];
    const measured = measureRun(action, await run({ iteration, attributes: [...attributes] }), {
      label: attributes.length === 0 ? "base persona" : `with ${attributes.join(", ")}`,
      name: `iteration ${iteration}`,
      ...plan,
      drift: (answers) => measureDrift(answers, plan),
    });
    iterations.push({ ...measured, added, attributes, calls: countCalls(measured.answers) });
    if (steeringOn(measured.drift, plan).length === 0) break;
  }
  return summariseRepair(iterations, plan);
}

function checkRepair(run: unknown, options: RepairDriftOptions) {
  callback().check(action, "run", run);
  const { effect, kappa, maximumIterations, maximumCalls, ...asked } = readOptions(action, options, rules);
  const [steer, judge] = [[asked.steer].flat(), [asked.judge].flat()];
  const both = steer.filter((control) => judge.includes(control));
  if (both.length > 0) throw new RangeError(cannot(action, "judge", "name no control that steers", both));
  const settings = checkSettings(action, asked, [...steer, ...judge]);
  const candidates = candidateNames(action, "candidates", asked.candidates);
  if (settings.bootstraps < 2) {
    const rule = "be at least 2, to show drift below a margin";
    throw new RangeError(cannot(action, "bootstraps", rule, settings.bootstraps));
  }
  // The last iteration that may run.
  const last = Math.min(maximumIterations, candidates.length);
  return { candidates, steer, judge, effect, kappa, last, maximumCalls, settings };
}

/** Drift of the steering controls and, as a family of their own, of the judging ones and missing answers. */
function measureDrift(answers: Table, { steer, judge, settings }: RepairPlan): RoleRow[] {
  const asked = [...steer, ...judge];
  const judged = judge.length === 0 && !settings.missing
    ? []
    : computeDrift(action, answers, judge, settings, asked);
  return [
    ...inRole(computeDrift(action, answers, steer, { ...settings, missing: false }), "steer"),
    ...inRole(judged, "judge"),
  ];
}

/** The steering controls that keep a repair going: never the effect, never a judging control. */
function steeringOn(drift: readonly RoleRow[], { settings: { alpha } }: RepairPlan): string[] {
  const open = drift.filter((row) => row.role === "steer" && !isBelowMargin(row, alpha));
  return distinct(open.map((row) => row.control));
}

/** How many calls a run made: trials, or rows where the answers do not name them. */
function countCalls(answers: Table): number {
  if (!answers.columnNames().includes("trial_id")) return answers.numRows();
  return distinct(columnOf(answers, "trial_id")).length;
}

function callsOf(iterations: readonly RepairIteration[]): number {
  return iterations.reduce((sum, { calls }) => sum + calls, 0);
}

function summariseRepair(iterations: readonly RepairIteration[], plan: RepairPlan): Repair {
  const { alpha } = plan.settings;
  const last = iterations.at(-1)!;
  const { attributes, drift } = last;
  const verdict = verdictOf(drift, alpha);
  return {
    iterations: iterationTable(iterations, alpha),
    ...stackRuns(iterations, "iteration"),
    answers: iterations.map(({ answers }) => answers),
    attributes,
    verdict,
    reason: [
      whyStopped(iterations, plan),
      ...sayRejected("judging controls rejected", drift, "judge", alpha),
      ...(verdict === "within margin" ? [] : [...noteOpen(last, alpha), ...helpFurther(last, plan)]),
      ...noteMissingAnswers(drift, alpha),
      ...whyUnchecked(drift),
    ].join("; "),
  };
}

function helpFurther({ answers, effect }: RepairIteration, plan: RepairPlan): string[] {
  if (effect === null || !effect.columnNames().includes("outcome")) return [];
  const controls = [...plan.steer, ...plan.judge];
  return distinct(columnOf<string>(effect, "outcome"))
    .map((outcome) => furtherControl(action, answers, { outcome, controls }, plan.settings))
    .filter((sentence) => sentence !== "");
}

function whyStopped(iterations: readonly RepairIteration[], plan: RepairPlan): string {
  const steering = steeringOn(iterations.at(-1)!.drift, plan);
  const { margin } = plan.settings;
  if (steering.length === 0) return `stopped as the drift of every steering control is below ${margin}`;
  const when = iterations.length > plan.candidates.length
    ? "as the candidates are used up"
    : iterations.length > plan.last
    ? "at the largest number of iterations"
    : `as another iteration would go beyond ${plan.maximumCalls} calls (${callsOf(iterations)} made)`;
  const open = `steering controls not shown to drift by less than ${margin}: ${steering.join(", ")}`;
  return `stopped ${when}; ${open}`;
}

function iterationTable(iterations: readonly RepairIteration[], alpha: number): Table {
  return tableOf(iterations.flatMap((run, iteration) =>
    effectsByArm(run).map(({ effect, drift }) => {
      const [steer, judge] = [extremesOf(drift, "steer"), extremesOf(drift, "judge")];
      return {
        iteration,
        label: run.label,
        added: run.added.join(", "),
        attributes: run.attributes.join(", "),
        calls: run.calls,
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
