import { numbersWithin } from "../../calibration/plan_mixed_subjects.ts";
import { readOptions } from "../../core/options.ts";
import { distinct, type Table } from "../../core/table.ts";
import { checkDrawn, drawnRows } from "../drawn_table.ts";
import { type AxisFigureOptions, axisRules, type Figure } from "../figure.ts";
import { domainOf, writePercent, writeShort } from "../numbers.ts";
import { looks, series } from "../palette.ts";
import { type Curve, drawCurves } from "./draw_curves.ts";
import { reachTarget } from "./plot_power.ts";

/** How precision is drawn against cost; see {@linkcode plotPrecision}. */
export interface PlotPrecisionOptions extends AxisFigureOptions {
  /**
   * The power, or else the standard error, that is wanted: a line across, and a mark at the least cost that reaches it.
   * @default {undefined} a power of 0.8 where the plan is for an effect, else none
   */
  target?: number;
}

const action = "plot precision";
const alone = "people alone";
const rules = { ...axisRules, target: numbersWithin<number, undefined>([0, Infinity], undefined) } as const;

/**
 * Draws what precision costs: one curve with the model's answers and one with people alone, against the cost.
 *
 * For the table of `planMixedSubjects` with several budgets. The curves are of power where the plan is for an effect,
 * else of the standard error. Of more than four correlations four are drawn, from the lowest to the highest.
 *
 * @param plan one row per design and budget: `design`, `cost`, `std_error`, and where present `power`, `correlation`
 * @param options see {@linkcode PlotPrecisionOptions}
 * @returns a {@linkcode Figure}
 * @throws {RangeError} if a column is missing, or there are not several costs
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { planMixedSubjects } from "@understudy/understudy/calibration";
 * import { plotPrecision } from "@understudy/understudy/plots";
 *
 * const budget = [50, 100, 150, 200, 250, 300, 350, 400];
 * const plan = planMixedSubjects({ correlation: 0.75, costPrediction: 0.02, budget, effect: 0.3 });
 * assertStringIncludes(plotPrecision(plan).summary, "people alone, 80% at 351");
 * ```
 */
export function plotPrecision(plan: Table, options: PlotPrecisionOptions = {}): Figure {
  const { target: wanted, unit, ...asked } = readOptions(action, options, rules);
  const from = "it is a table of planMixedSubjects, as with { budget: [100, 200, 400] }";
  checkDrawn(action, { plan }, { columns: ["design", "cost", "std_error"], from });
  const all = drawnRows(plan, ["design"], ["cost", "std_error", "power", "correlation"]);
  const known = distinct(all.map(({ correlation }) => correlation)).sort((a, b) => a - b);
  const most = series.length - 1;
  const shown = known.filter((_, place) =>
    known.length <= most || (place * (most - 1)) % (known.length - 1) < most - 1
  );
  const rows = all.filter(({ correlation }) => shown.includes(correlation));
  const domain = domainOf(rows.map(({ cost }) => cost));
  const measure = rows.some(({ power }) => Number.isFinite(power)) ? "power" : "std_error";
  const [sign, write, title, subtitle] = measure === "power"
    ? [1, writePercent, "Power by cost", "Probability that the study finds the effect"] as const
    : [-1, writeShort, "Precision by cost", "Standard error of the estimate: less is more precise"] as const;
  const target = wanted ?? (measure === "power" ? 0.8 : NaN);
  // People alone are the same whatever the model is worth.
  const nameOf = ({ design, correlation }: typeof rows[number]) =>
    shown.length > 1 && design !== alone ? `${design}, correlation ${writeShort(correlation)}` : design;
  const lines = [...Map.groupBy(rows, nameOf)].map(([name, own]) => {
    const places = new Map(own.map((row) => [row.cost, { x: row.cost, y: row[measure] }]));
    const points = [...places.values()].filter(({ x, y }) => Number.isFinite(x + y))
      .sort((a, b) => a.x - b.x);
    const { reached, extent } = reachTarget(points.map(({ x, y }) => ({ x, y: sign * y })), sign * target);
    return { name, points, reached: extent === "within" ? reached : NaN };
  });
  if (lines.every(({ points }) => points.length < 2)) {
    throw new RangeError(`Cannot ${action} as 'plan' has one cost: ${from}`);
  }
  const coloured = lines.map(({ name }) => name).filter((name) => name !== alone);
  const dearest = lines.find(({ name }) => name === alone)?.reached ?? NaN;
  const curves = lines.map(({ name, points, reached }): Curve => {
    const at = Number.isNaN(reached) ? [] : [`${write(target)} at ${writeShort(reached)}`];
    const saved = reached < dearest ? [`${writePercent(1 - reached / dearest, 2)} saved`] : [];
    return {
      name,
      points,
      says: [...at, ...saved],
      look: name === alone ? looks.ink : series[1 + coloured.indexOf(name) % most]!,
      ...(at.length === 0 ? {} : { mark: { x: reached, y: target, foot: 0 } }),
      told: [name, ...at, ...saved].join(", "),
    };
  });
  return drawCurves({
    ...{ table: plan, asked, title, subtitle, curves },
    axis: unit ?? "cost of people and of the model's answers",
    domain,
    ...(Number.isNaN(target) ? {} : { target }),
    ...(measure === "power" ? {} : { rise: domainOf(rows.map((row) => row[measure]), 0) }),
    key: Number.isNaN(target) ? [] : [
      { look: "dashed", text: `${write(target)}, which is wanted` },
      { look: looks.ring, text: "the least cost that reaches it" },
    ],
    notes: [
      "Each dot is the best that its cost buys; the line between them is close.",
      ...(shown.length < known.length ? [`${shown.length} of ${known.length} correlations are drawn.`] : []),
    ],
  });
}
