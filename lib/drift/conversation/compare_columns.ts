import { stream } from "../../core/stream.ts";
import { adjustPValues } from "../../stats/multiplicity.ts";
import { type CellColumn, missingReason } from "./cell_scores.ts";
import { compareScores } from "./compare_scores.ts";
import type { ConversationSettings } from "./conversation_options.ts";
import { type ConversationRow, joinReasons } from "./conversation_rows.ts";
import type { Cells } from "./read_transcripts.ts";
import { meanScore, plainMean, valuesOfArm } from "./score_level.ts";

/** What a column of scores is called in the table. */
export interface ColumnLabel {
  readonly outcome: string;
  readonly item: string;
  readonly turn: number;
  /** Whether values lie between 0 and 1, as scores do. */
  readonly bounded: boolean;
}

/** The mean of a column in each arm. */
export function levelRows(
  cells: Cells,
  column: CellColumn,
  label: ColumnLabel,
  settings: ConversationSettings,
): ConversationRow[] {
  return cells.arms.map((name, arm): ConversationRow => {
    const values = valuesOfArm(cells, column.values, arm);
    const measured = label.bounded ? meanScore(values, settings.alpha) : plainMean(values, settings.alpha);
    const why = measured.n === 0
      ? `no ${cells.unitName} of this arm have an answer`
      : measured.n === 1
      ? `no interval as one of the ${cells.unitName} alone has an answer`
      : "";
    return {
      ...measured,
      outcome: label.outcome,
      item: label.item,
      term: name,
      reference: "",
      turn: label.turn,
      estimator: label.bounded
        ? `mean over ${cells.unitName}, score interval`
        : `mean over ${cells.unitName}`,
      design: "",
      p_adjusted: NaN,
      verdict: Number.isNaN(measured.estimate) ? "not checked" : "measured",
      reason: joinReasons(why, missingReason(column, [arm])),
    };
  });
}

/** The difference of each arm from the reference in a column; none where there is a single arm. */
export function differenceRows(
  cells: Cells,
  column: CellColumn,
  label: ColumnLabel,
  settings: ConversationSettings,
): ConversationRow[] {
  const { alpha, permutations, seed } = settings;
  if (cells.reference < 0) return [];
  return otherArms(cells).map((arm): ConversationRow => {
    const term = cells.arms[arm]!;
    const random = stream(seed, "conversation", label.outcome, label.item, String(label.turn), term);
    const compared = compareScores(cells, column.values, arm, { alpha, permutations, random });
    return {
      ...compared,
      outcome: label.outcome,
      item: label.item,
      term,
      reference: cells.arms[cells.reference]!,
      turn: label.turn,
      estimator: "difference in means, CR2; p by permutation of arms",
      p_adjusted: NaN,
      verdict: "not checked",
      reason: joinReasons(compared.reason, missingReason(column, [arm, cells.reference])),
    };
  });
}

/** The arms other than the reference. */
export function otherArms(cells: Cells): number[] {
  return cells.arms.flatMap((_, arm) => arm === cells.reference ? [] : [arm]);
}

/** What a rejected comparison of arms means for the experiment. */
export const confounder =
  "what differs by arm is a confounder: part of the arms' difference in answers may be drift";

/** Adjusts a family of comparisons (Holm) and says of each whether arms differ. */
export function judgeDifferences(
  rows: readonly ConversationRow[],
  settings: ConversationSettings,
): ConversationRow[] {
  const adjusted = adjustPValues(rows.map((row) => row.p_value), "holm");
  return rows.map((row, i) => {
    const p_adjusted = adjusted[i]!;
    if (Number.isNaN(p_adjusted)) return row;
    const differs = p_adjusted <= settings.alpha;
    return {
      ...row,
      p_adjusted,
      verdict: differs ? "differs by arm" : "no difference found",
      reason: joinReasons(differs ? confounder : "", row.reason),
    };
  });
}
