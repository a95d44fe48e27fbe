import type { Verdict } from "../core/columns.ts";

/** The colours of what is not data. */
export const colours = {
  card: "#ffffff",
  edge: "#d5d8dc",
  ink: "#1a1a1a",
  quiet: "#575c63",
  grid: "#e8eaed",
  axis: "#80868e",
  band: "#dde1e6",
  bandTick: "#7b828b",
} as const;

/** How a point looks: colour and shape, so that grey print tells them apart too. */
export interface Look {
  readonly colour: string;
  readonly symbol: "circle" | "square" | "diamond" | "triangle";
  /** Whether only its outline is drawn. */
  readonly hollow?: boolean;
}

/**
 * What points look like by what they say. Okabe and Ito's colours are told apart by readers with any common colour
 * vision; orange and green are darker than theirs, so that text in them reaches a contrast of 4.5 on white.
 */
export const looks = {
  /** Data, of which nothing is said. */
  plain: { colour: "#0072b2", symbol: "circle" },
  /** Said without colour. */
  ink: { colour: colours.ink, symbol: "circle" },
  /** It departs from what it is compared with. */
  departs: { colour: "#c04a00", symbol: "square" },
  /** No departure was found, which proves nothing: never the colour of success. */
  unproven: { colour: colours.quiet, symbol: "circle" },
  /** Shown to be smaller than a stated margin: the one success. */
  shown: { colour: "#00724f", symbol: "diamond" },
  /** What others are compared with, or nothing that could be told. */
  ring: { colour: colours.quiet, symbol: "circle", hollow: true },
} as const satisfies { readonly [name: string]: Look };

const verdictLooks: { readonly [verdict in Verdict]: Look } = {
  "found": looks.departs,
  "not found": looks.unproven,
  "within margin": looks.shown,
  "cannot tell": looks.ring,
};

/** What a verdict looks like; any other word looks like nothing told. */
export function lookOfVerdict(verdict: string): Look {
  return verdictLooks[verdict as Verdict] ?? looks.ring;
}

/** Arms, groups and series that only have to be told apart; the first is the one that others are compared with. */
export const series: readonly Look[] = [
  { colour: colours.ink, symbol: "circle", hollow: true },
  { colour: "#0072b2", symbol: "circle" },
  { colour: "#8f4580", symbol: "square" },
  { colour: "#7a5c00", symbol: "triangle" },
  { colour: "#00737a", symbol: "diamond" },
];

// Fonts of equal width everywhere (Arial, Liberation Sans and Nimbus Sans share Helvetica's metrics), so that
// the measured layout holds on the reader's machine too.
export const fontFamily = "Helvetica, Arial, 'Liberation Sans', 'Nimbus Sans', sans-serif";

export const sizes = { title: 17, subtitle: 13, label: 13, detail: 11.5 } as const;

export const lineHeight = 1.3;

/** The distance of texts from the card's edge. */
export const edge = 18;
