import { checkOptions, checkText } from "../../core/checks.ts";
import { cannot } from "../../core/errors.ts";
import { type Table, tableOfRows } from "../../core/table.ts";
import { computeDrift } from "../compute_drift.ts";
import {
  checkControls,
  checkLevelNames,
  type DriftOptions,
  driftRules,
  readDriftOptions,
} from "../control_options.ts";
import { missingControl } from "../measures.ts";
import { checkAnswers, checkRunAndEffect, effectOf } from "./repair_run.ts";
import { effectsByTerm, type MeasuredRun, stackRuns } from "./repair_tables.ts";
import {
  driftNotes,
  largestExcess,
  rejectedControls,
  type RepairVerdict,
  type RoleRow,
  smallestP,
  type VerdictLimits,
  verdictOf,
} from "./repair_verdict.ts";

/** Options of {@linkcode compareRepairs}. */
export interface CompareRepairsOptions<Specification> extends DriftOptions {
  /** For each repair, by name, what `run` needs to know to run the experiment in that way. At least two. */
  repairs: { readonly [repair: string]: Specification };
  /** The negative controls: the same for every repair. */
  controls: string | readonly string[];
  /**
   * Estimates the effect from one repair's answers.
   *
   * @default none
   */
  effect?: (answers: Table) => Table;
}

/** Repairs side by side; from {@linkcode compareRepairs}. */
export interface RepairComparison {
  /**
   * One row per repair (and term of the effect): `label` (the repair), `arm`, `estimate`, `std_error`, `conf_low`,
   * `conf_high`, `drift_p` (smallest Holm-adjusted p-value), `max_excess`, `verdict`, `reason`.
   */
  readonly repairs: Table;
  /** Every row of every drift estimate, with `label` and `role` (`control` or `missing`). */
  readonly drift: Table;
  /** Every row of every effect estimate, with `label`. */
  readonly effects: Table;
  /** The answers of each repair. */
  readonly answers: { readonly [repair: string]: Table };
  /** The verdict of each repair. */
  readonly verdicts: { readonly [repair: string]: RepairVerdict };
}

const action = "compare repairs";
const columns = [
  "label",
  "arm",
  "estimate",
  "std_error",
  "conf_low",
  "conf_high",
  "drift_p",
  "max_excess",
  "verdict",
  "reason",
];

/**
 * Compares ways to run the same experiment, such as blind, with attributes stated, and unblinded, on the same controls.
 *
 * A blind text lets the people drift; stating attributes stops that where they are the right ones, and may make them
 * salient; saying that the version was drawn at random (`unblindTreatments`) may stop it without. No way is right by
 * itself: effects that agree where no control drifts are the better for it, and where they differ both are shown. Each
 * repair's controls are a family of their own (Holm). Decide by the controls which repair to rely on, and before the
 * effects are looked at: to choose by the effect would be a forking path.
 *
 * @param run runs the experiment as one repair says, and resolves to its answers; it is called in the order of `repairs`
 * @param options see {@linkcode CompareRepairsOptions}
 * @returns tables of repairs, drift and effects, each with a column `label` that plots tell repairs apart by
 * @throws {RangeError} if there are fewer than two repairs, or what `estimateDrift` throws
 * @throws {Error} if a run was stopped before its end
 * @throws {TypeError} if `run` is no function or does not resolve to a table, or an option is unknown
 * @see Gui and Toubia 2023, arXiv 2312.15524
 * @example Stating party helps
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { compareRepairs } from "@understudy/understudy/drift";
 *
 * const rows = Array.from({ length: 80 }, (_, i) => i);
 * const comparison = await compareRepairs(
 *   ({ stated }) =>
 *     Promise.resolve(tableOf({
 *       persona_id: rows,
 *       arm: rows.map((i) => i < 40 ? "control" : "threat"),
 *       newspaper: rows.map((i) => i % 2 === 0 || (stated.length === 0 && i > 50) ? "right" : "left"),
 *     })),
 *   { repairs: { blind: { stated: [] }, covariates: { stated: ["party"] } }, controls: "newspaper" },
 * );
 * assertEquals(comparison.verdicts, { blind: "found", covariates: "not found" });
 * ```
 */
export async function compareRepairs<Specification>(
  run: (specification: Specification, repair: string) => Promise<Table>,
  options: CompareRepairsOptions<Specification>,
): Promise<RepairComparison> {
  const { controls, settings, limits } = checkComparison(run, options);
  const runs: MeasuredRun[] = [];
  for (const [label, specification] of Object.entries(options.repairs)) {
    const answers = await run(specification, label);
    checkAnswers(action, answers, `repair '${label}'`);
    const drift = computeDrift(action, answers, controls, settings).map((row): RoleRow => ({
      ...row,
      role: row.control === missingControl ? "missing" : "control",
    }));
    runs.push({ label, answers, drift, effect: effectOf(action, options.effect, answers) });
  }
  return {
    repairs: tableOfRows(runs.flatMap((one) => comparisonRows(one, limits)), columns),
    ...stackRuns(runs, null),
    answers: Object.fromEntries(runs.map(({ label, answers }) => [label, answers])),
    verdicts: Object.fromEntries(runs.map(({ label, drift }) => [label, verdictOf(drift, limits)])),
  };
}

function checkComparison<Specification>(run: unknown, options: CompareRepairsOptions<Specification>) {
  checkOptions(action, options, ["repairs", "controls", "effect", ...Object.keys(driftRules)]);
  checkRunAndEffect(action, run, options.effect);
  const { repairs } = options;
  if (typeof repairs !== "object" || repairs === null || Array.isArray(repairs)) {
    throw new TypeError(cannot(action, "repairs", "be an object with an entry for each repair", repairs));
  }
  const names = Object.keys(repairs);
  if (names.length < 2) throw new RangeError(cannot(action, "repairs", "name at least two repairs", names));
  for (const name of names) checkText(action, "repairs", name);
  checkControls(action, "controls", options.controls);
  const controls = [options.controls].flat();
  const settings = readDriftOptions(action, options);
  checkLevelNames(action, settings, controls);
  return {
    controls,
    settings,
    limits: { alpha: settings.alpha, margin: settings.margin },
  };
}

function comparisonRows(run: MeasuredRun, limits: VerdictLimits): { [column: string]: unknown }[] {
  return effectsByTerm(run).map(({ effect, drift }) => {
    const moved = rejectedControls(drift, "control", limits);
    return {
      ...effect,
      label: run.label,
      drift_p: smallestP(drift, "control"),
      max_excess: largestExcess(drift, "control"),
      verdict: verdictOf(drift, limits),
      reason: [
        ...(moved.length > 0 ? [`controls rejected: ${moved.join(", ")}`] : []),
        ...driftNotes(drift, limits),
      ].join("; "),
    };
  });
}
