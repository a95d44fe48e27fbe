import { notAskedReason } from "../../core/columns.ts";
import { cannot } from "../../core/errors.ts";
import { columnOf, isTable, type Table } from "../../core/table.ts";

/** Checks the function that runs an experiment, and the one that estimates its effect. */
export function checkRunAndEffect(action: string, run: unknown, effect: unknown): void {
  if (typeof run !== "function") throw new TypeError(cannot(action, "run", "be a function", run));
  if (effect !== undefined && typeof effect !== "function") {
    throw new TypeError(cannot(action, "effect", "be a function of the answers", effect));
  }
}

/** Checks the answers of one run: part of an experiment says nothing about whether the whole drifts. */
export function checkAnswers(action: string, answers: unknown, run: string): asserts answers is Table {
  if (!isTable(answers)) {
    throw new TypeError(cannot(action, "run", "resolve to an Arquero table", answers));
  }
  if (!answers.columnNames().includes("reason")) return;
  const missing = columnOf(answers, "reason").filter((reason) => reason === notAskedReason).length;
  if (missing === 0) return;
  throw new Error(
    `Cannot ${action} as the run of ${run} was stopped before ${missing} answers were asked for: run it again to its ` +
      "end (with a store, what was answered is not asked again)",
  );
}

/** The effect of one run's answers; `null` where none is estimated. */
export function effectOf(
  action: string,
  estimate: ((answers: Table) => Table) | undefined,
  answers: Table,
): Table | null {
  if (estimate === undefined) return null;
  const effect: unknown = estimate(answers);
  if (!isTable(effect)) throw new TypeError(cannot(action, "effect", "return an Arquero table", effect));
  return effect;
}

/** The rows of a table as objects. */
export function rowsOf(table: Table): { readonly [column: string]: unknown }[] {
  const columns = table.columnNames().map((name) => [name, columnOf(table, name)] as const);
  return Array.from(
    { length: table.numRows() },
    (_, row) => Object.fromEntries(columns.map(([name, values]) => [name, values[row]])),
  );
}
