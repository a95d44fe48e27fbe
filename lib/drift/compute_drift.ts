import { type DiagnosisRow, diagnosisRow } from "../core/rows.ts";
import { stream } from "../core/stream.ts";
import { findReference, recordedReference } from "../core/study.ts";
import type { Table } from "../core/table.ts";
import { adjustPValues } from "../stats/multiplicity.ts";
import { moments } from "../stats/moments.ts";
import { permutationPValue } from "../stats/permutation.ts";
import { type DriftAnswers, gatherAnswers, readControls, readRows } from "./answers.ts";
import { type ArmPermutations, permuteArms, type TestNull } from "./arm_permutations.ts";
import { measureValues, observedContrasts } from "./answer_counts.ts";
import { type ArmComparison, compareTwoArms, describeLayout, testsOf, whyUnusable } from "./comparisons.ts";
import type { DriftSettings } from "./control_options.ts";
import { bootstrapIntervals, mostCategories } from "./distance_intervals.ts";

/** One row of a drift table. */
export interface DriftRow extends DiagnosisRow {
  /** The control. */
  readonly control: string;
  /** The arm that is compared. */
  readonly arm: string;
  /** What it is compared with. */
  readonly reference: string;
  /** What is measured of the control. */
  readonly measure: string;
  /** The statistic less its null mean. */
  readonly excess: number;
  /** The p-value of all tests together. */
  readonly p_joint: number;
  /** The margin of an equivalence claim. */
  readonly margin: number;
  /** The p-value of the claim that drift is below the margin. */
  readonly p_equivalence: number;
  /** Units whose answers count. */
  readonly n: number;
}

/**
 * Reads the answers, measures every control in every arm against the reference, and adjusts for their number.
 * `asked` are the columns of a wide table whose missing answers count.
 */
export function computeDrift(
  action: string,
  table: Table,
  controls: readonly string[],
  settings: DriftSettings,
  asked: readonly string[] = controls,
): DriftRow[] {
  const rows = readRows(action, table, settings);
  const read = readControls(action, table, controls, settings.missing ? asked : []);
  const answers = gatherAnswers(action, rows, read, settings);
  const { reference } = findReference(action, answers.arms, settings.reference ?? recordedReference(table));
  const comparisons = [...answers.arms.keys()].filter((arm) => arm !== reference)
    .map((arm) => compareTwoArms(answers, arm, reference));
  const compared = comparisons.map((comparison) => compareControls(answers, comparison, settings));
  const joint = compared.length === 1 ? compared[0]!.permuted : permuteArms(answers, comparisons, {
    permutations: settings.permutations,
    random: (...names) => stream(settings.seed, "drift", "all arms", ...names),
  });
  const measured = compared.flatMap(({ rows }) => rows);
  const p_joint = jointPValue(measured, joint.together);
  return judgeRows(measured, settings.alpha).map((row) => ({ ...row, p_joint }));
}

/** A row before it is judged, and the smallest p-value that its null allows. */
export interface UnjudgedRow extends DriftRow {
  readonly smallest: number;
}

/** How two arms are compared. */
interface CompareArmsOptions extends Pick<DriftSettings, "seed" | "permutations" | "bootstraps" | "alpha"> {
  /** The margin of an equivalence claim. */
  readonly margin?: number | undefined;
  /** Why there is no interval, where that is not for want of bootstrap samples. */
  readonly noInterval?: string;
}

/** Compares one arm with the reference on every control; only the answers of these two arms move in the null. */
export function compareControls(
  answers: DriftAnswers,
  comparison: ArmComparison,
  settings: CompareArmsOptions,
): { rows: UnjudgedRow[]; permuted: ArmPermutations } {
  const [arm, reference] = comparison.arms.map((place) => answers.arms[place]!) as [string, string];
  const random = (...names: string[]) => stream(settings.seed, "drift", reference, arm, ...names);
  const unusable = answers.controls.map((_, c) => whyUnusable(answers, comparison, c));
  const observed = answers.controls.map((_, c) =>
    unusable[c] === null ? observedContrasts(answers, comparison, c) : null
  );
  const permuted = permuteArms(answers, [comparison], { permutations: settings.permutations, random });
  const { alpha, bootstraps, margin = NaN } = settings;
  const intervals = bootstrapIntervals(answers, comparison, { observed, bootstraps, alpha, margin, random });
  const rows = testsOf(answers, [comparison]).map(({ number, control: c, measure, place }) => {
    const control = answers.controls[c]!;
    const contrasts = observed[c];
    const { low, high, pEquivalence } = intervals[c]![place]!;
    const compared = contrasts
      ? compareWithNull(measureValues(control, contrasts)[place]!, permuted.own[number]!)
      : {};
    return {
      ...diagnosisRow({
        control: control.control,
        arm,
        reference,
        measure: measure.name,
        excess: NaN,
        smallest: NaN,
        ...compared,
        p_joint: NaN,
        conf_low: low,
        conf_high: high,
        margin,
        p_equivalence: pEquivalence,
        n: comparison.controls[c]!.units.either,
        notes: describeComparison(answers, comparison, c, {
          permuted,
          own: permuted.own[number]!,
          usable: !!contrasts,
        }),
        reason: [unusable[c] ?? "", whyNoInterval(control.labels.length, settings)],
      }),
    };
  });
  return { rows, permuted };
}

/** Sets a statistic against its null; the smallest p-value is that of the largest distance which the null knows. */
function compareWithNull(statistic: number, { distances, exact }: TestNull) {
  const sorted = distances.toSorted();
  const { mean } = moments(distances);
  return {
    statistic,
    null_mean: mean,
    // A hair less than the product: .95 × 2,000 is 1,900.
    null_high: sorted[Math.ceil(0.95 * sorted.length - 1e-9) - 1]!,
    excess: statistic - mean,
    p_value: permutationPValue(statistic, distances, { exact }),
    smallest: permutationPValue(Math.max(statistic, sorted.at(-1)!), distances, { exact }),
  };
}

/** Says which null a control was compared with, and what was left out. */
function describeComparison(
  answers: DriftAnswers,
  { arms, controls }: ArmComparison,
  c: number,
  { permuted, own, usable }: { permuted: ArmPermutations; own: TestNull; usable: boolean },
): string[] {
  const { asked, codes, from, notes } = answers.controls[c]!;
  const { exact, distances } = own;
  const silent = answers.arm.some((arm, cell) =>
    arms.includes(arm) && asked[cell]! > 0 && from[cell] === from[cell + 1]
  );
  const total = asked.reduce((sum, count) => sum + count, 0);
  const assignments = exact
    ? `exact null: all ${distances.length} assignments of arms ${permuted.scope}`
    : `null: ${distances.length} random permutations of arms ${permuted.scope}`;
  return [
    ...(usable ? [assignments] : []),
    ...(usable && silent ? [`only ${answers.unitName} that answered change places`] : []),
    ...(usable && permuted.thinned[c]
      ? [
        `as some answered less often, a unit in the place of another answers at most as large a share as that one`,
      ]
      : []),
    ...notes,
    ...describeLayout(answers, controls[c]!),
    ...(codes.length < total
      ? [`${total - codes.length} of ${total} answers, over all arms, are missing`]
      : []),
  ];
}

function whyNoInterval(categories: number, { bootstraps, noInterval }: CompareArmsOptions): string {
  if (noInterval !== undefined) return noInterval;
  if (bootstraps < 2) return `no interval as 'bootstraps' is ${bootstraps}`;
  return categories > mostCategories ? `no interval as there are ${categories} categories` : "";
}

/** Adjusts for the number of tests, and says what was found. */
export function judgeRows(rows: readonly UnjudgedRow[], alpha: number): UnjudgedRow[] {
  const adjusted = adjustPValues(rows.map((row) => row.p_value), "holm");
  // What adjustment would leave of the smallest p-values that there can be.
  const smallest = adjustPValues(rows.map((row) => row.smallest), "holm");
  return rows.map((row, at): UnjudgedRow => {
    const judged = { ...row, p_adjusted: adjusted[at]! };
    if (row.p_equivalence <= alpha) {
      // Drift below the margin is a claim of its own, also where it is not 0.
      const notes = judged.p_adjusted <= alpha ? `small, but not 0; ${row.notes}` : row.notes;
      return { ...judged, notes, verdict: "within margin" };
    }
    if (judged.p_adjusted <= alpha) return { ...judged, verdict: "found" };
    if (smallest[at]! <= alpha) return { ...judged, verdict: "not found" };
    if (Number.isNaN(smallest[at])) return judged;
    const whenAdjusted = row.smallest > alpha ? "" : `, ${smallest[at]!.toPrecision(2)} when adjusted`;
    const why = `drift could not have been found: the smallest possible p-value is ${
      row.smallest.toPrecision(2)
    }${whenAdjusted}`;
    return { ...judged, reason: row.reason === "" ? why : `${why}; ${row.reason}` };
  });
}

/**
 * The joint p-value of several distances by max-T: how often the largest standardised distance of a permutation is at
 * least the largest observed one. The permutations are the same for all controls, so their dependence is kept.
 *
 * Each distance is standardised with the mean and standard deviation over its permutations and itself: the observed
 * assignment is then treated as one of them, and the test is exact (Westfall and Young 1993, chapter 2).
 */
function jointPValue(rows: readonly UnjudgedRow[], together: readonly TestNull[]): number {
  const tests = [...rows.keys()].filter((test) => !Number.isNaN(rows[test]!.statistic));
  // A single test is joint with none: its own null may be exact where that of all tests is not.
  if (tests.length < 2) return tests.length === 0 ? NaN : rows[tests[0]!]!.p_value;
  const { exact, distances: { length } } = together[0]!;
  const largest = new Float64Array(length).fill(-Infinity);
  let largestObserved = -Infinity;
  for (const test of tests) {
    const { statistic } = rows[test]!;
    const { distances } = together[test]!;
    const { mean, variance } = moments(exact ? distances : [...distances, statistic]);
    const scale = variance > 0 ? Math.sqrt(variance) : 1;
    largestObserved = Math.max(largestObserved, (statistic - mean) / scale);
    for (let draw = 0; draw < length; draw++) {
      largest[draw] = Math.max(largest[draw]!, (distances[draw]! - mean) / scale);
    }
  }
  return permutationPValue(largestObserved, largest, { exact });
}
