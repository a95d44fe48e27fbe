import { checkColumns, checkRows, groupRows, type Table } from "../core/mod.ts";
import { numbersOf, readNumbers, readTexts } from "./figure_text.ts";

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
  checkColumns(action, table, ["outcome", "term", "turn", "estimate", "conf_low", "conf_high"], "table");
  checkRows(action, table, "table");
  const texts = readTexts(table, ["outcome", "term", "reference", "estimator", "verdict"]);
  const numbers = readNumbers(table, ["turn", "estimate", "conf_low", "conf_high"]);
  const rowsOf = (outcome: string, compared: boolean): number[] =>
    texts.outcome.flatMap((of, row) =>
      of === outcome && (texts.reference[row] !== "") === compared ? [row] : []
    );
  const levels = rowsOf("stability", false);
  if (levels.length === 0) {
    throw new RangeError(
      `Cannot ${action} as 'table' has no rows with the outcome 'stability': it comes from estimateStability`,
    );
  }
  const differences = [...rowsOf("stability", true), ...rowsOf("decay rate", true)];
  const found = differences.filter((row) => texts.verdict[row] === "differs by arm");
  const reference = differences.length > 0 ? texts.reference[differences[0]!] : undefined;
  const curves = [...groupRows(levels.map((row) => texts.term[row]!))].map(
    ([arm, places]): StabilityCurve => {
      const own = (outcome: string): number | undefined =>
        rowsOf(outcome, false).find((row) => texts.term[row] === arm);
      const [floor, half] = [own("no-persona level"), own("half-life")];
      const at = (name: "estimate" | "conf_low" | "conf_high", row: number | undefined): number =>
        row === undefined ? NaN : numbers[name][row]!;
      return {
        arm,
        points: places.map((place) => levels[place]!).map((row) => ({
          turn: numbers.turn[row]!,
          value: numbers.estimate[row]!,
          low: numbers.conf_low[row]!,
          high: numbers.conf_high[row]!,
        })).filter(({ turn, value }) => Number.isFinite(turn + value)).sort((a, b) => a.turn - b.turn),
        floor: at("estimate", floor),
        floorMeasured: floor !== undefined && texts.estimator[floor]!.startsWith("mean agreement"),
        half: { value: at("estimate", half), low: at("conf_low", half), high: at("conf_high", half) },
        verdict: half === undefined ? "" : texts.verdict[half]!,
      };
    },
  );
  return {
    curves: [
      ...curves.filter(({ arm }) => arm === reference),
      ...curves.filter(({ arm }) => arm !== reference),
    ],
    differences: {
      compared: differences.length > 0,
      turns: found.filter((row) => texts.outcome[row] === "stability").map((row) =>
        numbersOf(table, "turn")[row]!
      ),
      rates: found.some((row) => texts.outcome[row] === "decay rate"),
    },
  };
}
