import * as Plot from "@observablehq/plot";
import type { SharesByArm } from "./control_shares.ts";
import { textMark } from "./draw_rows.ts";
import { colours, sizes } from "./palette.ts";
import type { RowLayout } from "./row_layout.ts";
import { measureText } from "./text_layout.ts";

/** How each arm is drawn: the reference hollow, the others filled, each with a shape and colour of its own. */
export const armStyles = [
  { symbol: "circle", fill: colours.card, stroke: colours.ink },
  { symbol: "circle", fill: colours.agrees, stroke: colours.agrees },
  { symbol: "square", fill: colours.departs, stroke: colours.departs },
  { symbol: "triangle", fill: "#00724f", stroke: "#00724f" },
  { symbol: "diamond", fill: "#9c4a7c", stroke: "#9c4a7c" },
] as const;

/** Draws each category as a line between the arms' shares, with a point for each arm. */
export function controlMarks({ rows, arms }: SharesByArm, layout: RowLayout): Plot.Markish[] {
  const points = rows.flatMap(({ shares }, row) =>
    shares.map((share, arm) => ({ share, arm, y: layout.centres[row]! })).filter(({ share }) =>
      !Number.isNaN(share)
    )
  );
  const spans = rows.map(({ shares }, row) => {
    const known = shares.filter((share) => !Number.isNaN(share));
    return { low: Math.min(...known), high: Math.max(...known), y: layout.centres[row]! };
  }).filter(({ low }) => Number.isFinite(low));
  return [
    Plot.ruleX([0], { stroke: colours.axis, strokeWidth: 1.5 }),
    Plot.link(spans, { x1: "low", x2: "high", y1: "y", y2: "y", stroke: colours.bandTick, strokeWidth: 2.5 }),
    // The reference last: where two lie on each other, its ring shows both.
    ...[...arms.keys()].reverse().map((arm) =>
      Plot.dot(points.filter((point) => point.arm === arm), { x: "share", y: "y", ...dotStyle(arm) })
    ),
  ];
}

function dotStyle(arm: number) {
  const { symbol, fill, stroke } = armStyles[arm]!;
  // The reference is a ring, so that a point beneath it is seen.
  return {
    symbol,
    fill: arm === 0 ? "none" : fill,
    stroke: arm === 0 ? stroke : colours.card,
    strokeWidth: arm === 0 ? 2 : 1.5,
    r: 5.5,
  };
}

/** The key: each arm's point and name, from the left edge of the panel or of the card, line by line as they fit. */
export function armKey(arms: readonly string[], layout: RowLayout): Plot.Markish[] {
  const style = { size: sizes.label, bold: true };
  const widths = arms.map((arm) => measureText(arm, style) + 34);
  const total = widths.reduce((sum, width) => sum + width, 0);
  let x = Math.max(18, Math.min(layout.marginLeft, layout.width - 18 - total));
  const y = layout.marginTop - sizes.label * 1.3 - 6;
  return arms.flatMap((arm, index) => {
    const at = x;
    x += widths[index]!;
    const { stroke } = armStyles[index]!;
    return [
      Plot.dot([0], {
        frameAnchor: "top-left",
        dx: at + 6 - layout.marginLeft,
        dy: y + sizes.label * 0.62 - layout.marginTop,
        ...dotStyle(index),
      }),
      textMark(arm, { x: at + 16, y }, { layout, size: sizes.label, fill: stroke, bold: true }),
    ];
  });
}
