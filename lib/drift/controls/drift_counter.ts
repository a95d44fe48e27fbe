import type { DriftCells } from "./drift_cells.ts";
import { makeMeter, placeOf } from "./drift_shares.ts";
import type { PairLayouts } from "./drift_layout.ts";
import type { ControlMembers, DriftPlaces } from "./drift_places.ts";

/**
 * Measures one control in one comparison, under the labels that each place is given: the value of each of its measures,
 * in an array that is used again.
 */
export type DriftCounter = (labels: Int32Array, answers: Int32Array, taken: Int32Array) => Float64Array;

/** What one control is counted from. */
export interface CountedControl {
  /** Where the answers of each place begin. */
  readonly from: Int32Array;
  /** How many each place has; 0 for those that take no part. */
  readonly full: Int32Array;
}

/** Finds the answers of each place to a control. */
export function answersOfPlaces(
  cells: DriftCells,
  places: DriftPlaces,
  members: ControlMembers,
  control: number,
): CountedControl {
  return {
    from: places.cells.map((cell) => cells.from[control]![cell]!),
    full: places.cells.map((cell, place) =>
      members.member[place] === 1 ? cells.answered[control]![cell]! : 0
    ),
  };
}

/**
 * Makes the counter of one comparison: label `other` against label 0.
 *
 * Where every place gives all its answers, label 0 has what the other labels leave, and only those are counted.
 */
export function makeCounter(
  cells: DriftCells,
  places: DriftPlaces,
  { from, full }: CountedControl,
  layouts: PairLayouts,
  { control, other, subtract }: { control: number; other: number; subtract: boolean },
): DriftCounter {
  const layout = layouts.controls[control]!;
  const offset = cells.offsets[control]!;
  const columns = cells.offsets[control + 1]! - offset;
  const second = layout.weights.length * columns;
  const base = places.cells.map((cell) => placeOf(cells, layout, cell) * columns - offset);
  const used = places.cells.map((cell) => layout.skip[cell] === 1 ? 0 : 1);
  const total = new Int32Array(2 * second);
  for (let place = 0; place < full.length; place++) {
    if (used[place] === 0) continue;
    for (let a = 0; a < full[place]!; a++) {
      total[second + base[place]! + cells.answers[from[place]! + a]!]!++;
    }
  }
  const counts = new Int32Array(2 * second);
  const meter = makeMeter(cells, control, layout.weights);
  return (labels, answers, taken) => {
    if (subtract) counts.set(total);
    else counts.fill(0);
    for (let place = 0; place < labels.length; place++) {
      const label = labels[place]!;
      if (used[place] === 0 || (subtract ? label === 0 : label !== 0 && label !== other)) continue;
      const start = from[place]!;
      const shift = base[place]!;
      for (let a = start, end = start + taken[place]!; a < end; a++) {
        const column = shift + answers[a]!;
        if (label === other) counts[column]!++;
        if (subtract) counts[second + column]!--;
        else if (label === 0) counts[second + column]!++;
      }
    }
    return meter(counts);
  };
}
