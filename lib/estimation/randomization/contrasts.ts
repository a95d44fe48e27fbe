import { checkOptions } from "../../core/checks.ts";
import { cannot } from "../../core/errors.ts";
import {
  columns,
  type ComparisonOptions,
  comparisonRules,
  type DrawOptions,
  drawRules,
  type ReadOptions,
  rule,
  type RulesFor,
  whole,
} from "../../core/options.ts";
import { covariateColumns, referenceOf, type Study } from "../../core/study.ts";
import type { Table } from "../../core/table.ts";
import { gatherOutcomes, gatherUnits, noteLeftOut, noteReplies, type Units } from "../../core/units.ts";
import { balanceDistance } from "../../designs/balance_distance.ts";
import { readRule, type RerandomizationRule, ruleNames } from "../../designs/rerandomize.ts";

/** What randomisation inference needs to know of the experiment and of its random assignment. */
export interface RandomizationOptions extends Omit<ComparisonOptions, "outcome">, DrawOptions {
  /**
   * Covariates for the statistic `adjusted`: numbers as they are, names by level.
   *
   * @default {[]}
   */
  covariates?: string | readonly string[];
  /**
   * The rule by which the assignment was rerandomised: only accepted assignments are gone through.
   *
   * @default {undefined} not rerandomised
   */
  rerandomize?: RerandomizationRule;
  /**
   * The number of random assignments where there are too many to go through all.
   *
   * @default {5000}
   */
  permutations?: number;
  /**
   * The largest number of assignments that are all gone through.
   *
   * @default {25000}
   */
  exactLimit?: number;
}

const { outcome: _outcome, ...shared } = comparisonRules;

/** Rules of {@linkcode RandomizationOptions}. */
export const randomizationRules = {
  ...shared,
  ...drawRules,
  covariates: columns,
  rerandomize: rule<RerandomizationRule, undefined>(
    (action, _, value) => checkOptions(action, value as object, ruleNames),
    undefined,
  ),
  permutations: whole(5000),
  exactLimit: whole(25_000, 0, 10_000_000),
} as const satisfies RulesFor<RandomizationOptions>;

type Settings = ReadOptions<RandomizationOptions, typeof randomizationRules>;

/** Two arms, ready to be permuted: each contrast is permuted on its own. */
export interface Contrast {
  /** The arm and the reference. */
  readonly arms: readonly [arm: string, reference: string];
  /** The units of what was assigned as one: a unit by itself, or all units of a cluster. */
  readonly members: readonly (readonly number[])[];
  /** For each member 1 in the arm, 0 in the reference. */
  readonly labels: Int32Array;
  /** For each member the block, or the persona that saw both arms: labels change places within it. */
  readonly groups: Int32Array;
  /** Each outcome's value of all units, `NaN` where there is none. */
  readonly values: readonly Float64Array[];
  /** Each covariate of all units. */
  readonly covariates: readonly Float64Array[];
  /** Whether members are clusters. */
  readonly clustered: boolean;
  /** For each outcome, what the reader must know. */
  readonly notes: readonly (readonly string[])[];
  /** Whether rerandomisation accepts other labels; `null` where it accepts all. */
  readonly accepts: ((labels: ArrayLike<number>) => boolean) | null;
  /** The number of draws after which none is expected to be accepted any more. */
  readonly maximumDraws: number;
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
  const covariates = covariatesOf(action, study, [settings.covariates ?? []].flat());
  const rerandomization = settings.rerandomize === undefined
    ? null
    : readRerandomization(action, study, units[0]!, settings.rerandomize);
  const { labels } = study.arm;
  return [...labels.keys()].filter((arm) => arm !== reference).map((arm) => {
    const found = membersOf(action, units, covariates, [reference, arm]);
    return {
      arms: [labels[arm]!, labels[reference]!] as const,
      members: found.members,
      labels: Int32Array.from(found.members, ([at]) => units[0]!.arm[at!] === arm ? 1 : 0),
      groups: Int32Array.from(found.members, ([at]) => found.group[at!]!),
      values: units.map(({ value }) => value),
      covariates,
      clustered: found.clustered,
      notes: units.map((own) => [
        ...notes,
        ...noteLeftOut(own, [reference, arm]),
        ...noteReplies(own, [reference, arm]),
        ...found.notes,
      ]),
      accepts: rerandomization?.acceptsFor(found.members, arm, reference) ?? null,
      maximumDraws: rerandomization?.maximumDraws ?? Infinity,
    };
  });
}

/** Each unit's covariates: the mean over all its rows, answered or not. */
function covariatesOf(action: string, study: Study, names: readonly string[]): Float64Array[] {
  const leftOut = study.leftOut.map(() => undefined);
  return covariateColumns(action, study.table, names)
    .map(({ values }) => gatherUnits(action, { ...study, value: values, leftOut }).value);
}

interface Members {
  readonly members: readonly (readonly number[])[];
  readonly group: Int32Array;
  readonly clustered: boolean;
  readonly notes: readonly string[];
}

/** Takes the units of two arms that have a value of any outcome, gathered to what was assigned as one. */
function membersOf(
  action: string,
  outcomes: readonly Units[],
  covariates: readonly Float64Array[],
  arms: readonly [reference: number, arm: number],
): Members {
  const [units] = outcomes as readonly [Units];
  const { arm, block, cluster, persona } = units;
  const inArms = [...arm.keys()].filter((at) => arms.includes(arm[at]!));
  const answered = inArms.filter((at) => outcomes.some(({ replies }) => replies[at]! > 0));
  const complete = answered.filter((at) => covariates.every((values) => !Number.isNaN(values[at])));
  const notes = complete.length === answered.length
    ? []
    : [`left out as a covariate is missing: ${answered.length - complete.length}`];
  if (persona !== null && new Set(inArms.map((at) => persona[at])).size < inArms.length) {
    const kept = keepMixed(complete.map((at) => [at]), persona, arm, []);
    notes.push(`${kept.length / 2} personas answered in both arms: arms change places within each`);
    if (kept.length < complete.length) {
      notes.push(`personas left out as they did not answer in both arms: ${complete.length - kept.length}`);
    }
    return { members: kept, group: persona, clustered: false, notes };
  }
  const byCluster = new Map<number, number[]>();
  for (const at of complete) {
    const key = cluster === null ? at : cluster.codes[at]!;
    const members = byCluster.get(key);
    if (members === undefined) byCluster.set(key, [at]);
    else members.push(at);
    const first = members?.[0] ?? at;
    if (arm[at] !== arm[first] || block?.codes[at] !== block?.codes[first]) {
      throw new RangeError(
        `Cannot ${action} as 'clusters' must name clusters of one arm and one block: a cluster has several`,
      );
    }
  }
  const group = block?.codes ?? new Int32Array(arm.length);
  return {
    members: keepMixed([...byCluster.values()], group, arm, notes),
    group,
    clustered: cluster !== null,
    notes,
  };
}

/** Groups with one arm only say nothing about the effect. */
function keepMixed(
  members: readonly (readonly number[])[],
  group: Int32Array,
  arm: Int32Array,
  notes: string[],
): (readonly number[])[] {
  const seen = new Map<number, Set<number>>();
  for (const [at] of members) {
    const own = group[at!]!;
    seen.set(own, (seen.get(own) ?? new Set()).add(arm[at!]!));
  }
  const single = [...seen.values()].filter(({ size }) => size < 2).length;
  if (single > 0 && seen.size > 1) notes.push(`blocks left out as they hold one arm only: ${single}`);
  return members.filter(([at]) => seen.get(group[at!]!)!.size === 2);
}

/**
 * Whether rerandomisation would have accepted an assignment: the labels of a contrast change places, all other units
 * stay in their arm, answered or not.
 */
function readRerandomization(action: string, study: Study, units: Units, rule: RerandomizationRule): {
  acceptsFor: (
    members: readonly (readonly number[])[],
    arm: number,
    reference: number,
  ) => (labels: ArrayLike<number>) => boolean;
  maximumDraws: number;
} {
  const { unitOf, first } = assignedUnits(action, units);
  const codes = Int32Array.from(first, (at) => units.arm[at]!);
  const blocks = Int32Array.from(first, (at) => units.block?.codes[at] ?? 0);
  const covariates = covariatesOf(action, study, [rule.covariates].flat()).map((values) => {
    if (values.some(Number.isNaN)) {
      throw new RangeError(
        cannot(action, "rerandomize", "name covariates that every unit has", rule.covariates),
      );
    }
    const [sums, counts] = [new Float64Array(first.length), new Float64Array(first.length)];
    unitOf.forEach((unit, at) => {
      sums[unit]! += values[at]!;
      counts[unit]!++;
    });
    return sums.map((sum, unit) => sum / counts[unit]!);
  });
  const distance = balanceDistance(covariates, blocks, codes);
  const { threshold, maximumDraws } = readRule(action, rule, distance.df);
  const accepted = (arms: ArrayLike<number>) => distance.of(arms) <= threshold * (1 + 1e-9);
  if (!accepted(codes)) {
    const bound = `be the rule of the assignment, whose distance is at most ${threshold}`;
    throw new RangeError(cannot(action, "rerandomize", bound, distance.of(codes)));
  }
  return {
    maximumDraws,
    acceptsFor: (members, arm, reference) => {
      const assigned = codes.slice();
      return (labels) => {
        members.forEach(([at], i) => assigned[unitOf[at!]!] = labels[i] === 1 ? arm : reference);
        return accepted(assigned);
      };
    },
  };
}

/** All that was assigned: clusters, else personas, else rows; personas that saw several arms were not assigned to one. */
function assignedUnits(action: string, units: Units): { unitOf: Int32Array; first: readonly number[] } {
  const codes = units.cluster?.codes ?? units.persona;
  const known = new Map<number, number>();
  const first: number[] = [];
  const unitOf = units.arm.map((arm, at) => {
    const key = codes === null ? at : codes[at]!;
    const unit = known.get(key) ?? first.length;
    known.set(key, unit);
    first[unit] ??= at;
    if (units.arm[first[unit]!] !== arm) {
      const rule = "be left out where personas (or clusters) stand in several arms";
      throw new RangeError(cannot(action, "rerandomize", rule, "within-subjects"));
    }
    return unit;
  });
  return { unitOf, first };
}
