import { column, columns, type IntervalOptions, intervalRules, readOptions } from "../../core/options.ts";
import { columnOf, type Table } from "../../core/table.ts";
import { compareEffects, type CompareEffectsOptions, pairEffects } from "../../fidelity/compare_effects.ts";
import { normalQuantile } from "../../stats/distributions.ts";
import { dashedLine, detailInk, drawAxis, drawCard, drawKey } from "../card.ts";
import { capitalised, sentence } from "../drawn_table.ts";
import { type AxisFigureOptions, axisRules, type Figure } from "../figure.ts";
import { domainOf, linearScale, ticksOf, writeInterval, writePercent, writeTicks } from "../numbers.ts";
import { colours, edge, looks, sizes } from "../palette.ts";
import { dotMark, lineMark, type Point, textMark } from "../svg.ts";
import { bottomOf, measureText, setText } from "../text_layout.ts";
import { risingAxis } from "./draw_curves.ts";

/** How effects are paired and drawn; see {@linkcode plotAgreement}. */
export interface PlotAgreementOptions
  extends AxisFigureOptions, IntervalOptions, Pick<CompareEffectsOptions, "by" | "covariance"> {}

const action = "plot agreement";
/** More than these would hide each other. */
const mostDrawn = 2000;
const rules = { ...axisRules, ...intervalRules, by: columns, covariance: column } as const;

/**
 * Draws human against synthetic effects of the same contrasts, with intervals, the fitted line and that of equal effects.
 *
 * Both axes have the same scale: a line flatter than the dashed one says that predictions overshoot.
 *
 * @param human one row per contrast, as for `compareEffects`
 * @param synthetic the same contrasts: `estimate`, and where present `std_error`
 * @param options see {@linkcode PlotAgreementOptions}
 * @returns a {@linkcode Figure}, whose table is that of `compareEffects`
 * @throws {RangeError} as `compareEffects` does
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { plotAgreement } from "@understudy/understudy/plots";
 *
 * const arm = ["a", "b", "c", "d"];
 * const human = tableOf({ arm, estimate: [0.1, 0.2, 0.3, 0.5], std_error: [0.05, 0.05, 0.05, 0.05] });
 * const figure = plotAgreement(human, tableOf({ arm, estimate: [0.2, 0.4, 0.6, 1] }));
 * assertStringIncludes(figure.summary, "4 contrasts; each unit of a synthetic effect is worth 0.50");
 * ```
 */
export function plotAgreement(human: Table, synthetic: Table, options: PlotAgreementOptions = {}): Figure {
  const { by, covariance, alpha, unit, ...asked } = readOptions(action, options, rules);
  const { effects } = pairEffects(action, human, synthetic, { by, covariance });
  const table = compareEffects(human, synthetic, { by, covariance, alpha } as CompareEffectsOptions);
  const numbers = (name: string) => columnOf<number>(table, name);
  const [estimates, low, high] = ["estimate", "conf_low", "conf_high"].map(numbers);
  const [r, slope, intercept] = estimates as [number, number, number];
  const told = Number.isNaN(slope) ? [String(table.get("reason", 1))] : [
    `each unit of a synthetic effect is worth ${writeInterval(slope, low![1]!, high![1]!, 2)} of a human one`,
    `freed of human sampling error they correlate ${writeInterval(r, low![0]!, high![0]!, 2)}`,
  ];
  const half = normalQuantile(1 - alpha / 2);
  const every = Math.ceil(effects.length / mostDrawn);
  const bars = effects.filter((_, at) => at % every === 0).map((effect) => ({
    ...effect,
    x: [-half, half].map((z) => effect.synthetic + z * (effect.syntheticError || 0)),
    y: [-half, half].map((z) => effect.human + z * Math.sqrt(effect.variance)),
  }));
  const domain = domainOf(bars.flatMap(({ x, y }) => [...x, ...y]));
  const predicted = Float64Array.from(bars, ({ synthetic }) => synthetic).sort();
  const ends = Number.isNaN(slope) ? [] : [predicted[0]!, predicted.at(-1)!];
  const named = (who: string) => `${who} effect${unit === undefined ? "" : ` (${unit})`}`;
  const card = {
    table,
    asked,
    title: "Do synthetic effects agree with human effects?",
    subtitle: told.map((text) => sentence(capitalised(text))).join(" "),
    notes: [every > 1 ? `drawn: 1 of ${every} contrasts` : "", ...String(table.get("notes", 0)).split("; ")]
      .map((note) => note && sentence(capitalised(note))),
    told: [`${effects.length} contrasts`, ...told],
  };
  return drawCard(card, (start) => {
    const { width } = asked;
    const line = { look: null, text: ends.length === 0 ? "" : "solid line: fitted" };
    const dot = { look: looks.plain, text: `a contrast, with ${writePercent(1 - alpha)} intervals` };
    const key = drawKey([dot, { look: "dashed", text: "equal effects" }, line], start, width);
    const ink = { size: sizes.detail, fill: colours.ink };
    const name = setText(named("human"), { x: edge, y: key.bottom + 4, width: width - 2 * edge }, ink, 2);
    const labels = Math.max(...writeTicks(ticksOf(domain, 5)).map((label) => measureText(label, detailInk)));
    const [left, top] = [edge + Math.max(40, Math.ceil(labels) + 8), bottomOf(name) + 8];
    const side = Math.min(width - edge - 6 - left, 400);
    const x = linearScale(domain, [left, left + side]);
    const y = linearScale(domain, [top + side, top]);
    const at = (synthetic: number, human: number): Point => [x.at(synthetic), y.at(human)];
    const axis = drawAxis({ scale: x, top, bottom: top + side, name: named("synthetic"), width });
    const zero = lineMark([at(0, domain[0]), at(0, domain[1])], { stroke: colours.axis });
    const thin = { stroke: looks.plain.colour, strokeOpacity: bars.length > 40 ? 0.3 : 0.6 };
    const fit = { stroke: looks.departs.colour, strokeWidth: 2.5 };
    const marks = [
      ...[...key.marks, ...axis.grid, ...risingAxis(x, y, domain)],
      ...(domain[0] < 0 && domain[1] > 0 ? [zero] : []),
      dashedLine(domain.map((end) => at(end, end))),
      ...bars.flatMap((bar) => [
        lineMark(bar.y.map((end) => at(bar.synthetic, end)), thin),
        lineMark(bar.x.map((end) => at(end, bar.human)), thin),
      ]),
      lineMark(ends.map((end) => at(end, intercept + slope * end)), fit),
      ...bars.map((bar) => dotMark(at(bar.synthetic, bar.human), looks.plain, bars.length > 40 ? 3 : 4.5)),
      ...[textMark(name), ...axis.marks],
    ];
    return { bottom: axis.bottom, marks };
  });
}
