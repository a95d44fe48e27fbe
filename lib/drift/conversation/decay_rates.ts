import { stream } from "../../core/stream.ts";
import { permutationPValue, permuteLabels } from "../../stats/permutation.ts";
import { resampleUnits } from "../../stats/resampling.ts";
import { layOutComparison } from "./compare_scores.ts";
import type { ConversationSettings } from "./conversation_options.ts";
import { averageCurve, cellsOfArm, type DecayCurves, drawReplies } from "./decay_curves.ts";
import { type DecayFit, decayFitter } from "./fit_decay.ts";

/** The decay of every arm, with bootstrap draws of its rate (one row per arm, `NaN` where a draw has none). */
export interface DecayRates {
  readonly fits: readonly DecayFit[];
  readonly draws: readonly Float64Array[];
}

/** Fits the decay of each arm, and again on bootstrap samples of units and of default replies. */
export function decayRates(curves: DecayCurves, settings: ConversationSettings): DecayRates {
  const { cells } = curves;
  const fit = decayFitter(curves.turns);
  const fits = cells.arms.map((_, arm) => fit(averageCurve(curves, cellsOfArm(cells, arm))));
  const draws = cells.arms.map(() => new Float64Array(settings.bootstraps).fill(NaN));
  if (settings.bootstraps === 0) return { fits, draws };
  const byArm = cells.arms.map(() => new Int32Array(cells.units).fill(-1));
  cells.unit.forEach((unit, cell) => byArm[cells.arm[cell]!]![unit] = cell);
  // Units of the same arms are drawn among each other, so that arms keep their sizes.
  const patterns = Array.from(
    { length: cells.units },
    (_, unit) => byArm.reduce((code, of) => 2 * code + (of[unit]! < 0 ? 0 : 1), 0),
  );
  const replyRandom = stream(settings.seed, "conversation", "default replies");
  resampleUnits(cells.units, (units, draw) => {
    const replies = curves.floor.kind === "measured"
      ? drawReplies(curves.floor.byReply.length, replyRandom)
      : undefined;
    byArm.forEach((of, arm) => {
      const members = units.map((unit) => of[unit]!).filter((cell) => cell >= 0);
      draws[arm]![draw] = fit(averageCurve(curves, members, replies)).rate;
    });
  }, {
    random: stream(settings.seed, "conversation", "bootstrap"),
    strata: patterns,
    replicates: settings.bootstraps,
  });
  return { fits, draws };
}

/** The p-value of equal rates: arms change places within units that were in both, else across units of a block. */
export function compareRates(
  curves: DecayCurves,
  arm: number,
  settings: ConversationSettings,
): { p_value: number; design: string; n: number } {
  const { cells, turns, scores } = curves;
  const size = turns.length;
  const has = (cell: number): boolean =>
    scores.subarray(cell * size, (cell + 1) * size).some((score) => !Number.isNaN(score));
  const comparison = layOutComparison(cells, arm, has);
  const fit = decayFitter(turns);
  const difference = (labels: ArrayLike<number>): number => {
    const members: [number[], number[]] = [[], []];
    for (let i = 0; i < labels.length; i++) members[labels[i]!]!.push(comparison.cells[i]!);
    const [first, second] = members.map((cells) => fit(averageCurve(curves, cells)).rate);
    return Math.abs(first! - second!);
  };
  const n = new Set(comparison.cells.map((cell) => cells.unit[cell])).size;
  const observed = difference(comparison.marked);
  const none = { p_value: NaN, design: comparison.design, n };
  const first = comparison.marked.filter((mark) => mark === 1).length;
  if (Number.isNaN(observed) || Math.min(first, comparison.marked.length - first) < 2) return none;
  const permuted: number[] = [];
  const { exact } = permuteLabels(comparison.marked, (labels) => permuted.push(difference(labels)), {
    random: stream(settings.seed, "conversation", "rates", cells.arms[arm]!),
    groups: comparison.groups,
    permutations: settings.permutations,
    // Each assignment is two fits: all are visited only where they are no more than would be drawn.
    exactLimit: settings.permutations,
  });
  return { ...none, p_value: permutationPValue(observed, permuted, { exact }) };
}
