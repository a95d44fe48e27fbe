import { groupRows } from "../core/table.ts";

/** Which answers were dealt one thing together, such as an order of options. */
export interface Dealt {
  /** What each unit was dealt. */
  readonly label: Int32Array;
  /** The unit of each answer. */
  readonly unit: Int32Array;
  /** What the units are called. */
  readonly name: "personas" | "answers";
}

/**
 * Finds the level at which something was drawn at random: per persona where all answers of each share it, else per
 * answer.
 */
export function findDealt(labels: readonly number[], persona: readonly string[]): Dealt {
  const groups = [...groupRows(persona).values()];
  const constant = groups.every((rows) => rows.every((row) => labels[row] === labels[rows[0]!]));
  if (!constant) {
    return { label: Int32Array.from(labels), unit: Int32Array.from(labels.keys()), name: "answers" };
  }
  const unit = new Int32Array(labels.length);
  groups.forEach((rows, at) => rows.forEach((row) => unit[row] = at));
  return { label: Int32Array.from(groups, (rows) => labels[rows[0]!]!), unit, name: "personas" };
}
