import type { RandomStream } from "../../core/stream.ts";
import { drawBinomial, drawHypergeometric } from "../../stats/resampling.ts";
import type { TrueShares } from "./drift_shares.ts";

/** Studies drawn by their counts. */
export interface SimulatedStudies {
  /** Draws a study and returns its distance. */
  readonly draw: () => number;
  /** Permutes the arms of the study drawn last and returns its distance. */
  readonly permute: () => number;
}

/** Studies between subjects: the counts of each arm are multinomial, and under permutation hypergeometric. */
export function betweenStudies(
  { treatment, reference }: TrueShares,
  sizes: { readonly treatment: number; readonly reference: number },
  random: RandomStream,
): SimulatedStudies {
  const [n, m] = [sizes.treatment, sizes.reference];
  const first = new Float64Array(treatment.length);
  const second = new Float64Array(treatment.length);
  const pooled = new Float64Array(treatment.length);
  return {
    draw: () => {
      drawMultinomial(random, n, treatment, first);
      drawMultinomial(random, m, reference, second);
      for (let k = 0; k < pooled.length; k++) pooled[k] = first[k]! + second[k]!;
      return distanceOf(first, pooled, n, m);
    },
    permute: () => {
      let [total, left] = [n + m, n];
      for (let k = 0; k < pooled.length; k++) {
        const drawn = drawHypergeometric(total, pooled[k]!, left, random);
        first[k] = drawn;
        total -= pooled[k]!;
        left -= drawn;
      }
      return distanceOf(first, pooled, n, m);
    },
  };
}

function distanceOf(first: Float64Array, pooled: Float64Array, n: number, m: number): number {
  let sum = 0;
  for (let k = 0; k < first.length; k++) sum += Math.abs(first[k]! / n - (pooled[k]! - first[k]!) / m);
  return sum / 2;
}

/**
 * Studies within subjects: counts of pairs of answers are multinomial, and under permutation each pair of two answers is
 * turned or not. In a share of personas that is their correlation the two answers follow one leaning: the answers at
 * the same point of the two distributions. In the others they have nothing to do with each other.
 */
export function withinStudies(
  shares: TrueShares,
  { n, correlation }: { readonly n: number; readonly correlation: number },
  random: RandomStream,
): SimulatedStudies {
  const { treatment, reference } = shares;
  const size = treatment.length;
  const together = sharedLeaning(treatment, reference);
  const probabilities = Float64Array.from(
    together,
    (share, pair) =>
      correlation * share + (1 - correlation) * treatment[Math.floor(pair / size)]! * reference[pair % size]!,
  );
  const counts = new Float64Array(size * size);
  const net = new Float64Array(size);
  const distance = () => net.reduce((sum, value) => sum + Math.abs(value), 0) / (2 * n);
  return {
    draw: () => {
      drawMultinomial(random, n, probabilities, counts);
      net.fill(0);
      counts.forEach((count, pair) => {
        net[Math.floor(pair / size)]! += count;
        net[pair % size]! -= count;
      });
      return distance();
    },
    permute: () => {
      net.fill(0);
      for (let k = 0; k < size; k++) {
        for (let l = 0; l < k; l++) {
          const unlike = counts[k * size + l]! + counts[l * size + k]!;
          const turned = 2 * drawBinomial(unlike, 0.5, random) - unlike;
          net[k]! += turned;
          net[l]! -= turned;
        }
      }
      return distance();
    },
  };
}

/** The probability of each pair of answers where both are those at one uniformly distributed point. */
function sharedLeaning(treatment: readonly number[], reference: readonly number[]): Float64Array {
  const size = treatment.length;
  const pairs = new Float64Array(size * size);
  let [k, l, point] = [0, 0, 0];
  let [endOfFirst, endOfSecond] = [treatment[0]!, reference[0]!];
  while (k < size && l < size) {
    const next = Math.min(endOfFirst, endOfSecond);
    pairs[k * size + l]! += Math.max(0, next - point);
    point = next;
    if (endOfFirst <= endOfSecond) endOfFirst += treatment[++k] ?? 0;
    else endOfSecond += reference[++l] ?? 0;
  }
  return pairs;
}

/** Draws how many of `n` fall into each category, one category after the other. */
function drawMultinomial(
  random: RandomStream,
  n: number,
  probabilities: ArrayLike<number>,
  counts: Float64Array,
): void {
  let [left, mass] = [n, 1];
  for (let k = 0; k < probabilities.length; k++) {
    const last = k === probabilities.length - 1;
    counts[k] = last ? left : drawBinomial(left, Math.min(1, probabilities[k]! / mass), random);
    left -= counts[k]!;
    mass -= probabilities[k]!;
  }
}
