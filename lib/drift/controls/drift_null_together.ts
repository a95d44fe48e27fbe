import type { RandomStream } from "../../core/stream.ts";
import {
  countAssignments,
  groupPositions,
  type PermutedLabels,
  permuteLabels,
} from "../../stats/permutation.ts";
import { type DriftCells, testsOf } from "./drift_cells.ts";
import { PatternTable } from "./drift_pattern_table.ts";
import { makePatternDealer, type PatternDealer } from "./drift_patterns.ts";
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
  const few = countAssignments(places.labels, positions, options.exactLimit) !== Infinity;
  const visited = few
    ? visitAssignments(cells, places, counts, finish, options)
    : drawAssignments(cells, places, counts, finish, options);
  return { ...visited, distances: found.map((list) => Float64Array.from(list)) };
}

/** Counts the answers of all labels but 0 under every distinct assignment. */
function visitAssignments(
  cells: DriftCells,
  places: DriftPlaces,
  counts: Int32Array,
  finish: () => void,
  options: PermuteTogetherOptions,
): PermutedLabels {
  return permuteLabels(places.labels, (labels) => {
    counts.fill(0);
    labels.forEach((label, place) => countAnswers(cells, places.cells[place]!, label, counts));
    finish();
  }, { groups: places.groups, ...options });
}

/** Counts them under random assignments: kind by kind where few kinds recur, else place by place. */
function drawAssignments(
  cells: DriftCells,
  places: DriftPlaces,
  counts: Int32Array,
  finish: () => void,
  options: PermuteTogetherOptions,
): PermutedLabels {
  const deal = dealerOf(cells, places, options) ?? placeDealer(cells, places, options);
  for (let draw = 0; draw < options.permutations; draw++) {
    counts.fill(0);
    deal(counts);
    finish();
  }
  return { exact: false, count: options.permutations };
}

function countAnswers(cells: DriftCells, cell: number, label: number, counts: Int32Array): void {
  if (label === 0) return;
  const base = label * cells.categories.length;
  for (let a = cells.start[cell]!, end = cells.start[cell + 1]!; a < end; a++) {
    counts[base + cells.answers[a]!]!++;
  }
}

/**
 * Deals labels to the places in their order, each with the probability that it has given those dealt before (selection
 * sampling: Knuth 1997, The Art of Computer Programming 2, section 3.4.2, algorithm S): the same distribution as a
 * shuffle, but memory is read from one end to the other, which is what takes the time where there are many.
 */
function placeDealer(
  cells: DriftCells,
  places: DriftPlaces,
  { labels, random }: PermuteTogetherOptions,
): PatternDealer {
  const { groups, groupCount } = places;
  const all = new Int32Array(groupCount * labels);
  const size = new Int32Array(groupCount);
  groups.forEach((group, place) => {
    all[group * labels + places.labels[place]!]!++;
    size[group]!++;
  });
  const left = all.slice();
  const leftOver = size.slice();
  return (counts) => {
    left.set(all);
    leftOver.set(size);
    for (let place = 0; place < groups.length; place++) {
      const group = groups[place]!;
      let point = random.bits() / 4294967296 * leftOver[group]!--;
      let label = 0;
      const from = group * labels;
      while (label + 1 < labels && (point -= left[from + label]!) >= 0) label++;
      left[from + label]!--;
      countAnswers(cells, places.cells[place]!, label, counts);
    }
  };
}

function dealerOf(
  cells: DriftCells,
  places: DriftPlaces,
  { labels, random }: PermuteTogetherOptions,
): PatternDealer | null {
  const table = new PatternTable();
  const patterns = places.cells.map((cell) =>
    table.numberOf(cells.answers, cells.start[cell]!, cells.start[cell + 1]! - cells.start[cell]!)
  );
  const columns = cells.categories.length;
  return makePatternDealer({ ...places, patterns, lists: table.lists }, { labels, columns, random });
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
