import type { DriftCells } from "../controls/drift_cells.ts";
import { readPattern } from "./joint_answers.ts";
import { type PatternControl, readPatternControls } from "./joint_features.ts";
import type { JointPlaces } from "./joint_permutations.ts";
import type { JointRequest } from "./joint_request.ts";

/** The patterns of replies that occur in a comparison. */
export interface Patterns {
  /** The number of each pattern among those that occur; -1 where it does not. */
  readonly numbers: Int32Array;
  /** The patterns that occur. */
  readonly columns: readonly number[];
  /** How many replies have each of them. */
  readonly counts: Float64Array;
}

/** Counts the replies of each pattern. */
export function countPatterns(cells: DriftCells, { members, from, full }: JointPlaces): Patterns {
  const all = new Float64Array(cells.categories.length);
  for (const place of members) {
    for (let a = from[place]!; a < from[place]! + full[place]!; a++) all[cells.answers[a]!]!++;
  }
  const columns = [...all.keys()].filter((column) => all[column]! > 0);
  const numbers = new Int32Array(all.length).fill(-1);
  columns.forEach((column, number) => numbers[column] = number);
  return { numbers, columns, counts: all.filter((count) => count > 0) };
}

/** Reads the controls of the patterns. */
export function readControlsOf(
  cells: DriftCells,
  { columns, counts }: Patterns,
  request: JointRequest,
): PatternControl[] {
  const patterns = columns.map((column) => readPattern(cells.categories[column]!));
  return readPatternControls(request.action, patterns, counts, request);
}
