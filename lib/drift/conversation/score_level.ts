import { studentTQuantile } from "../../stats/distributions.ts";
import { moments } from "../../stats/moments.ts";
import { type Measured, unmeasured } from "./conversation_rows.ts";
import type { Cells } from "./read_transcripts.ts";

/** The values of one arm's units. */
export function valuesOfArm(cells: Cells, values: ArrayLike<number>, arm: number): Float64Array {
  return Float64Array.from(
    cells.arm.flatMap((of, cell) => of === arm && !Number.isNaN(values[cell]) ? [values[cell]!] : []),
  );
}

/** The mean score of an arm's units with a score interval, which holds where all score 0 or 1 as well. */
export function meanScore(values: ArrayLike<number>, alpha: number): Measured {
  const { n, mean, variance } = moments(values);
  if (n === 0) return unmeasured;
  const std_error = n === 1 ? NaN : Math.sqrt(variance / n);
  const [conf_low, conf_high] = scoreInterval({ mean, std_error, df: n - 1, n }, alpha);
  return { estimate: mean, std_error, df: n - 1, p_value: NaN, conf_low, conf_high, n };
}

/**
 * Wilson's interval for a mean of scores from 0 to 1, with the sample size that has the observed standard error
 * (Korn and Graubard 1998) and Student's t in place of the normal distribution.
 */
export function scoreInterval(
  { mean, std_error, df, n }: { mean: number; std_error: number; df: number; n: number },
  alpha: number,
): [number, number] {
  if (!(df >= 1) || Number.isNaN(mean)) return [NaN, NaN];
  const t = studentTQuantile(1 - alpha / 2, df);
  // Where no score varies, each unit is one trial.
  const trials = std_error > 1e-12 ? mean * (1 - mean) / std_error ** 2 : n;
  const centre = (mean + t * t / (2 * trials)) / (1 + t * t / trials);
  const half = t / (1 + t * t / trials) * Math.sqrt(mean * (1 - mean) / trials + t * t / (4 * trials ** 2));
  return [Math.min(mean, Math.max(0, centre - half)), Math.max(mean, Math.min(1, centre + half))];
}

/** The mean of values that have no bounds, with Student's interval. */
export function plainMean(values: ArrayLike<number>, alpha: number): Measured {
  const { n, mean, variance } = moments(values);
  if (n < 2) return { ...unmeasured, estimate: mean, n };
  const std_error = Math.sqrt(variance / n);
  const half = studentTQuantile(1 - alpha / 2, n - 1) * std_error;
  return {
    estimate: mean,
    std_error,
    df: n - 1,
    p_value: NaN,
    conf_low: mean - half,
    conf_high: mean + half,
    n,
  };
}
