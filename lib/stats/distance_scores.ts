import { cannot } from "../core/errors.ts";
import { distanceShares } from "./distance_shares.ts";

/** Options of distances between distributions over ordered categories. */
export interface ScoreOptions {
  /**
   * The number that each category stands for, in increasing order.
   *
   * @default 1, 2, 3, …
   */
  scores?: ArrayLike<number>;
}

/**
 * Visits each gap between neighbouring scores with the difference of the two distribution functions in it.
 *
 * @param measure the distance that is asked for, named in errors
 * @param samples the two count vectors
 * @param options the scores
 * @param visit gets F − G and the width of the gap
 * @throws {RangeError} if there is not one score for each category, or scores do not increase
 */
export function overGaps(
  measure: string,
  samples: readonly [ArrayLike<number>, ArrayLike<number>],
  options: ScoreOptions,
  visit: (difference: number, width: number) => void,
): void {
  const [first, second] = distanceShares(measure, ...samples);
  const scores = options.scores ?? Float64Array.from(first, (_, k) => k + 1);
  if (scores.length !== first.length) {
    const rule = `have one number for each of the ${first.length} categories`;
    throw new RangeError(cannot(`compute ${measure}`, "scores", rule, Array.from(scores)));
  }
  let difference = 0;
  for (let k = 0; k + 1 < first.length; k++) {
    difference += first[k]! - second[k]!;
    const width = scores[k + 1]! - scores[k]!;
    if (!(width > 0 && width < Infinity)) {
      throw new RangeError(
        cannot(`compute ${measure}`, "scores", "be finite and increase", Array.from(scores)),
      );
    }
    visit(difference, width);
  }
}
