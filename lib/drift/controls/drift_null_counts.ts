import type { RandomStream } from "../../core/stream.ts";
import type { DriftCells } from "./drift_cells.ts";
import type { CountedControl } from "./drift_counter.ts";
import type { DriftLayout } from "./drift_layout.ts";
import { PatternTable } from "./drift_pattern_table.ts";
import { makePatternDealer } from "./drift_patterns.ts";
import type { ControlMembers, DriftPlaces } from "./drift_places.ts";
import { makeMeter, placeOf } from "./drift_shares.ts";

/** The distances of one test under permutations of the arms. */
export interface TestNull {
  /** The distance under each permutation. */
  readonly distances: Float64Array;
  /** Whether the permutations are all distinct assignments. */
  readonly exact: boolean;
  /** How many permutations there are. */
  readonly count: number;
}

/** Options of {@linkcode drawCounts}. */
export interface DrawCountsOptions {
  /** The control's layout. */
  readonly layout: DriftLayout;
  /** The control. */
  readonly c: number;
  /** How many random permutations. */
  readonly permutations: number;
  /** Opens the stream of random numbers anew. */
  readonly random: () => RandomStream;
}

/**
 * Draws the counts of one control alone, from a stream of its own: another control in the table changes none of its
 * numbers. `null` where its answers are drawn one by one, or kinds of units are too many.
 */
export function drawCounts(
  cells: DriftCells,
  places: DriftPlaces,
  { members: { member, rates }, counted }: { members: ControlMembers; counted: CountedControl },
  { layout, c, permutations, random }: DrawCountsOptions,
): TestNull[] | null {
  if (rates !== null) return null;
  const size = cells.offsets[c + 1]! - cells.offsets[c]!;
  const taking = Array.from(member.keys()).filter((place) => member[place] === 1);
  const table = new PatternTable();
  const patterns = taking.map((place) => {
    const base = placeOf(cells, layout, places.cells[place]!) * size - cells.offsets[c]!;
    return table.numberOf(cells.answers, counted.from[place]!, counted.full[place]!, base);
  });
  const columns = layout.weights.length * size;
  const labels = taking.map((place) => places.labels[place]!);
  const groups = taking.map((place) => places.groups[place]!);
  const deal = makePatternDealer({ labels, groups, patterns, lists: table.lists }, {
    labels: 2,
    columns,
    random: random(),
  });
  if (deal === null) return null;
  const meter = makeMeter(cells, c, layout.weights);
  const counts = new Int32Array(2 * columns);
  const pair = new Int32Array(2 * columns);
  const total = new Int32Array(columns);
  for (const pattern of patterns) for (const column of table.lists[pattern]!) total[column]!++;
  const visits = Array.from({ length: permutations }, () => {
    counts.fill(0);
    deal(counts);
    for (let k = 0; k < columns; k++) {
      pair[k] = counts[columns + k]!;
      pair[columns + k] = total[k]! - pair[k]!;
    }
    return meter(pair).slice();
  });
  return byMeasure(visits).map((distances) => ({ distances, exact: false, count: permutations }));
}

/** For each measure, its values over the visits. */
export function byMeasure(visits: readonly Float64Array[]): Float64Array[] {
  return Array.from(
    { length: visits[0]!.length },
    (_, measure) => Float64Array.from(visits, (values) => values[measure]!),
  );
}
