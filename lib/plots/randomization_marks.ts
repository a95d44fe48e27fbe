import * as Plot from "@observablehq/plot";
import { colours } from "./palette.ts";
import type { RandomizationRow } from "./randomization_rows.ts";
import type { RowLayout } from "./row_layout.ts";

interface Bar {
  readonly x1: number;
  readonly x2: number;
  readonly y1: number;
  readonly y2: number;
  readonly extreme: boolean;
}

/** Gives each row room for a histogram: rows grow by `extra` pixels, what stands below moves down. */
export function growRows(layout: RowLayout, extra: number): RowLayout {
  const rows = layout.centres.length;
  const below = (y: number) => layout.centres.filter((centre) => centre < y).length;
  return {
    ...layout,
    height: layout.height + rows * extra,
    centres: layout.centres.map((centre, row) => centre + (row + 0.5) * extra),
    rules: layout.rules.map((y) => y + below(y) * extra),
    blocks: layout.blocks.map((block) => {
      const moved = block.row >= 0
        ? (block.row + 0.5) * extra
        : block.y < layout.marginTop
        ? 0
        : rows * extra;
      return { ...block, y: block.y + moved };
    }),
  };
}

/** Draws each row's histogram, the assignments that are as extreme in colour, and the observed value as a line. */
export function randomizationMarks(
  rows: readonly RandomizationRow[],
  layout: RowLayout,
  frame: { readonly domain: readonly [number, number]; readonly rowHeight: number },
): Plot.Markish[] {
  const half = frame.rowHeight / 2 - 6;
  const bars = rows.flatMap((row, index) =>
    barsOf(row, layout, { ...frame, base: layout.centres[index]! + half, half })
  );
  const observed = rows.map((row, index) => ({ ...row, y: layout.centres[index]! }))
    .filter((row) => Number.isFinite(row.observed));
  const bases = layout.centres.map((centre) => centre + half);
  return [
    ...bases.map((base) => Plot.ruleY([base], { stroke: colours.axis, strokeWidth: 1 })),
    Plot.rect(bars, {
      x1: "x1",
      x2: "x2",
      y1: "y1",
      y2: "y2",
      insetRight: 0.5,
      fill: (bar: Bar) => bar.extreme ? colours.agrees : colours.bandTick,
    }),
    Plot.link(observed, {
      x1: "observed",
      x2: "observed",
      y1: ({ y }: { y: number }) => y - half,
      y2: ({ y }: { y: number }) => y + half,
      stroke: colours.ink,
      strokeWidth: 2,
    }),
    Plot.dot(observed, {
      x: "observed",
      y: ({ y }: { y: number }) => y - half,
      r: 4,
      fill: colours.ink,
    }),
  ];
}

/** Bars of one histogram; within a bin the extreme assignments stand below the others. */
function barsOf(
  row: RandomizationRow,
  layout: RowLayout,
  frame: { readonly domain: readonly [number, number]; readonly base: number; readonly half: number },
): Bar[] {
  const [low, high] = frame.domain;
  const bins = Math.max(
    12,
    Math.min(48, Math.floor((layout.width - layout.marginLeft - layout.marginRight) / 7)),
  );
  const counts = Array.from({ length: bins }, () => ({ all: 0, extreme: 0 }));
  for (const draw of row.draws) {
    const bin = counts[Math.min(bins - 1, Math.max(0, Math.floor(((draw - low) / (high - low)) * bins)))]!;
    bin.all++;
    if (row.extreme(draw)) bin.extreme++;
  }
  const most = Math.max(1, ...counts.map(({ all }) => all));
  const height = (count: number) => (count / most) * (2 * frame.half - 8);
  return counts.flatMap(({ all, extreme }, bin) => {
    const x1 = low + (bin / bins) * (high - low);
    const x2 = low + ((bin + 1) / bins) * (high - low);
    const middle = frame.base - height(extreme);
    return [
      { x1, x2, y1: middle, y2: frame.base, extreme: true },
      { x1, x2, y1: frame.base - height(all), y2: middle, extreme: false },
    ].filter(({ y1, y2 }) => y2 - y1 > 0);
  });
}
