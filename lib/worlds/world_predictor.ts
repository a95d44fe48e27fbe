/**
 * For each attribute, for each of its levels, a coefficient; levels left out have 0. Where the levels are numbers,
 * `{ slope: 0.1 }` gives a coefficient for each unit.
 */
export type Coefficients = { readonly [attribute: string]: { readonly [level: string]: number } };

/** What a stimulus does to an outcome, the person held fixed: the causal effect. */
export interface StimulusEffect {
  /** The effect on the latent scale for everybody. */
  readonly effect: number;
  /**
   * What each attribute level adds to the effect.
   * @default {{}}
   */
  readonly by?: Coefficients;
}

/** A linear predictor: intercept, attributes and stimuli. */
export interface LinearPredictor {
  /**
   * Its value where every coefficient is 0.
   * @default {0}
   */
  readonly intercept?: number;
  /**
   * What attributes add.
   * @default {{}}
   */
  readonly effects?: Coefficients;
  /**
   * What stimuli add; an item without is a negative control by construction.
   * @default {{}}
   */
  readonly stimuli?: { readonly [stimulus: string]: StimulusEffect };
}
