import { readOptions } from "../../core/options.ts";
import { distinct, type Table } from "../../core/table.ts";
import type { KeyItem } from "../card.ts";
import { checkDrawn, drawnRows, intervalName } from "../drawn_table.ts";
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
 * import { tableOf } from "@understudy/understudy/core";
 * import { plotStability } from "@understudy/understudy/plots";
 *
 * const figure = plotStability(tableOf({
 *   outcome: ["stability", "stability", "half-life"],
 *   arm: ["threat", "threat", "threat"],
 *   turn: [0, 4, NaN],
 *   estimate: [1, 0.4, 2.1],
 *   conf_low: [0.96, 0.31, 1.7],
 *   conf_high: [1, 0.5, 2.7],
 *   verdict: ["", "", "found"],
 * }));
 * assertStringIncludes(figure.summary, "threat 100% at turn 0, 40% at turn 4, half-life 2.1 [1.7, 2.7] turns");
 * ```
 */
export function plotStability(table: Table, options: FigureOptions = {}): Figure {
  const asked = readOptions(action, options, figureRules);
  const { arms, differences } = readStability(table);
  const curves = arms.map((own, place) => curveOf(own, arms.length === 1 ? 1 : place));
  const last = Math.max(1, ...curves.flatMap(({ points }) => points.map(({ x }) => x)));
  // Ticks at whole turns, as there are none between them; where there are many turns every axis has such ticks.
  const turns = Math.floor(last) + 1;
  return drawCurves({
    table,
    asked,
    title: "Do personas stay who they are over the dialogue?",
    subtitle: `Agreement of answers with the persona, by turn of the dialogue. Bands: ${
      intervalName(table)
    }.`,
    curves,
    axis: "turns of the dialogue before the question",
    // From 0: before the first turn lies the beginning of the dialogue, and nothing before that.
    domain: [0, last],
    ...(turns > 9 ? {} : { ticks: Array.from({ length: turns }, (_, turn) => turn) }),
    key: keyOf(arms, curves),
    notes: [differenceNote(differences)],
  });
}

/** One arm's stability. */
interface ArmStability {
  readonly arm: string;
  readonly points: readonly CurvePoint[];
  /** The level without a persona, and whether that was measured. */
  readonly floor: number;
  readonly floorMeasured: boolean;
  /** In turns, with its interval. */
  readonly half: { readonly value: number; readonly low: number; readonly high: number };
  /** Whether decay was found; empty where nothing is said. */
  readonly verdict: string;
}

/** Where arms differ: at turns, or in the rate. */
interface Differences {
  readonly compared: boolean;
  readonly turns: readonly number[];
  readonly rates: boolean;
}

/** Reads the table of `estimateStability`, the reference first where there is one. */
function readStability(table: Table): { arms: ArmStability[]; differences: Differences } {
  const numbers = ["turn", "estimate", "conf_low", "conf_high"] as const;
  checkDrawn(action, table, {
    argument: "table",
    columns: ["outcome", "arm", ...numbers],
    from: "it is a table of estimateStability, as in plotStability(estimateStability(transcripts))",
  });
  const rows = drawnRows(table, ["outcome", "arm", "reference", "estimator", "verdict"], numbers);
  const alone = rows.filter(({ reference }) => reference === "");
  const levels = alone.filter(({ outcome }) => outcome === "stability");
  if (levels.length === 0) {
    const outcomes = distinct(rows.map(({ outcome }) => outcome)).join(", ");
    throw new RangeError(
      `Cannot ${action} as 'table' has no rows with the outcome 'stability': it is a table of estimateStability; ` +
        `this one's outcomes are ${outcomes}, and plotEffects draws it`,
    );
  }
  const arms = [...Map.groupBy(levels, ({ arm }) => arm)].map(([arm, own]): ArmStability => {
    const of = (outcome: string) => alone.find((row) => row.arm === arm && row.outcome === outcome);
    const [floor, half] = [of("no-persona level"), of("half-life")];
    return {
      arm,
      points: own.map((row) => ({ x: row.turn, y: row.estimate, low: row.conf_low, high: row.conf_high }))
        .filter(({ x, y }) => Number.isFinite(x + y)).sort((a, b) => a.x - b.x),
      floor: floor?.estimate ?? NaN,
      floorMeasured: floor?.estimator.startsWith("mean agreement") ?? false,
      half: { value: half?.estimate ?? NaN, low: half?.conf_low ?? NaN, high: half?.conf_high ?? NaN },
      verdict: half?.verdict ?? "",
    };
  });
  const compared = rows.filter(({ reference, outcome }) =>
    reference !== "" && ["stability", "decay rate"].includes(outcome)
  );
  const found = compared.filter(({ verdict }) => verdict === "found");
  const reference = compared[0]?.reference;
  return {
    arms: arms.toSorted((a, b) => Number(b.arm === reference) - Number(a.arm === reference)),
    differences: {
      compared: compared.some(({ verdict }) => verdict !== "cannot tell"),
      turns: distinct(found.filter(({ outcome }) => outcome === "stability").map(({ turn }) => turn)),
      rates: found.some(({ outcome }) => outcome === "decay rate"),
    },
  };
}

/** Whether decay was found, with a half-life. */
function fades({ verdict, half }: ArmStability): boolean {
  return verdict === "found" && Number.isFinite(half.value);
}

function curveOf(own: ArmStability, place: number): Curve {
  const { arm, points, floor, half } = own;
  const [first, last] = [points[0], points.at(-1)];
  const at = (point: CurvePoint) => `${writePercent(point.y, 2)} at turn ${point.x}`;
  const says = decayOf(own);
  const height = fades(own) ? valueAt(points, half.value) : NaN;
  const decay = says.length === 0 ? "" : `, ${says.join(" ")}${fades(own) ? " turns" : ""}`;
  return {
    name: arm,
    says: first === undefined ? ["no scores"] : says,
    look: series[place % series.length]!,
    points,
    level: floor,
    ...(Number.isNaN(height)
      ? {}
      : { mark: { x: half.value, y: height, foot: Number.isNaN(floor) ? 0 : floor } }),
    told: first === undefined ? `${arm} has no scores` : `${arm} ${at(first)}, ${at(last!)}${decay}`,
  };
}

/** The half-life with its interval, or why there is none; nothing where nothing was told. */
function decayOf(own: ArmStability): string[] {
  const { value, low, high } = own.half;
  const write = (turns: number) => writeNumber(turns, turns < 10 ? 1 : 0);
  if (!fades(own)) return own.verdict === "not found" ? ["no decay found"] : [];
  return [`half-life ${write(value)}`, ...(Number.isNaN(low) ? [] : [`[${write(low)}, ${write(high)}]`])];
}

/** The height of the drawn line at a turn; `NaN` beyond its ends. */
function valueAt(points: readonly CurvePoint[], turn: number): number {
  const right = points.findIndex(({ x }) => x >= turn);
  if (!(right > 0)) return NaN;
  const [from, to] = [points[right - 1]!, points[right]!];
  return from.y + (to.y - from.y) * (turn - from.x) / (to.x - from.x);
}

function keyOf(arms: readonly ArmStability[], curves: readonly Curve[]): KeyItem[] {
  const known = arms.filter(({ floor }) => !Number.isNaN(floor));
  const level = known.some(({ floorMeasured }) => floorMeasured)
    ? "answers without any persona"
    : "the level that the curve is taken to end at";
  return [
    ...(known.length > 0 ? [{ look: "dashed", text: level } as const] : []),
    ...(curves.some(({ mark }) => mark !== undefined)
      ? [{ look: looks.ring, text: "half-life: half of the distance to it is gone" }]
      : []),
  ];
}

/** What differs between arms, said only of what was checked. */
function differenceNote({ compared, turns, rates }: Differences): string {
  if (!compared) return "";
  if (turns.length === 0 && !rates) {
    return "No difference between arms found, which is not evidence that there is none.";
  }
  const where = [
    ...(turns.length > 0 ? [`at turn ${[...turns].sort((a, b) => a - b).join(", ")}`] : []),
    ...(rates ? ["in the rate"] : []),
  ].join(" and ");
  return `Arms differ ${where} (permutation, Holm): drift that differs by arm is a confounder.`;
}
