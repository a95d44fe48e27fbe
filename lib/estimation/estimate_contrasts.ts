import { checkColumns } from "../core/checks.ts";
import { cannot, didYouMean } from "../core/errors.ts";
import type { ArmOptions, BasisOptions, IntervalOptions, OutcomeOptions, RulesFor } from "../core/options.ts";
import { armRules, basisRules, columns as columnsRule, intervalRules } from "../core/options.ts";
import { outcomeRules, readOptions, required, rule } from "../core/options.ts";
import { estimateRow, estimateTableColumns } from "../core/rows.ts";
import { noteRowsLeftOut, readOutcome, readStudy, type Study } from "../core/study.ts";
import { groupRows, type Labelled, type Table, tableOfRows, valuesOf } from "../core/table.ts";
import { takeNumbers } from "../core/units.ts";
import { inferEstimate } from "../stats/inference.ts";
import { moments } from "../stats/moments.ts";

/** Options of {@linkcode estimateContrasts}. */
export interface EstimateContrastsOptions
  extends OutcomeOptions, Pick<ArmOptions, "arm">, IntervalOptions, BasisOptions {
  /** The column or columns whose combinations are studies, each analysed by itself. */
  by: string | readonly string[];
  /**
   * The arm that the others of its study are compared with; `all` compares every arm with every other, both ways.
   * @default {"all"}
   */
  reference?: string | number | boolean;
  /**
   * Columns that hold the lowest and the highest value of the scale: outcomes are put on 0 to 1.
   * @default {undefined} the outcome as it is
   */
  scale?: readonly [low: string, high: string];
}

const rules = {
  ...outcomeRules,
  arm: armRules.arm,
  ...intervalRules,
  ...basisRules,
  by: required<string | readonly string[]>(columnsRule.check),
  reference: rule<string | number | boolean, string | number | boolean>(armRules.reference.check, "all"),
  scale: rule<readonly [low: string, high: string], undefined>(columnsRule.check, undefined),
} as const satisfies RulesFor<EstimateContrastsOptions>;

const action = "estimate contrasts";

/**
 * Estimates the contrasts between arms of many studies in one call, with the covariance that contrasts share.
 *
 * For archives: one table of participants, one row each, any number of studies and outcomes. Each study is a linear
 * regression of the outcome on its arms with one error variance for all of them (classical standard errors), as
 * comparisons over many studies use it. For the effects of one experiment, use `estimateEffects`, which does not
 * assume equal variances. Rows without an arm or an outcome are left out.
 *
 * @param table one row per participant; needs the arms, the outcome and the columns of `by`
 * @param options see {@linkcode EstimateContrastsOptions}
 * @returns one row per study, reference and other arm: the columns of `by`, `outcome`, `arm`, `reference`,
 * `estimator`, `estimate` (arm less reference, in units of the outcome or of its scale), `std_error`, `statistic`, `df`,
 * `p_value`, `conf_low`, `conf_high`, `conf_level`, `n` (participants of both arms), `cov_shared` (the covariance of two
 * contrasts with this reference: s²/n of the reference), `basis`, `notes`, `reason` (why a value is `NaN`)
 * @throws {RangeError} if a column is missing, or no study has the reference
 * @throws {TypeError} if the outcome is not numeric
 * @see Hewitt, Ashokkumar, Ghezae and Willer 2026, Nature 656:115-122, Methods
 * @example Two studies
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { estimateContrasts } from "@understudy/understudy/estimation";
 *
 * const archive = tableOf({
 *   study: ["a", "a", "a", "a", "b", "b", "b", "b"],
 *   arm: ["x", "x", "y", "y", "x", "x", "y", "y"],
 *   support: [1, 3, 4, 6, 0, 2, 2, 0],
 * });
 * const contrasts = estimateContrasts(archive, { outcome: "support", by: "study", reference: "x" });
 * assertEquals(contrasts.array("estimate"), [3, 0]);
 * assertEquals(contrasts.array("cov_shared"), [1, 1]);
 * ```
 */
export function estimateContrasts(table: Table, options: EstimateContrastsOptions): Table {
  const { alpha, basis, reference, scale, ...asked } = readOptions(action, options, rules, table);
  const by = [asked.by].flat();
  if (by.length === 0) {
    throw new TypeError(`Cannot ${action} as 'by' must name a column: for example { by: "study" }`);
  }
  checkColumns(action, table, scale ?? []);
  const study = readStudy(action, table, { ...asked, blocks: by, clusters: null });
  const { labels } = study.arm;
  const names = by.map((name) => valuesOf(study.table, name));
  const notes = noteRowsLeftOut(study);
  const rows: { [name: string]: unknown }[] = [];
  for (const { row, arms, variance, df } of pooledCells(study.block!, study.arm, scaled(study, scale))) {
    const ids = Object.fromEntries(by.map((name, place) => [name, String(names[place]![row])]));
    for (const from of arms) {
      if (reference !== "all" && labels[from.arm] !== String(reference)) continue;
      for (const to of arms) {
        if (to === from) continue;
        const stdError = Math.sqrt(variance * (1 / to.n + 1 / from.n));
        rows.push({
          ...estimateRow({
            outcome: asked.outcome,
            arm: labels[to.arm]!,
            reference: labels[from.arm]!,
            estimator: "pooled_difference",
            ...inferEstimate({ estimate: to.mean - from.mean, stdError, df }, alpha),
            n: to.n + from.n,
            cov_shared: variance / from.n,
            basis,
            notes,
          }),
          // A column of `by` may itself be called outcome: it then names the outcome of each study.
          ...ids,
        });
      }
    }
  }
  if (rows.length === 0) {
    const wrong = cannot(action, "reference", "be an arm that a study compares with others", reference);
    const are = `the arms are ${labels.slice(0, 10).join(", ")}${didYouMean(reference, labels)}`;
    throw new RangeError(`${wrong}, ${are}`);
  }
  const columns = estimateTableColumns([], ["cov_shared"]).filter((name) => !by.includes(name));
  return tableOfRows(rows, [...by, ...columns]);
}

/** The outcome, on 0 to 1 where a scale is given; `NaN` where a row does not count. */
function scaled({ table, value, leftOut }: Study, scale: readonly string[] | undefined): Float64Array {
  const used = value.map((own, row) => leftOut[row] === undefined ? own : NaN);
  if (scale === undefined) return used;
  const [low, high] = scale.map((name) => readOutcome(action, name, valuesOf(table, name), undefined));
  return used.map((own, row) => (own - low![row]!) / (high![row]! - low![row]!));
}

/**
 * A row of each study, its arms in the order of their codes, and the error variance that they share,
 * s² = Σ (y − mean of its arm)² / (n − arms): the regression of the outcome on the arms, without a design matrix.
 */
function pooledCells(study: Labelled, arm: Labelled, outcome: Float64Array) {
  const arms = arm.labels.length;
  const cells = groupRows(outcome.map((value, row) => {
    const [s, a] = [study.codes[row]!, arm.codes[row]!];
    return s < 0 || a < 0 || Number.isNaN(value) ? -1 : s * arms + a;
  }));
  const none: readonly { readonly arm: number; readonly n: number; readonly mean: number }[] = [];
  const found = study.labels.map(() => ({ row: 0, arms: [...none], squares: 0 }));
  for (const [cell, rows] of [...cells].sort(([a], [b]) => a - b)) {
    if (cell < 0) continue;
    const own = found[Math.floor(cell / arms)]!;
    const { n, mean, variance } = moments(takeNumbers(outcome, rows));
    own.row = rows[0]!;
    own.arms.push({ arm: cell % arms, n, mean });
    own.squares += n > 1 ? (n - 1) * variance : 0;
  }
  return found.map(({ row, arms, squares }) => {
    const df = arms.reduce((total, { n }) => total + n, 0) - arms.length;
    return { row, arms, variance: df > 0 ? squares / df : NaN, df };
  });
}
