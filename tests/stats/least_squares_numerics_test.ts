import { assert, assertEquals } from "@std/assert";
import { leastSquares } from "@understudy/understudy/stats";
import { stream } from "@understudy/understudy/core";

/** Longley 1967, JASA 62, 819-841: employment, and price deflator, GNP, unemployed, armed forces, population, year. */
const longley = [
  [60323, 83.0, 234289, 2356, 1590, 107608, 1947],
  [61122, 88.5, 259426, 2325, 1456, 108632, 1948],
  [60171, 88.2, 258054, 3682, 1616, 109773, 1949],
  [61187, 89.5, 284599, 3351, 1650, 110929, 1950],
  [63221, 96.2, 328975, 2099, 3099, 112075, 1951],
  [63639, 98.1, 346999, 1932, 3594, 113270, 1952],
  [64989, 99.0, 365385, 1870, 3547, 115094, 1953],
  [63761, 100.0, 363112, 3578, 3350, 116219, 1954],
  [66019, 101.2, 397469, 2904, 3048, 117388, 1955],
  [67857, 104.6, 419180, 2822, 2857, 118734, 1956],
  [68169, 108.4, 442769, 2936, 2798, 120445, 1957],
  [66513, 110.8, 444546, 4681, 2637, 121950, 1958],
  [68655, 112.6, 482704, 3813, 2552, 123366, 1959],
  [69564, 114.2, 502601, 3931, 2514, 125368, 1960],
  [69331, 115.7, 518173, 4806, 2572, 127852, 1961],
  [70551, 116.9, 554894, 4007, 2827, 130081, 1962],
];

/** The number of digits in which two numbers agree. */
const digits = (actual: number, expected: number) =>
  -Math.log10(Math.max(1e-17, Math.abs(actual - expected) / Math.abs(expected)));
const classical = { covarianceType: "classical" } as const;

Deno.test("leastSquares() keeps 12 digits of Longley's data, as NIST certifies them", () => {
  // NIST Statistical Reference Datasets, Longley: estimates and standard deviations.
  const estimates = [
    -3482258.63459582,
    15.0618722713733,
    -0.358191792925910e-01,
    -2.02022980381683,
    -1.03322686717359,
    -0.511041056535807e-01,
    1829.15146461355,
  ];
  const deviations = [
    890420.383607373,
    84.9149257747669,
    0.334910077722432e-01,
    0.488399681651699,
    0.214274163161675,
    0.226073200069370,
    455.478499142212,
  ];
  const columns = [0, 1, 2, 3, 4, 5, 6].map((j) => longley.map((row) => j === 0 ? 1 : row[j]!));
  const fit = leastSquares(columns, longley.map((row) => row[0]!), classical);
  estimates.forEach((value, j) => assert(digits(fit.coefficients[j]!, value) > 12, `estimate ${j}`));
  deviations.forEach((value, j) => assert(digits(fit.standardErrors[j]!, value) > 12, `deviation ${j}`));
  assert(digits(fit.rSquared, 0.995479004577296) > 12);
});

Deno.test("leastSquares() keeps 6 digits of a polynomial of degree 10 away from 0, as far as doubles allow", () => {
  // As hard as NIST's Filip: x from -8.78 to -3.13. The true polynomial is recovered where there is no noise.
  const x = Array.from({ length: 82 }, (_, i) => -8.78 + 5.65 * i / 81);
  const truth = [
    -1467.49,
    -2772.18,
    -2316.37,
    -1127.97,
    -354.478,
    -75.1242,
    -10.8753,
    -1.06221,
    -6.70191e-2,
    -2.46781e-3,
    -4.02963e-5,
  ];
  const columns = truth.map((_, j) => x.map((value) => value ** j));
  // Sums of the exact products, so that the outcome is right to its last digit: pairs of doubles.
  const outcome = x.map((_, row) => preciseSum(truth.map((b, j) => [b, columns[j]![row]!])));
  const fit = leastSquares(columns, outcome, classical);
  assertEquals([fit.rank, fit.dropped], [11, []]);
  truth.forEach((value, j) =>
    assert(digits(fit.coefficients[j]!, value) > 6, `${fit.coefficients[j]} is not ${value}`)
  );
});

/** Σ a b with products and sums in twice the working precision (Dekker 1971). */
function preciseSum(pairs: number[][]): number {
  let [high, low] = [0, 0];
  const split = (value: number) => {
    const factor = 134217729 * value;
    const top = factor - (factor - value);
    return [top, value - top] as const;
  };
  for (const [a, b] of pairs as [number, number][]) {
    const product = a * b;
    const [[a1, a2], [b1, b2]] = [split(a), split(b)];
    low += ((a1 * b1 - product) + a1 * b2 + a2 * b1) + a2 * b2;
    const sum = high + product;
    const part = sum - high;
    low += (high - (sum - part)) + (product - part);
    high = sum;
  }
  return high + low;
}

const x = [1, 2, 3, 4, 5, 6, 7, 8];
const y = [2.5, 3, 4.75, 5.25, 7, 6.5, 9, 10];
const ones = x.map(() => 1);

Deno.test("leastSquares() loses no digit to a large offset of columns and outcome", () => {
  const plain = leastSquares([ones, x], y);
  const moved = leastSquares([ones, x.map((value) => value + 2 ** 40)], y.map((value) => value + 2 ** 40));
  assertEquals([moved.rank, moved.coefficients[1]], [2, plain.coefficients[1]]);
  assert(digits(moved.standardErrors[1]!, plain.standardErrors[1]!) > 14);
  const constant = y.reduce((total, value) => total + value, 0) / 8 + 2 ** 40 -
    plain.coefficients[1]! * (4.5 + 2 ** 40);
  assert(digits(moved.coefficients[0]!, constant) > 12);
});

Deno.test("leastSquares() does not care for the columns' scales", () => {
  const squares = x.map((value) => value * value);
  const plain = leastSquares([ones, x, squares], y);
  for (const [small, large] of [[1e-8, 1e12], [1e-60, 1e60], [1e-150, 1e150]] as const) {
    const scaled = leastSquares([ones, x.map((v) => v * small), squares.map((v) => v * large)], y);
    assertEquals(scaled.rank, 3);
    assert(digits(scaled.coefficients[1]! * small, plain.coefficients[1]!) > 11, `${small}`);
    assert(digits(scaled.coefficients[2]! * large, plain.coefficients[2]!) > 11, `${large}`);
    assert(digits(scaled.standardErrors[2]! * large, plain.standardErrors[2]!) > 11, `${large}`);
  }
});

Deno.test("leastSquares() keeps nearly collinear columns apart, and leaves out those that are", () => {
  const random = stream(1, "near");
  const first = Array.from({ length: 50 }, () => random.normal());
  const noise = first.map(() => random.normal());
  const constant = first.map(() => 1);
  const outcome = first.map((value, i) => 1 + value + noise[i]! / 4);
  const orthogonal = leastSquares([constant, first, noise], outcome);
  for (const [distance, wanted] of [[2 ** -10, 10], [2 ** -20, 7], [2 ** -26, 5]] as const) {
    const near = leastSquares(
      [constant, first, first.map((value, i) => value + distance * noise[i]!)],
      outcome,
    );
    assertEquals(near.rank, 3);
    assert(digits(near.coefficients[2]! * distance, orthogonal.coefficients[2]!) > wanted, `${distance}`);
  }
  const sum = first.map((value, i) => 3 * value - noise[i]! / 7 + 2);
  assertEquals(leastSquares([constant, first, noise, sum], outcome).dropped, [3]);
  assertEquals(leastSquares([constant, first, constant.map(() => 7), noise], outcome).dropped, [2]);
  // A constant computed in two ways, which differs in its last digit, is a constant.
  const same = first.map((_, i) => i % 2 === 0 ? 0.3 : 0.1 + 0.2);
  assertEquals(leastSquares([constant, first, same], outcome).dropped, [2]);
  assertEquals(leastSquares([constant, first, first.map(() => 0)], outcome).dropped, [2]);
});

Deno.test("leastSquares() keeps its digits over a million rows", () => {
  const rows = 1_000_000;
  // Eight values again and again: the slope is that of eight rows.
  const long = Float64Array.from({ length: rows }, (_, i) => x[i % 8]! + 1e6);
  const outcome = Float64Array.from({ length: rows }, (_, i) => y[i % 8]! + 1e6);
  const fit = leastSquares([new Float64Array(rows).fill(1), long], outcome, { covarianceType: "HC0" });
  const eight = leastSquares([ones, x], y, { covarianceType: "HC0" });
  assert(digits(fit.coefficients[1]!, eight.coefficients[1]!) > 12);
  assert(digits(fit.standardErrors[1]! * Math.sqrt(rows / 8), eight.standardErrors[1]!) > 12);
});
