import { checkColumns } from "../../core/checks.ts";
import { columns, readOptions } from "../../core/options.ts";
import { type Table, tableOf } from "../../core/table.ts";
import { type AnswerCell, gatherCells } from "../../fidelity/answer_cells.ts";
import { type ComparedItemsOptions, comparedItemsRules, itemsOfBoth } from "../../fidelity/compared_items.ts";
import { normalQuantile } from "../../stats/distributions.ts";
import { adjustPValues } from "../../stats/multiplicity.ts";
import { type Share, shareDifference, wilson } from "../../stats/shares.ts";
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
 * A point has another colour and shape where it differs by more than samples as small as both do by chance: with a model
 * that answers as people do in at most 5 of 100 items (Holm).
 *
 * @param human people's answers, long or wide
 * @param synthetic a model's answers, long or wide; those that are probabilities count as such
 * @param options see {@linkcode PlotDistributionsOptions}
 * @returns a {@linkcode Figure}, whose table has each share: `item`, `group`, `answer`, `human`, `conf_low`, `conf_high`, `synthetic`,
 * `p_adjusted`, `verdict` (`found`: they differ)
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
  const rows = [...Map.groupBy(cells, ({ item }) => item).values()].flatMap((own) => {
    const points = own.flatMap(({ item, group, labels, entries }) => {
      const of = (side: number) => entries.filter(({ unit }) => units[unit]!.source === side);
      const [people, model] = [sharesOf(labels, of(0)), sharesOf(labels, of(1))];
      return labels.map((answer, k) => ({ item, group, answer, shares: [people[k]!, model[k]!] as const }));
    });
    const adjusted = adjustPValues(points.map(({ shares }) => shareDifference(...shares).pValue));
    return points.map(({ shares: [people, [given, n]], ...point }, at) => {
      const [human, conf_low, conf_high] = wilson(people, normalQuantile(0.975));
      const [synthetic, p_adjusted] = [given / n, adjusted[at]!];
      const verdict = Number.isNaN(p_adjusted) ? "cannot tell" : p_adjusted < 0.05 ? "found" : "not found";
      return { ...point, human, conf_low, conf_high, synthetic, p_adjusted, verdict };
    });
  });
  return drawRows({
    ...{ table: tableOf(rows), asked },
    title: "Do the model's answers spread as people's do?",
    panels: [{
      axis: "share of answers",
      rows: rows.map(({ item, group, answer, human, conf_low, conf_high, synthetic, verdict }) => ({
        ...{ group: group === "" ? item : `${item}, ${group}`, label: answer, band: { low: 0, high: human } },
        look: verdict === "found" ? looks.departs : looks.plain,
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
      { look: looks.departs, text: "differs beyond sampling error" },
    ],
  });
}

/**
 * How many give each answer, of how many: of persons, or of so many as their answers are worth where these are
 * probabilities or several, p(1 - p) over the variance of p.
 */
function sharesOf(labels: AnswerCell["labels"], entries: AnswerCell["entries"]): Share[] {
  const sum = (own: AnswerCell["entries"], of: (code: number) => number) =>
    own.reduce((all, { code, part }) => all + part * of(code), 0);
  const [units, total] = [[...Map.groupBy(entries, ({ unit }) => unit).values()], sum(entries, () => 1)];
  const found = labels.map((_, k) => {
    const p = sum(entries, (code) => code === k ? 1 : 0) / total;
    const errors = units.map((own) => sum(own, (code) => (code === k ? 1 : 0) - p) / total);
    const variance = errors.reduce((all, error) => all + error ** 2, 0);
    return { p, n: p > 0 && p < 1 ? Math.min(1e6, p * (1 - p) / variance) : Infinity };
  });
  // An answer that nobody gives, or everybody, shows no variance: it is worth what the others are at least.
  const worth = [Math.min(...found.map(({ n }) => n)), units.length].find(Number.isFinite)!;
  return found.map(({ p, n }) => n < Infinity ? [p * n, n] : [p * worth, worth]);
}
