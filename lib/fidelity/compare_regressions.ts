import type { Verdict } from "../core/columns.ts";
import { cannot } from "../core/errors.ts";
import { diagnosisRow, diagnosisTableColumns } from "../core/rows.ts";
import { columnOf, distinct, type Table, tableOf, tableOfRows } from "../core/table.ts";
import { estimateRegression, type EstimateRegressionOptions } from "../estimation/mod.ts";
import { studentTQuantile } from "../stats/distributions.ts";
import { inferEstimate, summedDegrees } from "../stats/inference.ts";
import { adjustPValues } from "../stats/multiplicity.ts";

const action = "compare regressions";

/**
 * Compares the coefficients of the same regression on human and on synthetic rows.
 *
 * A coefficient differs where the difference exceeds `null_high` of its standard errors: Student's t, with Satterthwaite's
 * degrees of freedom of both fits. With many synthetic rows any bias is found, and with few people none: look at the
 * interval of the difference. Answers that do not vary have no standard error, and nothing can be told of them.
 *
 * @param human one row per answer or unit, as for `estimateRegression`
 * @param synthetic the same columns, with the same names in them
 * @param options the outcome, the terms, and how the variance is estimated; see {@linkcode EstimateRegressionOptions}
 * @returns one row per coefficient: `outcome`, `term`, `human`, `synthetic`, `difference` (synthetic less human),
 * `std_error`, `opposite_sign`, `statistic` (difference / std_error), `null_mean`, `null_high`, `p_value`, `p_adjusted`
 * (Holm), `conf_low`, `conf_high`, `verdict` (`found`: they differ, by `p_value`), `notes` (how many differ, how
 * many of those have the opposite sign, and how many cannot be compared, the intercept aside), `reason`
 * @throws {RangeError} if the tables have different names in a column of names, or as `estimateRegression` does
 * @see Bisbee, Clinton, Dorff, Kenkel and Larson 2024, Political Analysis
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { compareRegressions } from "@understudy/understudy/fidelity";
 *
 * const age = [20, 30, 40, 50, 60, 70];
 * const human = tableOf({ age, support: [1, 2, 2, 4, 4, 6] });
 * const synthetic = tableOf({ age, support: [6, 5, 5, 3, 3, 1] });
 * const found = compareRegressions(human, synthetic, { outcome: "support", terms: ["age"] });
 * assertEquals([found.get("verdict", 1), found.get("opposite_sign", 1)], ["found", true]);
 * ```
 */
export function compareRegressions(
  human: Table,
  synthetic: Table,
  options: EstimateRegressionOptions,
): Table {
  const [ours, theirs] = [fitRegression(human, options), fitRegression(synthetic, options)];
  const { alpha = 0.05, factors = [] } = options;
  for (const name of options.terms.flatMap((term) => term.split(":"))) {
    const named = (value: unknown) => factors.includes(name) || typeof value === "string";
    const [own, other] = [human, synthetic]
      .map((table) => distinct(columnOf(table, name).filter(named)).sort().join(", "));
    if (own === other) continue;
    throw new RangeError(cannot(action, `synthetic.${name}`, `hold the same names, ${own}`, other));
  }
  const tables = [["human", ours], ["synthetic", theirs]] as const;
  const rows = columnOf<string>(theirs, "term");
  const read = columnOf<string>(ours, "term").map((term, row) => {
    const of = (name: string) => [ours.get(name, row), theirs.get(name, rows.indexOf(term)) ?? NaN] as const;
    const [[h, s], errors, degrees] = [of("estimate"), of("std_error"), of("df")];
    const df = summedDegrees(errors.map((error) => error ** 2), degrees);
    const found = inferEstimate({ estimate: s - h, stdError: Math.hypot(...errors), df }, alpha);
    const differs = found.p_value < alpha ? "found" : "not found";
    const verdict: Verdict = Number.isNaN(found.p_value) ? "cannot tell" : differs;
    const reason = tables.flatMap(([who, fit], side) => {
      const why = Number.isNaN(fit.get("r_squared", 0)) ? "the answers do not vary" : of("reason")[side];
      return why ? [`${who} rows: ${why}`] : [];
    });
    const null_high = studentTQuantile(1 - alpha / 2, found.df);
    const difference = { human: h, synthetic: s, difference: s - h, opposite_sign: h * s < 0, null_high };
    return { ...found, term, ...difference, verdict, reason: reason.length > 0 ? reason : found.reason };
  });
  const slopes = read.filter(({ term }) => term !== "(intercept)");
  const differing = slopes.filter(({ verdict }) => verdict === "found");
  const untold = slopes.filter(({ verdict }) => verdict === "cannot tell").length;
  const notes = [
    `coefficients that differ: ${differing.length} of ${slopes.length - untold}`,
    `of these with the opposite sign: ${differing.filter((row) => row.opposite_sign).length}`,
    untold === 0 ? "" : `coefficients that cannot be compared: ${untold} of ${slopes.length}`,
    ...tables.map(([who, fit]) => fit.get("notes", 0) && `${who} rows: ${fit.get("notes", 0)}`),
  ];
  const shared = { outcome: ours.get("outcome", 0), null_mean: 0, notes };
  const adjusted = adjustPValues(read.map(({ p_value }) => p_value));
  const shown = ["outcome", "term", "human", "synthetic", "difference", "std_error", "opposite_sign"];
  const found = read.map((row, at) => diagnosisRow({ ...row, ...shared, p_adjusted: adjusted[at]! }));
  return tableOfRows(found, diagnosisTableColumns(shown));
}

/** A fit with Satterthwaite's degrees of freedom: HC2 is CR2 with each row a cluster (Bell and McCaffrey 2002). */
function fitRegression(table: Table, options: EstimateRegressionOptions): Table {
  const fit = estimateRegression(table, options);
  if (fit.get("covariance_type", 0) !== "HC2") return fit;
  const clusters = "row of the table";
  const rows = tableOf({ [clusters]: Array.from({ length: table.numRows() }, (_, row) => row) });
  const asked = { ...options, clusters, covarianceType: "CR2" } as const;
  return fit.assign(estimateRegression(table.reify().assign(rows), asked).select("df"));
}
