import { cannot, checkOptions, checkWhole } from "../core/mod.ts";
import { type World, worldEdges } from "../worlds/mod.ts";
import { drawGraph } from "./draw_graph.ts";
import { Figure } from "./figure.ts";
import { worldGraph } from "./world_graph.ts";
import { layOutGraph } from "./world_layout.ts";
import { graphMarks } from "./world_marks.ts";
import { orderGraph } from "./world_order.ts";
import { routeArrows } from "./world_routes.ts";
import { arrowsInWords, worldSentence } from "./world_sentences.ts";
import { worldTexts } from "./world_texts.ts";

/** How a world is drawn; see {@linkcode plotWorld}. */
export interface PlotWorldOptions {
  /**
   * The sentence above the figure.
   *
   * @default whether a stimulus changes answers, and whether it changes who is imagined
   */
  title?: string;
  /**
   * A second sentence, in smaller print.
   *
   * @default the world's name and what it has
   */
  subtitle?: string;
  /**
   * The width in pixels, 320 to 2000. Below 540 names and numbers break into more lines.
   *
   * @default 640
   */
  width?: number;
}

const action = "plot a world";

/**
 * Draws the causal graph of a world: the path of the effect in blue, the path of the drift in orange.
 *
 * For a look at what a simulated respondent will do before any estimate is made; `explainWorld` says the same in words,
 * with every coefficient. Attributes stand on the left, causes above what depends on them; items on the right, negative
 * controls apart from outcomes; stimuli above. Exposure is drawn from the stimulus to the attribute: not as people meet
 * stimuli, but as the respondent imagines people, which is the way that the drift takes. What the respondent does
 * beside (`behaviour`) has no arrows; it is named below.
 *
 * The width of an arrow is its largest coefficient: log-odds, and for scales standard deviations of the latent noise
 * (a slope counts over half the range of its attribute). The numbers in the boxes are as declared.
 *
 * @param world from `declareWorld` or `declareReadyWorld`
 * @param options see {@linkcode PlotWorldOptions}
 * @returns a {@linkcode Figure}; its table is that of `worldEdges`
 * @throws {TypeError} if `world` is no world, or an option is unknown
 * @throws {RangeError} if the width is out of range
 * @see Sugiyama, Tagawa and Toda 1981, Methods for visual understanding of hierarchical system structures, for the order
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { plotWorld } from "@understudy/understudy/plots";
 * import { declareReadyWorld } from "@understudy/understudy/worlds";
 *
 * const figure = plotWorld(declareReadyWorld("user drift", { seed: 1 }));
 * assertStringIncludes(figure.summary, "Drift through ideology (control: right +0.8; warning: left +0.8).");
 * ```
 */
export function plotWorld(world: World, options: PlotWorldOptions = {}): Figure {
  checkIsWorld(world);
  checkOptions(action, options, ["title", "subtitle", "width"]);
  const { width = 640 } = options;
  checkWhole(action, "width", width, 320, 2000);
  const graph = orderGraph(worldGraph(world));
  const texts = worldTexts(world, graph, options);
  const layout = layOutGraph(graph, texts, width);
  const table = worldEdges(world);
  const svg = drawGraph({
    width,
    height: layout.height,
    marks: graphMarks(routeArrows(graph, layout), layout),
    title: texts.title,
    description: `${worldSentence(graph)} All arrows: ${arrowsInWords(table)}. ${texts.notes.join(" ")}`,
  });
  return new Figure({ svg, summary: `${texts.title}. ${texts.subtitle}. ${worldSentence(graph)}`, table });
}

function checkIsWorld(world: World): void {
  const parts: unknown = world;
  const complete = typeof parts === "object" && parts !== null &&
    ["cells", "attributes", "parents", "stimuli", "exposure", "items"].every((part) => part in parts);
  if (complete) return;
  throw new TypeError(
    cannot(action, "world", "be a world, such as declareReadyWorld('clean', { seed: 1 })", parts),
  );
}
