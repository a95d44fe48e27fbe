import { stream } from "../core/stream.ts";
import { takeNumbers } from "../core/units.ts";
import { leastSquares } from "../stats/least_squares.ts";
import { cholesky, invertCholesky, type Matrix, multiply } from "../stats/matrix.ts";
import { columnProducts, combineColumns, groupProducts } from "../stats/products.ts";
import { sampleQuantile } from "../stats/quantiles.ts";
import { positionsOf } from "../stats/resampling.ts";
import type { CalibratedCoefficient, DebiasedCoefficient } from "./debiased_regression.ts";
import type { RegressionSample, RegressionSettings } from "./debiased_regression.ts";
import { evaluate, meanAt, type RegressionModel, solveMoments, targetOf } from "./model_moments.ts";

/** Rows of which people labelled the first ones, each with a known chance. */
export interface LabelledRows extends RegressionSample {
  /** The design by columns, where the predicted variable has these values. */
  readonly design: (predicted: Float64Array) => readonly Float64Array[];
  /** Each row's outcome; `null` where it is what is predicted. */
  readonly outcome: Float64Array | null;
  /** What people say of the first rows. */
  readonly label: Float64Array;
  /** What the model says of every row. */
  readonly prediction: Float64Array;
  /** What else may tell of labels. */
  readonly covariates: readonly Float64Array[];
  /** Each row's chance of a label, in proportion. */
  readonly chance: Float64Array;
}

/**
 * The median of the coefficients over several draws of the folds in which labels are learnt, with a variance that holds what
 * draws differ by (Egami and others 2023, arXiv 2306.04746, appendix). `null` where none can be solved.
 */
export function designBasedRegression(
  rows: LabelledRows,
  people: readonly DebiasedCoefficient[],
  { model, seed, df, replicates = 10 }: RegressionSettings,
): CalibratedCoefficient[] | null {
  const n = rows.label.length;
  const fits = Array.from({ length: replicates }, (_, draw) => {
    const random = stream(seed, "folds", draw);
    const fold = [n, rows.prediction.length - n].flatMap((count) =>
      random.shuffle(Array.from({ length: count }, (_, at) => at % 5))
    );
    return designBasedMoments(rows, crossFitLabels(rows, fold), model);
  }).filter((fit) => fit !== null);
  const median = (values: readonly number[]) => sampleQuantile(values.toSorted((a, b) => a - b), 0.5);
  // The reference takes people's errors as they are, which k coefficients have made smaller.
  const factor = df === "residual" ? 1 : n / (n - people.length);
  return fits.length === 0 ? null : people.map(({ alone }, j) => {
    const estimate = median(fits.map(({ coefficients }) => coefficients[j]!));
    const variances = fits.map((fit) => fit.covariance[j]![j]! + (fit.coefficients[j]! - estimate) ** 2);
    const own = { estimate, variance: factor * median(variances), lambda: NaN, correlation: NaN };
    return { ...own, df: df === "residual" ? Infinity : alone.df };
  });
}

/**
 * Solves Σ m(f) + R/π (m(y) - m(f)) = 0, m the moments of the regression with predictions, or labels, in place: whatever
 * predictions are worth, on average that is the regression of labels (Egami and others 2023, arXiv 2306.04746, section 4).
 * The variance is that of clusters' sums. `null` where there is no solution.
 */
export function designBasedMoments(
  rows: LabelledRows,
  predicted: Float64Array,
  model: RegressionModel,
): { readonly coefficients: Float64Array; readonly covariance: Matrix } | null {
  const { label, human, pool } = rows;
  const [n, count] = [label.length, predicted.length];
  const ones = new Float64Array(count).fill(1);
  const weight = human.weight === null ? ones : Float64Array.from([...human.weight, ...pool.weight!]);
  const told = predicted.slice();
  told.set(label);
  const [all, exact] = [rows.design(predicted), rows.design(told).map((column) => column.subarray(0, n))];
  const first = all.map((column) => column.subarray(0, n));
  const [guess, truth] = [rows.outcome ?? predicted, (rows.outcome ?? label).subarray(0, n)];
  // As in the reference: chances whose mean is the share of labels.
  const scale = rows.chance.reduce((sum, chance) => sum + chance, 0) / n;
  const ratio = label.map((_, row) => weight[row]! * scale / rows.chance[row]!);
  const parts = [
    { columns: all, weight, factor: 1 },
    { columns: exact, weight: ratio, factor: 1 },
    { columns: first, weight: ratio, factor: -1 },
  ];
  const outcomes = [guess, truth, guess.subarray(0, n)];
  const targets = parts.map((part, at) => targetOf(part.columns, outcomes[at]!, part.weight));
  const target = targets[0]!.map((value, j) => value + targets[1]![j]! - targets[2]![j]!);
  const coefficients = solveMoments(model, parts, target);
  const lower = coefficients && cholesky(evaluate(model, parts, target, coefficients).information, 1e-13);
  if (coefficients === null || lower === null) return null;
  const [errors, own] = [all, exact].map((columns, at) =>
    combineColumns(columns, coefficients).map((eta, row) =>
      (outcomes[at]![row]! - meanAt(model, eta)) * (at === 0 ? weight : ratio)[row]!
    )
  );
  const scores = all.map((column, j) => {
    const score = column.map((x, row) => x * errors![row]!);
    const change = (row: number) => exact[j]![row]! * own![row]! - score[row]! * ratio[row]! / weight[row]!;
    label.forEach((_, row) => score[row] = score[row]! + change(row));
    return score;
  });
  const sums = groupProducts(scores, ones, positionsOf(count, [...human.cluster, ...pool.cluster]));
  const bread = invertCholesky(lower);
  return { coefficients, covariance: multiply(multiply(bread, columnProducts(sums)), bread) };
}

/**
 * What a regression of labels on predictions and, where labels are many, covariates says of each row, fitted without the
 * row's fold.
 */
export function crossFitLabels(rows: LabelledRows, fold: ArrayLike<number>): Float64Array {
  const { label, prediction } = rows;
  const enough = label.length >= 20 * (rows.covariates.length + 2);
  const ones = new Float64Array(prediction.length).fill(1);
  const features = [ones, prediction, ...enough ? rows.covariates : []];
  const fitted = new Float64Array(prediction.length);
  for (const own of new Set(Array.from(fold))) {
    const others = [...label.keys()].filter((row) => fold[row] !== own);
    const { coefficients } = leastSquares(
      features.map((column) => takeNumbers(column, others)),
      takeNumbers(label, others),
      { covarianceType: "classical" },
    );
    const said = combineColumns(features, coefficients.map((value) => value || 0));
    for (let row = 0; row < said.length; row++) if (fold[row] === own) fitted[row] = said[row]!;
  }
  return fitted;
}
