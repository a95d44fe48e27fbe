/** The smallest value that a share `level` of the values does not exceed; values that are `NaN` do not count. */
export function quantile(values: Float64Array, level: number): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  return sorted[Math.max(0, Math.ceil(level * sorted.length - 1e-9) - 1)] ?? NaN;
}
