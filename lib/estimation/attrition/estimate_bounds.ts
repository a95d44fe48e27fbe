import { cannot } from "../../core/errors.ts";
import type { ComparisonOptions, RulesFor } from "../../core/options.ts";
import { comparisonRules, oneOf, readOptions, rule } from "../../core/options.ts";
import { estimateRow, estimateTableColumns } from "../../core/rows.ts";
import { outcomeName, readStudy, referenceOf } from "../../core/study.ts";
import { type Table, tableOfRows } from "../../core/table.ts";
import { gatherUnits, type Units } from "../../core/units.ts";
import { boundsInterval, influenceCovariance } from "../../stats/inference.ts";

/** Options of {@linkcode estimateBounds}. */
export interface EstimateBoundsOptions extends Omit<ComparisonOptions, "blocks"> {
  /**
   * `lee` trims the arm with more answers: bounds for those who answer in either arm, if the treatment moves answering
   * in one direction only. `worst_case` assumes nothing and fills in the ends of `range`: bounds for everyone.
   * @default {"lee"}
   */
  method?: "lee" | "worst_case";
  /**
   * The smallest and the largest possible outcome; needed by `worst_case`.
   * @default {[0, 1]} with a category; otherwise it must be given
   */
  range?: readonly [number, number];
}

const action = "estimate bounds";

const { blocks: _blocks, ...shared } = comparisonRules;

const rules = {
  ...shared,
  method: oneOf(["lee", "worst_case"], "lee"),
  range: rule<readonly [number, number], undefined>(checkRange, undefined),
} as const satisfies RulesFor<EstimateBoundsOptions>;

const columnNames = estimateTableColumns(["bound"], ["n_missing", "trimmed"]);

/**
 * Estimates bounds on the effect where outcomes are missing: Lee's trimming bounds, or worst-case bounds.
 *
 * Use it where `checkAttrition` finds attrition, or to show how much missing answers could matter. Both need random
 * assignment with the same probabilities for all units: blocks are not used. The interval covers the effect itself, not
 * both bounds. Standard errors are for large samples; where an outcome has few values, those of `lee` are rough.
 *
 * @param table one row per answer (with `item` and `value`) or per unit, missing outcomes included
 * @param options the outcome, the assignment and the method; see {@linkcode EstimateBoundsOptions}
 * @returns for each arm other than the reference a row with `bound` `lower` and one with `upper`: `estimate`,
 * `std_error`, `statistic`, `df` (infinite); the same in both, `p_value` (of no effect), `conf_low` and `conf_high`
 * (Imbens and Manski), `conf_level`; `n` units, of which `n_missing` without an outcome, `trimmed` (share of the arm
 * with more answers), `basis`, `notes`, `reason`
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
  const { alpha, basis, method, ...asked } = readOptions(action, options, rules, table);
  const range = asked.range ?? (asked.category === undefined ? undefined : [0, 1] as const);
  if (method === "worst_case") checkRange(action, "range", range);
  const study = readStudy(action, table, { ...asked, blocks: [] });
  const units = gatherUnits(action, study);
  const { reference, notes } = referenceOf(study, asked.reference);
  const rows = [...units.arms.keys()].filter((arm) => arm !== reference).flatMap((arm) => {
    const sample = sampleOf(units, arm, reference);
    checkInside(sample.value, range);
    const bounds = method === "lee" ? leeBounds(sample) : worstCaseBounds(sample, range!);
    const { low, high, pValue } = boundsInterval(bounds.lower, bounds.upper, { alpha });
    return (["lower", "upper"] as const).map((bound) => {
      const { estimate, stdError } = bounds[bound];
      const [statistic, df] = stdError > 0 ? [estimate / stdError, Infinity] : [NaN, NaN];
      return estimateRow({
        ...{ outcome: outcomeName(asked), arm: units.arms[arm]!, reference: units.arms[reference]! },
        estimator: method === "lee" ? "Lee bounds" : "worst-case bounds",
        bound,
        estimate,
        std_error: stdError,
        statistic,
        df,
        p_value: pValue,
        ...{ conf_low: low, conf_high: high, conf_level: 1 - alpha },
        n: sample.value.length,
        n_missing: sample.value.filter(Number.isNaN).length,
        trimmed: bounds.trimmed,
        basis,
        notes: [...notes, ...units.prompts],
        reason: Number.isNaN(estimate)
          ? ["an arm has no outcome at all"]
          : Number.isNaN(low)
          ? ["a bound has no variance, so there is no interval"]
          : [],
      });
    });
  });
  return tableOfRows(rows, columnNames);
}

function checkRange(action: string, name: string, range: unknown): void {
  const finite = Array.isArray(range) && range.length === 2 && range.every((end) => Number.isFinite(end));
  if (finite && range[0] < range[1]) return;
  const rule = "hold the smallest and the largest possible outcome, as in { range: [1, 7] }";
  throw new RangeError(cannot(action, name, rule, range));
}

function checkInside(values: Float64Array, range: readonly [number, number] | undefined): void {
  if (range === undefined) return;
  const outside = values.find((outcome) => outcome < range[0] || outcome > range[1]);
  if (outside !== undefined) throw new RangeError(cannot(action, "range", "hold every outcome", outside));
}

type Sample = ReturnType<typeof sampleOf>;

/** The units of two arms, those without an outcome (`NaN`) included. */
function sampleOf(units: Units, arm: number, reference: number) {
  if (units.persona !== null && units.personas < units.arm.length) {
    throw new RangeError(cannot(action, "table", "hold each persona in one arm only", "personas in several"));
  }
  const rows = [...units.arm.keys()].filter((at) => units.arm[at] === arm || units.arm[at] === reference);
  return {
    value: Float64Array.from(rows, (at) => units.value[at]!),
    treated: Uint8Array.from(rows, (at) => units.arm[at] === arm ? 1 : 0),
    cluster: units.cluster === null ? null : Int32Array.from(rows, (at) => units.cluster!.codes[at]!),
  };
}

/**
 * Bounds on the effect on those who answer in either arm: the arm with more answers loses its excess from the top, then
 * from the bottom. Lee 2009, Review of Economic Studies 76: 1071-1102, eq. 8 and Proposition 3.
 */
function leeBounds(sample: Sample) {
  const [control, treated] = [responses(sample, 0), responses(sample, 1)];
  if (control.sorted.length === 0 || treated.sorted.length === 0) {
    const unknown = { estimate: NaN, stdError: NaN };
    return { lower: unknown, upper: unknown, trimmed: NaN };
  }
  const swap = treated.rate < control.rate;
  const [kept, cut] = swap ? [treated, control] : [control, treated];
  const share = kept.rate / cut.rate;
  const trims = [trimmedMean(cut.sorted, share, 1), trimmedMean(cut.sorted.toReversed(), share, -1)];
  const bounds = trims.map((trim) => {
    const influence = leeInfluence(sample, { kept, cut, share, trim, cutSide: swap ? 0 : 1 });
    const estimate = (swap ? -1 : 1) * (trim.mean - kept.mean);
    return { estimate, stdError: standardError(influence, sample.cluster) };
  });
  const [lower, upper] = swap ? [bounds[1]!, bounds[0]!] : [bounds[0]!, bounds[1]!];
  return { lower, upper, trimmed: 1 - share };
}

/**
 * Bounds without any assumption on who is missing: missing outcomes are all at one end of the scale in one arm and at the
 * other end in the other. Horowitz and Manski 2000, Journal of the American Statistical Association 95: 77-84.
 */
function worstCaseBounds(sample: Sample, [smallest, largest]: readonly [number, number]) {
  const fill = (treated: number, control: number) => {
    const value = sample.value.map((outcome, i) =>
      Number.isNaN(outcome) ? (sample.treated[i] === 1 ? treated : control) : outcome
    );
    const sides = [0, 1].map((side) => responses({ ...sample, value }, side));
    const influence = value.map((outcome, i) => {
      const side = sample.treated[i]!;
      return (side === 1 ? 1 : -1) * (outcome - sides[side]!.mean) / sides[side]!.n;
    });
    return { estimate: sides[1]!.mean - sides[0]!.mean, stdError: standardError(influence, sample.cluster) };
  };
  return { lower: fill(smallest, largest), upper: fill(largest, smallest), trimmed: 0 };
}

type Responses = ReturnType<typeof responses>;

function responses({ value, treated }: Sample, side: number) {
  const all = value.filter((_, i) => treated[i] === side);
  const given = all.filter((outcome) => !Number.isNaN(outcome));
  const mean = given.reduce((sum, outcome) => sum + outcome, 0) / given.length;
  return { n: all.length, rate: given.length / all.length, mean, sorted: given.sort() };
}

type Trim = ReturnType<typeof trimmedMean>;

/**
 * The mean of the first `share` of the values, of which smaller ones (`direction` 1) or larger ones are kept; the unit at
 * the edge counts in part, so that ties split evenly.
 */
function trimmedMean(values: Float64Array, share: number, direction: 1 | -1) {
  const wanted = share * values.length;
  const whole = Math.min(values.length, Math.floor(wanted + 1e-9));
  let total = 0;
  for (let i = 0; i < whole; i++) total += values[i]!;
  const edge = values[Math.min(whole, values.length - 1)]!;
  return { mean: (total + (wanted - whole) * edge) / wanted, edge, direction };
}

/**
 * Each unit's influence on trimmed mean less the other arm's mean, divided by n: the trimmed mean, its share
 * τ = kept rate / cut rate, and the mean. Lee 2009, Proposition 3, as a sum over units.
 */
function leeInfluence(
  { value, treated }: Sample,
  parts: { kept: Responses; cut: Responses; share: number; trim: Trim; cutSide: number },
): Float64Array {
  const { kept, cut, share, trim, cutSide } = parts;
  // d mean / d share = (edge - mean) / share
  const slope = (trim.edge - trim.mean) / share;
  return value.map((outcome, i) => {
    const answered = Number.isNaN(outcome) ? 0 : 1;
    if (treated[i] !== cutSide) {
      const own = answered === 1 ? -(outcome - kept.mean) / (kept.n * kept.rate) : 0;
      return own + slope * (answered - kept.rate) / (kept.n * cut.rate);
    }
    const inside = answered === 1 && trim.direction * (outcome - trim.edge) <= 0;
    const excess = (inside ? outcome - trim.edge : 0) - share * (trim.mean - trim.edge);
    const own = answered === 1 ? excess / (cut.n * cut.rate * share) : 0;
    return own - slope * share * (answered - cut.rate) / (cut.n * cut.rate);
  });
}

function standardError(influence: Float64Array, cluster: Int32Array | null): number {
  const clusters = cluster ?? Int32Array.from(influence.keys());
  return Math.sqrt(influenceCovariance(influence, influence, clusters));
}
