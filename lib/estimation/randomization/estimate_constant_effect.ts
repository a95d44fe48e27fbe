import { checkOneOf, checkText } from "../../core/checks.ts";
import { type Table, tableOfRows } from "../../core/table.ts";
import { checkAdjusted } from "./check_test_options.ts";
import { invertTest } from "./invert_test.ts";
import { type EstimateConstantEffectOptions, randomizationOptionNames } from "./randomization_options.ts";
import { nameExtremes, randomizationPValue } from "./randomization_p_value.ts";
import { memberValues, withAssignment } from "./member_values.ts";
import { prepareStatistic } from "./randomization_statistics.ts";
import {
  checkRandomizationOptions,
  type RandomizationProblem,
  readProblems,
  runProblem,
} from "./randomization_problems.ts";

const action = "estimate a constant effect";

const columnNames = [
  "outcome",
  "term",
  "reference",
  "estimator",
  "alternative",
  "estimate",
  "p_value",
  "conf_low",
  "conf_high",
  "conf_level",
  "assignments",
  "exact",
  "n",
  "basis",
  "reason",
];

/**
 * Estimates an effect that is the same for everybody, with an interval from randomisation alone.
 *
 * The interval holds every effect that `checkSharpNull` does not reject; its coverage needs no large sample and no
 * distribution, but an effect that is the same for all (add `estimateEffects` for the average effect). It is exact for
 * the assignments gone through: its ends are found, not searched on a grid. With very few assignments no effect can be
 * rejected at the level, and the interval is without bounds.
 *
 * @param table one row per answer (with `item` and `value`) or per unit; needs the arm and the outcome
 * @param options see {@linkcode EstimateConstantEffectOptions} (defaults there)
 * @returns one row per arm other than the reference: `outcome`, `term`, `reference`, `estimator`, `alternative` (the
 * definition of two-sided), `estimate` (arm less reference, in units of the outcome), `p_value` (of no effect on
 * anybody), `conf_low`, `conf_high`, `conf_level`, `assignments` (gone through), `exact`, `n` (units), `basis`,
 * `reason`
 * @throws {RangeError} if a column, arm or item is missing, or clusters or the rule are not those of the assignment
 * @throws {TypeError} if an option is unknown or the outcome is not numeric
 * @see Rosenbaum 2002, Observational Studies, 2.6.2; Gerber and Green 2012, Field Experiments, 3.5
 * @example
 * ```ts
 * import { assert, assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { estimateConstantEffect } from "@understudy/understudy/estimation";
 *
 * const units = tableOf({
 *   arm: ["control", "control", "control", "control", "treated", "treated", "treated", "treated"],
 *   y: [1, 2, 3, 4, 5, 6, 7, 8],
 * });
 * const effect = estimateConstantEffect(units, { outcome: "y" });
 * assertEquals([effect.get("estimate", 0), effect.get("assignments", 0)], [4, 70]);
 * assert(effect.get("conf_low", 0) > 0 && effect.get("conf_high", 0) < 8);
 * ```
 */
export function estimateConstantEffect(table: Table, options: EstimateConstantEffectOptions): Table {
  const { alpha, basis, twoSided, statistic } = checkSettings(options);
  const rows = readProblems(action, table, [options.outcome], options).map((problem) => ({
    ...estimateOne(problem, { alpha, twoSided, statistic }),
    outcome: options.category === undefined ? options.outcome : `${options.outcome} = ${options.category}`,
    term: problem.term,
    reference: problem.reference,
    estimator: statistic,
    alternative: nameExtremes({ alternative: "two_sided", twoSided }),
    conf_level: 1 - alpha,
    basis,
  }));
  return tableOfRows(rows, columnNames);
}

type Settings = ReturnType<typeof checkSettings>;

function checkSettings(
  options: EstimateConstantEffectOptions,
): ReturnType<typeof checkRandomizationOptions> & {
  twoSided: "absolute" | "doubling";
  statistic: "difference_in_means" | "adjusted";
} {
  const known = ["outcome", "statistic", "twoSided", ...randomizationOptionNames];
  const shared = checkRandomizationOptions(action, options, known);
  const { twoSided = "absolute", statistic = "difference_in_means" } = options;
  checkText(action, "outcome", options.outcome);
  checkOneOf(action, "statistic", statistic, ["difference_in_means", "adjusted"]);
  checkOneOf(action, "twoSided", twoSided, ["absolute", "doubling"]);
  checkAdjusted(action, statistic, options.covariates);
  return { ...shared, twoSided, statistic };
}

interface ConstantEffect {
  readonly estimate: number;
  readonly p_value: number;
  readonly conf_low: number;
  readonly conf_high: number;
  readonly assignments: number;
  readonly exact: boolean;
  readonly n: number;
  readonly reason: string;
}

function estimateOne(
  problem: RandomizationProblem,
  { alpha, twoSided, statistic }: Pick<Settings, "alpha" | "twoSided" | "statistic">,
): ConstantEffect {
  const { contrast, term, reference } = problem;
  const values = memberValues(contrast, 0, 0);
  const n = values.size.reduce((sum, size) => sum + size, 0);
  const none = {
    estimate: NaN,
    p_value: NaN,
    conf_low: NaN,
    conf_high: NaN,
    assignments: 0,
    exact: false,
    n,
  };
  if (contrast.members.length === 0) {
    const why = `no block holds values of both '${reference}' and '${term}'`;
    return { ...none, reason: [...contrast.notes, why].join("; ") };
  }
  const prepared = [values, withAssignment(contrast, values)].map((one) => prepareStatistic(statistic, one));
  const { observed, values: draws, exact, notes } = runProblem(problem, prepared);
  const [estimate, outcome, assignment] = [observed[0]!, draws[0]!, draws[1]!];
  if (Number.isNaN(estimate) || outcome.length === 0) {
    const why = Number.isNaN(estimate) ? "the statistic cannot be computed" : "no assignment was accepted";
    return { ...none, estimate, reason: [...contrast.notes, ...notes, why].join("; ") };
  }
  const { low, high } = invertTest({ observed: estimate, outcome, assignment, exact }, alpha, twoSided);
  const few = [low, high].every(Number.isFinite)
    ? []
    : ["too few assignments to bound the interval at this level"];
  return {
    estimate,
    p_value: randomizationPValue(estimate, outcome, { alternative: "two_sided", twoSided }, exact),
    conf_low: low,
    conf_high: high,
    assignments: outcome.length,
    exact,
    n,
    reason: [...contrast.notes, ...notes, ...few].join("; "),
  };
}
