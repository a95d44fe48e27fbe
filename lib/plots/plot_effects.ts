import { checkOptions, checkWhole, type Table } from "../core/mod.ts";
import { drawRows } from "./draw_rows.ts";
import { effectMarks } from "./effect_marks.ts";
import { type EffectRow, effectRowsOf, truthsOf } from "./effect_rows.ts";
import { effectRowText, effectSentence, effectTexts } from "./effect_texts.ts";
import { Figure } from "./figure.ts";
import { decimalsOf, domainOf, firstFew } from "./figure_text.ts";
import { colours } from "./palette.ts";
import { layOutRows } from "./row_layout.ts";

/** How effects are drawn; see {@linkcode plotEffects}. */
export interface PlotEffectsOptions {
  /** The true effect where it is known (a simulated world, a human experiment): one number, or one for each term. */
  truth?: number | { readonly [term: string]: number };
  /**
   * The sentence above the figure; say what was compared, not what was found.
   *
   * @default "Estimated effects on <outcome>"
   */
  title?: string;
  /** A second sentence, in smaller print. */
  subtitle?: string;
  /**
   * What a unit of the effect is, for the axis.
   *
   * @default "difference from <reference>, in units of <outcome>"
   */
  unit?: string;
  /**
   * The column that labels the rows, where several tables were stacked.
   *
   * @default "label" where there is such a column, else "iteration", else "term"
   */
  label?: string;
  /**
   * The width in pixels, 320 to 2000. Below 540 the values stand below the labels.
   *
   * @default 640
   */
  width?: number;
}

const headHeight = 26;
const known = ["truth", "title", "subtitle", "unit", "label", "width"];

/**
 * Draws estimates as a forest plot: one row for each estimate with its interval, a line at no effect, and the true
 * effect where it is known.
 *
 * For the tables of `estimateEffects` and its like. Several tables are compared by stacking them with a `label`
 * column. Where `truth` is given, an interval that misses it is drawn in another colour and shape and says so. What
 * the estimates rest on (`basis`) is printed below. An estimate that could not be computed keeps its row, with its
 * reason.
 *
 * @param estimates one row per estimate: `term`, `estimate`, `conf_low`, `conf_high`, and where present `label`,
 *   `iteration`, `reference`, `conf_level`, `outcome`, `estimator`, `basis`, `reason`
 * @param options see {@linkcode PlotEffectsOptions}
 * @returns a {@linkcode Figure}
 * @throws {RangeError} if a column is missing, the table is empty, or `truth` names an unknown term
 * @throws {TypeError} if `truth` is not a finite number
 * @example Two ways to describe the personas, and the known truth
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { plotEffects } from "@understudy/understudy/plots";
 * import { tableOf } from "@understudy/understudy/core";
 *
 * const estimates = tableOf({
 *   label: ["ideology left out", "ideology stated"],
 *   term: ["incursion", "incursion"],
 *   estimate: [1.21, 0.52],
 *   conf_low: [0.98, 0.29],
 *   conf_high: [1.44, 0.75],
 *   basis: ["synthetic", "synthetic"],
 * });
 * const figure = plotEffects(estimates, { truth: 0.5 });
 * assertStringIncludes(figure.summary, "ideology left out 1.21 [0.98, 1.44] misses the true effect 0.50");
 * ```
 */
export function plotEffects(estimates: Table, options: PlotEffectsOptions = {}): Figure {
  const action = "plot effects";
  checkOptions(action, options, known);
  const { truth, label, width = 640 } = options;
  checkWhole(action, "width", width, 320, 2000);
  const rows = effectRowsOf(action, estimates, { truth, label });
  return drawEffects(estimates, rows, { ...options, width });
}

function drawEffects(
  table: Table,
  rows: readonly EffectRow[],
  options: PlotEffectsOptions & { width: number },
): Figure {
  const domain = domainOf([0, ...rows.flatMap((row) => [row.estimate, row.low, row.high, row.truth])]);
  const decimals = decimalsOf(domain);
  const texts = effectTexts(table, rows, options);
  const truths = truthsOf(rows);
  const rowTexts = rows.map((row) => effectRowText(row, decimals, truths.length === 1));
  const layout = layOutRows(texts, rowTexts, { width: options.width, headHeight });
  const told = rows.map((row) => effectSentence(row, decimals));
  const svg = drawRows({
    layout,
    domain,
    rowColours: rows.map(({ covers }) =>
      covers === null ? colours.ink : covers ? colours.agrees : colours.departs
    ),
    marks: effectMarks(rows, { layout, domain, truths, decimals }),
    title: texts.title,
    description: `${told.join("; ")}. ${texts.notes.join(" ")}`,
  });
  const summary = `${texts.title}: ${firstFew(told, 4)}. ${texts.notes.join(" ")}`;
  return new Figure({ svg, summary, table });
}
