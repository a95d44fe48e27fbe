import * as Plot from "@observablehq/plot";
import type { AuditPlotRow } from "./audit_plot_rows.ts";
import { pixelOf, textMark } from "./draw_rows.ts";
import { intervalMarks } from "./interval_marks.ts";
import { colours, sizes } from "./palette.ts";
import type { RowLayout } from "./row_layout.ts";
import { measureText, wrapText } from "./text_layout.ts";

const bandHeight = 18;

/** Draws each row's band of what is not flagged, its statistic and interval; and says where nothing was checked. */
export function auditMarks(
  rows: readonly AuditPlotRow[],
  layout: RowLayout,
  domain: readonly [number, number],
): Plot.Markish[] {
  const placed = rows.map((row, index) => ({ ...row, y: layout.centres[index]! }));
  const checked = placed.filter((row) => row.checked);
  const single = checked.filter(({ together }) => together.length === 0);
  const inside = ({ place }: AuditPlotRow) => place >= domain[0] && place <= domain[1];
  const points = single.map((row) => ({
    value: inside(row) ? row.place : NaN,
    low: row.placeLow,
    high: row.placeHigh,
    y: row.y,
    departs: row.problem,
  }));
  return [
    ...bandMarks(checked, layout, domain),
    ...intervalMarks(points, domain),
    ...arrowMarks(single.filter((row) => !inside(row) && !Number.isNaN(row.place)), domain),
    togetherMark(checked, domain),
    ...uncheckedMarks(placed.filter((row) => !row.checked && row.folded === ""), layout, domain),
    ...placed.filter(({ folded }) => folded !== "").map((row) => foldedMark(row, layout)),
  ];
}

type Placed = AuditPlotRow & { readonly y: number };

function bandMarks(
  rows: readonly Placed[],
  layout: RowLayout,
  domain: readonly [number, number],
): Plot.Markish[] {
  const key = "grey: not flagged";
  const middle = pixelOf(0, domain, layout) - measureText(key, { size: sizes.detail }) / 2;
  return [
    Plot.rect(rows, {
      x1: -1,
      x2: 1,
      y1: ({ y }: Placed) => y - bandHeight / 2,
      y2: ({ y }: Placed) => y + bandHeight / 2,
      fill: colours.band,
    }),
    Plot.ruleX([0], { stroke: colours.axis, strokeWidth: 1.5 }),
    textMark(key, { x: middle, y: layout.marginTop - sizes.detail * 1.3 - 4 }, {
      layout,
      size: sizes.detail,
      fill: colours.quiet,
    }),
  ];
}

/** A statistic beyond the axis: a triangle at its end that points outward. */
function arrowMarks(rows: readonly Placed[], domain: readonly [number, number]): Plot.Markish[] {
  return [
    Plot.dot(rows, {
      x: ({ place }: Placed) => place > 0 ? domain[1] : domain[0],
      y: "y",
      symbol: "triangle",
      rotate: ({ place }: Placed) => place > 0 ? 90 : -90,
      r: 6.5,
      fill: ({ problem }: Placed) => problem ? colours.departs : colours.agrees,
      stroke: colours.card,
      strokeWidth: 1.5,
    }),
  ];
}

function uncheckedMarks(
  rows: readonly Placed[],
  layout: RowLayout,
  domain: readonly [number, number],
): Plot.Markish[] {
  const text = "not checked";
  const half = measureText(text, { size: sizes.detail }) / 2;
  // The rule at 0 stops at the words: nothing was found there, also not 0.
  return rows.flatMap(({ y }) => [
    Plot.dot([y], {
      x: 0,
      y,
      r: 6,
      symbol: "circle",
      fill: colours.card,
      stroke: colours.axis,
      strokeWidth: 1.5,
    }),
    textMark(text, { x: Math.min(pixelOf(0, domain, layout) + 12, layout.width - 18 - 2 * half), y: y - 8 }, {
      layout,
      size: sizes.detail,
      fill: colours.quiet,
    }),
  ]);
}

/** The points of rows that stand together, without their intervals. */
function togetherMark(rows: readonly Placed[], domain: readonly [number, number]): Plot.Markish {
  const points = rows.flatMap(({ together, y }) =>
    together.filter(({ place }) => !Number.isNaN(place))
      .map(({ place }) => ({ x: Math.min(domain[1], Math.max(domain[0], place)), y }))
  );
  return Plot.dot(points, {
    x: "x",
    y: "y",
    r: 4.5,
    symbol: "circle",
    fill: colours.agrees,
    fillOpacity: 0.55,
    stroke: colours.card,
    strokeWidth: 1,
  });
}

/** What is said of folded rows, on one line across the card: their reasons stand in the notes. */
function foldedMark({ folded, challenge, y }: Placed, layout: RowLayout): Plot.Markish {
  const x = challenge === "" ? 18 : 30;
  return Plot.text(wrapText(folded, layout.width - 18 - x, { size: sizes.detail }, 1), {
    text: (line: string) => line,
    frameAnchor: "top-left",
    textAnchor: "start",
    lineAnchor: "middle",
    dx: x - layout.marginLeft,
    dy: y - layout.marginTop,
    fontSize: sizes.detail,
    fill: colours.quiet,
    // Lines of the panel must not cross it.
    stroke: colours.card,
    strokeWidth: 6,
    ariaHidden: "true",
  });
}
