import { checkColumns, checkRows, distinct, type Table } from "../core/mod.ts";
import { checkDrawn, describeDrawn } from "./check_drawn.ts";
import { readNumbers, readTexts } from "./figure_text.ts";

/** One row of a sensitivity analysis, ready to be drawn. */
export interface SensitivityRow {
  /** What rows of one comparison share: the control, and the arms where there are several. */
  readonly group: string;
  readonly label: string;
  readonly estimate: number;
  /** What the assumption allows; `NaN` in a table of robustness. */
  readonly boundLow: number;
  readonly boundHigh: number;
  readonly low: number;
  readonly high: number;
  /** Whether the interval holds 0; `null` where there is none. */
  readonly holdsZero: boolean | null;
  /** Whether this row shows where the interval reaches 0. */
  readonly breaks: boolean;
  readonly basis: string;
  readonly reason: string;
}

/** The rows and what is said of each group below them. */
export interface SensitivityRows {
  readonly kind: "control bounds" | "robustness";
  readonly rows: readonly SensitivityRow[];
  /** One sentence for each group. */
  readonly findings: readonly string[];
}

const estimateNames = ["term", "reference", "estimate", "conf_low", "conf_high"];
const from = "it must be a table of estimateControlBounds or estimateRobustness, as in " +
  "plotSensitivity(estimateControlBounds(answers, { outcome, controls }))";

/** Reads a table of `estimateControlBounds` or of `estimateRobustness`, checked, as rows to draw. */
export function sensitivityRowsOf(action: string, table: Table): SensitivityRows {
  checkDrawn(action, table, { argument: "sensitivity", columns: estimateNames, from });
  checkRows(action, table, "sensitivity");
  const names = table.columnNames();
  if (names.includes("kappa")) return controlRows(action, table);
  if (names.includes("benchmark")) return robustnessRows(action, table);
  throw new RangeError(
    `Cannot ${action} as 'sensitivity' has neither column 'kappa' nor 'benchmark': ${from}; ${
      describeDrawn(table)
    }`,
  );
}

function holdsZero(low: number, high: number): boolean | null {
  return Number.isNaN(low) || Number.isNaN(high) ? null : low <= 0 && high >= 0;
}

/** What each row says in either table. */
function sharedOf(
  table: Table,
): (row: number) => Omit<SensitivityRow, "group" | "label" | "boundLow" | "boundHigh"> {
  const number = readNumbers(table, ["estimate", "conf_low", "conf_high"]);
  const text = readTexts(table, ["basis", "reason"]);
  return (row) => ({
    estimate: number.estimate[row]!,
    low: number.conf_low[row]!,
    high: number.conf_high[row]!,
    holdsZero: holdsZero(number.conf_low[row]!, number.conf_high[row]!),
    breaks: false,
    basis: text.basis[row]!,
    reason: text.reason[row]!,
  });
}

/** The arms that were compared, where that differs between rows; else empty. */
function armsOf(text: { readonly term: readonly string[]; readonly reference: readonly string[] }): string[] {
  const arms = text.term.map((term, row) => `${term} v. ${text.reference[row]}`);
  return distinct(arms).length > 1 ? arms : arms.map(() => "");
}

const controlNumbers = [
  "kappa",
  "bound_low",
  "bound_high",
  "breakdown_kappa",
] as const;

function controlRows(action: string, table: Table): SensitivityRows {
  checkColumns(action, table, ["control", ...controlNumbers], "sensitivity");
  const text = readTexts(table, ["term", "reference", "control"]);
  const number = readNumbers(table, controlNumbers);
  const arms = armsOf(text);
  const shared = sharedOf(table);
  const all = text.control.map((control, row): ControlRow => ({
    kappa: number.kappa[row]!,
    breakdown: number.breakdown_kappa[row]!,
    group: arms[row] === "" ? control : `${control}, ${arms[row]}`,
    label: `κ = ${number.kappa[row]!}`,
    boundLow: number.bound_low[row]!,
    boundHigh: number.bound_high[row]!,
    ...shared(row),
  }));
  const groups = [...Map.groupBy(all, ({ group }) => group).values()]
    .map((rows) => rows.toSorted((a, b) => a.kappa - b.kappa));
  const findings = groups.map((rows) => findBreakdown(rows.at(-1)!));
  return { kind: "control bounds", rows: groups.flatMap(withBreakdown), findings };
}

type ControlRow = SensitivityRow & { readonly kappa: number; readonly breakdown: number };

/** Puts a row where the interval reaches 0, if that lies between the values of κ that are shown. */
function withBreakdown(rows: readonly ControlRow[]): SensitivityRow[] {
  const last = rows.at(-1)!;
  const { breakdown, kappa, estimate } = last;
  const after = rows.findIndex((row) => row.kappa >= breakdown);
  if (!(breakdown > 0) || after < 1 || rows[after]!.kappa === breakdown) return [...rows];
  // Bounds are straight lines in κ.
  const at = (end: number) => estimate + (end - estimate) * breakdown / kappa;
  const row: SensitivityRow = {
    ...last,
    label: `κ = ${writeKappa(breakdown)}`,
    boundLow: at(last.boundLow),
    boundHigh: at(last.boundHigh),
    low: NaN,
    high: NaN,
    holdsZero: true,
    breaks: true,
  };
  return [...rows.slice(0, after), row, ...rows.slice(after)];
}

function findBreakdown({ group, breakdown }: ControlRow): string {
  if (Number.isNaN(breakdown)) return "";
  if (breakdown === 0) return `${group}: the interval holds 0 without any bias.`;
  return breakdown === Infinity
    ? `${group}: no κ brings 0 into the interval.`
    : `${group}: 0 is in the interval from κ = ${writeKappa(breakdown)} on.`;
}

function writeKappa(kappa: number): string {
  return String(Number(kappa.toPrecision(3)));
}

function robustnessRows(action: string, table: Table): SensitivityRows {
  checkColumns(action, table, ["strength", "robustness_value", "robustness_value_alpha"], "sensitivity");
  const text = readTexts(table, ["term", "reference", "benchmark"]);
  const { strength } = readNumbers(table, ["strength"]);
  const arms = armsOf(text);
  const shared = sharedOf(table);
  const rows = text.benchmark.map((benchmark, row): SensitivityRow => ({
    group: arms[row]!,
    label: benchmark === "" ? "no confounder" : `${strength[row]} × ${benchmark}`,
    boundLow: NaN,
    boundHigh: NaN,
    ...shared(row),
  }));
  return { kind: "robustness", rows, findings: findRobustness(table, arms) };
}

/** The robustness value of each comparison, in words. */
function findRobustness(table: Table, arms: readonly string[]): string[] {
  const number = readNumbers(table, ["robustness_value", "robustness_value_alpha", "q"]);
  return distinct(arms).map((group) => {
    const row = arms.indexOf(group);
    const value = number.robustness_value[row]!;
    if (Number.isNaN(value)) return "";
    const q = number.q[row]!;
    const change = q === 1 || Number.isNaN(q)
      ? "bring the estimate to 0"
      : `change the estimate by ${Number((100 * q).toPrecision(3))}%`;
    return `${group === "" ? "" : `${group}: `}Robustness value ${
      percent(value)
    }: a confounder must explain that ` +
      `share of what is left of both arm and outcome to ${change}; ` +
      `${percent(number.robustness_value_alpha[row]!)} once sampling error counts.`;
  });
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}
