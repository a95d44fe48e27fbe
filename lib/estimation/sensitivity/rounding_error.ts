/** The size below which a number computed from values, in their unit, is nothing but the rounding of its computation. */
export function roundingError(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let [spread, size] = [0, 0];
  for (const value of values) {
    spread = Math.max(spread, Math.abs(value - mean));
    size = Math.max(size, Math.abs(value));
  }
  return Math.max(1e-12 * spread, 1e-15 * size);
}
