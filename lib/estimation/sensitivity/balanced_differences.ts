import type { BalancingColumn } from "./balancing_columns.ts";

/** The most unbalanced column, in standard deviations. */
export interface WorstBalance {
  /** Its name. */
  readonly name: string;
  /** Its standardised difference in means, with its sign. */
  readonly difference: number;
}

/**
 * The column whose weighted means differ most between the arms, over √((v1 + v0) / 2) of the unweighted variances (Austin
 * 2011, Multivariate Behavioral Research 46: 399-424, p. 412).
 */
export function worstBalance(
  columns: readonly BalancingColumn[],
  treated: Uint8Array,
  weights: Float64Array | null,
): WorstBalance {
  const none: WorstBalance = { name: "", difference: NaN };
  if (weights === null) return none;
  return columns.reduce((worst, { name, values }) => {
    const difference = standardised(values, treated, weights);
    return Math.abs(difference) > Math.abs(worst.difference) || Number.isNaN(worst.difference)
      ? { name, difference }
      : worst;
  }, none);
}

function standardised(values: Float64Array, treated: Uint8Array, weights: Float64Array): number {
  const [counts, sums, squares, weighted] = [[0, 0], [0, 0], [0, 0], [0, 0]];
  for (let at = 0; at < values.length; at++) {
    const side = treated[at]!;
    counts[side]! += 1;
    sums[side]! += values[at]!;
    weighted[side]! += weights[at]! * values[at]!;
  }
  for (let at = 0; at < values.length; at++) {
    squares[treated[at]!]! += (values[at]! - sums[treated[at]!]! / counts[treated[at]!]!) ** 2;
  }
  const variance = (squares[0]! / (counts[0]! - 1) + squares[1]! / (counts[1]! - 1)) / 2;
  return variance > 0 ? (weighted[1]! - weighted[0]!) / Math.sqrt(variance) : NaN;
}
