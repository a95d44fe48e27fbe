import type { Labelled, Table } from "./table.ts";

/** What a verb reads from a table: names of columns, as its options have them. */
export interface StudyRequest {
  /** The outcome: an item's name or a column's; left out, all rows of the table are read and no outcome. */
  readonly outcome?: string | undefined;
  /** What the table is called in error messages; `table` where left out. */
  readonly argument?: string | undefined;
  /** Of sessions the step in which the outcome was asked; left out, the only one. */
  readonly step?: string | undefined;
  /** Of sessions the round; left out, all, as replicates. */
  readonly round?: number | undefined;
  /** The answer whose share is the outcome. */
  readonly category?: string | number | boolean | undefined;
  /** Whether answers that are probabilities count by what is expected of each; left out, by what was drawn. */
  readonly elicited?: "expected" | "drawn" | undefined;
  /** How the outcome's values become numbers where they are neither numbers nor a share. */
  readonly readValues?: ((values: ArrayLike<unknown>) => Float64Array) | undefined;
  /** The column of arms, `arm` where left out; `null` where no arms are compared. */
  readonly arm?: string | null | undefined;
  /** Columns of blocks; left out, those that were recorded. */
  readonly blocks?: string | readonly string[] | undefined;
  /** The column of clusters, `null` for none, `prompt` for prompts; left out, the one recorded, else see `readSessions` and `readPrompts`. */
  readonly clusters?: string | null | undefined;
  /** The items or columns whose replies tell whether those to a prompt differ; left out, the outcome. */
  readonly compared?: readonly string[] | undefined;
  /** The column of personas; left out, `persona_id` where the table has it. */
  readonly persona?: string | undefined;
  /** The column of weights. */
  readonly weights?: string | undefined;
}

/** A table as every estimator, diagnosis and figure reads it: typed columns, one entry per row. */
export interface Study {
  /** What the caller does, for error messages. */
  readonly action: string;
  /** The rows: of a long table those of the outcome. */
  readonly table: Table;
  /** Each row's arm, arms in sorted order; no arms where none were asked for. */
  readonly arm: Labelled;
  /** Each row's outcome, `NaN` where there is none. */
  readonly value: Float64Array;
  /** Each row's persona; `null` where every row is a unit. */
  readonly persona: Labelled | null;
  /** The column of personas. */
  readonly personaName: string | undefined;
  /** Whether a persona has several rows. */
  readonly repeated: boolean;
  /** Each row's block, -1 where it has none. */
  readonly block: Labelled | null;
  /** Each row's cluster, -1 where it has none. */
  readonly cluster: Labelled | null;
  /** The column of clusters. */
  readonly clusterName: string | undefined;
  /** Each row's weight, `NaN` where it has none. */
  readonly weight: Float64Array | null;
  /** What the reader must know of sessions of several personas, and of prompts that several were sent. */
  readonly prompts: readonly string[];
  /** What the reader must know of the answers: which rows and rounds they are, and which are probabilities. */
  readonly elicited: readonly string[];
  /** Why a row does not count; `undefined` where it does. */
  readonly leftOut: readonly (string | undefined)[];
}
