import type { RandomStream } from "../core/stream.ts";

/** Beyond this variance a count is drawn as a rounded normal number: one step of a count is then nothing. */
const mostVariance = 2000;

/** Draws how many of `n` succeed, each with probability `p`. */
export function drawBinomial(random: RandomStream, n: number, p: number): number {
  if (n === 0 || p <= 0) return 0;
  if (p >= 1) return n;
  const variance = n * p * (1 - p);
  if (variance > mostVariance) return drawRounded(random, n * p, variance, [0, n]);
  const mode = Math.min(n, Math.floor((n + 1) * p));
  const probability = Math.exp(
    logChoose(n, mode) + mode * Math.log(p) + (n - mode) * Math.log1p(-p),
  );
  const odds = p / (1 - p);
  return walkFromMode(random, { mode, probability, low: 0, high: n }, (k) => odds * (n - k) / (k + 1));
}

/** Draws how many of `drawn` items are marked, where `marked` of `total` are. */
export function drawHypergeometric(
  random: RandomStream,
  { total, marked, drawn }: { total: number; marked: number; drawn: number },
): number {
  const low = Math.max(0, drawn + marked - total);
  const high = Math.min(drawn, marked);
  if (low === high) return low;
  const mean = drawn * marked / total;
  const variance = mean * (1 - marked / total) * (total - drawn) / (total - 1);
  if (variance > mostVariance) return drawRounded(random, mean, variance, [low, high]);
  const mode = Math.min(high, Math.max(low, Math.floor((drawn + 1) * (marked + 1) / (total + 2))));
  const probability = Math.exp(
    logChoose(marked, mode) + logChoose(total - marked, drawn - mode) - logChoose(total, drawn),
  );
  return walkFromMode(
    random,
    { mode, probability, low, high },
    (k) => (marked - k) * (drawn - k) / ((k + 1) * (total - marked - drawn + k + 1)),
  );
}

/** Draws the counts of categories with the given probabilities. */
export function drawMultinomial(
  random: RandomStream,
  n: number,
  probabilities: ArrayLike<number>,
  counts: Float64Array,
): void {
  let [left, mass] = [n, 1];
  for (let k = 0; k < probabilities.length; k++) {
    const last = k === probabilities.length - 1;
    counts[k] = last ? left : drawBinomial(random, left, Math.min(1, probabilities[k]! / mass));
    left -= counts[k]!;
    mass -= probabilities[k]!;
  }
}

function drawRounded(
  random: RandomStream,
  mean: number,
  variance: number,
  [low, high]: readonly [number, number],
): number {
  return Math.max(low, Math.min(high, Math.round(mean + Math.sqrt(variance) * random.normal())));
}

/**
 * Inverts the distribution function, counting from the mode to both sides, where most of the probability is.
 *
 * @param ratio the probability of k + 1 over that of k
 */
function walkFromMode(
  random: RandomStream,
  { mode, probability, low, high }: { mode: number; probability: number; low: number; high: number },
  ratio: (k: number) => number,
): number {
  let rest = random.uniform() - probability;
  let [below, above] = [mode, mode];
  let [left, right] = [probability, probability];
  while (rest > 0 && (below > low || above < high)) {
    if (above < high) {
      right *= ratio(above);
      above++;
      rest -= right;
      if (rest <= 0) return above;
    }
    if (below > low) {
      below--;
      left /= ratio(below);
      rest -= left;
      if (rest <= 0) return below;
    }
  }
  // Rounding leaves some 1e-12 of probability to nobody.
  return mode;
}

// Looked up for the numbers of personas that studies have: a draw needs up to nine of them.
const logFactorials = new Float64Array(16384);
for (let n = 1; n < logFactorials.length; n++) logFactorials[n] = logFactorials[n - 1]! + Math.log(n);

/** log n!; Stirling's series beyond the table, to 1e-15 of its value. */
function logFactorial(n: number): number {
  if (n < logFactorials.length) return logFactorials[n]!;
  return (n + 0.5) * Math.log(n) - n + Math.log(2 * Math.PI) / 2 + 1 / (12 * n) - 1 / (360 * n ** 3);
}

function logChoose(n: number, k: number): number {
  return logFactorial(n) - logFactorial(k) - logFactorial(n - k);
}
