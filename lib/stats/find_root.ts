/**
 * Finds where an increasing function is 0, to about 14 digits.
 *
 * The bracket is a guess: it is widened, doubling its length, until it holds the root. Then bisection and regula
 * falsi in turn (Illinois), so that it never leaves the bracket.
 *
 * @param increasing the function
 * @param low a guess below the root
 * @param high a guess above the root
 * @param limits where to stop widening
 * @returns the root; `NaN` where the function has none within the limits, or is not a number there
 */
export function findRoot(
  increasing: (x: number) => number,
  low: number,
  high: number,
  limits: readonly [number, number] = [-Infinity, Infinity],
): number {
  let [a, b] = [Math.max(low, limits[0]), Math.min(high, limits[1])];
  let [valueA, valueB] = [increasing(a), increasing(b)];
  for (let step = 0; step < 200 && valueA > 0 && a > limits[0]; step++) {
    [b, valueB] = [a, valueA];
    a = Math.max(limits[0], a - (high - low) * 2 ** step);
    valueA = increasing(a);
  }
  for (let step = 0; step < 200 && valueB < 0 && b < limits[1]; step++) {
    [a, valueA] = [b, valueB];
    b = Math.min(limits[1], b + (high - low) * 2 ** step);
    valueB = increasing(b);
  }
  return valueA <= 0 && valueB >= 0 ? closeIn(increasing, [a, valueA], [b, valueB]) : NaN;
}

type Point = readonly [x: number, value: number];

function closeIn(increasing: (x: number) => number, below: Point, above: Point): number {
  let [a, valueA] = below;
  let [b, valueB] = above;
  for (let step = 0, side = 0, width = b - a; step < 300; step++) {
    if (valueA === 0) return a;
    if (valueB === 0) return b;
    if (b - a <= 4e-15 * Math.max(Math.abs(a), Math.abs(b))) break;
    const cut = (a * valueB - b * valueA) / (valueB - valueA);
    // Halves where three steps did not: the secant alone may creep along one end.
    const slow = step % 3 === 2 && b - a > width / 2;
    if (step % 3 === 2) width = b - a;
    const x = slow || !(cut > a && cut < b) ? a + (b - a) / 2 : cut;
    const value = increasing(x);
    if (Number.isNaN(value)) return NaN;
    if (value < 0) {
      [a, valueA] = [x, value];
      if (side < 0) valueB /= 2;
    } else {
      [b, valueB] = [x, value];
      if (side > 0) valueA /= 2;
    }
    side = value < 0 ? -1 : 1;
  }
  return a + (b - a) / 2;
}
