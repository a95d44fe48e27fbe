import type { ComparisonOptions, DrawOptions, RulesFor } from "../core/options.ts";
import { comparisonRules, drawRules, oneOf, quantileList, readOptions, whole } from "../core/options.ts";
import { estimateRow, estimateTableColumns } from "../core/rows.ts";
import { stream } from "../core/stream.ts";
import { readStudy, referenceOf } from "../core/study.ts";
import { groupRows, type Table, tableOfRows } from "../core/table.ts";
import { compareArms, type Comparison, gatherUnits } from "../core/units.ts";
import { inferEstimate } from "../stats/inference.ts";
import { moments } from "../stats/moments.ts";
import { type QuantileType, sampleQuantile } from "../stats/quantiles.ts";
import { resampleUnits } from "../stats/resampling.ts";
import { loneClusters } from "./clustered_effects.ts";

export type { QuantileType } from "../stats/quantiles.ts";

/** Options of {@linkcode estimateQuantileEffects}. */
export interface EstimateQuantileEffectsOptions extends Omit<ComparisonOptions, "category">, DrawOptions {
  /**
   * The quantiles to compare, each strictly between 0 and 1.
   * @default {[0.25, 0.5, 0.75]}
   */
  quantiles?: readonly number[];
  /**
   * How a sample's quantile is defined: 7 interpolates between values, 1 takes a value of the sample, as quantile
   * regression does; others as in R.
   * @default {7}
   */
  type?: QuantileType;
  /**
   * The number of bootstrap samples.
   * @default {1000}
   */
  replicates?: number;
}

const { category: _category, ...shared } = comparisonRules;

const rules = {
  ...shared,
  ...drawRules,
  quantiles: quantileList,
  type: oneOf([1, 2, 3, 4, 5, 6, 7, 8, 9], 7),
  replicates: whole(1000, 2),
} as const satisfies RulesFor<EstimateQuantileEffectsOptions>;

const action = "estimate quantile effects";

/**
 * Estimates what each arm does to the quantiles of an outcome: to its middle, and to those who answer low or high.
 *
 * The difference between an arm's quantile and the reference's. It says how the distribution moves, not how any one
 * persona does. Standard errors are from a bootstrap of what was assigned (personas, clusters or units, within arms and
 * blocks), with a normal interval. For outcomes with few distinct values, such as Likert items, quantiles jump, and
 * intervals cover in as few as 80 of 100 studies (`notes` says so): `estimateOrderedLogit` is made for them.
 *
 * @param table one row per answer (with `item` and `value`) or per unit; needs the arm and the outcome
 * @param options see {@linkcode EstimateQuantileEffectsOptions}
 * @returns one row per arm other than the reference and quantile: `outcome`, `arm`, `reference`, `estimator`,
 * `quantile`, `reference_value` and `arm_value` (the arms' quantiles), `estimate` (their difference, in units of the
 * outcome), `std_error`, `statistic`, `df` (infinite: normal), `p_value`, `conf_low`, `conf_high`, `conf_level`, `n`
 * (units), `basis`, `notes`, `reason` (why a value is `NaN`)
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
  const { alpha, basis, quantiles, type, ...asked } = readOptions(action, options, rules, table);
  const study = readStudy(action, table, asked);
  const { reference, notes } = referenceOf(study, asked.reference);
  const units = gatherUnits(action, study);
  const rows = [...units.arms.keys()].filter((arm) => arm !== reference).flatMap((arm) => {
    const comparison = compareArms(action, units, reference, arm);
    const quantilesAt = armQuantiles(comparison, quantiles, type);
    const values = quantilesAt(new Int32Array(comparison.outcome.length).fill(1));
    const bootstrap = bootstrapErrors(comparison, quantiles, quantilesAt, asked);
    return quantiles.map((quantile, j) => {
      const [from, to] = [values[0][j]!, values[1][j]!];
      const found = { estimate: to - from, stdError: bootstrap.errors[j]!, df: Infinity };
      const inference = inferEstimate(found, alpha);
      const still = inference.std_error === 0
        ? ["all bootstrap samples agree, so there is no test and no interval"]
        : inference.reason;
      return estimateRow({
        ...{ outcome: asked.outcome, arm: units.arms[arm]!, reference: units.arms[reference]! },
        estimator: "quantile_difference",
        quantile,
        reference_value: from,
        arm_value: to,
        ...inference,
        n: comparison.outcome.length,
        basis,
        notes: [...notes, ...comparison.notes, ...bootstrap.notes],
        reason: [...bootstrap.reason, ...still],
      });
    });
  });
  return tableOfRows(rows, estimateTableColumns(["quantile", "reference_value", "arm_value"]));
}

/** Standard errors of the differences of quantiles, where both arms have the units for them. */
function bootstrapErrors(
  comparison: Comparison,
  quantiles: readonly number[],
  quantilesAt: ArmQuantiles,
  { replicates, seed }: { replicates: number; seed: number },
): { errors: readonly number[]; notes: string[]; reason: string[] } {
  const { arms, treated, outcome, block, persona, cluster } = comparison;
  const counts = [0, 1].map((side) => treated.filter((own) => own === side).length);
  const none = (reason: string[]) => ({ errors: quantiles.map(() => NaN), notes: [], reason });
  const empty = arms.filter((_, side) => counts[side] === 0);
  if (empty.length > 0) return none(empty.map((arm) => `no unit of '${arm}' has a value`));
  if (counts.includes(1)) return none(["one unit in an arm shows no variance"]);
  const lone = loneClusters(comparison, persona === null ? cluster?.codes ?? null : null);
  if (lone.length > 0) return none(lone);
  const { rows, strata, name } = assignedUnits(comparison);
  const times = new Int32Array(outcome.length);
  const effects = quantiles.map(() => new Float64Array(replicates));
  resampleUnits(rows.length, (units, resample) => {
    times.fill(0);
    for (const unit of units) for (const row of rows[unit]!) times[row]!++;
    const [reference, term] = quantilesAt(times);
    effects.forEach((own, j) => own[resample] = term[j]! - reference[j]!);
  }, { random: stream(seed, "quantile effects", ...arms), strata, replicates });
  // Where one value stands more often than √n times, more than a share's standard error, the bootstrap sees steps.
  const steps = [0, 1].some((side) =>
    [...groupRows(outcome.filter((_, row) => treated[row] === side)).values()]
      .some((rows) => rows.length > Math.sqrt(counts[side]!))
  );
  const jump =
    `warning: the outcome has ${new Set(outcome).size} distinct values, between which quantiles jump: ` +
    "intervals cover in as few as 80 of 100 studies";
  const mix =
    "warning: the shares of the arms differ between blocks, so the arms hold different mixes of them";
  const notes = [
    `${replicates} bootstrap samples of ${rows.length} ${name}`,
    steps ? jump : "",
    block !== null && !sameShares(comparison) ? mix : "",
  ];
  return { errors: effects.map((own) => Math.sqrt(moments(own).variance)), notes, reason: [] };
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

/** The quantiles of the reference and of the arm where each row counts so many times. */
type ArmQuantiles = (times: Int32Array) => readonly [reference: number[], arm: number[]];

function armQuantiles(
  { outcome, treated }: Comparison,
  probabilities: readonly number[],
  type: QuantileType,
): ArmQuantiles {
  const [none, one] = [0, 1].map((side) =>
    Int32Array.from([...treated.keys()].filter((row) => treated[row] === side))
      .sort((a, b) => outcome[a]! - outcome[b]!)
  );
  return (times) => {
    const quantilesOf = (order: Int32Array): number[] => {
      const sorted = drawn(order, times, outcome);
      return probabilities.map((p) => sampleQuantile(sorted, p, type));
    };
    return [quantilesOf(none!), quantilesOf(one!)];
  };
}

/** What was assigned as one (persona, cluster or unit), with its rows and its stratum. */
function assignedUnits({ outcome, treated, persona, cluster, block }: Comparison) {
  const rows = [...groupRows(cluster?.codes ?? persona ?? Int32Array.from(outcome.keys())).values()];
  // A persona in both arms belongs to neither.
  const strata = rows.map(([row]) => 2 * (block?.codes[row!] ?? 0) + (persona === null ? treated[row!]! : 0));
  return { rows, strata, name: cluster !== null ? "clusters" : persona === null ? "units" : "personas" };
}

/** A resample's outcomes in ascending order. */
function drawn(order: Int32Array, times: Int32Array, outcome: Float64Array): Float64Array {
  let count = 0;
  for (const row of order) count += times[row]!;
  const values = new Float64Array(count);
  let at = 0;
  for (const row of order) for (let k = 0; k < times[row]!; k++) values[at++] = outcome[row]!;
  return values;
}
