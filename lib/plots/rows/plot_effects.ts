import { cannot, showValue } from "../../core/errors.ts";
import { readOptions, rule } from "../../core/options.ts";
import { distinct, isTable, type Table, tableOf } from "../../core/table.ts";
import type { KeyItem } from "../card.ts";
import {
  checkDrawn,
  drawnRows,
  intervalName,
  joinVarying,
  labelsOf,
  namesIn,
  onlyOne,
  textsIn,
} from "../drawn_table.ts";
import { type Figure, type StackedFigureOptions, stackedRules } from "../figure.ts";
import { writeShort } from "../numbers.ts";
import { looks } from "../palette.ts";
import type { PlotRow } from "./row.ts";
import { drawRows, remarksOn, type RowPanel } from "./draw_rows.ts";

/** The true effect where it is known: one number, or one for each arm. */
export type TrueEffect = number | { readonly [arm: string]: number };

/** How effects are drawn; see {@linkcode plotEffects}. */
export interface PlotEffectsOptions extends StackedFigureOptions {
  /**
   * The true effect where it is known (a simulated world, a human experiment): one number, or one for each arm.
   * @default {undefined} unknown
   */
  truth?: TrueEffect;
}

const action = "plot effects";

export const truthRule = rule<TrueEffect, undefined>(checkTruth, undefined);
export const effectFigureRules = { ...stackedRules, truth: truthRule } as const;

/**
 * Draws estimates as a forest plot: one row for each estimate with its interval, a line at no effect, and the true
 * effect where it is known.
 *
 * For the tables of `estimateEffects` and its like; of a model those rows that have the first `quantity`. Several tables
 * are compared by stacking them with a `label` column. Where `truth` is given, an interval that misses it has another
 * colour and shape and says so. An estimate that could not be computed keeps its row, with its reason.
 *
 * @param estimates one row per estimate: `arm` (or `term`, for coefficients of a model), `estimate`, `conf_low`,
 *   `conf_high`, and where present `label`, `iteration`, `reference`, `conf_level`, `outcome`, `estimator`, `basis`,
 *   `notes`, `reason`
 * @param options see {@linkcode PlotEffectsOptions}
 * @returns a {@linkcode Figure}
 * @throws {RangeError} if a column is missing, the table is empty, or `truth` names an unknown arm
 * @throws {TypeError} if `truth` is not a finite number
 * @example Two ways to describe the personas, and the known truth
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { plotEffects, tableOf } from "@understudy/understudy";
 *
 * const same = { arm: "incursion", basis: "synthetic" };
 * const estimates = tableOf([
 *   { ...same, label: "ideology left out", estimate: 1.21, conf_low: 0.98, conf_high: 1.44 },
 *   { ...same, label: "ideology stated", estimate: 0.52, conf_low: 0.29, conf_high: 0.75 },
 * ]);
 * const figure = plotEffects(estimates, { truth: 0.5 });
 * assertStringIncludes(figure.summary, "ideology left out 1.21 [0.98, 1.44], misses the true effect");
 * ```
 */
export function plotEffects(estimates: Table, options: PlotEffectsOptions = {}): Figure {
  const { truth, label, unit, ...asked } = readOptions(action, options, effectFigureRules);
  const { table, quantity } = drawnQuantity(estimates);
  const rows = effectRows(action, table, { truth, label });
  const what = quantity === undefined ? "Estimated effects on" : "Coefficients of a model of";
  return drawRows({
    table,
    asked,
    title: `${what} ${namesIn(table, "outcome").join(", ") || "the outcome"}`,
    panels: [effectPanel(table, rows, unit ?? quantity)],
    valueHead: [`estimate [${intervalName(table)}]`],
    key: truthKey(rows),
    notes: remarksOn(
      textsIn(table, "notes").map((reason, row) => ({ what: "note", name: rows[row]!.label, reason })),
    ).slice(0, 3),
    missing: "not estimated",
  });
}

/** Reads a table of estimates, checked, as rows to draw. */
export function effectRows(
  action: string,
  table: Table,
  options: Readonly<{ truth: TrueEffect | undefined; label: string | undefined }>,
): PlotRow[] {
  checkDrawn(action, { estimates: table }, {
    columns: [...isTable(table) && isCoefficients(table) ? [] : ["arm"], "estimate", "conf_low", "conf_high"],
    from: "it is a table of estimates, as in plotEffects(estimateEffects(answers, { outcome }))",
    label: options.label,
  });
  const terms = textsIn(table, "term");
  const arms = textsIn(table, "arm").map((arm, row) => arm === "" ? terms[row]! : arm);
  checkTruthArms(action, options.truth, arms);
  const labels = labelsOf(table, options.label);
  const labelled = labels.some((label) => label !== "");
  // What the label says already is not said again.
  const others = ["by", "subgroup", "quantity", "quantile", "outcome", "estimator", "basis"].map((name) =>
    textsIn(table, name)
  );
  const details = [labelled ? arms : [], ...others]
    .filter((column) => column.some((value, row) => value !== labels[row]));
  return drawnRows(table, ["reason"], ["estimate", "conf_low", "conf_high"]).map((row, index): PlotRow => {
    const { estimate: value, conf_low: low, conf_high: high, reason } = row;
    const truth = truthOf(options.truth, arms[index]!);
    const told = ![value, low, high, truth].some(Number.isNaN);
    const misses = told && (truth < low || truth > high);
    const which = typeof options.truth === "object" ? `true ${writeShort(truth)}` : "true effect";
    return {
      label: labelled ? labels[index]! : arms[index]!,
      detail: joinVarying(details, index),
      points: [{ value, low, high }],
      dashes: [truth],
      look: misses ? looks.departs : Number.isNaN(value) ? looks.ring : looks.plain,
      note: told ? `${misses ? "misses" : "holds"} the ${which}` : "",
      reason,
    };
  });
}

/** Whether a table holds coefficients of a model, which are called by their terms. */
function isCoefficients(table: Table): boolean {
  return table.columnNames().includes("term") && !table.columnNames().includes("arm");
}

/** Of a model's coefficients those of the first quantity: variances, thresholds, tests are on other scales. */
function drawnQuantity(table: Table): { readonly table: Table; readonly quantity?: string } {
  if (!isTable(table) || !isCoefficients(table)) return { table };
  const quantities = textsIn(table, "quantity");
  const rows = (table.objects() as object[]).filter((_, row) => quantities[row] === quantities[0]);
  const quantity = (quantities[0] || "coefficient").replaceAll("_", " ");
  return { table: rows.length === quantities.length ? table : tableOf(rows as never), quantity };
}

export function effectPanel(table: Table, rows: readonly PlotRow[], unit: string | undefined): RowPanel {
  const reference = onlyOne(table, "reference", "the reference arm");
  const outcome = onlyOne(table, "outcome", "the outcome");
  const axis = unit ?? `difference from ${reference}, in units of ${outcome}`;
  return { axis, rows, zero: { value: 0, name: "no effect" } };
}

/** What the marks of effects mean where a truth is known. */
export function truthKey(rows: readonly PlotRow[]): KeyItem[] {
  const truths = distinct(rows.flatMap(({ dashes = [] }) => dashes.filter(Number.isFinite)));
  if (truths.length === 0) return [];
  const said = truths.length === 1 ? `true effect ${writeShort(truths[0]!)}` : "true effects";
  const misses = rows.some(({ look }) => look === looks.departs);
  return [
    { look: "dashed", text: said },
    ...(misses ? [{ look: looks.departs, text: "interval misses it" }] : []),
  ];
}

function truthOf(truth: TrueEffect | undefined, arm: string): number {
  if (typeof truth !== "object") return truth ?? NaN;
  return Object.hasOwn(truth, arm) ? truth[arm]! : NaN;
}

function checkTruth(action: string, name: string, truth: unknown): void {
  const values = typeof truth === "object" && truth !== null ? Object.entries(truth) : [["", truth]];
  for (const [arm, value] of values) {
    if (typeof value === "number" && Number.isFinite(value)) continue;
    throw new TypeError(cannot(action, arm === "" ? name : `${name}.${arm}`, "be a finite number", value));
  }
}

function checkTruthArms(action: string, truth: TrueEffect | undefined, arms: readonly string[]): void {
  const unknown = Object.keys(typeof truth === "object" ? truth : {}).find((arm) => !arms.includes(arm));
  if (unknown === undefined) return;
  const known = `which is no arm of the table: its arms are ${distinct(arms).join(", ")}`;
  throw new RangeError(`Cannot ${action} as 'truth' names ${showValue(unknown)}, ${known}`);
}
