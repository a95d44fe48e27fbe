import { cannot } from "../core/errors.ts";
import type { EstimateRow } from "../core/rows.ts";
import { sessionAnswers } from "../core/session_rows.ts";
import { isLong, readStudy } from "../core/study.ts";
import { columnOf, combineLabels, encodeLabels, groupRows, type Table, tableOf } from "../core/table.ts";
import { studentTQuantile } from "../stats/distributions.ts";
import { readControls, readRows } from "./answers.ts";
import type { DriftSettings } from "./control_options.ts";
import { computeDrift, type DriftRow } from "./estimate_drift.ts";
import { quantileGroups } from "./measures.ts";

export type EffectRow =
  & Pick<EstimateRow, "outcome" | "arm" | "reference" | "estimate" | "conf_low" | "conf_high">
  & Partial<Pick<EstimateRow, "notes" | "reason">>;

/** Checks how much more strongly than on a control an outcome may hang on what drifts. */
export function checkKappa(action: string, name: string, value: unknown): void {
  if (typeof value === "number" && value >= 0 && value < Infinity) return;
  throw new RangeError(cannot(action, name, "be a number of at least 0", value));
}

/** The bias of an effect that one control leaves open, if the outcome hangs on what drifts as on this control. */
export interface OpenBias {
  readonly control: string;
  /** Upper ends of the control's shift, and of how far the outcome differs between two of the control's answers. */
  readonly shift: number;
  readonly gap: number;
  /** The largest bias: shift times gap. */
  readonly bias: number;
  readonly notes: readonly string[];
  /** Why there is none; empty where there is. */
  readonly reason: string;
}

/** What says who answered in which arm, and how intervals are drawn. */
type ShiftSettings = Omit<DriftSettings, "measures" | "levels" | "margin" | "missing" | "permutations">;

/** Measures each control's shift by the total variation of its answers, of many numbers of their fifths. */
export function measureShifts(
  action: string,
  answers: Table,
  controls: readonly string[],
  settings: ShiftSettings,
): DriftRow[] {
  return computeDrift(action, takeTogether(action, sessionAnswers(answers), controls), controls, {
    ...settings,
    measures: ["total variation"],
    levels: {},
    margin: undefined,
    missing: false,
    // Only the intervals are used.
    permutations: 1,
  });
}

/** The answers with those to a control that are taken together under one name. */
function takeTogether(action: string, answers: Table, controls: readonly string[]): Table {
  const columns: { [name: string]: unknown[] } = {};
  for (const { control, codes, labels, rows } of readControls(action, answers, controls, [])) {
    const groups = groupAnswers(labels, codes);
    if (new Set(Array.from(groups)).size === labels.length) continue;
    const name = isLong(answers) ? "value" : control;
    const values = columns[name] ??= columnOf(answers, name);
    rows.forEach((row, at) => {
      if (codes[at]! >= 0) values[row] = `fifth ${groups[codes[at]!]! + 1}`;
    });
  }
  return Object.keys(columns).length === 0 ? answers : answers.assign(tableOf(columns)) as Table;
}

/**
 * Measures what each control leaves open of an effect's bias. If what drifts is the control c, the bias is Σ E[Y | c] (P(c |
 * arm) − P(c | reference)), at most its total variation times the range of E[Y | c]. Both are taken at their upper ends.
 * `drift` are the controls' rows by total variation.
 */
export function openBiases(
  action: string,
  answers: Table,
  { drift, effect }: { readonly drift: readonly DriftRow[]; readonly effect: EffectRow },
  settings: ShiftSettings,
): OpenBias[] {
  // Arms that are numbers come back from files as such.
  const [first, second] = [String(effect.arm), String(effect.reference)];
  const own = drift.filter(({ arm, reference }) => arm === first && reference === second);
  const controls = own.map(({ control }) => control);
  const gaps = outcomeGaps(action, sessionAnswers(answers), controls, effect, settings);
  return own.map(({ control, conf_high: shift, reason }, at): OpenBias => {
    const { gap = NaN, decided = false } = gaps?.[at] ?? {};
    const why = Number.isNaN(shift)
      ? `no upper end of its shift: ${reason}`
      : gaps === null
      ? `the answers hold no outcome '${effect.outcome}'`
      : decided
      ? "the arm alone decides the control, which may then bias without bound"
      : Number.isNaN(gap)
      ? "too few answers differ within an arm to say how far the outcome differs between them"
      : "";
    return { control, shift, gap, bias: decided ? Infinity : shift * gap, notes: [], reason: why };
  });
}

/** The control that leaves the largest bias open; what could not be measured is said. */
export function largestBias(open: readonly OpenBias[]): OpenBias {
  const known = open.filter(({ bias }) => !Number.isNaN(bias));
  const lost = open.flatMap(({ control, bias, reason }) =>
    Number.isNaN(bias) ? [`${control}: ${reason}`] : []
  );
  if (known.length === 0) {
    const reason = lost.join("; ") || "no control is compared between these arms";
    return { control: "", shift: NaN, gap: NaN, bias: NaN, notes: [], reason };
  }
  const largest = known.reduce((most, one) => one.bias > most.bias ? one : most);
  return { ...largest, notes: [...largest.notes, ...lost.map((why) => `not counted, ${why}`)] };
}

/** An interval, widened by κ times a bias; `NaN` where that knows no bound. */
export function widen(
  low: number,
  high: number,
  { bias, kappa }: { readonly bias: number; readonly kappa: number },
): [number, number] {
  const reach = kappa === 0 ? 0 : kappa * bias;
  return Number.isFinite(reach) ? [low - reach, high + reach] : [NaN, NaN];
}

/** From which κ on an interval that is widened by κ times a bias holds 0; 0 where it does without. */
export function breakdownKappa({ conf_low, conf_high }: EffectRow, bias: number): number {
  if (Number.isNaN(conf_low + conf_high + bias)) return NaN;
  return conf_low <= 0 && conf_high >= 0 ? 0 : Math.min(Math.abs(conf_low), Math.abs(conf_high)) / bias;
}

/**
 * For each control the upper end of how far the outcome differs between two of its answers, in either arm; whether the arms
 * have no answer to it in common, so that no arm shows what its shift does to the outcome.
 */
function outcomeGaps(
  action: string,
  answers: Table,
  controls: readonly string[],
  effect: EffectRow,
  settings: ShiftSettings,
): { gap: number; decided: boolean }[] | null {
  const { arms, arm, unit } = readRows(action, answers, settings);
  const replies = readReplies(action, answers, effect.outcome, settings);
  if (replies === null) return null;
  const { reply, value } = replies;
  return readControls(action, answers, controls, []).map(({ codes, labels, rows }) => {
    const groupOf = groupAnswers(labels, codes);
    const inArm = (name: string) => {
      const wanted = arms.indexOf(String(name));
      const known = [...rows.keys()].filter((at) =>
        arm[rows[at]!] === wanted && codes[at]! >= 0 && !Number.isNaN(value[reply[rows[at]!]!])
      );
      const groups = known.map((at) => groupOf[codes[at]!]!);
      const values = known.map((at) => value[reply[rows[at]!]!]!);
      const units = known.map((at) => unit[rows[at]!]!);
      const often = [...groupRows(groups)].filter(([, own]) => own.length >= fewest).map(([group]) => group);
      return { given: new Set(groups), often, gap: gapWithin({ values, groups, units }, settings.alpha) };
    };
    const [reference, treated] = [inArm(effect.reference), inArm(effect.arm)];
    const gaps = [reference.gap, treated.gap].filter((gap) => !Number.isNaN(gap));
    const answered = reference.given.size > 0 && treated.given.size > 0;
    // Between an answer of one arm alone (and not a rare one) and one of the other alone lies one of both: gaps add up.
    const apart = reference.often.some((group) => !treated.given.has(group)) &&
      treated.often.some((group) => !reference.given.has(group));
    return {
      gap: gaps.length === 0 ? NaN : apart ? gaps.reduce((sum, gap) => sum + gap) : Math.max(...gaps),
      decided: answered && reference.given.isDisjointFrom(treated.given),
    };
  });
}

/** Each row's reply, and the outcome in each reply: of a long table, items of the same reply stand in several rows. */
export function readReplies(
  action: string,
  answers: Table,
  name: string,
  settings: ShiftSettings,
): { reply: ArrayLike<number>; value: Float64Array } | null {
  const count = answers.numRows();
  const long = isLong(answers);
  const items = long ? columnOf<string>(answers, "item") : [];
  const known = long ? new Set(items) : new Set(answers.columnNames());
  // Effects on a share are named "item = category"; an item's own name may hold the sign too.
  const parted = name.split(" = ");
  const outcome = parted.map((_, at) => parted.slice(0, at + 1).join(" = ")).findLast((own) =>
    known.has(own)
  );
  if (outcome === undefined) return null;
  const category = outcome === name ? undefined : name.slice(outcome.length + 3);
  const study = readOrNull(() => readStudy(action, answers, { ...settings, outcome, category }));
  if (study === null) return null;
  const rows = [...Array(count).keys()].filter((row) => !long || items[row] === outcome);
  const columns = [settings.persona ?? "persona_id", settings.arm, "replicate", "wording"];
  const parts = answers.columnNames().includes("trial_id") ? ["trial_id", columns[0]!] : columns;
  const present = parts.filter((part) => answers.columnNames().includes(part));
  const reply = long
    ? combineLabels(present.map((part) => encodeLabels(action, part, columnOf(answers, part)))).codes
    : Int32Array.from({ length: count }, (_, row) => row);
  const value = new Float64Array(count).fill(NaN);
  rows.forEach((row, at) => {
    if (study.leftOut[at] === undefined) value[reply[row]!] = study.value[at]!;
  });
  return { reply, value };
}

/** What cannot be read as the effect's outcome, which a function of the user's may have made of it, is none. */
function readOrNull<Read>(read: () => Read): Read | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) return null;
    throw error;
  }
}

/** The group of each category: itself, or of more than ten numbers the fifth of the answers in which it lies. */
export function groupAnswers(labels: readonly string[], codes: Int32Array): ArrayLike<number> {
  const numbers = labels.map(Number);
  if (labels.length <= 10 || numbers.some(Number.isNaN)) return labels.map((_, code) => code);
  return quantileGroups(numbers, codes, 5);
}

/** Answers that fewer gave are taken together. */
const fewest = 5;

/**
 * The upper end of the largest difference of the outcome's mean between two groups. The largest difference of the upper ends
 * of all pairs is at least that of the pair which truly differs most, so it needs no adjustment for their number. The error
 * of a pair is the larger of the pooled one and the one by unit, so that a group of equal values is not taken for known.
 */
function gapWithin(
  { values, groups, units }: { [of in "values" | "groups" | "units"]: readonly number[] },
  alpha: number,
): number {
  const all = [...groupRows(groups).values()];
  const rest = all.filter((rows) => rows.length < fewest).flat();
  const sets = [...all.filter((rows) => rows.length >= fewest), ...rest.length < fewest ? [] : [rest]];
  const clusters = new Set(units).size;
  const df = clusters - sets.length;
  if (sets.length < 2 || df < 1) return NaN;
  const means = sets.map((rows) => rows.reduce((sum, row) => sum + values[row]!, 0) / rows.length);
  // Each unit's part in the error of each mean.
  const parts = sets.map((rows, k) => {
    const part = new Map<number, number>();
    for (const row of rows) {
      const error = (values[row]! - means[k]!) / rows.length;
      part.set(units[row]!, (part.get(units[row]!) ?? 0) + error);
    }
    return part;
  });
  const used = sets.reduce((sum, rows) => sum + rows.length, 0);
  const squares = sets.reduce(
    (sum, rows, k) => sum + rows.reduce((own, row) => own + (values[row]! - means[k]!) ** 2, 0),
    0,
  );
  // Where nobody's outcome differs, nothing shows how far outcomes may lie apart.
  if (squares === 0 && means.every((mean) => mean === means[0])) return NaN;
  const pooled = squares / Math.max(1, used - sets.length);
  const quantile = studentTQuantile(1 - alpha / 2, df);
  let most = 0;
  for (let j = 1; j < sets.length; j++) {
    for (let k = 0; k < j; k++) {
      const both = new Set([...parts[j]!.keys(), ...parts[k]!.keys()]);
      let byUnit = 0;
      for (const unit of both) byUnit += ((parts[j]!.get(unit) ?? 0) - (parts[k]!.get(unit) ?? 0)) ** 2;
      const alone = pooled * (1 / sets[j]!.length + 1 / sets[k]!.length);
      const variance = Math.max(byUnit * clusters / Math.max(1, clusters - 1), alone);
      most = Math.max(most, Math.abs(means[j]! - means[k]!) + quantile * Math.sqrt(variance));
    }
  }
  return most;
}
