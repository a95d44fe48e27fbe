/** The names of the measures of drift. */
export type DriftMeasureName =
  | "total variation"
  | "Jensen-Shannon"
  | "Wasserstein"
  | "energy"
  | "Kolmogorov-Smirnov"
  | "standardised mean difference";

/**
 * A distance of two distributions over categories as the length of a vector of contrasts: 0 where they are equal, and
 * smooth in the shares. So one test and one interval serve all measures. Where the measure is a squared length
 * (`squared`), contrasts and interval are of its root.
 */
export interface DriftMeasure {
  /** Its name. */
  readonly name: DriftMeasureName;
  /** Whether it needs to know the order of the categories, or the numbers that they stand for. */
  readonly ordered: boolean;
  /** Whether the measure is the square of the length. */
  readonly squared: boolean;
  /** Its largest value. */
  readonly most: number;
  /** How many contrasts there are between two distributions over `categories` categories. */
  readonly size: (categories: number) => number;
  /** Puts the contrasts of shares p and q into `into`; `scores` are what categories stand for. */
  readonly contrast: (
    p: Float64Array,
    q: Float64Array,
    scores: ArrayLike<number>,
    into: Float64Array,
  ) => void;
  /** The length of a vector of contrasts. */
  readonly length: (contrasts: Float64Array) => number;
}

/** ½ Σ |p − q|; the same number as `totalVariation`, without its checks and copies: it runs millions of times. */
const totalVariation: DriftMeasure = {
  name: "total variation",
  ordered: false,
  squared: false,
  most: 1,
  size: (categories) => categories,
  contrast: (p, q, _scores, into) => {
    for (let k = 0; k < into.length; k++) into[k] = (p[k]! - q[k]!) / 2;
  },
  length: sumOfSizes,
};

/** Σ over categories of the two Kullback-Leibler terms to the middle, in bits, each with the sign of p − q. */
const jensenShannon: DriftMeasure = {
  name: "Jensen-Shannon",
  ordered: false,
  squared: true,
  most: 1,
  size: (categories) => categories,
  contrast: (p, q, _scores, into) => {
    for (let k = 0; k < into.length; k++) {
      const middle = (p[k]! + q[k]!) / 2;
      const bits = (bitsOf(p[k]!, middle) + bitsOf(q[k]!, middle)) / 2;
      into[k] = Math.sign(p[k]! - q[k]!) * Math.sqrt(Math.max(0, bits));
    }
  },
  length: rootOfSquares,
};

/** Σ |F − G| × step. */
const wasserstein: DriftMeasure = {
  name: "Wasserstein",
  ordered: true,
  squared: false,
  most: Infinity,
  size: (categories) => categories - 1,
  contrast: (p, q, scores, into) =>
    cumulate(p, q, into, (difference, k) => difference * (scores[k + 1]! - scores[k]!)),
  length: sumOfSizes,
};

/** 2 Σ (F − G)² × step = 2 E|X − Y| − E|X − X′| − E|Y − Y′|. */
const energy: DriftMeasure = {
  name: "energy",
  ordered: true,
  squared: true,
  most: Infinity,
  size: (categories) => categories - 1,
  contrast: (p, q, scores, into) =>
    cumulate(p, q, into, (difference, k) => difference * Math.sqrt(2 * (scores[k + 1]! - scores[k]!))),
  length: rootOfSquares,
};

/** max |F − G|. */
const kolmogorovSmirnov: DriftMeasure = {
  name: "Kolmogorov-Smirnov",
  ordered: true,
  squared: false,
  most: 1,
  size: (categories) => categories - 1,
  contrast: (p, q, _scores, into) => cumulate(p, q, into, (difference) => difference),
  length: (contrasts) => {
    let largest = 0;
    for (let k = 0; k < contrasts.length; k++) largest = Math.max(largest, Math.abs(contrasts[k]!));
    return largest;
  },
};

/** |mean − mean| / √((v + v) / 2); `NaN` where neither arm varies and the means differ. */
const standardisedDifference: DriftMeasure = {
  name: "standardised mean difference",
  ordered: true,
  squared: false,
  most: Infinity,
  size: () => 1,
  contrast: (p, q, scores, into) => {
    let [meanP, meanQ, squareP, squareQ] = [0, 0, 0, 0];
    // Scores are counted from the first, so that large ones lose no digits in the squares.
    const origin = scores[0] ?? 0;
    for (let k = 0; k < p.length; k++) {
      const score = scores[k]! - origin;
      meanP += p[k]! * score;
      meanQ += q[k]! * score;
      squareP += p[k]! * score * score;
      squareQ += q[k]! * score * score;
    }
    const variance = (squareP - meanP * meanP + squareQ - meanQ * meanQ) / 2;
    into[0] = variance > 1e-12 * (squareP + squareQ) ? (meanP - meanQ) / Math.sqrt(variance) : NaN;
    if (Number.isNaN(into[0]) && meanP === meanQ) into[0] = 0;
  },
  length: (contrasts) => Math.abs(contrasts[0]!),
};

/** Every measure, by its name. */
export const driftMeasures: { readonly [name in DriftMeasureName]: DriftMeasure } = {
  "total variation": totalVariation,
  "Jensen-Shannon": jensenShannon,
  "Wasserstein": wasserstein,
  "energy": energy,
  "Kolmogorov-Smirnov": kolmogorovSmirnov,
  "standardised mean difference": standardisedDifference,
};

/** The measure's value of a vector of contrasts. */
export function valueOf(measure: DriftMeasure, contrasts: Float64Array): number {
  const length = measure.length(contrasts);
  return measure.squared ? length * length : length;
}

function cumulate(
  p: Float64Array,
  q: Float64Array,
  into: Float64Array,
  contrast: (difference: number, k: number) => number,
): void {
  let difference = 0;
  for (let k = 0; k < into.length; k++) {
    difference += p[k]! - q[k]!;
    into[k] = contrast(difference, k);
  }
}

function bitsOf(share: number, middle: number): number {
  return share > 0 ? share * Math.log2(share / middle) : 0;
}

function sumOfSizes(contrasts: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < contrasts.length; k++) sum += Math.abs(contrasts[k]!);
  return sum;
}

function rootOfSquares(contrasts: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < contrasts.length; k++) sum += contrasts[k]! * contrasts[k]!;
  return Math.sqrt(sum);
}
