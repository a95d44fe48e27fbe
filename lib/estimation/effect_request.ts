import type { Table } from "../core/table.ts";
import type { EffectEstimate, EffectSettings } from "./effect_estimate.ts";
import type { EffectRows } from "./effect_rows.ts";
import type { EstimateEffectsOptions } from "./estimate_effects_options.ts";

/** What an estimator of effects is asked for. */
export interface EffectRequest {
  /** What the caller does, for error messages. */
  readonly action: string;
  /** The table. */
  readonly table: Table;
  /** The options as they were given. */
  readonly options: EstimateEffectsOptions;
  /** The table's rows. */
  readonly rows: EffectRows;
  /** The arm that the others are compared with, a place among the arms. */
  readonly reference: number;
  /** The other arms. */
  readonly terms: readonly number[];
  /** What the estimator may be told beside. */
  readonly settings: EffectSettings;
}

/** The effect of one arm, with what it was estimated from. */
export interface FoundEffect {
  /** The estimate. */
  readonly found: EffectEstimate;
  /** The outcomes that it comes from. */
  readonly outcome: Float64Array;
  /** What the reader must know about the data. */
  readonly notes: readonly string[];
}
