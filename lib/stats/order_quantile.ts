import { normalQuantile } from "./distributions.ts";

/**
 * The quantile of sorted values by linear interpolation between order statistics: Hyndman and Fan's type 7, the
 * default of R and NumPy.
 */
export function linearQuantile(sorted: ArrayLike<number>, probability: number): number {
  if (sorted.length === 0 || Number.isNaN(probability)) return NaN;
  const place = probability * (sorted.length - 1);
  const below = Math.min(sorted.length - 1, Math.max(0, Math.floor(place)));
  const above = Math.min(sorted.length - 1, below + 1);
  return sorted[below]! + (place - below) * (sorted[above]! - sorted[below]!);
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
