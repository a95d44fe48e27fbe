import { checkColumns, checkFilled, rowWeights } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import type { ArmOptions, AssignmentOptions, DrawOptions, IntervalOptions } from "../core/options.ts";
import type { RulesFor, WeightOptions } from "../core/options.ts";
import { armRules, assignmentRules, drawRules, intervalRules, oneOf, readOptions } from "../core/options.ts";
import { requiredColumns, rule, weightRules, whole } from "../core/options.ts";
import { type DiagnosisRow, diagnosisRow, diagnosisTableColumns } from "../core/rows.ts";
import { readStudy, referenceOf, type Study } from "../core/study.ts";
import { type Table, tableOfRows } from "../core/table.ts";
import { mean, quantile } from "simple-statistics";
import { type BalanceComparison, compareBalance } from "./balance_permutations.ts";
import type { BalanceDenominator, BalanceSample, Feature } from "./balance_statistics.ts";
import { armMean, balanceFeatures, distributionStatistics, sumByArm } from "./balance_statistics.ts";

/** Options of {@linkcode checkBalance}; `alpha` is the adjusted p-value below which more than chance is found. */
export interface CheckBalanceOptions
  extends ArmOptions, AssignmentOptions, IntervalOptions, DrawOptions, WeightOptions {
  /** Column, or columns, to compare: numbers by their mean, anything else by the share of each level. */
  readonly covariates: string | readonly string[];
  /**
   * The standardized difference beyond which `notes` call it large.
   * @default 0.1
   */
  readonly threshold?: number;
  /**
   * The standard deviation that differences are divided by: root mean variance of both arms (`pooled`), one arm's, that of
   * both arms as one (`all`, or `weighted` with the weights), or `hedges`, variances pooled by degrees of freedom with the
   * correction for small samples. All but `weighted` leave the weights out, so that weighting does not move the scale.
   * @default "pooled"
   */
  readonly denominator?: BalanceDenominator;
  /**
   * The number of random assignments where there are too many to go through all; 0 for no p-values.
   * @default 999
   */
  readonly permutations?: number;
}

const action = "check balance";

const rules = {
  ...armRules,
  ...assignmentRules,
  ...intervalRules,
  ...drawRules,
  covariates: requiredColumns,
  ...weightRules,
  threshold: rule<number, number>((_, name, value) => {
    if (typeof value === "number" && value > 0) return;
    throw new RangeError(cannot(action, name, "be a positive number", value));
  }, 0.1),
  denominator: oneOf(["pooled", "arm", "reference", "all", "weighted", "hedges"], "pooled"),
  permutations: whole(999, 0),
} satisfies RulesFor<CheckBalanceOptions>;

/**
 * Checks whether the arms are alike in what was known before the treatment.
 *
 * That a standardized difference of more than `threshold` is much is a convention: with few personas, chance alone
 * exceeds it often. So `null_high` says what random assignment allows, and the verdict goes by the p-values: what is
 * `found`, in 5% of studies after a correct assignment, is a sign of a mistake, not a reason to adjust. They come from
 * assigning anew within blocks, by whole clusters; the smallest `p_adjusted` is that of all covariates at once.
 *
 * @param assigned one row per unit; needs the arms and the covariates. Rows without a value are left out of that
 * covariate and counted in `reason`
 * @param options see {@linkcode CheckBalanceOptions} (defaults there)
 * @returns one row per covariate (per level where it is not numeric) and arm other than the reference: `n_arm`,
 * `n_reference`, `mean_arm`, `mean_reference` (share for a level), `statistic` (standardized difference),
 * `variance_ratio`, `ks` (Kolmogorov-Smirnov distance), `null_mean` and `null_high` (mean and 95% point of the absolute
 * standardized difference under random assignment), `p_value`, `p_adjusted` (largest difference of all rows),
 * `verdict` (`found`, `not found`, or `cannot tell` with a `reason`), `notes` and `reason`
 * @throws {RangeError} if a column is missing or an arm empty, there are fewer than two arms, or the reference is not one of them
 * @see Austin 2011, Multivariate Behavioral Research 46: 399-424; Westfall and Young 1993, Resampling-Based Multiple
 * Testing, for the largest difference
 * @example
 * ```ts
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 * import { checkBalance, tableOf } from "@understudy/understudy";
 *
 * const assigned = tableOf({ arm: ["control", "control", "threat", "threat"], age: [20, 40, 40, 60] });
 * const balance = checkBalance(assigned, { covariates: "age" });
 * assertAlmostEquals(balance.get("statistic", 0) as number, Math.SQRT2);
 * assertEquals(balance.get("verdict", 0), "not found");
 * ```
 */
export function checkBalance(assigned: Table, options: CheckBalanceOptions): Table {
  const read = readOptions(action, options, rules);
  const { arm, blocks, clusters, persona, weights, threshold, alpha } = read;
  const covariates = [read.covariates].flat();
  checkColumns(action, assigned, [arm, ...covariates], "assigned");
  if (covariates.includes(arm)) throw new RangeError(cannot(action, "covariates", "not name the arms", arm));
  const study = readStudy(action, assigned, { arm, blocks, clusters, persona });
  checkFilled(action, arm, study.arm.codes.indexOf(-1));
  checkFilled(action, "blocks", study.block?.codes.indexOf(-1) ?? -1);
  checkFilled(action, study.clusterName ?? "clusters", study.cluster?.codes.indexOf(-1) ?? -1);
  const sample = {
    ...readArms(study, read.reference),
    weights: rowWeights(action, assigned, weights, "assigned"),
  };
  const features = balanceFeatures(assigned, covariates);
  const { comparisons, obstacle } = compareBalance(features, study, sample, read);
  const others = sample.names.length - 1;
  const limits = { threshold, alpha, obstacle };
  const rows = features.flatMap((feature, index) =>
    tidyFeature(feature, sample, comparisons.slice(index * others, (index + 1) * others), limits)
  );
  const compared = ["covariate", "level", "arm", "reference"];
  const counted = ["n_arm", "n_reference", "mean_arm", "mean_reference"];
  return tableOfRows(rows, diagnosisTableColumns([...compared, ...counted], ["variance_ratio", "ks"]));
}

function readArms(study: Study, asked: CheckBalanceOptions["reference"]): Omit<BalanceSample, "weights"> {
  const { codes, labels } = study.arm;
  const { reference } = referenceOf(study, asked);
  const order = [reference, ...labels.keys().filter((arm) => arm !== reference)];
  const places = labels.map((_, arm) => order.indexOf(arm));
  return { names: order.map((arm) => labels[arm]!), arms: codes.map((arm) => places[arm]!) };
}

type Limits = Readonly<{ threshold: number; alpha: number; obstacle: string }>;

function tidyFeature(
  feature: Feature,
  sample: BalanceSample,
  comparisons: readonly BalanceComparison[],
  limits: Limits,
): DiagnosisRow[] {
  const { names } = sample;
  const sums = sumByArm(feature, sample);
  return comparisons.map((comparison, index) => {
    const arm = sums[index + 1]!;
    const { varianceRatio, ks } = distributionStatistics(feature, sample, index + 1);
    const permuted = comparison.permuted.filter((difference) => !Number.isNaN(difference));
    return diagnosisRow({
      covariate: feature.covariate,
      level: feature.level,
      arm: names[index + 1]!,
      reference: names[0]!,
      n_arm: arm.n,
      n_reference: sums[0]!.n,
      mean_arm: armMean(feature, arm),
      mean_reference: armMean(feature, sums[0]!),
      statistic: comparison.statistic,
      null_mean: permuted.length > 0 ? mean(permuted) : NaN,
      null_high: permuted.length > 0 ? quantile(permuted, 0.95) : NaN,
      p_value: comparison.pValue,
      p_adjusted: comparison.adjusted,
      variance_ratio: varianceRatio,
      ks,
      ...judge(feature, comparison, Math.min(arm.n, sums[0]!.n), varianceRatio, limits),
    });
  });
}

function judge(
  feature: Feature,
  { statistic, adjusted }: BalanceComparison,
  smallest: number,
  varianceRatio: number,
  { threshold, alpha, obstacle }: Limits,
) {
  const notes = feature.missing > 0 ? [`rows without a value, left out: ${feature.missing}`] : [];
  const unknown = Number.isNaN(statistic) ? "does not vary" : obstacle;
  const nothing = smallest === 0 ? "an arm has no values" : unknown;
  const large = Math.abs(statistic) > threshold;
  if (nothing !== "") {
    if (large) notes.push(`beyond ${threshold}`);
    return { verdict: "cannot tell" as const, notes, reason: [nothing] };
  }
  const found = adjusted < alpha;
  if (found) notes.push("more than chance: look for a mistake in the assignment");
  else if (large) notes.push(`beyond ${threshold}, but no more than random assignment allows`);
  const reason = Number.isNaN(varianceRatio) ? ["no variance ratio: the reference does not vary"] : [];
  return { verdict: found ? "found" as const : "not found" as const, notes, reason };
}
