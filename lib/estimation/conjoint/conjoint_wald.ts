import { fCritical, fUpper } from "../../stats/distributions.ts";
import { independentColumns } from "../../stats/basis.ts";
import { type Matrix, multiply, traceOfProduct } from "../../stats/matrix.ts";

/** A joint test that several quantities are 0. */
export interface WaldTest {
  /** The F statistic. */
  readonly statistic: number;
  /** Numerator degrees of freedom: quantities that do not follow from others. */
  readonly df: number;
  /** Denominator degrees of freedom. */
  readonly df_residual: number;
  /** Mean of the statistic if all are 0. */
  readonly null_mean: number;
  /** 95% point of the statistic if all are 0. */
  readonly null_high: number;
  /** The p-value. */
  readonly p_value: number;
  /** What the reader must know. */
  readonly notes: readonly string[];
}

/** A part of the covariance of estimates, and the degrees of freedom with which it was estimated. */
export interface CovariancePart {
  /** The covariance that comes from some of the respondents. */
  readonly covariance: Matrix;
  /** Its degrees of freedom. */
  readonly df: number;
}

/** Tests that all estimates are 0; with `exact`, the covariance is known up to one variance. */
export function waldTest(
  estimates: readonly number[],
  parts: readonly CovariancePart[],
  form: "hotelling" | "exact" = "hotelling",
): WaldTest {
  const total = estimates.map((_, row) =>
    estimates.map((_, column) => parts.reduce((sum, part) => sum + part.covariance[row]![column]!, 0))
  );
  const { kept, inverse, dependent } = independentColumns(total);
  const q = kept.length;
  const unknown = { statistic: NaN, df: q, df_residual: NaN, null_mean: NaN, null_high: NaN, p_value: NaN };
  if (q === 0) return { ...unknown, notes: ["nothing that varies can be compared"] };
  const freedom = form === "exact" ? parts[0]!.df : combinedDf(selectParts(parts, kept), inverse);
  // Anderson 2003, 5.2.2: T² (ν - q + 1) / (ν q) is F with q and ν - q + 1 degrees of freedom.
  const df = form === "exact" ? freedom : freedom - q + 1;
  if (!(df > 0)) return { ...unknown, notes: [`too few respondents to test ${q} quantities at once`] };
  const square = quadratic(kept.map((row) => estimates[row]!), inverse);
  const statistic = form === "exact" ? square / q : square * df / (freedom * q);
  return {
    statistic,
    df: q,
    df_residual: df,
    null_mean: df > 2 ? df / (df - 2) : NaN,
    null_high: fCritical(0.05, q, df),
    p_value: fUpper(statistic, q, df),
    notes: dependent.size === 0 ? [] : [`${dependent.size} quantities follow from the others`],
  };
}

/**
 * Degrees of freedom of a sum of covariance matrices: Nel and van der Merwe 1986, Communications in Statistics 15:
 * 3719-3735; for one quantity it is Welch's.
 */
function combinedDf(parts: readonly CovariancePart[], inverse: Matrix): number {
  const q = inverse.length;
  let spread = 0;
  for (const { covariance, df } of parts) {
    const share = multiply(covariance, inverse);
    const trace = share.reduce((sum, row, i) => sum + row[i]!, 0);
    spread += (traceOfProduct(share, share) + trace * trace) / df;
  }
  return (q + q * q) / spread;
}

function quadratic(values: readonly number[], inverse: Matrix): number {
  return values.reduce(
    (sum, left, i) => sum + values.reduce((line, right, j) => line + left * inverse[i]![j]! * right, 0),
    0,
  );
}

/** The parts for some of the estimates. */
export function selectParts(parts: readonly CovariancePart[], places: readonly number[]): CovariancePart[] {
  return parts.map(({ covariance, df }) => ({
    covariance: places.map((row) => places.map((column) => covariance[row]![column]!)),
    df,
  }));
}
