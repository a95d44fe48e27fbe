import { checkColumns } from "../../core/checks.ts";
import { columns, readOptions } from "../../core/options.ts";
import { type Table, tableOf } from "../../core/table.ts";
import { gatherCells, sharesIn } from "../../fidelity/answer_cells.ts";
import { type ComparedItemsOptions, comparedItemsRules, itemsOfBoth } from "../../fidelity/compared_items.ts";
import { normalQuantile } from "../../stats/distributions.ts";
import { wilson } from "../../stats/shares.ts";
import { type Figure, type FigureOptions, figureRules } from "../figure.ts";
import { writePercent } from "../numbers.ts";
import { looks } from "../palette.ts";
import { drawRows } from "./draw_rows.ts";

/** How distributions are drawn; see {@linkcode plotDistributions}. */
export interface PlotDistributionsOptions extends FigureOptions, ComparedItemsOptions {
  /**
   * The columns whose combinations are groups, each drawn by itself.
   * @default {[]}
   */
  by?: string | readonly string[];
}

const action = "plot distributions";

/**
 * Draws how people and a model distribute their answers, side by side: bars with 95% intervals are people, points the model.
 *
 * @param human people's answers, long or wide
 * @param synthetic a model's answers, long or wide; those that are probabilities count as such
 * @param options see {@linkcode PlotDistributionsOptions}
 * @returns a {@linkcode Figure}, whose table has each share: `item`, `group`, `answer`, `human`, `conf_low`, `conf_high`, `synthetic`
 * @throws {RangeError} if a column or item is missing, or an answer is not on its scale
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { plotDistributions } from "@understudy/understudy/plots";
 *
 * const human = tableOf({ news: ["tv", "tv", "web", "paper"] });
 * const figure = plotDistributions(human, tableOf({ news: ["tv", "tv", "tv", "web"] }), { items: "news" });
 * assertStringIncludes(figure.summary, "news, tv 50% → 75%");
 * ```
 */
export function plotDistributions(
  human: Table,
  synthetic: Table,
  options: PlotDistributionsOptions = {},
): Figure {
  const rules = { ...figureRules, ...comparedItemsRules, by: columns };
  const { items: named, scale, by: groups, ...asked } = readOptions(action, options, rules);
  const items = itemsOfBoth(action, [human, synthetic], named);
  const by = [groups ?? []].flat();
  checkColumns(action, synthetic, by, "synthetic");
  const { cells, units } = gatherCells(action, [human, synthetic], { items, by, scale, weights: undefined });
  const [people, model] = [0, 1].map((side) => units.map(({ source }) => source === side ? 1 : 0));
  const rows = cells.flatMap(({ item, group, ...cell }) => {
    const n = new Set(cell.entries.filter(({ unit }) => people![unit] === 1).map(({ unit }) => unit)).size;
    const [own, others] = [people, model].map((times) => sharesIn({ item, group, ...cell }, times!));
    return cell.labels.map((answer, k) => {
      const [human, conf_low, conf_high] = wilson([own![k]! * n, n], normalQuantile(0.975));
      return { item, group, answer, human, conf_low, conf_high, synthetic: others?.[k] ?? NaN };
    });
  });
  return drawRows({
    table: tableOf(rows),
    asked,
    title: "Do the model's answers spread as people's do?",
    panels: [{
      axis: "share of answers",
      rows: rows.map(({ item, group, answer, human, conf_low, conf_high, synthetic }) => ({
        ...{ group: group === "" ? item : `${item}, ${group}`, label: answer, band: { low: 0, high: human } },
        look: synthetic < conf_low || synthetic > conf_high ? looks.departs : looks.plain,
        points: [{ value: human, low: conf_low, high: conf_high, look: looks.ring }, { value: synthetic }],
        value: `${writePercent(human)} → ${Number.isNaN(synthetic) ? "no answers" : writePercent(synthetic)}`,
      })),
      from: 0,
      zero: { value: 0 },
      ticks: { format: (share) => writePercent(share) },
    }],
    valueHead: ["people → model"],
    key: [
      { look: "band", text: "people" },
      { look: looks.ring, text: "with a 95% interval" },
      { look: looks.plain, text: "the model" },
      { look: looks.departs, text: "outside it" },
    ],
  });
}
