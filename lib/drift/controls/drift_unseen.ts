import type { RandomStream } from "../../core/stream.ts";
import type { DriftCells } from "./drift_cells.ts";
import { type PairLayouts, visitUsed } from "./drift_layout.ts";
import type { DriftMeasure } from "./drift_measures.ts";
import { type DriftContrasts, placeOf } from "./drift_shares.ts";

/** Units that might have been asked, and answered otherwise than all that were. */
export interface UnseenUnits {
  /** Adds the answers of a few of them to counts. */
  readonly add: (counts: Int32Array) => void;
  /** Counts with what they add on average. */
  readonly expected: (counts: ArrayLike<number>) => Float64Array;
}

/** How many units are added to each arm: Agresti and Min's two. */
const added = 2;

/**
 * Makes the units that bootstrap samples lack. Where 1 of 50 personas answered otherwise in the other arm, samples of
 * the 50 vary as if at most a few ever did: claims of small drift were then wrong in a third of studies. So each sample
 * gets two more units in each arm, whose answers there are those of anybody in either arm, each arm for itself: what
 * adding two to the cells of a paired table does to Wald's interval (Agresti and Min 2005, Statistics in Medicine
 * 24(5):729-740). It matters where units are few or nearly all alike, and vanishes with n.
 */
export function makeUnseen(
  cells: DriftCells,
  { pairs, controls }: PairLayouts,
  control: number,
  random: RandomStream,
): UnseenUnits {
  const layout = controls[control]!;
  const columns = cells.offsets[control + 1]! - cells.offsets[control]!;
  const side = layout.weights.length * columns;
  const used: [number[], number[]] = [[], []];
  visitUsed(cells, pairs, control, layout.skip, (first, second) => {
    if (first < 0 || second < 0) return;
    used[0].push(first);
    used[1].push(second);
  });
  const all = [...used[0], ...used[1]];
  // Visits the answers of one cell as if they had been given in another place.
  const visit = (cell: number, arm: number, place: number, count: (column: number) => void) => {
    const base = arm * side + place * columns - cells.offsets[control]!;
    const from = cells.from[control]![cell]!;
    for (let a = from; a < from + cells.answered[control]![cell]!; a++) count(base + cells.answers[a]!);
  };
  return {
    add: (counts) => {
      for (let arm = 0; arm < 2; arm++) {
        const list = used[arm as 0 | 1];
        for (let unit = 0; unit < added && list.length > 0; unit++) {
          const place = placeOf(cells, layout, list[random.integer(list.length)]!);
          visit(all[random.integer(all.length)]!, arm, place, (column) => counts[column]!++);
        }
      }
    },
    expected: (counts) => {
      const sums = Float64Array.from(counts);
      const places = new Float64Array(layout.weights.length);
      for (let arm = 0; arm < 2; arm++) {
        const list = used[arm as 0 | 1];
        places.fill(0);
        for (const cell of list) places[placeOf(cells, layout, cell)]! += added / list.length;
        const share = new Float64Array(columns);
        for (const cell of all) visit(cell, 0, 0, (column) => share[column]! += 1 / all.length);
        places.forEach((count, place) =>
          share.forEach((answers, k) => sums[arm * side + place * columns + k]! += count * answers)
        );
      }
      return sums;
    },
  };
}

/**
 * For each measure, the least and the largest length of contrasts if a share of the units of one arm had all given one
 * other answer: what a study in which no unit differed from the others cannot exclude.
 */
export function makeReach(
  counts: Int32Array,
  columns: number,
  measures: readonly DriftMeasure[],
  contrastsOf: DriftContrasts,
): ((share: number) => readonly [number, number])[] {
  const side = counts.length / 2;
  const moved = new Float64Array(counts.length);
  return measures.map((measure, m) => (share: number) => {
    let [least, most] = [Infinity, 0];
    for (const arm of [0, side]) {
      for (let answer = 0; answer < columns; answer++) {
        moved.set(counts);
        for (let block = arm; block < arm + side; block += columns) {
          moveShare(moved.subarray(block, block + columns), answer, share);
        }
        const length = measure.length(contrastsOf(moved)[m]!);
        if (Number.isNaN(length)) continue;
        least = Math.min(least, length);
        most = Math.max(most, length);
      }
    }
    return [least, most];
  });
}

/** Moves a share of all counts to one answer, from those that are farthest in their order first. */
function moveShare(counts: Float64Array, answer: number, share: number): void {
  let left = share * counts.reduce((sum, count) => sum + count, 0);
  for (let far = counts.length - 1; far > 0; far--) {
    for (const from of [answer - far, answer + far]) {
      const moved = Math.min(left, counts[from] ?? 0);
      if (moved === 0) continue;
      counts[from]! -= moved;
      counts[answer]! += moved;
      left -= moved;
    }
  }
}
