import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { escapeHtml } from "../core/format.ts";
import { visibleText } from "../core/visible_text.ts";
import { colours, fontFamily, lineHeight, type Look } from "./palette.ts";
import type { TextBlock } from "./text_layout.ts";

/** Something drawn; its place is given in pixels. */
export type Mark = Plot.Markish;

/** A place in pixels, from the card's upper left corner. */
export type Point = readonly [x: number, y: number];

type Corners = { readonly [side in "x1" | "y1" | "x2" | "y2"]: number };

export function lineMark(points: readonly Point[], style: Plot.LineOptions): Mark {
  return Plot.line(points as [number, number][], style);
}

export function rectangleMark(corners: Corners, style: Plot.RectOptions): Mark {
  return Plot.rect([corners], { x1: "x1", y1: "y1", x2: "x2", y2: "y2", ...style });
}

/** The area between two lines: from left to right where it ends above and below. */
export function areaMark(
  ends: readonly { x: number; top: number; bottom: number }[],
  style: Plot.AreaYOptions,
): Mark {
  return Plot.areaY(ends, { x: "x", y1: "bottom", y2: "top", ...style });
}

/** A point in one of the looks; filled ones have a white edge, which parts them from what they lie on. */
export function dotMark(at: Point, look: Look, radius = 5.5, style: Plot.DotOptions = {}): Mark {
  const edge = look.hollow
    ? { fill: colours.card, stroke: look.colour, strokeWidth: 2 }
    : { fill: look.colour, stroke: colours.card, strokeWidth: 1.5 };
  // A square of the area of a circle looks smaller than it.
  const r = radius + (look.symbol === "circle" ? 0 : 0.5);
  return Plot.dot([at as [number, number]], { symbol: look.symbol, r, ...edge, ...style });
}

/** A block of text; with a halo, lines that it lies on do not cross it. */
export function textMark(block: TextBlock): Mark {
  return Plot.text([block], {
    x: "x",
    y: "y",
    text: ({ lines }: TextBlock) => lines.join("\n"),
    textAnchor: block.anchor ?? "start",
    lineAnchor: "top",
    fontSize: block.size,
    fontWeight: block.bold ? 700 : 400,
    fill: block.fill,
    lineHeight,
    ariaHidden: "true",
    ...(block.halo ? { stroke: colours.card, strokeWidth: 5 } : {}),
  });
}

export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly marks: readonly Mark[];
  readonly title: string;
  readonly description: string;
}

/**
 * Draws marks on a card of its own, so that the figure reads on a dark page too, as one standalone `<svg>` element.
 *
 * Plot needs a document to draw in, which is one of its own: none may be put on globalThis.
 */
export function drawSvg({ width, height, marks, title, description }: Drawing): string {
  // Deno's own types know no DOM: the document has the type that Plot asks for.
  const page = parseHTML("<!doctype html><html><body></body></html>") as unknown as Plot.PlotOptions;
  const scale = { type: "identity", axis: null } as const;
  const card = { document: page.document!, width, height, margin: 0 };
  const svg = Plot.plot({ ...card, x: scale, y: scale, r: { type: "identity" }, marks: [...marks] });
  // Texts of somebody else may not turn round the words after them.
  return serialise(svg as unknown as SvgNode, visibleText(title), visibleText(description));
}

/** The part of a DOM node that is written. */
interface SvgNode {
  readonly nodeType: number;
  readonly localName?: string | null;
  readonly textContent: string | null;
  readonly attributes?: Iterable<{ readonly name: string; readonly value: string }>;
  readonly childNodes: Iterable<SvgNode>;
  getAttribute(name: string): string | null;
}

/**
 * Writes a drawing as well-formed XML. The DOM's own `outerHTML` is HTML, which is not XML; and style sheets are
 * dropped, since inline they would apply to the whole page.
 */
function serialise(root: SvgNode, title: string, description: string): string {
  const [width, height] = ["width", "height"].map((name) => Number(root.getAttribute(name)));
  const attributes = writeAttributes(root, ["xmlns", "class", "style", "fill", "font-family"]);
  return `<svg xmlns="http://www.w3.org/2000/svg"${attributes} fill="${colours.ink}" ` +
    `font-family="${escapeHtml(fontFamily)}" role="img" style="max-width:100%;height:auto;display:block">` +
    `<title>${escapeHtml(title)}</title><desc>${escapeHtml(description)}</desc>` +
    `<rect x="0.5" y="0.5" width="${width! - 1}" height="${height! - 1}" rx="6" ` +
    `fill="${colours.card}" stroke="${colours.edge}"/>` +
    `${[...root.childNodes].map(writeNode).join("")}</svg>`;
}

function writeNode(node: SvgNode): string {
  const [elementNode, textNode] = [1, 3];
  if (node.nodeType === textNode) return escapeHtml(visibleText(node.textContent ?? ""));
  if (node.nodeType !== elementNode || node.localName === "style") return "";
  const children = [...node.childNodes].map(writeNode).join("");
  const open = `<${node.localName}${writeAttributes(node, ["class"])}`;
  return children === "" ? `${open}/>` : `${open}>${children}</${node.localName}>`;
}

function writeAttributes(node: SvgNode, except: readonly string[]): string {
  return [...(node.attributes ?? [])]
    .filter(({ name }) => !except.includes(name))
    .map(({ name, value }) => ` ${name}="${escapeHtml(shortNumbers(value))}"`).join("");
}

// A hundredth of a pixel is enough, and the same on every machine.
function shortNumbers(value: string): string {
  return value.replace(/-?\d+\.\d{3,}(?!\d|e[-+\d])/g, (number) => String(Number(Number(number).toFixed(2))));
}
