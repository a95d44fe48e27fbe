import {
  checkBasis,
  checkLevel,
  checkOneOf,
  checkOptions,
  checkSeed,
  checkText,
  checkWhole,
} from "../../core/checks.ts";
import { type Basis, estimateNumbers } from "../../core/columns.ts";
import { cannot } from "../../core/errors.ts";
import { type Table, tableOfRows } from "../../core/table.ts";
import type { QuantileType } from "../../stats/quantiles.ts";
import { compareArms, type Comparison, gatherUnits } from "../../core/units.ts";
import { findReference, readStudy, recordedReference } from "../../core/study.ts";
import type { EstimateQuantileEffectsOptions } from "./estimate_quantile_effects_options.ts";
import { armQuantiles, bootstrapQuantiles } from "./quantile_bootstrap.ts";
import { tidyCoefficient } from "../tidy_coefficient.ts";

const action = "estimate quantile effects";

const optionNames = [
  "outcome",
  "quantiles",
  "type",
  "replicates",
  "seed",
  "arm",
  "reference",
  "blocks",
  "clusters",
  "persona",
  "alpha",
  "basis",
] as const satisfies readonly (keyof EstimateQuantileEffectsOptions)[];

const columnNames = [
  "outcome",
  "term",
  "reference",
  "quantile",
  "estimator",
  "reference_value",
  "term_value",
  ...estimateNumbers,
  "conf_level",
  "n",
  "basis",
  "reason",
];

/**
 * Estimates what each arm does to the quantiles of an outcome: to its middle, and to those who answer low or high.
 *
 * The difference between an arm's quantile and the reference's. It says how the distribution moves, not how any one
 * persona does. Standard errors are from a bootstrap of what was assigned (personas, clusters or units, within arms and
 * blocks), with a normal interval. For outcomes with few distinct values, such as Likert items, quantiles jump and the
 * bootstrap misleads: `estimateOrderedLogit` is made for them.
 *
 * @param table one row per answer (with `item` and `value`) or per unit; needs the arm and the outcome
 * @param options see {@linkcode EstimateQuantileEffectsOptions}
 * @returns one row per arm other than the reference and quantile: `outcome`, `term`, `reference`, `quantile`,
 * `estimator`, `reference_value` and `term_value` (the arms' quantiles), `estimate` (their difference, in units of the
 * outcome), `std_error`, `statistic`, `df` (infinite: normal), `p_value`, `conf_low`, `conf_high`, `conf_level`, `n`
 * (units), `basis`, `reason`
 * @throws {RangeError} if a quantile is not strictly between 0 and 1, or a column, arm or item is missing
 * @throws {TypeError} if an option is unknown or the outcome is not numeric
 * @see Hyndman and Fan 1996 (definitions); Koenker 2005, Quantile Regression, section 2.1
 * @example The upper half moves
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { estimateQuantileEffects } from "@understudy/understudy/estimation";
 *
 * const answers = tableOf({
 *   arm: [..."ccccctttttt"].map((arm) => arm === "c" ? "control" : "threat"),
 *   donation: [0, 5, 10, 20, 40, 0, 5, 12, 36, 60, 80],
 * });
 * const effects = estimateQuantileEffects(answers, { outcome: "donation", quantiles: [0.5] });
 * assertEquals(effects.get("estimate", 0), (12 + 36) / 2 - 10);
 * ```
 */
export function estimateQuantileEffects(table: Table, options: EstimateQuantileEffectsOptions): Table {
  const settings = checkSettings(options);
  const { alpha, basis, quantiles, type } = settings;
  const { outcome, arm, blocks, clusters, persona } = options;
  const read = readStudy(action, table, {
    outcome,
    ...(arm === undefined ? {} : { arm }),
    ...(blocks === undefined ? {} : { blocks }),
    ...(clusters === undefined ? {} : { clusters }),
    ...(persona === undefined ? {} : { persona }),
  });
  const units = gatherUnits(action, read);
  const { reference, notes } = findReference(
    action,
    units.arms,
    options.reference ?? recordedReference(table),
  );
  const rows = [...units.arms.keys()].filter((code) => code !== reference).flatMap((term) => {
    const comparison = compareArms(action, units, reference, term);
    const values = armQuantiles(comparison, quantiles, type);
    const { errors, found } = standardErrors(comparison, settings);
    return quantiles.map((quantile, j) => ({
      outcome,
      term: units.arms[term]!,
      reference: units.arms[reference]!,
      quantile,
      estimator: "quantile_difference",
      reference_value: values.reference[j]!,
      term_value: values.term[j]!,
      ...tidyCoefficient(values.term[j]! - values.reference[j]!, errors[j]!, Infinity, alpha),
      conf_level: 1 - alpha,
      n: comparison.outcome.length,
      basis,
      reason: [...notes, ...comparison.notes, ...found, ...explain(errors[j]!)].join("; "),
    }));
  });
  return tableOfRows(rows, columnNames);
}

interface Settings {
  alpha: number;
  basis: Basis;
  quantiles: readonly number[];
  type: QuantileType;
  replicates: number;
  seed: number;
}

function checkSettings(options: EstimateQuantileEffectsOptions): Settings {
  checkOptions(action, options, optionNames);
  const { alpha = 0.05, basis = "synthetic", quantiles = [0.25, 0.5, 0.75], type = 7 } = options;
  const { replicates = 1000, seed = 1 } = options;
  checkText(action, "outcome", options.outcome);
  checkLevel(action, "alpha", alpha);
  checkBasis(action, basis);
  checkOneOf(action, "type", type, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  checkWhole(action, "replicates", replicates, 2);
  checkSeed(action, seed);
  if (!Array.isArray(quantiles) || quantiles.length === 0) {
    throw new TypeError(cannot(action, "quantiles", "be a list of numbers", quantiles));
  }
  for (const quantile of quantiles) checkLevel(action, "quantiles", quantile);
  return { alpha, basis, quantiles, type, replicates, seed };
}

function standardErrors(
  comparison: Comparison,
  { quantiles, type, replicates, seed }: Settings,
): { errors: number[]; found: string[] } {
  const { arms, treated, outcome, block } = comparison;
  const empty = arms.filter((_, side) => !treated.includes(side));
  if (empty.length > 0) {
    return { errors: quantiles.map(() => NaN), found: empty.map((arm) => `no unit of '${arm}' has a value`) };
  }
  const { standardErrors: errors, units, name } = bootstrapQuantiles(comparison, quantiles, type, {
    replicates,
    seed,
  });
  const found = [`${replicates} bootstrap samples of ${units} ${name}`];
  const single = [0, 1].some((side) => treated.reduce((n, own) => n + (own === side ? 1 : 0), 0) < 2);
  if (single) {
    return { errors: errors.map(() => NaN), found: [...found, "one unit in an arm shows no variance"] };
  }
  const distinct = new Set(outcome).size;
  if (distinct <= 10 && outcome.length > 20) {
    found.push(`warning: the outcome has ${distinct} distinct values, between which quantiles jump`);
  }
  if (block !== null && !sameShares(comparison)) {
    found.push(
      "warning: the shares of the arms differ between blocks, so the arms hold different mixes of them",
    );
  }
  return { errors, found };
}

function sameShares({ treated, block }: Comparison): boolean {
  const counts = new Map<number, [number, number]>();
  block!.codes.forEach((code, row) => {
    const count = counts.get(code) ?? [0, 0];
    count[treated[row]! as 0 | 1]++;
    counts.set(code, count);
  });
  const shares = [...counts.values()].map(([none, one]) => one / (none + one));
  // Arm sizes that cannot be split evenly differ by up to a unit.
  return Math.max(...shares) - Math.min(...shares) < 0.1;
}

function explain(error: number): string[] {
  if (Number.isNaN(error)) return ["no standard error can be computed"];
  return error > 0 ? [] : ["all bootstrap samples agree, so there is no test and no interval"];
}
