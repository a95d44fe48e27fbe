/** What an estimator may be told beside the data. */
export interface EffectSettings {
  /** The variance where some blocks are pairs and others are larger. */
  readonly mixedBlocks: "hybrid" | "pairs";
  /**
   * Blocks with one unit in an arm: an error, or pooled with their like (and left out where they cannot be).
   * @default {"error"}
   */
  readonly smallBlocks?: "error" | "pool";
}

/** What an estimator finds for one arm against the reference, before p-values and intervals. */
export interface EffectEstimate {
  /** The effect, in units of the outcome. */
  readonly estimate: number;
  /** Its standard error; `NaN` where it cannot be computed. */
  readonly stdError: number;
  /** Degrees of freedom of its t distribution. */
  readonly df: number;
  /** Units used. */
  readonly n: number;
  /** The design that the data were taken for. */
  readonly design: string;
  /** What the reader must know. */
  readonly notes: readonly string[];
  /** Why a value is `NaN`. */
  readonly reason: readonly string[];
}
