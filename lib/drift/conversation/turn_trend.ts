import { stream } from "../../core/stream.ts";
import { permuteLabels } from "../../stats/permutation_labels.ts";
import { permutationPValue } from "../../stats/permutation_p_value.ts";
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

/** The least-squares slope of each cell's scores over turns, as a column; `NaN` for cells of fewer than two turns. */
export function slopeColumn(
  cells: Cells,
  turns: readonly number[],
  columns: readonly CellColumn[],
): CellColumn {
  const trends = trendsOf(cells, turns, columns);
  const asked = cells.arms.map((_, arm) => ({
    total: columns.reduce((sum, column) => sum + column.asked[arm]!.total, 0),
    missing: columns.reduce((sum, column) => sum + column.asked[arm]!.missing, 0),
  }));
  return { name: "slope", values: Float64Array.from(trends, slopeOf), asked };
}

function trendsOf(cells: Cells, turns: readonly number[], columns: readonly CellColumn[]): CellTrend[] {
  return cells.unit.map((_, cell) => {
    const present = turns.flatMap((_, t) => Number.isNaN(columns[t]!.values[cell]) ? [] : [t]);
    const centre = present.reduce((sum, t) => sum + turns[t]!, 0) / present.length;
    const spread = present.reduce((sum, t) => sum + (turns[t]! - centre) ** 2, 0);
    return {
      scores: present.map((t) => columns[t]!.values[cell]!),
      weights: present.map((t) => (turns[t]! - centre) / spread),
    };
  });
}

function slopeOf({ scores, weights }: CellTrend): number {
  return scores.length < 2 ? NaN : scores.reduce((sum, score, i) => sum + score * weights[i]!, 0);
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
  const slopes = slopeColumn(cells, turns, columns);
  return cells.arms.map((term, arm): ConversationRow => {
    const measured = plainMean(valuesOfArm(cells, slopes.values, arm), settings.alpha);
    const own = trends.filter((_, cell) => cells.arm[cell] === arm && !Number.isNaN(slopes.values[cell]));
    const short = cells.arm.filter((of) => of === arm).length - own.length;
    return {
      ...measured,
      p_value: own.length < 2 ? NaN : permuteTurns(own, term, settings),
      outcome: "change per turn",
      item: "",
      term,
      reference: "",
      turn: NaN,
      estimator: `mean slope over ${cells.unitName}; p by permutation of each one's turns`,
      design: `within ${cells.unitName}`,
      p_adjusted: NaN,
      verdict: "not checked",
      reason: joinReasons(
        own.length < 2 ? `fewer than two ${cells.unitName} answered at two turns` : "",
        short > 0 && own.length >= 2
          ? `${cells.unitName} left out with answers at fewer than two turns: ${short}`
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
