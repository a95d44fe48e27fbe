import type { Stratum } from "./assignment_strata.ts";

/** Where a unit stands: its block, and what it is assigned with. */
export interface UnitPlace {
  readonly stratum: number;
  readonly member: number;
}

/** The place of each unit. */
export function unitPlaces(strata: readonly Stratum[], n: number): UnitPlace[] {
  const places = new Array<UnitPlace>(n);
  strata.forEach(({ rows }, stratum) =>
    rows.forEach((list, member) => list.forEach((row) => places[row] = { stratum, member }))
  );
  return places;
}

/** The probability that one unit is in one arm and another unit in another (or the same). */
export function jointProbability(
  strata: readonly Stratum[],
  units: readonly [UnitPlace, UnitPlace],
  arms: readonly [number, number],
): number {
  const [first, second] = [strata[units[0].stratum]!, strata[units[1].stratum]!];
  const [p, q] = [first.probabilities[arms[0]]!, second.probabilities[arms[1]]!];
  if (first !== second) return p * q;
  if (units[0].member === units[1].member) return arms[0] === arms[1] ? p : 0;
  if (first.simple) return p * q;
  const size = first.members.length;
  // Given the split, units take its places in random order: m (m - 1) / n (n - 1) for the same arm.
  return first.splits().reduce((sum, { sizes, probability }) => {
    const other = sizes[arms[1]]! - (arms[0] === arms[1] ? 1 : 0);
    return sum + probability * (sizes[arms[0]]! * other) / (size * (size - 1));
  }, 0);
}
