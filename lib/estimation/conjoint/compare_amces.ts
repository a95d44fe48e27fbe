import { checkText } from "../../core/checks.ts";
import { type Table, tableOfRows } from "../../core/table.ts";
import { adjustPValues } from "../../stats/multiplicity.ts";
import { waldColumns, waldRow } from "./level_contrasts.ts";
import { checkSubgroups } from "./subgroups.ts";
import { type ConjointModelOptions, conjointModelRules, readConjointRows } from "./shown_profiles.ts";
import { differencesBetweenGroups, testDifferences } from "./subgroup_differences.ts";
import { flag, oneOf, readOptions, required, type RulesFor } from "../../core/options.ts";

/** Options of {@linkcode compareAmces}. */
export interface CompareAmcesOptions extends ConjointModelOptions {
  /** The column of subgroups. */
  by: string;
  /**
   * Whether a last row also compares the outcome's level between subgroups, not only the features' effects. For
   * ratings: where one of two profiles is chosen, the level is the same by construction.
   * @default {false}
   */
  level?: boolean;
  /**
   * `clustered` is robust to what rows of one respondent share; `classical` is the F test of independent rows of
   * equal variance, as in the R package cregg: too many false alarms where respondents differ.
   * @default {"clustered"}
   */
  covariance?: "clustered" | "classical";
}

const action = "compare AMCEs";

const rules = {
  ...conjointModelRules,
  by: required<string>(checkText),
  level: flag(false),
  covariance: oneOf(["clustered", "classical"], "clustered"),
} as const satisfies RulesFor<CompareAmcesOptions>;

/**
 * Tests whether average marginal component effects differ between subgroups, for each feature and for all at once.
 *
 * A Wald test of the model in which each subgroup has coefficients of its own, robust to dependence within
 * respondents, also those who are in several subgroups; as an F test (Hotelling's, with
 * the degrees of freedom of Nel and van der Merwe), which keeps its size with few respondents and with subgroups of
 * unequal size.
 *
 * @param table one row per profile, as for `estimateAmce`
 * @param options the outcome, the features and the subgroups; see {@linkcode CompareAmcesOptions} (defaults there)
 * @returns one row per feature, one for all features, and where asked one that includes the level: `outcome`, `by`,
 * `feature`, `statistic` (F), `df`, `df_residual`, `null_mean`, `null_high` (95% point), `p_value`, `p_adjusted` (Holm,
 * over the features), `verdict` (`found`, `not found` or `cannot tell`), `n`, `notes`, `reason`
 * @throws {RangeError} if a column or level is unknown, or there are fewer than two subgroups
 * @throws {TypeError} if an option is unknown or the outcome is not numeric
 * @see Liang and Zeger 1986, Biometrika 73: 13-22; Leeper, Hobolt and Tilley 2020, Political Analysis 28: 207-221
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { columnOf, tableOf } from "@understudy/understudy/core";
 * import { compareAmces } from "@understudy/understudy/estimation";
 *
 * const rows = Array.from({ length: 40 }, (_, row) => row);
 * const profiles = tableOf({
 *   persona_id: rows.map((row) => row % 20),
 *   party: rows.map((row) => (row % 2 === 0 ? "left" : "right")),
 *   price: rows.map((row) => (row < 20 ? "low" : "high")),
 *   rating: rows.map((row) => (row < 20 ? 3 : row % 2 === 0 ? 1 : 5) + (row * 7) % 3),
 * });
 * const found = compareAmces(profiles, { outcome: "rating", features: ["price"], by: "party" });
 * assertEquals(columnOf(found, "feature"), ["price", "all features"]);
 * assertEquals(found.get("verdict", 0), "found");
 * ```
 */
export function compareAmces(table: Table, options: CompareAmcesOptions): Table {
  const { by, level, covariance, alpha } = readOptions(action, options, rules);
  const rows = readConjointRows(action, table, options, by);
  checkSubgroups(action, rows.groups);
  const found = differencesBetweenGroups(action, rows, options);
  const names = rows.features.map(({ name }) => name);
  const testOf = (feature: string, includes: (own: string) => boolean) => (
    { feature, test: testDifferences(found, includes, covariance) }
  );
  const tests = [
    ...names.map((name) => testOf(name, (own) => own === name)),
    testOf("all features", (own) => own !== ""),
    ...(level ? [testOf("all features and level", () => true)] : []),
  ];
  const adjusted = adjustPValues(tests.slice(0, names.length).map(({ test }) => test.p_value), "holm");
  return tableOfRows(
    tests.map(({ feature, test }, row) =>
      waldRow({ outcome: rows.outcome, by, feature, n: rows.value.length }, test, {
        adjusted: adjusted[row] ?? test.p_value,
        alpha,
        notes: [...found.notes, ...rows.notes],
      })
    ),
    waldColumns(["outcome", "by", "feature"]),
  );
}
