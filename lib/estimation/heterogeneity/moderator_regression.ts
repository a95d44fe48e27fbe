import { quadraticInverse } from "../../stats/matrix.ts";
import { fUpper } from "../../stats/distributions.ts";
import { leastSquares } from "../../stats/least_squares.ts";
import type { Comparison } from "../../core/units.ts";
import type { ModeratorColumn } from "./moderator_columns.ts";
import { noCoefficient, type TidyCoefficient, tidyCoefficient } from "../tidy_coefficient.ts";

/** How an effect differs by moderators. */
export interface ModeratorFit {
  /** The average effect, adjusted for the moderators. */
  readonly average: TidyCoefficient;
  /** For each column, how much more the effect is per unit of it. */
  readonly differences: readonly TidyCoefficient[];
  /** F test that all of them are 0. */
  readonly joint: { readonly statistic: number; readonly df: number; readonly p_value: number };
  /** What the reader must know. */
  readonly notes: readonly string[];
}

/**
 * Regresses the outcome on the arm, the centred moderators and their products (Lin 2013, Annals of Applied Statistics 7,
 * 295-318): with moderators centred the arm's coefficient is the average effect, the products' the differences. HC2, or
 * CR2 with clusters or where personas are in both arms.
 */
export function fitModerators(
  { outcome, treated, cluster, persona, weight }: Comparison,
  columns: readonly ModeratorColumn[],
  alpha: number,
): ModeratorFit {
  const arm = Float64Array.from(treated);
  const centred = columns.map(({ values }) => centre(values, weight));
  const products = centred.map((column) => column.map((value, row) => value * arm[row]!));
  const clusters = cluster?.codes ?? persona;
  const size = 2 + 2 * columns.length;
  const refusal = outcome.length <= size
    ? "there are not more units than coefficients"
    : !treated.includes(1) || !treated.includes(0)
    ? "an arm has no unit with values"
    : clusters !== null && new Set(clusters).size < 2
    ? "there is only one cluster"
    : null;
  if (refusal !== null) return nothing(columns, refusal);
  const fit = leastSquares(
    [new Float64Array(outcome.length).fill(1), arm, ...centred, ...products],
    outcome,
    { ...(weight === null ? {} : { weights: weight }), ...(clusters === null ? {} : { clusters }) },
  );
  const tidy = (j: number) =>
    fit.dropped.includes(j)
      ? noCoefficient
      : tidyCoefficient(fit.coefficients[j]!, fit.standardErrors[j]!, fit.df[j]!, alpha);
  const places = columns.map((_, j) => 2 + columns.length + j);
  const used = places.filter((j) => !fit.dropped.includes(j));
  const b = used.map((j) => fit.coefficients[j]!);
  const V = used.map((j) => used.map((l) => fit.covariance[j]![l]!));
  const statistic = used.length === 0 ? NaN : quadraticInverse(V, b) / used.length;
  const df = clusters === null ? outcome.length - fit.rank : new Set(clusters).size - 1;
  return {
    average: tidy(1),
    differences: places.map(tidy),
    joint: { statistic, df, p_value: fUpper(statistic, used.length, df) },
    notes: used.length === places.length ? [] : ["some differences cannot be told from others"],
  };
}

function nothing(columns: readonly ModeratorColumn[], refusal: string): ModeratorFit {
  return {
    average: noCoefficient,
    differences: columns.map(() => noCoefficient),
    joint: { statistic: NaN, df: NaN, p_value: NaN },
    notes: [refusal],
  };
}

function centre(values: Float64Array, weight: Float64Array | null): Float64Array {
  let [total, sum] = [0, 0];
  for (let row = 0; row < values.length; row++) {
    const w = weight === null ? 1 : weight[row]!;
    total += w;
    sum += w * values[row]!;
  }
  return values.map((value) => value - sum / total);
}
