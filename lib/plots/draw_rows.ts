import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { colours, fontFamily, lineHeight, sizes } from "./palette.ts";
import type { Block, RowLayout } from "./row_layout.ts";
import { serialiseSvg, type SvgNode } from "./serialise_svg.ts";

/** A row plot, laid out and ready to be drawn. */
export interface RowDrawing {
  readonly layout: RowLayout;
  /** The ends of the x axis, in data units. */
  readonly domain: readonly [number, number];
  /** The colour of each row's values. */
  readonly rowColours: readonly string[];
  /** The marks of the data, drawn between grid and texts; y is in pixels. */
  readonly marks: Plot.Markish[];
  readonly title: string;
  readonly description: string;
  /** Whether lines of the x axis' ticks run up the whole figure; not where its parts have axes of their own. */
  readonly grid?: boolean;
  /** Where the x axis has its ticks, and what stands there; ticks at round numbers if not given. */
  readonly ticks?: { readonly at: readonly number[]; readonly format: (value: number) => string };
}

// Deno's own types know no DOM: the document has the type that Plot asks for.
/** What linkedom makes, as Plot sees it. */
export type DocumentHolder = { readonly document: NonNullable<Plot.PlotOptions["document"]> };

/** Draws a row plot as one standalone `<svg>`. */
export function drawRows(drawing: RowDrawing): string {
  const { layout } = drawing;
  const ticks = drawing.ticks === undefined ? tickCount(layout) : [...drawing.ticks.at];
  // A document of one's own: Plot needs one to draw in, and none may be put on globalThis.
  const { document } = parseHTML("<!doctype html><html><body></body></html>") as unknown as DocumentHolder;
  const svg = Plot.plot({
    document,
    width: layout.width,
    height: layout.height,
    marginLeft: layout.marginLeft,
    marginRight: layout.marginRight,
    marginTop: layout.marginTop,
    marginBottom: layout.marginBottom,
    x: { type: "linear", domain: drawing.domain },
    y: { type: "identity", axis: null },
    marks: [
      drawing.grid === false ? null : Plot.gridX({ ticks, stroke: colours.grid, strokeOpacity: 1 }),
      ruleMark(layout),
      ...drawing.marks,
      Plot.axisX({
        ticks,
        ...(drawing.ticks === undefined ? {} : { tickFormat: drawing.ticks.format }),
        label: null,
        anchor: "bottom",
        color: colours.axis,
        textStroke: "none",
        fill: colours.quiet,
        fontSize: sizes.axis,
      }),
      ...layout.blocks.map((block) => blockMark(block, drawing)),
    ],
  });
  return serialiseSvg(svg as unknown as SvgNode, {
    title: drawing.title,
    description: drawing.description,
    fontFamily,
    ink: colours.ink,
    backdrop: backdrop(layout),
  });
}

/** A line of text at a place given in pixels. */
export function textMark(
  text: string,
  place: { readonly x: number; readonly y: number },
  style: {
    readonly layout: RowLayout;
    readonly size: number;
    readonly fill: string;
    readonly bold?: boolean;
    readonly anchor?: "start" | "middle" | "end";
  },
): Plot.Markish {
  return Plot.text([text], {
    text: (line: string) => line,
    frameAnchor: "top-left",
    textAnchor: style.anchor ?? "start",
    lineAnchor: "top",
    dx: place.x - style.layout.marginLeft,
    dy: place.y - style.layout.marginTop,
    fontSize: style.size,
    fontWeight: style.bold ? 700 : 400,
    fill: style.fill,
    lineHeight,
    ariaHidden: "true",
  });
}

/** The place of a value on the x axis, in pixels. */
export function pixelOf(value: number, domain: readonly [number, number], layout: RowLayout): number {
  const width = layout.width - layout.marginLeft - layout.marginRight;
  return layout.marginLeft + ((value - domain[0]) / (domain[1] - domain[0])) * width;
}

function blockMark(block: Block, drawing: RowDrawing): Plot.Markish {
  const fill = block.tone === "row" ? drawing.rowColours[block.row]! : colours[block.tone];
  return textMark(block.lines.join("\n"), block, { ...block, layout: drawing.layout, fill });
}

function ruleMark(layout: RowLayout): Plot.Markish {
  // From edge to edge of the card, not of the plot: a rule parts whole rows, labels included.
  return layout.rules.map((y) =>
    Plot.ruleY([y], {
      insetLeft: 18 - layout.marginLeft,
      insetRight: 18 - layout.marginRight,
      stroke: colours.grid,
      strokeWidth: 1,
    })
  );
}

function tickCount(layout: RowLayout): number {
  return Math.max(2, Math.min(7, Math.floor((layout.width - layout.marginLeft - layout.marginRight) / 60)));
}

/** The card on which a figure stands: it reads on a dark page too. */
export function backdrop(layout: Pick<RowLayout, "width" | "height">): string {
  return `<rect x="0.5" y="0.5" width="${layout.width - 1}" height="${layout.height - 1}" rx="6" ` +
    `fill="${colours.card}" stroke="${colours.edge}"/>`;
}
