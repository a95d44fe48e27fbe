import { checkOptions } from "../../core/checks.ts";
import { cannot } from "../../core/errors.ts";
import { type Table, tableOfRows } from "../../core/table.ts";
import { studentTQuantile } from "../../stats/distributions.ts";
import {
  type BoundLines,
  boundLines,
  boundsAt,
  breakdownOfBounds,
  breakdownOfInterval,
} from "./control_bounds.ts";
import { roundingError } from "./rounding_error.ts";
import {
  type Attribute,
  clustersOf,
  readNames,
  readSensitivity,
  sensitivityOptionNames,
  type SensitivityOptions,
  type SensitivityRequest,
  type SensitivitySample,
} from "./sensitivity_sample.ts";
import { effectInfluence, freedomOf, type Influenced, type InfluencedEffect } from "./unit_influence.ts";

/** Options of {@linkcode estimateControlBounds}: the outcome and the assignment as in `estimateEffects`, and these. */
export interface EstimateControlBoundsOptions extends SensitivityOptions {
  /**
   * The negative controls: items, or columns, that the treatment cannot change. Names become indicators. A name that is
   * both is read as the item; `reason` says what was read as a column: one of the personas cannot drift, and bounds
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
const columnNames = [
  "outcome",
  "term",
  "reference",
  "estimator",
  "control",
  "kappa",
  "control_effect",
  "estimate",
  "std_error",
  "bound_low",
  "bound_high",
  "conf_low",
  "conf_high",
  "conf_level",
  "breakdown_kappa",
  "breakdown_kappa_estimate",
  "n",
  "basis",
  "reason",
];

/**
 * Estimates bounds on an effect from negative controls, for stated limits on how much more the outcome may have been
 * biased than the controls moved: a sensitivity analysis, not a correction.
 *
 * The treatment cannot change a negative control, so what moved it is drift, and drift may also have moved the outcome.
 * How far is unknown: it needs an assumption, and κ states it: |bias| ≤ κ · |effect on the control|, both in standard
 * deviations within arms (pooled), so that scales can be compared. κ is not in the data. A control of several names
 * counts by its most moved one; `all controls` by the most moved of all. The interval accounts for the errors of the
 * effect and of the controls together, and covers every effect that κ allows at least as often as its level says. A
 * control that did not move, seen through its error, still widens it.
 *
 * @param answers one row per answer (long: items become columns) or per unit (wide); needs the arm, outcome and controls
 * @param options see {@linkcode EstimateControlBoundsOptions}
 * @returns one row for each arm other than the reference, control (and `all controls` where there are several) and κ:
 * `control_effect` (the control's largest effect, in its standard deviations; infinite, and then without bounds, where
 * the arm alone decides it), `estimate` and `std_error` (the effect as
 * measured, in units of the outcome), `bound_low`, `bound_high` (what κ allows), `conf_low`, `conf_high` (with sampling
 * error), `breakdown_kappa` (from which κ on the interval holds 0; 0 where it always does, `Infinity` where it never
 * does), `breakdown_kappa_estimate` (the same for the bounds), `n`, `basis`, `reason` (the assumption)
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
  checkOptions(action, options, [...sensitivityOptionNames, "controls", "kappa"]);
  const controls = readNames(action, "controls", options.controls, options.outcome);
  if (controls.length === 0) {
    throw new RangeError(cannot(action, "controls", "name at least one item or column", options.controls));
  }
  const { kappa = [0, 0.5, 1, 2] } = options;
  const allowed = (value: unknown) => typeof value === "number" && value >= 0 && value < Infinity;
  if (!Array.isArray(kappa) || kappa.length === 0 || !kappa.every(allowed)) {
    throw new RangeError(cannot(action, "kappa", "be a list of numbers of at least 0", kappa));
  }
  const request = readSensitivity(action, answers, options, controls, false);
  const rows = request.samples.flatMap((sample) => rowsOf(sample, request, kappa));
  return tableOfRows(rows, columnNames);
}

function rowsOf(
  sample: SensitivitySample,
  request: SensitivityRequest,
  kappa: readonly number[],
): { [name: string]: unknown }[] {
  const { comparison, attributes } = sample;
  const all: Attribute = { name: "all controls", columns: attributes.flatMap(({ columns }) => columns) };
  const controls = attributes.length > 1 ? [...attributes, all] : attributes;
  const own = effectInfluence(comparison.outcome, comparison.treated, comparison.block?.codes ?? null);
  return controls.flatMap((control) => {
    const bounded = boundControl(sample, own, control, request.alpha);
    const same = {
      outcome: request.outcome,
      term: comparison.arms[1],
      reference: comparison.arms[0],
      estimator: "control bounds",
      control: control.name,
      conf_level: 1 - request.alpha,
      n: own.n,
      basis: request.basis,
    };
    const told = [...request.notes, ...comparison.notes, ...bounded.notes];
    return kappa.map((value) => ({
      ...same,
      ...tidyBounds(bounded, value),
      reason: [...told, assumption(value, control.name)].join("; "),
    }));
  });
}

function tidyBounds({ lines, quantile, largest }: BoundedControl, kappa: number): { [name: string]: number } {
  const known = !Number.isNaN(quantile) && Number.isFinite(largest);
  const at = known ? boundsAt(lines, kappa, quantile) : null;
  return {
    kappa,
    control_effect: largest,
    estimate: lines.effect,
    std_error: Math.sqrt(lines.variance),
    bound_low: at?.low ?? NaN,
    bound_high: at?.high ?? NaN,
    conf_low: at?.confLow ?? NaN,
    conf_high: at?.confHigh ?? NaN,
    breakdown_kappa: known ? breakdownOfInterval(lines, quantile) : NaN,
    breakdown_kappa_estimate: known ? breakdownOfBounds(lines) : NaN,
  };
}

interface BoundedControl {
  readonly lines: BoundLines;
  /** Student's t; `NaN` where there is no variance. */
  readonly quantile: number;
  /** The control's largest effect in its standard deviations, with its sign. */
  readonly largest: number;
  readonly notes: readonly string[];
}

function boundControl(
  sample: SensitivitySample,
  own: InfluencedEffect,
  control: Attribute,
  alpha: number,
): BoundedControl {
  const { treated, outcome } = sample.comparison;
  const clusters = clustersOf(sample.comparison);
  const { measured, beyond, lost } = measureControl(sample, control);
  const found = boundLines(own.effect, measured.map((column) => shiftOf(own, column)), clusters);
  const rounded = found.variance <= roundingError(outcome) ** 2;
  const lines = rounded ? { ...found, variance: 0 } : found;
  const freedom = [0, 1].map((side) => treated.filter((arm) => arm === side).length - 1);
  const df = freedomOf(own.effect.influence, treated, clusters, freedom as [number, number]);
  const quantile = lines.variance > 0 && df > 0 ? studentTQuantile(1 - alpha / 2, df) : NaN;
  const largest = beyond.length > 0
    ? Math.sign(beyond[0]!.effect.estimate) * Infinity
    : largestOf(measured.map(({ effect, deviation }) => effect.estimate / deviation.estimate));
  const lacking = Math.max(0, ...measured.map(({ n }) => own.n - n));
  const names = (columns: readonly MeasuredColumn[]) => columns.map(({ name }) => name).join(", ");
  const alone = "the arm alone decides the control, which may then bias without bound";
  const notes = [
    Number.isNaN(quantile) ? whyNoVariance(lines.variance, df) : "",
    beyond.length > 0 ? `${alone}: ${names(beyond)}` : "",
    lost.length > 0 ? `controls without values to compare, left out: ${names(lost)}` : "",
    Number.isNaN(largest) ? "the control does not vary within arms" : "",
    lacking > 0 ? `units without the control, left out of its effect only: ${lacking}` : "",
  ];
  return { lines, quantile, largest, notes: notes.filter((note) => note !== "") };
}

interface MeasuredColumn extends InfluencedEffect {
  readonly name: string;
}

/** A control's columns: those measured, those that the arm alone decides, and those without values in an arm. */
function measureControl(
  { comparison: { treated, block } }: SensitivitySample,
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

function whyNoVariance(variance: number, df: number): string {
  return df > 0 && variance <= 0
    ? "the effect shows no variance between the units compared"
    : "there are too few units or clusters for a standard error";
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

function assumption(kappa: number, control: string): string {
  return `assumes |bias| ≤ ${kappa} × |effect on ${
    control === "all controls" ? "the controls" : `'${control}'`
  }|, ` +
    "both in standard deviations within arms: sensitivity, not a correction";
}
