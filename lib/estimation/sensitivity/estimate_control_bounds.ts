import { cannot } from "../../core/errors.ts";
import {
  type ComparisonOptions,
  comparisonRules,
  type ReadOptions,
  readOptions,
  requiredColumns,
  rule,
  type RulesFor,
} from "../../core/options.ts";
import { estimateRow, estimateTableColumns } from "../../core/rows.ts";
import { outcomeName } from "../../core/study.ts";
import { type Table, tableOfRows } from "../../core/table.ts";
import { studentTQuantile } from "../../stats/distributions.ts";
import {
  type BoundLines,
  boundLines,
  boundsAt,
  breakdownOfBounds,
  breakdownOfInterval,
  effectInfluence,
  type Influenced,
  type InfluencedEffect,
} from "./control_bounds.ts";
import {
  type Attribute,
  clustersOf,
  freedomOf,
  readSensitivity,
  roundingError,
  type SensitivitySample,
} from "./attribute_sample.ts";

/** Options of {@linkcode estimateControlBounds}. */
export interface EstimateControlBoundsOptions extends ComparisonOptions {
  /**
   * The negative controls: items, or columns, that the treatment cannot change. Names become indicators. A name that is
   * both is read as the item; `notes` says what was read as a column: one of the personas cannot drift, and bounds
   * nothing. Controls measure drift; the `covariates` of `estimateRobustness` and `estimateBalancedEffects` are held
   * alike, because they may have moved the outcome.
   */
  controls: string | readonly string[];
  /**
   * How many times as far as the control, both in standard deviations within arms, drift may have moved the outcome.
   *
   * @default {[0, 0.5, 1, 2]}
   */
  kappa?: readonly number[];
}

const action = "estimate control bounds";

const rules = {
  ...comparisonRules,
  controls: requiredColumns,
  kappa: rule<readonly number[], readonly number[]>((action, name, value) => {
    const allowed = (one: unknown) => typeof one === "number" && one >= 0 && one < Infinity;
    if (Array.isArray(value) && value.length > 0 && value.every(allowed)) return;
    throw new RangeError(cannot(action, name, "be a list of numbers of at least 0", value));
  }, [0, 0.5, 1, 2]),
} as const satisfies RulesFor<EstimateControlBoundsOptions>;

const columnNames = estimateTableColumns(
  ["control", "kappa", "control_effect"],
  ["bound_low", "bound_high", "breakdown_kappa", "breakdown_kappa_estimate"],
);

/**
 * Estimates bounds on an effect from negative controls, for stated limits on how much more the outcome may have been
 * biased than the controls moved: a sensitivity analysis, not a correction.
 *
 * The treatment cannot change a negative control, so what moved it is drift, and drift may also have moved the outcome.
 * How far is unknown: it needs an assumption, and κ states it: |bias| ≤ κ · |effect on the control|, both in standard
 * deviations within arms (pooled), so that scales can be compared. κ is not in the data. A control of several names
 * counts by its most moved one; `all controls` by the most moved of all. The interval accounts for the errors of the
 * effect and of the controls together, and covers every effect that κ allows at least as often as its level says. A
 * control that did not move, seen through its error, still widens it. No effect is tested: `statistic` and `p_value` are
 * `NaN`, and `breakdown_kappa` stands in their place.
 *
 * @param answers one row per answer (long: items become columns) or per unit (wide); needs the arm, outcome and controls
 * @param options see {@linkcode EstimateControlBoundsOptions}
 * @returns one row for each arm other than the reference, control (and `all controls` where there are several) and κ:
 * `control_effect` (the control's largest effect, in its standard deviations; infinite, and then without bounds, where
 * the arm alone decides it), `estimate` and `std_error` (the effect as measured, in units of the outcome), `df`,
 * `bound_low`, `bound_high` (what κ allows), `conf_low`, `conf_high` (with sampling error), `breakdown_kappa` (from which
 * κ on the interval holds 0; 0 where it always does, `Infinity` where it never does), `breakdown_kappa_estimate` (the
 * same for the bounds), `n`, `basis`, `notes` (with the assumption), `reason`
 * @throws {RangeError} if a column, item or arm is missing, or κ is negative
 * @throws {TypeError} if an option is unknown or has the wrong type
 * @see Lipsitch, Tchetgen Tchetgen and Cohen 2010, Epidemiology 21(3): 383-388 (that negative controls detect bias; the
 * limit κ is this function's own assumption, not theirs)
 * @example The effect survives a bias as large as the control's shift, not one three times as large
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { columnOf, tableOf } from "@understudy/understudy/core";
 * import { estimateControlBounds } from "@understudy/understudy/estimation";
 *
 * const rows = Array.from({ length: 200 }, (_, i) => i);
 * const answers = tableOf({
 *   arm: rows.map((i) => i < 100 ? "control" : "threat"),
 *   news: rows.map((i) => (i * 7) % 10 < (i < 100 ? 4 : 6) ? "tv" : "web"),
 *   support: rows.map((i) => (i < 100 ? 0 : 1) + (i * 3) % 4),
 * });
 * const bounds = estimateControlBounds(answers, { outcome: "support", controls: "news", kappa: [1, 3] });
 * assertEquals(columnOf<number>(bounds, "bound_low").map((low) => low > 0), [true, false]);
 * ```
 */
export function estimateControlBounds(answers: Table, options: EstimateControlBoundsOptions): Table {
  const settings = readOptions(action, options, rules);
  const names = [settings.controls].flat();
  const samples = readSensitivity(action, answers, settings, {
    argument: "controls",
    names,
    complete: false,
  });
  return tableOfRows(samples.flatMap((sample) => rowsOf(sample, settings)), columnNames);
}

type Settings = ReadOptions<EstimateControlBoundsOptions, typeof rules>;

function rowsOf(sample: SensitivitySample, settings: Settings): object[] {
  const { comparison, attributes } = sample;
  const all: Attribute = { name: "all controls", columns: attributes.flatMap(({ columns }) => columns) };
  const own = effectInfluence(comparison.outcome, comparison.treated, comparison.block?.codes ?? null);
  return (attributes.length > 1 ? [...attributes, all] : attributes).flatMap((control) => {
    const { lines, df, quantile, largest, notes, reason } = boundControl(
      sample,
      own,
      control,
      settings.alpha,
    );
    const known = reason.length === 0;
    return settings.kappa.map((kappa) => {
      const at = known ? boundsAt(lines, kappa, quantile) : null;
      return estimateRow({
        outcome: outcomeName(settings),
        arm: comparison.arms[1],
        reference: comparison.arms[0],
        estimator: "control bounds",
        control: control.name,
        kappa,
        control_effect: largest,
        estimate: lines.effect,
        std_error: Math.sqrt(lines.variance),
        df,
        bound_low: at?.low ?? NaN,
        bound_high: at?.high ?? NaN,
        conf_low: at?.confLow ?? NaN,
        conf_high: at?.confHigh ?? NaN,
        conf_level: 1 - settings.alpha,
        breakdown_kappa: known ? breakdownOfInterval(lines, quantile) : NaN,
        breakdown_kappa_estimate: known ? breakdownOfBounds(lines) : NaN,
        n: own.n,
        basis: settings.basis,
        notes: [...sample.notes, ...notes, assumption(kappa, control.name)],
        reason,
      });
    });
  });
}

function assumption(kappa: number, control: string): string {
  const moved = control === "all controls" ? "the controls" : `'${control}'`;
  return `assumes |bias| ≤ ${kappa} × |effect on ${moved}|, both in standard deviations within arms: ` +
    "sensitivity, not a correction";
}

interface BoundedControl {
  readonly lines: BoundLines;
  readonly df: number;
  /** Of Student's t. */
  readonly quantile: number;
  /** The control's largest effect in its standard deviations, with its sign. */
  readonly largest: number;
  readonly notes: readonly string[];
  /** Why there are no bounds; empty where there are. */
  readonly reason: readonly string[];
}

function boundControl(
  { comparison }: SensitivitySample,
  own: InfluencedEffect,
  control: Attribute,
  alpha: number,
): BoundedControl {
  const { treated, outcome } = comparison;
  const clusters = clustersOf(comparison);
  const { measured, beyond, lost } = measureControl(comparison, control);
  const found = boundLines(own.effect, measured.map((column) => shiftOf(own, column)), clusters);
  const lines = found.variance <= roundingError(outcome) ** 2 ? { ...found, variance: 0 } : found;
  const freedom = [0, 1].map((side) => treated.filter((arm) => arm === side).length - 1);
  const df = freedomOf(own.effect.influence, treated, clusters, freedom as [number, number]);
  const varies = lines.variance > 0 && df > 0;
  const largest = beyond.length > 0
    ? Math.sign(beyond[0]!.effect.estimate) * Infinity
    : largestOf(measured.map(({ effect, deviation }) => effect.estimate / deviation.estimate));
  const lacking = Math.max(0, ...measured.map(({ n }) => own.n - n));
  const names = (columns: readonly MeasuredColumn[]) => columns.map(({ name }) => name).join(", ");
  return {
    lines,
    df: varies ? df : NaN,
    quantile: varies ? studentTQuantile(1 - alpha / 2, df) : NaN,
    largest,
    notes: [
      ...(lost.length > 0 ? [`controls without values to compare, left out: ${names(lost)}`] : []),
      ...(lacking > 0 ? [`units without the control, left out of its effect only: ${lacking}`] : []),
    ],
    reason: [
      ...(varies ? [] : [
        df > 0 && lines.variance <= 0
          ? "the effect shows no variance between the units compared"
          : "there are too few units or clusters for a standard error",
      ]),
      ...(beyond.length > 0
        ? [`the arm alone decides the control, which may then bias without bound: ${names(beyond)}`]
        : []),
      ...(Number.isNaN(largest) ? ["the control does not vary within arms"] : []),
    ],
  };
}

interface MeasuredColumn extends InfluencedEffect {
  readonly name: string;
}

/** A control's columns: those measured, those that the arm alone decides, and those without values in an arm. */
function measureControl(
  { treated, block }: SensitivitySample["comparison"],
  control: Attribute,
): { [part in "measured" | "beyond" | "lost"]: readonly MeasuredColumn[] } {
  const columns = control.columns.map(({ name, values }) => ({
    name,
    rounding: roundingError(values.filter((value) => !Number.isNaN(value))),
    ...effectInfluence(values, treated, block?.codes ?? null),
  }));
  const lost = columns.filter(({ effect }) => !Number.isFinite(effect.estimate));
  const measured = columns.filter((column) =>
    !lost.includes(column) && column.deviation.estimate > column.rounding
  );
  // What differs between arms and not within them has moved farther than their standard deviations can say.
  const beyond = columns.filter((column) =>
    !measured.includes(column) && Math.abs(column.effect.estimate) > column.rounding
  );
  return { measured, beyond, lost };
}

/** The number farthest from 0; `NaN` of none. */
function largestOf(values: readonly number[]): number {
  return values.reduce((most, value) => Math.abs(value) <= Math.abs(most) ? most : value, NaN);
}

/** A control's effect on the scale of the outcome: s_Y δ / s_C, with its error (delta method). */
function shiftOf(own: InfluencedEffect, control: InfluencedEffect): Influenced {
  const [outcome, spread, effect] = [own.deviation, control.deviation, control.effect];
  const ratio = outcome.estimate / spread.estimate;
  const influence = effect.influence.map((value, at) =>
    ratio * value + effect.estimate / spread.estimate * outcome.influence[at]! -
    ratio * effect.estimate / spread.estimate * spread.influence[at]!
  );
  return { estimate: ratio * effect.estimate, influence };
}
