import { checkLevel } from "../../core/checks.ts";
import { cannot } from "../../core/errors.ts";
import type { ComparisonOptions, ReadOptions, RulesFor, WeightOptions } from "../../core/options.ts";
import { comparisonRules, oneOf, readOptions, required, rule, weightRules } from "../../core/options.ts";
import { diagnosisRow, diagnosisTableColumns } from "../../core/rows.ts";
import { noteNobody, noteRowsLeftOut, outcomeName, readOutcome, readStudy } from "../../core/study.ts";
import { referenceOf } from "../../core/study.ts";
import { type Table, tableOfRows } from "../../core/table.ts";
import { compareArms, type Comparison, gatherUnits, inOneArm } from "../../core/units.ts";
import type { Share } from "../../stats/shares.ts";
import { shareEquivalence, type TwoOneSidedTests, twoOneSidedTests } from "../../stats/two_one_sided.ts";
import { moments } from "../../stats/moments.ts";
import { adjustPValues } from "../../stats/multiplicity.ts";
import { type GroupMoments, standardisedDifference } from "../../stats/standardised_difference.ts";
import { areShares, differenceInMeans, personaDifferences } from "../difference_in_means.ts";
import type { EffectEstimate } from "../effect.ts";

/** Options of {@linkcode checkEquivalence}. */
export interface CheckEquivalenceOptions extends ComparisonOptions, WeightOptions {
  /**
   * The smallest effect that would matter: one number for both sides, or a lower and an upper bound (one may be
   * infinite, for non-inferiority). Fix it before looking at the data.
   */
  bounds: number | readonly [number, number];
  /**
   * What the bounds are given in: `raw`, units of the outcome; `sd`, standard deviations of the outcome as observed.
   * @default {"raw"}
   */
  units?: "raw" | "sd";
  /**
   * What `p_value` is of: `equivalence`, the effect lies between the bounds; `minimal_effect`, it lies beyond one.
   * @default {"equivalence"}
   */
  hypothesis?: "equivalence" | "minimal_effect";
  /**
   * Compares the mean of all units with this number, without arms; a share by its score test.
   * @default {undefined} arms are compared
   */
  against?: number;
  /**
   * The variance of a difference: `welch`, each arm its own; `pooled`, one for both; `proportion`, that of shares at each
   * bound (Miettinen and Nurminen's score test and interval), which holds where nobody gave an answer. Blocks, clusters
   * and weights have the variance of their design.
   * @default {"welch"}, or `proportion` with a category and where answers are 0 and 1
   */
  variance?: "welch" | "pooled" | "proportion";
  /**
   * The interval of the standardised difference: inverted noncentral t, or normal.
   * @default {"nct"}
   */
  smdInterval?: "nct" | "normal";
  /**
   * The level of each one-sided test, below 0.5; the interval has level 1 - 2 alpha.
   * @default {0.05}
   */
  alpha?: number;
}

const action = "check equivalence";

const rules = {
  ...comparisonRules,
  ...weightRules,
  bounds: required<number | readonly [number, number]>((_, __, value) => void readBounds(value)),
  units: oneOf(["raw", "sd"], "raw"),
  hypothesis: oneOf(["equivalence", "minimal_effect"], "equivalence"),
  against: rule<number, undefined>(checkNumber, undefined),
  variance: oneOf<"welch" | "pooled" | "proportion", undefined>(["welch", "pooled", "proportion"], undefined),
  smdInterval: oneOf(["nct", "normal"], "nct"),
  alpha: rule<number, number>(checkOneSidedLevel, 0.05),
} as const satisfies RulesFor<CheckEquivalenceOptions>;

const compared = ["outcome", "arm", "reference", "design", "hypothesis", "bound_low", "bound_high"];
const tested = ["lower_statistic", "lower_p", "upper_statistic", "upper_p", "zero_p"];
const columnNames = diagnosisTableColumns(
  [...compared, "estimate", "std_error", "df", ...tested],
  ["conf_level", "smd", "smd_std_error", "smd_low", "smd_high", "n", "basis"],
);

/**
 * Checks whether an effect is too small to matter, or large enough to: two one-sided tests against bounds.
 *
 * A large p-value of no effect is no evidence of no effect; this is. Takes the answers of `runExperiment` or any table
 * with one row per unit; designs are recognised as by `estimateEffects`. A category that nobody gave is a share of 0 in
 * both arms (an answer that it may be a misspelling of is an error). At level `alpha`, after Holm over the rows, the
 * verdict is `within margin` where the effect is shown to lie between the bounds, `found` where it is shown to lie
 * beyond them, and `cannot tell` where neither is shown, or no test can be computed (`reason` says which).
 *
 * @param table one row per answer (with `item` and `value`) or per unit
 * @param options the outcome and the bounds; see {@linkcode CheckEquivalenceOptions}
 * @returns one row per arm other than the reference: `bound_low`, `bound_high`, `estimate`, `std_error` (all in units of
 * the outcome), `df`, the test against each bound (`lower_statistic`, `lower_p`, `upper_statistic`, `upper_p`), `zero_p`
 * (two-sided, of no effect), the deciding test (`statistic`, `p_value`, `p_adjusted`; nothing is permuted, so `null_mean`
 * and `null_high` are `NaN`), `conf_low` and `conf_high` of level `conf_level` (1 - 2 alpha), `smd` (Hedges's g) with
 * `smd_std_error`, `smd_low`, `smd_high`, `n`, `basis`, `verdict`, `notes`, `reason`
 * @throws {RangeError} if the bounds are not a lower and a higher number, `alpha` is not below 0.5, or a column or arm is
 * missing
 * @throws {TypeError} if an option is unknown or the outcome is not numeric
 * @see Schuirmann 1987; Lakens 2017, Social Psychological and Personality Science 8: 355-362; Farrington and Manning
 * 1990, Statistics in Medicine 9: 1447-1454 (shares)
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
 * assertEquals(check.get("verdict", 0), "within margin");
 * ```
 */
export function checkEquivalence(table: Table, options: CheckEquivalenceOptions): Table {
  const settings = readOptions(action, options, rules, table);
  const { alpha, hypothesis } = settings;
  const estimated = settings.against === undefined
    ? compareEach(table, settings)
    : [compareWithNumber(table, { ...options, against: settings.against })];
  const judged = estimated.map((one) => ({ ...one, ...testBounds(one, settings) }));
  const within = adjustPValues(judged.map(({ tests }) => tests.pEquivalence));
  const beyond = adjustPValues(judged.map(({ tests }) => tests.pMinimalEffect));
  const rows = judged.map((one, at) =>
    rowOf(one, settings, {
      p_adjusted: (hypothesis === "equivalence" ? within : beyond)[at]!,
      verdict: within[at]! < alpha ? "within margin" : beyond[at]! < alpha ? "found" : "cannot tell",
    })
  );
  return tableOfRows(rows, columnNames);
}

type Settings = ReadOptions<CheckEquivalenceOptions, typeof rules>;

function checkNumber(action: string, name: string, value: unknown): void {
  if (!Number.isFinite(value)) throw new TypeError(cannot(action, name, "be a finite number", value));
}

function checkOneSidedLevel(action: string, name: string, value: unknown): void {
  checkLevel(action, name, value);
  if (value >= 0.5) throw new RangeError(cannot(action, name, "lie between 0 and 0.5", value));
}

function readBounds(bounds: unknown): readonly [number, number] {
  const pair = typeof bounds === "number" ? [-bounds, bounds] : bounds;
  const [low, high, ...more]: unknown[] = Array.isArray(pair) ? pair : [];
  if (typeof low !== "number" || typeof high !== "number" || more.length > 0) {
    throw new TypeError(cannot(action, "bounds", "be a number, or a lower and an upper one", bounds));
  }
  if (!(low < high) || (low === -Infinity && high === Infinity)) {
    const rule = "hold a lower and a higher number, at least one finite";
    throw new RangeError(`${cannot(action, "bounds", rule, bounds)}; for example { bounds: [-0.5, 0.5] }`);
  }
  return [low, high];
}

/** An estimate to be tested against bounds, and the groups by whose standard deviation it is measured. */
interface Estimated extends Omit<EffectEstimate, "shares"> {
  readonly arm: string;
  readonly reference: string;
  readonly groups: readonly [GroupMoments] | readonly [GroupMoments, GroupMoments];
  /** Those of each arm where shares are compared; that of all units, where a share is compared with a number. */
  readonly shares?: readonly [Share] | readonly [Share, Share];
}

function compareEach(table: Table, settings: Settings): Estimated[] {
  const study = readStudy(action, table, {
    ...settings,
    readValues: (values) => readOutcome(action, settings.outcome, values, settings.category, true),
  });
  const units = gatherUnits(action, study);
  const { reference, notes } = referenceOf(study, settings.reference);
  return [...units.arms.keys()].filter((arm) => arm !== reference).map((arm) => {
    const comparison = compareArms(action, units, reference, arm);
    const found = estimateDifference(comparison, settings);
    return {
      arm: units.arms[arm]!,
      reference: units.arms[reference]!,
      ...found,
      notes: [...notes, ...noteNobody(study, settings.category), ...found.notes],
    };
  });
}

function estimateDifference(
  comparison: Comparison,
  { variance, category, blocks }: Settings,
): Omit<Estimated, "arm" | "reference"> {
  const { outcome, treated, persona, block, cluster, weight } = comparison;
  const wanted = variance ?? (areShares(outcome, category !== undefined) ? "proportion" : "welch");
  const standard = persona === null && block === null && cluster === null && weight === null;
  // Blocks that the toolkit made itself are pooled where they are small, as in estimateEffects; a variance that is
  // replaced below is not widened first.
  const { shares: _, ...found } = differenceInMeans(comparison, {
    mixedBlocks: "hybrid",
    smallBlocks: blocks === undefined ? "pool" : "error",
    ...(standard && wanted !== "welch" ? { df: "residual" } : {}),
  });
  if (!standard && found.design !== "none" && variance !== undefined && variance !== "welch") {
    throw new RangeError(
      cannot(action, "variance", `be left out where the design is ${found.design}`, variance),
    );
  }
  if (persona !== null) {
    return { ...found, groups: [moments(personaDifferences(comparison, persona).differences)] };
  }
  const side = (wanted: number) => moments(outcome.filter((_, i) => treated[i] === wanted));
  const groups = [side(1), side(0)] as const;
  if (!standard || wanted === "welch" || Number.isNaN(found.estimate)) return { ...found, groups };
  if (wanted === "proportion" && !areShares(outcome, true)) {
    const other = outcome.find((value) => value !== 0 && value !== 1);
    throw new RangeError(cannot(action, "variance", "be 'proportion' for 0 and 1 only", other));
  }
  return { ...found, groups, ...(wanted === "pooled" ? pooledError : proportionError)(...groups) };
}

function pooledError(one: GroupMoments, other: GroupMoments): { stdError: number; df: number } {
  const df = one.n + other.n - 2;
  const squares = [one, other].map(({ n, variance }) => n > 1 ? (n - 1) * variance : 0);
  const pooled = (squares[0]! + squares[1]!) / df;
  return { stdError: Math.sqrt(pooled * (1 / one.n + 1 / other.n)), df };
}

function proportionError(
  one: GroupMoments,
  other: GroupMoments,
): Pick<Estimated, "stdError" | "df" | "shares"> {
  const squared = [one, other].map(({ mean, n }) => mean * (1 - mean) / n);
  const share = ({ mean, n }: GroupMoments): Share => [Math.round(mean * n), n];
  return { stdError: Math.sqrt(squared[0]! + squared[1]!), df: Infinity, shares: [share(one), share(other)] };
}

function compareWithNumber(
  table: Table,
  options: CheckEquivalenceOptions & { readonly against: number },
): Estimated {
  for (const name of ["arm", "reference", "weights", "variance", "blocks", "clusters"] as const) {
    if (options[name] === undefined) continue;
    throw new RangeError(cannot(action, name, "not be given where 'against' is", options[name]));
  }
  const { outcome, category, against } = options;
  const study = inOneArm(readStudy(action, table, {
    ...options,
    arm: null,
    blocks: [],
    clusters: null,
    readValues: (values) => readOutcome(action, outcome, values, category, true),
  }));
  const units = gatherUnits(action, study);
  const values = units.value.filter((_, at) => units.replies[at]! > 0);
  const { n, mean, variance } = moments(values);
  const shares = areShares(values, category !== undefined);
  return {
    arm: "",
    reference: String(against),
    design: "one sample",
    estimate: mean - against,
    stdError: Math.sqrt((shares ? mean * (1 - mean) : variance) / n),
    df: shares ? Infinity : n - 1,
    n,
    groups: [{ mean: mean - against, variance, n }],
    ...(shares ? { shares: [[Math.round(mean * n), n]] as const } : {}),
    notes: [...noteNobody(study, category), ...noteRowsLeftOut(study)],
    reason: [],
  };
}

type Tested = Estimated & ReturnType<typeof testBounds>;

function testBounds(
  { estimate, stdError, df, groups, shares }: Estimated,
  { bounds, units, variance, smdInterval, alpha, against = 0 }: Settings,
) {
  const smd = standardisedDifference(groups, {
    variance: variance === "pooled" ? "pooled" : "welch",
    interval: smdInterval,
    alpha: 2 * alpha,
  });
  const scale = units === "raw" ? 1 : smd.standardDeviation > 0 ? smd.standardDeviation : NaN;
  const [low, high] = readBounds(bounds);
  const raw = [low * scale, high * scale] as const;
  if (shares !== undefined) {
    return { smd, bounds: raw, tests: shareEquivalence(shares, { bounds: raw, alpha, against }) };
  }
  // A spread of nothing but rounding is none.
  const error = stdError > 1e-14 * Math.abs(estimate) ? stdError : NaN;
  return { smd, bounds: raw, tests: twoOneSidedTests(estimate, { stdError: error, df, bounds: raw, alpha }) };
}

function rowOf(
  { tests, smd, bounds: [low, high], ...one }: Tested,
  settings: Settings,
  judged: { p_adjusted: number; verdict: "within margin" | "found" | "cannot tell" },
): object {
  const { hypothesis, alpha, basis, units } = settings;
  const inside = hypothesis === "equivalence";
  const [lower, upper] = inside
    ? [tests.lower.pInside, tests.upper.pInside]
    : [tests.lower.pOutside, tests.upper.pOutside];
  // Equivalence is as weak as its weaker side, a minimal effect as strong as its stronger.
  const decides = (inside ? lower >= upper : lower <= upper) ? tests.lower : tests.upper;
  return diagnosisRow({
    ...one,
    outcome: outcomeName(settings),
    hypothesis,
    basis,
    ...{ bound_low: low, bound_high: high },
    std_error: one.stdError,
    ...{ lower_statistic: tests.lower.statistic, lower_p: lower },
    ...{ upper_statistic: tests.upper.statistic, upper_p: upper },
    zero_p: tests.pZero,
    statistic: decides.statistic,
    p_value: inside ? tests.pEquivalence : tests.pMinimalEffect,
    ...judged,
    ...{ conf_low: tests.low, conf_high: tests.high, conf_level: 1 - 2 * alpha },
    ...{ smd: smd.estimate, smd_std_error: smd.stdError, smd_low: smd.low, smd_high: smd.high },
    notes: [...one.notes, ...noteBounds(low, high, units)],
    reason: judged.verdict === "cannot tell" ? whyUntold(one, tests) : [],
  });
}

function noteBounds(low: number, high: number, units: "raw" | "sd"): string[] {
  return [
    low > 0 || high < 0 ? "the bounds leave out 0" : "",
    units === "sd" ? "bounds in observed standard deviations vary with the sample: the test is rough" : "",
  ];
}

function whyUntold({ stdError, reason }: Estimated, { pEquivalence }: TwoOneSidedTests): readonly string[] {
  if (!Number.isNaN(pEquivalence)) return ["shown to lie neither within the bounds nor beyond them"];
  if (reason.length > 0) return reason;
  return [
    Number.isNaN(stdError) ? "no standard error can be computed" : "the outcome does not vary: no test",
  ];
}
