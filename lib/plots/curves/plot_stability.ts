import { readOptions } from "../../core/options.ts";
import { distinct, type Table } from "../../core/table.ts";
import type { KeyItem } from "../card.ts";
import { checkDrawn, drawnRows, intervalName, joinTexts } from "../drawn_table.ts";
import { type Figure, type FigureOptions, figureRules } from "../figure.ts";
import { writeNumber, writePercent } from "../numbers.ts";
import { looks, series } from "../palette.ts";
import { type Curve, type CurvePoint, drawCurves } from "./draw_curves.ts";

const action = "plot stability";

/**
 * Draws how long personas stay who they are: a curve for each arm over the turns of the dialogue.
 *
 * For the table of `estimateStability`. Bands are the intervals, the dashed line the level that answers without a
 * persona have, the circle the half-life (only where decay was found); each curve is named at its end.
 *
 * @param table from `estimateStability`
 * @param options see {@linkcode FigureOptions}
 * @returns a {@linkcode Figure}
 * @throws {RangeError} if a column is missing, or no row has the outcome `stability`
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { plotStability, tableOf } from "@understudy/understudy";
 *
 * const same = { outcome: "stability", arm: "threat", verdict: "" };
 * const figure = plotStability(tableOf([
 *   { ...same, turn: 0, estimate: 1, conf_low: 0.96, conf_high: 1 },
 *   { ...same, turn: 4, estimate: 0.4, conf_low: 0.31, conf_high: 0.5 },
 *   { ...same, outcome: "half-life", turn: NaN, estimate: 2.1, conf_low: 1.7, conf_high: 2.7, verdict: "found" },
 * ]));
 * assertStringIncludes(figure.summary, "threat 100% at turn 0, 40% at turn 4, half-life 2.1 [1.7, 2.7] turns");
 * ```
 */
export function plotStability(table: Table, options: FigureOptions = {}): Figure {
  const asked = readOptions(action, options, figureRules);
  const rows = readRows(table);
  const compared = rows.filter(({ reference, outcome }) =>
    reference !== "" && ["stability", "decay rate"].includes(outcome)
  );
  const reference = compared[0]?.reference;
  const arms = distinct(levelsOf(rows).map(({ arm }) => arm))
    .sort((a, b) => Number(b === reference) - Number(a === reference));
  const curves = arms.map((arm, place) =>
    curveOf(rows.filter((row) => row.arm === arm && row.reference === ""), arms.length === 1 ? 1 : place)
  );
  const last = Math.max(1, ...curves.flatMap(({ points }) => points.map(({ x }) => x)));
  // Ticks at whole turns, as there are none between them; where there are many turns every axis has such ticks.
  const turns = Math.floor(last) + 1;
  const bands = intervalName(table);
  return drawCurves({
    table,
    asked,
    title: "Do personas stay who they are over the dialogue?",
    subtitle: `Agreement of answers with the persona, by turn of the dialogue. Bands: ${bands}.`,
    curves,
    axis: "turns of the dialogue before the question",
    // From 0: before the first turn lies the beginning of the dialogue, and nothing before that.
    domain: [0, last],
    ...(turns > 9 ? {} : { ticks: Array.from({ length: turns }, (_, turn) => turn) }),
    key: keyOf(rows, curves),
    notes: [differenceNote(compared)],
  });
}

type Row = ReturnType<typeof readRows>[number];

/** Reads the table of `estimateStability`, checked. */
function readRows(table: Table) {
  const numbers = ["turn", "estimate", "conf_low", "conf_high"] as const;
  checkDrawn(action, { table }, {
    columns: ["outcome", "arm", ...numbers],
    from: "it is a table of estimateStability, as in plotStability(estimateStability(answers))",
  });
  const rows = drawnRows(table, ["outcome", "arm", "reference", "estimator", "verdict"], numbers);
  if (levelsOf(rows).length > 0) return rows;
  const outcomes = distinct(rows.map(({ outcome }) => outcome)).join(", ");
  const why =
    `it is a table of estimateStability; this one's outcomes are ${outcomes}, and plotEffects draws it`;
  throw new RangeError(`Cannot ${action} as 'table' has no rows with the outcome 'stability': ${why}`);
}

function levelsOf<Level extends Record<"outcome" | "reference", string>>(rows: readonly Level[]) {
  return rows.filter(({ outcome, reference }) => outcome === "stability" && reference === "");
}

/** The curve of one arm, with the half-life where decay was found. */
function curveOf(rows: readonly Row[], place: number): Curve {
  const levels = levelsOf(rows);
  const points = levels
    .map(({ turn: x, estimate: y, conf_low: low, conf_high: high }) => ({ x, y, low, high }))
    .filter(({ x, y }) => Number.isFinite(x + y)).sort((a, b) => a.x - b.x);
  const floor = rows.find(({ outcome }) => outcome === "no-persona level")?.estimate ?? NaN;
  const half = rows.find(({ outcome }) => outcome === "half-life");
  const [first, last] = [points[0], points.at(-1)];
  const at = (point: CurvePoint) => `${writePercent(point.y, 2)} at turn ${point.x}`;
  const fades = half?.verdict === "found" && Number.isFinite(half.estimate);
  const says = fades ? sayHalfLife(half) : half?.verdict === "not found" ? ["no decay found"] : [];
  const height = fades ? valueAt(points, half.estimate) : NaN;
  const decay = says.length === 0 ? "" : `, ${says.join(" ")}${fades ? " turns" : ""}`;
  return {
    name: levels[0]!.arm,
    says: first === undefined ? ["no scores"] : says,
    look: series[place % series.length]!,
    points,
    level: floor,
    ...(Number.isNaN(height) ? {} : { mark: { x: half!.estimate, y: height, foot: floor || 0 } }),
    told: `${levels[0]!.arm} ${first === undefined ? "has no scores" : `${at(first)}, ${at(last!)}${decay}`}`,
  };
}

function sayHalfLife({ estimate, conf_low: low, conf_high: high }: Row): string[] {
  const write = (turns: number) => writeNumber(turns, turns < 10 ? 1 : 0);
  return [`half-life ${write(estimate)}`, ...(Number.isNaN(low) ? [] : [`[${write(low)}, ${write(high)}]`])];
}

/** The height of the drawn line at a turn; `NaN` beyond its ends. */
function valueAt(points: readonly CurvePoint[], turn: number): number {
  const right = points.findIndex(({ x }) => x >= turn);
  if (!(right > 0)) return NaN;
  const [from, to] = [points[right - 1]!, points[right]!];
  return from.y + (to.y - from.y) * (turn - from.x) / (to.x - from.x);
}

function keyOf(rows: readonly Row[], curves: readonly Curve[]): KeyItem[] {
  const floors = rows.filter((row) => row.outcome === "no-persona level" && !Number.isNaN(row.estimate));
  const level = floors.some(({ estimator }) => estimator.startsWith("mean agreement"))
    ? "answers without any persona"
    : "the level that the curve is taken to end at";
  const fades = curves.some(({ mark }) => mark !== undefined);
  return [
    ...(floors.length > 0 ? [{ look: "dashed", text: level } as const] : []),
    ...(fades ? [{ look: looks.ring, text: "half-life: half of the distance to it is gone" }] : []),
  ];
}

/** Where arms differ, said only of what was checked. */
function differenceNote(compared: readonly Row[]): string {
  if (compared.every(({ verdict }) => verdict === "cannot tell")) return "";
  const found = compared.filter(({ verdict }) => verdict === "found");
  const differing = found.filter(({ outcome }) => outcome === "stability").map(({ turn }) => turn);
  const turns = distinct(differing).sort((a, b) => a - b);
  const rate = found.some(({ outcome }) => outcome === "decay rate") ? "in the rate" : "";
  const where = joinTexts([turns.length > 0 ? `at turn ${turns.join(", ")}` : "", rate], " and ");
  return where === ""
    ? "No difference between arms found, which is not evidence that there is none."
    : `Arms differ ${where} (permutation, Holm): drift that differs by arm is a confounder.`;
}
