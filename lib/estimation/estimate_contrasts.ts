import { checkBasis, checkColumns, checkLevel, checkOptions, checkRows, checkText } from "../core/checks.ts";
import { type Basis, estimateNumbers } from "../core/columns.ts";
import {
  columnOf,
  combineLabels,
  encodeLabels,
  type Labelled,
  sortLabels,
  type Table,
  tableOfRows,
} from "../core/table.ts";
import { studentTQuantile, studentTTwoSided } from "../stats/distributions.ts";
import { pooledCells } from "./pooled_cells.ts";
import { readOutcome } from "../core/study.ts";

/** Options of {@linkcode estimateContrasts}. */
export interface EstimateContrastsOptions {
  /** The column of the outcome. */
  outcome: string;
  /** The column or columns whose combinations are studies, each analysed by itself. */
  by: string | readonly string[];
  /**
   * The column of arms.
   *
   * @default {"arm"}
   */
  arm?: string;
  /**
   * The arm that the others of its study are compared with; `all` compares every arm with every other, both ways.
   *
   * @default {"all"}
   */
  reference?: string;
  /**
   * Columns that hold the lowest and the highest value of the scale: outcomes are put on 0 to 1.
   *
   * @default {undefined} the outcome as it is
   */
  scale?: readonly [low: string, high: string];
  /**
   * One less the confidence level.
   *
   * @default {0.05}
   */
  alpha?: number;
  /**
   * What the estimates rest on.
   *
   * @default {"synthetic"}
   */
  basis?: Basis;
}

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
 * @returns one row per study, reference and other arm: the columns of `by`, `outcome`, `reference`, `term` (the arm),
 * `estimate` (arm less reference, in units of the outcome or of its scale), `std_error`, `statistic`, `df`, `p_value`,
 * `conf_low`, `conf_high`, `n` (participants of both arms), `cov_shared` (the covariance of two contrasts with this
 * reference: s²/n of the reference), `basis`, `reason`
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
  checkContrasts(table, options);
  const { arm = "arm", alpha = 0.05, basis = "synthetic", reference = "all" } = options;
  const by = [options.by].flat();
  const labelled = (name: string): Labelled => encodeLabels(action, name, columnOf(table, name));
  const parts = by.map(labelled);
  const study = combineLabels(parts);
  const arms = sortLabels(labelled(arm));
  const cells = pooledCells(study, arms, readScaled(table, options));
  const studyLabels = labelsByStudy(study, parts);
  const rows: { [name: string]: unknown }[] = [];
  for (const { study: at, arms: present, variance, df } of cells) {
    const ids = Object.fromEntries(by.map((name, place) => [name, studyLabels[at]![place]]));
    const quantile = studentTQuantile(1 - alpha / 2, df);
    for (const from of present) {
      if (reference !== "all" && arms.labels[from.arm] !== reference) continue;
      for (const to of present) {
        if (to === from) continue;
        const estimate = to.mean - from.mean;
        const stdError = Math.sqrt(variance * (1 / to.n + 1 / from.n));
        const statistic = stdError > 0 ? estimate / stdError : NaN;
        rows.push({
          outcome: options.outcome,
          ...ids,
          reference: arms.labels[from.arm],
          term: arms.labels[to.arm],
          estimate,
          std_error: stdError,
          statistic,
          df,
          p_value: studentTTwoSided(statistic, df),
          conf_low: stdError > 0 ? estimate - quantile * stdError : NaN,
          conf_high: stdError > 0 ? estimate + quantile * stdError : NaN,
          n: to.n + from.n,
          cov_shared: variance / from.n,
          basis,
          reason: stdError > 0 ? "" : df > 0 ? "the outcome does not vary" : "no degrees of freedom are left",
        });
      }
    }
  }
  if (rows.length === 0) {
    throw new RangeError(
      `Cannot ${action} as 'reference' must be an arm that a study compares with others: current value is ` +
        `"${reference}", the arms are ${arms.labels.slice(0, 10).join(", ")}`,
    );
  }
  // A column of `by` may itself be called outcome: it then names the outcome of each study.
  return tableOfRows(rows, [...by, ...columnNames.filter((name) => !by.includes(name))]);
}

const columnNames = [
  "outcome",
  "reference",
  "term",
  ...estimateNumbers,
  "n",
  "cov_shared",
  "basis",
  "reason",
];

/** For each study, its labels in the columns of `by`. */
function labelsByStudy(study: Labelled, parts: readonly Labelled[]): string[][] {
  const labels: string[][] = study.labels.map(() => []);
  study.codes.forEach((code, row) => {
    if (code >= 0 && labels[code]!.length === 0) {
      labels[code] = parts.map(({ codes, labels }) => labels[codes[row]!]!);
    }
  });
  return labels;
}

/** The outcome, on 0 to 1 where a scale is given; `NaN` where there is none. */
function readScaled(table: Table, { outcome, scale }: EstimateContrastsOptions): Float64Array {
  const values = readOutcome(action, outcome, columnOf(table, outcome), undefined);
  if (scale === undefined) return values;
  const [low, high] = scale.map((name) => readOutcome(action, name, columnOf(table, name), undefined));
  return values.map((value, row) => (value - low![row]!) / (high![row]! - low![row]!));
}

function checkContrasts(table: Table, options: EstimateContrastsOptions): void {
  checkOptions(action, options, ["outcome", "by", "arm", "reference", "scale", "alpha", "basis"]);
  checkText(action, "outcome", options.outcome);
  checkLevel(action, "alpha", options.alpha ?? 0.05);
  checkBasis(action, options.basis ?? "synthetic");
  const by = [options.by ?? []].flat();
  if (by.length === 0) {
    throw new TypeError(`Cannot ${action} as 'by' must name a column: for example { by: "study" }`);
  }
  checkColumns(action, table, [...by, options.arm ?? "arm", options.outcome, ...(options.scale ?? [])]);
  checkRows(action, table);
}
