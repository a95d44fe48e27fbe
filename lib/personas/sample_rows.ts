import { groupRows, stream } from "../core/mod.ts";
import { systematicSample } from "../stats/resampling.ts";

/** A population as a list of entries (people, or cells of people). */
export interface Entries {
  /** The size of each entry: a weight, or a count. */
  readonly sizes: ArrayLike<number>;
  /** The stratum of each entry; all the same where there are no strata. */
  readonly strata: readonly string[];
}

/** Draws `n` entries systematically, strata allocated in proportion to their size, in a random order. */
export function sampleSystematically(entries: Entries, n: number, seed: number): number[] {
  const shuffled = stream(seed, "population order").shuffle(entries.strata.map((_, entry) => entry));
  const groups = groupRows(shuffled.map((entry) => entries.strata[entry]!));
  // Neighbours share a stratum, so that one pass along the line also allocates the strata.
  const order = [...groups.values()].flatMap((places) => places.map((place) => shuffled[place]!));
  const drawn = systematicSample(entries.sizes, order, n, stream(seed, "population start").uniform());
  return stream(seed, "persona order").shuffle(drawn);
}

/** Draws each persona by itself from its own stream, within strata that are allocated in proportion. */
export function sampleIndependently(entries: Entries, n: number, seed: number): number[] {
  const lines = [...groupRows(entries.strata).values()].map((members) => cumulate(entries.sizes, members));
  const totals = lines.map((line) => line.upper[line.upper.length - 1]!);
  const allocation = stream(seed, "strata");
  const lineOfPersona = lines.length === 1 ? null : allocation.shuffle(
    systematicSample(totals, allocation.shuffle(totals.map((_, line) => line)), n, allocation.uniform()),
  );
  return Array.from({ length: n }, (_, persona) => {
    const line = lines[lineOfPersona?.[persona] ?? 0]!;
    return pick(line, stream(seed, "persona", persona + 1).uniform());
  });
}

interface Line {
  readonly members: readonly number[];
  readonly upper: Float64Array;
}

function cumulate(sizes: ArrayLike<number>, entries: readonly number[]): Line {
  const members = entries.filter((entry) => sizes[entry]! > 0);
  const upper = new Float64Array(Math.max(members.length, 1));
  let total = 0;
  members.forEach((entry, place) => upper[place] = total += sizes[entry]!);
  return { members, upper };
}

/** The member in whose part of the line a uniform number falls, by bisection. */
function pick(line: Line, uniform: number): number {
  const point = uniform * line.upper[line.upper.length - 1]!;
  let low = 0;
  let high = line.members.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (line.upper[middle]! > point) high = middle;
    else low = middle + 1;
  }
  return line.members[low]!;
}
