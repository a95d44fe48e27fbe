import type { RandomStream } from "../../core/stream.ts";
import { resampleUnits } from "../../stats/resampling.ts";
import { sampleQuantile } from "../../stats/quantiles.ts";
import type { PairLayouts } from "../controls/drift_layout.ts";
import { bootstrapStrata } from "../controls/drift_strata.ts";
import type { JointClassifier } from "./joint_classifier.ts";
import { type JointPermutation, shareCounter } from "./joint_permutations.ts";

/**
 * The percentile interval of how well the classifiers, as they were trained, tell the arms apart, over bootstrap samples
 * of units: within blocks, separately for units in one arm, the other, or both.
 */
export function classifierInterval(
  permutation: JointPermutation,
  classifier: JointClassifier,
  { pairs }: PairLayouts,
  { bootstraps, alpha, random }: { bootstraps: number; alpha: number; random: RandomStream },
): readonly [number, number] {
  if (bootstraps === 0) return [NaN, NaN];
  const { cells, places, joint } = permutation;
  const count = shareCounter(permutation);
  const areaOf = classifier.freeze(count(places.labels, cells.answers, joint.full));
  const placeOfCell = new Map(Array.from(places.cells, (cell, place) => [cell, place] as const));
  const unitPlaces = Array.from(
    pairs.block,
    (_, unit) =>
      [pairs.first[unit]!, pairs.second[unit]!].filter((cell) => cell >= 0).map((cell) =>
        placeOfCell.get(cell)!
      ),
  );
  const times = new Int32Array(places.cells.length);
  const areas = new Float64Array(bootstraps);
  resampleUnits(unitPlaces.length, (units, draw) => {
    times.fill(0);
    for (const unit of units) for (const place of unitPlaces[unit]!) times[place]!++;
    areas[draw] = areaOf(count(places.labels, cells.answers, joint.full, times));
  }, { random, strata: bootstrapStrata(pairs), replicates: bootstraps });
  const sorted = areas.filter((area) => !Number.isNaN(area)).sort();
  if (sorted.length === 0) return [NaN, NaN];
  return [sampleQuantile(sorted, alpha / 2), sampleQuantile(sorted, 1 - alpha / 2)];
}
