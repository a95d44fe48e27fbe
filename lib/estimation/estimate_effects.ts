import {
  type ArmOptions,
  armRules,
  type AssignmentOptions,
  assignmentRules,
  type BasisOptions,
  basisRules,
  columns,
  type IntervalOptions,
  intervalRules,
  oneOf,
  type OutcomeOptions,
  outcomeRules,
  readOptions,
  rule,
  type RulesFor,
  type WeightOptions,
  weightRules,
} from "../core/options.ts";
import { checkText } from "../core/checks.ts";
import { estimateRow, estimateTableColumns } from "../core/rows.ts";
import { outcomeName, readStudy, referenceOf } from "../core/study.ts";
import { columnOf, type Table, tableOfRows } from "../core/table.ts";
import type { CovarianceType } from "../stats/fit_parts.ts";
import { inferEstimate } from "../stats/inference.ts";
import { effectEstimators } from "./effect_estimators.ts";

/**
 * The name of an estimator of effects: `difference_in_means`; `ols`, a regression on arms and covariates; `lin`, the
 * same with centred covariates that have slopes of their own in every arm (Lin 2013); `horvitz_thompson`, `hajek` and
 * `aipw`, which weight by the probabilities of the arms that `assignTreatments` recorded (`estimateWeightedEffects` has
 * their further options).
 */
export type EffectEstimatorName =
  | "difference_in_means"
  | "ols"
  | "lin"
  | "horvitz_thompson"
  | "hajek"
  | "aipw";

/** Options of `estimateEffects`. */
export interface EstimateEffectsOptions
  extends OutcomeOptions, ArmOptions, AssignmentOptions, WeightOptions, IntervalOptions, BasisOptions {
  /**
   * How the effect is estimated.
   *
   * @default {"difference_in_means"}
   */
  estimator?: EffectEstimatorName;
  /**
   * Columns measured before treatment, for `ols` and `lin`: numbers, or names, which become one indicator for each value
   * but the first.
   *
   * @default {[]}
   */
  covariates?: string | readonly string[];
  /**
   * How the variance is estimated, for `ols` and `lin`.
   *
   * @default {"HC2"} or `"CR2"` with clusters
   */
  covarianceType?: CovarianceType;
  /**
   * The variance where some blocks are pairs and others are larger: `hybrid` adds the variance between pairs to that
   * within larger blocks; `pairs` takes every block for a pair, as the R package estimatr does.
   *
   * @default {"hybrid"}
   */
  mixedBlocks?: "hybrid" | "pairs";
}

const action = "estimate effects";

const rules = {
  ...outcomeRules,
  ...armRules,
  ...assignmentRules,
  ...weightRules,
  ...intervalRules,
  ...basisRules,
  estimator: oneOf(
    ["difference_in_means", "ols", "lin", "horvitz_thompson", "hajek", "aipw"],
    "difference_in_means",
  ),
  covariates: columns,
  covarianceType: rule<CovarianceType, undefined>(checkText, undefined),
  mixedBlocks: oneOf(["hybrid", "pairs"], "hybrid"),
} as const satisfies RulesFor<EstimateEffectsOptions>;

/**
 * Estimates the effect of each arm against a reference arm.
 *
 * Takes the answers of `runExperiment` or any table with one row per unit. The difference in means is unbiased where
 * arms were assigned at random. The standard error follows the assignment: blocks and clusters are those that
 * `assignTreatments` recorded; for other tables, give them as they were assigned. The designs are Welch; blocked;
 * matched pairs; clustered (CR2 with Satterthwaite degrees of freedom); clusters within blocks; pairs of clusters;
 * weighted (HC2). With covariates measured before treatment, `lin` (each arm its own slopes; blocks are covariates) and
 * `ols` (the same slopes; an intercept for each block) are more precise where covariates predict the outcome; with
 * clusters, and where personas are in several arms, their variance is CR2. It chooses by itself, and says so in
 * `notes`: replies of a persona in an arm are averaged first; a persona in both arms is compared with itself; rows
 * without a value are left out and counted by status. What cannot be computed is `NaN` with a reason.
 *
 * @param table one row per answer (with `item` and `value`) or per unit; needs the arm and the outcome
 * @param options the outcome, and the assignment; see {@linkcode EstimateEffectsOptions}
 * @returns one row per arm other than the reference, arms sorted by name: `outcome`, `arm`, `reference`,
 * `estimator`, `design`, `estimate` (arm less reference, in units of the outcome), `std_error`, `statistic`, `df`,
 * `p_value` (two-sided, of no effect), `conf_low`, `conf_high`, `conf_level`, `n` (units, or personas compared with
 * themselves), `basis`, `notes`, `reason` (why a value is `NaN`)
 * @throws {RangeError} if a column, arm or item is missing, or blocks and clusters are not those of an experiment
 * @throws {TypeError} if an option is unknown or the outcome is not numeric
 * @see Gerber and Green 2012, Field Experiments, eq. 3.4, 3.6 and 3.10; Imai, King and Nall 2009, eq. 6; Lin 2013;
 * Pustejovsky and Tipton 2018; Pashley and Miratrix 2021
 * @example Two arms
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { estimateEffects } from "@understudy/understudy/estimation";
 *
 * const answers = tableOf({
 *   arm: ["control", "control", "control", "threat", "threat", "threat"],
 *   support: [2, 3, 4, 5, 4, 6],
 * });
 * const effects = estimateEffects(answers, { outcome: "support" });
 * assertEquals([effects.get("arm", 0), effects.get("estimate", 0), effects.get("n", 0)], ["threat", 2, 6]);
 * ```
 */
export function estimateEffects(table: Table, options: EstimateEffectsOptions): Table {
  const { alpha, basis, estimator, mixedBlocks, ...asked } = readOptions(action, options, rules);
  const study = readStudy(action, table, asked);
  const arms = study.arm.labels;
  const { reference, notes } = referenceOf(study, asked.reference);
  // Blocks that the assignment recorded may be thinned by refusals; blocks that are named must be as they are told.
  const smallBlocks = asked.blocks === undefined ? "pool" as const : "error" as const;
  const terms = [...arms.keys()].filter((arm) => arm !== reference);
  const { covarianceType } = asked;
  const covariates = [asked.covariates ?? []].flat();
  const settings = { mixedBlocks, smallBlocks };
  const request = { study, covariates, covarianceType, reference, terms, settings };
  const rows = effectEstimators[estimator](request).map((effect, at) => {
    const { design, n } = effect.found;
    const largest = effect.outcome.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const inference = inferEstimate(effect.found, alpha, largest);
    return estimateRow({
      outcome: outcomeName(asked),
      arm: arms[terms[at]!]!,
      reference: arms[reference]!,
      estimator,
      design,
      ...inference,
      n,
      basis,
      notes: [...notes, ...noteWeights(table, options), ...effect.notes, ...effect.found.notes],
      reason: [...effect.found.reason, ...inference.reason],
    });
  });
  return tableOfRows(rows, estimateTableColumns(["design"]));
}

/** Weights that vary and are not used would go unnoticed. */
function noteWeights(table: Table, options: EstimateEffectsOptions): string[] {
  if (options.weights !== undefined || !table.columnNames().includes("weight")) return [];
  const weights = columnOf(table, "weight");
  return weights.every((weight) => weight === weights[0])
    ? []
    : ["column 'weight' varies and is not used: { weights: \"weight\" } uses it"];
}
