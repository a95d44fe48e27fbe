import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { backdrop, type DocumentHolder } from "./draw_rows.ts";
import { colours, fontFamily } from "./palette.ts";
import { serialiseSvg, type SvgNode } from "./serialise_svg.ts";

/** A drawing whose marks are placed in pixels. */
export interface PixelDrawing {
  readonly width: number;
  readonly height: number;
  readonly marks: Plot.Markish[];
  readonly title: string;
  readonly description: string;
}

/** Draws marks that are placed in pixels as one standalone `<svg>`. */
export function drawGraph({ width, height, marks, title, description }: PixelDrawing): string {
  const { document } = parseHTML("<!doctype html><html><body></body></html>") as unknown as DocumentHolder;
  const svg = Plot.plot({
    document,
    width,
    height,
    margin: 0,
    x: { type: "identity", axis: null },
    y: { type: "identity", axis: null },
    r: { type: "identity" },
    marks,
  });
  return serialiseSvg(svg as unknown as SvgNode, {
    title,
    description,
    fontFamily,
    ink: colours.ink,
    backdrop: backdrop({ width, height }),
  });
}
