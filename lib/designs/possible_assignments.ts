import type { Stratum } from "./assignment_strata.ts";

/** Where a unit stands: its block, and what it is assigned with. */
interface UnitPlace {
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

/** The arms of a block's members in one assignment, and how probable it is. */
interface StratumAssignment {
  readonly arms: readonly number[];
  readonly probability: number;
}

/** The number of assignments that have a chance. */
export function countPossible(strata: readonly Stratum[]): bigint {
  return strata.reduce((product, stratum) => product * countStratum(stratum), 1n);
}

function countStratum({ members, probabilities, simple, splits }: Stratum): bigint {
  if (simple) return BigInt(probabilities.filter((p) => p > 0).length) ** BigInt(members.length);
  return splits().reduce((sum, { sizes }) => sum + multinomial(sizes), 0n);
}

/** n! / Π m!, in exact whole numbers. */
function multinomial(sizes: readonly number[]): bigint {
  let ways = 1n;
  let placed = 0n;
  for (const size of sizes) {
    for (let same = 1n; same <= BigInt(size); same++) ways = (ways * ++placed) / same;
  }
  return ways;
}

/** Visits every assignment that has a chance, the last block changing fastest. */
export function* enumerateStrata(
  strata: readonly Stratum[],
  n: number,
): Generator<{ arms: Int32Array; probability: number }> {
  const arms = new Int32Array(n);
  yield* visitFrom(strata, 0, arms, 1);
}

function* visitFrom(
  strata: readonly Stratum[],
  place: number,
  arms: Int32Array,
  probability: number,
): Generator<{ arms: Int32Array; probability: number }> {
  const stratum = strata[place];
  if (stratum === undefined) {
    yield { arms: arms.slice(), probability };
    return;
  }
  for (const drawn of assignmentsOf(stratum)) {
    stratum.rows.forEach((rows, member) => rows.forEach((row) => arms[row] = drawn.arms[member]!));
    yield* visitFrom(strata, place + 1, arms, probability * drawn.probability);
  }
}

function* assignmentsOf(stratum: Stratum): Generator<StratumAssignment> {
  const size = stratum.members.length;
  if (stratum.simple) {
    yield* independentArms(stratum.probabilities, size, [], 1);
    return;
  }
  for (const { sizes, probability } of stratum.splits()) {
    const share = probability / Number(multinomial(sizes));
    for (const arms of arrangements([...sizes], size, [])) yield { arms, probability: share };
  }
}

function* independentArms(
  probabilities: readonly number[],
  size: number,
  arms: readonly number[],
  probability: number,
): Generator<StratumAssignment> {
  if (arms.length === size) {
    yield { arms, probability };
    return;
  }
  for (const [arm, p] of probabilities.entries()) {
    if (p > 0) yield* independentArms(probabilities, size, [...arms, arm], probability * p);
  }
}

function* arrangements(left: number[], size: number, arms: readonly number[]): Generator<readonly number[]> {
  if (arms.length === size) {
    yield arms;
    return;
  }
  for (let arm = 0; arm < left.length; arm++) {
    if (left[arm] === 0) continue;
    left[arm]!--;
    yield* arrangements(left, size, [...arms, arm]);
    left[arm]!++;
  }
}
