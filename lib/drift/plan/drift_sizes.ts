import { normalQuantile } from "../../stats/distributions.ts";
import type { DriftPower } from "./drift_power.ts";

/** How many personas are in each arm; within subjects the same personas in both. */
export interface DriftSizes {
  readonly treatment: number;
  readonly reference: number;
}

/** The largest number of personas in an arm that is tried. */
export const mostPersonas = 1e6;

/**
 * Finds the smallest number of personas in the reference arm with which the power is at least what is wanted; `null`
 * where even the largest number does not reach it.
 *
 * The normal quantile of the power grows nearly linearly with √n, so that a few steps of regula falsi come close; then
 * the bracket is halved. Predictions are drawn with the same random numbers for every n, so that they rise with n but
 * for the grid of possible distances.
 *
 * @param guess a number of personas about which to look first
 */
export function smallestSize(
  wanted: number,
  guess: number,
  powerAt: (n: number) => DriftPower,
): number | null {
  const excess = (n: number) => probit(powerAt(n).power) - normalQuantile(wanted);
  let high = Math.max(8, Math.min(mostPersonas, Math.round(guess)));
  let low = Math.max(4, Math.round(high / 4));
  let [atLow, atHigh] = [excess(low), excess(high)];
  while (atLow >= 0) {
    if (low === 4) return low;
    [high, atHigh] = [low, atLow];
    low = Math.max(4, Math.round(low / 4));
    atLow = excess(low);
  }
  while (atHigh < 0) {
    if (high >= mostPersonas) return null;
    [low, atLow] = [high, atHigh];
    high = Math.min(mostPersonas, high * 3);
    atHigh = excess(high);
  }
  for (let step = 0; high - low > Math.max(1, precision * high); step++) {
    const root = Math.sqrt(low) + (Math.sqrt(high) - Math.sqrt(low)) * atLow / (atLow - atHigh);
    // Every third step halves, should one end never move.
    const next = step % 3 === 2 ? (low + high) / 2 : root ** 2;
    const middle = Math.min(high - 1, Math.max(low + 1, Math.round(next)));
    const found = excess(middle);
    if (found < 0) [low, atLow] = [middle, found];
    else [high, atHigh] = [middle, found];
  }
  return high;
}

/** How close the number of personas is found: a thousandth changes the power by less than the draws do. */
const precision = 1e-3;

/** The normal quantile of a power, kept finite. */
function probit(power: number): number {
  return normalQuantile(Math.min(1 - 1e-6, Math.max(1e-6, power)));
}
