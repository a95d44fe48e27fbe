import { readOptions } from "../../core/options.ts";
import { distinct, type Table } from "../../core/table.ts";
import { checkDrawn, drawnRows, intervalName, numbersIn, onlyOne } from "../drawn_table.ts";
import { type AxisFigureOptions, axisRules, type Figure } from "../figure.ts";
import { writeShort } from "../numbers.ts";
import { looks, series } from "../palette.ts";
import type { PlotRow } from "./row.ts";
import { drawRows } from "./draw_rows.ts";

const action = "plot a conjoint";

/**
 * Draws a conjoint: one row for each level, under its feature, with its interval.
 *
 * For the tables of `estimateAmce`, `estimateMarginalMeans` and `estimateAcie`. Reference levels are rings on the line
 * of no effect; marginal means have a line at the value they were compared with. Subgroups stand below each other, each
 * in a colour and shape of its own. An estimate that could not be computed keeps its row, with its reason.
 *
 * @param estimates one row per feature and level: `feature`, `level`, `estimate`, `conf_low`, `conf_high`, and where
 *   present `group`, `reference`, `reference_group`, `with_level`, `estimator`, `null_value`, `conf_level`, `outcome`,
 *   `basis`, `reason`
 * @param options see {@linkcode AxisFigureOptions}
 * @returns a {@linkcode Figure}
 * @throws {RangeError} if a column is missing or the table is empty
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { plotConjoint } from "@understudy/understudy/plots";
 * import { tableOf } from "@understudy/understudy/core";
 *
 * const same = { feature: "education", reference: "none" };
 * const figure = plotConjoint(tableOf([
 *   { ...same, level: "none", estimate: 0, std_error: NaN, conf_low: NaN, conf_high: NaN },
 *   { ...same, level: "college", estimate: 0.14, std_error: 0.03, conf_low: 0.08, conf_high: 0.2 },
 * ]));
 * assertStringIncludes(figure.summary, "education, none reference; education, college 0.140 [0.080, 0.200]");
 * ```
 */
export function plotConjoint(estimates: Table, options: AxisFigureOptions = {}): Figure {
  const { unit, ...asked } = readOptions(action, options, axisRules);
  const [title, axis, zero] = quantities[onlyOne(estimates, "estimator", "")] ?? quantities.amce!;
  const outcome = onlyOne(estimates, "outcome", "the outcome");
  const against = onlyOne(estimates, "reference_group", "");
  return drawRows({
    table: estimates,
    asked,
    title: `${title} ${outcome}`,
    subtitle: against === "" ? "" : `Each subgroup less ${against}`,
    panels: [{
      axis: unit ?? `${axis} ${outcome}`,
      rows: levelRows(estimates),
      zero: zeroOf(estimates, zero),
    }],
    valueHead: [`estimate [${intervalName(estimates)}]`],
    missing: "not estimated",
  });
}

/** What a conjoint table may hold, by its estimator, and how it is called. */
const quantities: { readonly [estimator: string]: readonly [title: string, axis: string, zero: string] } = {
  amce: ["Effects of each feature's levels on", "change from the reference level, in units of", "no effect"],
  amce_difference: [
    "Differences between subgroups in effects on",
    "difference of effects, in units of",
    "no difference",
  ],
  acie: [
    "Interactions of features in their effects on",
    "change of the effect, in units of",
    "no interaction",
  ],
  marginal_mean: ["Marginal means of", "mean of", ""],
  marginal_mean_difference: ["Differences between subgroups in", "difference of means of", "no difference"],
};

/** The line that levels are compared with; none where means are compared with nothing. */
function zeroOf(table: Table, name: string): { value: number; name: string } | undefined {
  if (name !== "") return { value: 0, name };
  const values = distinct(numbersIn(table, "null_value"));
  const [value] = values as [number];
  return values.length === 1 && value !== 0 && !Number.isNaN(value)
    ? { value, name: `mean ${writeShort(value, 6)}` }
    : undefined;
}

/** Reads a conjoint table, checked: rows of a feature stand together, those of a level next to each other. */
function levelRows(table: Table): PlotRow[] {
  checkDrawn(action, { estimates: table }, {
    columns: ["feature", "level", "estimate", "conf_low", "conf_high"],
    from: "it is a table of estimateAmce, estimateMarginalMeans or estimateAcie",
  });
  const texts = ["feature", "level", "group", "reference", "with_level", "reason"] as const;
  const rows = drawnRows(table, texts, ["estimate", "std_error", "conf_low", "conf_high"]).map((row) => ({
    ...row,
    group: row.group !== "" || row.with_level === "" ? row.group : `with ${row.with_level}`,
    isReference: row.level === row.reference && row.estimate === 0 && Number.isNaN(row.std_error),
  }));
  const groups = distinct(rows.map(({ group }) => group));
  // A reference level is 0 in every subgroup: once is enough.
  const once = rows.filter((row, place) =>
    !row.isReference ||
    place === rows.findIndex(({ feature, level }) => feature === row.feature && level === row.level)
  );
  return [...Map.groupBy(once, ({ feature }) => feature)].flatMap(([feature, own]) =>
    [...Map.groupBy(own, ({ level }) => level).values()].flat().map((row): PlotRow => {
      const { level, group, estimate: value, conf_low: low, conf_high: high, isReference } = row;
      const told = groups.length > 1 || row.with_level !== "" ? group : "";
      const look = groups.length < 2 ? looks.plain : series[1 + groups.indexOf(group) % (series.length - 1)]!;
      return {
        group: feature.replaceAll("_", " "),
        label: level,
        detail: isReference ? "" : told,
        points: [{ value, low, high }],
        look: isReference || Number.isNaN(value) ? looks.ring : look,
        value: isReference ? "reference" : undefined,
        reason: isReference ? "" : row.reason,
      };
    })
  );
}
