import { cannot } from "../../core/errors.ts";
import { type Table, tableOfRows } from "../../core/table.ts";
import { clustersCounted, groupColumns, type GroupTarget, groupTargets } from "./conjoint_groups.ts";
import { checkConjointOptions, type ConjointOptions, type ConjointSettings } from "./conjoint_options.ts";
import { type ConjointRows, readConjointRows } from "./conjoint_rows.ts";
import { tidyConjoint } from "./conjoint_tidy.ts";
import { type MarginalMeans, marginalMeans } from "./marginal_means.ts";

/** Options of {@linkcode estimateMarginalMeans}. */
export interface EstimateMarginalMeansOptions extends ConjointOptions {
  /**
   * A column of subgroups, such as a trait of the respondents: each gets estimates of its own.
   *
   * @default {undefined} everyone together
   */
  by?: string;
  /**
   * Estimates how each subgroup's means differ from those of the reference subgroup, instead of each subgroup's.
   *
   * @default {false}
   */
  differences?: boolean;
  /**
   * The subgroup that the others are compared with.
   *
   * @default {undefined} the first in sorted order
   */
  referenceGroup?: string | number | boolean;
  /**
   * The value that `statistic` and `p_value` compare with: 0.5 for a choice between two profiles.
   *
   * @default {0}
   */
  nullValue?: number;
}

const action = "estimate marginal means";

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
  const others = ["by", "differences", "referenceGroup", "nullValue"];
  const settings = checkConjointOptions(action, options, others);
  const { nullValue = 0 } = options;
  if (!Number.isFinite(nullValue)) {
    throw new RangeError(cannot(action, "nullValue", "be a finite number", nullValue));
  }
  const rows = readConjointRows(action, table, options, options.by);
  const targets = groupTargets(action, rows, options);
  const means = marginalMeans(rows, targets[0]?.groups.at(-1)?.group ?? 0);
  const tidy = targets.flatMap((target) => targetRows({ rows, means, target, settings, nullValue }));
  return tableOfRows(tidy, [
    "outcome",
    ...groupColumns(options),
    ...["feature", "level", "term", "estimator", "estimate", "std_error", "statistic", "df", "p_value"],
    ...["conf_low", "conf_high", "conf_level", "null_value", "n", "basis", "reason"],
  ]);
}

interface MeanParts {
  readonly rows: ConjointRows;
  readonly means: MarginalMeans;
  readonly target: GroupTarget;
  readonly settings: ConjointSettings;
  readonly nullValue: number;
}

function targetRows(
  { rows, means, target, settings, nullValue }: MeanParts,
): { [column: string]: unknown }[] {
  const differs = target.groups.length > 1;
  return rows.features.flatMap(({ name, levels }, feature) =>
    levels.map((level, place) => {
      const { estimate, variance, n } = meanOf(means, target, means.offsets[feature]! + place);
      const empty = Number.isNaN(estimate) ? [`no row with a value shows '${level}'`] : [];
      return {
        outcome: rows.outcome,
        ...target.columns,
        feature: name,
        level,
        term: `${name}: ${level}`,
        estimator: differs ? "marginal_mean_difference" : "marginal_mean",
        ...tidyConjoint({
          estimate,
          variance,
          clusters: clustersCounted(target, means),
          largest: means.largest,
          nullValue,
          notes: [...empty, ...rows.notes],
        }, settings),
        null_value: nullValue,
        n,
        basis: settings.basis,
      };
    })
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
