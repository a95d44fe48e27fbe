import { cannot } from "../../core/errors.ts";
import type { EffectOptions, RulesFor } from "../../core/options.ts";
import { drawRules, effectRules, readOptions, required, whole } from "../../core/options.ts";
import { stream } from "../../core/stream.ts";
import { referenceOf } from "../../core/study.ts";
import { columnOf, type Table, tableOf } from "../../core/table.ts";
import { gatherOutcomes } from "../../core/units.ts";
import { romanoWolf } from "../../stats/multiplicity.ts";
import { resampleUnits } from "../../stats/resampling.ts";
import { estimateEffects } from "../estimate_effects.ts";
import type { EstimateBootstrapOptions } from "./estimate_bootstrap.ts";
import { everyUnit, meanStatistic, resampledUnits } from "./resampled_target.ts";

/** Options of {@linkcode estimateEffectFamily}. */
export interface EstimateEffectFamilyOptions
  extends Omit<EffectOptions, "outcome" | "category">, Pick<EstimateBootstrapOptions, "replicates" | "seed"> {
  /** The outcomes: items in a table of answers, columns in a wide table. */
  outcomes: readonly string[];
}

const action = "estimate a family of effects";

const { outcome: _outcome, category: _category, ...shared } = effectRules;

const rules = {
  outcomes: required<readonly string[]>((action, name, value) => {
    if (Array.isArray(value) && value.length > 0 && new Set(value).size === value.length) return;
    throw new RangeError(cannot(action, name, "name one outcome or more, each once", value));
  }),
  ...shared,
  ...drawRules,
  replicates: whole(2000, 20, 1e7),
} as const satisfies RulesFor<EstimateEffectFamilyOptions>;

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
  const settings = readOptions(action, options, rules, table);
  const { outcomes, replicates: _replicates, seed: _seed, ...shared } = options;
  const tables = outcomes.map((outcome) => estimateEffects(table, { ...shared, outcome }));
  const { study, units: gathered } = gatherOutcomes(action, table, outcomes, settings);
  const units = resampledUnits(study, gathered);
  const { reference } = referenceOf(study, settings.reference);
  const { labels } = study.arm;
  const terms = [...labels.keys()].filter((arm) => arm !== reference);
  const members = outcomes.map((_, outcome) => ({
    statistic: meanStatistic(units, outcome, terms, reference),
    estimates: new Float64Array(terms.length),
    errors: new Float64Array(terms.length),
  }));
  // The estimate and the error of all tests, outcome by outcome.
  const compute = (drawn: Int32Array) =>
    members.flatMap(({ statistic, estimates, errors }) => {
      statistic.compute(drawn, estimates, errors);
      return Array.from(estimates, (estimate, term) => ({ estimate, error: errors[term]! }));
    });
  const found = compute(everyUnit(units));
  const observed = found.map(({ estimate, error }) => estimate / error);
  const centred = ({ estimate, error }: typeof found[number], test: number) =>
    (estimate - found[test]!.estimate) / error;
  const resampled: Float64Array[] = [];
  const { replicates, seed } = settings;
  resampleUnits(units.count, (drawn) => {
    resampled.push(Float64Array.from(compute(drawn), centred));
  }, { random: stream(seed, "effect family"), replicates, strata: units.strata });
  const adjusted = romanoWolf(observed, resampled);
  const adjustedOf = (outcome: number, arm: string) =>
    adjusted[outcome * terms.length + terms.findIndex((term) => labels[term] === arm)]!;
  const columns: { [name: string]: unknown[] } = {};
  for (const name of tables[0]!.columnNames()) {
    columns[name] = tables.flatMap((one) => columnOf(one, name));
    if (name !== "p_value") continue;
    columns.p_adjusted = tables.flatMap((one, outcome) =>
      columnOf<string>(one, "arm").map((arm, row) =>
        // A test that is not there for the reader is none after adjustment either.
        Number.isNaN(one.get("p_value", row)) ? NaN : adjustedOf(outcome, arm)
      )
    );
  }
  const note = `p_adjusted: Romano-Wolf over ${observed.filter((t) => !Number.isNaN(t)).length} tests, ` +
    `${replicates} resamples of ${units.count} ${units.name}`;
  columns.notes = columns.notes!.map((notes) => notes === "" ? note : `${notes}; ${note}`);
  return tableOf(columns);
}
