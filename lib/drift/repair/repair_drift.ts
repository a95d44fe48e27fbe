import { checkOptions, checkWhole } from "../../core/checks.ts";
import { cannot } from "../../core/errors.ts";
import { notAskedReason } from "../../core/columns.ts";
import { columnOf, isTable, type Table } from "../../core/table.ts";
import { computeDrift } from "../controls/compute_drift.ts";
import { missingControl } from "../controls/drift_answers.ts";
import {
  checkControls,
  checkDriftOptions,
  driftOptionNames,
  type DriftOptions,
  type DriftSettings,
} from "../controls/drift_options.ts";
import { type Repair, type RepairIteration, type RoleRow, summariseRepair } from "./repair_tables.ts";

/** What one run of a repair is told. */
export interface RepairStep {
  /** 0 for the base persona, then 1, 2, … */
  iteration: number;
  /** The attributes to state beside those of the base persona, in the order in which they were added. */
  attributes: readonly string[];
}

/** Options of {@linkcode repairDrift}. */
export interface RepairDriftOptions extends DriftOptions {
  /** Attributes to state, in this order: one entry (a name, or names that go together) an iteration. */
  candidates: readonly (string | readonly string[])[];
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
}

/**
 * Repairs drift: runs the experiment again with more of the persona stated, until no steering control drifts.
 *
 * Iteration 0 is the base persona; each later one states one more entry of `candidates`. It stops when no steering
 * control is rejected (Holm), when the candidates are used up, or at the maximum. The effect is recorded and never
 * decides: an iteration chosen by the size of its effect would be a forking path. Controls that steer are chosen for
 * being still, so only controls that did not steer can judge the result; missing answers are reported beside them.
 * The values of an added attribute must be drawn once per persona, before treatment, not again in each arm.
 *
 * The p-values of the last iteration do not account for the search. `no drift found` is not evidence of absence.
 *
 * @param run runs the experiment with the attributes it is given and resolves to its answers
 * @param options see {@linkcode RepairDriftOptions}
 * @returns tables of iterations, drift and effects, the answers, the attributes reached, and a verdict
 * @throws {RangeError} if a control both steers and judges, a candidate stands twice, or what `estimateDrift` throws
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
 * assertEquals(repair.verdict, "no drift found");
 * ```
 */
export async function repairDrift(
  run: (step: RepairStep) => Promise<Table>,
  options: RepairDriftOptions,
): Promise<Repair> {
  const plan = checkRepair(run, options);
  const iterations: RepairIteration[] = [];
  const attributes: string[] = [];
  for (let iteration = 0; iteration <= plan.last; iteration++) {
    const added = iteration === 0 ? [] : plan.candidates[iteration - 1]!;
    attributes.push(...added);
    const answers = await run({ iteration, attributes: [...attributes] });
    if (!isTable(answers)) {
      throw new TypeError(cannot(action, "run", "resolve to an Arquero table", answers));
    }
    checkComplete(answers, iteration);
    const drift = measureDrift(answers, plan);
    iterations.push({
      added,
      attributes: [...attributes],
      answers,
      drift,
      effect: options.effect?.(answers) ?? null,
    });
    if (!drift.some((row) => row.role === "steer" && row.verdict === "drift")) break;
  }
  return summariseRepair(iterations, plan);
}

const action = "repair drift";

/** A checked repair. */
interface RepairPlan {
  readonly candidates: readonly (readonly string[])[];
  readonly steer: readonly string[];
  readonly judge: readonly string[];
  readonly last: number;
  readonly settings: DriftSettings;
}

function checkRepair(run: unknown, options: RepairDriftOptions): RepairPlan {
  const own = ["candidates", "steer", "judge", "effect", "maximumIterations"];
  checkOptions(action, options, [...own, ...driftOptionNames]);
  if (typeof run !== "function") throw new TypeError(cannot(action, "run", "be a function", run));
  if (options.effect !== undefined && typeof options.effect !== "function") {
    throw new TypeError(cannot(action, "effect", "be a function of the answers", options.effect));
  }
  const steer = checkControls(action, "steer", options.steer);
  const judgeNames = [options.judge ?? []].flat();
  const judge = judgeNames.length === 0 ? [] : checkControls(action, "judge", judgeNames);
  const both = steer.filter((control) => judge.includes(control));
  if (both.length > 0) {
    throw new RangeError(cannot(action, "judge", "name no control that steers", both));
  }
  const maximum = options.maximumIterations ?? 5;
  checkWhole(action, "maximumIterations", maximum);
  const candidates = checkCandidates(options.candidates);
  const last = Math.min(maximum, candidates.length);
  return { candidates, steer, judge, last, settings: checkDriftOptions(action, options) };
}

/** Part of an experiment says nothing about whether the whole drifts. */
function checkComplete(answers: Table, iteration: number): void {
  if (!answers.columnNames().includes("reason")) return;
  const missing = columnOf(answers, "reason").filter((reason) => reason === notAskedReason).length;
  if (missing === 0) return;
  throw new Error(
    `Cannot ${action} as the run of iteration ${iteration} was stopped before ${missing} answers were asked for: run ` +
      "it again to its end (with a store, what was answered is not asked again)",
  );
}

function checkCandidates(candidates: unknown): readonly (readonly string[])[] {
  if (!Array.isArray(candidates)) {
    throw new TypeError(cannot(action, "candidates", "be a list of attributes", candidates));
  }
  const entries = candidates.map((entry) => [entry].flat() as unknown[]);
  const names = entries.flat();
  if (
    entries.some((entry) => entry.length === 0) || !names.every((name) => typeof name === "string" && name)
  ) {
    throw new TypeError(cannot(action, "candidates", "name attributes", candidates));
  }
  if (new Set(names).size < names.length) {
    throw new RangeError(cannot(action, "candidates", "name each attribute once", candidates));
  }
  return entries as string[][];
}

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
