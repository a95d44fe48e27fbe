import type { RandomStream } from "../../core/stream.ts";
import { moments } from "../../stats/moments.ts";
import { resampleUnits } from "../../stats/resample_units.ts";
import type { DriftCells } from "./drift_cells.ts";
import { shareDifferences } from "./drift_distance.ts";
import type { PairLayouts } from "./drift_layout.ts";

/** Differences of shares, column by column, as observed and as they vary between bootstrap samples. */
export interface BootstrappedDifferences {
  /** The first arm's share less the second's in each column. */
  readonly observed: Float64Array;
  /** For each column, the difference in each bootstrap sample less the observed one. */
  readonly deviations: readonly Float64Array[];
}

/** Bootstraps units, all cells of a unit together, within strata; a unit counts in the block of the one it replaces. */
export function bootstrapDifferences(
  cells: DriftCells,
  layouts: PairLayouts,
  strata: Int32Array,
  { bootstraps, random }: { bootstraps: number; random: RandomStream },
): BootstrappedDifferences {
  const columns = cells.categories.length;
  const deviations = Array.from({ length: columns }, () => new Float64Array(bootstraps));
  // Units stratum by stratum, which is the order in which they are drawn.
  const units = Int32Array.from(strata.keys()).sort((a, b) => strata[a]! - strata[b]! || a - b);
  const counter = countUnits(cells, layouts, units);
  const observed = counter(units.map((_, place) => place)).slice();
  if (bootstraps === 0) return { observed, deviations };
  resampleUnits(units.length, (drawn, draw) => {
    const differences = counter(drawn);
    for (let k = 0; k < columns; k++) deviations[k]![draw] = differences[k]! - observed[k]!;
  }, { random, strata: units.map((unit) => strata[unit]!), replicates: bootstraps });
  const blocks = new Map<number, number>();
  const collapsed = units.some((unit) =>
    (blocks.get(strata[unit]!) ??
      blocks.set(strata[unit]!, layouts.pairs.block[unit]!).get(strata[unit]!)) !==
      layouts.pairs.block[unit]
  );
  // Units drawn for those of another block move the middle of the samples, which says nothing of how they vary.
  if (collapsed) deviations.forEach(centre);
  return { observed, deviations };
}

function centre(deviations: Float64Array): void {
  const { mean } = moments(deviations.filter((value) => !Number.isNaN(value)));
  for (let draw = 0; draw < deviations.length; draw++) deviations[draw]! -= mean;
}

/** The counts of all controls lie one after the other: `base` of a control, two arms, blocks, categories. */
function countUnits(
  cells: DriftCells,
  layouts: PairLayouts,
  units: Int32Array,
): (drawn: Int32Array) => Float64Array {
  const { start, targets, steps, bases } = unitTargets(cells, layouts, units);
  const counts = new Int32Array(bases.at(-1)!);
  const differences = new Float64Array(cells.categories.length);
  const parts = layouts.controls.map(({ weights }, c) => ({
    weights,
    counts: counts.subarray(bases[c]!, bases[c + 1]!),
    differences: differences.subarray(cells.offsets[c]!, cells.offsets[c + 1]!),
  }));
  const block = units.map((unit) => layouts.pairs.block[unit]!);
  const pooled = parts.every(({ weights }) => weights.length === 1);
  return (drawn) => {
    counts.fill(0);
    for (let place = 0; place < drawn.length; place++) {
      const from = start[drawn[place]!]!;
      const to = start[drawn[place]! + 1]!;
      if (pooled) { for (let a = from; a < to; a++) counts[targets[a]!]!++; }
      else for (let a = from; a < to; a++) counts[targets[a]! + steps[a]! * block[place]!]!++;
    }
    for (const part of parts) shareDifferences(part.counts, part.weights, part.differences);
    return differences;
  };
}

/** Where each answer of each unit is counted in the first block, and how far apart blocks are (0 if they are pooled). */
function unitTargets(
  cells: DriftCells,
  { pairs, controls }: PairLayouts,
  units: Int32Array,
): { start: Int32Array; targets: Int32Array; steps: Int32Array; bases: number[] } {
  const bases = [0];
  const sizes = controls.map((_, c) => cells.offsets[c + 1]! - cells.offsets[c]!);
  controls.forEach(({ weights }, c) => bases.push(bases[c]! + 2 * weights.length * sizes[c]!));
  const start = new Int32Array(units.length + 1);
  const targets: number[] = [];
  const steps: number[] = [];
  units.forEach((unit, place) => {
    [pairs.first[unit]!, pairs.second[unit]!].forEach((cell, side) => {
      if (cell < 0) return;
      controls.forEach(({ weights, skip }, c) => {
        if (skip[cell] === 1) return;
        const base = bases[c]! + side * weights.length * sizes[c]! - cells.offsets[c]!;
        const from = cells.from[c]![cell]!;
        for (let a = from; a < from + cells.answered[c]![cell]!; a++) {
          targets.push(base + cells.answers[a]!);
          steps.push(weights.length === 1 ? 0 : sizes[c]!);
        }
      });
    });
    start[place + 1] = targets.length;
  });
  return { start, targets: Int32Array.from(targets), steps: Int32Array.from(steps), bases };
}
