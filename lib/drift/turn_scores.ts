import type { Verdict } from "../core/columns.ts";
import { cannot } from "../core/errors.ts";
import { type EstimateRow, estimateRow, estimateTableColumns } from "../core/rows.ts";
import { type Table, tableOfRows } from "../core/table.ts";
import { studentTQuantile } from "../stats/distributions.ts";
import { moments } from "../stats/moments.ts";
import type { Cells, ConversationSettings, Transcripts } from "./transcripts.ts";
import { cellsOfArm, turnsOf } from "./transcripts.ts";

export interface Score {
  readonly cell: number;
  /** The column it counts for, such as a turn or an attribute. */
  readonly column: string;
  /** From 0 to 1; `NaN` where an answer that was asked for is missing. */
  readonly score: number;
}

/** What each unit scored in each arm: the mean of its scores; `NaN` where it has none. */
export interface CellColumn {
  readonly label: ScoreLabel;
  readonly values: Float64Array;
  /** For each arm, how many answers were asked for and how many are missing. */
  readonly asked: readonly { readonly total: number; readonly missing: number }[];
}

/** Averages scores within each unit and arm, so that every unit counts the same: one column for each name. */
export function scoreCells(
  cells: Cells,
  scores: readonly Score[],
  names: readonly string[],
  labelOf: (name: string) => ScoreLabel = (outcome) => ({ outcome }),
): CellColumn[] {
  const byColumn = Map.groupBy(scores, ({ column }) => column);
  return names.map((name) => {
    const sums = new Float64Array(cells.unit.length);
    const counts = new Float64Array(cells.unit.length);
    const asked = cells.arms.map(() => ({ total: 0, missing: 0 }));
    for (const { cell, score } of byColumn.get(name) ?? []) {
      const tally = asked[cells.arm[cell]!]!;
      tally.total++;
      if (Number.isNaN(score)) tally.missing++;
      else {
        sums[cell]! += score;
        counts[cell]!++;
      }
    }
    // 0 / 0 is NaN: no score.
    return { label: labelOf(name), values: sums.map((sum, cell) => sum / counts[cell]!), asked };
  });
}

/** Averages the scores of each turn, whose number their column is, in the order of turns. */
export function scoreTurns(
  action: string,
  cells: Cells,
  scores: readonly Score[],
  outcome: string,
): CellColumn[] {
  const turns = turnsOf(scores.map(({ column }) => ({ turn: Number(column) })));
  if (turns.length < 2) {
    throw new RangeError(cannot(action, "answers", "hold scores at two turns or more", turns));
  }
  return scoreCells(cells, scores, turns.map(String), (turn) => ({ outcome, turn: Number(turn) }));
}

/** Before the dialogue arms have seen nothing that differs. */
export function duringDialogue(columns: readonly CellColumn[]): CellColumn[] {
  return columns.filter(({ label }) => label.turn !== 0);
}

export function noteMissing({ asked }: CellColumn, arms: readonly number[]): string {
  const count = (of: "total" | "missing") => arms.reduce((sum, arm) => sum + asked[arm]![of], 0);
  return count("missing") === 0
    ? ""
    : `${count("missing")} of ${count("total")} answers are missing and left out`;
}

export function valuesOfArm(cells: Cells, values: ArrayLike<number>, arm: number): Float64Array {
  return Float64Array.from(cellsOfArm(cells, arm), (cell) => values[cell]!).filter((value) =>
    value === value
  );
}

/** What a row is about, what was found, and what is said of it; `arm` is compared with `reference`, or stands alone. */
export interface ConversationRow extends Omit<Partial<EstimateRow>, "outcome" | "arm" | "notes" | "reason"> {
  readonly outcome: string;
  readonly arm: string;
  readonly item?: string;
  readonly turn?: number;
  /** Within what or across what arms change places. */
  readonly design?: string;
  readonly p_adjusted?: number;
  /** Left out where nothing is tested. */
  readonly verdict?: Verdict;
  readonly notes: readonly string[];
  readonly reason: readonly string[];
}

export function conversationTable(
  rows: readonly ConversationRow[],
  { notes }: Transcripts,
  { alpha, basis }: ConversationSettings,
): Table {
  const full = rows.map((row) => {
    const [estimate, std_error] = [withoutNoise(row.estimate), withoutNoise(row.std_error)];
    return estimateRow({
      item: "",
      turn: NaN,
      design: "",
      p_adjusted: NaN,
      ...row,
      estimate,
      std_error,
      statistic: std_error > 0 ? estimate / std_error : NaN,
      conf_low: withoutNoise(row.conf_low),
      conf_high: withoutNoise(row.conf_high),
      conf_level: 1 - alpha,
      basis,
      verdict: row.verdict ?? (Number.isNaN(estimate) ? "cannot tell" : ""),
      notes: [...row.notes, ...notes],
    });
  });
  return tableOfRows(full, estimateTableColumns(["item", "turn", "design"], ["p_adjusted", "verdict"]));
}

/** Scores are from 0 to 1: what is smaller than their sums' rounding is 0, and shown as it. */
function withoutNoise(value = NaN): number {
  return Math.abs(value) < 1e-12 ? 0 : value;
}

type ScoreLabel = Pick<ConversationRow, "outcome" | "item" | "turn">;

/** The mean score in each arm, with a score interval, which holds where all score 0 or 1 as well. */
export function levelRows(
  cells: Cells,
  columns: readonly CellColumn[],
  { alpha }: ConversationSettings,
): ConversationRow[] {
  const levelOf = (column: CellColumn, arm: number): ConversationRow => {
    const { n, mean, variance } = moments(valuesOfArm(cells, column.values, arm));
    const [std_error, df] = n < 2 ? [NaN, NaN] : [Math.sqrt(variance / n), n - 1];
    const [conf_low, conf_high] = scoreInterval({ mean, std_error, df, n }, alpha);
    const why = [
      `no ${cells.unitName} of this arm have an answer`,
      `no interval as one of the ${cells.unitName} alone has an answer`,
    ];
    return {
      ...column.label,
      arm: cells.arms[arm]!,
      estimator: `mean over ${cells.unitName}, score interval`,
      estimate: mean,
      std_error,
      df,
      conf_low,
      conf_high,
      n,
      notes: [noteMissing(column, [arm])],
      reason: why.slice(n, n + 1),
    };
  };
  return columns.flatMap((column) => cells.arms.map((_, arm) => levelOf(column, arm)));
}

/**
 * Wilson's interval for a mean of scores from 0 to 1, with the sample size that has the observed standard error
 * (Korn and Graubard 1998) and Student's t in place of the normal distribution.
 */
export function scoreInterval(
  { mean, std_error, df, n }: { mean: number; std_error: number; df: number; n: number },
  alpha: number,
): [number, number] {
  if (!(df >= 1) || Number.isNaN(mean)) return [NaN, NaN];
  const t = studentTQuantile(1 - alpha / 2, df);
  // Where no score varies, each unit is one trial.
  const trials = std_error > 1e-12 ? mean * (1 - mean) / std_error ** 2 : n;
  const centre = (mean + t * t / (2 * trials)) / (1 + t * t / trials);
  const half = t / (1 + t * t / trials) * Math.sqrt(mean * (1 - mean) / trials + t * t / (4 * trials ** 2));
  return [Math.min(mean, Math.max(0, centre - half)), Math.max(mean, Math.min(1, centre + half))];
}
