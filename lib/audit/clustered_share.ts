import { groupRows } from "../core/table.ts";
import { normalQuantile } from "../stats/distributions.ts";
import { wilson } from "../stats/intervals.ts";

/** A share with its interval. */
export interface ShareEstimate {
  readonly share: number;
  readonly low: number;
  readonly high: number;
  /** The number of units. */
  readonly units: number;
}

/**
 * A share with Wilson's interval at the effective sample size: answers over the design effect of units that answered
 * several times, and the number of units where all answers agree (Korn and Graubard 1998).
 */
export function clusteredShare(
  hits: readonly boolean[],
  unit: readonly string[],
  alpha: number,
): ShareEstimate {
  const n = hits.length;
  const share = hits.reduce((sum, hit) => sum + (hit ? 1 : 0), 0) / n;
  const groups = [...groupRows(unit).values()];
  const units = groups.length;
  let squares = 0;
  for (const rows of groups) {
    squares += rows.reduce((sum, row) => sum + ((hits[row] ? 1 : 0) - share), 0) ** 2;
  }
  // One unit is one observation, however often it answered.
  const variance = units === 1 ? NaN : squares / (n * n) * units / (units - 1);
  const simple = share * (1 - share);
  const effective = simple > 0 && variance > 0 ? Math.min(n, simple / variance) : units;
  const trials = units === n ? n : effective;
  const [, low, high] = wilson([share * trials, trials], normalQuantile(1 - alpha / 2));
  return { share, low, high, units };
}
