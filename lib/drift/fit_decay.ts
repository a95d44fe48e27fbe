/** A curve floor + (start − floor)·exp(−rate·turn). */
export interface Decay {
  /** Per turn, at least 0; `NaN` where the curve cannot be fitted. */
  readonly rate: number;
  /** The number of turns in which the distance to the floor halves: ln 2 / rate. */
  readonly halfLife: number;
  readonly floor: number;
}

/** What is fitted: the mean at each turn, by how many it is given, and the floor; `null` where that is fitted too. */
export interface DecayPoints {
  readonly means: ArrayLike<number>;
  readonly weights: ArrayLike<number>;
  readonly floor: number | null;
}

/**
 * Fits floor + (start − floor)·exp(−rate·turn) to means over turns, by weighted least squares. For a given rate the curve
 * is linear in start and floor, so that one search over the rate is left (variable projection, Golub and Pereyra 1973): a
 * grid, and a golden section around its best point. Rates run from where next to nothing decays to where all decays
 * before the second turn; the rate is 0 where no curve that falls is better than a level.
 */
export function fitDecay(turns: readonly number[], { means, weights, floor: known }: DecayPoints): Decay {
  const shape = new Float64Array(turns.length);
  const line = (rate: number) => {
    let [W, X, Y, XX, XY] = [0, 0, 0, 0, 0];
    for (let t = 0; t < turns.length; t++) {
      const [w, x, y] = [weights[t]!, Math.exp(-rate * turns[t]!), means[t]!];
      shape[t] = x;
      W += w;
      X += w * x;
      Y += w * y;
      XX += w * x * x;
      XY += w * x * y;
    }
    const spread = XX - X * X / W;
    // A flat shape leaves floor and height apart undetermined: the level is all that is known.
    const free = spread > 1e-12 * XX ? (Y - (XY - X * Y / W) / spread * X) / W : 0;
    const floor = known ?? Math.max(0, Math.min(1, free));
    const height = (XY - floor * X) / XX;
    // What lies below its floor has nothing to lose: no curve fits.
    let error = height > 0 ? 0 : Infinity;
    for (let t = 0; t < turns.length; t++) {
      error += weights[t]! * (means[t]! - floor - height * shape[t]!) ** 2;
    }
    return { floor, error };
  };
  const answered = turns.filter((_, t) => weights[t]! > 0).length;
  const flat = line(0);
  if (answered < (known === null ? 3 : 2) || flat.error === Infinity) {
    return { rate: NaN, halfLife: NaN, floor: NaN };
  }
  const errorAt = (logRate: number) => line(Math.exp(logRate)).error;
  const [lowest, highest] = [Math.log(1e-3 / (turns.at(-1)! - turns[0]!)), Math.log(fastestRate(turns))];
  const step = (highest - lowest) / 32;
  const grid = Array.from({ length: 33 }, (_, i) => lowest + step * i);
  const errors = grid.map(errorAt);
  const best = errors.indexOf(Math.min(...errors));
  if (!(errors[best]! < flat.error * (1 - 1e-9))) return { rate: 0, halfLife: Infinity, floor: flat.floor };
  const [low, high] = [Math.max(lowest, grid[best]! - step), Math.min(highest, grid[best]! + step)];
  const rate = Math.exp(leastBetween(low, high, errorAt));
  return { rate, halfLife: Math.LN2 / rate, floor: line(rate).floor };
}

/** At this rate all has decayed by the second turn. */
export function fastestRate(turns: readonly number[]): number {
  return 20 / (turns[1]! - turns[0]!);
}

/** Where a function with one valley is least, by golden section. */
function leastBetween(low: number, high: number, of: (at: number) => number): number {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [a, b] = [low, high];
  let [c, d] = [b - ratio * (b - a), a + ratio * (b - a)];
  let [atC, atD] = [of(c), of(d)];
  for (let step = 0; step < 30; step++) {
    if (atC <= atD) {
      [b, d, atD] = [d, c, atC];
      c = b - ratio * (b - a);
      atC = of(c);
    } else {
      [a, c, atC] = [c, d, atD];
      d = a + ratio * (b - a);
      atD = of(d);
    }
  }
  return (a + b) / 2;
}
