import { stream } from "../../core/stream.ts";
import { permutationPValue, permuteLabels } from "../../stats/permutation.ts";
import type { CellColumn } from "./cell_scores.ts";
import type { ConversationSettings } from "./conversation_options.ts";
import { type ConversationRow, joinReasons } from "./conversation_rows.ts";
import type { Cells } from "./read_transcripts.ts";
import { plainMean, valuesOfArm } from "./score_level.ts";

/** The scores of one unit in an arm over turns, with the weights that make their sum a slope. */
interface CellTrend {
  readonly scores: readonly number[];
  readonly weights: readonly number[];
}

/**
 * Each cell's part in the least-squares slope of its arm's means over turns, as a column: the slope of its own scores
 * where none is missing. The mean of an arm's cells is the slope of its means. Slopes of what each happens to have
 * answered would not do: a curve is steeper at its start, and an arm that refuses more would seem to decay otherwise;
 * so only turns count at which each of the `arms` has answers.
 */
export function slopeColumn(
  cells: Cells,
  turns: readonly number[],
  columns: readonly CellColumn[],
  arms: readonly number[] = [...cells.arms.keys()],
): CellColumn {
  const has = (t: number, cell: number): boolean => !Number.isNaN(columns[t]!.values[cell]);
  const members = arms.map((arm) =>
    cells.arm.flatMap((of, cell) => of === arm && turns.some((_, t) => has(t, cell)) ? [cell] : [])
  );
  const used = turns.flatMap((_, t) => members.every((own) => own.some((cell) => has(t, cell))) ? [t] : []);
  const weights = slopeWeights(used.map((t) => turns[t]!));
  const values = new Float64Array(cells.unit.length).fill(used.length < 2 ? NaN : 0);
  members.forEach((own) =>
    used.forEach((t, i) => {
      const answered = own.filter((cell) => has(t, cell));
      const mean = answered.reduce((sum, cell) => sum + columns[t]!.values[cell]!, 0) / answered.length;
      for (const cell of own) values[cell]! += weights[i]! * mean;
      for (const cell of answered) {
        values[cell]! += weights[i]! * (columns[t]!.values[cell]! - mean) * own.length / answered.length;
      }
    })
  );
  const counted = new Set(members.flat());
  const total = (arm: number, count: "total" | "missing") =>
    columns.reduce((sum, column) => sum + column.asked[arm]![count], 0);
  return {
    name: "slope",
    values: values.map((value, cell) => counted.has(cell) ? value : NaN),
    asked: cells.arms.map((_, arm) => ({ total: total(arm, "total"), missing: total(arm, "missing") })),
  };
}

/** The weights that make a sum of values at these turns their least-squares slope. */
function slopeWeights(turns: readonly number[]): number[] {
  const centre = turns.reduce((sum, turn) => sum + turn, 0) / turns.length;
  const spread = turns.reduce((sum, turn) => sum + (turn - centre) ** 2, 0);
  return turns.map((turn) => (turn - centre) / spread);
}

function trendsOf(cells: Cells, turns: readonly number[], columns: readonly CellColumn[]): CellTrend[] {
  return cells.unit.map((_, cell) => {
    const present = turns.flatMap((_, t) => Number.isNaN(columns[t]!.values[cell]) ? [] : [t]);
    return {
      scores: present.map((t) => columns[t]!.values[cell]!),
      weights: slopeWeights(present.map((t) => turns[t]!)),
    };
  });
}

/**
 * Tests in each arm whether scores change over turns. Without change the answers of a persona may stand at any turn, so
 * each unit's scores change places among its own turns.
 */
export function trendRows(
  cells: Cells,
  turns: readonly number[],
  columns: readonly CellColumn[],
  settings: ConversationSettings,
): ConversationRow[] {
  const trends = trendsOf(cells, turns, columns);
  return cells.arms.map((term, arm): ConversationRow => {
    const slopes = slopeColumn(cells, turns, columns, [arm]);
    const measured = plainMean(valuesOfArm(cells, slopes.values, arm), settings.alpha);
    const own = trends.filter(({ scores }, cell) => cells.arm[cell] === arm && scores.length > 1);
    const short = cells.arm.filter((of) => of === arm).length - own.length;
    return {
      ...measured,
      p_value: own.length < 2 ? NaN : permuteTurns(own, term, settings),
      outcome: "change per turn",
      item: "",
      term,
      reference: "",
      turn: NaN,
      estimator: `slope of means over ${cells.unitName}; p by permutation of each one's turns`,
      design: `within ${cells.unitName}`,
      p_adjusted: NaN,
      verdict: "not checked",
      reason: joinReasons(
        own.length < 2 ? `fewer than two ${cells.unitName} answered at two turns` : "",
        short > 0 && own.length >= 2
          ? `${cells.unitName} left out of the test with answers at fewer than two turns: ${short}`
          : "",
      ),
    };
  });
}

function permuteTurns(trends: readonly CellTrend[], arm: string, settings: ConversationSettings): number {
  const scores = trends.flatMap((trend) => trend.scores);
  const weights = trends.flatMap((trend) => trend.weights);
  const groups = trends.flatMap((trend, i) => trend.scores.map(() => i));
  const sums: number[] = [];
  const sumOf = (places: ArrayLike<number>): number => {
    let total = 0;
    for (let i = 0; i < scores.length; i++) total += scores[i]! * weights[places[i]!]!;
    return Math.abs(total) < 1e-12 * scores.length ? 0 : Math.abs(total);
  };
  const places = scores.map((_, i) => i);
  const { exact } = permuteLabels(places, (labels) => sums.push(sumOf(labels)), {
    random: stream(settings.seed, "conversation", "turns", arm),
    groups,
    permutations: settings.permutations,
  });
  return permutationPValue(sumOf(places), sums, { exact });
}
