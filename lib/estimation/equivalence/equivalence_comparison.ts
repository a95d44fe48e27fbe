import { cannot } from "../../core/errors.ts";
import { columnOf, type Table, tableOf } from "../../core/table.ts";
import { moments } from "../../stats/moments.ts";
import type { GroupMoments } from "../../stats/standardised_difference.ts";
import type { CheckEquivalenceOptions } from "./check_equivalence_options.ts";
import { differenceInMeans } from "../difference_in_means.ts";
import { compareArms, type Comparison, gatherUnits } from "../../core/units.ts";
import { findReference, readStudy, recordedReference } from "../../core/study.ts";

/** An estimate to be tested against bounds, and the groups whose standard deviation it is measured by. */
export interface EquivalenceComparison {
  readonly term: string;
  readonly reference: string;
  readonly design: string;
  readonly estimate: number;
  readonly stdError: number;
  readonly df: number;
  readonly n: number;
  readonly groups: readonly [GroupMoments] | readonly [GroupMoments, GroupMoments];
  readonly notes: readonly string[];
}

/** Reads the table and estimates each comparison. */
export function equivalenceComparisons(
  action: string,
  table: Table,
  options: CheckEquivalenceOptions,
): EquivalenceComparison[] {
  if (options.against !== undefined) return [compareWithNumber(action, table, options, options.against)];
  const units = gatherUnits(action, readStudy(action, table, options));
  const { reference, notes } = findReference(
    action,
    units.arms,
    options.reference ?? recordedReference(table),
  );
  return [...units.arms.keys()].filter((arm) => arm !== reference).map((term) => {
    const comparison = compareArms(action, units, reference, term);
    const found = estimateDifference(action, comparison, options);
    return {
      term: units.arms[term]!,
      reference: units.arms[reference]!,
      ...found,
      notes: [...notes, ...found.notes],
    };
  });
}

type Difference = Omit<EquivalenceComparison, "term" | "reference">;

function estimateDifference(
  action: string,
  comparison: Comparison,
  options: CheckEquivalenceOptions,
): Difference {
  const { outcome, treated, persona } = comparison;
  const variance = options.variance ?? (options.category === undefined ? "welch" : "proportion");
  // Blocks that the toolkit made itself are pooled where they are small, as in estimateEffects.
  const smallBlocks = options.blocks === undefined ? "pool" : "error";
  const found = differenceInMeans(comparison, { mixedBlocks: "hybrid", smallBlocks });
  const side = (wanted: number) => moments(outcome.filter((_, i) => treated[i] === wanted));
  const groups = persona === null ? [side(1), side(0)] as const : [pairMoments(comparison, persona)] as const;
  const standard = found.design === "standard";
  if (!standard && options.variance !== undefined && options.variance !== "welch") {
    throw new RangeError(
      cannot(action, "variance", `be left out where the design is ${found.design}`, options.variance),
    );
  }
  if (!standard || variance === "welch") return { ...found, groups };
  const [one, other] = groups as readonly [GroupMoments, GroupMoments];
  return variance === "pooled"
    ? { ...found, groups, ...pooledError(one, other), notes: found.notes }
    : { ...found, groups, ...proportionError(action, one, other), notes: found.notes };
}

function pooledError(one: GroupMoments, other: GroupMoments): { stdError: number; df: number } {
  const df = one.n + other.n - 2;
  const pooled = ((one.n - 1) * one.variance + (other.n - 1) * other.variance) / df;
  return { stdError: Math.sqrt(pooled * (1 / one.n + 1 / other.n)), df };
}

function proportionError(
  action: string,
  one: GroupMoments,
  other: GroupMoments,
): { stdError: number; df: number } {
  const squared = [one, other].map(({ mean, variance, n }) => {
    // The variance of 0 and 1 is p (1 - p) n / (n - 1); other outcomes are not proportions.
    const binary = mean * (1 - mean);
    if (n > 1 && Math.abs(variance * (n - 1) / n - binary) > 1e-9) {
      throw new RangeError(
        cannot(action, "variance", "be 'proportion' for 0 and 1 only", `a mean of ${mean}`),
      );
    }
    return binary / n;
  });
  return { stdError: Math.sqrt(squared[0]! + squared[1]!), df: Infinity };
}

/** Moments of each persona's difference between the arms. */
function pairMoments({ outcome, treated }: Comparison, persona: Int32Array): GroupMoments {
  const differences = new Map<number, number>();
  for (let i = 0; i < outcome.length; i++) {
    const signed = treated[i] === 1 ? outcome[i]! : -outcome[i]!;
    differences.set(persona[i]!, (differences.get(persona[i]!) ?? 0) + signed);
  }
  return moments([...differences.values()]);
}

function compareWithNumber(
  action: string,
  table: Table,
  options: CheckEquivalenceOptions,
  against: number,
): EquivalenceComparison {
  if (typeof against !== "number" || !Number.isFinite(against)) {
    throw new TypeError(cannot(action, "against", "be a finite number", against));
  }
  for (const name of ["arm", "reference", "weights", "variance"] as const) {
    if (options[name] === undefined) continue;
    throw new RangeError(cannot(action, name, "not be given where 'against' is", options[name]));
  }
  const names = table.columnNames();
  const columns = Object.fromEntries(names.map((name) => [name, columnOf(table, name)]));
  let arm = "arm";
  while (names.includes(arm)) arm = `${arm}_`;
  const whole = tableOf({ ...columns, [arm]: new Array(table.numRows()).fill("all") });
  const rows = readStudy(action, whole, { ...options, arm, blocks: [], clusters: null });
  const units = gatherUnits(action, rows);
  const values = units.value.filter((_, at) => units.replies[at]! > 0);
  const { n, mean, variance } = moments(values);
  const leftOut = [...units.leftOut[0] ?? []].map(([why, count]) => `${count} ${why}`).join(", ");
  return {
    term: "mean",
    reference: String(against),
    design: "one sample",
    estimate: mean - against,
    stdError: Math.sqrt(variance / n),
    df: n - 1,
    n,
    groups: [{ mean: mean - against, variance, n }],
    notes: leftOut === "" ? [] : [`left out: ${leftOut}`],
  };
}
