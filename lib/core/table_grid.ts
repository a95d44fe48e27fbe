/** A table as text, before it is laid out. */
export interface TableGrid {
  /** The sentence above; empty where there is none. */
  readonly caption: string;
  /** The columns' names. */
  readonly names: readonly string[];
  /** For each column, whether it holds numbers. */
  readonly numeric: readonly boolean[];
  /** The rows shown, cell by cell, not escaped. */
  readonly rows: readonly (readonly string[])[];
  /** How many rows and columns there are, and how many rows are not shown. */
  readonly note: string;
}
