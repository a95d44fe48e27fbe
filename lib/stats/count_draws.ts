import type { RandomStream } from "../core/stream.ts";

/**
 * Draws how many of `n` trials succeed: Binomial(n, p).
 *
 * By inversion from the mode outward, in both directions: exact, and in about 1.6 standard deviations' steps (Kemp
 * 1986, A modal method for generating binomial variables, Communications in Statistics: Theory and Methods
 * 15(3):805-813).
 */
export function drawBinomial(n: number, p: number, random: RandomStream): number {
  if (n === 0 || p <= 0) return 0;
  if (p >= 1) return n;
  const mode = Math.min(n, Math.floor((n + 1) * p));
  const odds = p / (1 - p);
  return drawFromMode(
    mode,
    Math.exp(logChoose(n, mode) + mode * Math.log(p) + (n - mode) * Math.log1p(-p)),
    (k) => (n - k) / (k + 1) * odds,
    random,
  );
}

/**
 * Draws how many of `drawn` items, taken without replacement from `total` of which some are `marked`, are marked:
 * the hypergeometric distribution, by inversion from the mode outward.
 */
export function drawHypergeometric(
  total: number,
  marked: number,
  drawn: number,
  random: RandomStream,
): number {
  const least = Math.max(0, drawn + marked - total);
  const most = Math.min(marked, drawn);
  if (least === most) return least;
  const mode = Math.floor((drawn + 1) * (marked + 1) / (total + 2));
  return drawFromMode(
    mode,
    Math.exp(logChoose(marked, mode) + logChoose(total - marked, drawn - mode) - logChoose(total, drawn)),
    (k) => (marked - k) * (drawn - k) / ((k + 1) * (total - marked - drawn + k + 1)),
    random,
  );
}

/** Takes the probabilities from a uniform number one by one, the mode's first, until nothing is left of it. */
function drawFromMode(
  mode: number,
  probability: number,
  ratio: (k: number) => number,
  random: RandomStream,
): number {
  let rest = random.uniform() - probability;
  if (rest < 0) return mode;
  let [up, down] = [mode, mode];
  let [probabilityUp, probabilityDown] = [probability, probability];
  while (probabilityUp > 0 || probabilityDown > 0) {
    probabilityUp *= ratio(up++);
    if ((rest -= probabilityUp) < 0) return up;
    if (down > 0) {
      probabilityDown /= ratio(--down);
      if ((rest -= probabilityDown) < 0) return down;
    } else probabilityDown = 0;
  }
  // Rounding left a trace of the uniform number over.
  return mode;
}

function logChoose(n: number, k: number): number {
  return logFactorial(n) - logFactorial(k) - logFactorial(n - k);
}

const small = new Float64Array(64);
for (let n = 1; n < small.length; n++) small[n] = small[n - 1]! + Math.log(n);

/** log n!, by Stirling's series beyond 63: its next term is below 1e-15 there. */
function logFactorial(n: number): number {
  if (n < small.length) return small[n]!;
  const square = n * n;
  return n * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI * n) +
    (1 / 12 - (1 / 360 - (1 / 1260 - 1 / (1680 * square)) / square) / square) / n;
}
