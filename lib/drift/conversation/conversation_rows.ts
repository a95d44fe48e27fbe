import { type Table, tableOfRows } from "../../core/table.ts";
import type { ConversationSettings } from "./conversation_options.ts";

/** The columns of estimates from transcripts, in their order. */
const conversationColumns = [
  "outcome",
  "item",
  "term",
  "reference",
  "turn",
  "estimator",
  "design",
  "estimate",
  "std_error",
  "statistic",
  "df",
  "p_value",
  "p_adjusted",
  "conf_low",
  "conf_high",
  "conf_level",
  "n",
  "basis",
  "verdict",
  "reason",
] as const;

/** Numbers of one row. */
export interface Measured {
  readonly estimate: number;
  readonly std_error: number;
  readonly df: number;
  readonly p_value: number;
  readonly conf_low: number;
  readonly conf_high: number;
  /** Personas (or clusters) whose answers count. */
  readonly n: number;
}

/** One row; `term` is the arm, `reference` the arm it is compared with, or empty. */
export interface ConversationRow extends Measured {
  readonly outcome: string;
  readonly item: string;
  readonly term: string;
  readonly reference: string;
  readonly turn: number;
  readonly estimator: string;
  readonly design: string;
  p_adjusted: number;
  verdict: string;
  readonly reason: string;
}

/** A row that could not be computed. */
export const unmeasured: Measured = {
  estimate: NaN,
  std_error: NaN,
  df: NaN,
  p_value: NaN,
  conf_low: NaN,
  conf_high: NaN,
  n: 0,
};

/** The table of estimates. */
export function conversationTable(rows: readonly ConversationRow[], settings: ConversationSettings): Table {
  const full = rows.map(withoutNoise).map((row) => ({
    ...row,
    statistic: row.std_error > 0 ? row.estimate / row.std_error : NaN,
    conf_level: 1 - settings.alpha,
    basis: settings.basis,
  }));
  return tableOfRows(full, conversationColumns);
}

/** Scores are from 0 to 1: what is smaller than their sums' rounding is 0, and shown as it. */
function withoutNoise(row: ConversationRow): ConversationRow {
  const clean = (value: number): number => Math.abs(value) < 1e-12 ? 0 : value;
  const { estimate, std_error, conf_low, conf_high } = row;
  return {
    ...row,
    estimate: clean(estimate),
    std_error: clean(std_error),
    conf_low: clean(conf_low),
    conf_high: clean(conf_high),
  };
}

/** Joins what a reader must know; empty parts say nothing. */
export function joinReasons(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join("; ");
}
