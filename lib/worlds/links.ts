import { normalCdf } from "../stats/distributions.ts";

/** The values of a grid, from its lowest to its highest. */
export function gridValues([low, high]: readonly [number, number], step = 1): number[] {
  const count = Math.round((high - low) / step) + 1;
  // 0.1 + 2 · 0.1 is to read 0.3.
  return Array.from({ length: count }, (_, i) => Number((low + i * step).toPrecision(12)));
}

/** The cuts half-way between the values of a grid. */
export function gridCuts(values: readonly number[], step = 1): number[] {
  return values.slice(0, -1).map((value) => value + step / 2);
}

/** Each part's share of a normal curve that is cut: Φ((c_k − μ)/σ) − Φ((c_{k−1} − μ)/σ). */
export function cutNormal(cuts: readonly number[], mean: number, sd: number): number[] {
  const below = [...cuts.map((cut) => normalCdf((cut - mean) / sd)), 1];
  return below.map((share, i) => (i === 0 ? share : share - below[i - 1]!));
}

/** Probabilities from log-odds; the largest is taken out first so that nothing overflows. */
export function softmax(scores: readonly number[]): number[] {
  const largest = Math.max(...scores);
  const terms = scores.map((score) => Math.exp(score - largest));
  const total = terms.reduce((sum, term) => sum + term, 0);
  return terms.map((term) => term / total);
}

/** Probability from log-odds. */
export function logistic(score: number): number {
  return 1 / (1 + Math.exp(-score));
}
