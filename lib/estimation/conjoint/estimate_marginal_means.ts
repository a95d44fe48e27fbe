import { cannot } from "../../core/errors.ts";
import { type Table, tableOfRows } from "../../core/table.ts";
import { orderByCluster } from "./profile_fit.ts";
import {
  type ConjointOptions,
  type ConjointRows,
  conjointRules,
  readConjointRows,
} from "./shown_profiles.ts";
import {
  clustersCounted,
  conjointColumns,
  conjointRow,
  groupColumns,
  type GroupTarget,
  groupTargets,
  type SubgroupOptions,
  subgroupRules,
} from "./subgroups.ts";
import { readOptions, rule, type RulesFor } from "../../core/options.ts";

/** Options of {@linkcode estimateMarginalMeans}. */
export interface EstimateMarginalMeansOptions extends ConjointOptions, SubgroupOptions {
  /**
   * The value that `statistic` and `p_value` compare with: 0.5 for a choice between two profiles.
   * @default {0}
   */
  nullValue?: number;
}

const action = "estimate marginal means";

const rules = {
  ...conjointRules,
  ...subgroupRules,
  nullValue: rule<number, number>((action, name, value) => {
    if (!Number.isFinite(value)) throw new RangeError(cannot(action, name, "be a finite number", value));
  }, 0),
} as const satisfies RulesFor<EstimateMarginalMeansOptions>;

/**
 * Estimates marginal means: the mean outcome of profiles that show a level, whatever their other features.
 *
 * Unlike AMCEs they depend on no reference level, so that subgroups can be compared by them (Leeper, Hobolt and Tilley
 * 2020). The mean is over the profiles that were shown: where restrictions tie features together, levels meet
 * different others. Standard errors are linearised by respondent, C / (C - 1), with normal intervals. Differences
 * between subgroups take account of respondents who are in several. Rows without a value are left out and counted in
 * `reason`.
 *
 * @param table one row per profile: the features, the outcome, and where present `persona_id`; or answers (`item`,
 * `value`) with such columns
 * @param options the outcome and the features; see {@linkcode EstimateMarginalMeansOptions} (defaults there)
 * @returns one row per feature and level, of each subgroup: `outcome`, (`by`, `group`, `reference_group`), `feature`,
 * `level`, `term`, `estimator`, `estimate` (units of the outcome), `std_error`, `statistic` (of `null_value`), `df`
 * (`Infinity` where normal), `p_value`, `conf_low`, `conf_high`, `conf_level`, `null_value`, `n` (rows with the level),
 * `basis`, `reason`
 * @throws {RangeError} if a column, level or subgroup is unknown, or a feature is not categorical
 * @throws {TypeError} if an option is unknown or the outcome is not numeric
 * @see Leeper, Hobolt and Tilley 2020, Political Analysis 28: 207-221
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { estimateMarginalMeans } from "@understudy/understudy/estimation";
 *
 * const profiles = tableOf({
 *   persona_id: ["p1", "p1", "p2", "p2", "p3", "p3", "p4", "p4"],
 *   price: [5, 10, 5, 10, 5, 5, 10, 10],
 *   chosen: [1, 0, 1, 0, 1, 0, 0, 1],
 * });
 * const means = estimateMarginalMeans(profiles, { outcome: "chosen", features: ["price"], nullValue: 0.5 });
 * assertAlmostEquals(means.get("estimate", 0) as number, 0.75);
 * ```
 */
export function estimateMarginalMeans(table: Table, options: EstimateMarginalMeansOptions): Table {
  const { nullValue, ...settings } = readOptions(action, options, rules);
  const rows = readConjointRows(action, table, options, options.by);
  const targets = groupTargets(action, rows, options);
  const means = marginalMeans(rows, targets[0]?.groups.at(-1)?.group ?? 0);
  const largest = rows.value.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const tidy = targets.flatMap((target) =>
    rows.features.flatMap(({ name, levels }, feature) =>
      levels.map((level, place) => {
        const { n, ...mean } = meanOf(means, target, means.offsets[feature]! + place);
        const given = {
          outcome: rows.outcome,
          ...target.columns,
          feature: name,
          level,
          term: `${name}: ${level}`,
          estimator: target.groups.length > 1 ? "marginal_mean_difference" : "marginal_mean",
          null_value: nullValue,
          n,
        };
        const reason = Number.isNaN(mean.estimate) ? [`no row with a value shows '${level}'`] : [];
        const clusters = clustersCounted(target, means);
        const said = { notes: rows.notes, reason };
        return conjointRow(given, { ...mean, clusters, largest, nullValue, ...said }, settings);
      })
    )
  );
  return tableOfRows(
    tidy,
    conjointColumns([...groupColumns(options), "feature", "level", "term"], ["null_value"]),
  );
}

/** The mean of a level, or of one subgroup less another, with its variance. */
function meanOf(
  { size, mean, variance, covariance, n }: MarginalMeans,
  { groups }: GroupTarget,
  level: number,
): { estimate: number; variance: number; n: number } {
  const places = groups.map(({ group }) => group * size + level);
  const total = (values: Float64Array): number => places.reduce((sum, place) => sum + values[place]!, 0);
  return {
    estimate: groups.reduce((sum, { sign }, at) => sum + sign * mean[places[at]!]!, 0),
    variance: total(variance) - (groups.length > 1 ? 2 * covariance[places[0]!]! : 0),
    n: total(n),
  };
}

/** Means by subgroup and level: levels of all features stand one after the other, those of a feature from its offset. */
interface LevelSums {
  readonly offsets: readonly number[];
  /** The number of levels of all features. */
  readonly size: number;
  readonly mean: Float64Array;
  readonly n: Float64Array;
  /** The sum of weights. */
  readonly total: Float64Array;
}

function sumLevels({ features, value, weight, group, groups }: ConjointRows): LevelSums {
  const offsets: number[] = [];
  let size = 0;
  for (const { levels } of features) {
    offsets.push(size);
    size += levels.length;
  }
  const count = groups.length * size;
  const [mean, n, total] = [new Float64Array(count), new Float64Array(count), new Float64Array(count)];
  features.forEach(({ codes }, feature) => {
    for (let row = 0; row < value.length; row++) {
      const at = group[row]! * size + offsets[feature]! + codes[row]!;
      const w = weight === null ? 1 : weight[row]!;
      n[at]!++;
      total[at]! += w;
      mean[at]! += w * value[row]!;
    }
  });
  for (let at = 0; at < count; at++) mean[at]! /= total[at]!;
  return { offsets, size, mean, n, total };
}

/** Means and what their respondents c add to their variance, u_c = Σ w (y - mean) / Σ w over a level's rows of c. */
interface MarginalMeans extends LevelSums {
  /** Σ_c u_c² by subgroup and level. */
  readonly variance: Float64Array;
  /** Σ_c u_c u_c' of a subgroup and the reference subgroup, by level. */
  readonly covariance: Float64Array;
  readonly clusters: number;
  readonly clustersOf: readonly number[];
}

function marginalMeans(rows: ConjointRows, reference: number): MarginalMeans {
  const { features, value, weight, group, groups, cluster } = rows;
  const sums = sumLevels(rows);
  const { offsets, size, mean, total } = sums;
  const count = groups.length * size;
  const [variance, covariance] = [new Float64Array(count), new Float64Array(count)];
  const score = new Float64Array(count);
  const clustersOf = new Array<number>(groups.length).fill(0);
  const lastSeen = new Int32Array(groups.length).fill(-1);
  const { order, starts } = orderByCluster(cluster, value.length);
  for (let c = 0; c + 1 < starts.length; c++) {
    const met: number[] = [];
    for (let place = starts[c]!; place < starts[c + 1]!; place++) {
      const row = order === null ? place : order[place]!;
      const own = group[row]!;
      if (lastSeen[own] !== c) {
        lastSeen[own] = c;
        clustersOf[own]!++;
        met.push(own);
      }
      const w = weight === null ? 1 : weight[row]!;
      for (let feature = 0; feature < features.length; feature++) {
        const at = own * size + offsets[feature]! + features[feature]!.codes[row]!;
        score[at]! += w * (value[row]! - mean[at]!) / total[at]!;
      }
    }
    const both = lastSeen[reference] === c;
    for (const own of met) {
      for (let level = 0; level < size; level++) {
        const at = own * size + level;
        variance[at]! += score[at]! * score[at]!;
        if (both) covariance[at]! += score[at]! * score[reference * size + level]!;
      }
    }
    for (const own of met) score.fill(0, own * size, (own + 1) * size);
  }
  return { ...sums, variance, covariance, clusters: starts.length - 1, clustersOf };
}
