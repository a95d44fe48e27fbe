import { checkOneOf } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";

/** How p-values are adjusted for their number. */
export type AdjustmentMethod = "holm" | "hochberg" | "bonferroni" | "sidak" | "BH" | "BY";

const adjustmentMethods: readonly AdjustmentMethod[] = [
  "holm",
  "hochberg",
  "bonferroni",
  "sidak",
  "BH",
  "BY",
];

/**
 * Adjusts p-values for the number of tests.
 *
 * `holm`, `hochberg`, `bonferroni` and `sidak` hold the chance of any false rejection; `BH` and `BY` hold the
 * expected share of false rejections. `holm` needs no assumption and beats `bonferroni`. A p-value of `NaN` stays
 * `NaN` and does not count as a test.
 *
 * @param pValues from 0 to 1, or `NaN`
 * @param method the adjustment; `holm` by default
 * @returns adjusted p-values in the order of `pValues`
 * @throws {RangeError} if a p-value is out of range or the method is unknown
 * @see Holm 1979; Hochberg 1988; Benjamini and Hochberg 1995; Benjamini and Yekutieli 2001
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { adjustPValues } from "@understudy/understudy/stats";
 *
 * assertEquals(adjustPValues([0.0625, 0.015625, NaN], "holm"), [0.0625, 0.03125, NaN]);
 * ```
 */
export function adjustPValues(pValues: ArrayLike<number>, method: AdjustmentMethod = "holm"): number[] {
  const action = "adjust p-values";
  checkOneOf(action, "method", method, adjustmentMethods);
  const adjusted: number[] = [];
  const order: number[] = [];
  for (let i = 0; i < pValues.length; i++) {
    const p = pValues[i]!;
    if (typeof p !== "number" || p < 0 || p > 1) {
      throw new RangeError(cannot(action, "pValues", "hold numbers from 0 to 1, or NaN", p));
    }
    adjusted.push(p);
    if (!Number.isNaN(p)) order.push(i);
  }
  order.sort((a, b) => pValues[a]! - pValues[b]!);
  const scaled = order.map((index, rank) => scale(pValues[index]!, rank + 1, order.length, method));
  makeMonotone(scaled, method);
  order.forEach((index, rank) => adjusted[index] = Math.min(1, scaled[rank]!));
  return adjusted;
}

function scale(p: number, rank: number, tests: number, method: AdjustmentMethod): number {
  switch (method) {
    case "holm":
    case "hochberg":
      return p * (tests - rank + 1);
    case "bonferroni":
      return p * tests;
    case "sidak":
      // 1 - (1 - p)^tests without loss of digits for small p
      return -Math.expm1(tests * Math.log1p(-p));
    case "BH":
      return (p * tests) / rank;
    case "BY": {
      let harmonic = 0;
      for (let i = 1; i <= tests; i++) harmonic += 1 / i;
      return (p * tests * harmonic) / rank;
    }
  }
}

/** Step-down methods carry the largest value upward, step-up methods the smallest downward. */
function makeMonotone(scaled: number[], method: AdjustmentMethod): void {
  if (method === "holm") {
    for (let i = 1; i < scaled.length; i++) scaled[i] = Math.max(scaled[i]!, scaled[i - 1]!);
  } else if (method === "hochberg" || method === "BH" || method === "BY") {
    for (let i = scaled.length - 2; i >= 0; i--) scaled[i] = Math.min(scaled[i]!, scaled[i + 1]!);
  }
}
