import type { RandomStream } from "../../core/stream.ts";
import { countAssignments, groupPositions } from "../../stats/permutation_groups.ts";
import { permuteLabels } from "../../stats/permutation_labels.ts";
import { type DriftCells, testsOf } from "./drift_cells.ts";
import { makePatternDealer, sameArrays } from "./drift_patterns.ts";
import type { DriftPlaces } from "./drift_places.ts";
import { makeMeter } from "./drift_shares.ts";

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
 * pass over the answers counts all controls; where few kinds of answers recur, the counts themselves are drawn. `others`
 * are the labels to compare with label 0.
 */
export function permuteTogether(
  cells: DriftCells,
  places: DriftPlaces,
  others: readonly number[],
  options: PermuteTogetherOptions,
): { distances: Float64Array[]; exact: boolean; count: number } {
  const columns = cells.categories.length;
  const found: number[][] = others.flatMap(() => testsOf(cells).map(() => []));
  const record = recorder(cells, others, found);
  const counts = new Int32Array(options.labels * columns);
  const total = countAll(cells, places);
  // Label 0 has what the others leave.
  const finish = () => {
    counts.set(total);
    for (let other = columns; other < counts.length; other++) counts[other % columns]! -= counts[other]!;
    record(counts);
  };
  const positions = groupPositions(places.labels.length, places.groups);
  const many = countAssignments(places.labels, positions, options.exactLimit) === Infinity;
  const deal = many
    ? makePatternDealer({ ...places, patterns: patternsOf(cells, places) }, { ...options, columns })
    : null;
  if (deal !== null) {
    for (let draw = 0; draw < options.permutations; draw++) {
      counts.fill(0);
      deal(counts);
      finish();
    }
    return {
      exact: false,
      count: options.permutations,
      distances: found.map((list) => Float64Array.from(list)),
    };
  }
  const from = places.cells.map((cell) => cells.start[cell]!);
  const to = places.cells.map((cell) => cells.start[cell + 1]!);
  const visited = permuteLabels(places.labels, (labels) => {
    counts.fill(0);
    for (let place = 0; place < labels.length; place++) {
      const label = labels[place]!;
      if (label === 0) continue;
      const base = label * columns;
      for (let a = from[place]!, end = to[place]!; a < end; a++) counts[base + cells.answers[a]!]!++;
    }
    finish();
  }, { groups: places.groups, ...options });
  return { ...visited, distances: found.map((list) => Float64Array.from(list)) };
}

/** The columns of the answers of each place. */
function patternsOf(cells: DriftCells, places: DriftPlaces): Int32Array[] {
  return sameArrays(
    Array.from(places.cells, (cell) => cells.answers.slice(cells.start[cell]!, cells.start[cell + 1]!)),
  );
}

function countAll(cells: DriftCells, places: DriftPlaces): Int32Array {
  const total = new Int32Array(cells.categories.length);
  for (const cell of places.cells) {
    for (let a = cells.start[cell]!; a < cells.start[cell + 1]!; a++) total[cells.answers[a]!]!++;
  }
  return total;
}

/** Makes what measures every control in every comparison with label 0, and keeps the values. */
function recorder(
  cells: DriftCells,
  others: readonly number[],
  found: number[][],
): (counts: Int32Array) => void {
  const columns = cells.categories.length;
  const controls = cells.controls.map((_, c) => {
    const [from, to] = [cells.offsets[c]!, cells.offsets[c + 1]!];
    return {
      from,
      to,
      pair: new Int32Array(2 * (to - from)),
      meter: makeMeter(cells, c, Float64Array.of(1)),
    };
  });
  return (counts) => {
    let index = 0;
    for (const other of others) {
      for (const { from, to, pair, meter } of controls) {
        const size = to - from;
        for (let k = 0; k < size; k++) {
          pair[k] = counts[other * columns + from + k]!;
          pair[size + k] = counts[from + k]!;
        }
        const values = meter(pair);
        for (let m = 0; m < values.length; m++) found[index++]!.push(values[m]!);
      }
    }
  };
}
