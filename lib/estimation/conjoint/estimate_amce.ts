import { cannot } from "../../core/errors.ts";
import { type Table, tableOfRows } from "../../core/table.ts";
import { cellShares, type ConjointModel, setUpModel } from "./profile_model.ts";
import { averageContrast, coefficientContrast, type LevelContrast } from "./level_contrasts.ts";
import { fitConjoint } from "./profile_fit.ts";
import type { ContrastParts, SubgroupOptions } from "./subgroups.ts";
import { conjointColumns, contrastRow, groupColumns, groupTargets } from "./subgroups.ts";
import { levelColumns, subgroupRules } from "./subgroups.ts";
import { type ConjointModelOptions, conjointModelRules, readConjointRows } from "./shown_profiles.ts";
import { oneOf, type ReadOptions, readOptions, type RulesFor } from "../../core/options.ts";
import { estimateRow } from "../../core/rows.ts";

/** Options of {@linkcode estimateAmce}. */
export interface EstimateAmceOptions extends ConjointModelOptions, SubgroupOptions {
  /**
   * How effects are averaged over features that interact: by the distribution of profiles (that of `conjoint`, else
   * the observed one); or each combination the same; or `coefficients`, as the R package cregg does, which where
   * combinations are missing is no average of effects and is here to replicate its numbers.
   * @default {"design"}
   */
  average?: "design" | "uniform" | "coefficients";
}

const action = "estimate AMCEs";

const rules = {
  ...conjointModelRules,
  ...subgroupRules,
  average: oneOf(["design", "uniform", "coefficients"], "design"),
} as const satisfies RulesFor<EstimateAmceOptions>;

const columns = ["feature", "level", "reference", "term"];

/**
 * Estimates average marginal component effects: how much each level of each feature changes the outcome against the
 * feature's reference level, averaged over the other features.
 *
 * Least squares on indicators of all features; unbiased where levels were drawn at random. Features that restrictions
 * tie together interact in the model, and their effects are averaged over the combinations that occur with both
 * levels, weighted by the design. Standard errors are linearised by respondent, C / (C - 1), with normal intervals, as
 * in the R packages cregg and survey. Differences between subgroups come from one model, so that a respondent may be
 * in several. Rows without a value are left out and counted in `reason`.
 *
 * @param table one row per profile: the features, the outcome, and where present `persona_id`; or answers (`item`,
 * `value`) with such columns
 * @param options the outcome and the features; see {@linkcode EstimateAmceOptions} (defaults there)
 * @returns one row per feature and level, of each subgroup: `outcome`, (`by`, `group`, `reference_group`), `feature`,
 * `level`, `reference` (level), `term`, `estimator`, `estimate` (units of the outcome; 0 for the reference level),
 * `std_error`, `statistic`, `df` (`Infinity` where normal), `p_value`, `conf_low`, `conf_high`, `conf_level`, `n` (rows
 * of the model), `basis`, `reason`. Differences have no rows for reference levels
 * @throws {RangeError} if a column, level or subgroup is unknown, or a feature is not categorical
 * @throws {TypeError} if an option is unknown or the outcome is not numeric
 * @see Hainmueller, Hopkins and Yamamoto 2014, Political Analysis 22: 1-30, eq. 4 to 6
 * @example
 * ```ts
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 * import { columnOf, tableOf } from "@understudy/understudy/core";
 * import { estimateAmce } from "@understudy/understudy/estimation";
 *
 * const profiles = tableOf({
 *   persona_id: ["p1", "p1", "p2", "p2", "p3", "p3", "p4", "p4"],
 *   price: [5, 10, 5, 10, 5, 5, 10, 10],
 *   chosen: [1, 0, 1, 0, 1, 0, 0, 1],
 * });
 * const effects = estimateAmce(profiles, { outcome: "chosen", features: ["price"] });
 * assertEquals(columnOf(effects, "level"), ["5", "10"]);
 * assertAlmostEquals(effects.get("estimate", 1) as number, 1 / 4 - 3 / 4);
 * ```
 */
export function estimateAmce(table: Table, options: EstimateAmceOptions): Table {
  const settings = readOptions(action, options, rules, table);
  const { average } = settings;
  const rows = readConjointRows(action, table, options, options.by);
  const targets = groupTargets(action, rows, options);
  const model = setUpModel(action, rows.features, options);
  checkAverage(model, average);
  const fit = fitConjoint(rows, model);
  const tidy = targets.flatMap((target) =>
    rows.features.flatMap((_, feature) => featureRows({ rows, model, fit, target, settings }, feature))
  );
  return tableOfRows(tidy, conjointColumns([...groupColumns(options), ...columns]));
}

function checkAverage({ linked, names }: ConjointModel, average: string): void {
  const large = linked.find((set) => set.length > 2);
  if (average !== "coefficients" || large === undefined) return;
  const tied = large.map((feature) => names[feature]).join(", ");
  const rule = `be "design" or "uniform" where more than two features (${tied}) are tied together`;
  throw new RangeError(cannot(action, "average", rule, average));
}

interface AmceParts extends ContrastParts {
  readonly model: ConjointModel;
  readonly settings: ReadOptions<EstimateAmceOptions, typeof rules>;
}

function featureRows(parts: AmceParts, feature: number): object[] {
  const { rows, model, fit, target, settings: { average, alpha, basis } } = parts;
  const { name, levels } = rows.features[feature]!;
  const contrastOf = contrasts(parts, feature);
  const differs = target.groups.length > 1;
  return levels.flatMap((label, level) => {
    const isBase = level === model.base[feature];
    if (isBase && differs) return [];
    const given = {
      ...levelColumns(rows, target, { feature: name, level: label }),
      reference: levels[model.base[feature]!]!,
      estimator: differs ? "amce_difference" : average === "coefficients" ? "amce_coefficients" : "amce",
      n: target.groups.reduce((sum, { group }) => sum + fit.rowsOf[group]!, 0),
    };
    if (!isBase) return [contrastRow(given, contrastOf(level), parts)];
    const reason = ["the level that the others are compared with"];
    return [estimateRow({ ...given, estimate: 0, conf_level: 1 - alpha, basis, reason })];
  });
}

function contrasts(
  { rows, model, fit, target, settings: { average, conjoint } }: AmceParts,
  feature: number,
): (level: number) => LevelContrast {
  if (average === "coefficients") {
    return (level) => coefficientContrast(model, fit.columns[target.groups[0]!.group]!, { feature, level });
  }
  const set = model.linked.find((features) => features.includes(feature)) ?? [feature];
  const shares = cellShares(action, rows, set, conjoint);
  const columns = target.groups.map(({ group }) => fit.columns[group]!);
  return (level) => averageContrast(model, columns, [{ feature, level }], shares, average);
}
