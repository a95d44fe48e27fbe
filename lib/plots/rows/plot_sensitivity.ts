import { readOptions } from "../../core/options.ts";
import { distinct, type Table } from "../../core/table.ts";
import { checkDrawn, describeDrawn, intervalName, onlyOne, readRows } from "../drawn_table.ts";
import { type AxisOptions, axisRules, type Figure, type FigureOptions, figureRules } from "../figure.ts";
import { decimalsOf, domainOf, writeNumber, writePercent, writeShort } from "../numbers.ts";
import { type Look, looks } from "../palette.ts";
import type { PlotRow } from "./row.ts";
import { drawRows } from "./row_plot.ts";

/** How a sensitivity analysis is drawn; see {@linkcode plotSensitivity}. */
export interface PlotSensitivityOptions extends FigureOptions, AxisOptions {}

const action = "plot sensitivity";
const rules = { ...figureRules, ...axisRules } as const;
const from = "it must be a table of estimateControlBounds or estimateRobustness, as in " +
  "plotSensitivity(estimateControlBounds(answers, { outcome, controls }))";

/**
 * Draws how an effect holds up as more drift is assumed: row by row, from none to much, against the line at no effect.
 *
 * For the table of `estimateControlBounds`: a band for what each κ allows, a line for the interval with sampling error,
 * and a diamond in a row of its own where the interval reaches 0. For the table of `estimateRobustness`: the estimate
 * with its interval, without a confounder and with one 1, 2, 3 times as strong as a benchmark, and the robustness value
 * below. An interval that holds 0 is drawn in another colour and shape.
 *
 * @param sensitivity a table of `estimateControlBounds` or of `estimateRobustness`
 * @param options see {@linkcode PlotSensitivityOptions}
 * @returns a {@linkcode Figure}
 * @throws {RangeError} if the table is empty, or of neither kind
 * @example The effect stands up to a bias of half what the control moved
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { plotSensitivity } from "@understudy/understudy/plots";
 * import { tableOf } from "@understudy/understudy/core";
 *
 * const bounds = tableOf({
 *   arm: ["threat", "threat"],
 *   reference: ["control", "control"],
 *   control: ["news_source", "news_source"],
 *   kappa: [0.5, 1],
 *   estimate: [1, 1],
 *   bound_low: [0.6, 0.2],
 *   bound_high: [1.4, 1.8],
 *   conf_low: [0.3, -0.1],
 *   conf_high: [1.7, 2.1],
 *   breakdown_kappa: [0.87, 0.87],
 * });
 * const figure = plotSensitivity(bounds);
 * assertStringIncludes(figure.summary, "news_source, κ = 0.5 0.60 to 1.40, [0.30, 1.70]");
 * ```
 */
export function plotSensitivity(sensitivity: Table, options: PlotSensitivityOptions = {}): Figure {
  const { unit, ...asked } = readOptions(action, options, rules);
  checkDrawn(action, sensitivity, {
    argument: "sensitivity",
    columns: ["arm", "reference", "estimate", "conf_low", "conf_high"],
    from,
  });
  const names = sensitivity.columnNames();
  if (!names.includes("kappa") && !names.includes("benchmark")) {
    throw new RangeError(
      `Cannot ${action} as 'sensitivity' has neither column 'kappa' nor 'benchmark': ${from}; ${
        describeDrawn(sensitivity)
      }`,
    );
  }
  const bounds = names.includes("kappa");
  const { rows, findings } = bounds ? boundRows(sensitivity) : robustnessRows(sensitivity);
  const outcome = onlyOne(sensitivity, "outcome", "the outcome");
  const reference = onlyOne(sensitivity, "reference", "the reference arm");
  const assumed = bounds
    ? "drift biased it by up to κ times what it moved a negative control"
    : "an attribute that nobody asked for were as strong as one that was";
  const has = (look: Look) => rows.some((row) => row.look === look);
  return drawRows({
    table: sensitivity,
    asked,
    title: "How much drift would it take to change the conclusion?",
    subtitle: `The effect on ${outcome}, if ${assumed}`,
    panels: [{
      axis: unit ?? `difference from ${reference}, in units of ${outcome}`,
      rows,
      zero: { value: 0, name: "no effect" },
    }],
    valueHead: bounds
      ? ["bounds", `[${intervalName(sensitivity)}]`]
      : [`estimate [${intervalName(sensitivity)}]`],
    key: [
      ...(bounds ? [{ look: "band", text: "what κ allows; line: with sampling error" } as const] : []),
      ...(has(looks.departs) ? [{ look: looks.departs, text: "interval holds 0" }] : []),
      ...(has(breaks) ? [{ look: breaks, text: "interval reaches 0" }] : []),
    ],
    notes: [
      ...findings.filter((finding) => finding !== ""),
      `Sensitivity, not a correction: ${bounds ? "κ" : "the strength"} is assumed; no data show it.`,
    ],
    missing: "not computed",
  });
}

/** Where an interval reaches 0. */
const breaks: Look = { ...looks.departs, symbol: "diamond", hollow: true };

/** What is drawn, and one sentence on each comparison. */
interface SensitivityRows {
  readonly rows: readonly PlotRow[];
  readonly findings: readonly string[];
}

function lookOf(estimate: number, low: number, high: number): Look {
  if (Number.isNaN(estimate)) return looks.ring;
  return low <= 0 && high >= 0 ? looks.departs : looks.plain;
}

/** The arms that were compared, where that differs between rows; else empty. */
function armsOf(rows: readonly { readonly arm: string; readonly reference: string }[]): string[] {
  const arms = rows.map(({ arm, reference }) => `${arm} v. ${reference}`);
  return distinct(arms).length > 1 ? arms : arms.map(() => "");
}

const intervalColumns = ["estimate", "conf_low", "conf_high"] as const;
const boundColumns = [...intervalColumns, "kappa", "bound_low", "bound_high", "breakdown_kappa"] as const;

/** What one κ allows. */
type Bound = { readonly [name in typeof boundColumns[number]]: number } & {
  readonly group: string;
  readonly reason: string;
};

function boundRows(table: Table): SensitivityRows {
  checkDrawn(action, table, { argument: "sensitivity", columns: ["control", ...boundColumns], from });
  const read = readRows(table, ["arm", "reference", "control", "reason"], boundColumns);
  const arms = armsOf(read);
  const all = read.map((row, index): Bound => ({
    ...row,
    group: [row.control, arms[index]!].filter((part) => part !== "").join(", "),
  }));
  const reach = all.flatMap((
    row,
  ) => [row.conf_low, row.conf_high, row.bound_low, row.bound_high, row.estimate]);
  const decimals = decimalsOf(domainOf([0, ...reach]));
  const groups = [...Map.groupBy(all, ({ group }) => group).values()]
    .map((rows) => rows.toSorted((a, b) => a.kappa - b.kappa));
  return {
    rows: groups.flatMap((rows) =>
      withBreakdown(rows).map((row, place) => ({
        ...(place === 0 ? { heading: row.group } : {}),
        ...boundRow(row, decimals),
      }))
    ),
    findings: groups.map((rows) => findBreakdown(rows.at(-1)!)),
  };
}

function boundRow(row: Bound, decimals: number): PlotRow {
  const { kappa, estimate, bound_low, bound_high, conf_low: low, conf_high: high } = row;
  const write = (value: number) => writeNumber(value, decimals);
  const broken = kappa === row.breakdown_kappa && Number.isNaN(low);
  const look = broken ? breaks : lookOf(estimate, low, high);
  const bounded = bound_high > bound_low;
  return {
    label: `κ = ${writeShort(kappa)}`,
    value: Number.isNaN(estimate)
      ? "not computed"
      : bounded
      ? `${write(bound_low)} to ${write(bound_high)}`
      : write(estimate),
    note: broken ? "reaches 0" : Number.isNaN(low + high) ? "" : `[${write(low)}, ${write(high)}]`,
    look,
    points: [broken ? { value: 0 } : { value: estimate, low, high }],
    band: { low: bound_low, high: bound_high },
    reason: broken ? "" : row.reason,
  };
}

/** Puts a row where the interval reaches 0, if that lies between the values of κ that are shown. */
function withBreakdown(rows: readonly Bound[]): Bound[] {
  const last = rows.at(-1)!;
  const { breakdown_kappa: breakdown, kappa, estimate } = last;
  const after = rows.findIndex((row) => row.kappa >= breakdown);
  if (!(breakdown > 0) || after < 1 || rows[after]!.kappa === breakdown) return [...rows];
  // Bounds are straight lines in κ.
  const at = (end: number) => estimate + (end - estimate) * breakdown / kappa;
  const [bound_low, bound_high] = [at(last.bound_low), at(last.bound_high)];
  const row = { ...last, kappa: breakdown, bound_low, bound_high, conf_low: NaN, conf_high: NaN };
  return [...rows.slice(0, after), row, ...rows.slice(after)];
}

function findBreakdown({ group, breakdown_kappa: breakdown }: Bound): string {
  if (Number.isNaN(breakdown)) return "";
  if (breakdown === 0) return `${group}: the interval holds 0 without any bias.`;
  return breakdown === Infinity
    ? `${group}: no κ brings 0 into the interval.`
    : `${group}: 0 is in the interval from κ = ${writeShort(breakdown)} on.`;
}

const robustnessColumns = ["strength", "robustness_value", "robustness_value_alpha"] as const;

function robustnessRows(table: Table): SensitivityRows {
  checkDrawn(action, table, { argument: "sensitivity", columns: robustnessColumns, from });
  const texts = ["arm", "reference", "benchmark", "reason"] as const;
  const read = readRows(table, texts, [...intervalColumns, ...robustnessColumns, "q"]);
  const arms = armsOf(read);
  const rows = read.map((row, index): PlotRow => {
    const { estimate: value, conf_low: low, conf_high: high, benchmark } = row;
    return {
      ...(arms[index] !== "" && arms[index] !== arms[index - 1] ? { heading: arms[index]! } : {}),
      label: benchmark === "" ? "no confounder" : `${row.strength} × ${benchmark}`,
      look: lookOf(value, low, high),
      note: low <= 0 && high >= 0 ? "holds 0" : "",
      points: [{ value, low, high }],
      reason: row.reason,
    };
  });
  const findings = distinct(arms).map((group) => {
    const { robustness_value: value, robustness_value_alpha: alpha, q } = read[arms.indexOf(group)]!;
    if (Number.isNaN(value)) return "";
    const change = q === 1 || Number.isNaN(q)
      ? "bring the estimate to 0"
      : `change the estimate by ${writePercent(q)}`;
    return `${group === "" ? "" : `${group}: `}Robustness value ${
      writePercent(value)
    }: a confounder must explain ` +
      `that share of what is left of both arm and outcome to ${change}; ` +
      `${writePercent(alpha)} once sampling error counts.`;
  });
  return { rows, findings };
}
