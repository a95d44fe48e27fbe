/** Options of {@linkcode permutationPValue}. */
export interface PermutationPValueOptions {
  /**
   * Whether `null` holds every possible assignment, the observed one among them.
   *
   * @default false
   */
  exact?: boolean;
}

/**
 * Computes the one-sided p-value of a statistic against its permutation null: how often it is at least as large.
 *
 * Random permutations: (1 + #{T* ≥ T}) / (B + 1), never 0. All permutations: #{T* ≥ T} / B. Permutations under which
 * the statistic cannot be computed (`NaN`) are left out of both counts. T* ≥ T holds within a relative 1e-10, so that
 * equal tables count as equal however their sums were rounded.
 *
 * @param observed the observed statistic T
 * @param permuted the statistic under each permutation, T*
 * @param options see {@linkcode PermutationPValueOptions}
 * @returns the p-value; `NaN` if `observed` is, or if there is no permutation
 * @see Phipson and Smyth 2010, Statistical Applications in Genetics and Molecular Biology 9(1), article 39
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { permutationPValue } from "@understudy/understudy/stats";
 *
 * assertEquals(permutationPValue(3, [1, 2, 3]), 0.5);
 * assertEquals(permutationPValue(3, [1, 2, 3, 4], { exact: true }), 0.5);
 * ```
 */
export function permutationPValue(
  observed: number,
  permuted: ArrayLike<number>,
  options: PermutationPValueOptions = {},
): number {
  const threshold = observed - 1e-10 * Math.abs(observed);
  let extreme = 0;
  let computed = 0;
  for (let draw = 0; draw < permuted.length; draw++) {
    const statistic = permuted[draw]!;
    if (Number.isNaN(statistic)) continue;
    computed++;
    if (statistic >= threshold) extreme++;
  }
  if (Number.isNaN(observed) || computed === 0) return NaN;
  return options.exact ? extreme / computed : (1 + extreme) / (computed + 1);
}
