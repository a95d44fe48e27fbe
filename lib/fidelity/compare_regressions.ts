import type { Verdict } from "../core/columns.ts";
import { cannot } from "../core/errors.ts";
import { diagnosisRow, diagnosisTableColumns } from "../core/rows.ts";
import { columnOf, distinct, type Table, tableOfRows } from "../core/table.ts";
import {
  estimateRegression,
  type EstimateRegressionOptions,
} from "../estimation/models/estimate_regression.ts";
import { normalQuantile } from "../stats/distributions.ts";
import { inferEstimate } from "../stats/inference.ts";
import { adjustPValues } from "../stats/multiplicity.ts";

const action = "compare regressions";

/**
 * Compares the coefficients of the same regression on human and on synthetic rows.
 *
 * A coefficient differs where the difference exceeds 1.96 (at `alpha` .05) of its standard errors. With many synthetic
 * rows any bias is found, and with few people none: look at the interval of the difference.
 *
 * @param human one row per answer or unit, as for `estimateRegression`
 * @param synthetic the same columns, with the same names in them
 * @param options the outcome, the terms, and how the variance is estimated; see {@linkcode EstimateRegressionOptions}
 * @returns one row per coefficient: `outcome`, `term`, `human`, `synthetic`, `difference` (synthetic less human),
 * `std_error`, `opposite_sign`, `statistic` (difference / std_error), `null_mean`, `null_high`, `p_value`, `p_adjusted`
 * (Holm), `conf_low`, `conf_high`, `verdict` (`found`: they differ, by `p_value`), `notes` (the share that differs, and of
 * those the share of opposite sign, the intercept aside), `reason`
 * @throws {RangeError} if the tables have different names in a column of names, or as `estimateRegression` does
 * @see Bisbee, Clinton, Dorff, Kenkel and Larson 2024, Political Analysis
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { compareRegressions } from "@understudy/understudy/fidelity";
 *
 * const age = [20, 30, 40, 50, 60, 70];
 * const [human, synthetic] = [[1, 2, 2, 4, 4, 6], [6, 5, 5, 3, 3, 1]].map((support) => tableOf({ age, support }));
 * const found = compareRegressions(human, synthetic, { outcome: "support", terms: ["age"] });
 * assertEquals([found.get("verdict", 1), found.get("opposite_sign", 1)], ["found", true]);
 * ```
 */
export function compareRegressions(
  human: Table,
  synthetic: Table,
  options: EstimateRegressionOptions,
): Table {
  const { alpha = 0.05, factors = [] } = options;
  const [ours, theirs] = [estimateRegression(human, options), estimateRegression(synthetic, options)];
  for (const name of options.terms.flatMap((term) => term.split(":"))) {
    const named = (value: unknown) => factors.includes(name) || typeof value === "string";
    const [own, other] = [human, synthetic]
      .map((table) => distinct(columnOf(table, name).filter(named)).sort().join(", "));
    if (own === other) continue;
    throw new RangeError(cannot(action, `synthetic.${name}`, `hold the same names, ${own}`, other));
  }
  const terms = columnOf<string>(theirs, "term");
  const read = columnOf<string>(ours, "term").map((term, row) => {
    const [h, s] = [ours.get("estimate", row), theirs.get("estimate", terms.indexOf(term)) ?? NaN];
    const stdError = Math.hypot(
      ours.get("std_error", row),
      theirs.get("std_error", terms.indexOf(term)) ?? NaN,
    );
    const found = inferEstimate({ estimate: s - h, stdError, df: Infinity }, alpha);
    const differs = found.p_value < alpha ? "found" : "not found";
    const verdict: Verdict = Number.isNaN(found.p_value) ? "cannot tell" : differs;
    return { ...found, term, human: h, synthetic: s, difference: s - h, opposite_sign: h * s < 0, verdict };
  });
  const compared = read.filter(({ term, verdict }) => term !== "(intercept)" && verdict !== "cannot tell");
  const differing = compared.filter(({ verdict }) => verdict === "found");
  const opposite = differing.filter((row) => row.opposite_sign).length;
  const said = (who: string, table: Table) =>
    table.get("notes", 0) && `${who} rows: ${table.get("notes", 0)}`;
  const notes = [
    `coefficients that differ: ${differing.length} of ${compared.length}`,
    ...[`of these with the opposite sign: ${opposite}`, said("human", ours), said("synthetic", theirs)],
  ];
  const shared = {
    outcome: ours.get("outcome", 0),
    null_mean: 0,
    null_high: normalQuantile(1 - alpha / 2),
    notes,
  };
  const adjusted = adjustPValues(read.map(({ p_value }) => p_value));
  return tableOfRows(
    read.map((row, at) => diagnosisRow({ ...row, ...shared, p_adjusted: adjusted[at]! })),
    diagnosisTableColumns([
      "outcome",
      "term",
      "human",
      "synthetic",
      "difference",
      "std_error",
      "opposite_sign",
    ]),
  );
}
