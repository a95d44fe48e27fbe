import { stream } from "../core/stream.ts";
import { bootstrapInterval } from "../stats/bootstrap.ts";
import { summedDegrees } from "../stats/inference.ts";
import { meanOne } from "../stats/least_squares_design.ts";
import { cholesky, invertCholesky } from "../stats/matrix.ts";
import { moments } from "../stats/moments.ts";
import { combineColumns } from "../stats/products.ts";
import { pairedBootstrap } from "./paired_bootstrap.ts";
import type { Lambda } from "./rectified_mean.ts";
import type {
  CalibratedCoefficient,
  DebiasedCoefficient,
  RegressionRows,
  RegressionSample,
} from "./debiased_regression.ts";
import { evaluate, meanAt, type RegressionModel, solveMoments, targetOf } from "./model_moments.ts";

/** How coefficients are calibrated. */
type Settings = { readonly model: RegressionModel; readonly lambda: Lambda };

/** The regression of {@linkcode rectifyCoefficients} with λ a number, or tuned where it is 1. */
export function rectifiedRegression(
  sample: RegressionSample,
  people: readonly DebiasedCoefficient[],
  { model, lambda: asked, df }: Settings & { readonly df: "satterthwaite" | "residual" },
): CalibratedCoefficient[] | null {
  const lambda = typeof asked === "number" ? asked : rectifyCoefficients(sample, { model, lambda: 1 })?.tuned;
  const found = lambda === undefined ? null : rectifyCoefficients(sample, { model, lambda });
  return found && people.map(({ alone }, j) => ({
    estimate: found.coefficients[j]!,
    variance: found.parts[j]![0] + found.parts[j]![1],
    df: df === "residual"
      ? Infinity
      : summedDegrees(found.parts[j]!, [alone.df, sample.pool.prediction.length]),
    lambda: lambda!,
    correlation: found.correlations[j]!,
  }));
}

/** The regression by {@linkcode pairedBootstrap}, with percentiles. */
export function bootstrappedRegression(
  { human, pool }: RegressionSample,
  { model, lambda, alpha, seed, replicates = 1000 }: Settings & {
    readonly alpha: number;
    readonly seed: number;
    readonly replicates: number | undefined;
  },
): CalibratedCoefficient[] {
  const fit = ({ columns, weight }: RegressionSample["pool"], outcome: Float64Array, times: Int32Array) => {
    const counted = Float64Array.from(times, (count, row) => count * (weight?.[row] ?? 1));
    return solveMoments(
      model,
      [{ columns, weight: counted, factor: 1 }],
      targetOf(columns, outcome, counted),
    ) ??
      new Float64Array(columns.length).fill(NaN);
  };
  return pairedBootstrap({
    sizes: [human.outcome.length, pool.prediction.length],
    statistic: (people, others) => ({
      outcome: fit(human, human.outcome, people),
      prediction: fit(human, human.prediction, people),
      pool: fit(pool, pool.prediction, others),
    }),
    lambda: typeof lambda === "number" ? lambda : null,
    replicates,
    random: stream(seed, "paired bootstrap"),
  }).map(({ draws, estimate, lambda, correlation }) => {
    const found = bootstrapInterval(draws, { estimate, method: "percentile", alpha });
    const ends = { p_value: found.pValue, conf_low: found.low, conf_high: found.high };
    const interval = { ...ends, statistic: NaN, df: NaN };
    return { estimate, variance: found.stdError ** 2, df: Infinity, lambda, correlation, interval };
  });
}

/** A regression on a rectified loss at one weight of the predictions. */
interface RectifiedCoefficients {
  readonly coefficients: Float64Array;
  /** Variances of the people's part and of the pool's, by coefficient. */
  readonly parts: readonly (readonly [number, number])[];
  /** Correlations of what answers and predictions give to each coefficient. */
  readonly correlations: readonly number[];
  /** The weight of the predictions that makes the sum of these variances least, within 0 and 1. */
  readonly tuned: number;
}

/**
 * The minimum of L(Y) - λ L(f) + λ L(pool's f), of the linear model the sum of two regressions, with its variance as the
 * reference package has it (Angelopoulos, Duchi and Zrnic 2023, arXiv 2311.01453, sections 3 and 6). `null` where there is
 * none.
 */
export function rectifyCoefficients(
  sample: RegressionSample,
  { model, lambda }: { model: RegressionModel; lambda: number },
): RectifiedCoefficients | null {
  const scaled = <Rows extends RegressionRows>(rows: Rows): Rows =>
    rows.weight === null ? rows : { ...rows, weight: meanOne(rows.weight) };
  const [human, pool] = [scaled(sample.human), scaled(sample.pool)];
  const [n, m] = [human.outcome.length, pool.prediction.length];
  const rectified = human.outcome.map((value, row) => value - lambda * human.prediction[row]!);
  const own = targetOf(human.columns, rectified, human.weight).map((value) => value / n);
  const others = targetOf(pool.columns, pool.prediction, pool.weight).map((value) => lambda * value / m);
  const at = (people: number, rest: number) =>
    [{ ...human, factor: people / n }, { ...pool, factor: rest / m }].filter(({ factor }) => factor !== 0);
  const solved = model === "linear"
    ? [solveMoments(model, at(1, 0), own), solveMoments(model, at(0, 1), others)]
    : [solveMoments(model, at(1 - lambda, lambda), own.map((value, j) => value + others[j]!))];
  const found = solved.flatMap((each) => [...each ?? []]);
  if (found.length < solved.length * own.length) return null;
  const coefficients = Float64Array.from(own, (_, j) => found[j]! + (found[own.length + j] ?? 0));
  // Without the predictions the reference does not look at the pool at all.
  const [shares, total] = lambda === 0 ? [[n, 0], n] : [[n, m], n + m];
  const parts = at(shares[0]! / total, shares[1]! / total);
  const lower = cholesky(evaluate(model, parts, own, coefficients).information, 1e-13);
  if (lower === null) return null;
  const errors = ({ columns, weight }: RegressionSample["pool"], values: Float64Array) =>
    combineColumns(columns, coefficients)
      .map((eta, row) => (weight?.[row] ?? 1) * (values[row]! - meanAt(model, eta)));
  const [told, predicted, unasked] = [
    errors(human, human.outcome),
    errors(human, human.prediction),
    errors(pool, pool.prediction),
  ];
  let [shared, spread] = [0, 0];
  const influences = invertCholesky(lower).map((bread) => {
    const [people, rest] = [combineColumns(human.columns, bread), combineColumns(pool.columns, bread)];
    const y = moments(people.map((value, row) => value * told[row]!));
    const f = moments(people.map((value, row) => value * predicted[row]!));
    const both = moments(people.map((value, row) => value * (told[row]! + predicted[row]!)));
    const left = moments(people.map((value, row) => value * (told[row]! - lambda * predicted[row]!)));
    const g = moments(rest.map((value, row) => value * unasked[row]!));
    const covariance = (both.variance - y.variance - f.variance) / 2;
    shared += covariance * (n - 1) / n;
    spread += ((n - 1) * f.variance + (m - 1) * g.variance + (f.mean - g.mean) ** 2 * n * m / (n + m)) /
      (n + m - 1);
    return {
      parts: [left.variance / n, lambda * lambda * g.variance / m] as const,
      correlation: covariance / Math.sqrt(y.variance * f.variance),
    };
  });
  const tuned = shared / ((1 + n / m) * spread);
  return {
    coefficients,
    parts: influences.map(({ parts }) => parts),
    correlations: influences.map(({ correlation }) => correlation),
    tuned: tuned > 0 ? Math.min(1, tuned) : 0,
  };
}
