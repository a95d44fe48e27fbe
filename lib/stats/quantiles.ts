import { checkOneOf } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { normalQuantile } from "./distributions.ts";

/** How a sample's quantile is defined; numbers as in R. */
export type QuantileType = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;

/**
 * The value below which a share of a sample lies.
 *
 * Type 1 is the smallest value that has at least that share at or below it, one of the sample; type 7, the default of
 * R and numpy, interpolates between values. Hyndman and Fan's nine definitions.
 *
 * @param sorted the sample in ascending order, at least one value
 * @param probability the share, from 0 to 1
 * @param type which definition; see {@linkcode QuantileType}; default 7
 * @returns the quantile; `NaN` of an empty sample
 * @throws {RangeError} if `probability` is not from 0 to 1, or `type` is not one of the nine
 * @see Hyndman and Fan 1996, The American Statistician 50, 361-365
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { sampleQuantile } from "@understudy/understudy/stats";
 *
 * assertEquals(sampleQuantile([1, 2, 3, 10], 0.5), 2.5);
 * assertEquals(sampleQuantile([1, 2, 3, 10], 0.5, 1), 2);
 * ```
 */
export function sampleQuantile(
  sorted: ArrayLike<number>,
  probability: number,
  type: QuantileType = 7,
): number {
  const action = "take a sample's quantile";
  if (!(probability >= 0 && probability <= 1)) {
    throw new RangeError(cannot(action, "probability", "lie from 0 to 1", probability));
  }
  checkOneOf(action, "type", type, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const n = sorted.length;
  if (n === 0) return NaN;
  const at = (place: number) => sorted[Math.min(n, Math.max(1, place)) - 1]!;
  const { place, rest } = placeOf(n, probability, type);
  // Types 1 to 3 take values of the sample (type 2 their mean at steps), the others interpolate.
  const gamma = type > 3 ? rest : rest > 0 ? 1 : type === 3 ? Math.abs(place % 2) : type === 2 ? 0.5 : 0;
  if (gamma === 0) return at(place);
  return gamma === 1 ? at(place + 1) : at(place) + gamma * (at(place + 1) - at(place));
}

/** Each type's α and β, so that its place is α + p (n + 1 - α - β): Hyndman and Fan 1996, table 1. */
const places: { readonly [type in QuantileType]: readonly [number, number] } = {
  1: [0, 1],
  2: [0, 1],
  3: [-0.5, 1.5],
  4: [0, 1],
  5: [0.5, 0.5],
  6: [0, 0],
  7: [1, 1],
  8: [1 / 3, 1 / 3],
  9: [3 / 8, 3 / 8],
};

/** The whole part and the rest of a place, where rounding hides that it is whole. */
function placeOf(n: number, p: number, type: QuantileType): { place: number; rest: number } {
  const [alpha, beta] = places[type];
  const value = alpha + p * (n + 1 - alpha - beta);
  const nearest = Math.round(value);
  if (Math.abs(value - nearest) < 4 * Number.EPSILON * Math.max(1, Math.abs(value))) {
    return { place: nearest, rest: 0 };
  }
  return { place: Math.floor(value), rest: value - Math.floor(value) };
}

/**
 * The quantile of sorted bootstrap draws at the order statistic (R + 1) p, interpolated on the scale of normal
 * quantiles where that is not whole; the extreme draws beyond them. Davison and Hinkley 1997, eq. 5.8.
 */
export function orderQuantile(sorted: ArrayLike<number>, probability: number): number {
  const count = sorted.length;
  if (count === 0 || Number.isNaN(probability)) return NaN;
  const rank = (count + 1) * probability;
  // 1000 × 0.975 is 975 and not a little more or less.
  const near = Math.round(rank);
  const whole = Math.abs(rank - near) < 1e-9 * count;
  const below = whole ? near : Math.floor(rank);
  if (below < 1) return sorted[0]!;
  if (below >= count) return sorted[count - 1]!;
  if (whole) return sorted[below - 1]!;
  const [left, right] = [normalQuantile(below / (count + 1)), normalQuantile((below + 1) / (count + 1))];
  const share = (normalQuantile(probability) - left) / (right - left);
  return sorted[below - 1]! + share * (sorted[below]! - sorted[below - 1]!);
}
