import { cannot } from "../core/errors.ts";
import { type IntervalOptions, intervalRules, oneOf, readOptions } from "../core/options.ts";
import { type ReadOptions, required, type Rule, rule, type RulesFor } from "../core/options.ts";
import { type Table, tableOfRows } from "../core/table.ts";
import { studentTQuantile } from "../stats/distributions.ts";
import { findRoot } from "../stats/find_root.ts";
import { summedDegrees } from "../stats/inference.ts";
import { noncentralTUpper } from "../stats/noncentral.ts";

/** Options of {@linkcode planMixedSubjects}: one of `stdError`, `halfWidth`, `effectiveN`, `budget`; or `effect` alone. */
export interface PlanMixedSubjectsOptions extends IntervalOptions {
  /** How the model's answers go with people's, within arms: above -1 and below 1; a list for several. */
  correlation: number | readonly number[];
  /** What a model's answer costs, in the currency of `costHuman`. */
  costPrediction: number;
  /**
   * What a person's answer costs.
   * @default {1} costs are counted in people
   */
  costHuman?: number;
  /** Least cost for this standard error. */
  stdError?: number | readonly number[];
  /** Least cost for an interval that reaches this far to either side. */
  halfWidth?: number | readonly number[];
  /** Least cost for the precision of this many people alone. */
  effectiveN?: number | readonly number[];
  /** Most precision for this cost; a list makes a curve. */
  budget?: number | readonly number[];
  /** An effect whose power is told; where it is the only target, least cost for `power`. */
  effect?: number;
  /**
   * The power that is wanted for `effect`.
   * @default {0.8}
   */
  power?: number | readonly number[];
  /**
   * The standard deviation of people's answers (within arms), in units of the outcome.
   * @default {1}
   */
  sd?: number;
  /**
   * A mean, or a difference of means between two arms.
   * @default {"difference"}
   */
  estimand?: "mean" | "difference";
  /**
   * The share of people, and of the model's answers, in the treatment arm; rounded to whole numbers.
   * @default {0.5}
   */
  treatmentProbability?: number;
}

const action = "plan mixed subjects";

type Several = number | readonly number[];

/** A number between limits; or, where `several`, a list of them. */
export function numbersWithin<Value extends Several, const Default extends Value | undefined>(
  [low, high]: readonly [number, number],
  fallback: Default,
  several = false,
): Rule<Value, Default> {
  return rule<Value, Default>((action, name, value) => {
    const list = several ? [value].flat() : [value];
    if (list.length > 0 && list.every((one) => typeof one === "number" && one > low && one < high)) return;
    throw new RangeError(cannot(action, name, `be a number above ${low} and below ${high}`, value));
  }, fallback);
}

const [positive, share] = [[0, Infinity], [0, 1]] as const;
const several = numbersWithin<Several, undefined>(positive, undefined, true);

export const mixedPlanRules = {
  ...intervalRules,
  correlation: required(numbersWithin<Several, undefined>([-1, 1], undefined, true).check),
  costPrediction: required(numbersWithin<number, undefined>(positive, undefined).check),
  costHuman: numbersWithin<number, 1>(positive, 1),
  ...{ stdError: several, halfWidth: several, effectiveN: several, budget: several },
  effect: numbersWithin<number, undefined>(positive, undefined),
  power: numbersWithin<Several, 0.8>(share, 0.8, true),
  sd: numbersWithin<number, 1>(positive, 1),
  estimand: oneOf(["mean", "difference"], "difference"),
  treatmentProbability: numbersWithin<number, 0.5>(share, 0.5),
} as const satisfies RulesFor<PlanMixedSubjectsOptions>;

type Asked = Omit<ReadOptions<PlanMixedSubjectsOptions, typeof mixedPlanRules>, "correlation"> & {
  readonly correlation: number;
};

/** The precision of `n` people who are predicted too and `pool` further subjects, with the best λ, taken for known. */
function mixedPrecision(asked: Asked, n: number, pool: number) {
  const { correlation, sd, alpha, effect = NaN, estimand, treatmentProbability: share } = asked;
  const whole = Number.isInteger(n) && Number.isInteger(pool) ? Math.round : Number;
  const [treated, further] = [whole(n * share), whole(pool * share)];
  const arms = estimand === "mean" ? [[n, pool]] : [[treated, further], [n - treated, pool - further]];
  const parts = (arms as [number, number][]).flatMap(([people, others]) => {
    // λ = ρ N/(n+N), in standard deviations: var(Y - λŶ)/n + λ² var(Ŷ)/N = σ²/n (1 - ρ² N/(n+N))
    const lambda = correlation * others / (people + others);
    const own = { variance: sd ** 2 * (1 - 2 * correlation * lambda + lambda ** 2) / people, df: people - 1 };
    return others === 0 ? [own] : [own, { variance: sd ** 2 * lambda ** 2 / others, df: others - 1 }];
  });
  const variances = parts.map((part) => part.variance);
  const variance = variances.reduce((sum, one) => sum + one, 0);
  const std_error = Math.sqrt(variance);
  const df = parts.some((part) => part.df < 1) ? NaN : summedDegrees(variances, parts.map((part) => part.df));
  const critical = () => df >= 1 ? studentTQuantile(1 - alpha / 2, df) : NaN;
  const beyond = (sign: number, t: number) => noncentralTUpper(t, df, sign * effect / std_error);
  const n_effective = sd ** 2 * (estimand === "mean" ? 1 : 1 / share + 1 / (1 - share)) / variance;
  // What takes long is computed where it is asked for.
  return {
    ...{ n_effective, std_error, df },
    get half_width() {
      return critical() * std_error;
    },
    get power() {
      return beyond(1, critical()) + beyond(-1, critical());
    },
  };
}

type Precision = ReturnType<typeof mixedPrecision>;

/** How far a precision exceeds what is wanted, growing with the number of people. */
const excess = {
  stdError: ({ std_error }: Precision, wanted: number) => wanted / std_error - 1,
  halfWidth: ({ half_width }: Precision, wanted: number) => wanted / half_width - 1,
  effectiveN: ({ n_effective }: Precision, wanted: number) => n_effective / wanted - 1,
  power: ({ power }: Precision, wanted: number) => power - wanted,
};

/**
 * Plans how many people to ask and for how many further subjects to ask the model alone, at least cost.
 *
 * For studies whose effects are calibrated (`calibrateEffects`, `calibrateMean`): everybody is predicted by the model, some are
 * asked as well. Whole numbers, such that the target is met or the budget kept; `n_human_exact` and `n_synthetic_exact`
 * are the solution before. Intervals and power are Student's, with Satterthwaite's degrees of freedom at the planned
 * numbers; that λ is estimated is not counted, which matters below about 20 people. `planHumanSample` takes the
 * correlation from a pilot.
 *
 * @param options correlation, costs and a target; see {@linkcode PlanMixedSubjectsOptions}
 * @returns two rows for each correlation and each value of the target, `design` "mixed subjects" and "people alone":
 * `correlation`, `threshold` (the model saves nothing unless |correlation| is above), `target`, `wanted`, `design`, `n_human`,
 * `n_synthetic` (beyond the people), `cost`, `n_effective` (people alone with this precision), `std_error`, `df`,
 * `half_width`, `power` (of `effect`), `n_human_exact`, `n_synthetic_exact`, `notes`, `reason`
 * @throws {RangeError} if a number is out of range, or there is not one target
 * @see Broska, Howes and van Loon 2025, Sociological Methods & Research 54: 1074-1109
 * @example The precision of 250 people, at a predicted answer for a twentieth of a person's
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { planMixedSubjects } from "@understudy/understudy/calibration";
 *
 * const plan = planMixedSubjects({ correlation: 0.75, costPrediction: 0.05, effectiveN: 250, estimand: "mean" });
 * assertEquals(plan.array("n_human"), [137, 250]);
 * assertEquals(plan.array("n_synthetic"), [561, 0]);
 * ```
 */
export function planMixedSubjects(options: PlanMixedSubjectsOptions): Table {
  const rows = planMixedRows(options);
  return tableOfRows(rows, Object.keys(rows[0]!));
}

export function planMixedRows(options: PlanMixedSubjectsOptions): ReturnType<typeof planTarget> {
  const asked = readOptions(action, options, mixedPlanRules);
  const given = (["stdError", "halfWidth", "effectiveN", "budget"] as const).filter((name) => asked[name]);
  if (given.length > 1 || (given.length === 0 && asked.effect === undefined)) {
    const rule = "be given, or one of stdError, halfWidth, effectiveN and budget";
    throw new RangeError(cannot(action, "effect", rule, given.length > 1 ? given : asked.effect));
  }
  const target = given[0] ?? "power";
  return [asked.correlation].flat().flatMap((correlation) =>
    [asked[target]!].flat().flatMap((wanted) => planTarget({ ...asked, correlation }, target, wanted))
  );
}

function planTarget(asked: Asked, target: keyof typeof excess | "budget", wanted: number) {
  const { correlation, costHuman, treatmentProbability: share } = asked;
  const smaller = asked.estimand === "mean" ? 1 : Math.min(share, 1 - share);
  const [ratio, square] = [asked.costPrediction / costHuman, correlation ** 2];
  // Where a prediction is as dear as a person nothing is saved: the published condition supposes that it is not.
  const threshold = ratio < 1 ? 2 * Math.sqrt(ratio) / (1 + ratio) : 1;
  const cost = (n: number, pool: number) => costHuman * (pool === 0 ? n : n * (1 + ratio) + pool * ratio);
  const over = (n: number, pool: number) => {
    const found = mixedPrecision(asked, n, pool);
    if (!(found.df >= 1)) return -1;
    return target === "budget" ? wanted / cost(n, pool) - 1 : excess[target](found, wanted);
  };
  // What is to be small is the cost, or with a budget the standard error.
  const buy = (n: number, mixed: boolean) => {
    const affordable = Math.floor((wanted / costHuman - n * (1 + ratio)) / ratio * (1 + 1e-12));
    const needed = () => target === "budget" ? affordable : fewest((count) => over(n, count) >= -1e-12);
    const pool = mixed ? Math.max(0, needed()) : 0;
    const loss = target === "budget" ? mixedPrecision(asked, n, pool).std_error : cost(n, pool);
    return { n, pool, loss: over(n, pool) >= -1e-12 ? loss : Infinity };
  };
  const plan = (people: number, further: number) => {
    // Powers of 10: sizes from one person to a million million.
    const at = (power: number) => over(10 ** power * people, 10 ** power * further);
    const size = target === "budget" ? wanted / cost(people, further) : 10 ** findRoot(at, 1, 3, [0, 12]);
    const [start, among] = [size * people, (n: number) => buy(n, further > 0)];
    // An arm with a small share grows by one only every so many people: first the numbers at which it does.
    const stepped = (arm: number) => among(Math.ceil((arm - 0.5) / smaller + 1e-9));
    const from = smaller > 0.25 ? Math.round(start) : nearest(Math.round(start * smaller), stepped).n;
    const bought = nearest(from, among);
    return { bought, n_human_exact: start, n_synthetic_exact: size * further };
  };
  const alone = plan(1, 0);
  const worth = Math.abs(correlation) > threshold;
  // As multiples of the effective sample size: Broska, Howes and van Loon 2025
  const people = 1 - square + Math.sqrt(ratio * square * (1 - square));
  const mixed = worth ? plan(people, people * (1 - people) / (people - (1 - square))) : alone;
  const best = mixed.bought.loss < alone.bought.loss ? mixed : alone;
  return [best, alone].map(({ bought, ...exact }, at) => {
    const [n, pool] = bought.loss < Infinity ? [bought.n, bought.pool] : [NaN, NaN];
    const precision = mixedPrecision(asked, n, pool);
    const notes = [
      worth ? "" : `people alone are best: |correlation| is not above ${threshold.toPrecision(3)}`,
      worth && best === alone && n < Infinity ? "people alone are best: so few are enough" : "",
      precision.df < 30 ? `few people: t with ${precision.df.toPrecision(3)} degrees of freedom` : "",
    ];
    return {
      ...{ correlation, threshold, target, wanted, design: at === 0 ? "mixed subjects" : "people alone" },
      ...{ n_human: n, n_synthetic: pool, cost: cost(n, pool), ...precision, ...exact },
      notes: notes.filter(Boolean).join("; "),
      reason: Number.isNaN(n) ? "no number of people reaches it" : "",
    };
  });
}

/** The smallest whole number that is enough; infinite where a billion are not. */
function fewest(enough: (count: number) => boolean): number {
  let [low, high] = [-1, 0];
  for (; !enough(high); [low, high] = [high, 2 * high + 1]) if (high > 1e9) return Infinity;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    [low, high] = enough(middle) ? [low, middle] : [middle, high];
  }
  return high;
}

/** Walks from a start up and down while that helps; rounding makes small steps back. */
function nearest<Bought extends { readonly loss: number }>(
  start: number,
  buy: (n: number) => Bought,
): Bought {
  let best = buy(start);
  for (const step of [1, -1]) {
    for (let n = start + step, idle = 0; n > 1 && idle < 8; n += step, idle++) {
      const other = buy(n);
      if (other.loss < best.loss) [best, idle] = [other, 0];
    }
  }
  return best;
}
