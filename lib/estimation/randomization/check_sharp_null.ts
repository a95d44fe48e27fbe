import { type Table, tableOfRows } from "../../core/table.ts";
import { checkTestOptions } from "./check_test_options.ts";
import { type MemberValues, memberValues } from "./member_values.ts";
import type { CheckSharpNullOptions } from "./randomization_options.ts";
import {
  drawQuantile,
  type Extremes,
  meanOf,
  nameExtremes,
  randomizationPValue,
  spreadOf,
  stepDown,
} from "./randomization_p_value.ts";
import {
  type RandomizationProblem,
  readOutcomes,
  readProblems,
  runProblem,
} from "./randomization_problems.ts";
import { prepareStatistic } from "./randomization_statistics.ts";

const action = "check the sharp null";

const columnNames = [
  "outcome",
  "term",
  "reference",
  "test",
  "alternative",
  "effect",
  "statistic",
  "null_mean",
  "null_sd",
  "null_low",
  "null_high",
  "p_value",
  "p_adjusted",
  "assignments",
  "exact",
  "n",
  "verdict",
  "basis",
  "reason",
];

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
 * across arms).
 *
 * @param table one row per answer (with `item` and `value`) or per unit; needs the arm and the outcomes
 * @param options see {@linkcode CheckSharpNullOptions} (defaults there)
 * @returns one row per arm other than the reference and outcome: `outcome`, `term`, `reference`, `test` (the
 * statistic), `alternative` (with its definition of two-sided), `effect` (tested), `statistic`, its `null_mean`,
 * `null_sd`, `null_low` and `null_high` (2.5% and 97.5% points) over the assignments, `p_value`, `p_adjusted`,
 * `assignments` (gone through), `exact`, `n` (units), `verdict` (`rejected` or `not rejected`, by `p_adjusted` and
 * `alpha`), `basis`, `reason`
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
  const { alpha, basis, extremes, test } = checkTestOptions(action, options);
  const outcomes = readOutcomes(action, options.outcome);
  const problems = readProblems(action, table, outcomes, options);
  const rows = problems.flatMap((problem) => {
    const results = testOutcomes(problem, outcomes, options, extremes);
    return results.map((result) => ({
      ...result,
      term: problem.term,
      reference: problem.reference,
      test,
      alternative: nameExtremes(extremes),
      effect: options.effect ?? 0,
      verdict: Number.isNaN(result.p_adjusted)
        ? "not computed"
        : result.p_adjusted <= alpha
        ? "rejected"
        : "not rejected",
      basis,
    }));
  });
  return tableOfRows(rows, columnNames);
}

interface OutcomeTest {
  readonly outcome: string;
  readonly statistic: number;
  readonly null_mean: number;
  readonly null_sd: number;
  readonly null_low: number;
  readonly null_high: number;
  readonly p_value: number;
  readonly p_adjusted: number;
  readonly assignments: number;
  readonly exact: boolean;
  readonly n: number;
  readonly reason: string;
}

function testOutcomes(
  problem: RandomizationProblem,
  outcomes: readonly string[],
  options: CheckSharpNullOptions,
  extremes: Extremes,
): OutcomeTest[] {
  const members = outcomes.map((_, outcome) => memberValues(problem.contrast, outcome, options.effect ?? 0));
  const prepared = members.map((values) =>
    prepareStatistic(options.statistic ?? "difference_in_means", values)
  );
  const empty = problem.contrast.members.length === 0;
  const { observed, values, exact, notes } = empty
    ? {
      observed: outcomes.map(() => NaN),
      values: outcomes.map(() => new Float64Array()),
      exact: false,
      notes: [],
    }
    : runProblem(problem, prepared);
  const pValues = observed.map((statistic, outcome) =>
    randomizationPValue(statistic, values[outcome]!, extremes, exact)
  );
  const scaled = outcomes.map((_, outcome) =>
    comparable(observed[outcome]!, values[outcome]!, options, extremes)
  );
  const adjusted = outcomes.length === 1
    ? pValues
    : stepDown(scaled.map(({ observed }) => observed), scaled.map(({ draws }) => draws), exact);
  return outcomes.map((outcome, place) => {
    const draws = values[place]!;
    return {
      outcome,
      statistic: observed[place]!,
      null_mean: meanOf(draws),
      null_sd: spreadOf(draws),
      null_low: drawQuantile(draws, 0.025),
      null_high: drawQuantile(draws, 0.975),
      p_value: pValues[place]!,
      p_adjusted: Number.isNaN(pValues[place]) ? NaN : adjusted[place]!,
      assignments: draws.length,
      exact,
      n: members[place]!.size.reduce((sum, size) => sum + size, 0),
      reason: [
        ...problem.contrast.notes,
        ...notes,
        ...outcomeNotes(problem, members[place]!, observed[place]!, options, draws),
      ]
        .join("; "),
    };
  });
}

/** Statistics of outcomes in the same units, larger being more extreme: in standard deviations of their null. */
function comparable(
  observed: number,
  draws: Float64Array,
  { statistic }: CheckSharpNullOptions,
  { alternative, twoSided }: Extremes,
): { observed: number; draws: Float64Array } {
  const centre = alternative === "two_sided" && twoSided === "standardized" ? meanOf(draws) : 0;
  const spread = statistic === "studentized" ? 1 : spreadOf(draws);
  const size = (value: number) => {
    const scaled = (value - centre) / spread;
    const extreme = alternative === "two_sided"
      ? Math.abs(scaled)
      : alternative === "less"
      ? -scaled
      : scaled;
    return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, extreme));
  };
  return spread > 0
    ? { observed: size(observed), draws: draws.map(size) }
    : { observed: NaN, draws: draws.map(() => 0) };
}

function outcomeNotes(
  { contrast, term, reference }: RandomizationProblem,
  { size }: MemberValues,
  observed: number,
  { statistic = "difference_in_means" }: CheckSharpNullOptions,
  draws: Float64Array,
): string[] {
  if (contrast.members.length === 0) return [`no block holds values of both '${reference}' and '${term}'`];
  const notes: string[] = [];
  if (contrast.clustered && statistic !== "difference_in_means") {
    notes.push(`computed from the means of ${size.length} clusters`);
  }
  if (Number.isNaN(observed)) {
    notes.push(
      statistic === "studentized"
        ? "an arm has too few units in a block for a standard error"
        : "the statistic cannot be computed",
    );
  }
  const lost = draws.reduce((count, draw) => count + (Number.isNaN(draw) ? 1 : 0), 0);
  if (lost > 0 && lost < draws.length) notes.push(`assignments without a statistic, left out: ${lost}`);
  return notes;
}
