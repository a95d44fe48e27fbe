import { checkOptions } from "../../core/checks.ts";
import { cannot } from "../../core/errors.ts";
import {
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
import { compareArms, gatherOutcomes, gatherUnits, type Units } from "../../core/units.ts";
import { balanceDistance } from "../../designs/balance_distance.ts";
import { readRule, type RerandomizationRule, ruleNames } from "../../designs/rerandomize.ts";

/** What randomisation inference needs to know of the experiment and of its random assignment. */
export interface RandomizationOptions extends Omit<ComparisonOptions, "outcome">, DrawOptions {
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
  const rerandomization = settings.rerandomize === undefined
    ? null
    : readRerandomization(action, study, units[0]!, settings.rerandomize);
  return [...study.arm.labels.keys()].filter((arm) => arm !== reference).map((arm) => {
    const contrast = contrastArms(action, units, reference, arm);
    return {
      ...contrast,
      notes: contrast.notes.map((own) => [...notes, ...own]),
      ...rerandomization?.acceptsFor(contrast.members, arm, reference),
    };
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
  const clustered = cluster !== null && persona === null;
  const group = persona ?? block?.codes ?? new Int32Array(compared.outcome.length);
  const members = new Map<number, { units: number[]; label: number; group: number }>();
  compared.outcome.forEach((at, i) => {
    const [key, label] = [clustered ? cluster.codes[i]! : at, compared.treated[i]!];
    const member = members.get(key);
    if (member === undefined) members.set(key, { units: [at], label, group: group[i]! });
    else if (member.label === label && member.group === group[i]) member.units.push(at);
    else {
      throw new RangeError(
        `Cannot ${action} as 'clusters' must name clusters of one arm and one block: a cluster has several`,
      );
    }
  });
  const sides = Map.groupBy(members.values(), (member) => member.group);
  const mixed = (group: number) => new Set(sides.get(group)!.map(({ label }) => label)).size === 2;
  const single = [...sides.keys()].filter((group) => !mixed(group)).length;
  // Groups with one arm only say nothing about the effect.
  const kept = [...members.values()].filter((member) => mixed(member.group));
  const notes = single > 0 && sides.size > 1 ? [`blocks left out as they hold one arm only: ${single}`] : [];
  return {
    arms: [first.arms[arm]!, first.arms[reference]!],
    members: kept.map(({ units }) => units),
    labels: Int32Array.from(kept, ({ label }) => label),
    groups: Int32Array.from(kept, (member) => member.group),
    values: outcomes.map(({ value }) => value),
    clustered,
    notes: outcomes.map((own) => [
      ...compareArms(action, own, reference, arm).notes,
      ...(persona === null ? [] : ["arms change places within personas"]),
      ...notes,
    ]),
    accepts: null,
    maximumDraws: Infinity,
  };
}

/**
 * Whether rerandomisation would have accepted an assignment: the labels of a contrast change places, all other units
 * stay in their arm, answered or not.
 */
function readRerandomization(action: string, study: Study, units: Units, rule: RerandomizationRule): {
  acceptsFor: (
    members: Contrast["members"],
    arm: number,
    reference: number,
  ) => Pick<Contrast, "accepts" | "maximumDraws">;
} {
  const { unitOf, first } = assignedUnits(action, units);
  const codes = Int32Array.from(first, (at) => units.arm[at]!);
  const blocks = Int32Array.from(first, (at) => units.block?.codes[at] ?? 0);
  const covariates = covariateColumns(action, study.table, [rule.covariates].flat()).map((column) => {
    // The mean over all rows of a unit, answered or not.
    const everyRow = { ...study, value: column.values, leftOut: study.leftOut.map(() => undefined) };
    const values = gatherUnits(action, everyRow).value;
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
    acceptsFor: (members, arm, reference) => {
      const assigned = codes.slice();
      const accepts = (labels: ArrayLike<number>) => {
        members.forEach(([at], i) => assigned[unitOf[at!]!] = labels[i] === 1 ? arm : reference);
        return accepted(assigned);
      };
      return { accepts, maximumDraws };
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
