import { driftColumns } from "../core/columns.ts";
import { readOptions, required, type RulesFor } from "../core/options.ts";
import { type DiagnosisRow, diagnosisRow } from "../core/rows.ts";
import { sessionAnswers } from "../core/session_rows.ts";
import { stream } from "../core/stream.ts";
import { findReference, recordedReference } from "../core/study.ts";
import { type Table, tableOfRows } from "../core/table.ts";
import { moments } from "../stats/moments.ts";
import { adjustPValues } from "../stats/multiplicity.ts";
import { permutationPValue } from "../stats/permutation.ts";
import { type DriftAnswers, gatherAnswers, readControls, readRows } from "./answers.ts";
import { type ArmPermutations, highPoint, permuteArms, type TestNull } from "./arm_permutations.ts";
import type { ArmComparison } from "./comparisons.ts";
import { compareTwoArms, describeLayout, makeCounter, whyUnusable } from "./comparisons.ts";
import { makeContrasts, measureValues, missingControl } from "./measures.ts";
import type { DriftOptions, DriftSettings } from "./control_options.ts";
import { checkControls, checkSettings, driftRules } from "./control_options.ts";
import { bootstrapIntervals, mostCategories } from "./distance_intervals.ts";

/** Options of {@linkcode estimateDrift}. */
export interface EstimateDriftOptions extends DriftOptions {
  /** The negative controls: names of items (long table) or of columns (wide table). Numbers are categories too. */
  controls: string | readonly string[];
}

/**
 * Estimates how far the simulated people differ between arms on things that the treatment cannot change.
 *
 * A language model fills in what a persona leaves open, and may fill it in differently under each treatment: the arms
 * then hold different people, and the experiment has become an observational study. Negative controls show it. Their
 * distance is above 0 even where nobody drifted, so each is set against the distances that arise when the arms are
 * permuted: within a persona that answered in several arms, else across personas of a block; all answers of a persona
 * move together, replicates and all controls alike.
 *
 * A control's arms are permuted among those who answered it. This assumes that whether a reply is refused does not
 * depend on what it would have said; that arms refuse differently is a row of its own. What has no counterpart is left
 * out: a persona that was in both arms and answered in one, a block in which an arm has no answer. Where some replies
 * of a persona are missing, the larger of two p-values counts: personas move with all their replies, or one that takes
 * another's place gives at most as many as that one. The test then rejects less often than `alpha`.
 *
 * With blocks, shares are averages over blocks, weighted by how much was asked in each, in the distance, its null and
 * its interval alike: blocks with other shares of arms are no drift.
 *
 * A control that moved says that something moved which the design does not license; it does not say what. `not found`
 * is not evidence of absence: other attributes may have drifted, and a small study finds little. Its `notes` begin with
 * the distance that is not excluded, the interval's upper end.
 *
 * The interval inverts tests of every true distance, each with the variance that shares at this distance have: the
 * percentile bootstrap misses it near 0, and where an arm agrees. Of two answers that is Miettinen and Nurminen's score
 * interval of the difference. Of more, tests are ordered as by Feldman and Cousins (1998), over bootstrap samples of
 * personas within blocks, to each arm of which four with answers of anybody are added (Agresti and Min 2005), and over
 * the directions in which shares may differ; Student's t is used where personas or clusters are few. Where no unit
 * differs from the others of its arm, it holds what a share too small to be met leaves open ("rule of three"); where
 * the permutations do not reject, it begins at 0. By simulation intervals of total variation cover 93% to 99%, also
 * where 30 meet 300 of whom 94% to 98% agree (90% to 93% where the small arm has moved to another of several answers);
 * those of the other measures 91% to 100%.
 *
 * With a `margin` each row also tests that its drift is below it, and may say `within margin`: an equivalence claim,
 * which a large p-value is not. It is made only where the interval of twice `alpha` ends below the margin. Such claims
 * need no adjustment where all controls must be below the margin.
 *
 * @param answers one row per answer (long: `item`, `value`, `status`) or per persona and arm (wide); needs the arm
 * @param options see {@linkcode EstimateDriftOptions}
 * @returns one row per arm other than the reference (sorted by name) and control, and one for missing answers where some
 * are missing: `measure` and its `statistic` (total variation distance, 0 to 1, unless `measures` says otherwise),
 * `null_mean` and `null_high` (mean and 95% point without drift), `excess` (statistic − null_mean), `p_value`,
 * `p_adjusted` (Holm over all rows), `p_joint` (max-T over all rows of controls, the same in each), `conf_low`, `conf_high`, `margin`,
 * `p_equivalence` (of the claim that drift is below it), `n` (personas whose answers count), `verdict` (`found`,
 * `within margin`, `not found`, `cannot tell`), `notes` (what is not excluded; which null; who was left out), `reason` (why a value is `NaN`, or
 * nothing can be told)
 * @throws {RangeError} if a column, control or arm is not there, there is only one arm, or a persona has two blocks
 * @see Lipsitch, Tchetgen Tchetgen and Cohen 2010, Epidemiology 21(3):383-388 (negative controls); Lin et al. 2026,
 * arXiv 2605.20767 (drift of simulated users); Miettinen and Nurminen 1985, Statistics in Medicine 4:213-226, and Feldman
 * and Cousins 1998, Physical Review D 57(7):3873-3889 (intervals)
 * @example Age did not move, party did
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { estimateDrift } from "@understudy/understudy/drift";
 *
 * const rows = Array.from({ length: 80 }, (_, i) => i);
 * const answers = tableOf({
 *   persona_id: rows,
 *   arm: rows.map((i) => i < 40 ? "control" : "threat"),
 *   age_group: rows.map((i) => i % 2 === 0 ? "young" : "old"),
 *   party: rows.map((i) => i % 4 === 0 || i > 55 ? "right" : "left"),
 * });
 * const drift = estimateDrift(answers, { controls: ["age_group", "party"] });
 * assertEquals(drift.array("verdict"), ["not found", "found"]);
 * ```
 */
export function estimateDrift(answers: Table, options: EstimateDriftOptions): Table {
  const read = readOptions(action, options, rules);
  const controls = [read.controls].flat();
  const settings = checkSettings(action, read, controls);
  return tableOfRows(computeDrift(action, answers, controls, settings), Object.keys(driftColumns));
}

const action = "estimate drift";

const rules = {
  ...driftRules,
  controls: required<string | readonly string[]>(checkControls),
} as const satisfies RulesFor<EstimateDriftOptions>;

export type DriftRow =
  & DiagnosisRow
  & { readonly [column in "control" | "arm" | "reference" | "measure"]: string }
  & { readonly [column in "excess" | "p_joint" | "margin" | "p_equivalence" | "n"]: number };

/**
 * Reads the answers, measures every control in every arm against the reference, and adjusts for their number.
 * `asked` are the columns of a wide table whose missing answers count.
 */
export function computeDrift(
  action: string,
  answered: Table,
  controls: readonly string[],
  settings: DriftSettings,
  asked: readonly string[] = controls,
): DriftRow[] {
  const table = sessionAnswers(answered);
  const rows = readRows(action, table, { ...settings, compared: controls });
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
  const p_joint = jointPValue(measured, joint);
  return judgeRows(measured, settings.alpha).map((row) => ({
    ...row,
    p_joint: row.control === missingControl ? NaN : p_joint,
    notes: [row.notes, ...rows.prompts].join("; "),
  }));
}

/** A row before it is judged: with the smallest p-value that its null allows, and the largest distance left open. */
export type UnjudgedRow = DriftRow & { readonly smallest: number; readonly open: number };

interface CompareArmsOptions extends Pick<DriftSettings, "seed" | "permutations" | "bootstraps" | "alpha"> {
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
  const usable = [...unusable.keys()].filter((c) => unusable[c] === "");
  const observed = observedContrasts(answers, comparison, usable);
  const permuted = permuteArms(answers, [comparison], { permutations: settings.permutations, random });
  const { alpha, bootstraps, margin = NaN } = settings;
  const intervals = bootstrapIntervals(answers, comparison, { observed, bootstraps, alpha, margin, random });
  let test = 0;
  const rows = answers.controls.flatMap((control, c) =>
    control.measures.map((measure, m): UnjudgedRow => {
      const thinned = permuted.thinned[test]!;
      const nulls = [permuted.own[test++]!, ...(thinned === null ? [] : [thinned])];
      const contrasts = observed.get(c);
      const tested = contrasts && compareWithNulls(measureValues(control, contrasts)[m]!, nulls);
      const { low, high, pEquivalence } = intervals[c]![m]!;
      // At a true distance of 0 the permutations, where they are not too few, are the test that the interval inverts.
      const [{ exact, distances }] = nulls as [TestNull];
      const isOpen = tested && tested.p_value > alpha && (exact || alpha * (distances.length + 1) >= 1);
      const silent = comparison.controls[c]!.silent
        ? [`only ${answers.unitName} that answered change places`]
        : [];
      return diagnosisRow({
        control: control.control,
        arm,
        reference,
        measure: measure.name,
        excess: NaN,
        smallest: NaN,
        open: high,
        ...tested,
        p_joint: NaN,
        conf_low: isOpen ? Math.min(0, low) : low,
        conf_high: high,
        margin,
        p_equivalence: pEquivalence,
        n: comparison.controls[c]!.units.either,
        notes: [
          ...(contrasts ? [...describeNull(nulls, permuted.scope), ...silent] : []),
          ...control.notes,
          ...describeLayout(answers, comparison, c),
        ],
        reason: [unusable[c]!, whyNoInterval(control.labels.length, settings)],
      });
    })
  );
  return { rows, permuted };
}

function observedContrasts(answers: DriftAnswers, comparison: ArmComparison, controls: readonly number[]) {
  const found = new Map<number, readonly Float64Array[]>();
  const once = new Uint16Array(answers.unit.at(-1)! + 1).fill(1);
  makeCounter(answers, comparison, { controls }).byTimes(once, (c, counts) => {
    const contrastsOf = makeContrasts(answers.controls[c]!, comparison.controls[c]!.weights);
    found.set(c, contrastsOf(counts, counts.length / 2, 0));
  });
  return found;
}

/** Sets a statistic against its nulls, of which the one with the larger p-value counts. */
function compareWithNulls(statistic: number, nulls: readonly TestNull[]) {
  const compared = nulls.map(({ distances, exact }) => {
    const sorted = distances.toSorted();
    const { mean } = moments(distances);
    return {
      statistic,
      null_mean: mean,
      null_high: highPoint(sorted),
      excess: statistic - mean,
      p_value: permutationPValue(statistic, distances, { exact }),
      // The smallest p-value is that of the largest distance which the null knows.
      smallest: permutationPValue(Math.max(statistic, sorted.at(-1)!), distances, { exact }),
    };
  });
  return compared.reduce((one, other) => other.p_value > one.p_value ? other : one);
}

function describeNull(nulls: readonly TestNull[], scope: string): string[] {
  const [{ exact, distances }] = nulls as [TestNull];
  return [
    exact
      ? `exact null: all ${distances.length} assignments of arms ${scope}`
      : `null: ${distances.length} random permutations of arms ${scope}`,
    nulls.length > 1
      ? "as some answered less often, the larger of two p-values: units change places with all their answers, or " +
        "a unit in the place of another gives at most as many as that one"
      : "",
  ];
}

function whyNoInterval(categories: number, { bootstraps, noInterval }: CompareArmsOptions): string {
  if (noInterval !== undefined) return noInterval;
  if (bootstraps < 2) return `no interval as 'bootstraps' is ${bootstraps}`;
  return categories > mostCategories ? `no interval as there are ${categories} categories` : "";
}

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
    if (smallest[at]! <= alpha) {
      const open = `a distance of up to ${row.open.toPrecision(2)} is not excluded`;
      const notes = Number.isNaN(row.open) ? row.notes : `${open}; ${row.notes}`;
      return { ...judged, notes, verdict: "not found" };
    }
    if (Number.isNaN(smallest[at])) return judged;
    const whenAdjusted = row.smallest > alpha ? "" : `, ${smallest[at]!.toPrecision(2)} when adjusted`;
    const p = row.smallest.toPrecision(2);
    const why = `drift could not have been found: the smallest possible p-value is ${p}${whenAdjusted}`;
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
function jointPValue(rows: readonly UnjudgedRow[], { together, thinned }: ArmPermutations): number {
  const tests = [...rows.keys()].filter((test) =>
    !Number.isNaN(rows[test]!.statistic) && rows[test]!.control !== missingControl
  );
  // A single test is joint with none: its own null may be exact where that of all tests is not.
  if (tests.length < 2) return tests.length === 0 ? NaN : rows[tests[0]!]!.p_value;
  const jointUnder = (nulls: readonly TestNull[]): number => {
    const { exact, distances: { length } } = nulls[0]!;
    const largest = new Float64Array(length).fill(-Infinity);
    let largestObserved = -Infinity;
    for (const test of tests) {
      const { statistic } = rows[test]!;
      const { distances } = nulls[test]!;
      const { mean, variance } = moments(exact ? distances : [...distances, statistic]);
      const scale = variance > 0 ? Math.sqrt(variance) : 1;
      largestObserved = Math.max(largestObserved, (statistic - mean) / scale);
      for (let draw = 0; draw < length; draw++) {
        largest[draw] = Math.max(largest[draw]!, (distances[draw]! - mean) / scale);
      }
    }
    return permutationPValue(largestObserved, largest, { exact });
  };
  const whole = jointUnder(together);
  if (tests.every((test) => thinned[test] === null)) return whole;
  return Math.max(whole, jointUnder(together.map((null_, test) => thinned[test] ?? null_)));
}
