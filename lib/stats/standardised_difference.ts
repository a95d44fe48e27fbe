import { lgamma } from "lib-r-math";
import { normalQuantile } from "./distributions.ts";
import { findRoot } from "./find_root.ts";
import type { Moments } from "./moments.ts";
import { noncentralTCdf } from "./noncentral.ts";

export type GroupMoments = Pick<Moments, "mean" | "variance" | "n">;

/** What differs between the designs; `spread` is the squared standard error of the difference over the variance. */
type Scale = ReturnType<typeof pooledScale>;

/**
 * The standardised mean difference, Hedges's g, of a group and its reference group, or of one group's mean from 0 (for
 * pairs that of the differences). `welch` divides by the root of the mean of both variances (Delacre and others 2021),
 * `pooled` by the pooled standard deviation (Hedges 1981); the interval inverts the noncentral t distribution (`nct`) or
 * is the estimate ± z standard errors (`normal`). `NaN` where the standard deviation is 0 or unknown. `df` are those of the
 * standard deviation.
 */
export function standardisedDifference(
  groups: readonly [GroupMoments] | readonly [GroupMoments, GroupMoments],
  { variance = "welch", interval = "nct", alpha = 0.1 }: {
    variance?: "welch" | "pooled";
    interval?: "nct" | "normal";
    alpha?: number;
  } = {},
): { [value in "estimate" | "stdError" | "low" | "high" | "df" | "standardDeviation"]: number } {
  const [one, other] = groups;
  const scale = other === undefined
    ? singleScale(one)
    : variance === "welch"
    ? welchScale(one, other)
    : pooledScale(one, other);
  const { df, standardDeviation } = scale;
  if (!(standardDeviation > 0 && df > 1)) {
    return { estimate: NaN, stdError: NaN, low: NaN, high: NaN, df, standardDeviation };
  }
  const correction = smallSampleCorrection(df);
  const estimate = correction * scale.difference / standardDeviation;
  const stdError = Math.sqrt(scale.variance(estimate, correction));
  const half = normalQuantile(1 - alpha / 2) * stdError;
  const [low, high] = interval === "normal"
    ? [estimate - half, estimate + half]
    : noncentralInterval(scale, correction, alpha);
  return { estimate, stdError, low, high, df, standardDeviation };
}

/** J: exp(lnΓ(df/2) - ln √(df/2) - lnΓ((df - 1)/2)); Hedges 1981, eq. 6e. */
function smallSampleCorrection(df: number): number {
  return Math.exp(lgamma(df / 2) - 0.5 * Math.log(df / 2) - lgamma((df - 1) / 2));
}

function singleScale({ mean, variance, n }: GroupMoments): Scale {
  return {
    difference: mean,
    standardDeviation: Math.sqrt(variance),
    df: n - 1,
    spread: 1 / n,
    variance: (g) => 1 / n + g * g / (2 * n),
  };
}

// Delacre and others 2021: the mean of the variances, with the degrees of freedom of that mean.
function welchScale(one: GroupMoments, other: GroupMoments): Scale {
  const [v1, n1, v2, n2] = [one.variance, one.n, other.variance, other.n];
  const mean = (v1 + v2) / 2;
  const df = (n1 - 1) * (n2 - 1) * (v1 + v2) ** 2 / ((n2 - 1) * v1 ** 2 + (n1 - 1) * v2 ** 2);
  return {
    difference: one.mean - other.mean,
    standardDeviation: Math.sqrt(mean),
    df,
    spread: (v1 / n1 + v2 / n2) / mean,
    // Bonett 2008, eq. 10
    variance: (g) =>
      g * g * (v1 ** 2 / (n1 - 1) + v2 ** 2 / (n2 - 1)) / (8 * mean ** 2) +
      (v1 / (n1 - 1) + v2 / (n2 - 1)) / mean,
  };
}

function pooledScale(one: GroupMoments, other: GroupMoments) {
  const df = one.n + other.n - 2;
  const pooled = ((one.n - 1) * one.variance + (other.n - 1) * other.variance) / df;
  const spread = 1 / one.n + 1 / other.n;
  return {
    difference: one.mean - other.mean,
    standardDeviation: Math.sqrt(pooled),
    df,
    spread,
    // Hedges 1981; the unbiased form of Viechtbauer 2007, eq. 23
    variance: (g: number, correction: number) => spread + (1 - (df - 2) / (df * correction ** 2)) * g * g,
  };
}

/** The noncentralities under which the observed t is at the ends of its distribution, in standard deviations. */
function noncentralInterval(scale: Scale, correction: number, alpha: number): [number, number] {
  const { difference, standardDeviation, spread, df } = scale;
  const t = difference / (standardDeviation * Math.sqrt(spread));
  const unit = correction * Math.sqrt(spread);
  return [unit * noncentrality(t, df, 1 - alpha / 2), unit * noncentrality(t, df, alpha / 2)];
}

/** The noncentrality under which a t variable is at most `t` with a probability. */
function noncentrality(t: number, df: number, probability: number): number {
  const goal = normalQuantile(probability);
  // On the scale of normal quantiles nearly a straight line in the noncentrality; a t statistic's own spread around it.
  const spread = Math.sqrt(1 + t * t / (2 * df));
  const excess = (noncentral: number) => goal - normalQuantile(noncentralTCdf(t, df, noncentral));
  return findRoot(excess, t - (goal + 0.5) * spread, t - (goal - 0.5) * spread);
}
