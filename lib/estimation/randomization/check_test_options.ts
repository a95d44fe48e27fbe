import { checkOneOf } from "../../core/checks.ts";
import { cannot } from "../../core/errors.ts";
import {
  type CheckSharpNullOptions,
  randomizationOptionNames,
  type RandomizationStatisticName,
} from "./randomization_options.ts";
import type { Extremes } from "./randomization_p_value.ts";
import { checkRandomizationOptions } from "./randomization_problems.ts";

const statisticNames: readonly RandomizationStatisticName[] = [
  "difference_in_means",
  "studentized",
  "rank",
  "kolmogorov_smirnov",
  "adjusted",
];

/** Checks the options of a test. */
export function checkTestOptions(
  action: string,
  options: CheckSharpNullOptions,
): ReturnType<typeof checkRandomizationOptions> & { extremes: Extremes; test: string } {
  const own = ["outcome", "statistic", "alternative", "twoSided", "effect"];
  const shared = checkRandomizationOptions(action, options, [...own, ...randomizationOptionNames]);
  const { statistic = "difference_in_means", alternative = "two_sided", twoSided = "absolute", effect = 0 } =
    options;
  if (typeof statistic !== "function") checkOneOf(action, "statistic", statistic, statisticNames);
  checkOneOf(action, "alternative", alternative, ["two_sided", "greater", "less"]);
  checkOneOf(action, "twoSided", twoSided, ["absolute", "doubling", "standardized"]);
  if (typeof effect !== "number" || !Number.isFinite(effect)) {
    throw new TypeError(cannot(action, "effect", "be a finite number", effect));
  }
  checkAdjusted(action, statistic, options.covariates);
  const test = typeof statistic === "function" ? statistic.name || "own statistic" : statistic;
  return { ...shared, extremes: { alternative, twoSided }, test };
}

/** Covariates that nothing uses would mislead. */
export function checkAdjusted(action: string, statistic: unknown, covariates: unknown): void {
  const given = covariates !== undefined && [covariates].flat().length > 0;
  if ((statistic === "adjusted") === given) return;
  const rule = given
    ? "be left out where 'statistic' is not adjusted"
    : "name at least one column where 'statistic' is adjusted";
  throw new RangeError(cannot(action, "covariates", rule, covariates));
}
