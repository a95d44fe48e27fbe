/** A curve floor + (start − floor)·exp(−rate·turn). */
export interface DecayFit {
  /** Per turn, at least 0; `NaN` where the curve cannot be fitted. */
  readonly rate: number;
  /** The level at turn 0. */
  readonly start: number;
  /** The level that the curve decays to. */
  readonly floor: number;
}

/** What is fitted: the mean at each turn, and by how many it is given. */
export interface DecayPoints {
  readonly means: ArrayLike<number>;
  readonly weights: ArrayLike<number>;
  /** The level that answers decay to; `null` where it is fitted too. */
  readonly floor: number | null;
}

const nothing: DecayFit = { rate: NaN, start: NaN, floor: NaN };

/**
 * Makes a fitter of decay curves over given turns, by weighted nonlinear least squares. For a given rate the curve is
 * linear in start and floor, so that one search over the rate is left (variable projection, Golub and Pereyra 1973): a
 * grid, and a golden section around its best point. Rates run from 0 to where all decays before the second turn.
 */
export function decayFitter(turns: readonly number[]): (points: DecayPoints) => DecayFit {
  const sorted = [...turns].sort((a, b) => a - b);
  const gap = sorted[1]! - sorted[0]!;
  const span = sorted[sorted.length - 1]! - sorted[0]!;
  const [lowest, highest] = [Math.log(1e-3 / span), Math.log(20 / gap)];
  const steps = 32;
  const logRates = Array.from({ length: steps + 1 }, (_, i) => lowest + (highest - lowest) * i / steps);
  // One array for all curves that are tried: a bootstrap tries hundreds of thousands.
  const scratch = new Float64Array(turns.length);
  const shape = (rate: number, into = scratch): Float64Array => {
    for (let t = 0; t < turns.length; t++) into[t] = Math.exp(-rate * turns[t]!);
    return into;
  };
  const shapes = logRates.map((logRate) => shape(Math.exp(logRate), new Float64Array(turns.length)));
  const level = new Float64Array(turns.length).fill(1);
  return (points) => {
    if (answeredTurns(points) < turnsNeeded(points)) return nothing;
    const flat = fitLinear(level, points);
    const errors = shapes.map((curve) => fitLinear(curve, points).error);
    const best = errors.indexOf(Math.min(...errors));
    if (flat.error === Infinity) return nothing;
    if (best < 0 || !(errors[best]! < flat.error * (1 - 1e-9))) return { rate: 0, ...ends(flat) };
    const around = [Math.max(0, best - 1), Math.min(steps, best + 1)] as const;
    const logRate = goldenSection(
      (at) => fitLinear(shape(Math.exp(at)), points).error,
      logRates[around[0]]!,
      logRates[around[1]]!,
    );
    const rate = Math.exp(logRate);
    return { rate, ...ends(fitLinear(shape(rate), points)) };
  };
}

/** At how many turns there are answers. */
export function answeredTurns({ weights }: Pick<DecayPoints, "weights">): number {
  let count = 0;
  for (let t = 0; t < weights.length; t++) if (weights[t]! > 0) count++;
  return count;
}

/** How many turns with answers a curve needs: two show a fall to a known floor, a floor that is fitted needs a third. */
export function turnsNeeded({ floor }: Pick<DecayPoints, "floor">): number {
  return floor === null ? 3 : 2;
}

interface LinearFit {
  readonly height: number;
  readonly floor: number;
  /** The weighted sum of squares; infinite where the curve lies below its floor. */
  readonly error: number;
}

function ends({ height, floor }: LinearFit): Pick<DecayFit, "start" | "floor"> {
  return { start: floor + height, floor };
}

/** Fits mean = floor + height · shape; a fitted floor lies between 0 and 1, and the height is above 0. */
function fitLinear(shape: Float64Array, points: DecayPoints): LinearFit {
  if (points.floor !== null) return fitHeight(shape, points, points.floor);
  const { means, weights } = points;
  let [W, X, Y, XX, XY] = [0, 0, 0, 0, 0];
  for (let t = 0; t < shape.length; t++) {
    const [w, x, y] = [weights[t]!, shape[t]!, means[t]!];
    if (w === 0) continue;
    W += w;
    X += w * x;
    Y += w * y;
    XX += w * x * x;
    XY += w * x * y;
  }
  const spread = XX - X * X / W;
  // A flat shape leaves floor and height apart undetermined: the level is all that is known.
  if (!(spread > 1e-12 * XX)) return fitHeight(shape, points, 0);
  const floor = (Y - (XY - X * Y / W) / spread * X) / W;
  return fitHeight(shape, points, Math.max(0, Math.min(1, floor)));
}

function fitHeight(shape: Float64Array, { means, weights }: DecayPoints, floor: number): LinearFit {
  let [along, size] = [0, 0];
  for (let t = 0; t < shape.length; t++) {
    if (weights[t] === 0) continue;
    along += weights[t]! * shape[t]! * (means[t]! - floor);
    size += weights[t]! * shape[t]! * shape[t]!;
  }
  const height = along / size;
  if (!(height > 0)) return { height: 0, floor, error: Infinity };
  let error = 0;
  for (let t = 0; t < shape.length; t++) {
    if (weights[t] !== 0) error += weights[t]! * (means[t]! - floor - height * shape[t]!) ** 2;
  }
  return { height, floor, error };
}

function goldenSection(error: (at: number) => number, low: number, high: number): number {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [a, b] = [low, high];
  let [c, d] = [b - ratio * (b - a), a + ratio * (b - a)];
  let [errorC, errorD] = [error(c), error(d)];
  for (let step = 0; step < 30; step++) {
    if (errorC <= errorD) {
      [b, d, errorD] = [d, c, errorC];
      c = b - ratio * (b - a);
      errorC = error(c);
    } else {
      [a, c, errorC] = [c, d, errorD];
      d = a + ratio * (b - a);
      errorD = error(d);
    }
  }
  return (a + b) / 2;
}
