import { basisNote, firstFew, intervalName, textsOf, writeNumber } from "./figure_text.ts";
import type { Table } from "../core/mod.ts";
import type { RowPlotTexts } from "./row_layout.ts";
import type { StabilityCurve, StabilityDifferences } from "./stability_curves.ts";

/** What the reader may have chosen. */
export interface StabilityWords {
  readonly title: string | undefined;
  readonly subtitle: string | undefined;
}

/** The texts around the curves. */
export function stabilityTexts(
  table: Table,
  { curves, differences }: { curves: readonly StabilityCurve[]; differences: StabilityDifferences },
  words: StabilityWords,
): RowPlotTexts {
  const level = intervalName(table);
  return {
    title: words.title ?? titleOf(curves, differences),
    subtitle: words.subtitle ??
      `Agreement of answers with the persona, by turn of the dialogue. Bands: ${level}.`,
    axis: "turns of the dialogue before the question",
    valueHead: [],
    notes: [
      floorNote(curves),
      differenceNote(differences),
      basisNote(textsOf(table, "basis")),
    ].filter((note) => note !== ""),
  };
}

/** What stands beside a curve's end: the arm, and its half-life or why it has none. */
export function curveLabel(curve: StabilityCurve): { arm: string; lines: string[] } {
  const { arm, points, half, verdict } = curve;
  if (points.length === 0) return { arm, lines: ["no scores"] };
  if (verdict === "decay" && Number.isFinite(half.value)) {
    const { value, low, high } = half;
    return {
      arm,
      lines: [
        `half-life ${turnsText(value)}`,
        ...(Number.isNaN(low) ? [] : [`[${turnsText(low)}, ${turnsText(high)}]`]),
      ],
    };
  }
  return { arm, lines: verdict === "" || verdict === "not checked" ? [] : [verdict] };
}

/** One arm's curve on one line. */
export function curveSentence({ arm, points, half, verdict }: StabilityCurve): string {
  const [first, last] = [points[0], points[points.length - 1]];
  if (first === undefined || last === undefined) return `${arm} has no scores`;
  const course = `${arm} ${percent(first.value)} at turn ${first.turn}, ${
    percent(last.value)
  } at turn ${last.turn}`;
  if (verdict !== "decay" || !Number.isFinite(half.value)) {
    return verdict === "" ? course : `${course}, ${verdict}`;
  }
  const interval = Number.isNaN(half.low) ? "" : ` [${turnsText(half.low)}, ${turnsText(half.high)}]`;
  return `${course}, half-life ${turnsText(half.value)}${interval} turns`;
}

/** The summary of the figure. */
export function stabilitySummary(title: string, curves: readonly StabilityCurve[]): string {
  return `${title}: ${firstFew(curves.map(curveSentence), 4)}.`;
}

function titleOf(curves: readonly StabilityCurve[], { turns, rates }: StabilityDifferences): string {
  if (turns.length > 0 || rates) return "Personas fade differently by arm";
  const fading = curves.filter(({ verdict }) => verdict === "decay").length;
  if (fading === 0) return titleWithoutFading(curves);
  if (curves.length === 1) return "Personas fade over the dialogue";
  return fading === curves.length
    ? "Personas fade over the dialogue, with no difference between arms found"
    : "Personas fade over the dialogue in some arms";
}

/** Nothing found is said only of what was checked. */
function titleWithoutFading(curves: readonly StabilityCurve[]): string {
  const checked = curves.filter(({ points, verdict }) =>
    points.length > 0 && verdict !== "" && verdict !== "not checked"
  );
  if (checked.length === 0) return "Whether personas fade over the dialogue was not checked";
  return checked.length === curves.length
    ? "No fading of personas found over the dialogue"
    : "No fading of personas found over the dialogue in the arms checked";
}

function floorNote(curves: readonly StabilityCurve[]): string {
  const known = curves.filter(({ floor }) => !Number.isNaN(floor));
  if (known.length === 0) return "";
  const source = known.some(({ floorMeasured }) => floorMeasured)
    ? "the level of answers without any persona"
    : "the level that the curve is taken to end at";
  const circle = known.some(({ verdict }) => verdict === "decay")
    ? " Half-life: turns until half of the distance to it is gone (circle)."
    : "";
  return `Dashed: ${source}.${circle}`;
}

function differenceNote({ compared, turns, rates }: StabilityDifferences): string {
  if (!compared) return "";
  if (turns.length === 0 && !rates) {
    return "No difference between arms found, which is not evidence that there is none.";
  }
  const where = [
    ...(turns.length > 0 ? [`at turn ${[...new Set(turns)].sort((a, b) => a - b).join(", ")}`] : []),
    ...(rates ? ["in the rate"] : []),
  ].join(" and ");
  return `Arms differ ${where} (permutation, Holm): drift that differs by arm is a confounder.`;
}

function turnsText(turns: number): string {
  return writeNumber(turns, turns < 10 ? 1 : 0);
}

function percent(share: number): string {
  return `${writeNumber(share * 100, 0)}%`;
}
