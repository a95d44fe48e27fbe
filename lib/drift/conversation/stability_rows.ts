import { normalCdf, studentTQuantile } from "../../stats/distributions.ts";
import { moments } from "../../stats/moments.ts";
import { sampleQuantile } from "../../stats/quantiles.ts";
import type { ConversationSettings } from "./conversation_options.ts";
import { type ConversationRow, joinReasons, unmeasured } from "./conversation_rows.ts";
import { averageCurve, averageFloor, cellsOfArm, type DecayCurves } from "./decay_curves.ts";
import { compareRates, type DecayRates } from "./decay_rates.ts";
import { answeredTurns, type DecayFit, type DecayPoints, turnsNeeded } from "./fit_decay.ts";
import { otherArms } from "./compare_columns.ts";

/** How a decay is fitted. */
export const decayModel = "least squares of floor + (start − floor)·exp(−rate·turn), bootstrap by persona";

/**
 * The decay rate and the half-life of each arm; `trends` say whether there is a decay at all, `levels` where the curve
 * ends.
 */
export function decayRows(
  curves: DecayCurves,
  { fits, draws }: DecayRates,
  { levels, trends }: { levels: readonly ConversationRow[]; trends: readonly ConversationRow[] },
  settings: ConversationSettings,
): ConversationRow[] {
  const { cells, turns } = curves;
  const fastest = 20 / (turns[1]! - turns[0]!);
  return cells.arms.flatMap((term, arm): ConversationRow[] => {
    const fit = fits[arm]!;
    const { rate } = fit;
    const { n } = trends[arm]!;
    const known = !Number.isNaN(rate);
    const alike = known && allAlike(curves, arm);
    const [conf_low, conf_high] = known && !alike ? percentiles(draws[arm]!, n, settings) : [NaN, NaN];
    const shared = { estimator: decayModel, n, ...(known ? judgementOf(trends[arm]!) : {}) };
    const reason = joinReasons(
      whyRate(averageCurve(curves, cellsOfArm(cells, arm)), fit, fastest),
      belowFloor(curves, levels, arm),
      known && Number.isNaN(trends[arm]!.p_value) ? trends[arm]!.reason : "",
      lostDraws(draws[arm]!),
      settings.bootstraps === 0 ? "no interval as 'bootstraps' is 0" : alike ? noSpread : "",
    );
    const std_error = known && !alike ? spreadOf(draws[arm]!) : NaN;
    // Half of the distance to the floor is gone when exp(−rate·turn) = 1/2; without decay, never.
    const half = {
      estimate: Math.LN2 / rate,
      conf_low: Math.LN2 / conf_high,
      conf_high: Math.LN2 / conf_low,
    };
    return [
      { ...emptyRow("decay rate", term), ...shared, estimate: rate, std_error, conf_low, conf_high, reason },
      { ...emptyRow("half-life", term), ...shared, ...half, reason },
    ];
  });
}

const noSpread = "no interval: all answer alike, so that drawing them anew says nothing of how sure this is";

/** Whether all units of an arm have the same score at each turn: then every bootstrap sample is the same. */
function allAlike({ cells, turns, scores }: DecayCurves, arm: number): boolean {
  const size = turns.length;
  const members = cellsOfArm(cells, arm);
  return turns.every((_, t) => {
    const own = finite(members.map((cell) => scores[cell * size + t]!));
    return own.every((score) => score === own[0]);
  });
}

function judgementOf({ p_value, p_adjusted, verdict }: ConversationRow): Partial<ConversationRow> {
  return { p_value, p_adjusted, verdict };
}

/** The difference of each arm's decay rate from the reference's. */
export function rateDifferenceRows(
  curves: DecayCurves,
  { fits, draws }: DecayRates,
  settings: ConversationSettings,
): ConversationRow[] {
  const { arms, reference } = curves.cells;
  if (reference < 0) return [];
  return otherArms(curves.cells).map((arm): ConversationRow => {
    const { p_value, design, n } = compareRates(curves, arm, settings);
    const known = !Number.isNaN(fits[arm]!.rate - fits[reference]!.rate);
    const estimate = Number.isNaN(p_value) ? NaN : fits[arm]!.rate - fits[reference]!.rate;
    const alike = allAlike(curves, arm) && allAlike(curves, reference);
    // A difference that cannot be tested has no interval either.
    const differences = draws[arm]!.map((rate, draw) =>
      Number.isNaN(estimate) || alike ? NaN : rate - draws[reference]![draw]!
    );
    const [conf_low, conf_high] = percentiles(
      differences,
      Math.min(...unitsOf(curves, [arm, reference])),
      settings,
    );
    return {
      ...emptyRow("decay rate", arms[arm]!),
      reference: arms[reference]!,
      estimator: `${decayModel}; p by permutation of arms`,
      design,
      estimate,
      std_error: spreadOf(differences),
      p_value,
      conf_low,
      conf_high,
      n,
      reason: joinReasons(
        !known
          ? "an arm has no rate"
          : Number.isNaN(p_value)
          ? `an arm has answers of fewer than two ${curves.cells.unitName}`
          : alike
          ? noSpread
          : "",
        lostDraws(differences),
      ),
    };
  });
}

/** How many units each arm has. */
function unitsOf({ cells }: DecayCurves, arms: readonly number[]): number[] {
  return arms.map((arm) => cells.arm.filter((of) => of === arm).length);
}

/** A row without numbers. */
export function emptyRow(outcome: string, term: string): ConversationRow {
  return {
    ...unmeasured,
    n: NaN,
    outcome,
    item: "",
    term,
    reference: "",
    turn: NaN,
    estimator: "",
    design: "",
    p_adjusted: NaN,
    verdict: "not checked",
    reason: "",
  };
}

/** Says where the curve of an arm ends below the level that it is said to decay to: that level is then not its own. */
export function belowFloor(
  { cells, floor }: DecayCurves,
  levels: readonly ConversationRow[],
  arm: number,
): string {
  if (floor.kind === "fitted") return "";
  const level = averageFloor(floor, cellsOfArm(cells, arm));
  const own = levels.filter((row) => row.term === cells.arms[arm] && !Number.isNaN(row.estimate));
  const last = own.at(-1);
  if (last === undefined || own.length < 2 || !(last.conf_high < level)) return "";
  return `the curve ends below the level that it is held against (${
    last.estimate.toFixed(2)
  } at turn ${last.turn}, ` +
    `no-persona level ${
      level.toFixed(2)
    }): what is forgotten goes elsewhere, and rate and half-life do not hold; ` +
    'try { floor: "fitted" }';
}

function whyRate(points: DecayPoints, { rate, floor }: DecayFit, fastest: number): string {
  const [answered, needed] = [answeredTurns(points), turnsNeeded(points)];
  if (answered < needed) {
    return `answers at fewer than ${
      needed === 2 ? "two turns" : "three turns, which a fitted floor needs"
    } ` +
      `(${answered}): nothing is known of a decay`;
  }
  if (Number.isNaN(rate)) {
    return "no decay can be fitted: answers do not lie above the no-persona level, so there is nothing to lose";
  }
  if (rate === 0) {
    return "no decay seen: the curve does not fall toward the no-persona level, so it never halves";
  }
  return rate > 0.95 * fastest
    ? `all that decays has decayed to ${floor.toFixed(2)} by the second turn: the rate is a lower bound`
    : "";
}

function lostDraws(draws: ArrayLike<number>): string {
  const lost = Array.from(draws).filter(Number.isNaN).length;
  return lost > 0 && lost < draws.length
    ? `${lost} of ${draws.length} bootstrap samples have no rate and are left out`
    : "";
}

/**
 * The expanded percentile interval: bootstrap samples of n units vary by (n − 1)/n too little, and by the normal rather
 * than by Student's distribution (Hesterberg 2015, The American Statistician 69(4):371-386, section 5.2).
 */
function percentiles(draws: ArrayLike<number>, n: number, { alpha }: ConversationSettings): [number, number] {
  const values = Float64Array.from(finite(draws)).sort();
  if (values.length === 0 || !(n >= 2)) return [NaN, NaN];
  const tail = normalCdf(-Math.sqrt(n / (n - 1)) * studentTQuantile(1 - alpha / 2, n - 1));
  // Type 6, (B + 1)p: a further draw falls below it with probability p.
  return [sampleQuantile(values, tail, 6), sampleQuantile(values, 1 - tail, 6)];
}

/** The standard deviation of bootstrap draws; `NaN` without draws. */
function spreadOf(draws: ArrayLike<number>): number {
  return Math.sqrt(moments(finite(draws)).variance);
}

/** The values that are numbers. */
export function finite(values: ArrayLike<number>): number[] {
  return Array.from(values).filter((value) => !Number.isNaN(value));
}
