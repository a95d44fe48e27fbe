import type { RandomStream } from "../../core/stream.ts";
import type { DriftCells } from "../controls/drift_cells.ts";
import type { DriftPlaces } from "../controls/drift_places.ts";
import { classifierStatistic } from "./joint_classifier.ts";
import { makeFeatures } from "./joint_features.ts";
import { classifierInterval } from "./joint_interval.ts";
import { countPatterns, readControlsOf } from "./joint_patterns.ts";
import { joinPlaces, type JointPermutation, type JointPlaces, permuteJoint } from "./joint_permutations.ts";
import type { JointComparison, JointFound, JointRequest } from "./joint_request.ts";

/** Compares two arms by a classifier. */
export function compareByClassifier(
  { cells, places, layout, random }: JointComparison,
  request: JointRequest,
): JointFound {
  const { folds, settings } = request;
  const joint = joinPlaces(cells, places, layout);
  const patterns = countPatterns(cells, joint);
  const size = patterns.counts.length;
  const fold = drawFolds(cells, places, joint, folds, random("folds"));
  const permutation: JointPermutation = {
    cells,
    places,
    joint,
    weights: layout.controls[0]!.weights,
    numbers: patterns.numbers,
    base: fold.map((number) => number * size),
    slots: folds * size,
  };
  const features = makeFeatures(readControlsOf(cells, patterns, request));
  const classifier = classifierStatistic(features, { folds, ...countReplies(permutation) });
  const { permutations } = settings;
  return {
    found: permuteJoint(permutation, classifier.statistic, {
      permutations,
      // As many as would be drawn at random: each trains the classifier anew.
      exactLimit: permutations,
      random: random("permute"),
    }),
    interval: classifierInterval(permutation, classifier, layout, {
      ...settings,
      random: random("bootstrap"),
    }),
    notes: [
      `${features.count} features in ${folds} folds of ${cells.unitName}`,
    ],
  };
}

/** Counts the replies of both arms in each slot; the spread is the sum of 1 / n over the arms. */
function countReplies(
  { cells, places, joint, numbers, base, slots }: JointPermutation,
): { counts: Float64Array; spread: number } {
  const counts = new Float64Array(slots);
  const replies = [0, 0];
  for (const place of joint.members) {
    const from = joint.from[place]!;
    replies[places.labels[place]!]! += joint.full[place]!;
    for (let a = from; a < from + joint.full[place]!; a++) {
      counts[base[place]! + numbers[cells.answers[a]!]!]!++;
    }
  }
  return { counts, spread: 1 / replies[0]! + 1 / replies[1]! };
}

/** The fold of each place: all places of a unit in one, folds of nearly as many units. */
function drawFolds(
  cells: DriftCells,
  places: DriftPlaces,
  joint: JointPlaces,
  folds: number,
  random: RandomStream,
): Int32Array {
  const units = [...new Set(Array.from(joint.members, (place) => cells.unit[places.cells[place]!]!))];
  const fold = new Map(random.shuffle(units).map((unit, i) => [unit, i % folds] as const));
  return places.cells.map((cell) => fold.get(cells.unit[cell]!) ?? 0);
}
