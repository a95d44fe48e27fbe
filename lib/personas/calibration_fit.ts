import { independentColumns } from "../stats/basis.ts";
import { multiplyVector, zeros } from "../stats/matrix.ts";

/** One total that weights must meet: of an indicator, or of a centred number. */
export interface CalibrationTotal {
  readonly name: string;
  readonly values: Float64Array;
  readonly target: number;
  /** What an error of 1 is: the total for an indicator, total × standard deviation for a number. */
  readonly unit: number;
}

/** The factor by which a base weight is multiplied, F(u), and its derivative. */
type CalibrationDistance = { readonly [part in "factor" | "slope"]: (u: number) => number };

/** Factors of the usual distances. Deville and Särndal 1992, Journal of the American Statistical Association 87, Table 1. */
export function calibrationDistance(
  method: "linear" | "raking" | "logit",
  bounds: readonly [number, number],
): CalibrationDistance {
  const [low, high] = bounds;
  if (method !== "logit") {
    const unbounded = method === "linear" ? (u: number) => 1 + u : Math.exp;
    const rate = method === "linear" ? () => 1 : Math.exp;
    return {
      factor: (u) => Math.min(high, Math.max(low, unbounded(u))),
      slope: (u) => unbounded(u) > low && unbounded(u) < high ? rate(u) : 0,
    };
  }
  const scale = (high - low) / ((1 - low) * (high - 1));
  // Written around exp(-|scale u|), which does not overflow.
  const share = (u: number) => {
    const odds = Math.exp(-Math.abs(scale * u));
    const [up, down] = u >= 0 ? [1, odds] : [odds, 1];
    return { up: (1 - low) * up, down: (high - 1) * down };
  };
  return {
    factor: (u) => {
      const { up, down } = share(u);
      return (low * down + high * up) / (up + down);
    },
    slope: (u) => {
      const { up, down } = share(u);
      return (high - low) * scale * up * down / (up + down) ** 2;
    },
  };
}

/** Where calibration ended: the weights, and each total's error, in its unit. */
type CalibrationFit = { readonly [name in "weights" | "errors"]: Float64Array };

/**
 * Finds weights d F(x'λ) whose totals are the targets, by Newton's method with halved steps. Deville and Särndal 1992,
 * section 3. A total that follows from others is left out of a step; its error shows whether it is met.
 */
export function fitCalibration(
  base: ArrayLike<number>,
  totals: readonly CalibrationTotal[],
  distance: CalibrationDistance,
  limits: { readonly tolerance: number; readonly maximumIterations: number },
): CalibrationFit {
  let multipliers = new Float64Array(totals.length);
  let current = evaluate(base, totals, distance, multipliers);
  for (let step = 0; step < limits.maximumIterations; step++) {
    if (largest(current.errors) <= limits.tolerance) break;
    const move = newtonStep(base, totals, distance, current);
    let [size, improved] = [1, false];
    while (size > 1e-6 && !improved) {
      const tried = multipliers.map((multiplier, k) => multiplier + size * move[k]!);
      const next = evaluate(base, totals, distance, tried);
      improved = norm(next.errors) < norm(current.errors);
      if (improved) [multipliers, current] = [tried, next];
      size /= 2;
    }
    if (!improved) break;
  }
  return current;
}

function evaluate(
  base: ArrayLike<number>,
  totals: readonly CalibrationTotal[],
  distance: CalibrationDistance,
  multipliers: Float64Array,
) {
  const u = new Float64Array(base.length);
  totals.forEach(({ values, unit }, k) => {
    const multiplier = multipliers[k]! * totals[0]!.unit / unit;
    if (multiplier !== 0) { for (let i = 0; i < u.length; i++) u[i]! += multiplier * values[i]!; }
  });
  const weights = u.map((value, i) => base[i]! * distance.factor(value));
  const errors = Float64Array.from(totals, ({ values, target, unit }) => {
    let sum = 0;
    for (let i = 0; i < weights.length; i++) sum += weights[i]! * values[i]!;
    return (sum - target) / unit;
  });
  return { u, weights, errors };
}

/** Solves (X' D F' X) step = -error on the scale of the units; totals that follow from earlier ones take no step. */
function newtonStep(
  base: ArrayLike<number>,
  totals: readonly CalibrationTotal[],
  distance: CalibrationDistance,
  { u, errors }: ReturnType<typeof evaluate>,
): Float64Array {
  const slopes = u.map((value, i) => base[i]! * distance.slope(value));
  const size = totals.length;
  const matrix = zeros(size, size);
  for (let a = 0; a < size; a++) {
    const product = slopes.map((slope, i) => slope * totals[a]!.values[i]!);
    for (let b = a; b < size; b++) {
      const other = totals[b]!.values;
      let sum = 0;
      for (let i = 0; i < product.length; i++) sum += product[i]! * other[i]!;
      matrix[a]![b] = matrix[b]![a] = sum * totals[0]!.unit / (totals[a]!.unit * totals[b]!.unit);
    }
  }
  const { kept, inverse } = independentColumns(matrix, 1e-11);
  const step = new Float64Array(size);
  const moves = multiplyVector(inverse, kept.map((k) => -errors[k]!));
  kept.forEach((k, place) => step[k] = moves[place]!);
  return step;
}

function largest(errors: Float64Array): number {
  return errors.reduce((most, error) => Math.abs(error) <= most ? most : Math.abs(error), 0);
}

function norm(errors: Float64Array): number {
  return errors.reduce((total, error) => total + error * error, 0);
}
