import { checkOneOf } from "../../core/checks.ts";
import { columns, readOptions } from "../../core/options.ts";
import type { Table } from "../../core/table.ts";
import { checkDrawn, drawnRows, intervalName, namesIn } from "../drawn_table.ts";
import { type Figure, type FigureOptions, figureRules } from "../figure.ts";
import { domainOf } from "../numbers.ts";
import { looks } from "../palette.ts";
import { drawRows } from "./draw_rows.ts";

/** How scores are drawn; see {@linkcode plotFidelity}. */
export interface PlotFidelityOptions extends FigureOptions {
  /**
   * The measures to draw.
   * @default {undefined} those of total variation, Population Fidelity Score, correlation, SD ratio and accuracy that there are
   */
  measures?: string | readonly string[];
}

const action = "plot fidelity";
const usual = ["total variation", "Population Fidelity Score", "correlation", "SD ratio", "accuracy"];
const lessIsBetter = ["total variation", "Jensen-Shannon", "Hellinger", "Wasserstein", "Glass"];

/**
 * Draws each score beside its baselines: does the model of persons do better than what knows nothing of them?
 *
 * For the tables of `compareDistributions` and `scoreFidelity`, of all items together. A dashed line is where samples of
 * one population would be on average. A baseline that does better than the model is drawn in another colour and shape.
 *
 * @param scores one row per `measure` and `source`, the model's first: `estimate`, and where present `conf_low`,
 *   `conf_high`, `null_mean`, `item`, `reason`
 * @param options see {@linkcode PlotFidelityOptions}
 * @returns a {@linkcode Figure}
 * @throws {RangeError} if a column is missing, the table is empty or a measure is not in it
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { plotFidelity } from "@understudy/understudy/plots";
 *
 * const scores = tableOf({
 *   measure: ["correlation", "correlation"],
 *   source: ["twin", "empty persona"],
 *   estimate: [0.41, 0.02],
 * });
 * assertStringIncludes(plotFidelity(scores).summary, "twin 0.41; empty persona 0.02, worse");
 * ```
 */
export function plotFidelity(scores: Table, options: PlotFidelityOptions = {}): Figure {
  const { measures, ...asked } = readOptions(action, options, { ...figureRules, measures: columns });
  const from = "it is a table of compareDistributions or scoreFidelity";
  checkDrawn(action, scores, { argument: "scores", columns: ["measure", "source", "estimate"], from });
  const present = namesIn(scores, "measure");
  for (const measure of [measures ?? []].flat()) checkOneOf(action, "measures", measure, present);
  const common = usual.filter((measure) => present.includes(measure));
  const shown = [measures ?? (common.length > 0 ? common : present)].flat();
  const numbers = ["estimate", "conf_low", "conf_high", "null_mean"] as const;
  const all = drawnRows(scores, ["item", "measure", "source", "reason"], numbers)
    .filter(({ item }) => item === "" || item === "all items");
  const panels = shown.flatMap((measure) => {
    const own = all.filter((row) => row.measure === measure);
    const isLess = lessIsBetter.includes(measure);
    const isRatio = measure.endsWith("ratio");
    // Less is better of these.
    const loss = (value: number) => isRatio ? Math.abs(Math.log(value)) : isLess ? value : -value;
    const first = own[0]?.estimate ?? NaN;
    const rows = own.map(({ source, estimate, conf_low, conf_high, null_mean, reason }, place) => {
      const better = loss(estimate) < loss(first);
      const isFloor = place === 0 || source.startsWith("human");
      return {
        ...{
          label: source,
          reason,
          points: [{ value: estimate, low: conf_low, high: conf_high }],
          dashes: [null_mean],
        },
        look: place === 0 ? looks.plain : better && !isFloor ? looks.departs : looks.ring,
        note: isFloor || Number.isNaN(first + estimate) ? "" : better ? "better" : "worse",
      };
    });
    const direction = isRatio ? "1 is best" : isLess ? "less is better" : "more is better";
    const reach = rows.flatMap(({ points, dashes }) => [...points.flatMap(Object.values<number>), ...dashes]);
    return own.length === 0
      ? []
      : [{ title: measure, axis: direction, rows, domain: domainOf([isRatio ? 1 : 0, ...reach]) }];
  });
  return drawRows({
    table: scores,
    asked,
    title: "Does the model of persons do better than what knows nothing of them?",
    panels,
    valueHead: [
      all.some(({ conf_low }) => !Number.isNaN(conf_low)) ? `score [${intervalName(scores)}]` : "score",
    ],
    key: [
      { look: looks.plain, text: "the model" },
      { look: looks.departs, text: "a baseline that does better" },
      { look: "dashed", text: "samples of one population, on average" },
    ],
  });
}
