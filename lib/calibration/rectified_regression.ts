import { stream } from "../core/stream.ts";
import { bootstrapInterval } from "../stats/bootstrap.ts";
import { summedDegrees } from "../stats/inference.ts";
import { cholesky, dot, invertCholesky, type Matrix, multiplyVector } from "../stats/matrix.ts";
import { columnProducts, combineColumns } from "../stats/products.ts";
import { fitOutcome, withMeanOne } from "./debiased_regression.ts";
import type { CalibratedCoefficient, DebiasedCoefficient, RegressionRows } from "./debiased_regression.ts";
import type { RegressionSample, RegressionSettings } from "./debiased_regression.ts";
import { evaluate, meanAt, regress, type RegressionModel, solveMoments, targetOf } from "./model_moments.ts";
import { pairedBootstrap } from "./paired_bootstrap.ts";

/** {@linkcode rectifyCoefficients} with λ a number, or tuned at 1; `residual` takes the normal distribution, as ppi_py. */
export function rectifiedRegression(
  sample: RegressionSample,
  people: readonly DebiasedCoefficient[],
  { model, lambda: asked, df }: Pick<RegressionSettings, "model" | "lambda" | "df">,
): CalibratedCoefficient[] | null {
  const first = rectifyCoefficients(sample, model, typeof asked === "number" ? asked : 1);
  const lambda = typeof asked === "number" ? asked : first?.tuned;
  const found = lambda === asked
    ? first
    : first && rectifyCoefficients(sample, model, lambda!, first.coefficients);
  return found && people.map(({ alone }, j) => {
    const parts = found.parts[j]!;
    const freedom = summedDegrees(parts, [alone.df, sample.pool.prediction.length]);
    const own = { estimate: found.coefficients[j]!, variance: parts[0]! + parts[1]!, lambda: lambda! };
    return { ...own, df: df === "residual" ? Infinity : freedom, correlation: found.correlations[j]! };
  });
}

/**
 * The minimum of L(Y) - λ L(f) + λ L(pool's f), of the linear model the sum of two regressions: for each coefficient the
 * variances of the people's part and of the pool's, and the correlation of what answers and predictions give; `tuned` is
 * the λ within 0 and 1 that makes the sum of variances at these coefficients least. As the reference package has it
 * (Angelopoulos, Duchi and Zrnic 2023, arXiv 2311.01453, sections 3 and 6). `null` where there is none.
 */
export function rectifyCoefficients(
  sample: RegressionSample,
  model: RegressionModel,
  lambda: number,
  // Near people's own coefficients a step or two over the pool are enough.
  start: Float64Array | null = model === "linear" ? null : fitOutcome(model, sample.human),
): { coefficients: Float64Array; parts: number[][]; correlations: number[]; tuned: number } | null {
  const [human, pool] = [withMeanOne(sample.human), withMeanOne(sample.pool)];
  const [n, m, size] = [human.outcome.length, pool.prediction.length, human.columns.length];
  const rectified = human.outcome.map((value, row) => value - lambda * human.prediction[row]!);
  const own = targetOf(human.columns, rectified, human.weight).map((value) => value / n);
  const others = targetOf(pool.columns, pool.prediction, pool.weight).map((value) => lambda * value / m);
  const at = (people: number, rest: number) =>
    [{ ...human, factor: people / n }, { ...pool, factor: rest / m }].filter(({ factor }) => factor !== 0);
  const solve = (people: number, rest: number, target: number[], start?: Float64Array) => [
    ...solveMoments(model, at(people, rest), target, undefined, start) ?? target.map(() => NaN),
  ];
  const sum = own.map((value, j) => value + others[j]!);
  const [first, second] = model === "linear"
    ? [solve(1, 0, own), solve(0, 1, others)]
    : [start === null ? [NaN] : solve(1 - lambda, lambda, sum, start), sum.map(() => 0)];
  const coefficients = Float64Array.from(first!, (value, j) => value + second![j]!);
  // Without the predictions the reference does not look at the pool at all.
  const parts = lambda === 0 ? at(1, 0) : at(n / (n + m), m / (n + m));
  const lower = cholesky(evaluate(model, parts, own, coefficients).information, 1e-13);
  if (lower === null || Number.isNaN(coefficients[0])) return null;
  const errors = ({ columns, weight }: RegressionRows, values: Float64Array) =>
    combineColumns(columns, coefficients)
      .map((eta, row) => (weight === null ? 1 : weight[row]!) * (values[row]! - meanAt(model, eta)));
  const told = [errors(human, human.outcome), errors(human, human.prediction)];
  const people = covariances(
    told.flatMap((e) => human.columns.map((x) => x.map((value, row) => value * e[row]!))),
  );
  const rest = covariances(pool.columns, errors(pool, pool.prediction));
  const block = (j: number, l: number) =>
    people.matrix.slice(j * size, (j + 1) * size).map((row) => row.slice(l * size, (l + 1) * size));
  const matrices = [block(0, 0), block(0, 1), block(1, 1), rest.matrix];
  let [shared, spread] = [0, 0];
  const found = invertCholesky(lower).map((bread) => {
    const [y, both, f, g] = matrices.map((matrix) => dot(bread, multiplyVector(matrix, bread))) as [
      ...[number, number, number, number],
    ];
    const apart = dot(bread, own.map((_, j) => people.means[size + j]! - rest.means[j]!));
    shared += both * (n - 1) / n;
    spread += ((n - 1) * f + (m - 1) * g + apart ** 2 * n * m / (n + m)) / (n + m - 1);
    const part = (y - 2 * lambda * both + lambda * lambda * f) / n;
    return { parts: [part, lambda * lambda * g / m], correlation: both / Math.sqrt(y * f) };
  });
  return {
    coefficients,
    parts: found.map(({ parts }) => parts),
    correlations: found.map(({ correlation }) => correlation),
    tuned: Math.min(1, Math.max(0, shared / ((1 + n / m) * spread))) || 0,
  };
}

/** Means and covariances (over n - 1) of columns, each times a factor. */
function covariances(columns: readonly Float64Array[], factor?: Float64Array) {
  const n = columns[0]!.length;
  const means = targetOf(columns, factor ?? new Float64Array(n).fill(1), null).map((sum) => sum / n);
  const matrix: Matrix = columnProducts(columns, factor).map((row, j) =>
    row.map((value, l) => (value - n * means[j]! * means[l]!) / (n - 1))
  );
  return { matrix, means };
}

/** The regression by {@linkcode pairedBootstrap}, with percentiles. */
export function bootstrappedRegression(
  { human, pool }: RegressionSample,
  { model, lambda, alpha, seed, replicates = 1000 }: RegressionSettings,
): CalibratedCoefficient[] {
  const fit = ({ columns, weight }: RegressionRows, outcome: Float64Array, times: Int32Array) => {
    const own = new Float64Array(times.length);
    for (let row = 0; row < own.length; row++) {
      own[row] = weight === null ? times[row]! : times[row]! * weight[row]!;
    }
    return regress(model, columns, outcome, own) ?? [];
  };
  return pairedBootstrap({
    sizes: [human.outcome.length, pool.prediction.length],
    statistic: (people, others) => ({
      outcome: fit(human, human.outcome, people),
      prediction: fit(human, human.prediction, people),
      pool: fit(pool, pool.prediction, others),
    }),
    lambda: typeof lambda === "number" ? lambda : null,
    ...{ replicates, random: stream(seed, "paired bootstrap") },
  }).map(({ draws, estimate, lambda, correlation }) => {
    const found = bootstrapInterval(draws, { estimate, method: "percentile", alpha });
    const ends = { p_value: found.pValue, conf_low: found.low, conf_high: found.high };
    const own = { estimate, variance: found.stdError ** 2, df: Infinity, lambda, correlation };
    return { ...own, interval: { ...ends, statistic: NaN, df: NaN } };
  });
}
