import type { Basis } from "../core/columns.ts";
import type { RowSentences } from "../core/rows.ts";
import { coefficientTableColumns, estimateRow, estimateTableColumns } from "../core/rows.ts";
import { type Table, tableOfRows } from "../core/table.ts";
import type { Inference } from "../stats/inference.ts";

/** An estimate with the model's predictions, or people's alone. */
export type CalibratedRow = Partial<Omit<Inference, "reason">> & RowSentences & {
  readonly estimator: string;
  readonly basis: Basis;
  /** The weight of the predictions, and their correlation with the answers. */
  readonly lambda: number;
  readonly correlation: number;
  readonly people: number;
  /** Personas for whom no person answered. */
  readonly pool: number;
  /** So many people alone would be as precise. */
  readonly effective: number;
};

/** Makes a table of calibrated estimates: what is estimated, its numbers, and what the predictions were worth. */
export function calibratedTable(
  rows: readonly (CalibratedRow & { readonly outcome: string })[],
  before: readonly string[] = [],
  lambdas: readonly string[] = ["lambda"],
): Table {
  const made = rows.map(({ people, pool, effective, ...row }) =>
    estimateRow({ ...row, n: people, n_human: people, n_synthetic: pool, n_effective: effective })
  );
  const after = [...lambdas, "correlation", "n_human", "n_synthetic", "n_effective"];
  const names = rows.some((row) => "term" in row) ? coefficientTableColumns : estimateTableColumns;
  return tableOfRows(made, names(before, after));
}
