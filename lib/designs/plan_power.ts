import { distinct, type Table, tableOfRows } from "../core/table.ts";
import { findRoot } from "../stats/find_root.ts";
import { designEffect, type PersonaCounts, powerFormulas, type PowerFound } from "./power_formulas.ts";
import { type PowerScenario, readScenarios, type Scenario } from "./power_scenario.ts";

/**
 * Plans the power of a study: the probability that it finds an effect of a given size.
 *
 * For a difference in means (Welch or pooled, arms of any share), the same personas in both arms, shares, several
 * arms, and equivalence within a bound; with clusters, blocks or covariates, and replicates per persona. Both tails
 * count: a significant result of the wrong sign is part of the power. Formulas are exact for normal outcomes and equal
 * variances; for Welch, clusters and shares they are close, from about 10 units per arm. The power of a synthetic
 * experiment says how surely it finds what the model does, not what people do.
 *
 * @param scenarios what is assumed: `n` and `effect` (and `bound` for equivalence) at least; an object, whose lists are
 * crossed, or a table with a scenario per row; see {@linkcode PowerScenario} for names, units and defaults
 * @returns one row per scenario: what was given, then `n_treatment`, `n_reference`, `clusters`, `calls` (to the
 * respondent), `design_effect` (variance relative to as many unrelated personas with one reply), `std_error` (of the
 * effect, in units of the outcome), `df`, `power`, `reason`
 * @throws {TypeError} if a name is unknown or a value is not a number
 * @throws {RangeError} if a value is out of range, missing, or of no use for the test
 * @see Cohen 1988, Statistical Power Analysis for the Behavioral Sciences, 2nd edition
 * @example Power for three numbers of personas
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { planPower } from "@understudy/understudy";
 *
 * const plan = planPower({ effect: 0.5, sd: 1, n: [100, 200, 400] });
 * assertAlmostEquals(plan.get("power", 0) as number, 0.6968934, 1e-7);
 * ```
 */
export function planPower(scenarios: PowerScenario | Table): Table {
  return plansTable(
    readScenarios("plan power", scenarios, "power").map((scenario) => {
      const sizes = splitSizes(scenario, scenario.numbers.n);
      return describePlan(scenario, sizes, powerAt(scenario, sizes));
    }),
  );
}

/** Where even this many personas are too few, none are enough. */
const mostPersonas = 1e9;

/**
 * Plans how many personas a study needs to find an effect of a given size with a given power.
 *
 * Rounds up to whole personas (or clusters) in each arm, so that `power` is at least what was wanted; `n_exact` is the
 * solution before rounding. Where no number of personas suffices (a share of the variance lies between too few
 * clusters, the true difference is outside the bound), `n` is `NaN` with a reason.
 *
 * @param scenarios what is assumed: `effect` (or `bound`) at least; see {@linkcode PowerScenario} for names and defaults
 * @returns one row per scenario: what was given, then `power_wanted`, `n_exact` and the columns of `planPower`
 * @throws {TypeError} if a name is unknown or a value is not a number
 * @throws {RangeError} if a value is out of range, missing, or of no use for the test
 * @see Cohen 1988, Statistical Power Analysis for the Behavioral Sciences, 2nd edition
 * @example Three replies per persona save personas where replies vary
 * ```ts
 * import { assert, assertEquals } from "@std/assert";
 * import { columnOf, planSampleSize } from "@understudy/understudy";
 *
 * const plan = planSampleSize({ effect: 0.3, sd: 1, reply_icc: 0.4, replicates: [1, 3] });
 * const [once, thrice] = columnOf<number>(plan, "n");
 * assertEquals(once, 352);
 * assert(thrice! < 0.7 * once!);
 * ```
 */
export function planSampleSize(scenarios: PowerScenario | Table): Table {
  const rows = readScenarios("plan a sample size", scenarios, "n").map(planSize);
  return plansTable(rows, ["power_wanted", "n_exact"]);
}

function planSize(scenario: Scenario): { [name: string]: unknown } {
  const wanted = scenario.numbers.power;
  // Where nothing can be tested there is no power.
  const excess = (logTotal: number): number => {
    const { power } = powerAt(scenario, splitSizes(scenario, Math.exp(logTotal)));
    return (Number.isNaN(power) ? 0 : power) - wanted;
  };
  const exact = Math.exp(findRoot(excess, Math.log(8), Math.log(500), [Math.log(2), Math.log(mostPersonas)]));
  if (Number.isNaN(exact) || exact <= 2 * (1 + 1e-9)) return unsolvedSize(scenario, exact, excess);
  const sizes = roundUp(scenario, exact);
  return describePlan(scenario, sizes, powerAt(scenario, sizes), { power_wanted: wanted, n_exact: exact });
}

/** Either two personas are enough by the formula, or no number is. */
function unsolvedSize(scenario: Scenario, exact: number, excess: (logTotal: number) => number) {
  const nothing: PersonaCounts = { total: NaN, treatment: NaN, reference: NaN };
  const reason = excess(Math.log(mostPersonas)) < 0
    ? `not even ${mostPersonas} personas reach the power wanted`
    : "fewer personas than can be tested would reach the power wanted";
  const found = { power: NaN, stdError: NaN, df: NaN };
  const n_exact = exact > 2 * (1 + 1e-9) ? exact : NaN;
  return describePlan(scenario, nothing, found, { power_wanted: scenario.numbers.power, n_exact, reason });
}

/** Whole clusters (personas are clusters of one) in each arm. */
function roundUp(scenario: Scenario, exact: number): PersonaCounts {
  const { cluster_size, share, arms } = scenario.numbers;
  // A solution next to a whole number is that number.
  const up = (personas: number): number => Math.ceil((personas / cluster_size) * (1 - 1e-12)) * cluster_size;
  if (twoArms.includes(scenario.test)) {
    const [treatment, reference] = [up(exact * share), up(exact * (1 - share))];
    return { total: treatment + reference, treatment, reference };
  }
  const groups = scenario.test === "anova" ? arms : 1;
  return { ...splitSizes(scenario, 0), total: up(exact / groups) * groups };
}

/**
 * Plans the smallest effect that a study of a given size finds with a given power.
 *
 * For the equivalence tests it is the smallest bound within which the effect can be shown to lie. Effects are positive;
 * a negative one of the same size is found as often, except for shares, which are bounded.
 *
 * @param scenarios what is assumed: `n` at least; see {@linkcode PowerScenario} for names and defaults
 * @returns one row per scenario: what was given, then `power_wanted`, `effect` (or `bound`: the answer),
 * `effect_sd` (in standard deviations of one reply in the reference arm) and the columns of `planPower`
 * @throws {TypeError} if a name is unknown or a value is not a number
 * @throws {RangeError} if a value is out of range, missing, or of no use for the test
 * @see Bloom 1995, Evaluation Review 19: 547-556
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { planMinimumEffect } from "@understudy/understudy/designs";
 *
 * const plan = planMinimumEffect({ n: 200, sd: 1 });
 * assertAlmostEquals(plan.get("effect", 0) as number, 0.39814, 1e-5);
 * ```
 */
export function planMinimumEffect(scenarios: PowerScenario | Table): Table {
  const rows = readScenarios("plan a minimum effect", scenarios, "effect").map(planEffect);
  return plansTable(rows, ["power_wanted", "effect_sd"]);
}

function planEffect(scenario: Scenario): { [name: string]: unknown } {
  const { numbers, test } = scenario;
  const equivalence = test.endsWith("equivalence");
  const solved = equivalence ? "bound" : "effect";
  const sizes = splitSizes(scenario, numbers.n);
  const withSize = (size: number): Scenario => ({ ...scenario, numbers: { ...numbers, [solved]: size } });
  const [lowest, highest] = limitsOf(scenario);
  const excess = (candidate: number) => powerAt(withSize(candidate), sizes).power - numbers.power;
  const size = findRoot(excess, lowest, Math.min(numbers.sd / 2, highest), [lowest, highest]);
  const found = powerAt(withSize(Number.isNaN(size) ? lowest : size), sizes);
  const effect_sd = test === "proportions" ? NaN : size / numbers.sd;
  const more = { power_wanted: numbers.power, [solved]: size, effect_sd };
  if (!Number.isNaN(size)) return describePlan(withSize(size), sizes, found, more);
  const reason = Number.isNaN(found.power)
    ? "too few to test anything"
    : "no effect within its limits suffices";
  return describePlan(withSize(size), sizes, { ...found, power: NaN }, { ...more, reason });
}

function limitsOf({ test, numbers }: Scenario): readonly [number, number] {
  if (test === "proportions") return [0, 1 - numbers.reference_share];
  if (test.endsWith("equivalence")) return [Math.abs(numbers.effect), Infinity];
  return [0, Infinity];
}

function powerAt(scenario: Scenario, sizes: PersonaCounts): PowerFound {
  return powerFormulas[scenario.test](scenario, sizes);
}

/** Splits a number of personas between the arms, without rounding. */
function splitSizes({ numbers }: Scenario, total: number): PersonaCounts {
  return { total, treatment: total * numbers.share, reference: total * (1 - numbers.share) };
}

const computed = [
  ...["n_treatment", "n_reference", "clusters", "calls", "design_effect"],
  ...["std_error", "df", "power", "reason"],
];

const twoArms = ["difference_in_means", "proportions", "equivalence"];

function describePlan(
  scenario: Scenario,
  sizes: PersonaCounts,
  found: PowerFound,
  more: { readonly [name: string]: unknown } = {},
): { [name: string]: unknown } {
  const { test, given, numbers } = scenario;
  const split = twoArms.includes(test);
  return {
    ...given,
    test,
    alpha: numbers.alpha,
    effect: numbers.effect,
    n: sizes.total,
    n_treatment: split ? sizes.treatment : NaN,
    n_reference: split ? sizes.reference : NaN,
    clusters: given.cluster_size === undefined ? NaN : sizes.total / numbers.cluster_size,
    calls: sizes.total * numbers.replicates * (test.startsWith("paired") ? 2 : 1),
    design_effect: designEffect(scenario),
    std_error: found.stdError,
    df: found.df,
    power: found.power,
    reason: Number.isNaN(found.power)
      ? `too few to test anything: ${Number(found.df.toPrecision(3))} degrees of freedom`
      : "",
    ...more,
  };
}

/** Rows as a table: what was given first, then what was computed. */
function plansTable(rows: readonly { readonly [name: string]: unknown }[], more: readonly string[] = []) {
  const first = ["label", "test", "n", "effect", "alpha"];
  const all = distinct(rows.flatMap((row) => Object.keys(row)));
  const names = [
    ...first.filter((name) => all.includes(name)),
    ...all.filter((name) => ![...first, ...computed, ...more].includes(name)),
    ...more,
    ...computed,
  ];
  return tableOfRows(rows, names);
}
