/** Orders in which each arm stands equally often at each place: row r starts with arm r and goes round. */
export function latinSquare(arms: number): number[][] {
  return cycled(Array.from({ length: arms }, (_, place) => place));
}

/**
 * Orders in which, besides, each arm follows each other arm equally often, so that what an arm leaves behind falls on
 * all others alike: one square for an even number of arms, two for an odd one (Williams 1949, Australian Journal of
 * Scientific Research 2, 149-168).
 */
export function williamsSquare(arms: number): number[][] {
  // 0, 1, n - 1, 2, n - 2, …: differences of neighbours are all different.
  const first = Array.from(
    { length: arms },
    (_, place) => place % 2 === 1 ? (place + 1) / 2 : (arms - place / 2) % arms,
  );
  const square = cycled(first);
  return arms % 2 === 0 ? square : [...square, ...square.map((order) => order.toReversed())];
}

function cycled(first: readonly number[]): number[][] {
  return first.map((_, shift) => first.map((arm) => (arm + shift) % first.length));
}
