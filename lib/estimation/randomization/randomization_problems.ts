import { findReference, recordedReference } from "../../core/study.ts";
import { balanceDistance } from "../../designs/balance_distance.ts";
import { readRule } from "../../designs/rerandomize.ts";
import { checkBasis, checkLevel, checkOptions, checkSeed, checkText, checkWhole } from "../../core/checks.ts";
import type { Basis } from "../../core/columns.ts";
import { cannot } from "../../core/errors.ts";
import { distinct, type Table } from "../../core/table.ts";
import { ruleNames } from "../../designs/rerandomize.ts";
import { contrastArms, type RandomizationContrast } from "./randomization_contrast.ts";
import { drawNull, type DrawSettings, type NullDraws } from "./randomization_draws.ts";
import type { RandomizationOptions } from "./randomization_options.ts";
import type { PreparedStatistic } from "./randomization_statistics.ts";
import {
  gatherRandomizationUnits,
  type RandomizationUnit,
  type RandomizationUnits,
} from "./randomization_units.ts";

/** One arm against the reference. */
export interface RandomizationProblem {
  readonly term: string;
  readonly reference: string;
  readonly contrast: RandomizationContrast;
  readonly settings: DrawSettings;
}

/** Checks the options that every randomisation inference shares; gives their defaults. */
export function checkRandomizationOptions(
  action: string,
  options: RandomizationOptions,
  known: readonly string[],
): { alpha: number; basis: Basis } {
  checkOptions(action, options, known);
  const { alpha = 0.05, basis = "synthetic", permutations = 5000, exactLimit = 25_000 } = options;
  checkLevel(action, "alpha", alpha);
  checkBasis(action, basis);
  checkWhole(action, "permutations", permutations, 1);
  checkWhole(action, "exactLimit", exactLimit, 0, 10_000_000);
  checkSeed(action, options.seed ?? 1);
  if (options.rerandomize !== undefined) checkOptions(action, options.rerandomize, ruleNames);
  return { alpha, basis };
}

/** Reads the names of outcomes. */
export function readOutcomes(action: string, outcome: string | readonly string[]): string[] {
  const names = [outcome].flat() as string[];
  if (names.length === 0) {
    throw new TypeError(cannot(action, "outcome", "name at least one outcome", outcome));
  }
  for (const name of names) checkText(action, "outcome", name);
  if (distinct(names).length < names.length) {
    throw new RangeError(cannot(action, "outcome", "name each outcome once", names));
  }
  return names;
}

/** Reads a table as one problem for each arm other than the reference. */
export function readProblems(
  action: string,
  table: Table,
  outcomes: readonly string[],
  options: RandomizationOptions,
): RandomizationProblem[] {
  const all = gatherRandomizationUnits(action, table, outcomes, options);
  const { reference } = findReference(action, all.arms, options.reference ?? recordedReference(table));
  return all.arms.flatMap((term, place) => {
    if (place === reference) return [];
    const contrast = contrastArms(action, all, [reference, place]);
    const settings = {
      permutations: options.permutations ?? 5000,
      exactLimit: options.exactLimit ?? 25_000,
      seed: options.seed ?? 1,
      name: term,
      ...acceptance(action, all, contrast, place, reference, options),
    };
    return [{ term, reference: all.arms[reference]!, contrast, settings }];
  });
}

/** The observed statistics of a problem, and their values under the assignments. */
export function runProblem(
  { contrast, settings }: RandomizationProblem,
  statistics: readonly PreparedStatistic[],
): NullDraws & { observed: number[] } {
  const labels = contrast.members.map(({ label }) => label);
  return {
    ...drawNull(contrast, statistics, settings),
    observed: statistics.map((statistic) => statistic.of(labels)),
  };
}

/**
 * Whether rerandomisation would have accepted an assignment: the labels of a contrast change places, all other units
 * stay in their arm, answered or not.
 */
function acceptance(
  action: string,
  all: RandomizationUnits,
  contrast: RandomizationContrast,
  term: number,
  reference: number,
  { rerandomize: rule }: RandomizationOptions,
): Pick<DrawSettings, "accepts" | "maximumDraws"> {
  if (rule === undefined) return { accepts: null, maximumDraws: Infinity };
  const { members, memberOf } = assignedMembers(action, all);
  const codes = Int32Array.from(members, ([unit]) => unit!.arm);
  const blocks = Int32Array.from(members, ([unit]) => all.blocked ? unit!.block : 0);
  const covariates = members[0]![0]!.balanced.map((_, j) =>
    Float64Array.from(
      members,
      (units) => units.reduce((sum, unit) => sum + unit.balanced[j]! / units.length, 0),
    )
  );
  const distance = balanceDistance(covariates, blocks, codes);
  const { threshold, maximumDraws } = readRule(action, rule, distance.df);
  if (distance.of(codes) > threshold * (1 + 1e-9)) {
    const found = distance.of(codes);
    const bound = `be the rule of the assignment, whose distance is at most ${threshold}`;
    throw new RangeError(cannot(action, "rerandomize", bound, found));
  }
  const places = contrast.members.map(({ units }) => memberOf.get(units[0]!)!);
  const assigned = codes.slice();
  const accepts = (labels: ArrayLike<number>) => {
    for (let i = 0; i < places.length; i++) assigned[places[i]!] = labels[i] === 1 ? term : reference;
    return distance.of(assigned) <= threshold * (1 + 1e-9);
  };
  return { accepts, maximumDraws };
}

/** All that was assigned: clusters, or units; personas that saw several arms were not assigned to one. */
function assignedMembers(
  action: string,
  all: RandomizationUnits,
): { members: RandomizationUnit[][]; memberOf: Map<RandomizationUnit, number> } {
  const keys = new Map<number, number>();
  const members: RandomizationUnit[][] = [];
  const memberOf = new Map<RandomizationUnit, number>();
  all.units.forEach((unit, place) => {
    const key = all.clustered ? unit.cluster : all.personal ? unit.persona : place;
    const at = keys.get(key) ?? members.length;
    keys.set(key, at);
    members[at] ??= [];
    members[at]!.push(unit);
    if (members[at]![0]!.arm !== unit.arm) {
      const rule = "be left out where personas (or clusters) stand in several arms";
      throw new RangeError(cannot(action, "rerandomize", rule, "within-subjects"));
    }
    memberOf.set(unit, at);
  });
  return { members, memberOf };
}
