import type { WeightingDesign } from "./weighting_design.ts";

/**
 * The variance of Σ_T a - Σ_C b that no pattern of effects exceeds in expectation (Young's inequality; Aronow and
 * Middleton 2013, Journal of Causal Inference 1, 135-154): Σa² + Σb² plus, for units whose assignments hang together,
 * Σ a_i a_k (p_ik - p_i p_k) / p_ik within arms and twice that between arms. With the same probability in a block the
 * double sums are (S² - SS) times a constant, so the time is that of the number of units.
 */
export function weightingVariance(terms: Float64Array, design: WeightingDesign): number {
  const cells = 2 * design.blocks;
  const [S, SS] = [new Float64Array(cells), new Float64Array(cells)];
  const [n, p] = [new Float64Array(cells), new Float64Array(cells)];
  for (let at = 0; at < terms.length; at++) {
    const cell = 2 * design.block[at]! + design.side[at]!;
    S[cell] = S[cell]! + terms[at]!;
    SS[cell] = SS[cell]! + terms[at]! * terms[at]!;
    n[cell] = n[cell]! + 1;
    p[cell] = design.probability[at]!;
  }
  let variance = SS.reduce((total, value) => total + value, 0);
  if (design.assignment === "simple") return variance;
  for (let block = 0; block < design.blocks; block++) {
    const [c, t] = [2 * block, 2 * block + 1];
    if (n[t] === 0 || n[c] === 0) return NaN;
    const together = pairProbabilities(n[c]! + n[t]!, p[t]!);
    variance += (S[t]! ** 2 - SS[t]!) * excess(together.bothTreated, p[t]! ** 2);
    variance += (S[c]! ** 2 - SS[c]!) * excess(together.neither, p[c]! ** 2);
    variance -= 2 * S[t]! * S[c]! * excess(together.oneOfEach, p[t]! * p[c]!);
  }
  return variance;
}

/** (p_ik - p_i p_k) / p_ik; a pair that cannot occur has no part. */
function excess(together: number, apart: number): number {
  return together <= 0 ? 0 : (together - apart) / together;
}

/**
 * The probabilities that two of n units are both treated, one of each, or neither, where n p = f + r units are treated:
 * f + 1 with probability r, else f.
 */
function pairProbabilities(
  n: number,
  p: number,
): { bothTreated: number; oneOfEach: number; neither: number } {
  const product = n * p;
  // A product such as 57.00000000000001 is a whole number of treated units.
  const f = Math.abs(product - Math.round(product)) < 1e-9 * n ? Math.round(product) : Math.floor(product);
  const r = Math.max(0, product - f);
  const c = n - f;
  const pairs = n * (n - 1);
  return {
    bothTreated: (r * (f + 1) * f + (1 - r) * f * (f - 1)) / pairs,
    oneOfEach: (r * (c - 1) * (f + 1) + (1 - r) * c * f) / pairs,
    neither: (r * (c - 1) * (c - 2) + (1 - r) * c * (c - 1)) / pairs,
  };
}
