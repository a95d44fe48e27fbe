import * as Plot from "@observablehq/plot";
import { colours, sizes } from "./palette.ts";
import { marginOf, type RepairStrips, type Strip } from "./repair_strips.ts";
import type { RowLayout } from "./row_layout.ts";
import { measureText } from "./text_layout.ts";

/** What the axes and marks of drift are, from the most words to the fewest. */
function driftHeads(strips: readonly Strip[]): string[] {
  const drift = strips.filter(({ kind }) => kind === "drift");
  const measures = new Set(drift.map(({ measure }) => measure));
  const margin = drift.some((strip) => !Number.isNaN(marginOf(strip)));
  const axis = measures.size > 1
    ? "distances, each measure on its own scale"
    : `distance between arms${measures.has("total variation") ? ", 0 to 1" : ""}`;
  const dashed = margin ? "; dashed: margin" : "";
  return [
    `${axis}; grey: chance alone (95%)${dashed}`,
    `distance; grey: chance alone${dashed}`,
    `grey: chance${dashed}`,
  ];
}

/** What each panel's axis is, beside its heading; shorter where there is little room. */
export function panelHeads({ strips }: RepairStrips, layout: RowLayout, unit: string): Plot.Markish[] {
  const heads = {
    drift: driftHeads(strips),
    effect: [`${unit}, with its interval`, unit, "with its interval"],
  };
  const room = layout.width - layout.marginLeft - 18;
  return (["drift", "effect"] as const).flatMap((kind) => {
    const row = strips.findIndex((strip) => strip.kind === kind);
    const heading = layout.blocks.find((block) => block.row === row && block.bold && row >= 0);
    if (heading === undefined) return [];
    const fits = (text: string) => measureText(text, { size: sizes.detail }) <= room;
    const text = heads[kind].find(fits) ?? heads[kind].at(-1)!;
    return [
      Plot.text([text], {
        text: (line: string) => line,
        frameAnchor: "top-left",
        textAnchor: "start",
        lineAnchor: "top",
        dx: 0,
        dy: heading.y + 1 - layout.marginTop,
        fontSize: sizes.detail,
        fill: colours.quiet,
        // Lines of the grid must not cross it.
        stroke: colours.card,
        strokeWidth: 6,
        ariaHidden: "true",
      }),
    ];
  });
}
