import { distinct } from "../../core/table.ts";
import type { Cells } from "./read_transcripts.ts";

/** One score of a unit in an arm, for a column. */
export interface Score {
  readonly cell: number;
  /** The column it counts for, such as a turn or an attribute. */
  readonly column: string;
  /** From 0 to 1; `NaN` where an answer that was asked for is missing. */
  readonly score: number;
}

/** What each unit scored in each arm: the mean of its scores; `NaN` where it has none. */
export interface CellColumn {
  readonly name: string;
  readonly values: Float64Array;
  /** For each arm, how many answers were asked for and how many are missing. */
  readonly asked: readonly { readonly total: number; readonly missing: number }[];
}

/** Averages scores within each unit and arm, so that every unit counts the same. */
export function scoreCells(
  cells: Cells,
  scores: readonly Score[],
  names: readonly string[] = distinct(scores.map(({ column }) => column)),
): CellColumn[] {
  const places = new Map(names.map((name, place) => [name, place]));
  const size = cells.unit.length;
  const sums = names.map(() => new Float64Array(size));
  const counts = names.map(() => new Float64Array(size));
  const asked = names.map(() => cells.arms.map(() => ({ total: 0, missing: 0 })));
  for (const { cell, column, score } of scores) {
    const place = places.get(column);
    if (place === undefined) continue;
    const tally = asked[place]![cells.arm[cell]!]!;
    tally.total++;
    if (Number.isNaN(score)) tally.missing++;
    else {
      sums[place]![cell]! += score;
      counts[place]![cell]!++;
    }
  }
  return names.map((name, place) => ({
    name,
    // 0 / 0 is NaN: no score.
    values: sums[place]!.map((sum, cell) => sum / counts[place]![cell]!),
    asked: asked[place]!,
  }));
}

/** Says how many answers are missing, of the arms named. */
export function missingReason({ asked }: Pick<CellColumn, "asked">, arms: readonly number[]): string {
  const total = arms.reduce((sum, arm) => sum + asked[arm]!.total, 0);
  const missing = arms.reduce((sum, arm) => sum + asked[arm]!.missing, 0);
  return missing === 0 ? "" : `${missing} of ${total} answers are missing and left out`;
}
