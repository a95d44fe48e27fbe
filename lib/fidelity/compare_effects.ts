import {
  type DrawOptions,
  drawRules,
  type IntervalOptions,
  intervalRules,
  oneOf,
  readOptions,
  type RulesFor,
  whole,
} from "../core/options.ts";
import { estimateRow } from "../core/rows.ts";
import { stream } from "../core/stream.ts";
import { type Table, tableOfRows } from "../core/table.ts";
import { bootstrapInterval } from "../stats/bootstrap.ts";
import { normalCdf, studentTQuantile } from "../stats/distributions.ts";
import { inferEstimate } from "../stats/inference.ts";
import { sampleQuantile } from "../stats/quantiles.ts";
import { resampleUnits } from "../stats/resampling.ts";
import {
  adjustedCorrelation,
  adjustedSlope,
  type Contrasts,
  correlationInterval,
  joinContrasts,
} from "./meta_regression.ts";
import { type PairedEffectsOptions, pairedEffectsRules, pairEffects } from "./pair_effects.ts";

/** Options of {@linkcode compareEffects}. */
export interface CompareEffectsOptions extends PairedEffectsOptions, IntervalOptions, DrawOptions {
  /**
   * Intervals of `r_adj` by `profile` likelihood and of `slope` by Knapp and Hartung, as if true effects of one study were
   * no more alike than others; or of all measures by a `bootstrap` of at least 10 studies, which does not assume that.
   * @default {"profile"} or `"bootstrap"` with runs
   */
  interval?: "profile" | "bootstrap";
  /**
   * How many resamples of studies.
   * @default {2000}
   */
  resamples?: number;
  /**
   * Takes one group (one outcome and reference) of each study at random, this many times, and of each measure the
   * median; so does each resample, once.
   * @default {undefined} all contrasts
   */
  runs?: number;
}

const rules = {
  ...pairedEffectsRules,
  ...intervalRules,
  ...drawRules,
  interval: oneOf(["profile", "bootstrap"], "profile"),
  resamples: whole(2000, 100, 1_000_000),
  runs: whole(undefined, 1, 100_000),
} as const satisfies RulesFor<CompareEffectsOptions>;

const action = "compare effects";
/** Fewer studies than these have no bootstrap interval. */
const fewestStudies = 10;
/** Measures that are tested against 0, then those that are not. */
const related = ["r_adj", "slope", "r", "r_moment", "simple_slope", "shrinkage"];
const measures = [...related, "rmse", "rmse_adj", "sign_agreement"];
const shown = [
  ...["measure", "estimator", "estimate", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high"],
  ...["conf_level", "interval", "n", "studies", "notes", "reason"],
];

/**
 * Compares synthetic effects with human effects of the same contrasts, over one study or many.
 *
 * `r_adj` is the correlation of predictions with human effects freed of their sampling error, in a bivariate
 * random-effects meta-analysis by REML that knows the human covariance and takes predictions as exact. `slope`, by the
 * same model, is what a predicted unit is worth in human effects: below 1 predictions overshoot. `shrinkage` is the
 * factor that brings predictions nearest to human effects; `rmse_adj` is the error without what human sampling adds;
 * `sign_agreement` the share of equal signs (half where an effect is 0). `r`, `simple_slope` and `rmse` are as they
 * come; `r_moment`, r over the root of the human effects' reliability, is not `r_adj`. Correlations and slopes depend on
 * which arm is the reference; the other measures do not. A high `r_adj` over many studies is no promise for yours: Hewitt
 * et al. found .58 for small effects and .56 for existing attitudes, and predictions about 1/.56 too large.
 *
 * @param human one row per contrast: `estimate`, `std_error` and columns that name it, as `estimateEffects` and
 * `estimateContrasts` return them
 * @param synthetic one row per contrast: `estimate` in the same units, and the same names
 * @param options see {@linkcode CompareEffectsOptions}
 * @returns one row per measure (`measure`): `estimator`, `estimate`, `std_error`, `statistic`, `df`, `p_value` (of 0),
 * `conf_low`, `conf_high`, `conf_level`, `interval` (its method), `n` (contrasts), `studies`, `notes` (what was left out,
 * what was assumed), `reason` (why a value is `NaN`)
 * @throws {RangeError} if no contrast is in both tables or one is there twice, or a standard error or covariance is none
 * @see Hewitt, Ashokkumar, Ghezae and Willer 2026, Nature 656:115-122, Methods
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { compareEffects } from "@understudy/understudy/fidelity";
 *
 * const arm = ["a", "b", "c", "d"];
 * const human = tableOf({ arm, estimate: [0.1, 0.2, 0.3, 0.5], std_error: [0.05, 0.05, 0.05, 0.05] });
 * const measures = compareEffects(human, tableOf({ arm, estimate: [0.2, 0.4, 0.6, 1] }));
 * assertAlmostEquals(measures.get("estimate", 1), 0.5); // slope: a predicted unit is worth half of one
 * ```
 */
export function compareEffects(human: Table, synthetic: Table, options: CompareEffectsOptions = {}): Table {
  const asked = readOptions(action, options, rules);
  const { alpha, runs } = asked;
  const { studies, notes } = pairEffects(action, human, synthetic, asked);
  const random = stream(asked.seed, action);
  const take = (from: readonly (readonly Contrasts[])[]) =>
    joinContrasts(
      runs === undefined ? from.flat() : from.map((groups) => groups[random.integer(groups.length)]!),
    );
  const samples = Array.from({ length: runs ?? 1 }, () => take(studies));
  const [sample] = samples as [Contrasts];
  const estimates = samples.map(measureAll);
  const profiled = asked.interval === "profile" && runs === undefined;
  const draws: number[][] = [];
  if (!profiled && studies.length >= fewestStudies) {
    const draw = (units: Int32Array) =>
      draws.push(measureAll(take(Array.from(units, (unit) => studies[unit]!))));
    resampleUnits(studies.length, draw, { random, replicates: asked.resamples });
  }
  // Percentiles of resamples of few studies lie too near: Hesterberg 2015, The American Statistician 69, 371-386.
  const few = Math.sqrt(studies.length / (studies.length - 1));
  const expanded = 2 * normalCdf(few * studentTQuantile(alpha / 2, studies.length - 1));
  const intervalOf = (measure: string, at: number, estimate: number) => {
    if (Number.isNaN(estimate)) return { reason: [absent(measure, sample)] };
    if (!profiled) return bootstrapped(measure, estimate, draws.map((draw) => draw[at]!), expanded);
    if (measure === "r_adj") return { interval: "profile likelihood", ...correlationInterval(sample, alpha) };
    if (measure === "slope") {
      return { interval: "Knapp and Hartung", ...inferEstimate(adjustedSlope(sample), alpha) };
    }
    return { reason: ['{ interval: "bootstrap" } gives its interval'] };
  };
  const rows = measures.map((measure, at) => {
    const computed = estimates.map((values) => values[at]!).filter((value) => !Number.isNaN(value));
    const estimate = sampleQuantile(computed.sort((a, b) => a - b), 0.5);
    const bound = "r_adj is at its bound: around the line human effects vary no more than by sampling";
    return estimateRow({
      estimator: ["r_adj", "slope"].includes(measure) ? "REML" : "moments",
      interval: "",
      ...intervalOf(measure, at, estimate),
      measure,
      estimate,
      conf_level: 1 - alpha,
      n: sample.sums[0]!,
      studies: studies.length,
      notes: [...notes, measure === "r_adj" && Math.abs(estimate) === 1 ? bound : ""],
    });
  });
  return tableOfRows(rows, shown);
}

/** All measures, in their order. */
function measureAll(contrasts: Contrasts): number[] {
  const [n, s, h, ss, sh, hh, squares, variance, agreements] = contrasts.sums as unknown as number[];
  const [spread, common, varied] = [ss! - s! ** 2 / n!, sh! - s! * h! / n!, hh! - h! ** 2 / n!];
  const vary = obstacleOf(contrasts) === "";
  const r = vary ? common / Math.sqrt(spread * varied) : NaN;
  const reliability = 1 - variance! / n! / (varied / (n! - 1));
  return [
    vary ? adjustedCorrelation(contrasts).r : NaN,
    vary ? adjustedSlope(contrasts).estimate : NaN,
    r,
    reliability > 0 ? r / Math.sqrt(reliability) : NaN,
    vary ? common / spread : NaN,
    ss! > 0 ? sh! / ss! : NaN,
    Math.sqrt(squares! / n!),
    squares! >= variance! ? Math.sqrt((squares! - variance!) / n!) : NaN,
    agreements! / n!,
  ];
}

/** Why there is no correlation and no slope; empty where there is one. */
function obstacleOf({ sums: [n, s, h, ss, , hh] }: Contrasts): string {
  if (n! < 3) return `fewer than 3 contrasts: ${n}`;
  if (!(ss! - s! ** 2 / n! > 1e-12 * ss!)) return "the synthetic effects do not vary";
  return hh! - h! ** 2 / n! > 1e-12 * hh! ? "" : "the human effects do not vary";
}

/** Why a measure cannot be computed. */
function absent(measure: string, contrasts: Contrasts): string {
  if (measure === "shrinkage") return "the synthetic effects are all 0";
  if (measure === "rmse_adj") return "the errors are smaller than the human standard errors";
  return obstacleOf(contrasts) || "the human effects vary less than by their standard errors alone";
}

function bootstrapped(measure: string, estimate: number, draws: readonly number[], alpha: number) {
  if (draws.length === 0) return { reason: [`an interval needs at least ${fewestStudies} studies`] };
  const { low, high, pValue, stdError } = bootstrapInterval(draws, { estimate, alpha, method: "percentile" });
  const tested = related.includes(measure) ? { p_value: pValue } : {};
  return {
    interval: "study bootstrap",
    std_error: stdError,
    ...tested,
    conf_low: low,
    conf_high: high,
    reason: [],
  };
}
