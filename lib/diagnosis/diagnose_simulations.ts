import {
  checkColumns,
  checkLevel,
  checkOptions,
  checkRows,
  columnOf,
  distinct,
  groupRows,
  type Table,
  tableOfRows,
} from "../core/mod.ts";
import { computeDiagnosands, type Diagnosand, monteCarloLevel, type Simulated } from "./diagnosands.ts";
import { identityColumns } from "./simulated_estimates.ts";

/** Options of {@linkcode diagnoseSimulations}. */
export interface DiagnoseSimulationsOptions {
  /**
   * An estimate counts as found where its p-value is at most this; its intervals should hold the truth in 1 - alpha of
   * the simulations, unless a column `conf_level` says otherwise.
   * @default 0.05
   */
  readonly alpha?: number;
}

const action = "diagnose simulations";
const ending = [
  "diagnosand",
  "value",
  "mc_error",
  "conf_low",
  "conf_high",
  "conf_level",
  "nominal",
  "n",
  "verdict",
  "reason",
];

/**
 * Diagnoses an estimator from its estimates in many simulations: bias, precision, coverage, power.
 *
 * For simulations of one's own, or of other software; `diagnoseDesign` and `diagnoseEstimator` call it. Each number
 * has its Monte-Carlo standard error and a 99% interval, by which the verdicts are given. A simulation without an
 * estimate is left out and counted in `reason`.
 *
 * @param simulations one row per simulation and estimate: `truth`, `estimate`, and where there are any `std_error`,
 * `p_value`, `conf_low`, `conf_high`, `conf_level`; each combination of `label`, `outcome`, `term`, `reference` and
 * `estimator` is diagnosed by itself
 * @param options see {@linkcode DiagnoseSimulationsOptions}
 * @returns one row per diagnosand: `mean_truth`, `mean_estimate`, `bias` (in units of the outcome), `sd_estimate`,
 * `rmse`, `mean_std_error`, `coverage` and `power` (shares), `type_s` (share of the wrong sign among significant
 * estimates), `exaggeration` (mean of |estimate / truth| among them); with `value`, `mc_error`, `conf_low`,
 * `conf_high`, `conf_level`, `nominal` (what it should be), `n` (simulations used), `verdict`, `reason`
 * @throws {RangeError} if a column is missing or there are no rows
 * @see Morris, White and Crowther 2019, Statistics in Medicine 38: 2074-2102; Gelman and Carlin 2014, Perspectives on
 * Psychological Science 9: 641-651
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { diagnoseSimulations } from "@understudy/understudy/diagnosis";
 *
 * const simulations = tableOf({ truth: [1, 1, 1, 1], estimate: [0.8, 1.3, 1.1, 1.2], p_value: [0.2, 0.01, 0.04, 0.02] });
 * const diagnosis = diagnoseSimulations(simulations);
 * const power = diagnosis.objects().find((row) => (row as { diagnosand: string }).diagnosand === "power");
 * assertEquals((power as { value: number }).value, 0.75);
 * ```
 */
export function diagnoseSimulations(simulations: Table, options: DiagnoseSimulationsOptions = {}): Table {
  checkOptions(action, options, ["alpha"]);
  const { alpha = 0.05 } = options;
  checkLevel(action, "alpha", alpha);
  checkColumns(action, simulations, ["truth", "estimate"], "simulations");
  checkRows(action, simulations, "simulations");
  const names = identityColumns.filter((name) => simulations.columnNames().includes(name));
  const identities = names.map((name) => columnOf(simulations, name));
  const keys = Array.from(
    { length: simulations.numRows() },
    (_, row) => JSON.stringify(identities.map((values) => String(values[row]))),
  );
  const rows = [...groupRows(keys).values()].flatMap((group) => {
    const identity = Object.fromEntries(names.map((name, i) => [name, identities[i]![group[0]!]]));
    return diagnoseGroup(simulations, group, alpha).map((row) => ({ ...identity, ...row }));
  });
  return tableOfRows(rows, [...names, ...ending]);
}

function diagnoseGroup(
  simulations: Table,
  group: readonly number[],
  alpha: number,
): { [name: string]: unknown }[] {
  const all = readNumbers(simulations, group);
  const usable = all.estimate.flatMap((value, i) => (Number.isFinite(value + all.truth[i]!) ? [i] : []));
  const keep = (values: readonly number[]): number[] => usable.map((i) => values[i]!);
  const simulated: Simulated = {
    truth: keep(all.truth),
    estimate: keep(all.estimate),
    std_error: keep(all.std_error),
    p_value: keep(all.p_value),
    conf_low: keep(all.conf_low),
    conf_high: keep(all.conf_high),
  };
  const left = group.length - usable.length;
  const note = left === 0 ? "" : `${left} of ${group.length} simulations gave no estimate`;
  const levels = distinct(all.conf_level.filter((level) => !Number.isNaN(level)));
  return computeDiagnosands(simulated, alpha, levels.length === 1 ? levels[0]! : 1 - alpha).map((found) => ({
    ...found,
    conf_level: monteCarloLevel,
    verdict: verdictOf(found),
    reason: [note, reasonOf(found, usable.length)].filter((text) => text !== "").join("; "),
  }));
}

type NumberColumn = keyof Simulated | "conf_level";

function readNumbers(table: Table, group: readonly number[]): Record<NumberColumn, number[]> {
  const names: NumberColumn[] = [
    "truth",
    "estimate",
    "std_error",
    "p_value",
    "conf_low",
    "conf_high",
    "conf_level",
  ];
  const present = table.columnNames();
  return Object.fromEntries(names.map((name) => {
    const values = present.includes(name) ? columnOf(table, name) : [];
    return [name, group.map((row) => (typeof values[row] === "number" ? values[row] as number : NaN))];
  })) as Record<NumberColumn, number[]>;
}

/** What the Monte-Carlo interval says about what was promised. */
function verdictOf({ diagnosand, value, conf_low, conf_high, nominal }: Diagnosand): string {
  if (Number.isNaN(nominal) || Number.isNaN(value) || Number.isNaN(conf_low)) return "";
  const holds = conf_low <= nominal && nominal <= conf_high;
  if (diagnosand === "bias") return holds ? "no bias found" : "biased";
  if (holds) return "as stated";
  return value < nominal ? "too rarely" : "too often";
}

function reasonOf({ diagnosand, value, nominal, n }: Diagnosand, simulations: number): string {
  if (diagnosand === "power" && !Number.isNaN(nominal)) return "the truth is 0: this is the size of the test";
  const among = diagnosand === "type_s" || diagnosand === "exaggeration";
  if (among) {
    return Number.isNaN(value) ? "no significant estimate of an effect" : `${n} significant estimates`;
  }
  return n < simulations ? `${simulations - n} estimates have no such value` : "";
}
