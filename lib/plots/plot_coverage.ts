import * as Plot from "@observablehq/plot";
import { checkOptions, checkWhole, distinct, type Table } from "../core/mod.ts";
import { type CoverageRow, coverageRowsOf } from "./coverage_rows.ts";
import { drawRows, pixelOf, textMark } from "./draw_rows.ts";
import { Figure } from "./figure.ts";
import { domainOf, firstFew, intervalName, missingNote, writeInterval } from "./figure_text.ts";
import { intervalMarks } from "./interval_marks.ts";
import { colours, sizes } from "./palette.ts";
import { layOutRows, type RowLayout, type RowPlotTexts, type RowText } from "./row_layout.ts";
import { measureText } from "./text_layout.ts";

/** How coverage is drawn; see {@linkcode plotCoverage}. */
export interface PlotCoverageOptions {
  /**
   * The sentence above the figure.
   * @default "How often intervals hold the truth"
   */
  title?: string;
  /** A second sentence, in smaller print. */
  subtitle?: string;
  /**
   * The column that labels the rows, where several tables were stacked.
   * @default "label" where there is such a column, else "term"
   */
  label?: string;
  /**
   * The width in pixels, 320 to 2000. Below 540 the values stand below the labels.
   * @default 640
   */
  width?: number;
}

const action = "plot coverage";
const headHeight = 26;

/**
 * Draws how often intervals hold the truth in simulations, with Monte-Carlo intervals and a line where it should be.
 *
 * For the tables of `diagnoseDesign`, `diagnoseEstimator` and `diagnoseSimulations`; several are compared by stacking
 * them with a `label` column. A coverage whose Monte-Carlo interval leaves out the nominal level is drawn in another
 * colour and shape and says so.
 *
 * @param diagnosis one row per diagnosand; the rows of `coverage` are drawn
 * @param options see {@linkcode PlotCoverageOptions}
 * @returns a {@linkcode Figure}
 * @throws {RangeError} if a column is missing or no row is of coverage
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { plotCoverage } from "@understudy/understudy/plots";
 *
 * const diagnosis = tableOf({
 *   label: ["ideology left out", "ideology stated"],
 *   diagnosand: ["coverage", "coverage"],
 *   value: [0.02, 0.95],
 *   conf_low: [0.01, 0.91],
 *   conf_high: [0.06, 0.98],
 *   nominal: [0.95, 0.95],
 * });
 * const figure = plotCoverage(diagnosis);
 * assertStringIncludes(figure.summary, "ideology left out 0.02 [0.01, 0.06]: too rarely");
 * ```
 */
export function plotCoverage(diagnosis: Table, options: PlotCoverageOptions = {}): Figure {
  checkOptions(action, options, ["title", "subtitle", "label", "width"]);
  const { label, width = 640 } = options;
  checkWhole(action, "width", width, 320, 2000);
  const rows = coverageRowsOf(action, diagnosis, label);
  const [low, high] = domainOf(rows.flatMap((row) => [row.coverage, row.low, row.high, row.nominal]));
  // Shares end at 0 and 1, with room for a point there.
  const domain = [Math.max(-0.01, low), Math.min(1.01, high)] as const;
  const texts = textsAround(diagnosis, rows, options);
  const layout = layOutRows(texts, rows.map(textOf), { width, headHeight });
  const told = rows.map(sentenceOf);
  const svg = drawRows({
    layout,
    domain,
    rowColours: rows.map(({ departs }) => departs ? colours.departs : colours.agrees),
    marks: [...nominalMarks(rows, layout, domain), ...intervalMarks(pointsOf(rows, layout), domain)],
    title: texts.title,
    description: `${told.join("; ")}. ${texts.notes.join(" ")}`,
  });
  return new Figure({ svg, summary: `${texts.title}: ${firstFew(told, 4)}.`, table: diagnosis });
}

function pointsOf(rows: readonly CoverageRow[], layout: RowLayout) {
  return rows.map(({ coverage: value, low, high, departs }, row) => ({
    value,
    low,
    high,
    departs,
    y: layout.centres[row]!,
  })).filter(({ value }) => !Number.isNaN(value));
}

function nominalMarks(
  rows: readonly CoverageRow[],
  layout: RowLayout,
  domain: readonly [number, number],
): Plot.Markish[] {
  const levels = nominalsOf(rows);
  const text = levels.map((level) => `should be ${writeShare(level)}`).join(", ");
  const width = measureText(text, { size: sizes.detail, bold: true });
  const middle = levels.length === 0 ? 0 : pixelOf(levels[0]!, domain, layout);
  const most = layout.width - layout.marginRight + 8 - width;
  const x = Math.max(18, Math.min(middle - width / 2, most));
  const y = layout.marginTop - sizes.detail * 1.3 - 4;
  return [
    Plot.ruleX(levels, { stroke: colours.ink, strokeWidth: 1.75, strokeDasharray: "5 4" }),
    ...(text === ""
      ? []
      : [textMark(text, { x, y }, { layout, size: sizes.detail, fill: colours.ink, bold: true })]),
  ];
}

function nominalsOf(rows: readonly CoverageRow[]): number[] {
  return distinct(rows.map(({ nominal }) => nominal).filter((level) => !Number.isNaN(level)));
}

function writeShare(share: number): string {
  return String(Number(share.toPrecision(4)));
}

function textsAround(
  table: Table,
  rows: readonly CoverageRow[],
  options: PlotCoverageOptions,
): RowPlotTexts {
  const counts = distinct(rows.map(({ simulations }) => simulations).filter((count) => !Number.isNaN(count)));
  const interval = intervalName(table);
  return {
    title: options.title ?? "How often intervals hold the truth",
    subtitle: options.subtitle ?? "",
    axis: "share of simulations whose interval holds the truth",
    valueHead: ["coverage", `[${interval}]`],
    notes: [
      ...rows.filter(({ coverage }) => Number.isNaN(coverage))
        .map((row) => missingNote("Not known", row.label, row.reason)),
      `Brackets: ${interval} of the Monte-Carlo error${
        counts.length === 1 ? `, from ${counts[0]} simulations` : ""
      }. Simulated respondents, whose truth is known.`,
    ],
  };
}

function verdictOf(row: CoverageRow): string {
  if (Number.isNaN(row.coverage) || Number.isNaN(row.nominal)) return "";
  if (!row.departs) return "as stated";
  return row.coverage < row.nominal ? "too rarely" : "too often";
}

function textOf(row: CoverageRow): RowText {
  const known = !Number.isNaN(row.coverage);
  return {
    label: row.label,
    detail: row.detail,
    value: known ? writeInterval(row.coverage, row.low, row.high, 2) : "not known",
    note: verdictOf(row),
    heading: "",
    indented: false,
  };
}

function sentenceOf(row: CoverageRow): string {
  const name = row.detail === "" ? row.label : `${row.label} (${row.detail})`;
  if (Number.isNaN(row.coverage)) return `${name} not known`;
  const verdict = verdictOf(row);
  return `${name} ${writeInterval(row.coverage, row.low, row.high, 2)}${
    verdict === "" ? "" : `: ${verdict}`
  }`;
}
