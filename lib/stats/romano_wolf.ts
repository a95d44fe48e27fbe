import { cannot } from "../core/errors.ts";

const action = "adjust by Romano and Wolf";

/**
 * Adjusts p-values for many tests by how large the largest statistic is in resamples: step-down, two-sided.
 *
 * Holds the chance of any false rejection, and gains power over Holm where tests are alike, as the outcomes of the
 * same people are. Resampled statistics must be centred: (estimate in the resample − estimate) / its standard error.
 * The same with statistics under permutations is Westfall and Young's step-down max-T.
 *
 * @param statistics the t statistic of each test; `NaN` for a test that does not count
 * @param resampled for each resample, the centred statistic of each test, in the same order
 * @returns adjusted p-values, (1 + count) / (resamples + 1), in the order of `statistics`
 * @throws {RangeError} if a resample does not hold one number per test
 * @see Romano and Wolf 2016, Statistics and Probability Letters 113: 38-40
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { romanoWolf } from "@understudy/understudy/stats";
 *
 * assertEquals(romanoWolf([3, -1], [[0.5, 2], [-1.5, 0.2], [0.1, -0.7]]), [0.25, 0.5]);
 * ```
 */
export function romanoWolf(
  statistics: ArrayLike<number>,
  resampled: readonly ArrayLike<number>[],
): number[] {
  const tests = statistics.length;
  const wrong = resampled.findIndex((draw) => draw.length !== tests);
  if (wrong >= 0) {
    const rule = `hold ${tests} statistics in every resample`;
    throw new RangeError(cannot(action, "resampled", rule, resampled[wrong]!.length));
  }
  const order = Array.from({ length: tests }, (_, test) => test)
    .filter((test) => !Number.isNaN(statistics[test]))
    .sort((a, b) => Math.abs(statistics[b]!) - Math.abs(statistics[a]!));
  const counts = countExceeding(statistics, resampled, order);
  const adjusted = new Array<number>(tests).fill(NaN);
  let largest = 0;
  for (const test of order) {
    // Romano and Wolf 2016, Algorithm 4.2: a later test is never more significant than an earlier one.
    largest = Math.max(largest, (1 + counts[test]!) / (resampled.length + 1));
    adjusted[test] = largest;
  }
  return adjusted;
}

/** For each test, the resamples in which it or a test with a smaller observed statistic is at least as large. */
function countExceeding(
  statistics: ArrayLike<number>,
  resampled: readonly ArrayLike<number>[],
  order: readonly number[],
): number[] {
  const counts = new Array<number>(statistics.length).fill(0);
  for (const draw of resampled) {
    let most = 0;
    for (let place = order.length - 1; place >= 0; place--) {
      const test = order[place]!;
      const size = Math.abs(draw[test]!);
      // A statistic that a resample leaves open counts as large: never in favour of a finding.
      most = Number.isNaN(size) ? Infinity : Math.max(most, size);
      if (most >= Math.abs(statistics[test]!) * (1 - 1e-12)) counts[test]!++;
    }
  }
  return counts;
}
