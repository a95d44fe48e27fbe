import type { Comparison } from "../core/units.ts";
import { type Agreement, enoughDiffering, summedDegrees } from "../stats/inference.ts";
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
    const [n, worth, units] = countUnits(sample, side);
    const arm = `'${sample.arms[side]}'`;
    const light = `weights: ${n} answers of ${arm} count as much as ${worth.toFixed(1)} of equal weight`;
    const said = worth < 0.8 * n ? [light] : [];
    if (own === null) return said;
    const few = `fewer than ${enoughDiffering} answers of ${arm} differ from its most common one: ` +
      `${own.differing} of ${own.n}`;
    // Of a handful of answers most may differ: then their variance is what it is.
    if (!widen || !known || 2 * own.differing > own.n || Number.isNaN(stdError)) return [...said, few];
    const parts = [stdError ** 2, agreementShortfall(own, ends, units)];
    df = summedDegrees(parts, [df, units + 1]);
    stdError = Math.sqrt(parts[0]! + parts[1]!);
    return [
      ...said,
      `${few}; its variance is taken for that with one more answer at ${ends[0]} and at ${ends[1]}`,
    ];
  });
  return { ...found, stdError, df, notes: [...found.notes, ...notes] };
}

/**
 * By how much the variance of a mean of so many independent units falls short of what it is with two answers more, one at
 * either end of what was answered: what Agresti and Caffo 2000 (The American Statistician 54: 280-288) do for shares.
 */
export function agreementShortfall(
  { n, mean, squares }: Agreement,
  [lowest, highest]: readonly [number, number],
  units: number,
): number {
  const own = squares * units / n;
  const centre = (units * mean + lowest + highest) / (units + 2);
  const more = own + units * (mean - centre) ** 2 + (lowest - centre) ** 2 + (highest - centre) ** 2;
  return Math.max(0, more / (units + 1) / (units + 2) - (units > 1 ? own / (units - 1) / units : 0));
}

/** How many units a side has, how many of equal weight they are worth (Kish), and how many of those are independent. */
function countUnits({ treated, cluster, weight }: QualifiedSample, side: number): [number, number, number] {
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
  const worth = total * total / squares;
  return [n, worth, cluster === null ? worth : worth * clusters.size / n];
}
