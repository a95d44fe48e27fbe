import type { PatternFeatures } from "./joint_features.ts";

/** Turns a difference of sums of features between arms into the weight of each feature, in place. */
export type Direction = (difference: Float64Array, apart: number) => void;

/** A feature counts if its arms differ by more than this many standard errors in the training replies. */
const threshold = 2;

/**
 * Trains a linear classifier by the independence rule: each feature's weight is its difference between the arms over its
 * variance, as in a logistic regression on features that do not hang together, and 0 where the difference is within two
 * standard errors. With hundreds of pairs of levels for hundreds of replies this beats a classifier that estimates how
 * all of them hang together (Fan and Fan 2008, Annals of Statistics 36(6):2605-2637), cannot separate the arms without
 * end, and is cheap enough to be trained anew for each permutation. Means and variances do not depend on the arms.
 *
 * @param counts how many training replies have each pattern
 * @param spread the variance of a difference of shares over that of a reply
 */
export function makeDirection(
  { count, start, index, value }: PatternFeatures,
  counts: ArrayLike<number>,
  spread: number,
): Direction {
  const mean = new Float64Array(count);
  const variance = new Float64Array(count);
  let replies = 0;
  for (let p = 0; p + 1 < start.length; p++) {
    replies += counts[p]!;
    for (let a = start[p]!; a < start[p + 1]!; a++) {
      mean[index[a]!]! += counts[p]! * value[a]!;
      variance[index[a]!]! += counts[p]! * value[a]! ** 2;
    }
  }
  for (let j = 0; j < count; j++) {
    mean[j]! /= replies;
    // One reply's worth more, so that a level nearly nobody chose, or everybody, gets no boundless weight.
    variance[j] = variance[j]! / replies - mean[j]! ** 2 + 1 / replies;
  }
  const least = variance.map((size) => threshold * Math.sqrt(size * spread));
  return (difference, apart) => {
    for (let j = 0; j < count; j++) {
      const centred = difference[j]! - apart * mean[j]!;
      difference[j] = Math.abs(centred) > least[j]! ? centred / variance[j]! : 0;
    }
  };
}
