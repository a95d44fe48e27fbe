import { readOptions } from "../../core/options.ts";
import { readSpecifications, tellSpecifications } from "../../estimation/specifications.ts";
import type { Specification, Specifications } from "../../estimation/specifications.ts";
import { distinct } from "../../core/table.ts";
import { dashedLine, detailInk, drawCard, drawKey, type KeyItem, type Placed } from "../card.ts";
import { firstFew, intervalName, onlyOne } from "../drawn_table.ts";
import { type AxisFigureOptions, axisRules, type Figure } from "../figure.ts";
import { domainOf, linearScale, type Scale } from "../numbers.ts";
import { colours, edge, looks } from "../palette.ts";
import { dotMark, lineMark, type Mark, textMark } from "../svg.ts";
import { bottomOf, measureText, setText } from "../text_layout.ts";
import { risingAxis } from "./draw_curves.ts";

const action = "plot specifications";

/**
 * Draws a specification curve: the estimates of all configurations, sorted, with their intervals; below, what each chose.
 *
 * For the `configurations` of `planMultiverse` and one estimate of each. Where the marks of an alternative gather at one end
 * the result hangs on that choice. The base configuration is marked. Nothing is tested: configurations share their personas.
 *
 * @param specifications `configurations` and `estimates`; see {@linkcode Specifications}
 * @param options see {@linkcode AxisFigureOptions}
 * @returns a {@linkcode Figure}
 * @throws {RangeError} if a column is missing, or a configuration is unknown or has two estimates
 * @see Simonsohn, Simmons and Nelson 2020, Nature Human Behaviour 4:1208-1214
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { tableOf } from "@understudy/understudy";
 * import { plotSpecifications } from "@understudy/understudy/plots";
 *
 * const configuration = ["base", "ask: apart"];
 * const configurations = tableOf({ configuration, is_base: [true, false], ask: ["together", "apart"] });
 * const estimates = tableOf({ configuration, estimate: [0.5, 0.1], conf_low: [0.2, -0.2], conf_high: [0.8, 0.4] });
 * const figure = plotSpecifications({ configurations, estimates });
 * assertStringIncludes(figure.summary, "from 0.100 to 0.500, median 0.300; the base's is 0.500; 1 of 2 intervals exclude 0");
 * ```
 */
export function plotSpecifications(specifications: Specifications, options: AxisFigureOptions = {}): Figure {
  const { unit = "estimate", ...asked } = readOptions(action, options, axisRules);
  const { width } = asked;
  const all = readSpecifications(action, specifications);
  const { estimates: table } = specifications;
  const curve = all.filter(({ estimate }) => Number.isFinite(estimate)).sort((a, b) =>
    a.estimate - b.estimate
  );
  const missing = all.filter((row) => !curve.includes(row)).map(({ configuration }) => configuration);
  const choices = Object.keys(all[0]!.choices)
    .map((choice) => ({ choice, alternatives: distinct(all.map(({ choices }) => choices[choice]!)) }))
    .filter(({ alternatives }) => alternatives.length > 1);
  const names = choices.flatMap(({ alternatives }) => alternatives).map((name) =>
    measureText(name, detailInk)
  );
  const left = edge + indent + Math.min(width * 0.36, Math.max(50, ...names)) + 12;
  const x = linearScale([0, Math.max(1, curve.length)], [left, width - edge]);
  const rise = domainOf([0, ...curve.flatMap(({ estimate, low, high }) => [estimate, low, high])]);
  return drawCard({
    table,
    asked,
    title: `Does the estimate of ${onlyOne(table, "outcome", "the outcome")} depend on how it was obtained?`,
    subtitle: `A column is a configuration: above, its estimate and ${
      intervalName(table)
    }; below, what it chose.`,
    notes: missing.length === 0 ? [] : [`Without an estimate: ${firstFew(missing, 3)}.`],
    told: [tellSpecifications(specifications)],
  }, (start) => {
    const key = drawKey(keyOf(curve), start, width);
    const name = setText(unit, { x: edge, y: key.bottom + 2, width: width - 2 * edge }, ink);
    const [top, bottom] = [bottomOf(name) + 4, bottomOf(name) + 194];
    const y = linearScale(rise, [bottom, top]);
    const below = drawChoices(curve, { choices, x, width, top: bottom + 14 });
    const base = curve.flatMap(({ isBase }, rank) => isBase ? [x.at(rank + 0.5)] : [])
      .map((at) => dashedLine([[at, top], [at, below.bottom - 4]]));
    const points = curve.flatMap((row, rank) => pointMarks(row, x.at(rank + 0.5), y, x.at(1) - x.at(0)));
    const marks = [
      ...key.marks,
      textMark(name),
      ...risingAxis(x, y, rise),
      ...base,
      ...points,
      ...below.marks,
    ];
    return { bottom: below.bottom, marks };
  });
}

const indent = 10;
const ink = { ...detailInk, fill: colours.ink } as const;

interface ChoicePanel {
  readonly choices: readonly { readonly choice: string; readonly alternatives: readonly string[] }[];
  readonly x: Scale;
  readonly width: number;
  readonly top: number;
}

/** Draws what each configuration chose: a heading for each choice, and below it a row for each of its alternatives. */
function drawChoices(curve: readonly Specification[], panel: ChoicePanel): Placed {
  const { choices, x, width, top } = panel;
  let place = top;
  const marks = choices.flatMap(({ choice, alternatives }) => {
    const column = { x: edge, y: place, width: width / 2 };
    const heading = setText(choice.replaceAll("_", " "), column, { ...ink, bold: true });
    const own = [textMark(heading)];
    place = bottomOf(heading) + 1;
    for (const alternative of alternatives) {
      const beside = { x: edge + indent, y: place, width: x.range[0] - 12 - edge - indent };
      const label = setText(alternative, beside, ink);
      const middle = (place + bottomOf(label)) / 2;
      const chose = (row: Specification) => row.choices[choice] === alternative;
      own.push(textMark(label), ...tickMarks(curve, chose, x, middle));
      place = bottomOf(label) + 4;
    }
    return own;
  });
  return { marks, bottom: place };
}

/** What intervals say, and how that looks. */
const kinds = {
  "interval excludes 0": looks.plain,
  "interval holds 0": looks.unproven,
  "no interval": looks.ring,
} as const;
const kindNames = Object.keys(kinds) as (keyof typeof kinds)[];

function kindOf({ low, high }: Specification): keyof typeof kinds {
  if (Number.isNaN(low + high)) return "no interval";
  return low > 0 || high < 0 ? "interval excludes 0" : "interval holds 0";
}

function keyOf(curve: readonly Specification[]): KeyItem[] {
  const intervals = kindNames.filter((kind) => curve.some((row) => kindOf(row) === kind))
    .map((text) => ({ look: kinds[text], text }));
  const base = curve.some(({ isBase }) => isBase);
  return [...intervals, ...base ? [{ look: "dashed", text: "base configuration" } as const] : []];
}

function pointMarks(row: Specification, at: number, y: Scale, step: number): Mark[] {
  const { estimate, low, high } = row;
  const look = kinds[kindOf(row)];
  const style = {
    stroke: look.colour,
    strokeWidth: Math.max(0.75, Math.min(2, step * 0.4)),
    strokeOpacity: 0.55,
  };
  const interval = Number.isNaN(low + high) ? [] : [lineMark([[at, y.at(low)], [at, y.at(high)]], style)];
  return [
    ...interval,
    dotMark([at, y.at(estimate)], look, Math.max(1.25, Math.min(4.5, step * 0.4)), { stroke: "none" }),
  ];
}

/** A mark for each configuration that chose an alternative; those of a look are one line with gaps. */
function tickMarks(
  curve: readonly Specification[],
  chose: (row: Specification) => boolean,
  x: Scale,
  middle: number,
): Mark[] {
  const strokeWidth = Math.max(0.75, Math.min(9, (x.at(1) - x.at(0)) * 0.7));
  return kindNames.flatMap((kind) => {
    const ends = curve.flatMap((row, rank) => {
      if (!chose(row) || kindOf(row) !== kind) return [];
      const at = x.at(rank + 0.5);
      return [[at, middle - 5], [at, middle + 5], [NaN, NaN]] as const;
    });
    return ends.length === 0 ? [] : [lineMark(ends, { stroke: kinds[kind].colour, strokeWidth })];
  });
}
