import type { RandomStream } from "../core/stream.ts";
import type { DriftCells } from "./drift_cells.ts";

/** How many units answered a control. */
export interface AnsweringUnits {
  /** Those who answered in the first arm. */
  first: number;
  /** Those who answered in the second arm. */
  second: number;
  /** Those who answered in one of them or both. */
  either: number;
}

/** Counts, for each control, the units that answered it in two arms. */
export function answeringUnits(cells: DriftCells, arms: readonly [number, number]): AnsweringUnits[] {
  const controlOf = cells.controls.flatMap((_, c) =>
    Array<number>(cells.offsets[c + 1]! - cells.offsets[c]!).fill(c)
  );
  const units = cells.controls.map(() => [new Set<number>(), new Set<number>()] as const);
  cells.arm.forEach((arm, cell) => {
    const side = arms.indexOf(arm);
    if (side < 0) return;
    for (let a = cells.start[cell]!; a < cells.start[cell + 1]!; a++) {
      units[controlOf[cells.answers[a]!]!]![side as 0 | 1].add(cells.unit[cell]!);
    }
  });
  return units.map(([first, second]) => ({
    first: first.size,
    second: second.size,
    either: first.union(second).size,
  }));
}

/** Counts answers by arm and column, for the units as they are or for a bootstrap sample of them. */
export interface UnitSampler {
  /** Counts every unit once; the array is used again. */
  observed(): Int32Array;
  /** Counts as many units, drawn with replacement; the array is used again. */
  draw(random: RandomStream): Int32Array;
}

/** Makes the sampler of two arms; units that answered in one, the other or both are drawn apart. */
export function unitSampler(cells: DriftCells, arms: readonly [number, number]): UnitSampler {
  const columns = cells.categories.length;
  const counts = new Int32Array(2 * columns);
  const { start, answers, strata } = unitAnswers(cells, arms);
  const add = (unit: number) => {
    for (let a = start[unit]!, end = start[unit + 1]!; a < end; a++) counts[answers[a]!]!++;
  };
  return {
    observed() {
      counts.fill(0);
      for (const units of strata) units.forEach(add);
      return counts;
    },
    draw(random) {
      counts.fill(0);
      for (const units of strata) {
        for (let i = 0; i < units.length; i++) add(units[random.integer(units.length)]!);
      }
      return counts;
    },
  };
}

/** The answers of each unit (the second arm's columns after the first's), and units by the arms they answered in. */
function unitAnswers(
  cells: DriftCells,
  arms: readonly [number, number],
): { start: Int32Array; answers: Int32Array; strata: Int32Array[] } {
  const columns = cells.categories.length;
  const start = [0];
  const answers: number[] = [];
  const strata: number[][] = [[], [], []];
  let presence = 0;
  for (let cell = 0; cell < cells.arm.length; cell++) {
    const side = arms.indexOf(cells.arm[cell]!);
    if (side >= 0) {
      presence |= 1 << side;
      for (let a = cells.start[cell]!; a < cells.start[cell + 1]!; a++) {
        answers.push(side * columns + cells.answers[a]!);
      }
    }
    const last = cells.unit[cell + 1] !== cells.unit[cell];
    if (last && presence > 0) {
      strata[presence - 1]!.push(start.length - 1);
      start.push(answers.length);
    }
    if (last) presence = 0;
  }
  return {
    start: Int32Array.from(start),
    answers: Int32Array.from(answers),
    strata: strata.map((units) => Int32Array.from(units)),
  };
}
