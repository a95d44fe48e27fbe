/** What inverting a test needs: the statistic is linear in the outcome, so that an effect shifts it along a line. */
export interface InvertibleTest {
  /** T: the statistic of the outcome as assigned. */
  readonly observed: number;
  /** a: the statistic of the outcome under each assignment. */
  readonly outcome: Float64Array;
  /** d: the statistic of the observed assignment itself, taken as the outcome, under each assignment. */
  readonly assignment: Float64Array;
  /** Whether these are all assignments. */
  readonly exact: boolean;
}

/**
 * The effects that a randomisation test does not reject, exactly for the assignments given: no grid, no search.
 *
 * Under an effect τ on everybody the statistic is a − τ d, and T − τ as observed. For |a − τ d| ≥ |T − τ| the effects
 * lie between the roots (T − a) / (1 − d) and (T + a) / (1 + d), and T lies between them too; for one side, beyond the
 * first root. So the p-value rises up to T and falls after it, and the interval's ends are order statistics of roots.
 */
export function invertTest(
  test: InvertibleTest,
  alpha: number,
  twoSided: "absolute" | "doubling",
): { low: number; high: number } {
  const { low, high } = twoSided === "absolute" ? absoluteRoots(test) : oneSidedRoots(test);
  // p = (1 + count) / (draws + 1), or count / draws where all assignments are there, must exceed the level.
  const level = twoSided === "absolute" ? alpha : alpha / 2;
  const draws = low.length;
  const most = test.exact ? level * draws : level * (draws + 1) - 1;
  const rank = Math.floor(most + 1e-9);
  if (rank < 0) return { low: -Infinity, high: Infinity };
  return { low: low.sort()[rank] ?? -Infinity, high: high.sort()[draws - 1 - rank] ?? Infinity };
}

/** Assignments whose d is this close to 1 (or −1) are the observed one (or its opposite). */
const same = 1e-9;

function absoluteRoots({ observed, outcome, assignment }: InvertibleTest): {
  low: Float64Array;
  high: Float64Array;
} {
  const low = new Float64Array(outcome.length);
  const high = new Float64Array(outcome.length);
  outcome.forEach((a, draw) => {
    const d = assignment[draw]!;
    if (!(Math.abs(d) < 1 - same)) {
      // As extreme whatever the effect; |d| above 1, which adjustment can give, is treated so too.
      [low[draw], high[draw]] = [-Infinity, Infinity];
      return;
    }
    const roots = [(observed - a) / (1 - d), (observed + a) / (1 + d)] as const;
    low[draw] = Math.min(...roots, observed);
    high[draw] = Math.max(...roots, observed);
  });
  return { low, high };
}

/** T* ≥ T for effects from the root up, T* ≤ T for effects up to the root. */
function oneSidedRoots({ observed, outcome, assignment }: InvertibleTest): {
  low: Float64Array;
  high: Float64Array;
} {
  const low = new Float64Array(outcome.length);
  const high = new Float64Array(outcome.length);
  outcome.forEach((a, draw) => {
    const d = assignment[draw]!;
    const root = d < 1 - same ? (observed - a) / (1 - d) : NaN;
    low[draw] = Number.isNaN(root) ? -Infinity : root;
    high[draw] = Number.isNaN(root) ? Infinity : root;
  });
  return { low, high };
}
