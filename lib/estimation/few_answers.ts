import type { Comparison } from "../core/units.ts";
import { type Agreement, enoughDiffering } from "../stats/inference.ts";
import type { EffectEstimate } from "./effect.ts";

/** The units of two arms, 0 and 1 in `treated`; what is neither is of other arms. */
export type QualifiedSample = Pick<Comparison, "outcome" | "treated" | "arms" | "cluster" | "weight">;

/**
 * Says which arms rest on few answers. Where an arm (almost) agrees and `widen` is set, the variance grows by what such
 * an arm does not show: that all of a few give one answer is no proof that nobody would give another.
 */
export function allowForFew(
  found: EffectEstimate,
  sample: QualifiedSample,
  agreed: readonly (Agreement | null)[],
  widen: boolean,
): EffectEstimate {
  const ends: [number, number] = found.shares === undefined ? [Infinity, -Infinity] : [0, 1];
  for (const value of sample.outcome) {
    if (value < ends[0]) ends[0] = value;
    if (value > ends[1]) ends[1] = value;
  }
  // Where neither arm varies, nothing shows how far apart answers may lie; of shares it is known.
  const known = found.shares !== undefined || agreed.some((side) => side === null || side.squares > 0);
  let { stdError, df } = found;
  const notes = agreed.flatMap((own, side) => {
    if (own === null) return [];
    const few =
      `fewer than ${enoughDiffering} answers of '${sample.arms[side]}' differ from its most common one: ` +
      `${own.differing} of ${own.n}`;
    // Of a handful of answers most may differ: then their variance is what it is.
    if (!widen || !known || 2 * own.differing > own.n || Number.isNaN(stdError)) return [few];
    const units = independentUnits(sample, side);
    const shortfall = agreementShortfall(own, ends, units);
    const [variance, whole] = [stdError ** 2, stdError ** 2 + shortfall];
    df = whole ** 2 / ((variance === 0 ? 0 : variance ** 2 / df) + shortfall ** 2 / (units + 1));
    stdError = Math.sqrt(whole);
    return [`${few}; its variance is taken for that with one more answer at ${ends[0]} and at ${ends[1]}`];
  });
  const light = sample.weight === null ? [] : noteEffectiveSize(sample);
  return { ...found, stdError, df, notes: [...found.notes, ...light, ...notes] };
}

/**
 * By how much the variance of the mean of values that (almost) agree falls short of what it is with two values more,
 * one at either end of what was answered: what Agresti and Caffo 2000 (The American Statistician 54: 280-288) do for
 * shares. A constant mean would otherwise count as known exactly.
 *
 * @param units how many independent values they count for
 */
function agreementShortfall(
  { n, mean, squares }: Agreement,
  [lowest, highest]: readonly [number, number],
  units: number,
): number {
  const own = squares * units / n;
  const centre = (units * mean + lowest + highest) / (units + 2);
  const more = own + units * (mean - centre) ** 2 + (lowest - centre) ** 2 + (highest - centre) ** 2;
  return Math.max(0, more / (units + 1) / (units + 2) - (units > 1 ? own / (units - 1) / units : 0));
}

/** How many independent units of equal weight a side counts for: its clusters, or Kish's effective number. */
function independentUnits(
  { treated, cluster, weight }: Pick<QualifiedSample, "treated" | "cluster" | "weight">,
  side: number,
): number {
  const clusters = new Set<number>();
  let [n, total, squares] = [0, 0, 0];
  for (let i = 0; i < treated.length; i++) {
    if (treated[i] !== side) continue;
    const w = weight === null ? 1 : weight[i]!;
    n++;
    total += w;
    squares += w * w;
    if (cluster !== null) clusters.add(cluster.codes[i]!);
  }
  return total * total / squares * (cluster === null ? 1 : clusters.size / n);
}

/** That weights leave an arm with clearly fewer answers than it has. */
function noteEffectiveSize(sample: QualifiedSample): string[] {
  return sample.arms.flatMap((arm, side) => {
    const n = sample.treated.reduce((count, own) => count + (own === side ? 1 : 0), 0);
    const units = independentUnits({ ...sample, cluster: null }, side);
    if (!(units < 0.8 * n)) return [];
    return [`weights: ${n} answers of '${arm}' count as much as ${units.toFixed(1)} of equal weight`];
  });
}
