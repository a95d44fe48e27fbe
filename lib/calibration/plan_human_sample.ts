import { cannot } from "../core/errors.ts";
import { readOptions, type RulesFor } from "../core/options.ts";
import { type Table, tableOfRows } from "../core/table.ts";
import { normalQuantile } from "../stats/distributions.ts";
import { sampleOf } from "./calibrate_mean.ts";
import { type PairingOptions, pairingRules, readPairs } from "./paired_answers.ts";
import { mixedPlanRules, planMixedRows, type PlanMixedSubjectsOptions } from "./plan_mixed_subjects.ts";
import { productsOf } from "./rectified_mean.ts";

/** Options of {@linkcode planHumanSample}. */
export interface PlanHumanSampleOptions
  extends
    Omit<PairingOptions, "weights" | "labelProbability">,
    Omit<PlanMixedSubjectsOptions, "correlation" | "sd"> {}

const action = "plan a human sample";
const { correlation: _correlation, sd: _sd, ...targetRules } = mixedPlanRules;
const { weights: _weights, labelProbability: _probability, ...pilotRules } = pairingRules;
const rules = { ...targetRules, ...pilotRules } as const satisfies RulesFor<PlanHumanSampleOptions>;

/**
 * Plans how many people to ask from a pilot: a few people's answers beside the model's for the same people.
 *
 * The correlation of both within arms decides whether the model is worth anything. A pilot tells it roughly, so there is a
 * plan at the estimate and one at each end of its interval (Fisher's z, which holds closely for answers that are not
 * skewed). The verdict is on the claim that the model saves: `found` if the whole interval is beyond the threshold,
 * `within margin` if none of it is, `not found` if the pilot is too small to tell. The pilot must be like the study: its
 * people, its questions, its model and its prompts.
 *
 * @param human people's answers: one row per answer or per person
 * @param synthetic the model's answers for them; or the column of `human` that says `human` or `synthetic`
 * @param options the outcome, costs and a target; see {@linkcode PlanHumanSampleOptions}
 * @returns for each value of the target three rows, `at` "estimate", "low" and "high": the columns of `planMixedSubjects` at
 * that correlation, after them `std_error_bought` (of the plan at the estimate, were the correlation this one), `sd` (of
 * people within arms), `n_pilot` and `verdict`
 * @throws {RangeError} if people and personas do not meet, or people do not differ
 * @see Fisher 1921, Metron 1: 3-32; Broska, Howes and van Loon 2025, Sociological Methods & Research 54: 1074-1109
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { planHumanSample } from "@understudy/understudy/calibration";
 * import { tableOf } from "@understudy/understudy/core";
 *
 * const persona_id = ["p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8"];
 * const human = tableOf({ persona_id, support: [1, 2, 3, 4, 4, 5, 6, 7] });
 * const synthetic = tableOf({ persona_id, support: [2, 2, 3, 4, 5, 5, 6, 6] });
 * const target = { stdError: 0.2, costPrediction: 0.02, estimand: "mean" } as const;
 * const plan = planHumanSample(human, synthetic, { outcome: "support", ...target });
 * assertEquals(plan.array("verdict"), ["found", "found", "found"]);
 * ```
 */
export function planHumanSample(
  human: Table,
  synthetic: Table | string,
  options: PlanHumanSampleOptions,
): Table {
  const asked = readOptions(action, options, rules);
  const none = { weights: undefined, labelProbability: undefined };
  const pairs = readPairs(action, human, synthetic, { ...asked, ...none, pool: false });
  // Sums around the means of arms.
  const arms = pairs.arms.map((_, arm) => sampleOf(pairs, arm)).filter(({ outcome }) => outcome.length > 0)
    .map(productsOf);
  const [squares, others, product] = (["outcome", "prediction", "cross"] as const)
    .map((name) => arms.reduce((sum, arm) => sum + arm[name], 0)) as [number, number, number];
  const [n, freedom] = [pairs.human.outcome.length, pairs.human.outcome.length - arms.length];
  const sd = Math.sqrt(squares / freedom);
  if (!(sd > 0)) throw new RangeError(cannot(action, "human", "hold answers that differ", sd));
  const correlation = product / Math.sqrt(squares * others);
  // Fisher's z of its size; each arm's mean takes a degree of freedom.
  const half = normalQuantile(1 - asked.alpha / 2) / Math.sqrt(freedom - 2);
  const [low, high] = [-half, half].map((away) => Math.tanh(Math.atanh(Math.abs(correlation)) + away));
  const known = freedom > 2 && low! < 1;
  const reason = freedom > 2 ? "the model's answers do not differ, or as people's do" : "fewer than 4 people";
  const { outcome: _1, category: _2, persona: _3, strata: _4, ...target } = options;
  const plan = (size: number) =>
    planMixedRows({ ...target, sd, correlation: known ? size : 0 }).filter((_, row) => row % 2 === 0);
  const bought = plan(Math.abs(correlation));
  const ends = { estimate: Math.abs(correlation), low: Math.max(0, low!), high: Math.min(high!, 0.999999) };
  const rows = Object.entries(ends).flatMap(([at, size]) =>
    plan(size).map(({ notes: own, reason: why, ...row }, place) => {
      const { n_human, n_synthetic, std_error, correlation: planned } = bought[place]!;
      const left = (size: number) => 1 - size ** 2 * n_synthetic / (n_human + n_synthetic);
      const told = low! > row.threshold ? "found" : high! <= row.threshold ? "within margin" : "not found";
      return {
        ...{ at, ...row, correlation: known ? Math.sign(correlation) * size : NaN },
        std_error_bought: std_error * Math.sqrt(left(row.correlation) / left(planned)),
        ...{ sd, n_pilot: n, verdict: known ? told : "cannot tell" },
        ...{ notes: [own, ...pairs.notes].filter(Boolean).join("; "), reason: known ? why : reason },
      };
    })
  );
  return tableOfRows(rows, Object.keys(rows[0]!));
}
