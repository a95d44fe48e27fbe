/** The bivariate meta-analysis of effects written out in full: the slow definition of what `compareEffects` computes. */
import {
  cholesky,
  dot,
  invertCholesky,
  type Matrix,
  multiply,
  transpose,
  zeros,
} from "../../lib/stats/matrix.ts";

export interface Effects {
  readonly human: readonly number[];
  readonly synthetic: readonly number[];
  /** The sampling covariance of all human effects. */
  readonly covariance: Matrix;
}

/** What a matrix of variances says of data: the restricted log-likelihood and P = W − WX(X'WX)⁻¹X'W. */
function project(covariance: Matrix, design: Matrix, y: readonly number[]) {
  const lower = cholesky(covariance)!;
  const inverse = invertCholesky(lower);
  const weighted = multiply(inverse, design);
  const inner = cholesky(multiply(transpose(design), weighted))!;
  const projected = multiply(weighted, multiply(invertCholesky(inner), transpose(weighted)));
  const p = inverse.map((row, i) => row.map((value, j) => value - projected[i]![j]!));
  const logDeterminant = (factor: Matrix) => 2 * factor.reduce((sum, row, i) => sum + Math.log(row[i]!), 0);
  const py = p.map((row) => dot(row, y));
  return { p, py, logLikelihood: -(logDeterminant(lower) + logDeterminant(inner) + dot(y, py)) / 2 };
}

/** Maximises a restricted likelihood over variances that enter linearly, by Fisher scoring. */
function score(
  { y, design, fixed, parts, start }: {
    readonly y: readonly number[];
    readonly design: Matrix;
    readonly fixed: Matrix;
    readonly parts: readonly Matrix[];
    readonly start: readonly number[];
  },
): number[] {
  let values = [...start];
  const total = () =>
    fixed.map((row, i) =>
      row.map((own, j) => parts.reduce((sum, part, k) => sum + values[k]! * part[i]![j]!, own))
    );
  for (let step = 0; step < 60; step++) {
    const { p, py } = project(total(), design, y);
    const products = parts.map((part) => multiplySparse(p, part));
    const gradient = parts.map((part, k) =>
      (dot(py, part.map((row) => dot(row, py))) - products[k]!.reduce((sum, row, i) => sum + row[i]!, 0)) / 2
    );
    const information = products.map((a) =>
      products.map((b) =>
        a.reduce((sum, row, i) => sum + row.reduce((t, v, j) => t + v * b[j]![i]!, 0), 0) / 2
      )
    );
    const change = multiply(invertCholesky(cholesky(information)!), gradient.map((value) => [value]));
    values = values.map((value, k) => value + change[k]![0]!);
    if (change.every(([by], k) => Math.abs(by!) < 1e-13 * Math.abs(values[k]!))) break;
  }
  return values;
}

/** a · b where most of b is 0. */
function multiplySparse(a: Matrix, b: Matrix): Matrix {
  const product = zeros(a.length, b.length);
  b.forEach((row, k) =>
    row.forEach((value, j) => {
      if (value !== 0) { for (let i = 0; i < a.length; i++) product[i]![j]! += a[i]![k]! * value; }
    })
  );
  return product;
}

/** Both means, and t1², t12, t2² of the true human effects and the predictions; human effects come first. */
function bivariate({ human, synthetic, covariance }: Effects) {
  const n = human.length;
  const part = (pairs: (i: number) => readonly (readonly [number, number])[]) => {
    const matrix = zeros(2 * n, 2 * n);
    for (let i = 0; i < n; i++) for (const [row, column] of pairs(i)) matrix[row]![column] = 1;
    return matrix;
  };
  const fixed = zeros(2 * n, 2 * n);
  covariance.forEach((row, i) => row.forEach((value, j) => fixed[i]![j] = value));
  return {
    y: [...human, ...synthetic],
    design: Array.from({ length: 2 * n }, (_, i) => [i < n ? 1 : 0, i < n ? 0 : 1]),
    fixed,
    parts: [
      part((i) => [[i, i]]),
      part((i) => [[i, n + i], [n + i, i]]),
      part((i) => [[n + i, n + i]]),
    ],
  };
}

const variance = (values: readonly number[]) => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
};

/** The correlation that maximises the bivariate restricted likelihood. */
export function fullCorrelation(effects: Effects): number {
  const start = [variance(effects.human), 0, variance(effects.synthetic)];
  const [t1, t12, t2] = score({ ...bivariate(effects), start });
  return t12! / Math.sqrt(t1! * t2!);
}

/** The restricted log-likelihood at standard deviations and a correlation. */
export function fullLikelihood(effects: Effects, [t1, r, t2]: readonly [number, number, number]): number {
  const { y, design, fixed, parts } = bivariate(effects);
  const values = [t1 * t1, r * t1 * t2, t2 * t2];
  const total = fixed.map((row, i) =>
    row.map((own, j) => parts.reduce((sum, part, k) => sum + values[k]! * part[i]![j]!, own))
  );
  return project(total, design, y).logLikelihood;
}

/** The slope of the meta-regression by REML in which both coefficients are integrated out. */
export function fullSlope({ human, synthetic, covariance }: Effects): number {
  const design = synthetic.map((value) => [1, value]);
  const identity = human.map((_, i) => human.map((_, j) => i === j ? 1 : 0));
  const [te2] = score({
    y: human,
    design,
    fixed: covariance,
    parts: [identity],
    start: [variance(human) / 2],
  });
  const total = covariance.map((row, i) => row.map((own, j) => own + (i === j ? te2! : 0)));
  const inverse = invertCholesky(cholesky(total)!);
  const weighted = multiply(transpose(design), inverse);
  const inner = invertCholesky(cholesky(multiply(weighted, design))!);
  return multiply(inner, multiply(weighted, human.map((value) => [value])))[1]![0]!;
}
