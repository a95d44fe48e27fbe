import { lineHeight, sizes } from "./palette.ts";
import {
  bottomOf,
  boxGap,
  columnWidth,
  detailStyle,
  type GraphBox,
  type GraphText,
  lowest,
  placeText,
  stackBoxes,
  type Tone,
} from "./world_boxes.ts";
import { type Columns, placeColumns } from "./world_columns.ts";
import type { WorldGraph } from "./world_graph.ts";
import type { LegendRow } from "./world_legend.ts";
import type { WorldTexts } from "./world_texts.ts";

/** A line that the legend explains. */
export interface LegendSample {
  readonly look: LegendRow["look"];
  readonly x: number;
  readonly y: number;
}

/** Where everything stands, in pixels. */
export interface GraphLayout {
  readonly width: number;
  readonly height: number;
  readonly attributes: readonly GraphBox[];
  readonly stimuli: readonly GraphBox[];
  readonly items: readonly GraphBox[];
  readonly texts: readonly GraphText[];
  readonly samples: readonly LegendSample[];
  /** How far the arrows between attributes reach to the left of them. */
  readonly gutter: number;
}

/** The length of a line in the legend. */
export const sampleWidth = 30;

const edge = 18;
// What a curve beside a stimulus needs to turn down.
const lane = 20;
// What the longest heading of a column needs.
const narrowest = 112;

/** Sets the graph: attributes left, items right, stimuli above and between; what explains it below. */
export function layOutGraph(graph: WorldGraph, texts: WorldTexts, width: number): GraphLayout {
  const gutter = graph.arrows.some(({ kind }) => kind === "parent") ? (width < 540 ? 18 : 30) : 0;
  const head = placeHead(texts, width - 2 * edge);
  const columns = columnsOf(graph, width, gutter);
  const stimuli = placeStimuli(graph, texts, { ...columns, top: head.bottom + 16 });
  const { attributes, items } = placeColumns(graph, { ...columns, top: stimuli.bottom + 14 });
  const foot = placeFoot(texts, Math.max(attributes.bottom, items.bottom) + 18, width - 2 * edge);
  return {
    width,
    height: Math.ceil(foot.bottom + edge - 6),
    attributes: attributes.boxes,
    stimuli: stimuli.boxes,
    items: items.boxes,
    texts: [...head.texts, ...stimuli.texts, ...attributes.texts, ...items.texts, ...foot.texts],
    samples: foot.samples,
    gutter,
  };
}

function columnsOf(graph: WorldGraph, width: number, gutter: number): Omit<Columns, "top"> {
  const most = (width - 2 * edge) * (width < 540 ? 0.32 : 0.3);
  const rightWidth = Math.min(most, Math.max(narrowest, columnWidth(graph.items)));
  return {
    left: edge + gutter,
    leftWidth: Math.min(most - gutter, Math.max(narrowest, columnWidth(graph.attributes))),
    right: width - edge - rightWidth,
    rightWidth,
  };
}

interface Placed {
  readonly texts: GraphText[];
  readonly bottom: number;
}

function placeHead({ title, subtitle }: WorldTexts, width: number): Placed {
  const first = placeText(title, { x: edge, y: edge, width }, { size: sizes.title, bold: true, tone: "ink" });
  const place = { x: edge, y: bottomOf(first) + 4, width };
  const second = placeText(subtitle, place, { size: sizes.subtitle, tone: "quiet" });
  return { texts: [first, second], bottom: bottomOf(second) };
}

/** The stimuli, stacked above the gap between the columns; left of them what drifts, right what is caused. */
function placeStimuli(
  graph: WorldGraph,
  texts: WorldTexts,
  { left, leftWidth, right, rightWidth, top }: Columns,
): Placed & { readonly boxes: GraphBox[] } {
  const gap = right - left - leftWidth;
  const width = Math.min(gap - 2 * lane, columnWidth(graph.stimuli));
  const boxes = stackBoxes(graph.stimuli, { x: right - (gap + width) / 2, y: top, width }, boxGap);
  const drifts = graph.attributes.some((node) => node.drifts);
  const moves = graph.items.some(({ kind }) => kind === "outcome");
  const heads = [
    ...placeCorner(
      texts.driftHead,
      { x: edge, y: top, width: left + leftWidth - edge },
      drifts ? "departs" : "quiet",
    ),
    ...placeCorner(texts.effectHead, { x: right, y: top, width: rightWidth }, moves ? "agrees" : "quiet"),
  ];
  return { boxes, texts: heads, bottom: Math.max(lowest(boxes), ...heads.map(bottomOf)) };
}

function placeCorner(
  [name, says]: readonly [string, string],
  place: { x: number; y: number; width: number },
  tone: Tone["tone"],
): GraphText[] {
  const first = placeText(name, place, { size: sizes.title, bold: true, tone });
  return [first, placeText(says, { ...place, y: bottomOf(first) }, { ...detailStyle, tone })];
}

function placeFoot(
  texts: WorldTexts,
  top: number,
  inner: number,
): Placed & { readonly samples: LegendSample[] } {
  const indent = sampleWidth + 10;
  let y = top;
  const rows = texts.legend.map(({ text }) => {
    const place = { x: edge + indent, y, width: inner - indent };
    const row = placeText(text, place, { size: sizes.note, tone: "ink" });
    y = bottomOf(row) + 3;
    return row;
  });
  const samples = texts.legend.map(({ look }, i) => ({
    look,
    x: edge,
    y: rows[i]!.y + (sizes.note * lineHeight) / 2,
  }));
  const place = { x: edge, y: y + 6, width: inner };
  const note = placeText(texts.notes.join(" "), place, { size: sizes.note, tone: "quiet" }, 12);
  return { texts: [...rows, note], samples, bottom: bottomOf(note) };
}
