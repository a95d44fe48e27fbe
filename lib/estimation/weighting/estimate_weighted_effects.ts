import { estimateRow, estimateTableColumns } from "../../core/rows.ts";
import { inferEstimate } from "../../stats/inference.ts";
import { checkBasis, checkLevel, checkOneOf, checkOptions, checkText } from "../../core/checks.ts";
import type { Basis } from "../../core/columns.ts";
import { cannot } from "../../core/errors.ts";
import { findReference, readStudy, recordedReference } from "../../core/study.ts";
import { type Table, tableOfRows } from "../../core/table.ts";
import type { WeightingSettings } from "./effect_weighting.ts";
import type {
  EstimateWeightedEffectsOptions,
  WeightingEstimatorName,
} from "./estimate_weighted_effects_options.ts";
import { checkNames } from "../model_rows.ts";
import { weightEffects, weightingEstimators } from "./weighting_request.ts";

const action = "estimate weighted effects";

const optionNames = [
  "outcome",
  "estimator",
  "probabilities",
  "assignment",
  "covariates",
  "variance",
  "arm",
  "reference",
  "blocks",
  "clusters",
  "persona",
  "category",
  "alpha",
  "basis",
] as const satisfies readonly (keyof EstimateWeightedEffectsOptions)[];

/**
 * Estimates effects by weighting each unit with one over the probability of its arm.
 *
 * For experiments whose probabilities differ between units or blocks, where a plain difference in means is biased. Takes
 * the probabilities that `assignTreatments` recorded (`arm_probability`), or those given. `horvitz_thompson` is unbiased
 * but noisy, and changes when a constant is added to the outcome; `hajek` (the default) divides by the sum of weights;
 * `aipw` also uses covariates. Standard errors follow the assignment: blocks, clusters, fixed arm sizes. With more than
 * two arms the two that are compared are taken as an experiment of their own.
 *
 * @param table one row per answer (with `item` and `value`) or per unit; needs the arm and the outcome
 * @param options see {@linkcode EstimateWeightedEffectsOptions}
 * @returns one row per arm other than the reference: `outcome`, `term` (the arm), `reference`, `estimator`, `design`,
 * `estimate` (units of the outcome), `std_error`, `statistic`, `df` (infinite: normal), `p_value`, `conf_low`,
 * `conf_high`, `conf_level`, `n` (units), `basis`, `reason`
 * @throws {RangeError} if a probability is not strictly between 0 and 1, or a column, arm or item is missing
 * @throws {TypeError} if an option is unknown or of the wrong type
 * @see Aronow and Middleton 2013, Journal of Causal Inference 1, 135-154; Robins, Rotnitzky and Zhao 1994
 * @example Older personas are treated more often
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { estimateWeightedEffects } from "@understudy/understudy/estimation";
 *
 * const answers = tableOf({
 *   arm: ["control", "control", "control", "letter", "control", "letter", "letter", "letter"],
 *   arm_probability: [0.75, 0.75, 0.75, 0.25, 0.25, 0.75, 0.75, 0.75],
 *   support: [1, 1, 1, 2, 5, 6, 6, 6],
 * });
 * const effects = estimateWeightedEffects(answers, { outcome: "support" });
 * assertAlmostEquals(effects.get("estimate", 0), 1, 1e-12);
 * ```
 */
export function estimateWeightedEffects(table: Table, options: EstimateWeightedEffectsOptions): Table {
  const { alpha, basis, estimator, settings, covariates } = checkSettings(options);
  const { outcome, arm, blocks, clusters, persona, category } = options;
  const read = readStudy(action, table, {
    outcome,
    ...(arm === undefined ? {} : { arm }),
    ...(blocks === undefined ? {} : { blocks }),
    ...(clusters === undefined ? {} : { clusters }),
    ...(persona === undefined ? {} : { persona }),
    ...(category === undefined ? {} : { category }),
  });
  const arms = read.arm.labels;
  const { reference, notes } = findReference(action, arms, options.reference ?? recordedReference(table));
  const terms = [...arms.keys()].filter((code) => code !== reference);
  const { probabilities } = options;
  const effects = weightEffects(
    { study: read, reference, terms, probabilities, covariates },
    estimator,
    settings,
  );
  const found = effects.map((effect, at) => {
    const largest = effect.outcome.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const inference = inferEstimate(effect.found, alpha, largest);
    return estimateRow({
      outcome: category === undefined ? outcome : `${outcome} = ${category}`,
      arm: arms[terms[at]!]!,
      reference: arms[reference]!,
      estimator,
      design: effect.found.design,
      ...inference,
      n: effect.found.n,
      basis,
      notes: [...notes, ...effect.notes, ...effect.found.notes],
      reason: [...effect.found.reason, ...inference.reason],
    });
  });
  return tableOfRows(found, estimateTableColumns(["design"]));
}

interface Settings {
  alpha: number;
  basis: Basis;
  estimator: WeightingEstimatorName;
  settings: WeightingSettings;
  covariates: readonly string[];
}

function checkSettings(options: EstimateWeightedEffectsOptions): Settings {
  checkOptions(action, options, optionNames);
  const { alpha = 0.05, basis = "synthetic", estimator = "hajek", variance = "youngs", covariates = [] } =
    options;
  checkText(action, "outcome", options.outcome);
  checkLevel(action, "alpha", alpha);
  checkBasis(action, basis);
  checkOneOf<string>(action, "estimator", estimator, Object.keys(weightingEstimators));
  checkOneOf(action, "variance", variance, ["youngs", "constant"]);
  checkOneOf(action, "assignment", options.assignment, [undefined, "simple", "complete"]);
  checkNames(action, "covariates", covariates);
  if (covariates.length > 0 && estimator !== "aipw") {
    throw new RangeError(cannot(action, "estimator", "be aipw where covariates are given", estimator));
  }
  if (variance === "constant" && estimator !== "horvitz_thompson") {
    throw new RangeError(
      cannot(action, "estimator", "be horvitz_thompson with constant variance", estimator),
    );
  }
  const assignment = options.assignment === undefined ? {} : { assignment: options.assignment };
  return {
    alpha,
    basis,
    estimator,
    settings: { variance, ...assignment },
    covariates,
  };
}
