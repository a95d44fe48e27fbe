import { cannot } from "./errors.ts";
import type { StudyRequest } from "./study_rows.ts";
import { columnOf, type Table, tableOf } from "./table.ts";

/** An answer as probabilities: for each answer, its value as a text, its probability. They sum to 1. */
export type Distribution = { readonly [answer: string]: number };

/** Makes a distribution of weights: 0 or more, not all 0. */
export function distributionOf(answers: readonly string[], weights: readonly number[]): Distribution {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return Object.freeze(Object.fromEntries(answers.map((answer, place) => [answer, weights[place]! / total])));
}

/** Whether a cell holds a distribution: probabilities that sum to 1. */
export function isDistribution(value: unknown): value is Distribution {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const parts: unknown[] = Object.values(value);
  const shares = parts.map((part) => typeof part === "number" && part >= 0 ? part : NaN);
  const sum = shares.reduce((total, share) => total + share, 0);
  return Math.abs(sum - 1) < 1e-6;
}

/** The column of an outcome's distributions: of one item's answers, or of a wide table. */
export function distributionColumn(table: Table, outcome: string): string | undefined {
  const names = table.columnNames();
  const own = names.includes("item") && names.includes("value") ? "distribution" : `${outcome}_distribution`;
  return names.includes(own) ? own : undefined;
}

/**
 * An outcome with what is expected of answers that are probabilities in place of what was drawn from them, where that is
 * asked for: without a category the mean of the answers, which must be numbers; with one the distribution itself, in which
 * the category has its probability as an option of an allocation has its amount.
 */
export function expectAnswers(
  action: string,
  table: Table,
  { outcome, category, elicited }: StudyRequest & { readonly outcome: string },
): { readonly picked: Table; readonly elicited: readonly string[] } {
  const name = elicited === "expected" ? distributionColumn(table, outcome) : undefined;
  const distributions = name === undefined ? [] : columnOf(table, name);
  if (!distributions.some((each) => each !== null && each !== undefined)) {
    return { picked: table, elicited: [] };
  }
  const masses = table.columnNames().includes("option_mass") ? columnOf(table, "option_mass") : [];
  const held: number[] = [];
  const values = columnOf(table, outcome).map((value, row) => {
    const distribution = distributions[row];
    // What had too little of the probability is kept beside no answer.
    if (value === null || value === undefined || distribution === null || distribution === undefined) {
      return value;
    }
    if (!isDistribution(distribution)) {
      throw new RangeError(`${cannot(action, name!, "hold probabilities", distribution)} (row ${row + 1})`);
    }
    held.push(Number(masses[row] ?? NaN));
    if (category !== undefined) return distribution;
    // Texts have no mean: that they are texts is the caller's error.
    if (typeof value !== "number") return value;
    return Object.entries(distribution).reduce((sum, [answer, part]) => sum + Number(answer) * part, 0);
  });
  const columns = Object.fromEntries(table.columnNames().map((each) => [each, columnOf(table, each)]));
  const mean = held.reduce((sum, mass) => sum + mass, 0) / held.length;
  const least = held.reduce((low, mass) => Math.min(low, mass), Infinity);
  const mass = mean >= 0 ? `; their options had ${mean.toFixed(2)} of it, at least ${least.toFixed(2)}` : "";
  const note = `${held.length} answers are probabilities and count by what is expected of each${mass}`;
  return { picked: tableOf({ ...columns, [outcome]: values }), elicited: held.length === 0 ? [] : [note] };
}
