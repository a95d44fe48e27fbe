import { oneOf, type OutcomeOptions, outcomeRules, readOptions, type RulesFor } from "../../core/options.ts";
import { estimateRow, estimateTableColumns } from "../../core/rows.ts";
import { outcomeName } from "../../core/study.ts";
import { type Table, tableOfRows } from "../../core/table.ts";
import { whyNone } from "./check_sharp_null.ts";
import { type RandomizationOptions, randomizationRules, readContrasts } from "./contrasts.ts";
import type { Extremes, NullDistribution } from "./null_distribution.ts";
import { drawNull, nameExtremes, randomizationPValue } from "./null_distribution.ts";
import { memberValues, prepareStatistic, withAssignment } from "./test_statistics.ts";

/** Options of {@linkcode estimateConstantEffect}. */
export interface EstimateConstantEffectOptions extends RandomizationOptions, OutcomeOptions {
  /**
   * What is as extreme in both directions: |T*| ≥ |T|, or twice the smaller of the one-sided p-values.
   * @default {"absolute"}
   */
  twoSided?: "absolute" | "doubling";
}

const action = "estimate a constant effect";

const rules = {
  ...randomizationRules,
  ...outcomeRules,
  twoSided: oneOf(["absolute", "doubling"], "absolute"),
} as const satisfies RulesFor<EstimateConstantEffectOptions>;

const columnNames = estimateTableColumns(["alternative"], ["assignments", "exact"]);

/**
 * Estimates an effect that is the same for everybody, with an interval from randomisation alone.
 *
 * The interval holds every effect that `checkSharpNull` does not reject; its coverage needs no large sample and no
 * distribution, but an effect that is the same for all (add `estimateEffects` for the average effect). It is exact for
 * the assignments gone through: its ends are found, not searched on a grid. With very few assignments no effect can be
 * rejected at the level, and the interval is without bounds.
 *
 * @param table one row per answer (with `item` and `value`) or per unit; needs the arm and the outcome
 * @param options see {@linkcode EstimateConstantEffectOptions} (defaults there)
 * @returns one row per arm other than the reference: `estimator`, `alternative` (the definition of two-sided),
 * `estimate` (arm less reference, in units of the outcome), `p_value` (of no effect on anybody), `conf_low`,
 * `conf_high`, `conf_level`, `n` (units), `assignments` (gone through), `exact`, `basis`, `notes`, `reason`; nothing here
 * rests on a standard error, so `std_error`, `statistic` and `df` are `NaN`
 * @throws {RangeError} if a column, arm or item is missing, or clusters or the rule are not those of the assignment
 * @throws {TypeError} if an option is unknown or the outcome is not numeric
 * @see Rosenbaum 2002, Observational Studies, 2.6.2; Gerber and Green 2012, Field Experiments, 3.5
 * @example
 * ```ts
 * import { assert, assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { estimateConstantEffect } from "@understudy/understudy/estimation";
 *
 * const units = tableOf({
 *   arm: ["control", "control", "control", "control", "treated", "treated", "treated", "treated"],
 *   y: [1, 2, 3, 4, 5, 6, 7, 8],
 * });
 * const effect = estimateConstantEffect(units, { outcome: "y" });
 * assertEquals([effect.get("estimate", 0), effect.get("assignments", 0)], [4, 70]);
 * assert(effect.get("conf_low", 0) > 0 && effect.get("conf_high", 0) < 8);
 * ```
 */
export function estimateConstantEffect(table: Table, options: EstimateConstantEffectOptions): Table {
  const settings = readOptions(action, options, rules, table);
  const { alpha, basis, twoSided } = settings;
  const extremes: Extremes = { alternative: "two_sided", twoSided };
  const rows = readContrasts(action, table, [settings.outcome], settings).map((contrast) => {
    const values = memberValues(contrast, 0, 0);
    const prepared = [values, withAssignment(contrast, values)].map((one) =>
      prepareStatistic("difference_in_means", one)
    );
    const found = drawNull(contrast, prepared, settings);
    const [estimate, outcome] = [found.observed[0]!, found.values[0]!];
    const reason = whyNone(contrast, estimate, outcome, "difference_in_means");
    const { low, high } = reason.length > 0 ? { low: NaN, high: NaN } : invertTest(found, alpha, twoSided);
    return estimateRow({
      ...{ outcome: outcomeName(settings), arm: contrast.arms[0], reference: contrast.arms[1] },
      estimator: "difference_in_means",
      alternative: nameExtremes(extremes),
      estimate,
      p_value: reason.length > 0 ? NaN : randomizationPValue(estimate, outcome, extremes, found.exact),
      ...{ conf_low: low, conf_high: high, conf_level: 1 - alpha },
      n: values.size.reduce((sum, size) => sum + size, 0),
      assignments: outcome.length,
      exact: found.exact,
      basis,
      notes: [
        ...contrast.notes[0]!,
        high - low === Infinity ? "too few assignments to bound the interval at this level" : "",
      ],
      reason,
    });
  });
  return tableOfRows(rows, columnNames);
}

/**
 * The effects that a randomisation test does not reject, exactly for the assignments given: no grid, no search.
 *
 * T and a are the statistic of the outcome, as observed and under each assignment, d that of the observed assignment taken
 * as the outcome. Under an effect τ on everybody the statistic is a − τ d, and T − τ as observed. For |a − τ d| ≥ |T − τ| the effects
 * lie between the roots (T − a) / (1 − d) and (T + a) / (1 + d), and T lies between them too; for one side, beyond the
 * first root. So the p-value rises up to T and falls after it, and the interval's ends are order statistics of roots.
 */
function invertTest(
  { observed: [observed], values: [outcome, assignment], exact }: NullDistribution,
  alpha: number,
  twoSided: "absolute" | "doubling",
): { low: number; high: number } {
  const draws = outcome!.length;
  // The ends of the effects under which each assignment is as extreme as the observed one.
  const low = new Float64Array(draws).fill(-Infinity);
  const high = new Float64Array(draws).fill(Infinity);
  outcome!.forEach((a, draw) => {
    const d = assignment![draw]!;
    const root = (observed! - a) / (1 - d);
    if (twoSided === "doubling") {
      // T* ≥ T for effects from the root up, T* ≤ T for effects up to the root.
      if (d < 1 - same) low[draw] = high[draw] = root;
      // Else as extreme whatever the effect.
    } else if (Math.abs(d) < 1 - same) {
      const roots = [root, (observed! + a) / (1 + d), observed!];
      low[draw] = Math.min(...roots);
      high[draw] = Math.max(...roots);
    }
  });
  // p = (1 + count) / (draws + 1), or count / draws where all assignments are there, must exceed the level.
  const level = twoSided === "absolute" ? alpha : alpha / 2;
  const rank = Math.floor((exact ? level * draws : level * (draws + 1) - 1) + 1e-9);
  if (rank < 0) return { low: -Infinity, high: Infinity };
  return { low: low.sort()[rank] ?? -Infinity, high: high.sort()[draws - 1 - rank] ?? Infinity };
}

/** Assignments whose d is this close to 1 (or −1) are the observed one (or its opposite). */
const same = 1e-9;
