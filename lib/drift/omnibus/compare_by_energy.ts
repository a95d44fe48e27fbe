import type { RandomStream } from "../../core/stream.ts";
import type { DriftCells } from "../controls/drift_cells.ts";
import type { DriftPlaces } from "../controls/drift_places.ts";
import { energyStatistic } from "./joint_energy.ts";
import { countPatterns, readControlsOf } from "./joint_patterns.ts";
import { joinPlaces, type JointPermutation, type JointPlaces, permuteJoint } from "./joint_permutations.ts";
import type { JointComparison, JointFound, JointRequest } from "./joint_request.ts";

/** The largest number of patterns between which all distances are computed: 64 MB of them. */
const mostPatterns = 4000;
/** The largest number of assignments of arms that are all visited. */
const exactLimit = 25_000;

/** Compares two arms by the energy distance. */
export function compareByEnergy(
  { cells, places, layout, random }: JointComparison,
  request: JointRequest,
): JointFound {
  const all = joinPlaces(cells, places, layout);
  const joint = drawPlaces(cells, places, all, random("patterns"));
  const patterns = countPatterns(cells, joint);
  const permutation: JointPermutation = {
    cells,
    places,
    joint,
    weights: layout.controls[0]!.weights,
    numbers: patterns.numbers,
    base: new Int32Array(places.cells.length),
    slots: patterns.counts.length,
  };
  const { permutations } = request.settings;
  const replies = patterns.counts.reduce((sum, count) => sum + count, 0);
  const still = permutation.weights.length === 1 && joint.rates === null;
  const pooled = still ? patterns.counts.map((count) => count / replies) : null;
  const found = permuteJoint(permutation, energyStatistic(readControlsOf(cells, patterns, request), pooled), {
    permutations,
    exactLimit,
    random: random("permute"),
  });
  const left = all.members.length - joint.members.length;
  return {
    found,
    interval: [NaN, NaN],
    notes: [
      "no interval, as the energy distance has no usual one near 0",
      ...(left > 0
        ? [
          `distances among the patterns of ${cells.unitName} drawn at random, about ${mostPatterns}; left out: ${left}`,
        ]
        : []),
    ],
  };
}

/** All places, or those of as many units, drawn at random whatever their arms, as have no more patterns than allowed. */
function drawPlaces(
  cells: DriftCells,
  places: DriftPlaces,
  joint: JointPlaces,
  random: RandomStream,
): JointPlaces {
  if (countPatterns(cells, joint).columns.length <= mostPatterns) return joint;
  const kept = new Set<number>();
  const seen = new Set<number>();
  const ofUnit = Map.groupBy(joint.members, (place) => cells.unit[places.cells[place]!]!);
  for (const unit of random.shuffle([...ofUnit.keys()])) {
    for (const place of ofUnit.get(unit)!) {
      for (let a = joint.from[place]!; a < joint.from[place]! + joint.full[place]!; a++) {
        seen.add(cells.answers[a]!);
      }
    }
    kept.add(unit);
    if (seen.size >= mostPatterns) break;
  }
  return { ...joint, members: joint.members.filter((place) => kept.has(cells.unit[places.cells[place]!]!)) };
}
