import { lbeta } from "lib-r-math";

/**
 * The regularised incomplete beta function I_x(a, b): the probability that a beta variable is at most `x`.
 *
 * Takes `x` and its complement, so that an `x` next to 0 or 1 keeps its digits. Written here because the `pbeta` of
 * lib-r-math 2.0.3, and with it `pt` and `pf`, is right to 7 digits only.
 *
 * @param x from 0 to 1
 * @param complement 1 - x
 * @param a first shape, above 0
 * @param b second shape, above 0
 */
export function incompleteBeta(x: number, complement: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (complement <= 0) return 1;
  // The fraction converges fast below the mean; above it the complement is computed.
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(complement, x, b, a);
  const logX = x > 0.5 ? Math.log1p(-complement) : Math.log(x);
  const logComplement = complement > 0.5 ? Math.log1p(-x) : Math.log(complement);
  return Math.exp(a * logX + b * logComplement - lbeta(a, b)) * continuedFraction(x, a, b) / a;
}

/** DLMF 8.17.22, evaluated by the modified Lentz algorithm. */
function continuedFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  let numerator = 1;
  let denominator = 1 / away(1 - ((a + b) * x) / (a + 1), tiny);
  let value = denominator;
  for (let m = 1; m < 100000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    denominator = 1 / away(1 + even * denominator, tiny);
    numerator = away(1 + even / numerator, tiny);
    value *= denominator * numerator;
    const odd = -((a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    denominator = 1 / away(1 + odd * denominator, tiny);
    numerator = away(1 + odd / numerator, tiny);
    const factor = denominator * numerator;
    value *= factor;
    if (Math.abs(factor - 1) < 1e-16) return value;
  }
  return value;
}

function away(value: number, tiny: number): number {
  return Math.abs(value) < tiny ? tiny : value;
}
