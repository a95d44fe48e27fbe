import { checkBasis, checkLevel, checkOneOf, checkOptions, checkText } from "../core/checks.ts";
import { type Basis, estimateColumns } from "../core/columns.ts";
import { findReference, recordedReference } from "../core/find_reference.ts";
import { columnOf, type Table, tableOfRows } from "../core/table.ts";
import { effectEstimators } from "./effect_estimators.ts";
import { readEffectRows } from "./effect_rows.ts";
import type { EffectEstimatorName, EstimateEffectsOptions } from "./estimate_effects_options.ts";
import { tidyEstimate } from "./tidy_estimate.ts";

const action = "estimate effects";

const optionNames = [
  "outcome",
  "arm",
  "reference",
  "blocks",
  "clusters",
  "weights",
  "persona",
  "category",
  "alpha",
  "estimator",
  "covariates",
  "covarianceType",
  "mixedBlocks",
  "basis",
] as const satisfies readonly (keyof EstimateEffectsOptions)[];

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
 * `reason`: replies of a persona in an arm are averaged first; a persona in both arms is compared with itself; rows
 * without a value are left out and counted by status. What cannot be computed is `NaN` with a reason.
 *
 * @param table one row per answer (with `item` and `value`) or per unit; needs the arm and the outcome
 * @param options the outcome, and the assignment; see {@linkcode EstimateEffectsOptions}
 * @returns one row per arm other than the reference, arms sorted by name: `outcome`, `term` (the arm), `reference`,
 * `estimator`, `design`, `estimate` (arm less reference, in units of the outcome), `std_error`, `statistic`, `df`,
 * `p_value` (two-sided, of no effect), `conf_low`, `conf_high`, `conf_level`, `n` (units, or personas compared with
 * themselves), `basis`, `reason`
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
 * assertEquals([effects.get("term", 0), effects.get("estimate", 0), effects.get("n", 0)], ["threat", 2, 6]);
 * ```
 */
export function estimateEffects(table: Table, options: EstimateEffectsOptions): Table {
  const { alpha, basis, estimator, mixedBlocks } = checkSettings(options);
  const read = readEffectRows(action, table, options);
  const arms = read.arm.labels;
  const { reference, notes } = findReference(action, arms, options.reference ?? recordedReference(table));
  const outcome = options.category === undefined
    ? options.outcome
    : `${options.outcome} = ${options.category}`;
  // Blocks that the assignment recorded may be thinned by refusals; blocks that are named must be as they are told.
  const smallBlocks = options.blocks === undefined ? "pool" as const : "error" as const;
  const terms = [...arms.keys()].filter((arm) => arm !== reference);
  const request = {
    action,
    table,
    options,
    rows: read,
    reference,
    terms,
    settings: { mixedBlocks, smallBlocks },
  };
  const rows = effectEstimators[estimator](request).map((effect, at) => {
    const { found } = effect;
    const tidy = tidyEstimate(found, effect, alpha);
    return {
      outcome,
      term: arms[terms[at]!]!,
      reference: arms[reference]!,
      estimator,
      design: found.design,
      estimate: found.estimate,
      ...tidy,
      conf_level: 1 - alpha,
      n: found.n,
      basis,
      reason: [...notes, ...noteWeights(table, options), ...effect.notes, ...found.notes, ...tidy.notes].join(
        "; ",
      ),
    };
  });
  return tableOfRows(rows, Object.keys(estimateColumns));
}

/** Weights that vary and are not used would go unnoticed. */
function noteWeights(table: Table, options: EstimateEffectsOptions): string[] {
  if (options.weights !== undefined || !table.columnNames().includes("weight")) return [];
  const weights = columnOf(table, "weight");
  return weights.every((weight) => weight === weights[0])
    ? []
    : ["column 'weight' varies and is not used: { weights: \"weight\" } uses it"];
}

function checkSettings(options: EstimateEffectsOptions): {
  alpha: number;
  basis: Basis;
  estimator: EffectEstimatorName;
  mixedBlocks: "hybrid" | "pairs";
} {
  checkOptions(action, options, optionNames);
  const { alpha = 0.05, basis = "synthetic", estimator = "difference_in_means", mixedBlocks = "hybrid" } =
    options;
  checkText(action, "outcome", options.outcome);
  checkLevel(action, "alpha", alpha);
  checkBasis(action, basis);
  checkOneOf<string>(action, "estimator", estimator, Object.keys(effectEstimators));
  checkOneOf(action, "mixedBlocks", mixedBlocks, ["hybrid", "pairs"]);
  return { alpha, basis, estimator, mixedBlocks };
}
