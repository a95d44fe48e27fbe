/**
 * Draws `n` entries with probability proportional to size, systematically along an order: `n` points at equal
 * distances from a random start, laid over the cumulated sizes (Madow 1949, Annals of Mathematical Statistics 20).
 *
 * An entry with an expected count of e is drawn floor(e) or ceil(e) times, on average exactly e times, whatever the
 * order. So is every run of neighbours: entries grouped by stratum are allocated proportionally.
 *
 * @param sizes non-negative, not all 0
 * @param order the entries, in the order in which they are laid out
 * @param n the number of draws
 * @param start a uniform number in [0, 1)
 * @returns `n` entries, in the order laid out
 */
export function systematicSample(
  sizes: ArrayLike<number>,
  order: readonly number[],
  n: number,
  start: number,
): number[] {
  const positive = order.filter((entry) => sizes[entry]! > 0);
  let total = 0;
  for (const entry of positive) total += sizes[entry]!;
  const drawn: number[] = [];
  let position = 0;
  let upper = sizes[positive[0]!]!;
  for (let draw = 0; draw < n; draw++) {
    const point = (start + draw) * total / n;
    while (upper <= point && position < positive.length - 1) upper += sizes[positive[++position]!]!;
    drawn.push(positive[position]!);
  }
  return drawn;
}
