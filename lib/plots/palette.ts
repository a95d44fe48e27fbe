// Okabe and Ito's colours: told apart by readers with any common colour vision, and in grey print by shape.
export const colours = {
  card: "#ffffff",
  edge: "#d5d8dc",
  ink: "#1a1a1a",
  quiet: "#575c63",
  grid: "#e8eaed",
  axis: "#80868e",
  band: "#dde1e6",
  bandTick: "#7b828b",
  agrees: "#0072b2",
  // Darker than the palette's vermillion: text in it reaches a contrast of 4.5 on white.
  departs: "#c04a00",
} as const;

// Fonts of equal width everywhere (Arial, Liberation Sans and Nimbus Sans share Helvetica's metrics), so that
// the measured layout holds on the reader's machine too.
export const fontFamily = "Helvetica, Arial, 'Liberation Sans', 'Nimbus Sans', sans-serif";

export const sizes = { title: 17, subtitle: 13, label: 13, detail: 11.5, axis: 11.5, note: 11.5 } as const;

export const lineHeight = 1.3;
