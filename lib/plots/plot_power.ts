import { checkLevel, checkOptions, checkWhole, noValue, type Table } from "../core/mod.ts";
import { drawRows } from "./draw_rows.ts";
import { Figure } from "./figure.ts";
import { decimalsOf, domainOf, firstFew, writeNumber } from "./figure_text.ts";
import { colours } from "./palette.ts";
import { abscissaOf, type PowerCurve, powerCurvesOf } from "./power_curves.ts";
import { powerMarks } from "./power_marks.ts";
import { growRows } from "./randomization_marks.ts";
import { layOutRows, type RowPlotTexts, type RowText } from "./row_layout.ts";

/** How power is drawn; see {@linkcode plotPower}. */
export interface PlotPowerOptions {
  /**
   * The column along which the curves run.
   * @default "n" where it varies, else "effect"
   */
  x?: string;
  /**
   * The power that is wanted: a line across, and a mark where a curve reaches it.
   * @default 0.8
   */
  target?: number;
  /**
   * The sentence above the figure.
   * @default "Power by <x>"
   */
  title?: string;
  /** A second sentence, in smaller print. */
  subtitle?: string;
  /**
   * What a unit of the axis is.
   * @default "personas in all arms", or "true effect, in units of the outcome"
   */
  unit?: string;
  /**
   * The width in pixels, 320 to 2000. Below 540 the values stand below the labels.
   * @default 640
   */
  width?: number;
}

const action = "plot power";
const oneRow = 190;
const manyRows = 116;

/**
 * Draws power curves: one panel for each series of scenarios, the wanted power as a line, and a mark at the smallest
 * number of personas (or the smallest effect) that reaches it.
 *
 * For the table of `planPower`. Scenarios that differ in anything else than `x` are different series; they share the
 * axis, so that the marks compare them. Along the effect the mark is the minimum detectable effect.
 *
 * @param plan one row per scenario: `power`, the column of `x`, and where present `label` and what tells series apart
 * @param options see {@linkcode PlotPowerOptions}
 * @returns a {@linkcode Figure}
 * @throws {RangeError} if a column is missing, the table is empty, or nothing varies
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { planPower } from "@understudy/understudy/designs";
 * import { plotPower } from "@understudy/understudy/plots";
 *
 * const plan = planPower({ effect: 0.5, n: [50, 100, 120, 140, 200], replicates: [1, 3], reply_icc: 0.5 });
 * assertStringIncludes(plotPower(plan).summary, "replicates 1 reaches 80% at n 128");
 * ```
 */
export function plotPower(plan: Table, options: PlotPowerOptions = {}): Figure {
  checkOptions(action, options, ["x", "target", "title", "subtitle", "unit", "width"]);
  const { target = 0.8, width = 640 } = options;
  checkLevel(action, "target", target);
  checkWhole(action, "width", width, 320, 2000);
  const x = abscissaOf(action, plan, options.x);
  const curves = powerCurvesOf(plan, x, target);
  const domain = domainOf(curves.flatMap(({ points }) => points.map((point) => point.x)));
  // People are counted in whole numbers; an effect has decimals.
  const decimals = x === "n" ? 0 : decimalsOf(domain);
  const texts = textsAround(x, target, options);
  const rowTexts = curves.map((curve) => textOf(curve, { x, target, decimals }));
  const rowHeight = curves.length === 1 ? oneRow : manyRows;
  const layout = growRows(layOutRows(texts, rowTexts, { width, headHeight: 18 }), rowHeight - 34);
  const told = curves.map((curve) => sentenceOf(curve, { x, target, decimals }));
  const svg = drawRows({
    layout,
    domain,
    rowColours: curves.map(({ extent }) => extent === "never" ? colours.departs : colours.ink),
    marks: powerMarks(curves, { layout, domain, target, rowHeight }),
    title: texts.title,
    description: `${told.join("; ")}. ${texts.notes.join(" ")}`,
  });
  return new Figure({ svg, summary: `${texts.title}: ${firstFew(told, 4)}.`, table: plan });
}

interface Reading {
  readonly x: string;
  readonly target: number;
  readonly decimals: number;
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))}%`;
}

function textsAround(x: string, target: number, options: PlotPowerOptions): RowPlotTexts {
  const units: { readonly [name: string]: string } = {
    n: "personas in all arms",
    effect: "true effect, in units of the outcome",
  };
  const names: { readonly [name: string]: string } = {
    n: "number of personas",
    effect: "size of the effect",
  };
  const name = x.replaceAll("_", " ");
  return {
    title: options.title ?? `Power by ${names[x] ?? name}`,
    subtitle: options.subtitle ?? "",
    axis: options.unit ?? units[x] ?? name,
    valueHead: [`${percent(target)} from`],
    notes: [
      "Probability that the study finds the effect. Dots are computed; the line between them is close. " +
      `Circle: where it reaches ${percent(target)}.`,
    ],
  };
}

function textOf({ label, reached, extent }: PowerCurve, { x, target, decimals }: Reading): RowText {
  const value = extent === "never"
    ? noValue
    : writeNumber(decimals === 0 ? Math.ceil(reached) : reached, decimals);
  const notes = {
    within: "",
    throughout: `${percent(target)} throughout`,
    never: `never ${percent(target)} here`,
  };
  return {
    label,
    detail: "",
    value: extent === "never"
      ? value
      : `${x.replaceAll("_", " ")} ${extent === "throughout" ? "≤ " : ""}${value}`,
    note: notes[extent],
    heading: "",
    indented: false,
  };
}

function sentenceOf({ label, reached, extent }: PowerCurve, { x, target, decimals }: Reading): string {
  if (extent === "never") return `${label} never reaches ${percent(target)}`;
  const value = writeNumber(decimals === 0 ? Math.ceil(reached) : reached, decimals);
  const name = x.replaceAll("_", " ");
  if (extent === "throughout") return `${label} is above ${percent(target)} from ${name} ${value}`;
  return `${label} reaches ${percent(target)} at ${name} ${value}`;
}
