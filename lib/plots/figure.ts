import { type Displayable, jupyterDisplay, type MimeBundle, type Table } from "../core/mod.ts";

/** What a {@linkcode Figure} is made of. */
export interface FigureParts {
  /** One standalone `<svg>` element, well-formed XML. */
  svg: string;
  /** What the figure shows, on one line. */
  summary: string;
  /** The table that was drawn. */
  table: Table;
}

/**
 * A figure that a notebook shows, a file keeps and a report prints.
 *
 * The drawing carries its own light background and ink, so that it reads on a dark page and as a file.
 *
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { plotEffects } from "@understudy/understudy/plots";
 * import { tableOf } from "@understudy/understudy/core";
 *
 * const estimates = tableOf({ term: ["threat"], estimate: [0.42], conf_low: [0.11], conf_high: [0.73] });
 * const figure = plotEffects(estimates);
 * assertStringIncludes(figure.svg, "<svg");
 * assertStringIncludes(figure.summary, "threat 0.42 [0.11, 0.73]");
 * ```
 */
export class Figure implements Displayable {
  /** One standalone `<svg>` element, well-formed XML: write it to a file as it is. */
  readonly svg: string;
  /** What the figure shows, on one line. */
  readonly summary: string;
  /** The table that was drawn. */
  readonly table: Table;

  /** Makes a figure from its parts. */
  constructor(parts: FigureParts) {
    this.svg = parts.svg;
    this.summary = parts.summary;
    this.table = parts.table;
  }

  /** The drawing for a notebook: inline SVG, and the summary where only text can be shown. */
  [jupyterDisplay](): MimeBundle {
    return { "text/html": this.svg, "text/plain": this.summary };
  }
}
