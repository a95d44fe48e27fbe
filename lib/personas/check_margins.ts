import {
  checkColumns,
  checkLevel,
  checkOptions,
  checkRows,
  checkWeights,
  columnOf,
  type Table,
  tableOfRows,
} from "../core/mod.ts";
import { adjustPValues, chiSquareQuantile } from "../stats/mod.ts";
import { fitMargin, type MarginFit, wilsonInterval } from "./margin_fit.ts";
import { type MarginTargets, readTargets } from "./margin_targets.ts";

/** Options of {@linkcode checkMargins}. */
export interface CheckMarginsOptions {
  /**
   * The column of weights.
   * @default "weight" where the table has it, else every row counts the same
   */
  readonly weights?: string;
  /**
   * The adjusted p-value below which an attribute differs from its target; intervals have level 1 - `alpha`.
   * @default 0.05
   */
  readonly alpha?: number;
}

const action = "check margins";
const columns = [
  "attribute",
  "level",
  "n",
  "share",
  "target",
  "difference",
  "conf_low",
  "conf_high",
  "statistic",
  "df",
  "null_mean",
  "null_high",
  "p_value",
  "p_adjusted",
  "verdict",
  "reason",
];

/**
 * Checks whether the shares of personas agree with known margins.
 *
 * Each attribute gets a chi-square test of goodness of fit. With weights it is the test of the weighted shares at the
 * effective sample size n / deff, where deff = n sum w^2 / (sum w)^2 is Kish's design effect: a first-order
 * correction. It is made for independent draws: for personas drawn systematically, whose shares vary less, it
 * rejects less often than `alpha`. A difference that does not matter is significant in a large sample: read
 * `difference` first.
 *
 * @param personas one row per person
 * @param targets for each attribute the share, or count, of every level, as in `rakeWeights`
 * @param options see {@linkcode CheckMarginsOptions} (defaults there)
 * @returns one row per attribute and level: `n` (rows), `share` (weighted), `target`, `difference`, `conf_low` and
 * `conf_high` of the share (Wilson); and, the same in all rows of an attribute, `statistic` (chi-square), `df`,
 * `null_mean`, `null_high`, `p_value`, `p_adjusted` (Holm over attributes), `verdict` (`agrees`, `differs`, or
 * `undetermined` without any value) and `reason`
 * @throws {RangeError} if a column is missing or targets do not share a total
 * @see Kish 1965, Survey Sampling, 8.2; Wilson 1927, Journal of the American Statistical Association 22: 209-212
 * @example
 * ```ts
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 * import { columnOf, tableOf } from "@understudy/understudy/core";
 * import { checkMargins } from "@understudy/understudy/personas";
 *
 * const personas = tableOf({ sex: [...Array(90).fill("F"), ...Array(10).fill("M")] });
 * const margins = checkMargins(personas, { sex: { F: 0.5, M: 0.5 } });
 * assertAlmostEquals(columnOf<number>(margins, "statistic")[0]!, 64);
 * assertEquals(columnOf(margins, "verdict"), ["differs", "differs"]);
 * ```
 */
export function checkMargins(
  personas: Table,
  targets: MarginTargets,
  options: CheckMarginsOptions = {},
): Table {
  checkOptions(action, options, ["weights", "alpha"]);
  const { alpha = 0.05 } = options;
  checkLevel(action, "alpha", alpha);
  const { margins } = readTargets(action, targets);
  checkColumns(action, personas, margins.map((margin) => margin.name), "personas");
  checkRows(action, personas, "personas");
  const weights = readWeights(personas, options.weights);
  const fits = margins.map((margin) => fitMargin(margin, columnOf(personas, margin.name), weights));
  const adjusted = adjustPValues(fits.map((fit) => fit.pValue), "holm");
  return tableOfRows(fits.flatMap((fit, index) => tidyFit(fit, adjusted[index]!, alpha)), columns);
}

function readWeights(personas: Table, name: string | undefined): ArrayLike<number> {
  const column = name ?? (personas.columnNames().includes("weight") ? "weight" : undefined);
  if (column === undefined) return new Float64Array(personas.numRows()).fill(1);
  checkColumns(action, personas, [column], "personas");
  const weights = columnOf(personas, column);
  checkWeights(action, column, weights);
  return weights;
}

function tidyFit(fit: MarginFit, adjusted: number, alpha: number): { [name: string]: unknown }[] {
  const determined = !Number.isNaN(fit.statistic);
  return fit.levels.map((level, index) => {
    const share = fit.shares[index]!;
    const [low, high] = wilsonInterval(share, fit.effective, alpha);
    return {
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
      verdict: !determined ? "undetermined" : adjusted < alpha ? "differs" : "agrees",
      reason: fit.reasons.join("; "),
    };
  });
}
