import { checkColumns } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { readOptions, required, rule, type RulesFor } from "../core/options.ts";
import { estimateRow, estimateTableColumns } from "../core/rows.ts";
import { columnOf, distinct, isTable, type Table, tableOfRows } from "../core/table.ts";
import { checkControls, type DriftOptions, driftRules } from "./control_options.ts";
import type { EffectRow, OpenBias } from "./open_bias.ts";
import { breakdownKappa, checkKappa, largestBias, measureShifts, openBiases, widen } from "./open_bias.ts";

/** Options of {@linkcode estimateControlBounds}. */
export interface EstimateControlBoundsOptions
  extends Omit<DriftOptions, "permutations" | "margin" | "missing" | "measures" | "levels"> {
  /** The effects to bound: a table of `estimateEffects`, or of any estimator, from the same answers. */
  effects: Table;
  /** The negative controls: names of items (long table) or of columns (wide table). */
  controls: string | readonly string[];
  /**
   * How many times as strongly as on its most telling control the outcome may hang on what drifts.
   * @default {[0, 0.5, 1, 2]}
   */
  kappa?: readonly number[];
}

const action = "estimate control bounds";

const { permutations: _p, margin: _m, missing: _n, measures: _k, levels: _l, ...shared } = driftRules;
const rules = {
  ...shared,
  effects: required<Table>((action, name, value) => {
    if (isTable(value)) return checkColumns(action, value, effectColumns, name);
    throw new TypeError(cannot(action, name, "be a table of estimateEffects", value));
  }),
  controls: required<string | readonly string[]>(checkControls),
  kappa: rule<readonly number[], readonly number[]>((action, name, value) => {
    if (Array.isArray(value) && value.length > 0) {
      return value.forEach((one) => checkKappa(action, name, one));
    }
    throw new RangeError(cannot(action, name, "be a list of numbers of at least 0", value));
  }, [0, 0.5, 1, 2]),
} as const satisfies RulesFor<EstimateControlBoundsOptions>;

const effectColumns = ["outcome", "arm", "reference", "estimate", "conf_low", "conf_high"];

/**
 * Estimates bounds on an effect from negative controls, for stated limits on how much more strongly the outcome may hang on
 * what drifts than on the controls: a sensitivity analysis, not a correction.
 *
 * What moved a negative control is drift, and drift biases the outcome as far as the outcome hangs on what drifts. If that
 * is the control itself, the bias is at most its shift (total variation) times how far the outcome's mean differs between
 * its answers. Both are taken at the upper ends of their intervals, so a control that was not seen to move still leaves a
 * bias open. Each arm's bound is κ times the largest of its controls' products. κ is not in the data: 1 holds where the most
 * telling control is the drifting attribute. Weak proxies, or several attributes that drift the same way, need more. Answers
 * that fewer than five gave in an arm are taken together, and of more than ten numbers the fifths.
 *
 * @param answers one row per answer (long) or per persona and arm (wide): what the effects were estimated from
 * @param options the effects, the controls and κ; see {@linkcode EstimateControlBoundsOptions}
 * @returns one row for each effect, control (and `all controls` where there are several) and κ: `shift_high` (upper end of
 * the control's shift, as in `estimateDrift`), `gap_high` (upper end of how far the outcome differs between two of its
 * answers, in either arm; in both together where each has an answer that the other lacks), `estimate`, `bound_low`,
 * `bound_high` (the estimate, and κ · shift · gap around it), `conf_low`, `conf_high` (the same around the effect's
 * interval), `breakdown_kappa` (from which κ on that interval holds 0; 0 where it always does, `Infinity` where it never
 * does), `basis`, `notes` (with the assumption), `reason`
 * @throws {RangeError} if a column, control or arm is not there, an effect is not of arms of the answers, or κ is negative
 * @see Lin et al. 2026, arXiv 2605.20767 (bias = Σ E[Y | x] (P(x | arm) − P(x | reference))); Lipsitch, Tchetgen Tchetgen
 * and Cohen 2010, Epidemiology 21(3): 383-388 (negative controls detect bias; the limit κ is this project's assumption)
 * @example The effect survives the bias that its control leaves open, not three times as much
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { columnOf, tableOf } from "@understudy/understudy/core";
 * import { estimateControlBounds } from "@understudy/understudy/drift";
 * import { estimateEffects } from "@understudy/understudy/estimation";
 *
 * const rows = Array.from({ length: 200 }, (_, i) => i);
 * const news = rows.map((i) => (i * 7) % 10 < (i < 100 ? 4 : 6) ? "tv" : "web");
 * const answers = tableOf({
 *   arm: rows.map((i) => i < 100 ? "control" : "threat"),
 *   news,
 *   support: rows.map((i) => (i < 100 ? 0 : 1.5) + (news[i] === "tv" ? 1 : 0) + (i * 3) % 4),
 * });
 * const effects = estimateEffects(answers, { outcome: "support" });
 * const bounds = estimateControlBounds(answers, { effects, controls: "news", kappa: [1, 3] });
 * assertEquals(columnOf<number>(bounds, "conf_low").map((low) => low > 0), [true, false]);
 * ```
 */
export function estimateControlBounds(answers: Table, options: EstimateControlBoundsOptions): Table {
  const { effects, controls, kappa, ...settings } = readOptions(action, options, rules);
  const names = [controls].flat();
  const references = settings.reference === undefined
    ? distinct(columnOf(effects, "reference").map(String))
    : [settings.reference];
  const drift = references.flatMap((reference) =>
    measureShifts(action, answers, names, { ...settings, reference })
  );
  const rows = (effects.objects() as EffectRow[]).flatMap((effect) => {
    const open = openBiases(action, answers, { drift, effect }, settings);
    if (open.length === 0) {
      const arms = `${effect.arm} against ${effect.reference}`;
      throw new RangeError(cannot(action, "effects", "compare arms of the answers with the reference", arms));
    }
    const all = open.length > 1 ? [{ ...largestBias(open), control: "all controls" }] : [];
    return [...open, ...all].flatMap((one) => kappa.map((k) => boundRow(effect, one, k)));
  });
  const before = ["control", "kappa", "shift_high", "gap_high"];
  return tableOfRows(rows, estimateTableColumns(before, ["bound_low", "bound_high", "breakdown_kappa"]));
}

function boundRow(effect: EffectRow, { control, shift, gap, bias, ...said }: OpenBias, kappa: number) {
  const [bound_low, bound_high] = widen(effect.estimate, effect.estimate, { bias, kappa });
  const [conf_low, conf_high] = widen(effect.conf_low, effect.conf_high, { bias, kappa });
  return estimateRow({
    ...effect,
    estimator: "control bounds",
    statistic: NaN,
    p_value: NaN,
    control,
    kappa,
    shift_high: shift,
    gap_high: gap,
    bound_low,
    bound_high,
    conf_low,
    conf_high,
    breakdown_kappa: breakdownKappa(effect, bias),
    notes: [effect.notes ?? "", ...said.notes, sayKappa(kappa, control)],
    reason: [
      effect.reason ?? (Number.isNaN(effect.conf_low) ? "the effect has no interval" : ""),
      said.reason,
    ],
  });
}

function sayKappa(kappa: number, control: string): string {
  const telling = control === "all controls" ? "their most telling one" : `'${control}'`;
  return `assumes that the outcome hangs on what drifts at most ${kappa} times as strongly as on ${telling}: ` +
    "sensitivity, not a correction";
}
