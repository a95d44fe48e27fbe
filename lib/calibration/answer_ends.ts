import { areShares, qualifyEffect } from "../estimation/difference_in_means.ts";
import type { DegreesOptions } from "../core/options.ts";
import { takeCodes, takeNumbers } from "../core/units.ts";
import type { PairedAnswers } from "./paired_answers.ts";
import { extentOf } from "./rectified_mean.ts";

/** What people's answers in some arms show of where others may lie. */
export interface AnswerEnds {
  /** Whether the outcome is a share, which predictions show too where all people agree. */
  readonly share: boolean;
  /** Where answers begin and end, as `estimateEffects` has it; `null` where in each arm all agree. */
  readonly ends: readonly [lowest: number, highest: number] | null;
  /** Says which of one or two arms rest on few answers, in the words of `estimateEffects`. */
  notes(own: readonly number[], df?: DegreesOptions["df"]): readonly string[];
}

export function answerEnds(
  { arms, human, pool }: PairedAnswers,
  compared: readonly number[],
  category: unknown,
): AnswerEnds {
  const [low, high] = extentOf([human.outcome, human.prediction, pool.prediction]);
  const share = areShares(human.outcome, category !== undefined || (low === 0 && high === 1));
  const rows = human.arm.map((_, at) => at).filter((at) => compared.includes(human.arm[at]!));
  const outcome = takeNumbers(human.outcome, rows);
  const arm = takeCodes(human.arm, rows);
  const first = compared.map((own) => outcome[arm.indexOf(own)]);
  const varies = outcome.some((value, at) => value !== first[compared.indexOf(arm[at]!)]);
  const ends = share ? [0, 1] as const : varies ? extentOf([outcome]) : null;
  const found = { estimate: 0, stdError: ends ? 1 : NaN, df: 1, n: 0, design: "", notes: [], reason: [] };
  const notes = (own: readonly number[], df?: DegreesOptions["df"]) =>
    qualifyEffect({ ...found, ...share && { shares: [[0, 1], [0, 1]] } }, {
      outcome,
      treated: Uint8Array.from(arm, (each) => own.includes(each) ? own.indexOf(each) : 2),
      arms: [arms[own[0]!] || "people", arms[own[1]!] ?? ""],
      cluster: null,
      weight: human.weight && takeNumbers(human.weight, rows),
    }, { df }).notes;
  return { share, ends, notes };
}
