/**
 * The energy distance of two samples of points from its definition, 2 E|X − Y| − E|X − X′| − E|Y − Y′| over all pairs:
 * Székely and Rizzo 2013, Journal of Statistical Planning and Inference 143(8):1249-1272, eq. 5.
 */
export function pairwiseEnergy(x: readonly (readonly number[])[], y: readonly (readonly number[])[]): number {
  const mean = (one: typeof x, other: typeof x) => {
    let sum = 0;
    for (const p of one) for (const q of other) sum += Math.hypot(...p.map((value, k) => value - q[k]!));
    return sum / (one.length * other.length);
  };
  return 2 * mean(x, y) - mean(x, x) - mean(y, y);
}
