import {
  checkBasis,
  checkColumns,
  checkLevel,
  checkOneOf,
  checkOptions,
  checkText,
} from "../../core/checks.ts";
import type { Basis } from "../../core/columns.ts";
import { cannot } from "../../core/errors.ts";
import { type Table, tableOfRows } from "../../core/table.ts";
import { adjustPValues } from "../../stats/multiplicity.ts";
import { type StandardisedDifference, standardisedDifference } from "../../stats/standardised_difference.ts";
import { type TwoOneSidedTests, twoOneSidedTests } from "../../stats/intervals.ts";
import type { CheckEquivalenceOptions } from "./check_equivalence_options.ts";
import { type EquivalenceComparison, equivalenceComparisons } from "./equivalence_comparison.ts";

const action = "check equivalence";
const known = [
  "outcome",
  "bounds",
  "units",
  "hypothesis",
  "against",
  "variance",
  "smdInterval",
  "arm",
  "reference",
  "blocks",
  "clusters",
  "weights",
  "persona",
  "category",
  "alpha",
  "basis",
] as const satisfies readonly (keyof CheckEquivalenceOptions)[];

const columnNames = [
  "outcome",
  "term",
  "reference",
  "design",
  "hypothesis",
  "bound_low",
  "bound_high",
  "estimate",
  "std_error",
  "df",
  "statistic",
  "lower_statistic",
  "lower_p",
  "upper_statistic",
  "upper_p",
  "zero_p",
  "p_value",
  "p_adjusted",
  "conf_low",
  "conf_high",
  "conf_level",
  "smd",
  "smd_std_error",
  "smd_low",
  "smd_high",
  "n",
  "verdict",
  "basis",
  "reason",
];

/**
 * Checks whether an effect is too small to matter, or large enough to: two one-sided tests against bounds.
 *
 * A large p-value of no effect is no evidence of no effect; this is. Takes the answers of `runExperiment` or any table
 * with one row per unit; designs are recognised as by `estimateEffects`. The verdict is `equivalent` where the effect is
 * shown to lie between the bounds, `beyond the bounds` where it is shown to lie outside, `undecided` where neither is,
 * at level `alpha` after Holm over the rows, and `undetermined` where no test can be computed.
 *
 * @param table one row per answer (with `item` and `value`) or per unit
 * @param options the outcome and the bounds; see {@linkcode CheckEquivalenceOptions}
 * @returns one row per arm other than the reference: `bound_low`, `bound_high`, `estimate`, `std_error` (all in units of
 * the outcome), `df`, the test against each bound (`lower_statistic`, `lower_p`, `upper_statistic`, `upper_p`), the
 * deciding one (`statistic`, `p_value`, `p_adjusted`), `zero_p` (two-sided, of no effect), `conf_low` and `conf_high` of
 * level `conf_level` (1 - 2 alpha), `smd` (Hedges's g) with `smd_std_error`, `smd_low`, `smd_high`, `n`, `verdict`,
 * `basis`, `reason`
 * @throws {RangeError} if the bounds are not a lower and a higher number, `alpha` is not below 0.5, or a column or arm is
 * missing
 * @throws {TypeError} if an option is unknown or the outcome is not numeric
 * @see Schuirmann 1987; Lakens 2017, Social Psychological and Personality Science 8: 355-362
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { checkEquivalence } from "@understudy/understudy/estimation";
 *
 * const answers = tableOf({
 *   arm: Array.from({ length: 200 }, (_, i) => i % 2 ? "threat" : "control"),
 *   support: Array.from({ length: 200 }, (_, i) => i % 7),
 * });
 * const check = checkEquivalence(answers, { outcome: "support", bounds: 0.8 });
 * assertEquals(check.get("verdict", 0), "equivalent");
 * ```
 */
export function checkEquivalence(table: Table, options: CheckEquivalenceOptions): Table {
  const settings = checkSettings(options);
  checkColumns(action, table, []);
  const tested = equivalenceComparisons(action, table, options).map((comparison) => {
    const smd = standardisedDifference(comparison.groups, {
      variance: options.variance === "pooled" ? "pooled" : "welch",
      interval: options.smdInterval ?? "nct",
      alpha: 2 * settings.alpha,
    });
    return { comparison, smd, ...testBounds(comparison, smd, settings) };
  });
  const equivalence = adjustPValues(tested.map(({ tests }) => tests.pEquivalence));
  const beyond = adjustPValues(tested.map(({ tests }) => tests.pMinimalEffect));
  const outcome = options.category === undefined
    ? options.outcome
    : `${options.outcome} = ${options.category}`;
  const rows = tested.map((one, index) => ({
    outcome,
    ...tidy(one.comparison, one.tests, one.smd, one.bounds, settings),
    p_adjusted: (settings.hypothesis === "equivalence" ? equivalence : beyond)[index]!,
    verdict: judge(equivalence[index]!, beyond[index]!, settings.alpha),
  }));
  return tableOfRows(rows, columnNames);
}

interface Settings {
  readonly bounds: readonly [number, number];
  readonly units: "raw" | "sd";
  readonly hypothesis: "equivalence" | "minimal_effect";
  readonly alpha: number;
  readonly basis: Basis;
}

function checkSettings(options: CheckEquivalenceOptions): Settings {
  checkOptions(action, options, known);
  const { units = "raw", hypothesis = "equivalence", alpha = 0.05, basis = "synthetic" } = options;
  checkText(action, "outcome", options.outcome);
  checkOneOf(action, "units", units, ["raw", "sd"]);
  checkOneOf(action, "hypothesis", hypothesis, ["equivalence", "minimal_effect"]);
  checkOneOf(action, "variance", options.variance ?? "welch", ["welch", "pooled", "proportion"]);
  checkOneOf(action, "smdInterval", options.smdInterval ?? "nct", ["nct", "normal"]);
  checkLevel(action, "alpha", alpha);
  if (alpha >= 0.5) throw new RangeError(cannot(action, "alpha", "lie between 0 and 0.5", alpha));
  checkBasis(action, basis);
  return { bounds: readBounds(options.bounds), units, hypothesis, alpha, basis };
}

function readBounds(bounds: unknown): readonly [number, number] {
  const pair = typeof bounds === "number" ? [-bounds, bounds] : bounds;
  const [low, high] = Array.isArray(pair) ? pair as unknown[] : [];
  if (typeof low !== "number" || typeof high !== "number" || (pair as unknown[]).length !== 2) {
    throw new TypeError(cannot(action, "bounds", "be a number, or a lower and an upper one", bounds));
  }
  if (!(low < high) || (low === -Infinity && high === Infinity)) {
    const rule = "hold a lower and a higher number, at least one finite";
    throw new RangeError(`${cannot(action, "bounds", rule, bounds)}; for example { bounds: [-0.5, 0.5] }`);
  }
  return [low, high];
}

function testBounds(
  { estimate, stdError, df }: EquivalenceComparison,
  { standardDeviation }: StandardisedDifference,
  { bounds, units, alpha }: Settings,
): { bounds: readonly [number, number]; tests: TwoOneSidedTests } {
  const scale = units === "sd" && standardDeviation > 0 ? standardDeviation : 1;
  const raw = [bounds[0] * scale, bounds[1] * scale] as const;
  // A spread of nothing but rounding is none.
  const error = stdError > 1e-14 * Math.abs(estimate) ? stdError : NaN;
  return { bounds: raw, tests: twoOneSidedTests(estimate, { stdError: error, df, bounds: raw, alpha }) };
}

function tidy(
  comparison: EquivalenceComparison,
  tests: TwoOneSidedTests,
  smd: StandardisedDifference,
  bounds: readonly [number, number],
  settings: Settings,
): { [name: string]: unknown } {
  const inside = settings.hypothesis === "equivalence";
  const [lower, upper] = inside
    ? [tests.lower.pInside, tests.upper.pInside]
    : [tests.lower.pOutside, tests.upper.pOutside];
  // Equivalence is as weak as its weaker side, a minimal effect as strong as its stronger.
  const decides = (inside ? lower >= upper : lower <= upper) ? tests.lower : tests.upper;
  return {
    term: comparison.term,
    reference: comparison.reference,
    design: comparison.design,
    hypothesis: settings.hypothesis,
    bound_low: bounds[0],
    bound_high: bounds[1],
    estimate: comparison.estimate,
    std_error: comparison.stdError,
    df: comparison.df,
    statistic: decides.statistic,
    lower_statistic: tests.lower.statistic,
    lower_p: lower,
    upper_statistic: tests.upper.statistic,
    upper_p: upper,
    zero_p: tests.pZero,
    p_value: inside ? tests.pEquivalence : tests.pMinimalEffect,
    conf_low: tests.low,
    conf_high: tests.high,
    conf_level: 1 - 2 * settings.alpha,
    smd: smd.estimate,
    smd_std_error: smd.stdError,
    smd_low: smd.low,
    smd_high: smd.high,
    n: comparison.n,
    basis: settings.basis,
    reason: notesOf(comparison, tests, bounds, settings).join("; "),
  };
}

function notesOf(
  { notes, stdError }: EquivalenceComparison,
  tests: TwoOneSidedTests,
  [low, high]: readonly [number, number],
  { units }: Settings,
): string[] {
  const untested = Number.isNaN(tests.pEquivalence);
  return [
    ...notes,
    ...(low > 0 || high < 0 ? ["the bounds leave out 0"] : []),
    ...(units === "sd"
      ? ["bounds in observed standard deviations vary with the sample: the test is rough"]
      : []),
    ...(untested
      ? [Number.isNaN(stdError) ? "no standard error can be computed" : "the outcome does not vary: no test"]
      : []),
  ];
}

function judge(equivalence: number, beyond: number, alpha: number): string {
  if (Number.isNaN(equivalence)) return "undetermined";
  if (equivalence < alpha) return "equivalent";
  return beyond < alpha ? "beyond the bounds" : "undecided";
}
