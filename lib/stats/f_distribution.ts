import { chiSquareUpper } from "./chi_square.ts";
import { incompleteBeta } from "./incomplete_beta.ts";

/**
 * The probability that an F variable is at least as large as seen, if nothing differs: the p-value of an F test.
 *
 * @param statistic the F statistic
 * @param numerator numerator degrees of freedom, above 0
 * @param denominator denominator degrees of freedom, above 0; `Infinity` for a Wald test against chi-square
 * @returns a p-value; `NaN` where an argument is `NaN` or degrees of freedom are not above 0
 */
export function fUpper(statistic: number, numerator: number, denominator: number): number {
  if (Number.isNaN(statistic) || !(numerator > 0) || !(denominator > 0)) return NaN;
  if (statistic <= 0) return 1;
  if (statistic === Infinity) return 0;
  if (denominator > 1e10) return chiSquareUpper(statistic * numerator, numerator);
  // P(F > f) = I_x(denominator / 2, numerator / 2) at x = denominator / (denominator + numerator f); DLMF 8.17
  const part = numerator * statistic;
  const total = denominator + part;
  return incompleteBeta(denominator / total, part / total, denominator / 2, numerator / 2);
}

/**
 * The value that an F variable exceeds with probability `tail`.
 *
 * @param tail from 0 to 1
 * @param numerator numerator degrees of freedom, above 0
 * @param denominator denominator degrees of freedom, above 0
 * @returns the critical value; `NaN` where an argument is out of range
 */
export function fCritical(tail: number, numerator: number, denominator: number): number {
  if (!(tail > 0 && tail < 1) || !(numerator > 0) || !(denominator > 0)) return NaN;
  let [low, high] = [0, 1];
  while (fUpper(high, numerator, denominator) > tail) [low, high] = [high, high * 2];
  // Bisection ends where no number lies between the two.
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return middle;
    if (fUpper(middle, numerator, denominator) > tail) low = middle;
    else high = middle;
  }
}
