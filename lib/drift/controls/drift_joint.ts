import { moments } from "../../stats/moments.ts";
import { permutationPValue } from "../../stats/permutation.ts";
import type { DriftNull } from "./drift_null.ts";

/**
 * The joint p-value of several distances by max-T: how often the largest standardised distance of a permutation is at
 * least the largest observed one. The permutations are the same for all controls, so their dependence is kept.
 *
 * Each distance is standardised with the mean and standard deviation over its permutations and itself: the observed
 * assignment is then treated as one of them, and the test is exact (Westfall and Young 1993, chapter 2).
 */
export function jointPValue(observed: readonly number[], permuted: DriftNull): number {
  const largest = new Float64Array(permuted.count).fill(-Infinity);
  let largestObserved = -Infinity;
  observed.forEach((statistic, index) => {
    if (Number.isNaN(statistic)) return;
    const distances = permuted.distances[index]!;
    const computed = distances.filter((distance) => !Number.isNaN(distance));
    const { mean, variance } = moments(permuted.exact ? computed : [...computed, statistic]);
    const scale = variance > 0 ? Math.sqrt(variance) : 1;
    largestObserved = Math.max(largestObserved, (statistic - mean) / scale);
    distances.forEach((distance, draw) => {
      const standardised = (distance - mean) / scale;
      if (standardised > largest[draw]!) largest[draw] = standardised;
    });
  });
  if (largestObserved === -Infinity) return NaN;
  return permutationPValue(largestObserved, largest, { exact: permuted.exact });
}
