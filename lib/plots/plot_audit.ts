import { checkOneOf, checkOptions, checkWhole, type Table } from "../core/mod.ts";
import { defaultRows, foldRows } from "./audit_folds.ts";
import { auditMarks } from "./audit_marks.ts";
import { auditDomain, auditRowsOf } from "./audit_plot_rows.ts";
import { auditRowTexts, auditSentence, auditTexts } from "./audit_texts.ts";
import { drawRows } from "./draw_rows.ts";
import { Figure } from "./figure.ts";
import { firstFew } from "./figure_text.ts";
import { colours } from "./palette.ts";
import { layOutRows } from "./row_layout.ts";

/** How an audit is drawn; see {@linkcode plotAudit}. */
export interface PlotAuditOptions {
  /**
   * Which rows stand by themselves: `all`; those `checked`; or those with `problems`, where the others of a check stand
   * together on one row as points without intervals. Rows not checked are counted on one line for each challenge.
   *
   * @default "checked" for up to 16 rows that were checked, else "problems"
   */
  rows?: "all" | "checked" | "problems";
  /**
   * The sentence above the figure; say what was checked, not what was found.
   *
   * @default "Does the model answer as people do?"
   */
  title?: string;
  /**
   * A second sentence, in smaller print.
   *
   * @default "Beside each challenge: problems found of checks made"
   */
  subtitle?: string;
  /**
   * What the axis is.
   *
   * @default "0: a respondent without the fault, ±1: the edge of what is flagged"
   */
  unit?: string;
  /**
   * The width in pixels, 320 to 2000. Below 540 the values stand below the labels.
   *
   * @default 640
   */
  width?: number;
}

/**
 * Draws an audit: every check as a row, its statistic and interval against what is not flagged.
 *
 * For the table of `auditFiveChallenges`, and of any single check. Checks have scales of their own, so each is drawn in
 * units of its own: 0 is a respondent without the fault (`null_mean`), 1 the edge beyond which the check by itself is
 * flagged (`null_high`), grey what lies between; the numbers on the right are the statistics as they are. A value or
 * interval beyond five units ends at the edge, a value there as a triangle. Colour and shape follow the verdict, which
 * is adjusted for the number of checks.
 *
 * @param audit one row per check: `check`, `item`, `statistic`, `null_mean`, `null_high`, `p_adjusted`, `conf_low`,
 *   `conf_high`, `verdict`, and where present `challenge`, `compared`, `measure`, `reason`, `basis`
 * @param options see {@linkcode PlotAuditOptions}
 * @returns a {@linkcode Figure}
 * @throws {RangeError} if a column is missing, the table is empty, or `rows` is none of the three
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { plotAudit } from "@understudy/understudy/plots";
 * import { tableOf } from "@understudy/understudy/core";
 *
 * const audit = tableOf({
 *   challenge: ["sycophancy"],
 *   check: ["acquiescence"],
 *   item: ["trust"],
 *   statistic: [0.6],
 *   null_mean: [0],
 *   null_high: [0.2],
 *   p_adjusted: [0.0001],
 *   conf_low: [0.4],
 *   conf_high: [0.8],
 *   verdict: ["problem found"],
 * });
 * assertStringIncludes(plotAudit(audit).summary, "trust 0.60 [0.40, 0.80], problem found");
 * ```
 */
export function plotAudit(audit: Table, options: PlotAuditOptions = {}): Figure {
  const action = "plot an audit";
  checkOptions(action, options, ["rows", "title", "subtitle", "unit", "width"]);
  const { width = 640 } = options;
  checkWhole(action, "width", width, 320, 2000);
  const rows = auditRowsOf(action, audit);
  const kept = options.rows ?? defaultRows(rows);
  checkOneOf(action, "rows", kept, ["all", "checked", "problems"]);
  const shown = foldRows(rows, kept);
  const domain = auditDomain(rows);
  const texts = auditTexts(audit, rows, { ...options, rows: kept });
  const layout = layOutRows(texts, auditRowTexts(shown, rows), { width, headHeight: 38, noteWidth: 185 });
  const told = rows.map(auditSentence);
  const svg = drawRows({
    layout,
    domain,
    rowColours: shown.map(({ checked, problem }) =>
      checked ? problem ? colours.departs : colours.agrees : colours.quiet
    ),
    marks: auditMarks(shown, layout, domain),
    title: texts.title,
    description: `${told.join("; ")}. ${texts.notes.join(" ")}`,
  });
  const count = rows.filter(({ problem }) => problem).length;
  const checked = rows.filter((row) => row.checked).length;
  const found = told.filter((_, at) => rows[at]!.problem);
  const summary = `${texts.title} Problems in ${count} of ${checked} checks${
    count === 0 ? "" : `: ${firstFew(found, 4)}`
  }.`;
  return new Figure({ svg, summary, table: audit });
}
