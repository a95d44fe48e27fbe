import { readOptions } from "../../core/options.ts";
import { distinct, isTable, type Table } from "../../core/table.ts";
import { checkDrawn, drawnRows, intervalName, joinTexts, onlyOne } from "../drawn_table.ts";
import { type AxisFigureOptions, axisRules, type Figure } from "../figure.ts";
import { decimalsOf, domainOf, writeNumber, writePercent, writeShort } from "../numbers.ts";
import { type Look, looks } from "../palette.ts";
import type { PlotRow } from "./row.ts";
import { drawRows } from "./draw_rows.ts";

/** How a sensitivity analysis is drawn; see {@linkcode plotSensitivity}. */
export interface PlotSensitivityOptions extends AxisFigureOptions {}

const action = "plot sensitivity";

/**
 * Draws how an effect holds up as more drift is assumed: row by row, from none to much, against the line at no effect.
 *
 * For the table of `estimateControlBounds`: a band for what each κ allows, a line for the effect's interval around it,
 * and a diamond in a row of its own where the interval reaches 0. For the table of `estimateRobustness`: the estimate
 * with its interval, without a confounder and with one 1, 2, 3 times as strong as a benchmark, and the robustness value
 * below. An interval that holds 0 is drawn in another colour and shape.
 *
 * @param sensitivity a table of `estimateControlBounds` or of `estimateRobustness`
 * @param options see {@linkcode PlotSensitivityOptions}
 * @returns a {@linkcode Figure}
 * @throws {RangeError} if the table is empty, or of neither kind
 * @example The effect stands up to half the bias that its control leaves open
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { plotSensitivity, tableOf } from "@understudy/understudy";
 *
 * const same = { arm: "threat", reference: "control", control: "news_source", estimate: 1, breakdown_kappa: 0.87 };
 * const figure = plotSensitivity(tableOf([
 *   { ...same, kappa: 0.5, bound_low: 0.6, bound_high: 1.4, conf_low: 0.3, conf_high: 1.7 },
 *   { ...same, kappa: 1, bound_low: 0.2, bound_high: 1.8, conf_low: -0.1, conf_high: 2.1 },
 * ]));
 * assertStringIncludes(figure.summary, "news_source, κ = 0.5 0.60 to 1.40, [0.30, 1.70]");
 * ```
 */
export function plotSensitivity(sensitivity: Table, options: PlotSensitivityOptions = {}): Figure {
  const { unit, ...asked } = readOptions(action, options, axisRules);
  const bounds = isTable(sensitivity) && sensitivity.columnNames().includes("kappa");
  checkDrawn(action, { sensitivity }, {
    columns: ["arm", "reference", ...intervalColumns, ...bounds ? boundColumns : robustnessColumns],
    from: "it must be a table of estimateControlBounds or estimateRobustness, as in " +
      "plotSensitivity(estimateControlBounds(answers, { effects, controls }))",
  });
  const read = drawnRows(sensitivity, ["arm", "reference", "control", "benchmark", "reason"], numbers);
  const arms = read.map(({ arm, reference }) => `${arm} v. ${reference}`);
  const several = distinct(arms).length > 1;
  const nameOf = (control: string, place: number) => joinTexts([control, several ? arms[place] : ""]);
  const assumptions = read.map((row, place): Assumed => ({ ...row, group: nameOf(row.control, place) }));
  const groups = [...Map.groupBy(assumptions, ({ group }) => group).values()];
  const rows = groups.flatMap(bounds ? boundRows : robustnessRows);
  const findings = groups.map(bounds ? findBreakdown : findRobustness);
  const outcome = onlyOne(sensitivity, "outcome", "the outcome");
  const reference = onlyOne(sensitivity, "reference", "the reference arm");
  const interval = `[${intervalName(sensitivity)}]`;
  const assumed = bounds
    ? "the outcome hung on what drifts κ times as strongly as on a negative control"
    : "an attribute that nobody asked for were as strong as one that was";
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
    valueHead: bounds ? ["bounds", interval] : [`estimate ${interval}`],
    key: [
      { look: "band", text: "what κ allows; line: with sampling error" },
      { look: looks.departs, text: "interval holds 0" },
      { look: breaks, text: "interval reaches 0" },
    ],
    notes: [
      ...findings,
      `Sensitivity, not a correction: ${bounds ? "κ" : "the strength"} is assumed; no data show it.`,
    ],
  });
}

/** Where an interval reaches 0. */
const breaks: Look = { ...looks.departs, symbol: "diamond", hollow: true };

const intervalColumns = ["estimate", "conf_low", "conf_high"] as const;
const boundColumns = ["kappa", "bound_low", "bound_high", "breakdown_kappa"] as const;
const robustnessColumns = ["strength", "robustness_value", "robustness_value_alpha"] as const;

const numbers = [...intervalColumns, ...boundColumns, ...robustnessColumns, "q"] as const;

/** What one strength of an assumption allows; rows of one control and pair of arms are a group. */
type Assumed =
  & { readonly [name in "group" | "benchmark" | "reason"]: string }
  & { readonly [name in typeof numbers[number]]: number };

function lookOf({ estimate, conf_low: low, conf_high: high }: Assumed): Look {
  if (Number.isNaN(estimate)) return looks.ring;
  return low <= 0 && high >= 0 ? looks.departs : looks.plain;
}

/** The rows of one group by κ, with one where the interval reaches 0 if that lies between those shown. */
function boundRows(group: readonly Assumed[]): PlotRow[] {
  const rows = group.toSorted((a, b) => a.kappa - b.kappa);
  const ends = rows.flatMap((row) => [row.conf_low, row.conf_high, row.bound_low, row.bound_high]);
  const decimals = decimalsOf(domainOf([0, ...ends]));
  const drawn = rows.map((row): PlotRow => {
    const points = [{ value: row.estimate, low: row.conf_low, high: row.conf_high }];
    return { ...boundRow(row, decimals), look: lookOf(row), points, reason: row.reason };
  });
  const last = rows.at(-1)!;
  const { breakdown_kappa: breakdown, kappa, estimate } = last;
  const after = rows.findIndex((row) => row.kappa >= breakdown);
  if (!(breakdown > 0) || after < 1 || rows[after]!.kappa === breakdown) return drawn;
  // Bounds are straight lines in κ.
  const [bound_low, bound_high] = [last.bound_low, last.bound_high]
    .map((end) => estimate + (end - estimate) * breakdown / kappa) as [number, number];
  const reached = boundRow({ ...last, kappa: breakdown, bound_low, bound_high }, decimals);
  return drawn.toSpliced(after, 0, { ...reached, note: "reaches 0", look: breaks, points: [{ value: 0 }] });
}

function boundRow(row: Assumed, decimals: number): Omit<PlotRow, "look"> {
  const { group, kappa, estimate, bound_low, bound_high, conf_low: low, conf_high: high } = row;
  const write = (value: number) => writeNumber(value, decimals);
  const bounded = bound_high > bound_low ? `${write(bound_low)} to ${write(bound_high)}` : write(estimate);
  return {
    group,
    label: `κ = ${writeShort(kappa)}`,
    value: Number.isNaN(estimate) ? "not computed" : bounded,
    note: Number.isNaN(low + high) ? "" : `[${write(low)}, ${write(high)}]`,
    band: { low: bound_low, high: bound_high },
  };
}

function findBreakdown(rows: readonly Assumed[]): string {
  const { group, breakdown_kappa: breakdown } = rows[0]!;
  if (Number.isNaN(breakdown)) return "";
  if (breakdown === 0) return `${group}: the interval holds 0 without any bias.`;
  return breakdown === Infinity
    ? `${group}: no κ brings 0 into the interval.`
    : `${group}: 0 is in the interval from κ = ${writeShort(breakdown)} on.`;
}

function robustnessRows(rows: readonly Assumed[]): PlotRow[] {
  return rows.map((row) => {
    const { group, benchmark, strength, reason, estimate: value, conf_low: low, conf_high: high } = row;
    const [look, points] = [lookOf(row), [{ value, low, high }]];
    const label = benchmark === "" ? "no confounder" : `${strength} × ${benchmark}`;
    return { group, label, look, note: look === looks.departs ? "holds 0" : "", points, reason };
  });
}

function findRobustness(rows: readonly Assumed[]): string {
  const { group, robustness_value: value, robustness_value_alpha: alpha, q } = rows[0]!;
  if (Number.isNaN(value)) return "";
  const isWhole = q === 1 || Number.isNaN(q);
  const change = isWhole ? "bring the estimate to 0" : `change the estimate by ${writePercent(q)}`;
  const [needed, counted] = [writePercent(value), writePercent(alpha)];
  const said =
    `Robustness value ${needed}: a confounder must explain that share of what is left of both arm ` +
    `and outcome to ${change}; ${counted} once sampling error counts.`;
  return group === "" ? said : `${group}: ${said}`;
}
