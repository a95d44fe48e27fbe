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
  layouts: PairLayouts,
  control: number,
  random: RandomStream,
): UnseenUnits {
  const source = readPairs(cells, layouts, control);
  const anybody = source.used.flat();
  return {
    add: (counts) => {
      source.used.forEach((list, arm) => {
        for (let unit = 0; unit < added && list.length > 0; unit++) {
          const start = source.startOf(list[random.integer(list.length)]!, arm);
          source.visit(anybody[random.integer(anybody.length)]!, (column) => counts[start + column]!++);
        }
      });
    },
    expected: (counts) => {
      const sums = Float64Array.from(counts);
      // The answers of an average unit.
      const average = new Float64Array(source.columns);
      for (const cell of anybody) source.visit(cell, (column) => average[column]! += 1 / anybody.length);
      source.used.forEach((list, arm) => {
        for (const cell of list) {
          const start = source.startOf(cell, arm);
          average.forEach((answers, k) => sums[start + k]! += added / list.length * answers);
        }
      });
      return sums;
    },
  };
}

/** What those who answered in both arms said, and where that is counted. */
interface PairAnswers {
  /** The cells of each arm. */
  readonly used: readonly [number[], number[]];
  /** How many answers there are to choose from. */
  readonly columns: number;
  /** Where the counts begin for a cell's block in an arm. */
  readonly startOf: (cell: number, arm: number) => number;
  /** Visits the answers of a cell. */
  readonly visit: (cell: number, count: (column: number) => void) => void;
}

function readPairs(cells: DriftCells, { pairs, controls }: PairLayouts, control: number): PairAnswers {
  const layout = controls[control]!;
  const columns = cells.offsets[control + 1]! - cells.offsets[control]!;
  const used: [number[], number[]] = [[], []];
  visitUsed(cells, pairs, control, layout.skip, (first, second) => {
    if (first < 0 || second < 0) return;
    used[0].push(first);
    used[1].push(second);
  });
  return {
    used,
    columns,
    startOf: (cell, arm) => (arm * layout.weights.length + placeOf(cells, layout, cell)) * columns,
    visit: (cell, count) => {
      const from = cells.from[control]![cell]!;
      for (let a = from; a < from + cells.answered[control]![cell]!; a++) {
        count(cells.answers[a]! - cells.offsets[control]!);
      }
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
