import type { RandomizationContrast } from "./randomization_contrast.ts";

/** The members that have a value of an outcome. */
export interface MemberValues {
  /** Each one's place among the contrast's members. */
  readonly place: Int32Array;
  /** Each one's mean outcome, less the mean of its group: large means cost no digits. */
  readonly value: Float64Array;
  /** How many units each one has. */
  readonly size: Float64Array;
  /** Each one's group, numbered from 0. */
  readonly group: Int32Array;
  readonly groups: number;
  /** Each one's covariates, by covariate. */
  readonly covariates: readonly Float64Array[];
  /** Each one's mean outcome as it is. */
  readonly raw: Float64Array;
  /** Whether every member of the contrast has a value. */
  readonly whole: boolean;
}

/** Reads what members have of an outcome, less a tested effect on the treated. */
export function memberValues(
  { members }: RandomizationContrast,
  outcome: number,
  effect: number,
): MemberValues {
  const codes = new Map<number, number>();
  const kept = members.flatMap(({ label, group, units }, place) => {
    const list = units.filter((unit) => !Number.isNaN(unit.outcomes[outcome]!));
    if (list.length === 0) return [];
    if (!codes.has(group)) codes.set(group, codes.size);
    const mean = list.reduce((sum, unit) => sum + unit.outcomes[outcome]!, 0) / list.length;
    const covariates = list[0]!.covariates.map((_, j) =>
      list.reduce((sum, unit) => sum + unit.covariates[j]!, 0) / list.length
    );
    return [{ place, group: codes.get(group)!, size: list.length, mean: mean - effect * label, covariates }];
  });
  const raw = Float64Array.from(kept, ({ mean }) => mean);
  const shape = {
    place: Int32Array.from(kept, ({ place }) => place),
    size: Float64Array.from(kept, ({ size }) => size),
    group: Int32Array.from(kept, ({ group }) => group),
    groups: codes.size,
  };
  const covariates = (kept[0]?.covariates ?? []).map((_, j) =>
    Float64Array.from(kept, (member) => member.covariates[j]!)
  );
  return {
    ...shape,
    raw,
    covariates,
    value: centreGroups(raw, shape),
    whole: kept.length === members.length,
  };
}

/** The same members with the assignment itself as the outcome: what an effect of 1 adds. */
export function withAssignment({ members }: RandomizationContrast, values: MemberValues): MemberValues {
  const raw = Float64Array.from(values.place, (place) => members[place]!.label);
  return { ...values, raw, value: centreGroups(raw, values) };
}

/** Members as groups see them. */
export type Grouped = Pick<MemberValues, "group" | "groups" | "size">;

/** Values less the mean of their group, members counting by size. */
export function centreGroups(values: Float64Array, { group, groups, size }: Grouped): Float64Array {
  const [sums, sizes] = [new Float64Array(groups), new Float64Array(groups)];
  for (let i = 0; i < values.length; i++) {
    const g = group[i]!;
    sizes[g] = sizes[g]! + size[i]!;
    sums[g] = sums[g]! + (size[i]! / sizes[g]!) * (values[i]! - sums[g]!);
  }
  return values.map((value, i) => value - sums[group[i]!]!);
}

/** The sum of values in each group. */
export function sumByGroup({ group, groups }: Grouped, values: Float64Array): Float64Array {
  const sums = new Float64Array(groups);
  for (let i = 0; i < values.length; i++) sums[group[i]!] = sums[group[i]!]! + values[i]!;
  return sums;
}
