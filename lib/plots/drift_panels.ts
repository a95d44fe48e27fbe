import { cannot } from "../core/mod.ts";
import type { DriftRow } from "./drift_rows.ts";
import { domainOf } from "./figure_text.ts";
import { layOutRows, type RowLayout, type RowPlotTexts, type RowText } from "./row_layout.ts";
import { sizes } from "./palette.ts";
import { measureText, wrapText } from "./text_layout.ts";

/** The rows of one measure, which share an axis. */
export interface DriftPanel {
  readonly measure: string;
  readonly rows: readonly DriftRow[];
  readonly domain: readonly [number, number];
}

/** A panel with its place in pixels. */
export interface PlacedPanel extends DriftPanel {
  /** The middle of each row. */
  readonly centres: readonly number[];
  readonly top: number;
  readonly bottom: number;
  /** From units of the measure to those of the figure's own axis, which the last panel stands on. */
  readonly scale: number;
}

/** Where everything of a drift plot stands. */
export interface DriftLayout {
  readonly layout: RowLayout;
  readonly panels: readonly PlacedPanel[];
  /** What the marks mean, line by line, above the panel and beside the head of the values. */
  readonly key: { readonly lines: readonly string[]; readonly x: number; readonly y: number };
}

/** Two rows without texts below a panel that is not the last: room for its axis and the axis' name. */
export const emptyRows: readonly RowText[] = [0, 1].map(() => ({
  label: "",
  detail: "",
  value: "",
  note: "",
  heading: "",
  indented: true,
}));
const detail = { size: sizes.detail };

/** Parts rows by what they measure: distances in different units share no axis. */
export function driftPanelsOf(
  action: string,
  rows: readonly DriftRow[],
  unit: string | undefined,
): DriftPanel[] {
  const panels = [...Map.groupBy(rows, ({ measure }) => measure)].map(([measure, rows]): DriftPanel => ({
    measure,
    rows,
    domain: domainOf(
      [
        0,
        ...rows.flatMap((row) => [row.statistic, row.low, row.high, row.nullHigh, row.nullMean, row.margin]),
      ],
      { from: 0 },
    ),
  }));
  if (unit !== undefined && panels.length > 1) {
    throw new RangeError(cannot(action, "unit", "be left out where 'drift' has several measures", unit));
  }
  return panels;
}

/** The number of decimals in which a panel's distances are written. */
export function panelDecimals({ domain }: DriftPanel): number {
  return domain[1] < 0.1 ? 3 : 2;
}

/** The texts of all rows, with room for an axis between panels. */
export function withAxisRoom(texts: readonly (readonly RowText[])[]): RowText[] {
  return texts.flatMap((rows, panel) => panel < texts.length - 1 ? [...rows, ...emptyRows] : rows);
}

/** Sets a drift plot: its key keeps to the room that the values' head leaves, whatever the width. */
export function layOutDrift(
  panels: readonly DriftPanel[],
  texts: RowPlotTexts,
  { rows, key, width }: { rows: readonly RowText[]; key: readonly string[]; width: number },
): DriftLayout {
  const { marginLeft, marginRight } = layOutRows(texts, rows, { width, headHeight: 0 });
  const beside = width >= 540;
  const room = beside ? width - marginLeft - marginRight : width - 36;
  const lines = key.flatMap((text) => wrapText(text, room, detail, 6));
  const height = lines.length * sizes.detail * 1.3;
  const layout = layOutRows(texts, rows, { width, headHeight: Math.max(beside ? 38 : 0, height + 8) });
  const widest = Math.max(...lines.map((line) => measureText(line, detail)));
  const x = beside ? marginLeft : Math.max(18, Math.min(marginLeft, width - 18 - widest));
  return {
    layout,
    panels: placePanels(panels, layout),
    key: { lines, x, y: layout.marginTop - height - 4 },
  };
}

function placePanels(panels: readonly DriftPanel[], layout: RowLayout): PlacedPanel[] {
  let first = 0;
  let top = layout.marginTop;
  return panels.map((panel, index) => {
    const centres = layout.centres.slice(first, first + panel.rows.length);
    first += panel.rows.length + emptyRows.length;
    const last = index === panels.length - 1;
    // An empty row is 26 pixels high: its centre lies half of that below the panel's last row.
    const bottom = last
      ? layout.height - layout.marginBottom
      : layout.centres[first - emptyRows.length]! - 13;
    const placed = { ...panel, centres, top, bottom, scale: panels.at(-1)!.domain[1] / panel.domain[1] };
    top = bottom + 2 * 26;
    return placed;
  });
}
