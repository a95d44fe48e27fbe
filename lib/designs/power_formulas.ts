import { fCritical, normalCdf, normalQuantile, studentTQuantile } from "../stats/distributions.ts";
import { averageOverScaledChi, noncentralFUpper, noncentralTUpper } from "../stats/noncentral.ts";
import type { PowerTest, Scenario } from "./power_scenario.ts";

export type PersonaCounts = { readonly [part in "total" | "treatment" | "reference"]: number };

export interface PowerFound {
  /** Probability that the test rejects; `NaN` where there are too few personas to test anything. */
  readonly power: number;
  /** True standard error of the estimated effect; `NaN` for tests that estimate no single effect. */
  readonly stdError: number;
  /** Degrees of freedom (of the denominator); infinite for a normal statistic. */
  readonly df: number;
}

type Formula = (scenario: Scenario, sizes: PersonaCounts) => PowerFound;

/** The power of each test for given sizes of the arms, which need not be whole. */
export const powerFormulas: { readonly [test in PowerTest]: Formula } = {
  difference_in_means: (scenario, sizes) => tPower(scenario, arms(scenario, sizes)),
  paired: (scenario, sizes) => tPower(scenario, pairs(scenario, sizes)),
  proportions: proportionsPower,
  anova: anovaPower,
  equivalence: (scenario, sizes) => equivalencePower(scenario, arms(scenario, sizes)),
  paired_equivalence: (scenario, sizes) => equivalencePower(scenario, pairs(scenario, sizes)),
};

type Precision = Pick<PowerFound, "stdError" | "df">;

/**
 * Variance of a persona's part in an arm's mean, relative to one reply of an unrelated persona: personas of a cluster
 * share `icc`, and replies of a persona are averaged. With one reply it is the design effect 1 + (m - 1) icc (Donner and
 * Klar 2000, eq. 1.2; for clusters of unequal size Eldridge, Ashby and Kerry 2006).
 */
export function designEffect({ numbers }: Scenario): number {
  const { cluster_size, cluster_cv, icc, reply_icc, replicates } = numbers;
  const averaged = replicates === 1 ? 1 : reply_icc + (1 - reply_icc) / replicates;
  return averaged + (cluster_size === 1 ? 0 : ((1 + cluster_cv ** 2) * cluster_size - 1) * icc);
}

/** Two arms: standard error of the difference, and the degrees of freedom of its estimate. */
function arms(
  scenario: Scenario,
  sizes: PersonaCounts,
  sd: readonly [number, number] = [scenario.numbers.sd_treatment, scenario.numbers.sd],
): Precision {
  const { cluster_size, blocks, r_squared } = scenario.numbers;
  const inflation = designEffect(scenario) * (1 - r_squared);
  const variances = [(sd[0] ** 2 * inflation) / sizes.treatment, (sd[1] ** 2 * inflation) / sizes.reference];
  // What is assigned: clusters, or personas that are clusters of one.
  const units = [sizes.treatment / cluster_size, sizes.reference / cluster_size];
  const stdError = Math.sqrt(variances[0]! + variances[1]!);
  // In blocks each arm's mean takes a degree of freedom of each block.
  if (scenario.variance === "pooled" || blocks > 1) {
    return { stdError, df: units[0]! + units[1]! - 2 * blocks };
  }
  // Satterthwaite with the true variances; the estimated ones vary around them.
  const parts = variances.map((variance, arm) => variance ** 2 / (units[arm]! - 1));
  const enough = units.every((count) => count > 1);
  return { stdError, df: enough ? stdError ** 4 / (parts[0]! + parts[1]!) : NaN };
}

/** Each persona in both arms: the variance of its difference. */
function pairs(scenario: Scenario, { total }: PersonaCounts): Precision {
  const { sd, sd_treatment, correlation, r_squared } = scenario.numbers;
  const averaged = designEffect(scenario);
  // Draws of different arms are independent, so that averaging replies leaves the covariance as it is.
  const variance = (sd ** 2 + sd_treatment ** 2) * averaged - 2 * correlation * sd * sd_treatment;
  return { stdError: Math.sqrt((variance * (1 - r_squared)) / total), df: total - 1 };
}

/** The far tail counts: a significant result of the wrong sign is significant too. */
function tPower({ numbers }: Scenario, { stdError, df }: Precision): PowerFound {
  if (!(df >= 1)) return { power: NaN, stdError, df };
  const { alpha, sides } = numbers;
  const noncentrality = Math.abs(numbers.effect) / stdError;
  const critical = -studentTQuantile(alpha / sides, df);
  const far = sides === 2 ? noncentralTUpper(critical, df, -noncentrality) : 0;
  return { power: noncentralTUpper(critical, df, noncentrality) + far, stdError, df };
}

/** Two one-sided tests: exact, as both t statistics share the estimated standard error (Owen 1965). */
function equivalencePower({ numbers }: Scenario, { stdError, df }: Precision): PowerFound {
  if (!(df >= 1)) return { power: NaN, stdError, df };
  const critical = -studentTQuantile(numbers.alpha, df);
  const above = (numbers.bound - numbers.effect) / stdError;
  const below = (numbers.bound + numbers.effect) / stdError;
  const within = (s: number) => normalCdf(above - critical * s) - normalCdf(critical * s - below);
  // Where the standard error is larger than this, no difference is significantly within both bounds.
  const upTo = (above + below) / (2 * critical);
  const power = averageOverScaledChi(df, within, { upTo });
  return { power: Math.max(0, power), stdError, df };
}

function proportionsPower(scenario: Scenario, sizes: PersonaCounts): PowerFound {
  const { reference_share: reference, effect, r_squared } = scenario.numbers;
  const treatment = reference + effect;
  const sd = [Math.sqrt(treatment * (1 - treatment)), Math.sqrt(reference * (1 - reference))] as const;
  if (scenario.variance === "separate") return tPower(scenario, arms(scenario, sizes, sd));
  const inflation = designEffect(scenario) * (1 - r_squared);
  const perArm = 1 / sizes.treatment + 1 / sizes.reference;
  const stdError = Math.sqrt(inflation * (sd[0] ** 2 / sizes.treatment + sd[1] ** 2 / sizes.reference));
  if (scenario.variance === "arcsine") {
    // Cohen 1988, eq. 6.2.1: h = 2 asin √p1 - 2 asin √p2 has variance 1 / n1 + 1 / n2 whatever the shares.
    const h = 2 * Math.asin(Math.sqrt(treatment)) - 2 * Math.asin(Math.sqrt(reference));
    return { power: zPower(scenario, h / Math.sqrt(inflation * perArm), 1), stdError, df: Infinity };
  }
  // Fleiss 1981, 3.2: under the null the statistic has the pooled share's variance, under the effect each arm's own.
  const pooled = (treatment * sizes.treatment + reference * sizes.reference) /
    (sizes.treatment + sizes.reference);
  const nullError = Math.sqrt(inflation * pooled * (1 - pooled) * perArm);
  return { power: zPower(scenario, effect / stdError, nullError / stdError), stdError, df: Infinity };
}

function zPower({ numbers }: Scenario, shift: number, scale: number): number {
  const critical = -normalQuantile(numbers.alpha / numbers.sides) * scale;
  const far = numbers.sides === 2 ? normalCdf(-Math.abs(shift) - critical) : 0;
  return normalCdf(Math.abs(shift) - critical) + far;
}

function anovaPower(scenario: Scenario, { total }: PersonaCounts): PowerFound {
  const { effect, sd, arms, blocks, cluster_size, r_squared } = scenario.numbers;
  const dfTerms = arms - 1;
  const df = total / cluster_size - arms - (blocks - 1);
  // λ = n f², f = standard deviation of the means / standard deviation within (Cohen 1988, 8.2)
  const noncentrality = (total * effect ** 2) / (sd ** 2 * designEffect(scenario) * (1 - r_squared));
  if (!(df > 0)) return { power: NaN, stdError: NaN, df };
  const critical = fCritical(scenario.numbers.alpha, dfTerms, df);
  return { power: noncentralFUpper(critical, dfTerms, df, noncentrality), stdError: NaN, df };
}
