import type { Coefficients } from "./world_predictor.ts";

/** A linear predictor of an attribute: intercept and the attributes that it depends on. */
export interface AttributePredictor {
  /**
   * Its value where every coefficient is 0.
   * @default {0}
   */
  readonly intercept?: number;
  /**
   * What its parents add.
   * @default {{}}
   */
  readonly effects?: Coefficients;
}

/** What every attribute may say. */
export interface AttributeBase {
  /**
   * Attributes that it depends on, declared before it.
   * @default {[]}
   */
  readonly parents?: readonly string[];
}

/** A categorical attribute by multinomial logit. */
export interface CategoricalAttribute extends AttributeBase {
  /**
   * What kind of attribute it is.
   * @default {"categorical"}
   */
  readonly kind?: "categorical";
  /** For each level, its linear predictor (log-odds) given the parents. */
  readonly levels: { readonly [level: string]: AttributePredictor };
}

/** Shares of levels; nested by the levels of each parent, in the order of `parents`. */
export type AttributeShares = { readonly [level: string]: number | AttributeShares };

/** A categorical attribute by a table of shares. */
export interface SharesAttribute extends AttributeBase {
  /**
   * What kind of attribute it is.
   * @default {"categorical"}
   */
  readonly kind?: "categorical";
  /**
   * The share of each level, such as `{ yes: 0.3, no: 0.7 }`; with parents, one such object for each of their levels:
   * `{ left: { yes: 0.2, no: 0.8 }, right: { yes: 0.6, no: 0.4 } }`.
   */
  readonly shares: AttributeShares;
}

/** An ordinal attribute: a normal latent value, cut at thresholds. */
export interface OrdinalAttribute extends AttributeBase {
  /** What kind of attribute it is. */
  readonly kind: "ordinal";
  /** The levels, from low to high. */
  readonly levels: readonly string[];
  /** Where the latent value is cut: one fewer than levels, rising. */
  readonly thresholds: readonly number[];
  /**
   * Mean of the latent value.
   * @default {{}}
   */
  readonly mean?: AttributePredictor;
  /**
   * Standard deviation of the latent value.
   * @default {1}
   */
  readonly sd?: number;
}

/** A numeric attribute: normal given its parents, rounded to a grid, whose ends take what lies beyond. */
export interface NumericAttribute extends AttributeBase {
  /** What kind of attribute it is. */
  readonly kind: "numeric";
  /** Lowest and highest value. */
  readonly range: readonly [number, number];
  /**
   * Distance of two values of the grid.
   * @default {1}
   */
  readonly step?: number;
  /** Its mean. */
  readonly mean: AttributePredictor;
  /** Its standard deviation given its parents. */
  readonly sd: number;
}

/** An attribute's distribution given its parents. */
export type WorldAttributeDeclaration =
  | CategoricalAttribute
  | SharesAttribute
  | OrdinalAttribute
  | NumericAttribute;
