import { dot, type Matrix, multiplyVector } from "../../stats/matrix.ts";
import { combineColumns } from "../../stats/products.ts";
import type { ModelColumn } from "../model_rows.ts";

/** An average marginal effect and its standard error. */
export interface MarginalEffect {
  /** Change in the probability, averaged over the rows. */
  readonly estimate: number;
  /** By the delta method. */
  readonly stdError: number;
}

/**
 * Averages each term's marginal effect over the rows: the derivative of the probability, and for terms of 0 and 1 the
 * difference between having it and (of the same variable) having none. `design` holds the constant and the columns.
 */
export function marginalEffects(
  design: readonly Float64Array[],
  columns: readonly ModelColumn[],
  coefficients: Float64Array,
  covariance: Matrix,
  weights: Float64Array | null,
): MarginalEffect[] {
  const usable = coefficients.map((value) => Number.isNaN(value) ? 0 : value);
  const eta = combineColumns(design, usable);
  const slopes = slopesOf(design, eta, weights);
  return columns.map((column, at) => {
    const term = at + 1;
    if (Number.isNaN(coefficients[term])) return { estimate: NaN, stdError: NaN };
    const { estimate, gradient } = column.indicator
      ? discreteEffect(design, columns, usable, eta, weights, at)
      : slopeEffect(slopes, usable[term]!, term);
    const known = covariance.map((row) => row.map((value) => Number.isNaN(value) ? 0 : value));
    const variance = dot(gradient, multiplyVector(known, gradient));
    return { estimate, stdError: Math.sqrt(variance) };
  });
}

interface EffectAndGradient {
  estimate: number;
  gradient: number[];
}

interface Slopes {
  density: number;
  bends: readonly number[];
}

/** mean p(1 - p), and for each column mean p(1 - p)(1 - 2p) x: what the slopes of all terms share. */
function slopesOf(
  design: readonly Float64Array[],
  eta: Float64Array,
  weights: Float64Array | null,
): Slopes {
  const curvature = new Float64Array(eta.length);
  const total = weights === null ? eta.length : weights.reduce((sum, value) => sum + value, 0);
  let density = 0;
  for (let row = 0; row < eta.length; row++) {
    const p = probabilityAt(eta[row]!);
    const slope = (weights === null ? 1 : weights[row]!) / total * p * (1 - p);
    density += slope;
    curvature[row] = slope * (1 - 2 * p);
  }
  return { density, bends: design.map((column) => dot(column, curvature)) };
}

/** mean p(1 - p) β_j, with gradient mean p(1 - p)(1 - 2p) x_l β_j + [l = j] mean p(1 - p). */
function slopeEffect({ density, bends }: Slopes, coefficient: number, term: number): EffectAndGradient {
  const gradient = bends.map((bend, l) => bend * coefficient + (l === term ? density : 0));
  return { estimate: density * coefficient, gradient };
}

/** mean (p1 - p0), with the variable's other indicators set to 0 in both. */
function discreteEffect(
  design: readonly Float64Array[],
  columns: readonly ModelColumn[],
  coefficients: Float64Array,
  eta: Float64Array,
  weights: Float64Array | null,
  at: number,
): EffectAndGradient {
  const own = columns.flatMap(({ predictor }, j) => predictor === columns[at]!.predictor ? [j + 1] : []);
  const without = combineColumns(own.map((j) => design[j]!), own.map((j) => -coefficients[j]!));
  const [slope1, difference] = [new Float64Array(eta.length), new Float64Array(eta.length)];
  const total = weights === null ? eta.length : weights.reduce((sum, value) => sum + value, 0);
  let [estimate, density] = [0, 0];
  for (let row = 0; row < eta.length; row++) {
    const base = eta[row]! + without[row]!;
    const [p1, p0] = [probabilityAt(base + coefficients[at + 1]!), probabilityAt(base)];
    const share = (weights === null ? 1 : weights[row]!) / total;
    slope1[row] = share * p1 * (1 - p1);
    difference[row] = slope1[row]! - share * p0 * (1 - p0);
    density += slope1[row]!;
    estimate += share * (p1 - p0);
  }
  const gradient = design.map((column, l) =>
    l === at + 1 ? density : own.includes(l) ? 0 : dot(column, difference)
  );
  return { estimate, gradient };
}

function probabilityAt(eta: number): number {
  return 1 / (1 + Math.exp(-eta));
}
