import { checkOptions, checkSeed, checkWhole } from "../../core/checks.ts";
import { cannot } from "../../core/errors.ts";
import { stream } from "../../core/stream.ts";
import { columnOf, type Table, tableOf } from "../../core/table.ts";
import { romanoWolf } from "../../stats/multiplicity.ts";
import { readBootstrapUnits } from "./bootstrap_units.ts";
import { estimateEffects } from "../estimate_effects.ts";
import type { EstimateEffectsOptions } from "../estimate_effects.ts";
import { checkTied, familyStatistics } from "./family_statistics.ts";
import { findReference, recordedReference } from "../../core/study.ts";

/** Options of {@linkcode estimateEffectFamily}: those of `estimateEffects` and these. */
export interface EstimateEffectFamilyOptions
  extends Omit<EstimateEffectsOptions, "outcome" | "category" | "estimator" | "mixedBlocks"> {
  /** The outcomes: items in a table of answers, columns in a wide table. */
  outcomes: readonly string[];
  /**
   * The number of resamples.
   *
   * @default {2000}
   */
  replicates?: number;
  /**
   * The seed of the resamples.
   *
   * @default {1}
   */
  seed?: number;
}

const action = "estimate a family of effects";
const known = [
  "outcomes",
  "arm",
  "reference",
  "blocks",
  "clusters",
  "weights",
  "persona",
  "alpha",
  "basis",
  "replicates",
  "seed",
];

/**
 * Estimates effects on several outcomes, and of several arms, with p-values adjusted for their number by Romano and
 * Wolf's step-down bootstrap.
 *
 * Use it where one would claim an effect if any outcome showed one. Outcomes of the same people go together: the
 * bootstrap keeps that, so that it holds the chance of any false finding at less cost than Holm. Personas (clusters,
 * rows) are drawn with all their outcomes, within arms and blocks. Estimates and intervals are those of
 * `estimateEffects`, not adjusted.
 *
 * @param table one row per answer (with `item`, `value` and a persona) or one per unit
 * @param options the outcomes, the assignment and the resamples; see {@linkcode EstimateEffectFamilyOptions}
 * @returns the rows of `estimateEffects` for each outcome, with `p_adjusted` after `p_value`
 * @throws {RangeError} if no outcome is named, a column is missing, or answers are not tied by a persona
 * @see Romano and Wolf 2005, Econometrica 73: 1237-1282; Romano and Wolf 2016
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { columnOf, tableOf } from "@understudy/understudy/core";
 * import { estimateEffectFamily } from "@understudy/understudy/estimation";
 *
 * const n = 60;
 * const study = tableOf({
 *   arm: Array.from({ length: n }, (_, i) => i % 2 ? "threat" : "control"),
 *   trust: Array.from({ length: n }, (_, i) => (i * 7) % 11),
 *   vote: Array.from({ length: n }, (_, i) => 4 * (i % 2) + ((i * 5) % 13)),
 * });
 * const family = estimateEffectFamily(study, { outcomes: ["trust", "vote"], replicates: 400 });
 * assertEquals(columnOf<number>(family, "p_adjusted").map((p) => p < 0.05), [false, true]);
 * ```
 */
export function estimateEffectFamily(table: Table, options: EstimateEffectFamilyOptions): Table {
  checkOptions(action, options, known);
  const { outcomes, replicates = 2000, seed = 1, ...shared } = options;
  if (!Array.isArray(outcomes) || outcomes.length === 0 || new Set(outcomes).size < outcomes.length) {
    throw new RangeError(cannot(action, "outcomes", "name one outcome or more, each once", outcomes));
  }
  checkWhole(action, "replicates", replicates, 20, 1e7);
  checkSeed(action, seed);
  const tables = outcomes.map((outcome) => estimateEffects(table, { ...shared, outcome }));
  const members = outcomes.map((outcome) => {
    const units = readBootstrapUnits(action, table, { ...shared, outcome }, true);
    checkTied(action, table.columnNames(), units);
    const { reference } = findReference(action, units.arms, options.reference ?? recordedReference(table));
    return { units, terms: [...units.arms.keys()].filter((arm) => arm !== reference), reference };
  });
  const found = familyStatistics(members, { random: stream(seed, "effect family"), replicates });
  const note = `p_adjusted: Romano-Wolf over ${found.observed.length} tests, ${replicates} resamples of ` +
    `${found.count} ${members[0]!.units.name}`;
  return stackAdjusted(tables, romanoWolf(found.observed, found.resampled), note);
}

function stackAdjusted(tables: readonly Table[], adjusted: readonly number[], note: string): Table {
  const columns: { [name: string]: unknown[] } = {};
  for (const name of tables[0]!.columnNames()) {
    columns[name] = tables.flatMap((one) => columnOf(one, name));
    if (name === "p_value") columns.p_adjusted = [];
  }
  // A test that is not there for the reader is none after adjustment either.
  columns.p_adjusted = adjusted.map((p, row) => Number.isNaN(columns.p_value![row]) ? NaN : p);
  columns.notes = columns.notes!.map((notes) => notes === "" ? note : `${notes}; ${note}`);
  return tableOf(columns);
}
