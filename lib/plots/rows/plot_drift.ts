import { cannot } from "../../core/errors.ts";
import { readOptions } from "../../core/options.ts";
import { distinct, type Table } from "../../core/table.ts";
import { type KeyItem, verdictKey } from "../card.ts";
import { capitalised, checkDrawn, drawnRows, intervalName, labelsOf } from "../drawn_table.ts";
import { type Figure, type StackedFigureOptions, stackedRules } from "../figure.ts";
import { writeP } from "../numbers.ts";
import { lookOfVerdict } from "../palette.ts";
import type { PlotRow } from "./row.ts";
import { drawRows, type RowPanel } from "./draw_rows.ts";

/** How drift is drawn; see {@linkcode plotDrift}. */
export interface PlotDriftOptions extends StackedFigureOptions {}

const action = "plot drift";

/**
 * Draws negative controls: how far the arms' answers lie apart, against how far they would lie apart by chance.
 *
 * For the table of `estimateDrift`. The grey band of a row runs from 0 to the 95% point of the null: even without drift a
 * distance is never 0. Of several controls one may lie beyond its band by chance: so colour and shape follow the verdict,
 * adjusted for their number. A `margin` is a dashed line; several measures have an axis each. Stack tables with a `label`
 * column to compare before and after a repair: rows of the same control stand together.
 *
 * @param drift one row per control and pair of arms: `control`, `arm`, `reference`, `statistic`, `null_mean`,
 *   `null_high`, `p_adjusted`, `conf_low`, `conf_high`, `verdict`, and where present `measure`, `margin`, `label`,
 *   `iteration`, `basis`, `reason`
 * @param options see {@linkcode PlotDriftOptions}; `unit` not where the table has several measures
 * @returns a {@linkcode Figure}
 * @throws {RangeError} if a column is missing, the table is empty, or `unit` is given for several measures
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { plotDrift, tableOf } from "@understudy/understudy";
 *
 * const [pair, chance] = [{ arm: "incursion", reference: "exercise" }, { null_mean: 0.06, null_high: 0.11 }];
 * const found = { p_adjusted: 0.0005, conf_low: 0.25, conf_high: 0.38, verdict: "found" };
 * const figure = plotDrift(tableOf([{ control: "news_source", ...pair, statistic: 0.31, ...chance, ...found }]));
 * assertStringIncludes(figure.summary, "news_source 0.31 [0.25, 0.38], p < .001, found");
 * ```
 */
export function plotDrift(drift: Table, options: PlotDriftOptions = {}): Figure {
  const { unit, label, ...asked } = readOptions(action, options, stackedRules);
  const panels = driftPanels(controlRows(action, drift, label), unit);
  if (unit !== undefined && panels.length > 1) {
    throw new RangeError(cannot(action, "unit", "be left out where 'drift' has several measures", unit));
  }
  return drawRows({
    table: drift,
    asked,
    title: "Did the treatment change who the simulated people are?",
    subtitle: "Negative controls: questions that the treatment should not be able to change",
    panels,
    valueHead: [`distance [${intervalName(drift)}]`, "adjusted p, verdict"],
    key: driftKey,
    missing: "cannot tell",
  });
}

export const driftKey: readonly KeyItem[] = [
  { look: "band", text: "what chance alone gives (mean, 95% point)" },
  { look: "dashed", text: "margin" },
  ...verdictKey,
];

/** One control of one pair of arms; `stacked` tells it from others of the same, and is empty where nothing does. */
export type ControlRow =
  & PlotRow
  & { readonly [name in "control" | "measure" | "arms" | "stacked" | "role" | "verdict"]: string };

const needed = ["control", "arm", "reference", "verdict"] as const;
const neededNumbers = ["statistic", "null_mean", "null_high", "p_adjusted", "conf_low", "conf_high"] as const;

/** Reads a table of drift, checked, as rows to draw. */
export function controlRows(action: string, table: Table, label: string | undefined): ControlRow[] {
  checkDrawn(action, { drift: table }, {
    columns: [...needed, ...neededNumbers],
    from: "it is a table of estimateDrift, as in plotDrift(estimateDrift(answers, { controls }))",
    label,
  });
  const labels = labelsOf(table, label);
  const rows = drawnRows(table, [...needed, "measure", "role", "reason"], [...neededNumbers, "margin"]);
  return rows.map((own, index): ControlRow => {
    const { control, arm, reference, measure, role, verdict, reason, statistic: value } = own;
    const p = writeP(own.p_adjusted);
    return {
      control,
      measure: measure === "" ? "total variation" : measure,
      arms: reference === "" ? arm : `${arm} v. ${reference}`,
      stacked: labels[index]!,
      role,
      verdict,
      label: control,
      look: lookOfVerdict(verdict),
      points: [{ value, low: own.conf_low, high: own.conf_high }],
      band: { low: 0, high: own.null_high, middle: own.null_mean },
      dashes: [own.margin],
      note: Number.isNaN(value) ? "" : p === "" ? verdict : `${p}, ${verdict}`,
      reason,
    };
  });
}

/** Puts controls on an axis for each measure: rows of the same control and arms stand together. */
export function driftPanels(controls: readonly ControlRow[], unit: string | undefined): RowPanel[] {
  const measures = [...Map.groupBy(controls, ({ measure }) => measure)];
  const several = distinct(controls.map(({ arms }) => arms)).length > 1;
  const stacked = controls.some((row) => row.stacked !== "");
  return measures.map(([measure, own]): RowPanel => ({
    title: measures.length > 1 ? capitalised(measure) : undefined,
    axis: unit ?? axes[measure] ?? `${measure} distance between arms`,
    from: 0,
    zero: { value: 0 },
    rows: [...Map.groupBy(own, ({ label, arms }) => `${label}\n${arms}`).values()].flat().map((row) =>
      stacked
        ? { ...row, label: row.stacked, group: several ? `${row.label}, ${row.arms}` : row.label }
        : { ...row, detail: several ? row.arms : "" }
    ),
  }));
}

/** What an axis shows, by what was measured. */
const axes: { readonly [measure: string]: string } = {
  "total variation": "total variation distance between arms (0 same answers, 1 none in common)",
  "Jensen-Shannon": "Jensen-Shannon divergence of arms in bits (0 same answers, 1 none in common)",
  "Kolmogorov-Smirnov": "largest difference of the arms' distribution functions (0 to 1)",
  "Wasserstein": "Wasserstein distance between arms, in points of the scale",
  "standardised mean difference": "difference of the arms' means, in standard deviations",
};
