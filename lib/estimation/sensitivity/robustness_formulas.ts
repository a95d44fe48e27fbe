/** How strong an unobserved confounder is: shares of residual variance that it explains. */
export interface ConfounderStrength {
  /** Partial R² with the treatment, given the covariates: R²_{D~Z|X}. */
  readonly treatment: number;
  /** Partial R² with the outcome, given the treatment and the covariates: R²_{Y~Z|D,X}. */
  readonly outcome: number;
}

/** The partial R² of a coefficient: t² / (t² + df), written so that it is 1 where t is infinite. */
export function partialRSquared(t: number, df: number): number {
  return 1 / (1 + df / (t * t));
}

/**
 * The bias of omitting a confounder, in absolute value: an identity of least squares, not an approximation. Cinelli and
 * Hazlett 2020: √(R²_{Y~Z|D,X} R²_{D~Z|X} / (1 − R²_{D~Z|X})) · se · √df.
 */
export function confounderBias(strength: ConfounderStrength, stdError: number, df: number): number {
  const { treatment, outcome } = strength;
  return Math.sqrt(outcome * treatment / (1 - treatment)) * stdError * Math.sqrt(df);
}

/**
 * The classical standard error had the confounder been in the regression. Cinelli and Hazlett 2020:
 * se · √((1 − R²_{Y~Z|D,X}) / (1 − R²_{D~Z|X}) · df / (df − 1)).
 */
export function confounderStdError(strength: ConfounderStrength, stdError: number, df: number): number {
  const { treatment, outcome } = strength;
  return stdError * Math.sqrt((1 - outcome) / (1 - treatment) * df / (df - 1));
}

/**
 * The robustness value: the smallest share r such that a confounder with at most r of the residual variance of both
 * treatment and outcome brings the partial f down to a critical one. Cinelli and Hazlett 2020; f is
 * q |t| / √df, the critical f is 0 for the estimate and |t*_{α, df−1}| / √(df − 1) for its significance. The case
 * f f* > 1 is as in sensemakr's robustness_value.
 */
export function robustnessValue(f: number, critical = 0): number {
  const excess = f - critical;
  if (Number.isNaN(excess)) return NaN;
  if (excess <= 0) return 0;
  // A confounder also lowers the standard error: beyond this point it does most harm with less than r of the outcome.
  if (f * critical > 1) return 1 - (1 + critical * critical) / (1 + f * f);
  // r / √(1 − r) = f − f*, solved for r: (√(g⁴ + 4g²) − g²) / 2, written without a difference of large numbers.
  return 2 / (Math.sqrt(1 + 4 / (excess * excess)) + 1);
}

/**
 * The extreme scenario: the share of the treatment that a confounder of all the remaining outcome must explain to bring
 * the partial f to 0; with q = 1 the partial R² of the treatment. Cinelli and Hazlett 2020.
 */
export function extremeValue(f: number): number {
  return partialRSquared(f, 1);
}

/**
 * The strength of a confounder that is k times as strong as an observed covariate, or group of them, in explaining both
 * the treatment and the outcome, at its worst. Cinelli and Hazlett 2020; sensemakr's ovb_partial_r2_bound.
 *
 * @param covariate the covariate's partial R² with the treatment and, given the treatment, with the outcome
 * @returns `NaN` where no confounder can be so strong; the outcome's part is at most 1
 */
export function benchmarkStrength(covariate: ConfounderStrength, k: number): ConfounderStrength {
  const { treatment: rD, outcome: rY } = covariate;
  const treatment = k * rD / (1 - rD);
  // R² of the confounder with the covariate, given the treatment.
  const shared = k * rD * rD / ((1 - k * rD) * (1 - rD));
  if (!(treatment < 1 && shared >= 0 && shared < 1)) return { treatment: NaN, outcome: NaN };
  const eta = (Math.sqrt(k) + Math.sqrt(shared)) / Math.sqrt(1 - shared);
  return { treatment, outcome: Math.min(1, eta * eta * rY / (1 - rY)) };
}
