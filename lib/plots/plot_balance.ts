import { cannot, checkOptions, checkWhole, type Table } from "../core/mod.ts";
import { balanceMarks } from "./balance_marks.ts";
import { type BalancePlotRow, balanceRowsOf } from "./balance_points.ts";
import { balanceRowTexts, balanceSentence, balanceTexts } from "./balance_texts.ts";
import { drawRows } from "./draw_rows.ts";
import { Figure } from "./figure.ts";
import { decimalsOf, domainOf, firstFew } from "./figure_text.ts";
import { colours } from "./palette.ts";
import { layOutRows } from "./row_layout.ts";

/** How balance is drawn; see {@linkcode plotBalance}. */
export interface PlotBalanceOptions {
  /**
   * The difference beyond which a point is drawn in another colour and shape, marked by dashed lines; 0.1 is usual.
   *
   * @default {undefined} no lines; points with the verdict `imbalanced` stand out
   */
  threshold?: number;
  /**
   * Whether the sign of the differences is left out.
   *
   * @default {false}
   */
  absolute?: boolean;
  /**
   * The sentence above the figure; say what was checked, not what was found.
   *
   * @default "Are the arms alike in what was known before the treatment?"
   */
  title?: string;
  /** A second sentence, in smaller print. */
  subtitle?: string;
  /**
   * The column that tells samples of the same covariate apart, such as before and after weighting.
   *
   * @default "label" where there is such a column, else "iteration", else none
   */
  label?: string;
  /**
   * The width in pixels, 320 to 2000. Below 540 the values stand below the labels.
   *
   * @default 640
   */
  width?: number;
}

const action = "plot balance";
const known = ["threshold", "absolute", "title", "subtitle", "label", "width"];
const headHeight = 26;

/**
 * Draws balance as a love plot: the standardized difference of every covariate, beside what chance allows.
 *
 * For the table of `checkBalance`. The grey band of a row holds 95% of the differences that random assignment alone
 * gives; where there is no band, none was computed. Stack tables with a `label` column to compare before and after
 * weighting: the last sample is filled, those before it are rings.
 *
 * @param balance one row per covariate (or level) and arm: `covariate`, `level`, `arm`, `reference`, `statistic`, and
 *   where present `null_high`, `verdict`, `label`, `iteration`, `reason`
 * @param options see {@linkcode PlotBalanceOptions}
 * @returns a {@linkcode Figure}
 * @throws {RangeError} if a column is missing, the table is empty, or `threshold` is not positive
 * @see Love 2004, Graphical Display of Covariate Balance
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { plotBalance } from "@understudy/understudy/plots";
 * import { tableOf } from "@understudy/understudy/core";
 *
 * const balance = tableOf({
 *   covariate: ["age", "party"],
 *   level: ["", "left"],
 *   arm: ["threat", "threat"],
 *   reference: ["control", "control"],
 *   statistic: [0.24, -0.05],
 *   null_high: [0.2, 0.2],
 *   verdict: ["imbalanced", "balanced"],
 * });
 * const figure = plotBalance(balance, { threshold: 0.1 });
 * assertStringIncludes(figure.summary, "age (threat less control) 0.24, imbalanced");
 * ```
 */
export function plotBalance(balance: Table, options: PlotBalanceOptions = {}): Figure {
  checkOptions(action, options, known);
  const { threshold, absolute = false, label, width = 640 } = options;
  checkWhole(action, "width", width, 320, 2000);
  if (threshold !== undefined && (!Number.isFinite(threshold) || threshold <= 0)) {
    throw new RangeError(cannot(action, "threshold", "be a positive number", threshold));
  }
  const rows = balanceRowsOf(action, balance, { label, threshold, absolute });
  return drawBalance(balance, rows, { ...options, absolute, width });
}

function drawBalance(
  table: Table,
  rows: readonly BalancePlotRow[],
  options: PlotBalanceOptions & { absolute: boolean; width: number },
): Figure {
  const { absolute, threshold } = options;
  const points = rows.flatMap((row) => row.points);
  const reach = [...points.map(({ nullHigh }) => nullHigh), threshold ?? NaN];
  const ends = [...points.map(({ statistic }) => statistic), ...reach];
  const domain = absolute
    ? domainOf([0, ...ends], { from: 0 })
    : domainOf([0, ...ends, ...reach.map((end) => -end)]);
  const decimals = Math.min(3, Math.max(2, decimalsOf(domain)));
  const texts = balanceTexts(rows, options);
  const layout = layOutRows(texts, balanceRowTexts(rows, decimals), { width: options.width, headHeight });
  const told = rows.map((row) => balanceSentence(row, decimals));
  const svg = drawRows({
    layout,
    domain,
    rowColours: rows.map(({ points }) => points.at(-1)!.departs ? colours.departs : colours.ink),
    marks: balanceMarks(rows, { layout, domain, threshold, absolute }),
    title: texts.title,
    description: `${told.join("; ")}. ${texts.notes.join(" ")}`,
  });
  return new Figure({ svg, summary: `${texts.title} ${firstFew(told, 4)}.`, table });
}
