import type { DrawOptions, EffectOptions, ReadOptions, RulesFor } from "../../core/options.ts";
import { drawRules, effectRules, whole } from "../../core/options.ts";
import { referenceOf } from "../../core/study.ts";
import { groupRows, type Table } from "../../core/table.ts";
import { compareArms, gatherOutcomes, type Units } from "../../core/units.ts";

/** What randomisation inference needs to know of the experiment and of its random assignment. */
export interface RandomizationOptions extends Omit<EffectOptions, "outcome" | "weights">, DrawOptions {
  /**
   * The number of random assignments where there are too many to go through all.
   * @default {5000}
   */
  permutations?: number;
  /**
   * The largest number of assignments that are all gone through.
   * @default {25000}
   */
  exactLimit?: number;
}

const { outcome: _outcome, weights: _weights, ...shared } = effectRules;

export const randomizationRules = {
  ...shared,
  ...drawRules,
  permutations: whole(5000),
  exactLimit: whole(25_000, 0, 10_000_000),
} as const satisfies RulesFor<RandomizationOptions>;

type Settings = ReadOptions<RandomizationOptions, typeof randomizationRules>;

/** Two arms, ready to be permuted: each contrast is permuted on its own. */
export interface Contrast {
  readonly arms: readonly [arm: string, reference: string];
  /** The units of what was assigned as one: a unit by itself, or all units of a cluster. */
  readonly members: readonly (readonly number[])[];
  /** For each member 1 in the arm, 0 in the reference. */
  readonly labels: Int32Array;
  /** For each member the block, or the persona that saw both arms: labels change places within it. */
  readonly groups: Int32Array;
  /** Each outcome's value of all units, `NaN` where there is none. */
  readonly values: readonly Float64Array[];
  /** Those of the two arms that no unit with a value is in. */
  readonly without: readonly string[];
  readonly clustered: boolean;
  readonly notes: readonly (readonly string[])[];
}

/** Reads a table as one contrast for each arm other than the reference. */
export function readContrasts(
  action: string,
  table: Table,
  outcomes: readonly string[],
  settings: Settings,
): Contrast[] {
  const { study, units } = gatherOutcomes(action, table, outcomes, settings);
  const { reference, notes } = referenceOf(study, settings.reference);
  return [...study.arm.labels.keys()].filter((arm) => arm !== reference).map((arm) => {
    const contrast = contrastArms(action, units, reference, arm);
    return { ...contrast, notes: contrast.notes.map((own) => [...notes, ...own]) };
  });
}

/** Takes the units of two arms that have a value of any outcome, gathered to what was assigned as one. */
export function contrastArms(
  action: string,
  outcomes: readonly Units[],
  reference: number,
  arm: number,
): Contrast {
  const [first] = outcomes as readonly [Units];
  // Units that are told by their place are found again in each outcome.
  const places = Float64Array.from(first.arm.keys());
  const replies = first.replies.map((_, at) => Math.max(...outcomes.map((own) => own.replies[at]!)));
  const compared = compareArms(action, { ...first, value: places, replies }, reference, arm);
  const { persona, block, cluster } = compared;
  const clustered = cluster !== null;
  // Where personas saw both arms, arms change places within them, or within those that are one cluster.
  const group = (persona !== null ? cluster?.codes ?? persona : block?.codes) ??
    new Int32Array(compared.outcome.length);
  const keys = compared.outcome.map((at, i) => {
    if (!clustered) return at;
    return persona === null ? cluster.codes[i]! : 2 * cluster.codes[i]! + compared.treated[i]!;
  });
  const members = [...groupRows(keys).values()].map((own) => {
    const [label, place] = [compared.treated[own[0]!]!, group[own[0]!]!];
    if (own.every((i) => compared.treated[i] === label && group[i] === place)) {
      return { units: own.map((i) => compared.outcome[i]!), label, group: place };
    }
    const rule = "name clusters of one arm and one block: a cluster has several";
    throw new RangeError(`Cannot ${action} as 'clusters' must ${rule}`);
  });
  const sides = new Map<number, Set<number>>();
  for (const { group, label } of members) sides.set(group, (sides.get(group) ?? new Set()).add(label));
  const single = [...sides.values()].filter(({ size }) => size < 2).length;
  // Groups with one arm only say nothing about the effect.
  const kept = members.filter((member) => sides.get(member.group)!.size === 2);
  const notes = single > 0 && sides.size > 1 ? [`blocks left out as they hold one arm only: ${single}`] : [];
  const arms = [first.arms[arm]!, first.arms[reference]!] as const;
  return {
    arms,
    without: arms.filter((_, at) => !compared.treated.includes(1 - at)),
    members: kept.map(({ units }) => units),
    labels: Int32Array.from(kept, ({ label }) => label),
    groups: Int32Array.from(kept, (member) => member.group),
    values: outcomes.map(({ value }) => value),
    clustered,
    notes: outcomes.map((own) => [
      ...compareArms(action, own, reference, arm).notes,
      ...(persona === null ? [] : [`arms change places within ${clustered ? "clusters" : "personas"}`]),
      ...notes,
    ]),
  };
}
