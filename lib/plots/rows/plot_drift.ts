import { cannot } from "../../core/errors.ts";
import { readOptions } from "../../core/options.ts";
import { distinct, type Table } from "../../core/table.ts";
import type { KeyItem } from "../card.ts";
import { checkDrawn, intervalName, labelsOf, readRows } from "../drawn_table.ts";
import {
  type AxisOptions,
  axisRules,
  type Figure,
  type FigureOptions,
  figureRules,
  type StackOptions,
  stackRules,
} from "../figure.ts";
import { writeP } from "../numbers.ts";
import { type Look, looks, verdictLooks } from "../palette.ts";
import type { PlotRow } from "./row.ts";
import { drawRows, type RowPanel } from "./row_plot.ts";

/** How drift is drawn; see {@linkcode plotDrift}. */
export interface PlotDriftOptions extends FigureOptions, AxisOptions, StackOptions {}

const action = "plot drift";
const rules = { ...figureRules, ...axisRules, ...stackRules } as const;

/**
 * Draws negative controls: how far the arms' answers lie apart, against how far they would lie apart by chance.
 *
 * For the table of `estimateDrift`. The grey band of a row runs from 0 to the 95% point of the null: even without
 * drift a distance is never 0, so the band, not 0, is what a point is compared with. Of several controls one may lie
 * beyond its band by chance: so colour and shape follow the verdict, which is adjusted for their number. A `margin` is
 * drawn as a dashed line. Measures have units of their own: where the table has several, each has a panel with an axis
 * of its own. Stack tables with a `label` column to compare before and after a repair: rows of the same control stand
 * together.
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
 * import { plotDrift } from "@understudy/understudy/plots";
 * import { tableOf } from "@understudy/understudy/core";
 *
 * const drift = tableOf({
 *   control: ["news_source"],
 *   arm: ["incursion"],
 *   reference: ["exercise"],
 *   statistic: [0.31],
 *   null_mean: [0.06],
 *   null_high: [0.11],
 *   p_adjusted: [0.0005],
 *   conf_low: [0.25],
 *   conf_high: [0.38],
 *   verdict: ["found"],
 * });
 * const figure = plotDrift(drift);
 * assertStringIncludes(figure.summary, "news_source 0.31 [0.25, 0.38], p < .001, found");
 * ```
 */
export function plotDrift(drift: Table, options: PlotDriftOptions = {}): Figure {
  const { unit, label, ...asked } = readOptions(action, options, rules);
  const controls = readControls(action, drift, label);
  const panels = driftPanels(controls, unit);
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
    key: driftKey(panels),
    notes: [
      "Verdicts are adjusted for the number of controls. “Not found” does not prove that nothing changed.",
    ],
    missing: "not computed",
  });
}

/** One control of one pair of arms, as its table has it. */
export interface ControlRow {
  readonly control: string;
  /** What the control is called in the figure. */
  readonly name: string;
  /** How the distance was measured. */
  readonly measure: string;
  /** The arms that were compared. */
  readonly arms: string;
  /** What tells this row from others of the same control and arms; empty where nothing does. */
  readonly label: string;
  readonly role: string;
  readonly verdict: string;
  readonly row: PlotRow;
}

/** Reads a table of drift, checked, as rows to draw. */
export function readControls(action: string, table: Table, label: string | undefined): ControlRow[] {
  checkDrawn(action, table, {
    argument: "drift",
    columns: [
      ...["control", "arm", "reference", "statistic", "null_mean", "null_high"],
      ...["p_adjusted", "conf_low", "conf_high", "verdict"],
    ],
    from: "it is a table of estimateDrift, as in plotDrift(estimateDrift(answers, { controls }))",
    label,
  });
  const labels = labelsOf(table, label);
  const texts = ["control", "measure", "arm", "reference", "role", "verdict", "reason"] as const;
  const numbers = [
    ...["statistic", "null_mean", "null_high", "p_adjusted", "conf_low", "conf_high", "margin"] as const,
  ];
  return readRows(table, texts, numbers).map((own, index): ControlRow => {
    const { control, arm, reference, verdict, statistic: value } = own;
    const known = !Number.isNaN(value);
    return {
      control,
      name: control,
      measure: own.measure === "" ? "total variation" : own.measure,
      arms: reference === "" ? arm : `${arm} v. ${reference}`,
      label: labels[index]!,
      role: own.role,
      verdict,
      row: {
        label: control,
        look: lookOfVerdict(verdict),
        points: [{ value, low: own.conf_low, high: own.conf_high }],
        band: { low: 0, high: own.null_high, middle: own.null_mean },
        dashes: [own.margin],
        note: known ? [writeP(own.p_adjusted), verdict].filter((part) => part !== "").join(", ") : "",
        reason: own.reason,
      },
    };
  });
}

/** The look of a verdict; that of nothing told for any other word. */
export function lookOfVerdict(verdict: string): Look {
  return (verdictLooks as { readonly [word: string]: Look })[verdict] ?? looks.ring;
}

/** Puts controls on an axis for each measure: rows of the same control and arms stand together. */
export function driftPanels(controls: readonly ControlRow[], unit: string | undefined): RowPanel[] {
  const measures = [...Map.groupBy(controls, ({ measure }) => measure)];
  const severalArms = distinct(controls.map(({ arms }) => arms)).length > 1;
  const stacked = controls.some(({ label }) => label !== "");
  return measures.map(([measure, own]): RowPanel => ({
    ...(measures.length > 1 ? { title: `${measure.charAt(0).toUpperCase()}${measure.slice(1)}` } : {}),
    axis: unit ?? axisOf(measure),
    from: 0,
    zero: { value: 0 },
    rows: [...Map.groupBy(own, ({ control, arms }) => `${control}\n${arms}`).values()].flatMap((group) =>
      group.map(({ name, arms, label, row }, place) => {
        if (!stacked) return { ...row, detail: severalArms ? arms : "" };
        const heading = severalArms ? `${name}, ${arms}` : name;
        return { ...row, label, ...(place === 0 ? { heading } : {}) };
      })
    ),
  }));
}

/** What an axis shows, by what was measured. */
function axisOf(measure: string): string {
  switch (measure) {
    case "total variation":
      return "total variation distance between arms (0 same answers, 1 none in common)";
    case "Jensen-Shannon":
      return "Jensen-Shannon divergence of arms in bits (0 same answers, 1 none in common)";
    case "Kolmogorov-Smirnov":
      return "largest difference of the arms' distribution functions (0 to 1)";
    case "Wasserstein":
      return "Wasserstein distance between arms, in points of the scale";
    case "standardised mean difference":
      return "difference of the arms' means, in standard deviations";
    default:
      return `${measure} distance between arms`;
  }
}

/** What the marks of drift mean: bands, margins, and the verdicts that there are. */
export function driftKey(panels: readonly RowPanel[]): KeyItem[] {
  const rows = panels.flatMap((panel) => panel.rows);
  const margin = rows.some(({ dashes = [] }) => dashes.some(Number.isFinite));
  return [
    { look: "band", text: "what chance alone gives (95%)" },
    ...(margin ? [{ look: "dashed", text: "margin" } as const] : []),
    ...verdictKey(rows.map(({ look }) => look)),
  ];
}

/** What the looks of verdicts mean, for those that there are. */
export function verdictKey(present: readonly Look[]): KeyItem[] {
  return Object.entries(verdictLooks).filter(([, look]) => present.includes(look) && look !== looks.ring)
    .map(([text, look]) => ({ look, text }));
}
