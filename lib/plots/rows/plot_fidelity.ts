import { checkOneOf } from "../../core/checks.ts";
import { columns, readOptions } from "../../core/options.ts";
import type { Table } from "../../core/table.ts";
import { checkDrawn, drawnRows, intervalName } from "../drawn_table.ts";
import { type Figure, type FigureOptions, figureRules } from "../figure.ts";
import { looks } from "../palette.ts";
import { drawRows } from "./draw_rows.ts";

/** How scores are drawn; see {@linkcode plotFidelity}. */
export interface PlotFidelityOptions extends FigureOptions {
  /**
   * The measures to draw.
   * @default {undefined} of total variation, Population Fidelity Score, correlation, SD ratio and accuracy those there are
   */
  measures?: string | readonly string[];
}

const action = "plot fidelity";
const usual = ["total variation", "Population Fidelity Score", "correlation", "SD ratio", "accuracy"];
const lessIsBetter = ["total variation", "Jensen-Shannon", "Hellinger", "Wasserstein", "Glass"];

/**
 * Draws scores beside their baselines: does the model of persons do better than what knows nothing of them?
 *
 * For the tables of `compareDistributions` and `scoreFidelity`; of several items all together, or else each beside its own
 * baselines. A baseline that does better than the model has another colour and shape.
 *
 * @param scores one row per `measure`, `item` and `source` (the model's is "twin" or "synthetic", or else the first):
 *   `estimate`, and where present `conf_low`, `conf_high`, `null_mean`, `reason`
 * @param options see {@linkcode PlotFidelityOptions}
 * @returns a {@linkcode Figure}
 * @throws {RangeError} if a column is missing, the table is empty or a measure is not in it
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { plotFidelity } from "@understudy/understudy/plots";
 *
 * const measure = ["correlation", "correlation"];
 * const scores = tableOf({ measure, source: ["twin", "empty persona"], estimate: [0.41, 0.02] });
 * assertStringIncludes(plotFidelity(scores).summary, "correlation, twin 0.41; correlation, empty persona 0.02, worse");
 * ```
 */
export function plotFidelity(scores: Table, options: PlotFidelityOptions = {}): Figure {
  const { measures, ...asked } = readOptions(action, options, { ...figureRules, measures: columns });
  const from = "it is a table of compareDistributions or scoreFidelity";
  checkDrawn(action, { scores }, { columns: ["measure", "source", "estimate"], from });
  const texts = ["item", "measure", "source", "reason"] as const;
  const every = drawnRows(scores, texts, ["estimate", "conf_low", "conf_high", "null_mean"]);
  const together = every.filter(({ item }) => item === "all items");
  const byMeasure = Map.groupBy(together.length > 0 ? together : every, ({ measure }) => measure);
  const present = [...byMeasure.keys()];
  for (const measure of [measures ?? []].flat()) checkOneOf(action, "measures", measure, present);
  const common = usual.filter((measure) => byMeasure.has(measure));
  const panels = [measures ?? (common.length > 0 ? common : present)].flat().map((measure) => {
    const [isLess, isRatio] = [lessIsBetter.includes(measure), measure.endsWith("ratio")];
    const loss = (value: number) => isRatio ? Math.abs(Math.log(value)) : isLess ? value : -value;
    const byItem = [...Map.groupBy(byMeasure.get(measure)!, ({ item }) => item).values()];
    const rows = byItem.flatMap((own) => {
      const model = own.find(({ source }) => ["twin", "synthetic"].includes(source)) ?? own[0]!;
      return own.map((row) => {
        const [mine, its] = [loss(row.estimate), loss(model.estimate)];
        const isBaseline = row !== model && !row.source.startsWith("human");
        const order = mine === its ? 1 : 1 + Math.sign(mine - its);
        const note = isBaseline ? ["better", "equal", "worse"][order] ?? "" : "";
        return {
          group: byItem.length > 1 ? `${measure}, ${row.item}` : measure,
          ...{ label: row.source, reason: row.reason, dashes: [row.null_mean] },
          points: [{ value: row.estimate, low: row.conf_low, high: row.conf_high }],
          ...{ note, look: row === model ? looks.plain : note === "better" ? looks.departs : looks.ring },
        };
      });
    });
    const axis = isRatio ? "1 is best" : isLess ? "less is better" : "more is better";
    // Accuracies lie far from 0, and close together.
    return { axis, rows, zero: measure === "accuracy" ? undefined : { value: isRatio ? 1 : 0 } };
  });
  const head = every.every(({ conf_low }) => Number.isNaN(conf_low)) ? "" : ` [${intervalName(scores)}]`;
  return drawRows({
    ...{ table: scores, asked, panels, valueHead: [`score${head}`] },
    title: "Does the model of persons do better than what knows nothing of them?",
    key: [
      { look: looks.plain, text: "the model" },
      { look: looks.departs, text: "a baseline that does better" },
      { look: "dashed", text: "samples of one population, on average" },
    ],
  });
}
