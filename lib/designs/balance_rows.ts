import { mean, quantile } from "simple-statistics";
import type { Feature } from "./balance_features.ts";
import type { BalanceInput } from "./balance_input.ts";
import type { Comparison } from "./balance_permutations.ts";
import { armMean, distributionStatistics, sumByArm } from "./balance_statistics.ts";

/** The columns of a balance table. */
export const balanceColumns: readonly string[] = [
  "covariate",
  "level",
  "arm",
  "reference",
  "n_arm",
  "n_reference",
  "mean_arm",
  "mean_reference",
  "statistic",
  "variance_ratio",
  "ks",
  "null_mean",
  "null_high",
  "p_value",
  "p_adjusted",
  "verdict",
  "reason",
];

/** Beyond which values a difference is worth a word. */
interface Limits {
  readonly threshold?: number;
  readonly alpha?: number;
}

/** One row per arm other than the reference. */
export function tidyFeature(
  feature: Feature,
  { names, arms, weights }: BalanceInput,
  comparisons: readonly Comparison[],
  limits: Limits,
  note: string,
): { [name: string]: unknown }[] {
  const sums = sumByArm(feature, arms, weights, names.length);
  return comparisons.map((comparison, index) => {
    const arm = sums[index + 1]!;
    const { varianceRatio, ks } = distributionStatistics(feature, arms, weights, index + 1, 0);
    const permuted = comparison.permuted.filter((difference) => !Number.isNaN(difference));
    return {
      covariate: feature.covariate,
      level: feature.level,
      arm: names[index + 1]!,
      reference: names[0]!,
      n_arm: arm.n,
      n_reference: sums[0]!.n,
      mean_arm: armMean(feature, arm),
      mean_reference: armMean(feature, sums[0]!),
      statistic: comparison.statistic,
      variance_ratio: varianceRatio,
      ks,
      null_mean: permuted.length > 0 ? mean(permuted) : NaN,
      null_high: permuted.length > 0 ? quantile(permuted, 0.95) : NaN,
      p_value: comparison.pValue,
      p_adjusted: comparison.adjusted,
      ...judge(feature, comparison, Math.min(arm.n, sums[0]!.n), varianceRatio, limits, note),
    };
  });
}

function judge(
  feature: Feature,
  comparison: Comparison,
  smallest: number,
  varianceRatio: number,
  { threshold = 0.1, alpha = 0.05 }: Limits,
  note: string,
): { verdict: string; reason: string } {
  const reasons: string[] = [];
  if (feature.missing > 0) reasons.push(`rows without a value, left out: ${feature.missing}`);
  const { statistic, adjusted } = comparison;
  const constant = smallest > 0 && Number.isNaN(statistic);
  if (smallest === 0) reasons.push("an arm has no values");
  else if (constant) reasons.push("does not vary");
  else if (Number.isNaN(varianceRatio)) reasons.push("no variance ratio: the reference does not vary");
  if (!Number.isNaN(statistic) && note !== "") reasons.push(note);
  if (smallest === 0) return { verdict: "undetermined", reason: reasons.join("; ") };
  // A constant has no statistic and is balanced.
  if (!(Math.abs(statistic) > threshold)) return { verdict: "balanced", reason: reasons.join("; ") };
  const byChance = adjusted >= alpha;
  if (byChance) reasons.push(`beyond ${threshold}, but no more than random assignment allows`);
  else if (adjusted < alpha) reasons.push("more than chance: look for a mistake in the assignment");
  return { verdict: byChance ? "within chance" : "imbalanced", reason: reasons.join("; ") };
}
