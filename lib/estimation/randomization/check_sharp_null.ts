import { checkOneOf, checkText } from "../../core/checks.ts";
import { cannot } from "../../core/errors.ts";
import { oneOf, type ReadOptions, readOptions, required, rule, type RulesFor } from "../../core/options.ts";
import { diagnosisRow, diagnosisTableColumns } from "../../core/rows.ts";
import { type Table, tableOfRows } from "../../core/table.ts";
import { type Contrast, type RandomizationOptions, randomizationRules, readContrasts } from "./contrasts.ts";
import { describeNull, drawNull, nameExtremes, randomizationPValue, stepDown } from "./null_distribution.ts";
import type { MemberValues, RandomizationStatistic, RandomizationStatisticName } from "./test_statistics.ts";
import { memberValues, prepareStatistic, statisticNames } from "./test_statistics.ts";

/** Options of {@linkcode checkSharpNull} and `sampleRandomizations`. */
export interface CheckSharpNullOptions extends RandomizationOptions {
  /** The outcome, or several: items' names in a table of answers, columns' in a wide table. */
  outcome: string | readonly string[];
  /**
   * What is computed at each assignment. `difference_in_means`, as `estimateEffects` has it. `studentized`: divided by
   * its standard error, which holds its size for the hypothesis of no average effect too, in large samples. `rank`:
   * the difference in mean ranks (Wilcoxon), after block means are taken off. `kolmogorov_smirnov`: the largest
   * distance of the distribution functions. Or a function of one's own.
   * @default {"difference_in_means"}
   */
  statistic?: RandomizationStatisticName | RandomizationStatistic;
  /**
   * Which departures count.
   * @default {"two_sided"}
   */
  alternative?: "two_sided" | "greater" | "less";
  /**
   * What is as extreme in both directions. `absolute`: |T*| ≥ |T|. `doubling`: twice the smaller of the one-sided
   * p-values. `standardized`: |T* − mean T*| ≥ |T − mean T*|.
   * @default {"absolute"}
   */
  twoSided?: "absolute" | "doubling" | "standardized";
  /**
   * The effect on every unit that is tested, in units of the outcome.
   * @default {0}
   */
  effect?: number;
}

const rules = {
  ...randomizationRules,
  outcome: required<string | readonly string[]>(checkOutcomes),
  statistic: rule<RandomizationStatisticName | RandomizationStatistic, "difference_in_means">(
    (action, name, value) => {
      if (typeof value !== "function") checkOneOf<unknown>(action, name, value, statisticNames);
    },
    "difference_in_means",
  ),
  alternative: oneOf(["two_sided", "greater", "less"], "two_sided"),
  twoSided: oneOf(["absolute", "doubling", "standardized"], "absolute"),
  effect: rule<number, number>((action, name, value) => {
    if (!Number.isFinite(value)) throw new TypeError(cannot(action, name, "be a finite number", value));
  }, 0),
} as const satisfies RulesFor<CheckSharpNullOptions>;

type Settings = ReadOptions<CheckSharpNullOptions, typeof rules>;

function checkOutcomes(action: string, name: string, value: unknown): void {
  const names = [value].flat();
  if (names.length === 0) throw new TypeError(cannot(action, name, "name at least one outcome", value));
  for (const one of names) checkText(action, name, one);
  if (new Set(names).size < names.length) {
    throw new RangeError(cannot(action, name, "name each outcome once", names));
  }
}

const columnNames = diagnosisTableColumns(
  ["outcome", "arm", "reference", "test", "alternative", "effect"],
  ["null_sd", "null_low", "assignments", "exact", "n", "basis"],
);

/**
 * Tests that a treatment has no effect (or the same given effect) on anybody, by randomisation alone.
 *
 * Nothing is assumed but the assignment: arms change places as they were assigned (within blocks, clusters as one,
 * within personas that saw both arms, accepted draws only, arm sizes as they came), the statistic is computed each
 * time, and the p-value is how often it is at least as extreme. All assignments are gone through where they are few,
 * with an exact p-value; otherwise random ones, with (1 + count) / (draws + 1), which holds the level and is never 0.
 * Each arm is permuted against the reference on its own. The hypothesis is about every unit: an effect that averages
 * to 0 may be found; use `studentized` where the average is meant. Several outcomes share their draws, and
 * `p_adjusted` holds the chance of any false finding among them (Westfall and Young's step-down largest statistic; not
 * across arms). An interval is `estimateConstantEffect`'s; here it is `NaN`.
 *
 * @param table one row per answer (with `item` and `value`) or per unit; needs the arm and the outcomes
 * @param options see {@linkcode CheckSharpNullOptions} (defaults there)
 * @returns one row per arm other than the reference and outcome: `test` (the statistic), `alternative` (with its
 * definition of two-sided), `effect` (tested), `statistic`, its `null_mean`, `null_sd`, `null_low` and `null_high` (2.5%
 * and 97.5% points) over the assignments, `p_value`, `p_adjusted`, `assignments` (gone through), `exact`, `n` (units),
 * `basis`, `verdict` (`found` where `p_adjusted` is at most `alpha`; `cannot tell` where no assignment could be), `notes`,
 * `reason`
 * @throws {RangeError} if a column, arm or item is missing, or clusters or the rule are not those of the assignment
 * @throws {TypeError} if an option is unknown or the outcome is not numeric
 * @see Gerber and Green 2012, Field Experiments, 3.4; Phipson and Smyth 2010; Wu and Ding 2021, JASA 116(536)
 * @example Gerber and Green's table 2.2: two of seven villages
 * ```ts
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { checkSharpNull } from "@understudy/understudy/estimation";
 *
 * const villages = tableOf({ arm: [1, 0, 0, 0, 0, 0, 1], budget: [15, 15, 20, 20, 10, 15, 30] });
 * const test = checkSharpNull(villages, { outcome: "budget" });
 * assertEquals(test.get("assignments", 0), 21);
 * assertAlmostEquals(test.get("p_value", 0), 8 / 21);
 * ```
 */
export function checkSharpNull(table: Table, options: CheckSharpNullOptions): Table {
  const { settings, tests } = testEach("check the sharp null", table, options);
  const rows = tests.map((one) => {
    const { mean, sd, low, high } = describeNull(one.draws);
    return diagnosisRow({
      ...one.named,
      effect: settings.effect,
      statistic: one.observed,
      ...{ null_mean: mean, null_sd: sd, null_low: low, null_high: high },
      p_value: one.pValue,
      p_adjusted: one.adjusted,
      assignments: one.draws.length,
      exact: one.exact,
      n: one.n,
      basis: settings.basis,
      verdict: one.adjusted <= settings.alpha
        ? "found"
        : one.reason.length > 0 || Number.isNaN(one.adjusted)
        ? "cannot tell"
        : "not found",
      notes: one.notes,
      reason: one.reason,
    });
  });
  return tableOfRows(rows, columnNames);
}

export type OutcomeTest = ReturnType<typeof testContrast>[number];

/** Tests every outcome of every arm against the reference. */
export function testEach(action: string, table: Table, options: CheckSharpNullOptions): {
  readonly settings: Settings;
  readonly tests: OutcomeTest[];
} {
  const settings = readOptions(action, options, rules, table);
  const outcomes = [settings.outcome].flat();
  const contrasts = readContrasts(action, table, outcomes, settings);
  return { settings, tests: contrasts.flatMap((contrast) => testContrast(contrast, outcomes, settings)) };
}

function testContrast(contrast: Contrast, outcomes: readonly string[], settings: Settings) {
  const { statistic, effect } = settings;
  const members = outcomes.map((_, outcome) => memberValues(contrast, outcome, effect));
  const found = drawNull(contrast, members.map((values) => prepareStatistic(statistic, values)), settings);
  const pValues = found.observed.map((observed, outcome) =>
    randomizationPValue(observed, found.values[outcome]!, settings, found.exact)
  );
  const adjusted = outcomes.length === 1 ? pValues : stepDown(found, settings, statistic === "studentized");
  return outcomes.map((outcome, place) => ({
    named: {
      outcome,
      arm: contrast.arms[0],
      reference: contrast.arms[1],
      test: typeof statistic === "function" ? statistic.name || "own statistic" : statistic,
      alternative: nameExtremes(settings),
    },
    observed: found.observed[place]!,
    draws: found.values[place]!,
    exact: found.exact,
    pValue: pValues[place]!,
    adjusted: Number.isNaN(pValues[place]) ? NaN : adjusted[place]!,
    n: members[place]!.size.reduce((sum, size) => sum + size, 0),
    notes: [
      ...contrast.notes[place]!,
      ...noteStatistic(contrast, members[place]!, found.values[place]!, statistic),
    ],
    reason: [
      ...whyNone(contrast, found.observed[place]!, found.values[place]!, statistic),
      ...whyPowerless(found.values[place]!, settings, found.exact),
    ],
  }));
}

function noteStatistic(
  { clustered }: Contrast,
  { size }: MemberValues,
  draws: Float64Array,
  statistic: Settings["statistic"],
): string[] {
  const lost = draws.reduce((count, draw) => count + (Number.isNaN(draw) ? 1 : 0), 0);
  return [
    clustered && statistic !== "difference_in_means"
      ? `computed from the means of ${size.length} clusters`
      : "",
    lost > 0 && lost < draws.length ? `assignments without a statistic, left out: ${lost}` : "",
  ];
}

/** Why a contrast has no statistic; empty where it has one. */
export function whyNone(
  contrast: Contrast,
  observed: number,
  draws: Float64Array,
  statistic: Settings["statistic"],
): string[] {
  if (contrast.members.length === 0) {
    const { arms: [arm, reference], without } = contrast;
    if (without.length > 0) return [`no unit of '${without[0]}' has a value`];
    return [`no block holds values of both '${reference}' and '${arm}'`];
  }
  const few = "an arm has too few units in a block for a standard error";
  if (Number.isNaN(observed)) return [statistic === "studentized" ? few : "the statistic cannot be computed"];
  return draws.every(Number.isNaN) ? ["no assignment gives a statistic"] : [];
}

/** Why nothing could have been found: not even the most extreme assignment has a p-value of the level. */
function whyPowerless(draws: Float64Array, settings: Settings, exact: boolean): string[] {
  const known = draws.filter((draw) => !Number.isNaN(draw)).sort();
  if (known.length === 0) return [];
  const ends = [known[0]!, known.at(-1)!];
  const least = Math.min(...ends.map((draw) => randomizationPValue(draw, draws, settings, exact)));
  if (least <= settings.alpha) return [];
  return known[0] === known.at(-1)
    ? ["no assignment changes the statistic"]
    : [`of ${draws.length} assignments the smallest p-value is ${least.toPrecision(2)}`];
}
