import { checkLevel, checkOneOf, checkOptions, checkText } from "../core/checks.ts";
import type { Basis } from "../core/columns.ts";
import { showValue } from "../core/errors.ts";
import { type Table, tableOfRows } from "../core/table.ts";
import { compareArms } from "./effect_comparison.ts";
import { effectEstimators } from "./effect_estimators.ts";
import { readEffectRows } from "./effect_rows.ts";
import { type EffectUnits, gatherUnits } from "./effect_units.ts";
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
  "mixedBlocks",
  "basis",
] as const satisfies readonly (keyof EstimateEffectsOptions)[];

const columnNames = [
  "outcome",
  "term",
  "reference",
  "estimator",
  "design",
  "estimate",
  "std_error",
  "statistic",
  "df",
  "p_value",
  "conf_low",
  "conf_high",
  "conf_level",
  "n",
  "basis",
  "reason",
];

/**
 * Estimates the effect of each arm against a reference arm.
 *
 * Takes the answers of `runExperiment` or any table with one row per unit. The difference in means is unbiased where
 * arms were assigned at random. The standard error follows the assignment: blocks and clusters are those that
 * `assignTreatments` recorded; for other tables, give them as they were assigned. The designs are Welch; blocked;
 * matched pairs; clustered (CR2 with Satterthwaite degrees of freedom); clusters within blocks; pairs of clusters;
 * weighted (HC2). It chooses by itself, and says so in `reason`: replies of a persona in an arm are averaged first; a
 * persona in both arms is compared with itself; rows without a value are left out and counted by status. What cannot
 * be computed is `NaN` with a reason.
 *
 * @param table one row per answer (with `item` and `value`) or per unit; needs the arm and the outcome
 * @param options the outcome, and the assignment; see {@linkcode EstimateEffectsOptions}
 * @returns one row per arm other than the reference, arms sorted by name: `outcome`, `term` (the arm), `reference`,
 * `estimator`, `design`, `estimate` (arm less reference, in units of the outcome), `std_error`, `statistic`, `df`,
 * `p_value` (two-sided, of no effect), `conf_low`, `conf_high`, `conf_level`, `n` (units, or personas compared with
 * themselves), `basis`, `reason`
 * @throws {RangeError} if a column, arm or item is missing, or blocks and clusters are not those of an experiment
 * @throws {TypeError} if an option is unknown or the outcome is not numeric
 * @see Gerber and Green 2012, Field Experiments, eq. 3.4, 3.6 and 3.10; Imai, King and Nall 2009, eq. 6; Pustejovsky
 * and Tipton 2018; Pashley and Miratrix 2021
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
  const units = gatherUnits(action, readEffectRows(action, table, options));
  const { reference, notes } = findReference(units, options.reference);
  const outcome = options.category === undefined
    ? options.outcome
    : `${options.outcome} = ${options.category}`;
  const terms = [...units.arms.keys()].filter((arm) => arm !== reference);
  const rows = terms.map((term) => {
    const comparison = compareArms(action, units, reference, term);
    const found = effectEstimators[estimator](comparison, { mixedBlocks });
    const tidy = tidyEstimate(found, comparison, alpha);
    return {
      outcome,
      term: units.arms[term]!,
      reference: units.arms[reference]!,
      estimator,
      design: found.design,
      estimate: found.estimate,
      ...tidy,
      conf_level: 1 - alpha,
      n: found.n,
      basis,
      reason: [...notes, ...comparison.notes, ...found.notes, ...tidy.notes].join("; "),
    };
  });
  return tableOfRows(rows, columnNames);
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
  checkOneOf<Basis>(action, "basis", basis, ["synthetic", "calibrated", "human"]);
  checkOneOf<string>(action, "estimator", estimator, Object.keys(effectEstimators));
  checkOneOf(action, "mixedBlocks", mixedBlocks, ["hybrid", "pairs"]);
  return { alpha, basis, estimator, mixedBlocks };
}

/** The reference asked for; else the arm `control`; else the first of two. The rows' order plays no part. */
function findReference(
  { arms }: EffectUnits,
  asked: string | number | boolean | undefined,
): { reference: number; notes: string[] } {
  const listed = arms.map((arm) => showValue(arm)).join(", ");
  if (arms.length < 2) {
    throw new RangeError(
      `Cannot ${action} as 'table' must hold at least two arms: its arms are ${listed || "none"}`,
    );
  }
  const reference = arms.indexOf(String(asked ?? "control"));
  if (reference >= 0) return { reference, notes: [] };
  if (asked !== undefined) {
    throw new RangeError(
      `Cannot ${action} as 'reference' must be an arm: current value is ${
        showValue(asked)
      }, the arms are ${listed}`,
    );
  }
  if (arms.length > 2) {
    throw new RangeError(
      `Cannot ${action} as 'reference' must be named where there are more than two arms and none is "control": ` +
        `the arms are ${listed}; for example { reference: ${showValue(arms[0])} }`,
    );
  }
  return { reference: 0, notes: [`the reference is '${arms[0]}', the first of two arms in sorted order`] };
}
