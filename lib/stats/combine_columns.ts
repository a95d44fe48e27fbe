/** The sums Σ_j column_j · factor_j. */
export function combineColumns(columns: readonly Float64Array[], factors: ArrayLike<number>): Float64Array {
  const total = new Float64Array(columns[0]!.length);
  for (let j = 0; j < columns.length; j++) {
    const [column, factor] = [columns[j]!, factors[j]!];
    if (factor === 0) continue;
    for (let row = 0; row < total.length; row++) total[row] = total[row]! + column[row]! * factor;
  }
  return total;
}
