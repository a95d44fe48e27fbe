import { cutReason, driftColumns, notAskedReason, type Verdict } from "../core/columns.ts";
import { cannot } from "../core/errors.ts";
import { callback, rule } from "../core/options.ts";
import { columnOf, distinct, isTable, type Table, tableOfRows } from "../core/table.ts";
import type { DriftSettings } from "./control_options.ts";
import { missingControl } from "./measures.ts";
import type { DriftRow } from "./estimate_drift.ts";
import type { EffectRow } from "./open_bias.ts";
import { breakdownKappa, checkKappa, largestBias, measureShifts, openBiases, widen } from "./open_bias.ts";

/** What a control is for: it steers a repair or judges it; one family of controls only; or answers that are missing. */
export type ControlRole = "steer" | "judge" | "control" | "missing";

export type RoleRow = DriftRow & { readonly role: ControlRole };

/** The rows of a drift table in a role; answers that are missing are one of their own. */
export function inRole(rows: readonly DriftRow[], role: ControlRole): RoleRow[] {
  return rows.map((row) => ({ ...row, role: row.control === missingControl ? "missing" : role }));
}

export interface MeasuredRun {
  readonly label: string;
  readonly answers: Table;
  readonly drift: readonly RoleRow[];
  readonly effect: Table | null;
}

/** Estimates the effect from one run's answers: recorded, never used to decide. */
export type EstimateOfRun = (answers: Table) => Table;

/** How the effect of a run is estimated, and how far it may be biased. */
export interface EffectOfRunOptions {
  /**
   * Estimates the effect from the answers of one run. Recorded, never used to decide.
   * @default {undefined} none
   */
  effect?: EstimateOfRun;
  /**
   * How many times as strongly as on its most telling control the outcome may hang on what drifts: the effect's second
   * interval is widened by so much of the bias that the controls leave open (see `estimateControlBounds`).
   * @default {1}
   */
  kappa?: number;
}

export const effectOfRunRules = {
  effect: callback<EstimateOfRun>(),
  kappa: rule<number, number>(checkKappa, 1),
} as const;

interface MeasureRunOptions {
  readonly label: string;
  /** What it is called in an error. */
  readonly name: string;
  readonly effect: EstimateOfRun | undefined;
  readonly kappa: number;
  readonly drift: (answers: Table) => RoleRow[];
  readonly settings: DriftSettings;
}

/** Measures one run; part of an experiment says nothing about whether the whole drifts. */
export function measureRun(action: string, answers: unknown, options: MeasureRunOptions): MeasuredRun {
  if (!isTable(answers)) throw new TypeError(cannot(action, "run", "resolve to an Arquero table", answers));
  const reasons = answers.columnNames().includes("reason") ? columnOf(answers, "reason") : [];
  const missing = reasons.filter((why) => String(why).startsWith(notAskedReason) || why === cutReason);
  if (missing.length > 0) {
    throw new Error(
      `Cannot ${action} as the run of ${options.name} was stopped before ${missing.length} answers were asked for: ` +
        "run it again to its end (with a store, what was answered is not asked again)",
    );
  }
  const effect: unknown = options.effect?.(answers) ?? null;
  if (effect !== null && !isTable(effect)) {
    throw new TypeError(cannot(action, "effect", "return an Arquero table", effect));
  }
  const run = { label: options.label, answers, drift: options.drift(answers), effect };
  return effect === null ? run : { ...run, effect: widenEffects(action, run, effect, options) };
}

/** The columns that a run's effect gains: what its controls leave open. */
const widened = "kappa open_bias open_control widened_low widened_high breakdown_kappa open_reason".split(
  " ",
);

/** Widens each effect's interval by κ times the bias that the controls of its run leave open. */
function widenEffects(
  action: string,
  { answers, drift }: MeasuredRun,
  effects: Table,
  { kappa, settings }: MeasureRunOptions,
): Table {
  const names = effects.columnNames();
  const needed = ["outcome", "arm", "reference", "conf_low", "conf_high"];
  const lacks = needed.find((name) => !names.includes(name));
  const shifts = lacks === undefined ? shiftsOf(action, answers, drift, settings) : [];
  const rows = (effects.objects() as EffectRow[]).map((effect) => {
    const { control, bias, reason } = lacks === undefined
      ? largestBias(openBiases(action, answers, { drift: shifts, effect }, settings))
      : { control: "", bias: NaN, reason: `the effect's table has no column '${lacks}'` };
    const [widened_low, widened_high] = widen(effect.conf_low, effect.conf_high, { bias, kappa });
    return {
      ...effect,
      kappa,
      open_bias: kappa === 0 ? 0 : kappa * bias,
      open_control: control,
      widened_low,
      widened_high,
      breakdown_kappa: breakdownKappa(effect, bias),
      open_reason: reason,
    };
  });
  return tableOfRows(rows, [...names, ...widened]);
}

/** The controls' rows by the distance that bounds a bias; measured again where others were asked for. */
function shiftsOf(action: string, answers: Table, drift: readonly RoleRow[], settings: DriftSettings) {
  const named = ofControls(drift);
  if (named.every(({ measure }) => measure === "total variation")) return named;
  return measureShifts(action, answers, distinct(named.map(({ control }) => control)), settings);
}

/** The rows of named controls: stating attributes does not bring missing answers back. */
function ofControls(drift: readonly RoleRow[]): RoleRow[] {
  return drift.filter(({ role }) => role !== "missing");
}

/**
 * Whether a control's drift is shown to be below the margin. That all are below it is shown by every test at its full
 * level: an intersection-union test (Berger 1982, Technometrics 24(4):295-300).
 */
export function isBelowMargin(row: DriftRow, alpha: number): boolean {
  return row.p_equivalence <= alpha;
}

/**
 * How the simulated people stand: `found` (some control is rejected, after adjustment for their number: drift remains),
 * `not found` (none is), `within margin` (every control is shown to drift by less than the margin), `cannot tell`.
 */
export function verdictOf(drift: readonly RoleRow[], alpha: number): Verdict {
  const named = ofControls(drift);
  if (named.length > 0 && named.every((row) => isBelowMargin(row, alpha))) return "within margin";
  if (named.some((row) => row.p_adjusted <= alpha)) return "found";
  return named.some((row) => row.verdict !== "cannot tell") ? "not found" : "cannot tell";
}

export function sayRejected(
  words: string,
  drift: readonly RoleRow[],
  role: ControlRole,
  alpha: number,
): string[] {
  return sayControls(words, drift.filter((row) => row.role === role && row.p_adjusted <= alpha));
}

function sayControls(words: string, rows: readonly RoleRow[]): string[] {
  return rows.length === 0 ? [] : [`${words}: ${distinct(rows.map((row) => row.control)).join(", ")}`];
}

export function noteMissingAnswers(drift: readonly RoleRow[], alpha: number): string[] {
  const missing = drift.some((row) => row.role === "missing" && row.p_adjusted <= alpha);
  return missing ? ["answers are missing differently between arms"] : [];
}

/** What the controls do not exclude, where they show no drift below a margin. */
export function noteOpen({ drift, effect }: MeasuredRun, alpha: number): string[] {
  const open = ofControls(drift).filter((row) => !isBelowMargin(row, alpha) && !Number.isNaN(row.conf_high));
  const largest = open.toSorted((a, b) => b.conf_high - a.conf_high)[0];
  if (largest === undefined) return [];
  const effects = rowsOf(effect).filter((row) => !Number.isNaN(Number(row.open_bias)));
  const most = Math.max(...effects.map((row) => Number(row.open_bias)));
  const biased = effects.length === 0
    ? ""
    : `, nor a bias of the effect of up to ${most.toPrecision(2)} (κ = ${effects[0]!.kappa})`;
  return [`not excluded: drift of up to ${largest.conf_high.toFixed(2)} (${largest.control})${biased}`];
}

export function whyUnchecked(drift: readonly RoleRow[]): string[] {
  return sayControls("could not be checked", drift.filter((row) => row.verdict === "cannot tell"));
}

/** The smallest adjusted p-value and the largest excess among the controls of a role; `NaN` where there is none. */
export function extremesOf(drift: readonly RoleRow[], role: ControlRole): { p: number; excess: number } {
  const own = drift.filter((row) => row.role === role && !Number.isNaN(row.p_adjusted));
  return own.length === 0
    ? { p: NaN, excess: NaN }
    : { p: Math.min(...own.map((row) => row.p_adjusted)), excess: Math.max(...own.map((row) => row.excess)) };
}

/** Each arm of a run's effect with the drift of that arm; one entry without numbers where there is none. */
export function effectsByArm(
  { effect, drift }: MeasuredRun,
): { effect: { readonly [column: string]: unknown }; drift: readonly RoleRow[] }[] {
  const effects = rowsOf(effect);
  return (effects.length === 0 ? [{}] : effects).map((row: { readonly [column: string]: unknown }) => {
    const { estimate = NaN, std_error = NaN, conf_low = NaN, conf_high = NaN, arm = null } = row;
    const { outcome = "", reference = "" } = row;
    const own = drift.filter((control) => control.arm === arm);
    const open = Object.fromEntries(widened.map((name) => [name, row[name] ?? null]));
    return {
      effect: { outcome, arm, reference, estimate, std_error, conf_low, conf_high, ...open },
      drift: own.length === 0 ? drift : own,
    };
  });
}

export function stackRuns(
  runs: readonly MeasuredRun[],
  number: "iteration" | null,
): { drift: Table; effects: Table } {
  const names = [...(number === null ? [] : [number]), "label"];
  const stack = (rowsOfRun: (run: MeasuredRun) => readonly object[]) =>
    runs.flatMap((run, iteration) => rowsOfRun(run).map((row) => ({ ...row, iteration, label: run.label })));
  const ofEffects = runs.flatMap(({ effect }) => effect?.columnNames() ?? []);
  return {
    drift: tableOfRows(stack(({ drift }) => drift), [...names, "role", ...Object.keys(driftColumns)]),
    effects: tableOfRows(stack(({ effect }) => rowsOf(effect)), distinct([...names, ...ofEffects])),
  };
}

function rowsOf(table: Table | null): { readonly [column: string]: unknown }[] {
  return table === null ? [] : table.objects() as { readonly [column: string]: unknown }[];
}
