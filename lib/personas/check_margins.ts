import { checkColumns, checkRows, rowWeights } from "../core/checks.ts";
import type { IntervalOptions, RulesFor, WeightOptions } from "../core/options.ts";
import { intervalRules, readOptions, weightRules } from "../core/options.ts";
import { diagnosisRow, diagnosisTableColumns } from "../core/rows.ts";
import { columnOf, distinct, type Table, tableOfRows } from "../core/table.ts";
import { chiSquareQuantile, chiSquareUpper, normalQuantile } from "../stats/distributions.ts";
import { wilson } from "../stats/shares.ts";
import { adjustPValues } from "../stats/multiplicity.ts";
import { levelCodes, type MarginTarget, type MarginTargets, readTargets } from "./margin_targets.ts";

/** Options of {@linkcode checkMargins}; weights are those of the column `weight` where none is named. */
export interface CheckMarginsOptions extends WeightOptions, IntervalOptions {}

const action = "check margins";

const rules = { ...weightRules, ...intervalRules } as const satisfies RulesFor<CheckMarginsOptions>;

const columns = diagnosisTableColumns(["attribute", "level", "n", "share", "target", "difference"], ["df"]);

/**
 * Checks whether the shares of personas agree with known margins.
 *
 * Each attribute gets a chi-square test of goodness of fit, with weights at the effective sample size n / deff, where
 * deff = n sum w^2 / (sum w)^2 is Kish's design effect: a first-order correction. It is made for independent draws: for
 * personas drawn systematically it rejects less often than `alpha`. In a large sample read `difference` first.
 *
 * @param personas one row per person
 * @param targets for each attribute the share, or count, of every level, as in `rakeWeights`
 * @param options see {@linkcode CheckMarginsOptions} (defaults there)
 * @returns one row per attribute and level: `n` (rows), `share` (weighted), `target`, `difference`, `conf_low` and
 * `conf_high` of the share (Wilson); and, the same in all rows of an attribute, `statistic` (chi-square), `df`,
 * `null_mean`, `null_high`, `p_value`, `p_adjusted` (Holm over attributes), `verdict` (`found` where the attribute differs
 * from its target, `not found`, or `cannot tell` without any value), `notes` and `reason`
 * @throws {RangeError} if a column is missing or targets do not share a total
 * @see Kish 1965, Survey Sampling, 8.2; Wilson 1927, Journal of the American Statistical Association 22: 209-212
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { checkMargins } from "@understudy/understudy/personas";
 *
 * const personas = tableOf({ sex: [...Array(90).fill("F"), ...Array(10).fill("M")] });
 * const margins = checkMargins(personas, { sex: { F: 0.5, M: 0.5 } });
 * assertAlmostEquals(margins.get("statistic", 0) as number, 64);
 * ```
 */
export function checkMargins(
  personas: Table,
  targets: MarginTargets,
  options: CheckMarginsOptions = {},
): Table {
  const { alpha, ...asked } = readOptions(action, options, rules);
  const { margins } = readTargets(action, targets);
  checkColumns(action, personas, margins.map((margin) => margin.name), "personas");
  checkRows(action, personas, "personas");
  const own = personas.columnNames().includes("weight") ? "weight" : undefined;
  const weights = rowWeights(action, personas, asked.weights ?? own);
  const fits = margins.map((margin) => fitMargin(margin, columnOf(personas, margin.name), weights));
  const adjusted = adjustPValues(fits.map((fit) => fit.pValue), "holm");
  return tableOfRows(fits.flatMap((fit, index) => tidyFit(fit, adjusted[index]!, alpha)), columns);
}

function tidyFit(fit: MarginFit, adjusted: number, alpha: number): object[] {
  const determined = !Number.isNaN(fit.statistic);
  const z = normalQuantile(1 - alpha / 2);
  return fit.levels.map((level, index) => {
    const share = fit.shares[index]!;
    const [, low, high] = wilson([share * fit.effective, fit.effective], z);
    return diagnosisRow({
      attribute: fit.name,
      level,
      n: fit.counts[index]!,
      share,
      target: fit.targets[index]!,
      difference: share - fit.targets[index]!,
      conf_low: low,
      conf_high: high,
      statistic: fit.statistic,
      df: fit.df,
      null_mean: fit.df,
      null_high: chiSquareQuantile(0.95, fit.df),
      p_value: fit.pValue,
      p_adjusted: adjusted,
      verdict: !determined ? "cannot tell" : adjusted < alpha ? "found" : "not found",
      notes: determined ? fit.reasons : [],
      reason: determined ? [] : fit.reasons,
    });
  });
}

type MarginFit = ReturnType<typeof fitMargin>;

/** Tests one attribute by chi-square goodness of fit, at the effective sample size of the weights. */
function fitMargin(margin: MarginTarget, values: readonly unknown[], weights: ArrayLike<number>) {
  const known = levelCodes(values, margin.levels);
  const surplus = distinct(values.filter((_, row) => known[row] === -2).map(String));
  const levels = [...margin.levels, ...surplus];
  const targets = levels.map((_, level) => margin.shares[level] ?? 0);
  const codes = surplus.length > 0 ? levelCodes(values, levels) : known;
  const { counts, sums, missing, total, squares } = countLevels(codes, weights, levels.length);
  const shares = sums.map((sum) => sum / total);
  // Kish 1965, 8.2: n / deff = (sum w)^2 / sum w^2
  const effective = total * total / squares;
  const df = targets.filter((target) => target > 0).length - 1;
  const statistic = total > 0 ? goodnessOfFit(shares, targets, effective) : NaN;
  const pValue = chiSquareUpper(statistic, df);
  const reasons: string[] = [];
  if (missing > 0) reasons.push(`rows without a value, left out: ${missing}`);
  if (!(total > 0)) reasons.push("no row with a positive weight has a value");
  if (surplus.length > 0) reasons.push(`not among the targets: ${surplus.join(", ")}`);
  if (targets.some((target) => target > 0 && target * effective < 5)) {
    reasons.push("an expected count is below 5: the p-value is rough");
  }
  return { name: margin.name, levels, targets, counts, shares, effective, statistic, df, pValue, reasons };
}

function countLevels(codes: Int32Array, weights: ArrayLike<number>, levels: number) {
  const [counts, sums] = [new Float64Array(levels), new Float64Array(levels)];
  let [total, squares] = [0, 0];
  for (let row = 0; row < codes.length; row++) {
    const [code, weight] = [codes[row]!, weights[row]!];
    if (code < 0) continue;
    counts[code]!++;
    sums[code]! += weight;
    total += weight;
    squares += weight * weight;
  }
  return { counts, sums, missing: codes.filter((code) => code < 0).length, total, squares };
}

/** Pearson's chi-square of shares against targets at a sample size; infinite where something impossible occurs. */
function goodnessOfFit(shares: Float64Array, targets: readonly number[], n: number): number {
  let statistic = 0;
  shares.forEach((share, level) => {
    const target = targets[level]!;
    if (target > 0) statistic += n * (share - target) ** 2 / target;
    else if (share > 0) statistic = Infinity;
  });
  return statistic;
}
