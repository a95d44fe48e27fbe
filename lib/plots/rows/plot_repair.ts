import { checkColumns } from "../../core/checks.ts";
import { cannot } from "../../core/errors.ts";
import { readOptions } from "../../core/options.ts";
import { distinct, isTable, type Table } from "../../core/table.ts";
import { describeDrawn, drawnRows, firstFew, intervalName, joinTexts } from "../drawn_table.ts";
import { numbersIn, textsIn } from "../drawn_table.ts";
import { type AxisFigureOptions, axisRules, type Figure } from "../figure.ts";
import { decimalsOf, domainOf, writeInterval, writeNumber, writeShort } from "../numbers.ts";
import { type ControlRow, controlRows, driftKey, driftPanels } from "./plot_drift.ts";
import { effectPanel, effectRows, type TrueEffect, truthKey, truthRule } from "./plot_effects.ts";
import type { PlotRow } from "./row.ts";
import { drawRows } from "./draw_rows.ts";

/** How a repair is drawn; see {@linkcode plotRepair}. */
export interface PlotRepairOptions extends AxisFigureOptions {
  /**
   * The true effect where it is known (in a world): one number, or one for each arm.
   * @default {undefined} unknown
   */
  truth?: TrueEffect;
}

/** What a repair plot draws: the record of `repairDrift`, or of `compareRepairs`. */
export type RepairRecord =
  & { readonly drift: Table; readonly effects: Table }
  & ({ readonly iterations: Table } | { readonly repairs: Table });

const action = "plot a repair";
const rules = { ...axisRules, truth: truthRule } as const;

/**
 * Draws a repair: the drift of every negative control and the effect, run by run.
 *
 * For the record of `repairDrift` (runs follow one another, called by what each added) or of `compareRepairs` (runs
 * side by side). Above, each control's distance in every run as `plotDrift` draws it. Below, the effect of every run with
 * its interval, the one widened by what its controls leave open as a band, what was said of its drift, and the truth as a
 * dashed line where it is known.
 *
 * @param repair from `repairDrift` or `compareRepairs`
 * @param options see {@linkcode PlotRepairOptions} (defaults there); `unit` is that of the effect
 * @returns a {@linkcode Figure}; its table is the repair's table of iterations (or of repairs)
 * @throws {TypeError} if `repair` is no such record
 * @throws {RangeError} if a column is missing, or `truth` names an arm that is not there
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { plotRepair, tableOf } from "@understudy/understudy";
 *
 * const same = { control: "newspaper", arm: "threat", reference: "control", null_mean: 0.05, null_high: 0.1 };
 * const before = { statistic: 0.3, p_adjusted: 0.001, conf_low: 0.2, conf_high: 0.4, verdict: "found" };
 * const after = { statistic: 0.04, p_adjusted: 0.6, conf_low: 0, conf_high: 0.12, verdict: "not found" };
 * const label = ["base persona", "with party"];
 * const figure = plotRepair({
 *   iterations: tableOf({ label, added: ["", "party"], verdict: ["found", "not found"] }),
 *   drift: tableOf([{ label: label[0], ...same, ...before }, { label: label[1], ...same, ...after }]),
 *   effects: tableOf({}),
 * });
 * assertStringIncludes(figure.summary, "base persona: drift found (newspaper)");
 * ```
 */
export function plotRepair(repair: RepairRecord, options: PlotRepairOptions = {}): Figure {
  const { unit, truth, ...asked } = readOptions(action, options, rules);
  const table = checkRecord(repair);
  const ordered = "iterations" in repair;
  const runs = readRuns(table, ordered);
  const controls = byRole(controlRows(action, repair.drift, "label"))
    .map((row) => ({ ...row, stacked: runs.get(row.stacked)?.name ?? row.stacked }));
  const effects = readEffects(repair.effects, [runs, controls], truth);
  const drift = driftPanels(controls, undefined)
    .map((panel) => ({ ...panel, title: panel.title === undefined ? "Drift" : `Drift: ${panel.title}` }));
  const limits = distinct(controls.flatMap(({ dashes = [] }) => dashes.filter(Number.isFinite)));
  const kappas = distinct(numbersIn(repair.effects, "kappa")).filter(Number.isFinite);
  const widened = effects.some(({ band }) => band !== undefined);
  const steers = controls.some(({ role }) => role === "steer");
  return drawRows({
    table,
    restsOn: repair.effects,
    asked,
    title: ordered
      ? "Do the simulated people stay the same once more of them is stated?"
      : "In which rendering do the simulated people stay the same?",
    subtitle: ordered
      ? sayOutcome([...runs.values()].at(-1)!, limits)
      : "Drift of negative controls, and the effect",
    panels: effects.length === 0 ? drift : [...drift, {
      ...effectPanel(repair.effects, effects, unit),
      title: widened ? "Effect; in grey, with the bias that its controls leave open" : "Effect",
    }],
    valueHead: [`value [${intervalName(repair.effects)}]`],
    key: [
      ...driftKey.filter(({ look }) => look !== "dashed" || limits.length > 0)
        .map((item) => item.look === "dashed" ? { ...item, text: `margin ${limits.join(", ")}` } : item),
      ...truthKey(effects),
    ],
    notes: [
      widened ? sayKappa(repair.effects, kappas) : "",
      steers
        ? "Controls that steer decide when the repair stops; those that judge only judge the result; the effect decides nothing."
        : "",
      effects.length > 0
        ? ""
        : `${[...runs.values()].map(({ name, verdict }) => `${name}: drift ${verdict}`).join("; ")}.`,
    ],
    missing: "cannot tell",
    summary: `${firstFew(tellRuns(runs, controls, effects), 6)}.`,
  });
}

function checkRecord(repair: unknown): Table {
  const record = repair as { [part in "iterations" | "repairs" | "drift" | "effects"]?: unknown } | null;
  const table = record?.iterations ?? record?.repairs;
  if (isTable(table) && isTable(record?.drift) && isTable(record?.effects)) {
    const added = record.iterations === undefined ? [] : ["added"];
    checkColumns(action, table, ["label", "verdict", ...added], "repair");
    return table;
  }
  const rule =
    "be the result of repairDrift or compareRepairs, as in plotRepair(await repairDrift(run, { … }))";
  if (!isTable(repair)) throw new TypeError(cannot(action, "repair", rule, repair));
  throw new TypeError(`Cannot ${action} as 'repair' must ${rule}: it is a table; ${describeDrawn(repair)}`);
}

/** One run, an iteration or a rendering: what was added, or its name, and what was said of its drift. */
type Run = Readonly<Record<"name" | "verdict", string>>;

/** The runs by their labels. Of several arms, the worst verdict is what a reader must know. */
function readRuns(table: Table, ordered: boolean): Map<string, Run> {
  const severity = ["found", "cannot tell", "not found", "within margin"];
  const rows = drawnRows(table, ["label", "verdict", "added"], []);
  return new Map([...Map.groupBy(rows, ({ label }) => label)].map(([label, own], place) => {
    const verdicts = own.map(({ verdict }) => verdict)
      .sort((a, b) => severity.indexOf(a) - severity.indexOf(b));
    return [label, { name: ordered && place > 0 ? `+${own[0]!.added}` : label, verdict: verdicts[0]! }];
  }));
}

const roles = new Map([["steer", "steers"], ["judge", "judges"], ["missing", "refused or unreadable"]]);

/** Controls that steer before those that judge, each with its role beside its name. */
function byRole(controls: readonly ControlRow[]): ControlRow[] {
  const order = ["steer", "control", "judge", "", "missing"];
  return controls.toSorted((a, b) => order.indexOf(a.role) - order.indexOf(b.role)).map((row) => {
    const role = roles.get(row.role);
    return role === undefined ? row : { ...row, label: `${row.label} (${role})` };
  });
}

/** An effect in one run, and which effect it is. */
type RunEffect = PlotRow & Readonly<Record<"run" | "effect", string>>;

/**
 * Effects of the same outcome and arm stand together, run by run, with what was said of the run's drift, and as a band
 * the interval that is widened by what its controls leave open.
 */
function readEffects(
  table: Table,
  [runs, controls]: readonly [ReadonlyMap<string, Run>, readonly ControlRow[]],
  truth: TrueEffect | undefined,
): RunEffect[] {
  if (table.numRows() === 0) return [];
  const [outcomes, arms] = [textsIn(table, "outcome"), textsIn(table, "arm")];
  const [lows, highs] = [numbersIn(table, "widened_low"), numbersIn(table, "widened_high")];
  const decimals = decimalsOf(domainOf([0, ...lows, ...highs].filter(Number.isFinite)));
  const several = distinct(arms).length > 1;
  const rows = effectRows(action, table, { truth, label: "label" }).map((row, place): RunEffect => {
    const run = runs.get(row.label) ?? { name: row.label, verdict: "" };
    const on = outcomes[place] === "" ? "" : ` on ${outcomes[place]}`;
    const effect = `effect${several ? ` of ${arms[place]}` : ""}${on}`;
    const [low, high] = [lows[place]!, highs[place]!];
    const ends = [low, high].map((end) => writeNumber(end, decimals)).join(" to ");
    const wide = Number.isNaN(low + high) ? "" : `${ends} with what is open`;
    return {
      ...row,
      run: row.label,
      effect,
      label: run.name,
      detail: `drift ${run.verdict}${sayOpen(controls.filter(({ stacked }) => stacked === run.name))}`,
      note: joinTexts([wide, row.note], "; "),
      ...(wide === "" ? {} : { band: { low, high } }),
    };
  });
  const groups = [...Map.groupBy(rows, ({ effect }) => effect).values()];
  return groups.length === 1 ? rows : groups.flat().map((row) => ({ ...row, group: row.effect }));
}

/** What κ assumes, and from which on the last effect is not told from none. */
function sayKappa(table: Table, kappas: readonly number[]): string {
  const times = kappas.join() === "1" ? "as strongly" : `${kappas.join(" or ")} times as strongly`;
  const turns = numbersIn(table, "breakdown_kappa").at(-1) ?? NaN;
  const reached = turns > 0 && turns < Infinity;
  const last = reached ? ` The last effect's reaches 0 from κ = ${writeShort(turns)} on.` : "";
  return `Grey (κ = ${kappas.join(", ")}): if the outcome hangs on what drifts ${times} as on the control ` +
    `that tells most of it.${last}`;
}

/** How a repair ended. */
function sayOutcome({ name, verdict }: Run, limits: readonly number[]): string {
  if (verdict === "within margin") {
    return `Success: after ${name}, every control is shown to drift by less than the margin`;
  }
  const margin = limits.length === 0 ? "a margin" : `the margin (${limits.join(", ")})`;
  return `No success: the controls are not shown to drift by less than ${margin}`;
}

/** What the controls of a run do not exclude, where nothing was found or could be told. */
function sayOpen(controls: readonly ControlRow[]): string {
  const named = controls.filter(({ role }) => role !== "missing");
  if (named.some(({ verdict }) => verdict === "found")) return "";
  const highs = named.filter(({ verdict }) => verdict !== "within margin")
    .flatMap(({ points = [] }) => points.map(({ high = NaN }) => high)).filter(Number.isFinite);
  return highs.length === 0 ? "" : `: up to ${Math.max(...highs).toFixed(2)} not excluded`;
}

/** Each run in words. */
function tellRuns(
  runs: ReadonlyMap<string, Run>,
  controls: readonly ControlRow[],
  effects: readonly RunEffect[],
): string[] {
  const all = effects.flatMap(({ points = [] }) => points);
  const decimals = decimalsOf(domainOf([0, ...all.flatMap(({ value, low, high }) => [value, low!, high!])]));
  return [...runs].map(([label, { name, verdict }]) => {
    const moved = controls.filter((row) => row.stacked === name && row.verdict === "found");
    const names = moved.length === 0 ? "" : ` (${moved.map(({ control }) => control).join(", ")})`;
    const told = effects.filter(({ run }) => run === label).map(({ effect, points }) => {
      const { value, low, high } = points![0]!;
      return `${effect} ${writeInterval(value, low!, high!, decimals)}`;
    });
    return [`${name}: drift ${verdict}${names}`, ...told].join(", ");
  });
}
