import { cannot } from "./errors.ts";

/** An answer as probabilities: for each answer, as a text, its probability. They sum to 1. */
export type Distribution = { readonly [answer: string]: number };

/** Whether answers that are probabilities count by their expectation, or by the answer that was drawn from each. */
export type DistributionUse = "expected" | "drawn";

/** Makes a distribution of weights: 0 or more, not all 0. */
export function distributionOf(answers: readonly string[], weights: readonly number[]): Distribution {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return Object.freeze(Object.fromEntries(answers.map((answer, place) => [answer, weights[place]! / total])));
}

/** Whether a cell holds a distribution. */
export function isDistribution(value: unknown): value is Distribution {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/**
 * An outcome's values with what is expected of each answer that is probabilities in place of the answer that was drawn:
 * without a category the mean of the answers, which must be numbers; with one the distribution itself, in which the
 * category has its probability as an option of an allocation has its amount.
 */
export function expectedValues(
  action: string,
  values: ArrayLike<unknown>,
  distributions: ArrayLike<unknown>,
  category: unknown,
): unknown[] {
  return Array.from(values, (value, row) => {
    const distribution = distributions[row];
    if (value === null || value === undefined || !isDistribution(distribution)) return value;
    const parts = Object.entries(distribution);
    if (!parts.every(([, part]) => typeof part === "number" && part >= 0 && part <= 1)) {
      throw new RangeError(`${cannot(action, "distribution", "hold probabilities", parts)} (row ${row + 1})`);
    }
    if (category !== undefined) return distribution;
    // Answers that are no numbers have no mean: what was drawn says so in the caller's error.
    if (typeof value !== "number") return value;
    return parts.reduce((sum, [answer, part]) => sum + Number(answer) * part, 0);
  });
}

/** What the reader must know of answers that count by their expectation. */
export function noteExpected(distributions: ArrayLike<unknown>, masses: ArrayLike<unknown>): string[] {
  let [count, least, total] = [0, Infinity, 0];
  for (let row = 0; row < distributions.length; row++) {
    if (!isDistribution(distributions[row])) continue;
    const mass = typeof masses[row] === "number" ? masses[row] as number : NaN;
    count++;
    total += mass;
    if (mass < least) least = mass;
  }
  if (count === 0) return [];
  const held = total >= 0
    ? `: their options had ${share(total / count)} on average, at least ${share(least)}`
    : "";
  return [`${count} answers are probabilities and count by their expectation${held}`];
}

function share(part: number): string {
  return part.toFixed(2);
}
