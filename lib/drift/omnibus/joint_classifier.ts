import type { PatternFeatures } from "./joint_features.ts";
import type { JointShares, JointStatistic } from "./joint_permutations.ts";
import { makeDirection } from "./joint_direction.ts";

/** The replies that classifiers are trained on. */
export interface TrainingReplies {
  /** How many replies have each pattern in each fold, fold by fold. */
  readonly counts: Float64Array;
  /** How many folds there are. */
  readonly folds: number;
  /** 1/n + 1/m for n and m replies of the two arms. */
  readonly spread: number;
}

/** The statistic of a classifier two-sample test. */
export interface JointClassifier {
  /** Trains the classifiers and tells how well they tell the arms apart. */
  readonly statistic: JointStatistic;
  /** Trains the classifiers once; tells how well these tell the arms apart in other samples of the same units. */
  readonly freeze: (shares: JointShares) => JointStatistic;
}

/**
 * Makes the statistic of a classifier two-sample test: how well arms are told apart in replies of units that the
 * classifier was not trained on, as the area under the ROC curve (.5 if not at all, 1 perfectly). Pairs of a reply of
 * either arm are compared within a fold, as scores of two classifiers cannot be; folds count by their pairs.
 */
export function classifierStatistic(
  features: PatternFeatures,
  { counts, folds, spread }: TrainingReplies,
): JointClassifier {
  const patterns = features.start.length - 1;
  const total = new Float64Array(patterns);
  counts.forEach((count, slot) => total[slot % patterns]! += count);
  const directions = Array.from(
    { length: folds },
    (_, fold) =>
      makeDirection(features, total.map((count, p) => count - counts[fold * patterns + p]!), spread),
  );
  const present = directions.map((_, fold) =>
    Int32Array.from(total.keys()).filter((p) => counts[fold * patterns + p]! > 0)
  );
  const parts = directions.map(() => new Float64Array(features.count));
  const weights = new Float64Array(features.count);
  const train = (shares: JointShares): Float64Array[] => {
    const left = present.map((list, fold) => sumFold(features, shares, list, fold * patterns, parts[fold]!));
    return directions.map((direction, fold) => {
      weights.fill(0);
      let apart = 0;
      parts.forEach((part, other) => {
        if (other === fold) return;
        apart += left[other]!;
        for (let j = 0; j < weights.length; j++) weights[j]! += part[j]!;
      });
      direction(weights, apart);
      return scoreFold(features, weights, present[fold]!);
    });
  };
  const areaOf = makeArea(present, patterns);
  return {
    statistic: (shares) => areaOf(train(shares), shares),
    freeze: (shares) => {
      const scores = train(shares);
      return (resampled) => areaOf(scores, resampled);
    },
  };
}

/** Sums the differences of shares, and of the features weighted by them, over the patterns of a fold. */
function sumFold(
  { start, index, value }: PatternFeatures,
  { arm, reference }: JointShares,
  present: Int32Array,
  base: number,
  sums: Float64Array,
): number {
  sums.fill(0);
  let apart = 0;
  for (const p of present) {
    const difference = arm[base + p]! - reference[base + p]!;
    apart += difference;
    if (difference === 0) continue;
    for (let a = start[p]!; a < start[p + 1]!; a++) sums[index[a]!]! += difference * value[a]!;
  }
  return apart;
}

function scoreFold(
  { start, index, value }: PatternFeatures,
  weights: Float64Array,
  present: Int32Array,
): Float64Array {
  const scores = new Float64Array(present.length);
  for (let place = 0; place < present.length; place++) {
    const p = present[place]!;
    let score = 0;
    for (let a = start[p]!; a < start[p + 1]!; a++) score += value[a]! * weights[index[a]!]!;
    scores[place] = score;
  }
  return scores;
}

/** Scores are ranked in at most this many steps from the lowest to the highest; ties within a step count half. */
const mostSteps = 4096;

/** Makes the area under the curve: the share of pairs in which the reply of the arm has the higher score. */
function makeArea(
  present: readonly Int32Array[],
  patterns: number,
): (scores: readonly Float64Array[], shares: JointShares) => number {
  const inArm = new Float64Array(mostSteps);
  const inReference = new Float64Array(mostSteps);
  return (scores, { arm, reference }) => {
    let [concordant, pairs] = [0, 0];
    present.forEach((list, fold) => {
      const steps = Math.min(mostSteps, 32 * list.length + 1);
      const ranks = rankScores(scores[fold]!, steps);
      inArm.fill(0, 0, steps);
      inReference.fill(0, 0, steps);
      for (let place = 0; place < list.length; place++) {
        inArm[ranks[place]!]! += arm[fold * patterns + list[place]!]!;
        inReference[ranks[place]!]! += reference[fold * patterns + list[place]!]!;
      }
      let [below, armTotal] = [0, 0];
      for (let step = 0; step < steps; step++) {
        concordant += inArm[step]! * (below + inReference[step]! / 2);
        below += inReference[step]!;
        armTotal += inArm[step]!;
      }
      pairs += armTotal * below;
    });
    return pairs > 0 ? Math.min(1, concordant / pairs) : NaN;
  };
}

function rankScores(scores: Float64Array, steps: number): Int32Array {
  let [low, high] = [Infinity, -Infinity];
  for (const score of scores) {
    if (score < low) low = score;
    if (score > high) high = score;
  }
  const scale = high > low ? (steps - 1) / (high - low) : 0;
  const ranks = new Int32Array(scores.length);
  for (let place = 0; place < ranks.length; place++) {
    ranks[place] = Math.round((scores[place]! - low) * scale);
  }
  return ranks;
}
