import { checkBasis, checkLevel, checkOneOf, checkOptions, checkText } from "../../core/checks.ts";
import { type Basis, estimateNumbers } from "../../core/columns.ts";
import { cannot } from "../../core/errors.ts";
import { type Table, tableOfRows } from "../../core/table.ts";
import { boundsInterval } from "../../stats/intervals.ts";
import {
  type AttritionBounds,
  type AttritionSample,
  leeBounds,
  worstCaseBounds,
} from "./attrition_bounds.ts";
import { findReference, readStudy, recordedReference } from "../../core/study.ts";
import { gatherUnits, type Units } from "../../core/units.ts";
import type { EstimateEffectsOptions } from "../estimate_effects.ts";

/** Options of {@linkcode estimateBounds}: the outcome and the assignment as in `estimateEffects`, and these. */
export interface EstimateBoundsOptions extends
  Pick<
    EstimateEffectsOptions,
    "outcome" | "arm" | "reference" | "clusters" | "persona" | "category" | "alpha" | "basis"
  > {
  /**
   * `lee` trims the arm with more answers: bounds for those who answer in either arm, if the treatment moves answering
   * in one direction only. `worst_case` assumes nothing and fills in the ends of `range`: bounds for everyone.
   *
   * @default {"lee"}
   */
  method?: "lee" | "worst_case";
  /**
   * The smallest and the largest possible outcome; needed by `worst_case`.
   *
   * @default {[0, 1]} with a category; otherwise it must be given
   */
  range?: readonly [number, number];
}

const action = "estimate bounds";
const known = [
  "outcome",
  "arm",
  "reference",
  "clusters",
  "persona",
  "category",
  "alpha",
  "basis",
  "method",
  "range",
];
const columnNames = [
  "outcome",
  "term",
  "reference",
  "estimator",
  "bound",
  ...estimateNumbers,
  "conf_level",
  "n",
  "n_missing",
  "trimmed",
  "basis",
  "reason",
];

/**
 * Estimates bounds on the effect where outcomes are missing: Lee's trimming bounds, or worst-case bounds.
 *
 * Use it where `checkAttrition` finds differential attrition, or to show how much missing answers could matter. Both
 * need random assignment with the same probabilities for all units: blocks are not used. The interval covers the effect
 * itself, not both bounds. Standard errors are for large samples; where an outcome has few values, those of `lee` are
 * rough.
 *
 * @param table one row per answer (with `item` and `value`) or per unit, missing outcomes included
 * @param options the outcome, the assignment and the method; see {@linkcode EstimateBoundsOptions}
 * @returns for each arm other than the reference a row with `bound` `lower` and one with `upper`: `estimate`,
 * `std_error`, `statistic`, `df` (infinite); the same in both, `p_value` (of no effect), `conf_low` and `conf_high`
 * (Imbens and Manski); `n` units, of which `n_missing` without an outcome, `trimmed` (share of the arm with more
 * answers), `basis`, `reason`
 * @throws {RangeError} if a column, arm or item is missing, or an outcome lies outside `range`
 * @see Lee 2009, Review of Economic Studies 76: 1071-1102; Horowitz and Manski 2000; Imbens and Manski 2004
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { columnOf, tableOf } from "@understudy/understudy/core";
 * import { estimateBounds } from "@understudy/understudy/estimation";
 *
 * const answers = tableOf({
 *   arm: ["control", "control", "control", "control", "threat", "threat", "threat", "threat"],
 *   support: [1, 2, null, null, 1, 2, 3, 4],
 * });
 * const bounds = estimateBounds(answers, { outcome: "support" });
 * assertEquals(columnOf(bounds, "estimate"), [0, 2]);
 * ```
 */
export function estimateBounds(table: Table, options: EstimateBoundsOptions): Table {
  const settings = checkSettings(options);
  const { outcome, arm, clusters, persona, category } = options;
  const rows = readStudy(action, table, {
    outcome,
    blocks: [],
    ...(arm === undefined ? {} : { arm }),
    ...(clusters === undefined ? {} : { clusters }),
    ...(persona === undefined ? {} : { persona }),
    ...(category === undefined ? {} : { category }),
  });
  const units = gatherUnits(action, rows);
  const { reference, notes } = findReference(
    action,
    units.arms,
    options.reference ?? recordedReference(table),
  );
  const terms = [...units.arms.keys()].filter((code) => code !== reference);
  return tableOfRows(
    terms.flatMap((term) => {
      const sample = sampleOf(units, term, reference);
      const known = {
        outcome: category === undefined ? outcome : `${outcome} = ${category}`,
        term: units.arms[term]!,
        reference: units.arms[reference]!,
        estimator: settings.method === "lee" ? "Lee bounds" : "worst-case bounds",
        basis: settings.basis,
      };
      return tidy(known, sample, bound(sample, settings), { alpha: settings.alpha, notes });
    }),
    columnNames,
  );
}

interface Settings {
  readonly method: "lee" | "worst_case";
  readonly range: readonly [number, number] | undefined;
  readonly alpha: number;
  readonly basis: Basis;
}

function checkSettings(options: EstimateBoundsOptions): Settings {
  checkOptions(action, options, known);
  const { method = "lee", alpha = 0.05, basis = "synthetic" } = options;
  checkText(action, "outcome", options.outcome);
  checkOneOf(action, "method", method, ["lee", "worst_case"]);
  checkLevel(action, "alpha", alpha);
  checkBasis(action, basis);
  const range = options.range ?? (options.category === undefined ? undefined : [0, 1] as const);
  const finite = Array.isArray(range) && range.length === 2 && range.every((end) => Number.isFinite(end));
  if ((range !== undefined || method === "worst_case") && !(finite && range![0] < range![1])) {
    const rule = "hold the smallest and the largest possible outcome, as in { range: [1, 7] }";
    throw new RangeError(cannot(action, "range", rule, range));
  }
  return { method, range, alpha, basis };
}

function sampleOf(units: Units, term: number, reference: number): AttritionSample {
  if (units.persona !== null && units.personas < units.arm.length) {
    throw new RangeError(cannot(action, "table", "hold each persona in one arm only", "personas in several"));
  }
  const rows = [...units.arm.keys()].filter((at) => units.arm[at] === term || units.arm[at] === reference);
  return {
    value: Float64Array.from(rows, (at) => units.replies[at]! > 0 ? units.value[at]! : NaN),
    treated: Uint8Array.from(rows, (at) => units.arm[at] === term ? 1 : 0),
    cluster: units.cluster === null ? null : Int32Array.from(rows, (at) => units.cluster!.codes[at]!),
  };
}

function bound(sample: AttritionSample, { method, range }: Settings): AttritionBounds {
  if (range !== undefined) {
    const outside = sample.value.find((outcome) => outcome < range[0] || outcome > range[1]);
    if (outside !== undefined) throw new RangeError(cannot(action, "range", "hold every outcome", outside));
  }
  const answered = [0, 1].map((side) =>
    sample.value.filter((outcome, i) => sample.treated[i] === side && !Number.isNaN(outcome)).length
  );
  if (method === "worst_case") return worstCaseBounds(sample, range!);
  if (answered[0]! > 0 && answered[1]! > 0) return leeBounds(sample);
  const unknown = { estimate: NaN, stdError: NaN };
  return { lower: unknown, upper: unknown, trimmed: NaN, notes: ["an arm has no outcome at all"] };
}

function tidy(
  known: { readonly [name: string]: unknown },
  sample: AttritionSample,
  bounds: AttritionBounds,
  { alpha, notes }: { alpha: number; notes: readonly string[] },
): { [name: string]: unknown }[] {
  const { low, high, pValue } = boundsInterval(bounds.lower, bounds.upper, { alpha });
  const constant = Number.isNaN(low) && !Number.isNaN(bounds.lower.estimate);
  const reasons = [
    ...notes,
    ...bounds.notes,
    ...(constant ? ["a bound has no variance, so there is no interval"] : []),
  ];
  return ([["lower", bounds.lower], ["upper", bounds.upper]] as const).map((
    [name, { estimate, stdError }],
  ) => ({
    ...known,
    bound: name,
    estimate,
    std_error: stdError,
    statistic: stdError > 0 ? estimate / stdError : NaN,
    df: stdError > 0 ? Infinity : NaN,
    p_value: pValue,
    conf_low: low,
    conf_high: high,
    conf_level: 1 - alpha,
    n: sample.value.length,
    n_missing: sample.value.filter(Number.isNaN).length,
    trimmed: bounds.trimmed,
    reason: reasons.join("; "),
  }));
}
