import { checkOneOf, checkOptions, checkWhole } from "../../core/checks.ts";
import { cannot } from "../../core/errors.ts";
import {
  checkControls,
  checkLevelNames,
  driftRules,
  type DriftSettings,
  readDriftOptions,
} from "../control_options.ts";
import { candidateNames } from "../elicit_confounders.ts";
import type { RepairDriftOptions, RepairStop } from "./repair_options.ts";
import { checkRunAndEffect } from "./repair_run.ts";
import { isBelowMargin, isRejected, type RoleRow, type VerdictLimits } from "./repair_verdict.ts";

/** A checked repair. */
export interface RepairPlan {
  readonly candidates: readonly (readonly string[])[];
  readonly steer: readonly string[];
  readonly judge: readonly string[];
  /** The last iteration that may run. */
  readonly last: number;
  readonly stop: RepairStop;
  readonly settings: DriftSettings;
  readonly limits: VerdictLimits;
}

/** Checks a repair before anything is run. */
export function checkRepair(action: string, run: unknown, options: RepairDriftOptions): RepairPlan {
  const own = ["candidates", "steer", "judge", "effect", "maximumIterations", "stop"];
  checkOptions(action, options, [...own, ...Object.keys(driftRules)]);
  checkRunAndEffect(action, run, options.effect);
  checkControls(action, "steer", options.steer);
  const steer = [options.steer].flat();
  const judge = [options.judge ?? []].flat();
  if (judge.length > 0) checkControls(action, "judge", judge);
  const both = steer.filter((control) => judge.includes(control));
  if (both.length > 0) {
    throw new RangeError(cannot(action, "judge", "name no control that steers", both));
  }
  const { maximumIterations = 5, stop = "not rejected" } = options;
  checkWhole(action, "maximumIterations", maximumIterations);
  const candidates = candidateNames(action, "candidates", options.candidates);
  const settings = readDriftOptions(action, options);
  checkLevelNames(action, settings, [...steer, ...judge]);
  const limits = { alpha: settings.alpha, margin: settings.margin };
  checkStop(action, stop, limits, settings);
  const last = Math.min(maximumIterations, candidates.length);
  return { candidates, steer, judge, last, stop, settings, limits };
}

function checkStop(action: string, stop: unknown, { margin }: VerdictLimits, settings: DriftSettings): void {
  checkOneOf<RepairStop>(action, "stop", stop as RepairStop, ["not rejected", "equivalence"]);
  if (stop === "not rejected") return;
  if (margin === undefined) {
    throw new RangeError(
      cannot(
        action,
        "margin",
        "say below which distance drift does not matter, where it stops at equivalence",
        margin,
      ),
    );
  }
  if (settings.bootstraps === 0) {
    throw new RangeError(cannot(action, "bootstraps", "be at least 1 where it stops at equivalence", 0));
  }
}

/** The steering controls that keep a repair going: never the effect, never a judging control. */
export function steeringOn(drift: readonly RoleRow[], { stop, limits }: RepairPlan): string[] {
  const holds = drift.filter((row) =>
    row.role === "steer" &&
    (stop === "equivalence" ? !isBelowMargin(row, limits) : isRejected(row, limits))
  );
  return [...new Set(holds.map((row) => row.control))];
}
