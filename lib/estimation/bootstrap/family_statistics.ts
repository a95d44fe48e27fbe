import { cannot } from "../../core/errors.ts";
import type { RandomStream } from "../../core/stream.ts";
import { resampleUnits } from "../../stats/resampling.ts";
import { meanStatistic, type UnitStatistic } from "./bootstrap_statistics.ts";
import type { BootstrapUnits } from "./bootstrap_units.ts";

/** One outcome of a family: its units and the arms compared. */
export interface FamilyMember {
  readonly units: BootstrapUnits;
  readonly terms: readonly number[];
  readonly reference: number;
}

/** Statistics of all tests, outcome by outcome, as observed and in each resample. */
export interface FamilyStatistics {
  readonly observed: readonly number[];
  readonly resampled: readonly Float64Array[];
  /** Units drawn in each resample. */
  readonly count: number;
}

interface Joined {
  readonly statistic: UnitStatistic;
  readonly terms: number;
  /** The unit of this outcome for each unit of the family; -1 where it has no value. */
  readonly places: Int32Array;
  /** Room for this outcome's units of a resample. */
  readonly own: Int32Array;
  readonly estimates: Float64Array;
  readonly errors: Float64Array;
}

/** Draws the units of all outcomes together, so that the statistics keep their dependence. */
export function familyStatistics(
  members: readonly FamilyMember[],
  options: { random: RandomStream; replicates: number },
): FamilyStatistics {
  const ids = [...new Set(members.flatMap(({ units }) => units.ids))];
  const strata = commonStrata(members, ids);
  const joined = members.map((member) => joinMember(member, ids, strata));
  const all = Int32Array.from(ids.keys()).sort((a, b) => strata[a]! - strata[b]! || a - b);
  const observed = joined.flatMap((one) => {
    compute(one, all);
    return Array.from(one.estimates, (estimate, term) => estimate / one.errors[term]!);
  });
  const centres = joined.map((one) => one.estimates.slice());
  const resampled: Float64Array[] = [];
  resampleUnits(ids.length, (drawn) => {
    const statistics: number[] = [];
    joined.forEach((one, index) => {
      compute(one, drawn);
      one.estimates.forEach((estimate, term) =>
        statistics.push((estimate - centres[index]![term]!) / one.errors[term]!)
      );
    });
    resampled.push(Float64Array.from(statistics));
  }, { ...options, strata });
  return { observed, resampled, count: ids.length };
}

/** A unit's stratum is its arm and block, the same for all outcomes, unless a unit lies in several. */
function commonStrata(members: readonly FamilyMember[], ids: readonly string[]): Int32Array {
  const places = new Map(ids.map((id, place) => [id, place]));
  const strata = new Int32Array(ids.length).fill(-1);
  for (const { units } of members) {
    for (let unit = 0; unit < units.count; unit++) {
      const place = places.get(units.ids[unit]!)!;
      for (let i = units.start[unit]!; i < units.start[unit + 1]!; i++) {
        const stratum = units.block[i]! * units.arms.length + units.arm[i]!;
        if (strata[place] !== -1 && strata[place] !== stratum) return new Int32Array(ids.length);
        strata[place] = stratum;
      }
    }
  }
  return strata;
}

function joinMember(
  { units, terms, reference }: FamilyMember,
  ids: readonly string[],
  strata: Int32Array,
): Joined {
  const own = new Map(units.ids.map((id, unit) => [id, unit]));
  const places = Int32Array.from(ids, (id) => own.get(id) ?? -1);
  const shared = new Int32Array(units.count);
  places.forEach((unit, place) => {
    if (unit >= 0) shared[unit] = strata[place]!;
  });
  return {
    statistic: meanStatistic({ ...units, strata: shared }, terms, reference),
    terms: terms.length,
    places,
    own: new Int32Array(ids.length),
    estimates: new Float64Array(terms.length),
    errors: new Float64Array(terms.length),
  };
}

function compute({ statistic, places, own, estimates, errors }: Joined, drawn: Int32Array): void {
  let count = 0;
  for (let i = 0; i < drawn.length; i++) {
    const unit = places[drawn[i]!]!;
    if (unit >= 0) own[count++] = unit;
  }
  statistic.compute(own.subarray(0, count), estimates, errors);
}

/** Outcomes are tied by who answered: without personas or clusters only rows of a wide table are. */
export function checkTied(action: string, names: readonly string[], units: BootstrapUnits): void {
  if (units.name !== "rows" || !(names.includes("item") && names.includes("value"))) return;
  throw new RangeError(
    cannot(action, "persona", "name the column that tells which answers are the same persona's", undefined),
  );
}
