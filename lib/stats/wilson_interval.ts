/**
 * A proportion and its score interval, for successes and trials that need not be whole (an effective sample size).
 *
 * @see Wilson 1927, Journal of the American Statistical Association 22: 209-212
 */
export function wilson([successes, trials]: readonly [number, number], z: number): [number, number, number] {
  const p = successes / trials;
  const centre = (p + z * z / (2 * trials)) / (1 + z * z / trials);
  const half = z / (1 + z * z / trials) * Math.sqrt(p * (1 - p) / trials + z * z / (4 * trials * trials));
  return [p, Math.max(0, centre - half), Math.min(1, centre + half)];
}
