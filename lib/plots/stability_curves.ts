import { checkRows, distinct, groupRows, type Table } from "../core/mod.ts";
import { checkDrawn } from "./check_drawn.ts";
import { readNumbers, readTexts } from "./figure_text.ts";

/** One arm's stability over turns. */
export interface StabilityCurve {
  readonly arm: string;
  /** From left to right; `low` and `high` are `NaN` where there is no interval. */
  readonly points: readonly StabilityPoint[];
  /** The level without a persona and whether it was measured; `NaN` where there is none. */
  readonly floor: number;
  readonly floorMeasured: boolean;
  /** In turns, with its interval; `NaN` where there is none. */
  readonly half: { readonly value: number; readonly low: number; readonly high: number };
  /** What is said of the arm's decay; empty where nothing is. */
  readonly verdict: string;
}

/** A mean at one turn. */
export interface StabilityPoint {
  readonly turn: number;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** What differs between arms: the turns, and whether the rates do; `compared` where anything was. */
export interface StabilityDifferences {
  readonly compared: boolean;
  readonly turns: readonly number[];
  readonly rates: boolean;
}

/** Reads the curves of `estimateStability`, the reference first where there is one. */
export function stabilityCurvesOf(
  action: string,
  table: Table,
): { curves: StabilityCurve[]; differences: StabilityDifferences } {
  checkDrawn(action, table, {
    argument: "table",
    columns: ["outcome", "term", "turn", "estimate", "conf_low", "conf_high"],
    from: "it is a table of estimateStability, as in plotStability(estimateStability(transcripts))",
  });
  checkRows(action, table, "table");
  const columns = readColumns(table);
  const levels = rowsOf(columns, "stability", false);
  if (levels.length === 0) {
    throw new RangeError(
      `Cannot ${action} as 'table' has no rows with the outcome 'stability': it is a table of estimateStability; this one's ` +
        `outcomes are ${distinct(columns.outcome).join(", ")}, and plotEffects draws it`,
    );
  }
  const compared = [...rowsOf(columns, "stability", true), ...rowsOf(columns, "decay rate", true)];
  const reference = compared.length > 0 ? columns.reference[compared[0]!] : undefined;
  const curves = [...groupRows(levels.map((row) => columns.term[row]!))]
    .map(([arm, places]) => curveOf(columns, arm, places.map((place) => levels[place]!)));
  return {
    curves: [
      ...curves.filter(({ arm }) => arm === reference),
      ...curves.filter(({ arm }) => arm !== reference),
    ],
    differences: differencesOf(columns, compared),
  };
}

type Columns = ReturnType<typeof readColumns>;

function readColumns(table: Table) {
  return {
    ...readTexts(table, ["outcome", "term", "reference", "estimator", "verdict"]),
    ...readNumbers(table, ["turn", "estimate", "conf_low", "conf_high"]),
  };
}

/** The rows with an outcome, of arms compared with another or of arms by themselves. */
function rowsOf({ outcome, reference }: Columns, wanted: string, compared: boolean): number[] {
  return outcome.flatMap((of, row) => of === wanted && (reference[row] !== "") === compared ? [row] : []);
}

/** The curve of one arm, whose levels stand in these rows. */
function curveOf(columns: Columns, arm: string, levels: readonly number[]): StabilityCurve {
  const measured = (row: number | undefined) => ({
    value: row === undefined ? NaN : columns.estimate[row]!,
    low: row === undefined ? NaN : columns.conf_low[row]!,
    high: row === undefined ? NaN : columns.conf_high[row]!,
  });
  const own = (outcome: string) => rowsOf(columns, outcome, false).find((row) => columns.term[row] === arm);
  const [floor, half] = [own("no-persona level"), own("half-life")];
  const points = levels.map((row) => ({ turn: columns.turn[row]!, ...measured(row) }));
  return {
    arm,
    points: points.filter(({ turn, value }) => Number.isFinite(turn + value)).sort((a, b) => a.turn - b.turn),
    floor: measured(floor).value,
    floorMeasured: floor !== undefined && columns.estimator[floor]!.startsWith("mean agreement"),
    half: measured(half),
    verdict: half === undefined ? "" : columns.verdict[half]!,
  };
}

function differencesOf(columns: Columns, compared: readonly number[]): StabilityDifferences {
  const found = compared.filter((row) => columns.verdict[row] === "differs by arm");
  return {
    compared: compared.some((row) => columns.verdict[row] !== "not checked"),
    turns: found.filter((row) => columns.outcome[row] === "stability").map((row) => columns.turn[row]!),
    rates: found.some((row) => columns.outcome[row] === "decay rate"),
  };
}
