import { checkOneOf } from "../../core/checks.ts";
import { cannot } from "../../core/errors.ts";
import { type Table, tableOfRows } from "../../core/table.ts";
import { cellShares, setUpModel } from "./profile_model.ts";
import { averageContrast } from "./level_contrasts.ts";
import { fitConjoint } from "./profile_fit.ts";
import { type ConjointModelOptions, conjointModelRules, readConjointRows } from "./shown_profiles.ts";
import { readOptions, required, type RulesFor } from "../../core/options.ts";
import { conjointColumns, contrastRow, everybody } from "./subgroups.ts";

/** Options of {@linkcode estimateAcie}. */
export interface EstimateAcieOptions extends ConjointModelOptions {
  /** The two features whose interaction is estimated. */
  between: readonly [string, string];
}

const action = "estimate ACIEs";

const rules = {
  ...conjointModelRules,
  between: required<readonly [string, string]>((action, name, value) => {
    if (Array.isArray(value) && value.length === 2 && value[0] !== value[1]) return;
    throw new RangeError(cannot(action, name, 'be two features, such as ["education", "job"]', value));
  }),
} as const satisfies RulesFor<EstimateAcieOptions>;

const columns = ["feature", "level", "reference", "with_feature", "with_level", "with_reference", "term"];

/**
 * Estimates average component interaction effects: how much a level's effect on the outcome differs between a level of
 * another feature and that feature's reference level.
 *
 * The two features get a mean for each of their combinations; other features are averaged over as in `estimateAmce`.
 * A combination that the design rules out, or that the data lack, leaves its interaction `NaN` with a reason.
 *
 * @param table one row per profile, as for `estimateAmce`
 * @param options the outcome, the features and the two that interact; see {@linkcode EstimateAcieOptions}
 * @returns one row per pair of levels other than the references: `outcome`, `feature`, `level`, `reference`,
 * `with_feature`, `with_level`, `with_reference`, `term`, `estimator`, `estimate` (units of the outcome), `std_error`,
 * `statistic`, `df`, `p_value`, `conf_low`, `conf_high`, `conf_level`, `n`, `basis`, `reason`
 * @throws {RangeError} if a column or level is unknown or `between` does not name two features
 * @throws {TypeError} if an option is unknown or the outcome is not numeric
 * @see Hainmueller, Hopkins and Yamamoto 2014, Political Analysis 22: 1-30, eq. 8
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { estimateAcie } from "@understudy/understudy/estimation";
 *
 * const ratings = tableOf({
 *   price: ["low", "low", "high", "high", "low", "low", "high", "high"],
 *   colour: ["red", "blue", "red", "blue", "red", "blue", "red", "blue"],
 *   rating: [5, 4, 3, 1, 5, 4, 3, 0],
 * });
 * const found = estimateAcie(ratings, {
 *   outcome: "rating",
 *   features: { price: ["low", "high"], colour: ["red", "blue"] },
 *   between: ["price", "colour"],
 * });
 * assertAlmostEquals(found.get("estimate", 0) as number, (0.5 - 3) - (4 - 5));
 * ```
 */
export function estimateAcie(table: Table, options: EstimateAcieOptions): Table {
  const settings = readOptions(action, options, rules, table);
  const { between } = settings;
  const rows = readConjointRows(action, table, options);
  const known = rows.features.map(({ name }) => name);
  for (const name of between) checkOneOf(action, "between", name, known);
  const [first, second] = between.map((name) => known.indexOf(name)) as [number, number];
  const interactions = [...options.interactions ?? [], [...between]];
  const model = setUpModel(action, rows.features, { ...options, interactions });
  const parts = { rows, fit: fitConjoint(rows, model), target: everybody, settings };
  const set = model.linked.find((features) => features.includes(first))!;
  const shares = cellShares(action, rows, set, options.conjoint);
  const others = (feature: number): number[] =>
    [...model.levels[feature]!.keys()].filter((level) => level !== model.base[feature]);
  const pairs = others(first).flatMap((level) =>
    others(second).map((withLevel) => {
      const moves = [{ feature: first, level }, { feature: second, level: withLevel }];
      const [own, other] = [model.levels[first]!, model.levels[second]!];
      const given = {
        outcome: rows.outcome,
        estimator: "acie",
        n: rows.value.length,
        ...{ feature: between[0], level: own[level]!, reference: own[model.base[first]!]! },
        ...{ with_feature: between[1], with_level: other[withLevel]! },
        with_reference: other[model.base[second]!]!,
        term: `${between[0]}: ${own[level]}, ${between[1]}: ${other[withLevel]}`,
      };
      return contrastRow(given, averageContrast(model, parts.fit.columns, moves, shares, "design"), parts);
    })
  );
  return tableOfRows(pairs, conjointColumns(columns));
}
