import type { Contrast } from "./contrasts.ts";

/**
 * A statistic of one's own: computed from the outcomes of the arm and of the reference (of clusters, their means), at
 * each assignment.
 */
export type RandomizationStatistic = (arm: Float64Array, reference: Float64Array) => number;

/** The name of a statistic that randomisation inference knows. */
export type RandomizationStatisticName =
  | "difference_in_means"
  | "studentized"
  | "rank"
  | "kolmogorov_smirnov";

/** The members of a contrast that have a value of an outcome. */
export interface MemberValues {
  /** Each one's place among the contrast's members, and its mean outcome as it is. */
  readonly place: Int32Array;
  readonly raw: Float64Array;
  /** The same less the mean of its group: large means cost no digits. */
  readonly value: Float64Array;
  readonly size: Float64Array;
  readonly group: Int32Array;
  readonly groups: number;
  /** Whether every member of the contrast has a value. */
  readonly whole: boolean;
}

/** Reads what members have of an outcome, less a tested effect on the treated. */
export function memberValues(contrast: Contrast, outcome: number, effect: number): MemberValues {
  const { members, labels, groups } = contrast;
  const values = contrast.values[outcome]!;
  const codes = new Map<number, number>();
  const kept = members.flatMap((all, place) => {
    const units = all.filter((at) => !Number.isNaN(values[at]));
    if (units.length === 0) return [];
    const group = codes.get(groups[place]!) ?? codes.size;
    codes.set(groups[place]!, group);
    return [{ place, group, units }];
  });
  const raw = Float64Array.from(kept, ({ place, units }) => {
    const mean = units.reduce((sum, at) => sum + values[at]!, 0) / units.length;
    return mean - effect * labels[place]!;
  });
  const shape = {
    place: Int32Array.from(kept, ({ place }) => place),
    size: Float64Array.from(kept, ({ units }) => units.length),
    group: Int32Array.from(kept, ({ group }) => group),
    groups: codes.size,
  };
  return { ...shape, raw, value: centreGroups(raw, shape), whole: kept.length === members.length };
}

/** The same members with the assignment itself as the outcome: what an effect of 1 adds. */
export function withAssignment({ labels }: Contrast, values: MemberValues): MemberValues {
  const raw = Float64Array.from(values.place, (place) => labels[place]!);
  return { ...values, raw, value: centreGroups(raw, values) };
}

type Grouped = Pick<MemberValues, "group" | "groups" | "size">;

/** Values less the mean of their group, members counting by size. */
function centreGroups(values: Float64Array, { group, groups, size }: Grouped): Float64Array {
  const [means, sizes] = [new Float64Array(groups), new Float64Array(groups)];
  for (let i = 0; i < values.length; i++) {
    const g = group[i]!;
    sizes[g] = sizes[g]! + size[i]!;
    means[g] = means[g]! + (size[i]! / sizes[g]!) * (values[i]! - means[g]!);
  }
  return values.map((value, i) => value - means[group[i]!]!);
}

function sumByGroup({ group, groups }: Grouped, values: Float64Array): Float64Array {
  const sums = new Float64Array(groups);
  for (let i = 0; i < values.length; i++) sums[group[i]!] = sums[group[i]!]! + values[i]!;
  return sums;
}

/** A statistic, ready to be computed for any labels of a contrast's members. */
export interface PreparedStatistic {
  /** The statistic; labels are 1 in the arm and 0 in the reference. */
  readonly of: (labels: ArrayLike<number>) => number;
  /** Where the statistic is a sum over the arm's members while arm sizes stay as they are: what each adds. */
  readonly linear: ((labels: ArrayLike<number>) => Float64Array) | null;
}

export function prepareStatistic(
  statistic: RandomizationStatisticName | RandomizationStatistic,
  values: MemberValues,
): PreparedStatistic {
  return typeof statistic === "function" ? ownStatistic(values, statistic) : prepare[statistic](values);
}

const prepare: {
  readonly [name in RandomizationStatisticName]: (values: MemberValues) => PreparedStatistic;
} = {
  difference_in_means: difference,
  studentized: (values) => ({ of: studentized(values), linear: null }),
  rank: (values) => difference({ ...values, value: centreGroups(ranks(values.value), values) }),
  kolmogorov_smirnov: (values) => ({ of: kolmogorovSmirnov(values), linear: null }),
};

export const statisticNames = Object.keys(prepare) as RandomizationStatisticName[];

/** Differences in means within groups, each counting by its units: S₁/N₁ − S₀/N₀, averaged. */
function difference(values: MemberValues): PreparedStatistic {
  const { place, value, size, group, groups, whole } = values;
  const total = sumByGroup(values, size);
  const sums = value.map((mean, i) => mean * size[i]!);
  const all = size.reduce((sum, count) => sum + count, 0);
  const [s1, n1] = [new Float64Array(groups), new Float64Array(groups)];
  const of = (labels: ArrayLike<number>) => {
    s1.fill(0);
    n1.fill(0);
    for (let i = 0; i < place.length; i++) {
      if (labels[place[i]!] !== 1) continue;
      const g = group[i]!;
      s1[g] = s1[g]! + sums[i]!;
      n1[g] = n1[g]! + size[i]!;
    }
    let average = 0;
    for (let g = 0; g < groups; g++) {
      // Values are centred by group, so that S₀ = −S₁.
      average += (total[g]! / all) * (s1[g]! / n1[g]! + s1[g]! / (total[g]! - n1[g]!));
    }
    return average;
  };
  const sizes = new Float64Array(groups);
  for (let i = 0; i < size.length; i++) sizes[group[i]!] = size[i]!;
  const equal = size.every((count, i) => count === sizes[group[i]!]);
  const linear = (labels: ArrayLike<number>) => {
    const marked = sumByGroup(values, size.map((count, i) => labels[place[i]!] === 1 ? count : 0));
    return sums.map((sum, i) => {
      const g = group[i]!;
      return sum * (total[g]! / all) * (1 / marked[g]! + 1 / (total[g]! - marked[g]!));
    });
  };
  return { of, linear: whole && equal ? linear : null };
}

/** Ranks from 1, equal values sharing the mean of theirs. */
export function ranks(values: Float64Array): Float64Array {
  const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const ranked = new Float64Array(values.length);
  for (let start = 0; start < order.length;) {
    let end = start;
    // Centring by group may round equal values apart.
    const first = values[order[start]!]!;
    while (end < order.length && values[order[end]!]! - first <= 1e-12 * Math.abs(first)) end++;
    for (let i = start; i < end; i++) ranked[order[i]!] = (start + end + 1) / 2;
    start = end;
  }
  return ranked;
}

/** The difference over its standard error: Welch's, by groups (Neyman), or of pairs. */
function studentized(values: MemberValues): (labels: ArrayLike<number>) => number {
  const { place, value, group, groups } = values;
  const ones = new Float64Array(value.length).fill(1);
  const total = sumByGroup(values, ones);
  const pairs = groups > 1 && total.every((count) => count === 2);
  const even = centreGroups(value, { ...values, size: ones });
  const n = new Float64Array(2 * groups);
  const [s, q] = [n.slice(), n.slice()];
  return (labels) => {
    for (const sums of [n, s, q]) sums.fill(0);
    for (let i = 0; i < place.length; i++) {
      const cell = 2 * group[i]! + labels[place[i]!]!;
      n[cell] = n[cell]! + 1;
      s[cell] = s[cell]! + even[i]!;
      q[cell] = q[cell]! + even[i]! * even[i]!;
    }
    return pairs ? pairedRatio(s, groups) : neymanRatio([n, s, q, total], value.length);
  };
}

function pairedRatio(sums: Float64Array, groups: number): number {
  let [mean, squares] = [0, 0];
  for (let g = 0; g < groups; g++) mean += (sums[2 * g + 1]! - sums[2 * g]!) / groups;
  for (let g = 0; g < groups; g++) squares += (sums[2 * g + 1]! - sums[2 * g]! - mean) ** 2;
  return ratio(mean, squares / (groups - 1) / groups);
}

function neymanRatio(
  [n, s, q, total]: readonly [Float64Array, Float64Array, Float64Array, Float64Array],
  all: number,
): number {
  let [estimate, variance] = [0, 0];
  for (let g = 0; g < total.length; g++) {
    const weight = total[g]! / all;
    for (const [cell, sign] of [[2 * g + 1, 1], [2 * g, -1]] as const) {
      const count = n[cell]!;
      estimate += weight * sign * (s[cell]! / count);
      variance += (weight * weight * (q[cell]! - (s[cell]! * s[cell]!) / count)) / (count - 1) / count;
    }
  }
  return ratio(estimate, variance);
}

/** Without spread, any difference is infinitely many standard errors. */
function ratio(estimate: number, variance: number): number {
  if (Number.isNaN(variance)) return NaN;
  if (variance > 1e-28 * estimate * estimate) return estimate / Math.sqrt(variance);
  return estimate === 0 ? 0 : Math.sign(estimate) * Infinity;
}

/** The largest distance between the distribution functions of the arms. */
function kolmogorovSmirnov(values: MemberValues): (labels: ArrayLike<number>) => number {
  const { place, raw } = values;
  const value = values.groups === 1 ? raw : centreGroups(raw, values);
  const order = value.map((_, i) => i).sort((a, b) => value[a]! - value[b]!);
  return (labels) => {
    let [marked, largest, n1] = [0, 0, 0];
    for (let i = 0; i < place.length; i++) n1 += labels[place[i]!]!;
    const n0 = place.length - n1;
    for (let i = 0; i < order.length; i++) {
      marked += labels[place[order[i]!]!]!;
      // Equal values step together.
      if (i + 1 < order.length && value[order[i]!] === value[order[i + 1]!]) continue;
      largest = Math.max(largest, Math.abs(marked / n1 - (i + 1 - marked) / n0));
    }
    return n0 === 0 || n1 === 0 ? NaN : largest;
  };
}

function ownStatistic({ place, raw }: MemberValues, statistic: RandomizationStatistic): PreparedStatistic {
  return {
    of: (labels) => {
      const arm = raw.filter((_, i) => labels[place[i]!] === 1);
      const found = statistic(arm, raw.filter((_, i) => labels[place[i]!] !== 1));
      return typeof found === "number" ? found : NaN;
    },
    linear: null,
  };
}
