import type { RandomizationUnit, RandomizationUnits } from "./randomization_units.ts";

/** What was assigned as one, in one of two arms: a unit, or a cluster. */
export interface ContrastMember {
  /** 1 in the arm, 0 in the reference. */
  readonly label: number;
  /** The block, or the persona that saw both arms: labels change places within it. */
  readonly group: number;
  readonly units: readonly RandomizationUnit[];
}

/** Two arms, ready to be permuted: each contrast is permuted on its own. */
export interface RandomizationContrast {
  readonly members: readonly ContrastMember[];
  readonly clustered: boolean;
  readonly blocked: boolean;
  readonly notes: readonly string[];
}

/** Takes the units of two arms that have a value, gathered to what was assigned as one. */
export function contrastArms(
  action: string,
  all: RandomizationUnits,
  arms: readonly [reference: number, term: number],
): RandomizationContrast {
  const [reference, term] = arms;
  const notes = noteLeftOut(all, arms);
  let units = all.units.filter(({ arm, outcomes }) => arms.includes(arm) && !outcomes.every(Number.isNaN));
  units = units.filter((unit) => (!all.blocked || unit.block >= 0) && (!all.clustered || unit.cluster >= 0));
  const both = all.personal ? personasInBoth(all.units, reference, term) : new Set<number>();
  if (both.size > 0) return withinPersonas(units, term, notes);
  const byCluster = new Map<number, RandomizationUnit[]>();
  units.forEach((unit, place) => {
    const key = all.clustered ? unit.cluster : place;
    const members = byCluster.get(key);
    if (members) members.push(unit);
    else byCluster.set(key, [unit]);
  });
  const members = [...byCluster.values()].map((list) => memberOf(action, list, term, all.blocked));
  return { members: keepMixed(members, notes), clustered: all.clustered, blocked: all.blocked, notes };
}

function memberOf(
  action: string,
  units: readonly RandomizationUnit[],
  term: number,
  blocked: boolean,
): ContrastMember {
  const [first] = units;
  if (units.some((unit) => unit.arm !== first!.arm || unit.block !== first!.block)) {
    throw new RangeError(
      `Cannot ${action} as 'clusters' must name clusters of one arm and one block: a cluster has several`,
    );
  }
  return { label: first!.arm === term ? 1 : 0, group: blocked ? first!.block : 0, units };
}

function personasInBoth(
  units: readonly RandomizationUnit[],
  reference: number,
  term: number,
): Set<number> {
  const inArm = (arm: number) =>
    new Set(units.filter((unit) => unit.arm === arm).map(({ persona }) => persona));
  return inArm(reference).intersection(inArm(term));
}

function withinPersonas(
  units: readonly RandomizationUnit[],
  term: number,
  notes: string[],
): RandomizationContrast {
  const members = units.map((unit) => ({
    label: unit.arm === term ? 1 : 0,
    group: unit.persona,
    units: [unit],
  }));
  const kept = keepMixed(members, []);
  notes.push(`${kept.length / 2} personas answered in both arms: arms change places within each`);
  if (kept.length < members.length) {
    notes.push(`personas left out as they did not answer in both arms: ${members.length - kept.length}`);
  }
  return { members: kept, clustered: false, blocked: true, notes };
}

/** Groups with one arm only say nothing about the effect. */
function keepMixed(members: readonly ContrastMember[], notes: string[]): ContrastMember[] {
  const seen = new Map<number, number>();
  for (const { group, label } of members) seen.set(group, (seen.get(group) ?? 0) | (label === 1 ? 2 : 1));
  const single = [...seen.values()].filter((labels) => labels !== 3).length;
  if (single > 0 && seen.size > 1) notes.push(`blocks left out as they hold one arm only: ${single}`);
  return members.filter(({ group }) => seen.get(group) === 3);
}

function noteLeftOut(all: RandomizationUnits, arms: readonly number[]): string[] {
  const total = new Map<string, number>();
  for (const counts of all.leftOut) {
    for (const arm of arms) {
      for (const [why, count] of counts[arm]!) {
        const key = `${all.arms[arm]} ${why}`;
        total.set(key, (total.get(key) ?? 0) + count);
      }
    }
  }
  const parts = [...total].sort(([a], [b]) => a < b ? -1 : 1).map(([key, count]) => `${key}: ${count}`);
  return parts.length === 0 ? [] : [`left out: ${parts.join(", ")}`];
}
