import { checkColumns } from "../../core/checks.ts";
import { cannot, didYouMean, showValue } from "../../core/errors.ts";
import type { ComparisonOptions, comparisonRules, ReadOptions } from "../../core/options.ts";
import { isOfSessions, takeStep } from "../../core/session_rows.ts";
import { isLong, readStudy, referenceOf } from "../../core/study.ts";
import { columnOf, type Columns, distinct, groupRows, type Table, tableOf } from "../../core/table.ts";
import { compareArms, type Comparison, gatherColumn, gatherUnits } from "../../core/units.ts";
import { wideAnswers } from "../../core/wide_answers.ts";
import { type Covariate, covariateColumns, leaveOutLacking } from "../../core/covariates.ts";
import { summedDegrees } from "../../stats/inference.ts";

/** One attribute of the units: a column of numbers, or an indicator for each name but the first. */
export interface Attribute {
  readonly name: string;
  /** Its columns, one value per unit. */
  readonly columns: readonly Covariate[];
}

/** The units of one arm and the reference with their attributes. */
export interface SensitivitySample {
  /** The units' outcome, arm, blocks and clusters. */
  readonly comparison: Comparison;
  readonly attributes: readonly Attribute[];
  readonly notes: readonly string[];
}

/** Reads the units of every arm other than the reference that have the named attributes. */
export function readSensitivity(
  action: string,
  table: Table,
  settings: ReadOptions<ComparisonOptions, typeof comparisonRules>,
  names: readonly string[],
): SensitivitySample[] {
  const { outcome } = settings;
  if (names.includes(outcome)) {
    throw new RangeError(cannot(action, "covariates", "leave out the outcome", outcome));
  }
  const wide = widen(action, table, settings, names);
  const asked = wide === table ? settings : { ...settings, step: undefined, round: undefined };
  const all = readStudy(action, wide, asked);
  const read = names.map((name) => ({ name, columns: covariateColumns(action, all.table, [name]) }));
  const study = leaveOutLacking(all, read.flatMap(({ columns }) => columns));
  const { reference, notes } = referenceOf(study, settings.reference);
  const units = gatherUnits(action, study);
  return [...units.arms.keys()].filter((term) => term !== reference).map((term) => {
    const comparison = compareArms(action, units, reference, term);
    return {
      comparison,
      attributes: read.map(({ name, columns }) => {
        const gather = ({ values }: Covariate) => gatherColumn(action, study, values, reference, term);
        return { name, columns: columns.map((column) => ({ ...column, values: gather(column) })) };
      }),
      notes: [...notes, ...noteColumns(table, names), ...comparison.notes],
    };
  });
}

/**
 * Sets the answers to other items beside those to the outcome, reply by reply, so that what the simulated people say of
 * themselves becomes columns. A name that is both an item and a column is read as the item: what was answered, not what
 * the persona was given. Of sessions the steps of a member are one reply.
 */
function widen(
  action: string,
  table: Table,
  { outcome, step, round }: { outcome: string; step?: string | undefined; round?: number | undefined },
  names: readonly string[],
): Table {
  checkColumns(action, table, []);
  if (!isLong(table)) return table;
  const columns = table.columnNames();
  const items = distinct(columnOf<string>(table, "item"));
  const unknown = [outcome, ...names].find((name) => !items.includes(name) && !columns.includes(name));
  if (unknown !== undefined) {
    const are = `the items are ${items.join(", ")}; the columns are ${columns.join(", ")}`;
    const hint = didYouMean(unknown, [...items, ...columns]);
    throw new RangeError(
      `Cannot ${action} as ${showValue(unknown)} must be an item or a column: ${are}${hint}`,
    );
  }
  const asked = [outcome, ...names].filter((name) => items.includes(name));
  const rowsOf = groupRows(columnOf<string>(table, "item"));
  const rows = asked.flatMap((item) => {
    const which = item === outcome ? { outcome, step, round } : { outcome: item };
    return takeStep(action, table, rowsOf.get(item)!, which).rows;
  }).sort((a, b) => a - b);
  const ofSteps = isOfSessions(table) ? ["trial_id", "step", "round", "turn", "line", "kind"] : [];
  const answers: Columns = {};
  for (const column of columns) {
    if (asked.includes(column) || ofSteps.includes(column)) continue;
    const values = columnOf(table, column);
    answers[column] = rows.map((row) => values[row]);
  }
  const status = answers.status ?? [];
  // An answer that does not count is none.
  const isAnswered = (row: number) => (status[row] ?? "answered") === "answered";
  answers.value = Array.from(answers.value!, (own, row) => isAnswered(row) ? own : null);
  return wideAnswers(tableOf(answers));
}

/**
 * Says which names were read as columns of a long table: what the personas were given, which the model saw only where
 * the text stated it. What was stated does not stand in the table.
 */
function noteColumns(table: Table, names: readonly string[]): string[] {
  if (!isLong(table)) return [];
  const items = new Set(columnOf<string>(table, "item"));
  const given = names.filter((name) => !items.has(name));
  const answered = names.filter((name) => items.has(name));
  if (given.length === 0) return [];
  const seen =
    "of a column of the personas the model saw no more than the text stated: where it was not stated, " +
    "this is not whom it imagined";
  return [
    `read as columns of the table, not as answers: ${given.join(", ")} (${seen})`,
    ...(answered.length === 0 ? [] : [`read as answers: ${answered.join(", ")}`]),
  ];
}

/**
 * Degrees of freedom of a variance that is a sum of one part for each arm (Welch and Satterthwaite), or clusters less 1.
 *
 * @param freedom each arm's own degrees of freedom, the reference first
 */
export function freedomOf(
  influence: Float64Array,
  treated: Uint8Array,
  clusters: Int32Array | null,
  freedom: readonly [number, number],
): number {
  if (clusters !== null) return new Set(clusters).size - 1;
  const parts = [0, 0] as [number, number];
  influence.forEach((value, at) => parts[treated[at]!]! += value * value);
  return summedDegrees(parts, freedom);
}

/** The size below which a number computed from values, in their unit, is nothing but the rounding of its computation. */
export function roundingError(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let [spread, size] = [0, 0];
  for (const value of values) {
    spread = Math.max(spread, Math.abs(value - mean));
    size = Math.max(size, Math.abs(value));
  }
  return Math.max(1e-12 * spread, 1e-15 * size);
}
