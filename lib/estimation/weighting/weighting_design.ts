import { cannot } from "../../core/errors.ts";
import type { Comparison } from "../../core/units.ts";

/** How arms were assigned within blocks: each unit by itself, or with arm sizes fixed. */
export type WeightingAssignment = "simple" | "complete";

/** What was assigned as one: a unit, or a cluster of them. */
export interface WeightingDesign {
  /** Each row's place among what was assigned. */
  readonly place: Int32Array;
  /** How many were assigned. */
  readonly count: number;
  /** For each assigned unit, 1 in the arm and 0 in the reference. */
  readonly side: Uint8Array;
  /** For each assigned unit, its block's place. */
  readonly block: Int32Array;
  /** The number of blocks. */
  readonly blocks: number;
  /** For each assigned unit, the probability of the arm that it is in. */
  readonly probability: Float64Array;
  /** How arms were assigned. */
  readonly assignment: WeightingAssignment;
  /** What the reader must know. */
  readonly notes: readonly string[];
}

/** Reads who was assigned with which probability; learns it from the shares of the arms where it is not given. */
export function readDesign(
  comparison: Comparison,
  given: Float64Array | null,
  asked: WeightingAssignment | undefined,
): WeightingDesign {
  const { outcome, treated, cluster, block, action } = comparison;
  const { place, count } = numberPlaces(outcome.length, cluster?.codes ?? null);
  const blockPlaces = numberPlaces(outcome.length, block?.codes ?? null, true);
  const side = new Uint8Array(count);
  const blockOf = new Int32Array(count).fill(-1);
  const probability = new Float64Array(count).fill(NaN);
  for (let row = 0; row < outcome.length; row++) {
    const at = place[row]!;
    const own = blockPlaces.place[row]!;
    const p = given === null ? NaN : given[row]!;
    if (blockOf[at] === -1) {
      blockOf[at] = own;
      side[at] = treated[row]!;
      probability[at] = p;
    } else if (blockOf[at] !== own) refuseCluster(comparison, row, "clusters", "lie in one block each");
    else if (side[at] !== treated[row]) refuseCluster(comparison, row, "clusters", "lie in one arm each");
    else if (given !== null && Math.abs(probability[at]! - p) > 1e-12) {
      refuseCluster(comparison, row, "probabilities", "be the same in all rows of a cluster");
    }
  }
  if (given === null) learn(probability, side, blockOf, blockPlaces.count);
  else checkRange(action, probability);
  const constant = isConstant(probability, side, blockOf, blockPlaces.count);
  if (asked === "complete" && !constant) {
    throw new RangeError(cannot(
      action,
      "assignment",
      "be simple where probabilities differ between units of a block",
      asked,
    ));
  }
  const assignment = asked ?? (constant ? "complete" : "simple");
  const learned = given === null ? ["probabilities taken from the shares of the arms"] : [];
  return {
    place,
    count,
    side,
    block: blockOf,
    blocks: blockPlaces.count,
    probability,
    assignment,
    notes: [...learned, `${assignment} assignment`, ...(cluster === null ? [] : [`${count} clusters`])],
  };
}

/** Numbers the distinct codes; without codes every row is its own, or all rows are one. */
function numberPlaces(
  rows: number,
  codes: Int32Array | null,
  together = false,
): { place: Int32Array; count: number } {
  const place = new Int32Array(rows);
  if (codes === null) {
    if (together) return { place, count: 1 };
    return { place: place.map((_, row) => row), count: rows };
  }
  const known = new Map<number, number>();
  for (let row = 0; row < rows; row++) {
    let at = known.get(codes[row]!);
    if (at === undefined) known.set(codes[row]!, at = known.size);
    place[row] = at;
  }
  return { place, count: known.size };
}

function refuseCluster(
  { action, cluster }: Comparison,
  row: number,
  argument: string,
  rule: string,
): never {
  const name = cluster === null ? row + 1 : cluster.labels[cluster.codes[row]!];
  throw new RangeError(cannot(action, argument, rule, name));
}

/** The share of the assigned units of a block that are in the same arm. */
function learn(probability: Float64Array, side: Uint8Array, block: Int32Array, blocks: number): void {
  const counts = new Float64Array(2 * blocks);
  for (let at = 0; at < side.length; at++) {
    const cell = 2 * block[at]! + side[at]!;
    counts[cell] = counts[cell]! + 1;
  }
  for (let at = 0; at < side.length; at++) {
    const [none, all] = [counts[2 * block[at]!]!, counts[2 * block[at]! + 1]!];
    probability[at] = (side[at] === 1 ? all : none) / (none + all);
  }
}

/** A probability of 1 says that the other arm was impossible, so that there is nothing to compare. */
function checkRange(action: string, probability: Float64Array): void {
  for (let at = 0; at < probability.length; at++) {
    const p = probability[at]!;
    if (p > 0 && p < 1) continue;
    throw new RangeError(
      cannot(action, "probabilities", "lie strictly between 0 and 1 for each of two arms", p),
    );
  }
}

/** Whether the probability of the arm is the same for all units of a block. */
function isConstant(probability: Float64Array, side: Uint8Array, block: Int32Array, blocks: number): boolean {
  const first = new Float64Array(blocks).fill(NaN);
  for (let at = 0; at < side.length; at++) {
    const p = side[at] === 1 ? probability[at]! : 1 - probability[at]!;
    const known = first[block[at]!]!;
    if (Number.isNaN(known)) first[block[at]!] = p;
    else if (Math.abs(known - p) > 1e-9) return false;
  }
  return true;
}
