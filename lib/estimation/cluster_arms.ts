import type { Comparison } from "../core/units.ts";

/** For each cluster the arm of its units, 0 or 1; a cluster in both arms is an error. */
export function clusterArms({ action, cluster, treated }: Comparison): Map<number, number> {
  const arms = new Map<number, number>();
  const { codes, labels } = cluster!;
  for (let i = 0; i < codes.length; i++) {
    const side = treated[i]!;
    if ((arms.get(codes[i]!) ?? side) !== side) {
      throw new RangeError(
        `Cannot ${action} as 'clusters' must lie in one arm each: cluster '${
          labels[codes[i]!]
        }' has units in both`,
      );
    }
    arms.set(codes[i]!, side);
  }
  return arms;
}
