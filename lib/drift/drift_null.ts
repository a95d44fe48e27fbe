import type { RandomStream } from "../core/stream.ts";
import { permuteLabels } from "../stats/permutation_labels.ts";
import type { DriftCells } from "./drift_cells.ts";
import { countedDistance } from "./drift_distance.ts";

/** The distances under permutations of the arms. */
export interface DriftNull {
  /** For each comparison and control (comparisons outside), the distance under each permutation. */
  readonly distances: readonly Float64Array[];
  /** Whether the permutations are all distinct assignments. */
  readonly exact: boolean;
  /** How many permutations there are. */
  readonly count: number;
  /** Between whom arms were permuted, in words. */
  readonly scope: string;
}

/** Options of {@linkcode permuteArms}. */
export interface PermuteArmsOptions {
  /** Pairs of places in `arms` to compare. */
  readonly comparisons: readonly (readonly [number, number])[];
  /** How many random permutations. */
  readonly permutations: number;
  /** Where the random numbers come from. */
  readonly random: RandomStream;
}

/**
 * Permutes arms: among the cells of a unit that answered in several of them, across units of a block that answered in
 * one. A cell moves with all its answers, so replicates move together and all controls are permuted alike.
 */
export function permuteArms(
  cells: DriftCells,
  arms: readonly number[],
  options: PermuteArmsOptions,
): DriftNull {
  const columns = cells.categories.length;
  const picked = pickCells(cells, arms);
  const total = new Int32Array(columns);
  for (const column of picked.answers) total[column]!++;
  const counts = new Int32Array(arms.length * columns);
  const found: number[][] = options.comparisons.flatMap(() => cells.controls.map(() => []));
  const visited = permuteLabels(picked.labels, (labels) => {
    countLabels(counts, total, labels, picked);
    let index = 0;
    for (const pair of options.comparisons) {
      for (let c = 0; c < cells.controls.length; c++) {
        const [from, to] = [cells.offsets[c]!, cells.offsets[c + 1]!];
        found[index++]!.push(countedDistance(counts, columns, pair, from, to));
      }
    }
  }, { groups: picked.groups, permutations: options.permutations, random: options.random });
  return { ...visited, distances: found.map((list) => Float64Array.from(list)), scope: picked.scope };
}

interface PickedCells {
  readonly labels: Int32Array;
  readonly groups: Int32Array;
  readonly start: Int32Array;
  readonly answers: Int32Array;
  readonly scope: string;
}

/** The cells of the given arms, each with its label (the place of its arm) and the group within which it may move. */
function pickCells(cells: DriftCells, arms: readonly number[]): PickedCells {
  const picked: number[] = [];
  const perUnit = new Map<number, number>();
  cells.arm.forEach((arm, cell) => {
    if (!arms.includes(arm)) return;
    picked.push(cell);
    perUnit.set(cells.unit[cell]!, (perUnit.get(cells.unit[cell]!) ?? 0) + 1);
  });
  const alone = (cell: number) => perUnit.get(cells.unit[cell]!) === 1;
  const start = new Int32Array(picked.length + 1);
  picked.forEach((cell, i) => start[i + 1] = start[i]! + cells.start[cell + 1]! - cells.start[cell]!);
  const answers = new Int32Array(start[picked.length]!);
  picked.forEach((cell, i) =>
    answers.set(cells.answers.subarray(cells.start[cell]!, cells.start[cell + 1]!), start[i])
  );
  return {
    labels: Int32Array.from(picked, (cell) => arms.indexOf(cells.arm[cell]!)),
    // Blocks count down from -1, units up from 0, so that a block and a unit never share a group.
    groups: Int32Array.from(picked, (cell) => alone(cell) ? -1 - cells.block[cell]! : cells.unit[cell]!),
    start,
    answers,
    scope: scopeOf(cells, picked.filter(alone), picked.length),
  };
}

function scopeOf(cells: DriftCells, alone: readonly number[], total: number): string {
  const within = `within ${cells.unitName}`;
  if (alone.length === 0) return within;
  const blocked = new Set(alone.map((cell) => cells.block[cell])).size > 1;
  const across = `across ${cells.unitName}${blocked ? " within blocks" : ""}`;
  return alone.length === total ? across : `${within} that answered in several arms, else ${across}`;
}

/** Counts answers under permuted labels; label 0 gets what the others leave. */
function countLabels(counts: Int32Array, total: Int32Array, labels: Int32Array, picked: PickedCells): void {
  const columns = total.length;
  const { start, answers } = picked;
  counts.fill(0);
  counts.set(total);
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] === 0) continue;
    const base = labels[i]! * columns;
    for (let a = start[i]!, end = start[i + 1]!; a < end; a++) counts[base + answers[a]!]!++;
  }
  for (let other = columns; other < counts.length; other++) counts[other % columns]! -= counts[other]!;
}
