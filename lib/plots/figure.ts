import { cannot } from "../core/errors.ts";
import { checkText } from "../core/checks.ts";
import { type Displayable, escapeHtml, jupyterDisplay, type MimeBundle } from "../core/format.ts";
import { readOptions, rule, whole } from "../core/options.ts";
import type { Table } from "../core/table.ts";
import { visibleText } from "../core/visible_text.ts";
import { createRequire } from "node:module";

/** What every figure can be told. */
export interface FigureOptions {
  /**
   * The sentence above the figure; say what was asked or compared, not what was found.
   * @default {undefined} one that fits the table
   */
  title?: string;
  /**
   * A second sentence, in smaller print; an empty text for none.
   * @default {undefined} one that fits the table, or none
   */
  subtitle?: string;
  /**
   * The width in pixels, 320 to 2000. Below 540 what stands beside the drawing stands below it.
   * @default {640}
   */
  width?: number;
}

export const figureRules = {
  title: rule<string, undefined>(checkText, undefined),
  subtitle: rule<string, undefined>((action, name, value) => {
    if (typeof value !== "string") throw new TypeError(cannot(action, name, "be a text", value));
  }, undefined),
  width: whole(640, 320, 2000),
} as const;

/** What figures with an axis of numbers can be told. */
export interface AxisFigureOptions extends FigureOptions {
  /**
   * What a unit of the axis is.
   * @default {undefined} what the table says: arms, outcome, measure
   */
  unit?: string;
}

export const axisRules = { ...figureRules, unit: rule<string, undefined>(checkText, undefined) } as const;

/** What figures of stacked tables can be told. */
export interface StackedFigureOptions extends AxisFigureOptions {
  /**
   * The column that tells rows apart where several tables were stacked, such as before and after a repair.
   * @default {undefined} `label` where there is such a column, else `iteration`, else none
   */
  label?: string;
}

export const stackedRules = { ...axisRules, label: rule<string, undefined>(checkText, undefined) } as const;

/**
 * A figure that a notebook shows, a file keeps and a report prints, with a light background and ink of its own.
 *
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { plotEffects, tableOf } from "@understudy/understudy";
 *
 * const estimates = tableOf({ arm: ["threat"], estimate: [0.42], conf_low: [0.11], conf_high: [0.73] });
 * const figure = plotEffects(estimates);
 * assertStringIncludes(figure.svg, "<svg");
 * assertStringIncludes(figure.summary, "threat 0.42 [0.11, 0.73]");
 * ```
 */
export class Figure implements Displayable {
  /** One standalone `<svg>` element, well-formed XML: write it to a file as it is. */
  readonly svg: string;
  /** What the figure shows, on one line, without what could drive a terminal. */
  readonly summary: string;
  /** The table that was drawn. */
  readonly table: Table;

  /** Makes a figure from its parts. */
  constructor({ svg, summary, table }: Pick<Figure, "svg" | "summary" | "table">) {
    this.svg = svg;
    this.summary = visibleText(summary).replace(/[\n\t]+/g, " ");
    this.table = table;
  }

  /**
   * The drawing in pixels, for a journal or a slide that takes no SVG: `await Deno.writeFile("effects.png", await figure.png())`.
   * In a font of its own, so that it is the same on every machine; needs read permission.
   *
   * @param options `scale`: pixels for each of the drawing's, 1 to 10; 3 by default, about 300 dots an inch on a page
   * @returns the bytes of a PNG file
   * @throws {RangeError} if `scale` is out of range
   */
  async png(options: { scale?: number } = {}): Promise<Uint8Array<ArrayBuffer>> {
    const { scale } = readOptions("draw a figure in pixels", options, { scale: whole(3, 1, 10) });
    // Who wants no pixels need not load what draws them; and a package gives a path only to what is not a module.
    const { Resvg } = await import("@resvg/resvg-js");
    await import("@expo-google-fonts/arimo/metadata.json", { with: { type: "json" } });
    const { resolve } = createRequire("file:///figure.js");
    const fontFiles = ["400Regular", "700Bold"].map((style) =>
      resolve(`@expo-google-fonts/arimo/${style}/Arimo_${style}.ttf`)
    );
    const svg = this.svg.replace(/ font-family="[^"]*"/, ' font-family="Arimo"');
    const drawn = new Resvg(svg, {
      fitTo: { mode: "zoom", value: scale },
      font: { fontFiles, loadSystemFonts: true },
    });
    return new Uint8Array(drawn.render().asPng());
  }

  /**
   * The drawing as an `<img>` that holds its SVG, for a notebook or a page: of inline SVG a notebook that is not trusted
   * leaves the bare words. The summary is told to who cannot see it.
   */
  get html(): string {
    const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(this.svg) ?? [];
    const size = width === undefined ? "" : ` width="${width}" height="${height}"`;
    const data = new TextEncoder().encode(this.svg).toBase64();
    return `<img alt="${escapeHtml(this.summary)}"${size} style="max-width:100%;height:auto" ` +
      `src="data:image/svg+xml;base64,${data}">`;
  }

  /** The drawing for a notebook, and the summary where only text can be shown. */
  [jupyterDisplay](): MimeBundle {
    return { "text/html": this.html, "text/plain": this.summary };
  }
}
