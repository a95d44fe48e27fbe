import { checkText } from "../core/checks.ts";
import type { Verdict } from "../core/columns.ts";
import { cannot } from "../core/errors.ts";
import { callback, readOptions, required, type RulesFor } from "../core/options.ts";
import { type Table, tableOf } from "../core/table.ts";
import { computeDrift } from "./estimate_drift.ts";
import { checkControls, checkSettings, type DriftOptions, driftRules } from "./control_options.ts";
import { type EffectOfRunOptions, effectOfRunRules, effectsByArm, extremesOf } from "./repair_runs.ts";
import { inRole, type MeasuredRun, measureRun, noteMissingAnswers } from "./repair_runs.ts";
import { sayRejected, stackRuns, verdictOf, whyUnchecked } from "./repair_runs.ts";

/** Options of {@linkcode compareRepairs}. */
export interface CompareRepairsOptions<Specification> extends DriftOptions, EffectOfRunOptions {
  /** For each repair, by name, what `run` needs to know to run the experiment in that way. At least two. */
  repairs: { readonly [repair: string]: Specification };
  /** The negative controls: the same for every repair. */
  controls: string | readonly string[];
}

/** Repairs side by side; from {@linkcode compareRepairs}. */
export interface RepairComparison {
  /**
   * One row per repair (and arm of the effect): `label` (the repair), `estimate`, `std_error`, `conf_low`,
   * `conf_high`, the interval widened by what the controls leave open as in `repairDrift`, `arm`, `drift_p` (smallest Holm-adjusted p-value), `max_excess`, `verdict`, `notes`, `reason`.
   */
  readonly repairs: Table;
  /** Every row of every drift estimate, with `label` and `role` (`control` or `missing`). */
  readonly drift: Table;
  /** Every row of every effect estimate, with `label`. */
  readonly effects: Table;
  /** The answers of each repair. */
  readonly answers: { readonly [repair: string]: Table };
  /** Whether drift was found, repair by repair. */
  readonly verdicts: { readonly [repair: string]: Verdict };
}

const action = "compare repairs";
const rules = {
  ...driftRules,
  repairs: required<{ readonly [repair: string]: unknown }>(checkRepairs),
  controls: required<string | readonly string[]>(checkControls),
  ...effectOfRunRules,
} as const satisfies RulesFor<CompareRepairsOptions<unknown>>;

function checkRepairs(action: string, name: string, repairs: unknown): void {
  if (typeof repairs !== "object" || repairs === null || Array.isArray(repairs)) {
    throw new TypeError(cannot(action, name, "be an object with an entry for each repair", repairs));
  }
  const names = Object.keys(repairs);
  if (names.length < 2) throw new RangeError(cannot(action, name, "name at least two repairs", names));
  for (const repair of names) checkText(action, name, repair);
}

/**
 * Compares ways to run the same experiment, such as blind, with attributes stated, and unblinded, on the same controls.
 *
 * A blind text lets the people drift; stating attributes stops that where they are the right ones, and may make them
 * salient; saying that the version was drawn at random (`unblindTreatments`) may stop it without. Effects that agree
 * where no control drifts are the better for it, and where they differ both are shown. Each repair's controls are a
 * family of their own (Holm). Decide by the controls which repair to rely on, and before the effects are looked at: to
 * choose by the effect would be a forking path.
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
  callback().check(action, "run", run);
  const asked = readOptions<CompareRepairsOptions<unknown>, typeof rules>(action, options, rules);
  const controls = [asked.controls].flat();
  const settings = checkSettings(action, asked, controls);
  const { alpha } = settings;
  const runs: MeasuredRun[] = [];
  for (const [label, specification] of Object.entries(options.repairs)) {
    runs.push(measureRun(action, await run(specification, label), {
      label,
      name: `repair '${label}'`,
      effect: asked.effect,
      kappa: asked.kappa,
      settings,
      drift: (answers) => inRole(computeDrift(action, answers, controls, settings), "control"),
    }));
  }
  return {
    repairs: repairTable(runs, alpha),
    ...stackRuns(runs, null),
    answers: Object.fromEntries(runs.map(({ label, answers }) => [label, answers])),
    verdicts: Object.fromEntries(runs.map(({ label, drift }) => [label, verdictOf(drift, alpha)])),
  };
}

function repairTable(runs: readonly MeasuredRun[], alpha: number): Table {
  return tableOf(runs.flatMap((run) =>
    effectsByArm(run).map(({ effect, drift }) => {
      const { p, excess } = extremesOf(drift, "control");
      const rejected = sayRejected("controls rejected", drift, "control", alpha);
      return {
        label: run.label,
        ...effect,
        drift_p: p,
        max_excess: excess,
        verdict: verdictOf(drift, alpha),
        notes: [...rejected, ...noteMissingAnswers(drift, alpha)].join("; "),
        reason: whyUnchecked(drift).join("; "),
      };
    })
  ));
}
