import { checkOneOf, checkRows } from "../../core/checks.ts";
import type { ComparisonOptions, ReadOptions, RulesFor } from "../../core/options.ts";
import { comparisonRules, readOptions, requiredColumns, rule } from "../../core/options.ts";
import { estimateRow, estimateTableColumns } from "../../core/rows.ts";
import { outcomeName } from "../../core/study.ts";
import { isTable, type Table, tableOfRows } from "../../core/table.ts";
import { inferEstimate } from "../../stats/inference.ts";
import { moments } from "../../stats/moments.ts";
import type { BalancedEstimator, BalanceTarget, BalancingColumn } from "./balanced_effect.ts";
import { balancedEffect, balancedEstimators, balancingColumns } from "./balanced_effect.ts";
import { readSensitivity, type SensitivitySample } from "./attribute_sample.ts";

/** Options of {@linkcode estimateBalancedEffects}. */
export interface EstimateBalancedEffectsOptions extends Omit<ComparisonOptions, "blocks"> {
  /**
   * The attributes to balance: items that the simulated people answered, or columns. Names become indicators. A name that
   * is both is read as the item; `notes` says what was read as a column. A column of the personas is whom the model was
   * told to be only where the text stated it: drift shows in answers. Covariates are attributes that may have moved the
   * outcome and are to be held alike, as in `estimateRobustness`; the `controls` of `estimateControlBounds` are questions
   * that the treatment cannot change, by which drift is measured and nothing is held.
   */
  covariates: string | readonly string[];
  /**
   * Whose means both arms are given: of both arms together, of the arm, of the reference, or of a table of personas (one
   * row each, a column for each covariate, and `weight` where they count differently). With `"arm"` only the reference
   * is weighted. The effect is that on such people.
   * @default {"pooled"}
   */
  target?: BalanceTarget;
}

const action = "estimate balanced effects";

const { blocks: _blocks, ...shared } = comparisonRules;

const rules = {
  ...shared,
  covariates: requiredColumns,
  target: rule<BalanceTarget, "pooled">((action, name, value) => {
    if (isTable(value)) checkRows(action, value, name);
    else checkOneOf<unknown>(action, name, value, ["pooled", "arm", "reference"]);
  }, "pooled"),
} as const satisfies RulesFor<EstimateBalancedEffectsOptions>;

const columnNames = estimateTableColumns(
  ["target"],
  ["effective_n", "effective_n_reference", "max_weight", "smd_before", "smd_after", "smd_covariate"],
);

/**
 * Estimates the effect with the arms made alike in what the simulated people say of themselves: by entropy balancing, by
 * regression, and not at all, side by side. A sensitivity analysis, not a correction.
 *
 * Where drift moved an attribute that was asked for, its part of the bias can be taken out. That rests on what no data
 * show: that all that drifted and matters is among the covariates, that they are measured without error, and that the
 * treatment itself does not move them. An attribute that the treatment does change must not be balanced: that would
 * take out part of the effect. Entropy balancing weights each arm to the target's means and stays as close to equal
 * weights as it can; regression fits each arm and predicts at those means (Lin). They differ where the outcome is not
 * linear in the covariates or the arms overlap little: look at the effective sizes. Standard errors are sandwich, with
 * the weights and the target's means estimated; personas in both arms, and clusters, count as one. With an arm of 30
 * units the interval of entropy balancing is a little short (it covers in 94 of 100 studies). Blocks are not used: name
 * them among the covariates where the arms' shares differ between blocks. Units without a covariate are left out of all
 * three estimators.
 *
 * @param answers one row per answer (long: items become columns) or per unit (wide); needs the arm, outcome, covariates
 * @param options see {@linkcode EstimateBalancedEffectsOptions}
 * @returns for each arm other than the reference one row for each `estimator` (`difference in means`, `entropy
 * balancing`, `regression adjustment`): `estimate` (units of the outcome), `std_error`, `statistic`, `df`, `p_value`,
 * `conf_low`, `conf_high`, `n`, `effective_n` and `effective_n_reference` (equally weighted units that would be as
 * precise), `max_weight` (the largest, over the average of its arm), `smd_before`, `smd_after` (the largest standardised
 * difference of any covariate without and with weights), `smd_covariate` (which covariate it was before), `basis`,
 * `notes` (with the assumption), `reason` (such as that no weights give the target's means)
 * @throws {RangeError} if a column, item or arm is missing, or a target's answers were given by nobody
 * @throws {TypeError} if an option is unknown or has the wrong type
 * @see Hainmueller 2012, Political Analysis 20(1): 25-46; Lin 2013, Annals of Applied Statistics 7: 295-318
 * @example Ideology drifted, and did all there is
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { columnOf, tableOf } from "@understudy/understudy/core";
 * import { estimateBalancedEffects } from "@understudy/understudy/estimation";
 *
 * const rows = Array.from({ length: 100 }, (_, i) => i);
 * const ideology = rows.map((i) => i % 10 < (i < 50 ? 4 : 7) ? "right" : "left");
 * const answers = tableOf({
 *   arm: rows.map((i) => i < 50 ? "control" : "threat"),
 *   ideology,
 *   support: rows.map((i) => (ideology[i] === "right" ? 2 : 0) + (i % 3)),
 * });
 * const effects = estimateBalancedEffects(answers, { outcome: "support", covariates: "ideology" });
 * const [naive, balanced, adjusted] = columnOf<number>(effects, "estimate");
 * assertAlmostEquals(naive!, 0.6, 0.1);
 * assertAlmostEquals(balanced!, 0, 0.1);
 * assertAlmostEquals(adjusted!, balanced!, 1e-8);
 * ```
 */
export function estimateBalancedEffects(answers: Table, options: EstimateBalancedEffectsOptions): Table {
  const settings = readOptions(action, options, rules, answers);
  const samples = readSensitivity(action, answers, { ...settings, blocks: [] }, [settings.covariates].flat());
  const rows = samples.flatMap((sample) => {
    const { columns, left } = balancingColumns(action, sample, settings.target);
    const notes = [
      ...sample.notes,
      ...(left.length === 0 ? [] : [`left out as combinations of earlier covariates: ${left.join(", ")}`]),
    ];
    return balancedEstimators.map((estimator) => rowOf({ ...sample, notes }, columns, estimator, settings));
  });
  return tableOfRows(rows, columnNames);
}

type Settings = ReadOptions<EstimateBalancedEffectsOptions, typeof rules>;

function rowOf(
  sample: SensitivitySample,
  columns: readonly BalancingColumn[],
  estimator: BalancedEstimator,
  settings: Settings,
): object {
  const { comparison: { treated, arms }, attributes } = sample;
  const effect = balancedEffect(sample, columns, estimator);
  const found = inferEstimate(effect, settings.alpha);
  const counts = [0, 1].map((side) => treated.filter((own) => own === side).length);
  const before = worstBalance(columns, treated, Float64Array.from(treated, (side) => 1 / counts[side]!));
  return estimateRow({
    ...{ outcome: outcomeName(settings), arm: arms[1], reference: arms[0] },
    estimator,
    target: typeof settings.target === "string" ? settings.target : "personas",
    ...found,
    n: treated.length,
    basis: settings.basis,
    effective_n: effect.effective[1],
    effective_n_reference: effect.effective[0],
    max_weight: effect.largest,
    smd_before: before.difference,
    smd_after: worstBalance(columns, treated, effect.weights).difference,
    smd_covariate: before.name,
    notes: [...sample.notes, assumption(estimator, attributes.map(({ name }) => name))],
    reason: effect.reason.length > 0 ? effect.reason : found.reason,
  });
}

function assumption(estimator: BalancedEstimator, names: readonly string[]): string {
  if (estimator === "difference in means") return "assumes that nothing that matters drifted";
  const how = "measured without error and not moved by the treatment itself: sensitivity, not a correction";
  return `assumes that all that drifted and matters is among ${names.join(", ")}, ${how}`;
}

/**
 * The column whose weighted means differ most between the arms, over √((v1 + v0) / 2) of the unweighted variances (Austin
 * 2011, Multivariate Behavioral Research 46: 399-424, p. 412).
 */
function worstBalance(
  columns: readonly BalancingColumn[],
  treated: Uint8Array,
  weights: Float64Array | null,
): { name: string; difference: number } {
  let worst = { name: "", difference: NaN };
  for (const { name, values } of weights === null ? [] : columns) {
    const weighted = values.reduce(
      (sum, own, at) => sum + (treated[at] === 1 ? 1 : -1) * weights![at]! * own,
      0,
    );
    const [v0, v1] = [0, 1].map((side) => moments(values.filter((_, at) => treated[at] === side)).variance);
    const variance = (v0! + v1!) / 2;
    const difference = variance > 0 ? weighted / Math.sqrt(variance) : NaN;
    if (!(Math.abs(difference) <= Math.abs(worst.difference))) worst = { name, difference };
  }
  return worst;
}
