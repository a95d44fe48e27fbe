import * as Plot from "@observablehq/plot";
import { colours, lineHeight } from "./palette.ts";
import { arrowMarks } from "./world_arrow_marks.ts";
import type { GraphBox, GraphText } from "./world_boxes.ts";
import { type GraphLayout, type LegendSample, sampleWidth } from "./world_layout.ts";
import type { LegendRow } from "./world_legend.ts";
import type { Route } from "./world_routes.ts";

// Drawn one over the other: what the figure is about comes last.
const order: readonly LegendRow["look"][] = ["parent", "answer", "unused", "drift", "effect", "moderation"];

/** Draws arrows, boxes, texts and legend of a world's graph; all places are in pixels. */
export function graphMarks(routes: readonly Route[], layout: GraphLayout): Plot.Markish[] {
  const boxes = [...layout.attributes, ...layout.stimuli, ...layout.items];
  return [
    ...order.flatMap((look) =>
      arrowMarks(routes.filter((route) => route.look === look), look, layout.gutter)
    ),
    ...boxes.map(boxMark),
    ...layout.samples.flatMap(sampleMarks),
    ...[...layout.texts, ...boxes.flatMap(({ texts }) => texts)].map(graphTextMark),
  ];
}

function boxMark(box: GraphBox): Plot.Markish {
  const looks = {
    stimulus: { fill: colours.ink, stroke: colours.ink, strokeWidth: 1 },
    outcome: { fill: colours.card, stroke: colours.agrees, strokeWidth: 2 },
    control: { fill: colours.grid, stroke: colours.axis, strokeWidth: 1.5, strokeDasharray: "4 3" },
    attribute: {
      fill: colours.card,
      stroke: box.drifts ? colours.departs : colours.axis,
      strokeWidth: box.drifts ? 2 : 1,
    },
  };
  return Plot.rect([box], {
    x1: "x",
    y1: "y",
    x2: ({ x, width }: GraphBox) => x + width,
    y2: ({ y, height }: GraphBox) => y + height,
    rx: 5,
    ...looks[box.kind],
  });
}

const sampleWidths = { effect: 3, drift: 3, unused: 1.5, answer: 1.5, parent: 1.5, moderation: 1.5 } as const;

/** The line that the legend explains; a moderation ends in a ring, which takes room. */
function sampleMarks({ look, x, y }: LegendSample): Plot.Markish[] {
  const x2 = x + sampleWidth - (look === "moderation" ? 5 : 0);
  return arrowMarks([{ look, width: sampleWidths[look], x1: x, y1: y, x2, y2: y }], look, 0);
}

function graphTextMark(text: GraphText): Plot.Markish {
  return Plot.text([text], {
    x: "x",
    y: "y",
    text: ({ lines }: GraphText) => lines.join("\n"),
    textAnchor: "start",
    lineAnchor: "top",
    fontSize: text.size,
    fontWeight: text.bold ? 700 : 400,
    fill: colours[text.tone],
    lineHeight,
    ariaHidden: "true",
  });
}
