import {
  cannot,
  checkName,
  checkOneOf,
  checkOptions,
  checkText,
  checkWhole,
  type LikertItem,
} from "../core/mod.ts";
import { normalizeText } from "./normalize_text.ts";
import { readNumber } from "./parse_number.ts";

/** Options of {@linkcode likert}. */
export interface LikertOptions {
  /** The number of points, from 2 to 101. */
  points: number;
  /**
   * Labels: one for each point, or two for the ends. No two may read the same, and none may be the number of another
   * point: the answer "5" could then mean two points.
   * @default {[]}
   */
  labels?: readonly string[];
  /**
   * `reversed` shows the scale from high to low to a random half of the personas.
   * @default {"fixed"}
   */
  order?: "fixed" | "reversed";
}

const action = "make a likert item";

/**
 * Makes a question with a numbered scale; its answers are numbers from 1 to `points`.
 *
 * @param name the item's name, a column and a JSON property
 * @param text the question
 * @param options the number of points and their labels
 * @returns the item, frozen
 * @throws {RangeError} if the name, the number of points or the labels are not allowed
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { likert } from "@understudy/understudy/items";
 *
 * const item = likert("trust", "How much do you trust parliament?", { points: 5, labels: ["not at all", "fully"] });
 * assertEquals(item.labels, ["not at all", "", "", "", "fully"]);
 * ```
 */
export function likert(name: string, text: string, options: LikertOptions): LikertItem {
  checkName(action, "name", name);
  checkText(action, "text", text);
  checkOptions(action, options ?? {}, ["points", "labels", "order"]);
  const { points, labels = [], order = "fixed" } = options ?? {};
  checkWhole(action, "points", points, 2, 101);
  checkOneOf(action, "order", order, ["fixed", "reversed"]);
  if (![0, 2, points].includes(labels.length)) {
    throw new RangeError(
      cannot(action, "labels", `have 2 entries (the ends) or ${points} (each point)`, labels),
    );
  }
  const full = Array.from({ length: points }, (_, i) => {
    if (labels.length === points) return labels[i]!;
    if (labels.length === 0) return "";
    return i === 0 ? labels[0]! : i === points - 1 ? labels[1]! : "";
  });
  checkLabels(full);
  return Object.freeze({ kind: "likert", name, text, points, labels: Object.freeze(full), order });
}

/** Checks that no label may be taken for another point. */
function checkLabels(labels: readonly string[]): void {
  const seen = new Set<string>();
  labels.forEach((label, i) => {
    const text = normalizeText(label);
    const number = readNumber(text);
    if (number !== undefined && number !== i + 1) {
      const rule = `not read as a number other than their point (point ${i + 1})`;
      throw new RangeError(`${cannot(action, "labels", rule, label)}; use number() for a scale from 0`);
    }
    if (text !== "" && seen.has(text)) {
      throw new RangeError(cannot(action, "labels", "differ by more than case and punctuation", label));
    }
    seen.add(text);
  });
}
