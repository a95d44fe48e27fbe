import type { RandomStream } from "../../core/stream.ts";
import { permuteLabels } from "../../stats/permutation_labels.ts";
import type { DriftCells } from "./drift_cells.ts";
import { distanceOf, shareDifferences } from "./drift_distance.ts";
import type { DriftPlaces } from "./drift_places.ts";

/** Options of {@linkcode permuteTogether}. */
export interface PermuteTogetherOptions {
  /** How many labels there are. */
  readonly labels: number;
  /** How many random permutations. */
  readonly permutations: number;
  /** The largest number of assignments that are all visited. */
  readonly exactLimit: number;
  /** Where the random numbers come from. */
  readonly random: RandomStream;
}

/**
 * Permutes arms where everybody answered every control alike and blocks make no difference: the fast case, in which one
 * pass over the answers counts all controls. `others` are the labels to compare with label 0.
 */
export function permuteTogether(
  cells: DriftCells,
  places: DriftPlaces,
  others: readonly number[],
  options: PermuteTogetherOptions,
): { distances: Float64Array[]; exact: boolean; count: number } {
  const columns = cells.categories.length;
  const total = new Int32Array(columns);
  for (const cell of places.cells) {
    for (let a = cells.start[cell]!; a < cells.start[cell + 1]!; a++) total[cells.answers[a]!]!++;
  }
  const from = places.cells.map((cell) => cells.start[cell]!);
  const to = places.cells.map((cell) => cells.start[cell + 1]!);
  const counts = new Int32Array(options.labels * columns);
  const found: number[][] = others.flatMap(() => cells.controls.map(() => []));
  const measure = distanceMeter(cells, counts);
  const visited = permuteLabels(places.labels, (labels) => {
    // Label 0 has what the others leave.
    counts.fill(0);
    counts.set(total);
    for (let place = 0; place < labels.length; place++) {
      const label = labels[place]!;
      if (label === 0) continue;
      const base = label * columns;
      for (let a = from[place]!, end = to[place]!; a < end; a++) counts[base + cells.answers[a]!]!++;
    }
    for (let other = columns; other < counts.length; other++) counts[other % columns]! -= counts[other]!;
    let index = 0;
    for (const other of others) {
      for (let c = 0; c < cells.controls.length; c++) found[index++]!.push(measure(other, c));
    }
  }, { groups: places.groups, ...options });
  return { ...visited, distances: found.map((list) => Float64Array.from(list)) };
}

/** Measures a control's distance between a label and label 0 in counts of all controls. */
function distanceMeter(cells: DriftCells, counts: Int32Array): (other: number, control: number) => number {
  const columns = cells.categories.length;
  const one = Float64Array.of(1);
  const buffers = cells.controls.map((_, c) => {
    const size = cells.offsets[c + 1]! - cells.offsets[c]!;
    return { pair: new Int32Array(2 * size), differences: new Float64Array(size) };
  });
  return (other, control) => {
    const { pair, differences } = buffers[control]!;
    const from = cells.offsets[control]!;
    for (let k = 0; k < differences.length; k++) {
      pair[k] = counts[other * columns + from + k]!;
      pair[differences.length + k] = counts[from + k]!;
    }
    shareDifferences(pair, one, differences);
    return distanceOf(differences);
  };
}
