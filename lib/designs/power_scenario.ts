/** What is tested, which decides the formula of the power. */
export type PowerTest =
  | "difference_in_means"
  | "paired"
  | "proportions"
  | "anova"
  | "equivalence"
  | "paired_equivalence"
  | "correlation"
  | "chi_square"
  | "regression";

/** One value, or several: each combination is a scenario of its own. */
export type Several<Value> = Value | readonly Value[];

/**
 * What is assumed about a study. Names are those of the columns of the resulting table, so that an object and a table
 * with one row per scenario say the same; an object's lists are crossed.
 */
export interface PowerScenario {
  /**
   * What is tested: `difference_in_means` (arm against reference), `paired` (each persona in both arms), `proportions`
   * (a difference of shares), `anova` (any difference among several arms), `equivalence` and `paired_equivalence` (the
   * effect lies within a bound), `correlation`, `chi_square` (Cohen's w), `regression` (Cohen's f²).
   * @default "difference_in_means"
   */
  readonly test?: Several<PowerTest>;
  /** Names the scenario in tables and figures. */
  readonly label?: Several<string>;
  /** Personas in all arms together; paired: personas, each in both arms. Not for `planSampleSize`. */
  readonly n?: Several<number>;
  /**
   * The true effect in units of the outcome. `proportions`: a difference of shares; `anova`: the standard deviation of
   * the arms' means; `correlation`: r; `chi_square`: w; `regression`: f². Not for `planMinimumEffect`, except for the
   * equivalence tests, where it is the true difference.
   * @default none; 0 for the equivalence tests
   */
  readonly effect?: Several<number>;
  /**
   * The power that is wanted; for `planSampleSize` and `planMinimumEffect`.
   * @default 0.8
   */
  readonly power?: Several<number>;
  /**
   * The level of the test; each of the two tests of an equivalence test.
   * @default 0.05
   */
  readonly alpha?: Several<number>;
  /**
   * 2: an effect in either direction is found, and both tails count. 1: only one in the direction of `effect`.
   * @default 2
   */
  readonly sides?: Several<1 | 2>;
  /**
   * Standard deviation of the outcome within an arm, one reply per persona.
   * @default 1
   */
  readonly sd?: Several<number>;
  /**
   * The same in the treatment arm, where it differs.
   * @default sd
   */
  readonly sd_treatment?: Several<number>;
  /**
   * Share of the personas in the treatment arm.
   * @default 0.5
   */
  readonly share?: Several<number>;
  /**
   * `separate`: each arm has a variance of its own (Welch; what `estimateEffects` does). `pooled`: one for both.
   * `arcsine`: for proportions, Cohen's h.
   * @default "separate"
   */
  readonly variance?: Several<"separate" | "pooled" | "arcsine">;
  /**
   * The share in the reference arm; for `proportions`.
   * @default 0.5
   */
  readonly reference_share?: Several<number>;
  /**
   * The number of arms; for `anova`.
   * @default 2
   */
  readonly arms?: Several<number>;
  /**
   * Personas per cluster, where clusters are assigned as one.
   * @default 1
   */
  readonly cluster_size?: Several<number>;
  /**
   * Standard deviation of the clusters' sizes divided by their mean.
   * @default 0
   */
  readonly cluster_cv?: Several<number>;
  /**
   * Share of the variance that lies between clusters.
   * @default 0
   */
  readonly icc?: Several<number>;
  /**
   * The number of blocks within which arms are assigned.
   * @default 1
   */
  readonly blocks?: Several<number>;
  /**
   * Share of the variance that blocks or covariates explain.
   * @default 0
   */
  readonly r_squared?: Several<number>;
  /**
   * Replies per persona and arm, which are averaged.
   * @default 1
   */
  readonly replicates?: Several<number>;
  /**
   * Share of the variance of single replies that lies between personas; the rest differs from reply to reply.
   * @default 1
   */
  readonly reply_icc?: Several<number>;
  /**
   * Correlation of a persona's replies in the two arms; for the paired tests. It cannot exceed `reply_icc`.
   * @default 0.5
   */
  readonly correlation?: Several<number>;
  /** The effect lies within plus and minus this bound; for the equivalence tests. Not for `planMinimumEffect`. */
  readonly bound?: Several<number>;
  /**
   * Degrees of freedom of the tested terms; for `chi_square` and `regression`.
   * @default 1
   */
  readonly df_terms?: Several<number>;
  /**
   * Predictors in all, those tested among them; for `regression`.
   * @default df_terms
   */
  readonly predictors?: Several<number>;
}

/** One scenario, complete and checked. */
export interface Scenario {
  /** What is tested. */
  readonly test: PowerTest;
  /** The values that were given, to be repeated in the result. */
  readonly given: { readonly [name: string]: unknown };
  /** Every number, defaults filled in; `NaN` for `n`, `effect` and `bound` where they were not given. */
  readonly numbers: { readonly [name in PowerNumber]: number };
  /** How variances are estimated. */
  readonly variance: "separate" | "pooled" | "arcsine";
}

/** The names of a scenario's numbers. */
export type PowerNumber = Exclude<keyof PowerScenario, "test" | "label" | "variance">;

/** How many personas there are. */
export interface ArmSizes {
  /** In all. */
  readonly total: number;
  /** In the treatment arm. */
  readonly treatment: number;
  /** In the reference arm. */
  readonly reference: number;
}
