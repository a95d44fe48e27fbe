import { moments } from "../stats/moments.ts";
import { normalQuantile, studentTQuantile } from "../stats/distributions.ts";

/** The estimates of one quantity in many simulations; `NaN` where there is no value. */
export interface Simulated {
  /** The true values. */
  readonly truth: readonly number[];
  /** The estimates. */
  readonly estimate: readonly number[];
  /** Their standard errors. */
  readonly std_error: readonly number[];
  /** Their p-values. */
  readonly p_value: readonly number[];
  /** Lower ends of their intervals. */
  readonly conf_low: readonly number[];
  /** Upper ends of their intervals. */
  readonly conf_high: readonly number[];
}

/** One property of an estimator, with its Monte-Carlo error. */
export interface Diagnosand {
  /** Its name. */
  readonly diagnosand: string;
  /** Its value. */
  readonly value: number;
  /** Its Monte-Carlo standard error. */
  readonly mc_error: number;
  /** Lower end of its Monte-Carlo interval. */
  readonly conf_low: number;
  /** Upper end of its Monte-Carlo interval. */
  readonly conf_high: number;
  /** What it should be; `NaN` where nothing is promised. */
  readonly nominal: number;
  /** The simulations used. */
  readonly n: number;
}

// A verdict should not be a matter of chance: intervals of the Monte-Carlo error hold in 99 of 100 diagnoses.
export const monteCarloLevel = 0.99;

/**
 * Computes the properties of an estimator; Monte-Carlo standard errors by Morris, White and Crowther 2019, table 6.
 *
 * @see Morris, White and Crowther 2019, Statistics in Medicine 38: 2074-2102
 */
export function computeDiagnosands(simulated: Simulated, alpha: number, level: number): Diagnosand[] {
  const { truth, estimate, std_error, p_value, conf_low, conf_high } = simulated;
  const errors = estimate.map((value, i) => value - truth[i]!);
  const significant = p_value.map((p) => (Number.isNaN(p) ? NaN : Number(p <= alpha)));
  const covers = truth.map((value, i) =>
    Number.isNaN(conf_low[i]! + conf_high[i]!) ? NaN : Number(conf_low[i]! <= value && value <= conf_high[i]!)
  );
  // Gelman and Carlin 2014: among significant estimates, how many have the wrong sign, and how much too large they are.
  const found = significant.map((value, i) => value === 1 && truth[i] !== 0);
  const wrongSign = estimate.map((value, i) => (found[i] ? Number(value * truth[i]! < 0) : NaN));
  const excess = estimate.map((value, i) => (found[i] ? Math.abs(value / truth[i]!) : NaN));
  return [
    meanOf("mean_truth", truth),
    meanOf("mean_estimate", estimate),
    meanOf("bias", errors, 0),
    spreadOf("sd_estimate", estimate),
    rootMeanSquare("rmse", errors),
    meanOf("mean_std_error", std_error),
    shareOf("coverage", covers, level),
    shareOf("power", significant, truth.every((value) => value === 0) ? alpha : NaN),
    shareOf("type_s", wrongSign),
    meanOf("exaggeration", excess),
  ];
}

function present(values: readonly number[]): number[] {
  return values.filter((value) => !Number.isNaN(value));
}

function around(value: number, mc_error: number, critical: number): { conf_low: number; conf_high: number } {
  return { conf_low: value - critical * mc_error, conf_high: value + critical * mc_error };
}

function meanOf(diagnosand: string, values: readonly number[], nominal = NaN): Diagnosand {
  const { n, mean, variance } = moments(present(values));
  const mc_error = Math.sqrt(variance / n);
  const critical = studentTQuantile(1 - (1 - monteCarloLevel) / 2, n - 1);
  return { diagnosand, value: mean, mc_error, ...around(mean, mc_error, critical), nominal, n };
}

function spreadOf(diagnosand: string, values: readonly number[]): Diagnosand {
  const { n, variance } = moments(present(values));
  const value = Math.sqrt(variance);
  const mc_error = value / Math.sqrt(2 * (n - 1));
  return { diagnosand, value, mc_error, ...around(value, mc_error, normalCritical()), nominal: NaN, n };
}

function rootMeanSquare(diagnosand: string, errors: readonly number[]): Diagnosand {
  const { n, mean, variance } = moments(present(errors).map((error) => error * error));
  const value = Math.sqrt(mean);
  // Delta method: the error of a mean square, divided by twice its root.
  const mc_error = value === 0 ? 0 : Math.sqrt(variance / n) / (2 * value);
  return { diagnosand, value, mc_error, ...around(value, mc_error, normalCritical()), nominal: NaN, n };
}

/** Wilson 1927: the interval of a share that may be 0 or 1. */
function shareOf(diagnosand: string, values: readonly number[], nominal = NaN): Diagnosand {
  const counted = present(values);
  const n = counted.length;
  const value = n === 0 ? NaN : counted.reduce((sum, one) => sum + one, 0) / n;
  const mc_error = Math.sqrt((value * (1 - value)) / n);
  const square = normalCritical() ** 2;
  const middle = (value + square / (2 * n)) / (1 + square / n);
  const half = Math.sqrt(square * ((value * (1 - value)) / n + square / (4 * n * n))) / (1 + square / n);
  // Rounding must not put a share of 1 outside its own interval.
  const [conf_low, conf_high] = [Math.min(value, middle - half), Math.max(value, middle + half)];
  return { diagnosand, value, mc_error, conf_low, conf_high, nominal, n };
}

function normalCritical(): number {
  return normalQuantile(1 - (1 - monteCarloLevel) / 2);
}
