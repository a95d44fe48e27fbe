import { checkColumns, checkRows } from "../core/checks.ts";
import type { Verdict } from "../core/columns.ts";
import { type IntervalOptions, intervalRules, readOptions } from "../core/options.ts";
import { diagnosisRow } from "../core/rows.ts";
import { columnOf, distinct, groupRows, type Table, tableOfRows } from "../core/table.ts";
import { normalQuantile, studentTQuantile } from "../stats/distributions.ts";
import { wilson } from "../stats/shares.ts";
import { moments } from "../stats/moments.ts";

/**
 * Options of {@linkcode diagnoseSimulations}. An estimate counts as found where its p-value is at most `alpha`; intervals
 * should hold the truth in 1 − `alpha` of the simulations, unless a column `conf_level` says otherwise.
 */
export interface DiagnoseSimulationsOptions extends IntervalOptions {}

const action = "diagnose simulations";

/** What identifies an estimate across simulations. */
export const identityColumns: readonly string[] = [
  "label",
  "outcome",
  "arm",
  "term",
  "reference",
  "estimator",
];

// A verdict should not be a matter of chance: intervals of the Monte-Carlo error hold in 99 of 100 diagnoses.
const monteCarloLevel = 0.99;
const normalCritical = normalQuantile(1 - (1 - monteCarloLevel) / 2);

/**
 * Diagnoses an estimator from its estimates in many simulations: bias, precision, coverage, power.
 *
 * For simulations of one's own, or of other software; `diagnoseDesign` calls it. Each number has its Monte-Carlo standard
 * error and a 99% interval, by which the verdicts are given: `found` where the interval leaves out what was promised (a
 * bias of 0, the stated coverage, the size of a test whose truth is 0), `not found` where it holds it. A simulation
 * without an estimate is left out and counted in `notes`.
 *
 * @param simulations one row per simulation and estimate: `truth`, `estimate`, and where there are any `std_error`,
 * `p_value`, `conf_low`, `conf_high`, `conf_level`; each combination of `label`, `outcome`, `arm`, `term`, `reference`
 * and `estimator` is diagnosed by itself
 * @param options see {@linkcode DiagnoseSimulationsOptions}
 * @returns one row per diagnosand: `mean_truth`, `mean_estimate`, `bias` (in units of the outcome), `sd_estimate`,
 * `rmse`, `mean_std_error`, `coverage` and `power` (shares), `type_s` (share of the wrong sign among significant
 * estimates), `exaggeration` (mean of |estimate / truth| among them); with `value`, `mc_error`, `conf_low`,
 * `conf_high`, `conf_level`, `nominal` (what it should be), `n` (simulations used), `verdict`, `notes`, `reason`
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
  const { alpha } = readOptions(action, options, intervalRules);
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
  const numbers = ["value", "mc_error", "conf_low", "conf_high", "conf_level", "nominal", "n"];
  return tableOfRows(rows, [...names, "diagnosand", ...numbers, "verdict", "notes", "reason"]);
}

/** One simulation's estimate; `NaN` where a value is missing. */
interface Simulated {
  readonly truth: number;
  readonly estimate: number;
  readonly std_error: number;
  readonly p_value: number;
  readonly conf_low: number;
  readonly conf_high: number;
  readonly conf_level: number;
}

const numberColumns = [
  "truth",
  "estimate",
  "std_error",
  "p_value",
  "conf_low",
  "conf_high",
  "conf_level",
] as const;

function diagnoseGroup(table: Table, group: readonly number[], alpha: number): object[] {
  const present = table.columnNames();
  const columns = numberColumns.map((name) => present.includes(name) ? columnOf(table, name) : []);
  const all = group.map((row) => {
    const values = columns.map((column) => typeof column[row] === "number" ? column[row] : NaN);
    return Object.fromEntries(numberColumns.map((name, i) => [name, values[i]])) as unknown as Simulated;
  });
  const usable = all.filter(({ truth, estimate }) => Number.isFinite(truth + estimate));
  const left = group.length - usable.length;
  const note = left === 0 ? "" : `${left} of ${group.length} simulations gave no estimate`;
  const levels = distinct(all.map(({ conf_level }) => conf_level).filter((level) => !Number.isNaN(level)));
  const level = levels.length === 1 ? levels[0]! : 1 - alpha;
  return computeDiagnosands(usable, alpha, level).map((found) => {
    const told = tell(found, usable.length);
    const { diagnosand, value, mc_error, conf_low, conf_high, nominal, n } = found;
    return diagnosisRow({
      ...{ diagnosand, value, mc_error, conf_low, conf_high, conf_level: monteCarloLevel, nominal, n },
      verdict: told.verdict,
      notes: [note, ...told.notes],
      reason: told.reason,
    });
  });
}

/** What the Monte-Carlo interval says about what was promised, and what a number rests on. */
function tell(
  { diagnosand, value, conf_low, conf_high, nominal, n }: Diagnosand,
  simulations: number,
): { verdict: Verdict; notes: string[]; reason: string[] } {
  const among = diagnosand === "type_s" || diagnosand === "exaggeration";
  const untold = { verdict: "cannot tell", notes: [] } as const;
  if (Number.isNaN(value)) {
    const why = among ? "no significant estimate of an effect" : "the estimates have no such value";
    return { ...untold, notes: [], reason: [why] };
  }
  const lacking = n < simulations ? [`${simulations - n} estimates have no such value`] : [];
  const notes = among ? [`${n} significant estimates`] : lacking;
  if (Number.isNaN(nominal)) {
    return { verdict: "cannot tell", notes, reason: ["described only: nothing is promised of it"] };
  }
  if (Number.isNaN(conf_low)) {
    return { verdict: "cannot tell", notes, reason: ["too few simulations for a Monte-Carlo error"] };
  }
  if (diagnosand === "power") notes.push("the truth is 0: this is the size of the test");
  if (conf_low <= nominal && nominal <= conf_high) return { verdict: "not found", notes, reason: [] };
  if (diagnosand !== "bias") notes.push(value < nominal ? "too rarely" : "too often");
  return { verdict: "found", notes, reason: [] };
}

/** One property of an estimator, with its Monte-Carlo error. */
interface Diagnosand {
  readonly diagnosand: string;
  readonly value: number;
  /** Its Monte-Carlo standard error. */
  readonly mc_error: number;
  readonly conf_low: number;
  readonly conf_high: number;
  /** What it should be; `NaN` where nothing is promised. */
  readonly nominal: number;
  /** The simulations used. */
  readonly n: number;
}

/** Monte-Carlo standard errors by Morris, White and Crowther 2019, table 6. */
function computeDiagnosands(simulated: readonly Simulated[], alpha: number, level: number): Diagnosand[] {
  const errors = simulated.map(({ estimate, truth }) => estimate - truth);
  const found = simulated.filter(({ p_value, truth }) => p_value <= alpha && truth !== 0);
  const size = simulated.every(({ truth }) => truth === 0) ? alpha : NaN;
  return [
    meanOf("mean_truth", simulated.map(({ truth }) => truth)),
    meanOf("mean_estimate", simulated.map(({ estimate }) => estimate)),
    meanOf("bias", errors, 0),
    spreadOf("sd_estimate", simulated.map(({ estimate }) => estimate)),
    rootMeanSquare("rmse", errors),
    meanOf("mean_std_error", simulated.map(({ std_error }) => std_error)),
    shareOf(
      "coverage",
      simulated.filter(({ conf_low, conf_high }) => !Number.isNaN(conf_low + conf_high)),
      ({ truth, conf_low, conf_high }) => conf_low <= truth && truth <= conf_high,
      level,
    ),
    shareOf(
      "power",
      simulated.filter(({ p_value }) => !Number.isNaN(p_value)),
      ({ p_value }) => p_value <= alpha,
      size,
    ),
    // Gelman and Carlin 2014: among significant estimates, how many have the wrong sign, and how much too large they are.
    shareOf("type_s", found, ({ estimate, truth }) => estimate * truth < 0),
    meanOf("exaggeration", found.map(({ estimate, truth }) => Math.abs(estimate / truth))),
  ];
}

function momentsOf(values: readonly number[]): { n: number; mean: number; variance: number } {
  return moments(values.filter((value) => !Number.isNaN(value)));
}

function around(value: number, mc_error: number, critical: number) {
  return { value, mc_error, conf_low: value - critical * mc_error, conf_high: value + critical * mc_error };
}

function meanOf(diagnosand: string, values: readonly number[], nominal = NaN): Diagnosand {
  const { n, mean, variance } = momentsOf(values);
  const critical = studentTQuantile(1 - (1 - monteCarloLevel) / 2, n - 1);
  return { diagnosand, ...around(mean, Math.sqrt(variance / n), critical), nominal, n };
}

function spreadOf(diagnosand: string, values: readonly number[]): Diagnosand {
  const { n, variance } = momentsOf(values);
  const value = Math.sqrt(variance);
  return { diagnosand, ...around(value, value / Math.sqrt(2 * (n - 1)), normalCritical), nominal: NaN, n };
}

function rootMeanSquare(diagnosand: string, errors: readonly number[]): Diagnosand {
  const { n, mean, variance } = momentsOf(errors.map((error) => error * error));
  const value = Math.sqrt(mean);
  // Delta method: the error of a mean square, divided by twice its root.
  const mc_error = value === 0 ? 0 : Math.sqrt(variance / n) / (2 * value);
  return { diagnosand, ...around(value, mc_error, normalCritical), nominal: NaN, n };
}

/** Wilson 1927: the interval of a share that may be 0 or 1. */
function shareOf(
  diagnosand: string,
  counted: readonly Simulated[],
  holds: (simulated: Simulated) => boolean,
  nominal = NaN,
): Diagnosand {
  const n = counted.length;
  const [value, low, high] = wilson([counted.filter(holds).length, n], normalCritical);
  return {
    diagnosand,
    value,
    mc_error: Math.sqrt((value * (1 - value)) / n),
    // Rounding must not put a share of 1 outside its own interval.
    conf_low: Math.min(value, low),
    conf_high: Math.max(value, high),
    nominal,
    n,
  };
}
