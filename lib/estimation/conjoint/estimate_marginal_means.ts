import { cannot } from "../../core/errors.ts";
import { type Table, tableOfRows } from "../../core/table.ts";
import { isEstimable, type LevelContrast } from "./level_contrasts.ts";
import { type ConjointFit, fitConjoint } from "./profile_fit.ts";
import { setUpModel } from "./profile_model.ts";
import type { ConjointFeature, ConjointOptions, ConjointRows } from "./shown_profiles.ts";
import { conjointRules, readConjointRows } from "./shown_profiles.ts";
import type { GroupTarget, SubgroupOptions } from "./subgroups.ts";
import { conjointColumns, contrastRow, groupColumns, groupTargets } from "./subgroups.ts";
import { levelColumns, subgroupRules } from "./subgroups.ts";
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
  const { nullValue, ...settings } = readOptions(action, options, rules, table);
  const rows = readConjointRows(action, table, options, options.by);
  const targets = groupTargets(action, rows, options);
  const fits = rows.features.map((feature) => fitLevels(rows, feature));
  const tidy = targets.flatMap((target) =>
    fits.flatMap(({ feature: { name, levels }, fit, counts }) =>
      levels.map((level, place) => {
        const given = {
          ...levelColumns(rows, target, { feature: name, level }),
          estimator: target.groups.length > 1 ? "marginal_mean_difference" : "marginal_mean",
          null_value: nullValue,
          n: target.groups.reduce((sum, { group }) => sum + counts[group]![place]!, 0),
        };
        const contrast = levelMean(fit, target, place, level);
        return contrastRow(given, contrast, { rows, fit, target, settings }, nullValue);
      })
    )
  );
  const names = [...groupColumns(options), "feature", "level", "term"];
  return tableOfRows(tidy, conjointColumns(names, ["null_value"]));
}

/** The model of one feature by itself, whose coefficients are its levels' means; and for each subgroup its levels' rows. */
function fitLevels(rows: ConjointRows, feature: ConjointFeature) {
  const counts = rows.groups.map(() => feature.levels.map(() => 0));
  feature.codes.forEach((level, row) => counts[rows.group[row]!]![level]!++);
  const own = { ...rows, features: [feature] };
  return { feature, fit: fitConjoint(own, setUpModel(action, own.features, {})), counts };
}

/** The constant, which is the first level's mean, and what another level adds. */
function levelMean(fit: ConjointFit, { groups }: GroupTarget, place: number, level: string): LevelContrast {
  const factors = Float64Array.from({ length: fit.size }, (_, j) => j === 0 || j === place ? 1 : 0);
  return groups.every(({ group }) => isEstimable(factors, fit.columns[group]!))
    ? { factors, notes: [] }
    : { factors: null, notes: [`no row with a value shows '${level}'`] };
}
