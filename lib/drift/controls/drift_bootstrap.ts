import type { RandomStream } from "../../core/stream.ts";
import { groupRows } from "../../core/table.ts";
import { drawBinomial, resampleUnits } from "../../stats/resampling.ts";
import { moments } from "../../stats/moments.ts";
import type { DriftCells } from "./drift_cells.ts";
import type { PairLayouts } from "./drift_layout.ts";
import { PatternTable } from "./drift_pattern_table.ts";
import { type DriftContrasts, makeContrasts } from "./drift_shares.ts";
import { makeReach, makeUnseen, type UnseenUnits } from "./drift_unseen.ts";

/** The contrasts of one control by one measure, as observed and as they vary between bootstrap samples. */
export interface BootstrappedContrasts {
  /** The observed contrasts. */
  readonly observed: Float64Array;
  /** For each contrast, its value in each bootstrap sample less the observed one; samples without a value left out. */
  readonly deviations: readonly Float64Array[];
  /** Whether units differ, so that samples of them do. */
  readonly varies: boolean;
  /** The least and the largest length of contrasts if a share of the units of one arm had all given one other answer. */
  readonly reach: (share: number) => readonly [number, number];
}

/** Options of {@linkcode bootstrapContrasts}. */
export interface BootstrapContrastsOptions {
  /** The stratum of each unit. */
  readonly strata: Int32Array;
  /** How many bootstrap samples. */
  readonly bootstraps: number;
  /** Where the random numbers come from. */
  readonly random: RandomStream;
}

/**
 * Bootstraps the units that one control was asked of, all cells of a unit together, within strata; a unit counts in the
 * block of the one it replaces. One result for each measure of the control.
 *
 * Units with the same answers need not be told apart: where few kinds recur, how often each kind is drawn is drawn
 * itself (multinomial); else units are.
 */
export function bootstrapContrasts(
  cells: DriftCells,
  layouts: PairLayouts,
  control: number,
  options: BootstrapContrastsOptions,
): BootstrappedContrasts[] {
  const contrastsOf = makeContrasts(cells, control, layouts.controls[control]!.weights);
  const units = readUnits(cells, layouts, control, options.strata);
  const counts = countUnits(units);
  const observed = copyOf(contrastsOf(counts));
  const columns = cells.offsets[control + 1]! - cells.offsets[control]!;
  const reach = makeReach(counts.slice(), columns, cells.measures[control]!, contrastsOf);
  const unseen = makeUnseen(cells, layouts, control, options.random);
  // What samples vary around: the answers observed and, on average, those of the units that were not.
  const middle = copyOf(contrastsOf(unseen.expected(counts)));
  const { samples, varies } = sampleContrasts(units, observed, { ...options, contrastsOf, unseen });
  return observed.map((contrasts, m) => ({
    observed: contrasts,
    varies: varies[m]!,
    reach: reach[m]!,
    deviations: Array.from(contrasts, (_, k) => {
      const deviations = Float64Array.from(samples[m]!, (sample) => sample[k]! - middle[m]![k]!);
      // Units drawn for those of another block move the middle of the samples, which says nothing of how they vary.
      return units.collapsed ? centred(deviations) : deviations;
    }),
  }));
}

/** The contrasts of bootstrap samples for each measure, those without a value left out, and whether they vary. */
function sampleContrasts(
  units: BootstrapUnits,
  observed: readonly Float64Array[],
  options: BootstrapContrastsOptions & {
    readonly contrastsOf: DriftContrasts;
    readonly unseen: UnseenUnits;
  },
): { samples: Float64Array[][]; varies: boolean[] } {
  const { contrastsOf, unseen } = options;
  const counts = new Int32Array(units.size);
  const samples: Float64Array[][] = observed.map(() => []);
  const varies = observed.map(() => false);
  const record = () => {
    if (varies.includes(false)) {
      contrastsOf(counts).forEach((contrasts, m) => varies[m] ||= differ(contrasts, observed[m]!));
    }
    unseen.add(counts);
    contrastsOf(counts).forEach((contrasts, m) => {
      if (!contrasts.includes(NaN)) samples[m]!.push(contrasts.slice());
    });
  };
  if (options.bootstraps > 0) drawSamples(units, counts, record, options);
  return { samples, varies };
}

function countUnits(units: BootstrapUnits): Int32Array {
  const counts = new Int32Array(units.size);
  units.kinds.forEach((kind, unit) => {
    for (const target of units.lists[kind]!) counts[target + units.shift[unit]!]!++;
  });
  return counts;
}

/** Keeps arrays that are used again. */
function copyOf(arrays: readonly Float64Array[]): Float64Array[] {
  return arrays.map((array) => array.slice());
}

/** Whether contrasts differ by more than rounding. */
function differ(contrasts: Float64Array, others: Float64Array): boolean {
  return contrasts.some((value, k) => Math.abs(value - others[k]!) > 1e-12);
}

function centred(deviations: Float64Array): Float64Array {
  const { mean } = moments(deviations);
  return deviations.map((value) => value - mean);
}

/** What the units of one control answered. */
interface BootstrapUnits {
  /** For each unit, stratum by stratum, the number of its kind in `lists`. */
  readonly kinds: Int32Array;
  /** For each kind, where its answers are counted in the first block. */
  readonly lists: readonly Int32Array[];
  /** For each unit, what its block adds to that. */
  readonly shift: Int32Array;
  /** The stratum of each. */
  readonly strata: Int32Array;
  /** Whether a stratum holds units of several blocks. */
  readonly collapsed: boolean;
  /** How many counts there are: two arms, blocks, categories. */
  readonly size: number;
}

function readUnits(
  cells: DriftCells,
  { pairs, controls }: PairLayouts,
  control: number,
  strata: Int32Array,
): BootstrapUnits {
  const { weights, skip } = controls[control]!;
  const categories = cells.offsets[control + 1]! - cells.offsets[control]!;
  // Units stratum by stratum, which is the order in which they are drawn.
  const order = Int32Array.from(strata.keys()).sort((a, b) => strata[a]! - strata[b]! || a - b);
  const table = new PatternTable();
  const targets: number[] = [];
  const kinds = order.map((unit) => {
    targets.length = 0;
    for (let side = 0; side < 2; side++) {
      const cell = (side === 0 ? pairs.first : pairs.second)[unit]!;
      if (cell < 0 || skip[cell] === 1) continue;
      const from = cells.from[control]![cell]!;
      const base = side * weights.length * categories - cells.offsets[control]!;
      for (let a = from; a < from + cells.answered[control]![cell]!; a++) {
        targets.push(base + cells.answers[a]!);
      }
    }
    return table.numberOf(targets, 0, targets.length);
  });
  const blocks = order.map((unit) => pairs.block[unit]!);
  const ordered = order.map((unit) => strata[unit]!);
  return {
    kinds,
    lists: table.lists,
    shift: blocks.map((block) => weights.length === 1 ? 0 : block * categories),
    strata: ordered,
    collapsed: ordered.some((stratum, place) =>
      place > 0 && stratum === ordered[place - 1] && blocks[place] !== blocks[place - 1]
    ),
    size: 2 * weights.length * categories,
  };
}

/** How many units a draw of one count must stand for, so that drawing counts is faster than drawing units. */
const worthwhile = 6;

function drawSamples(
  units: BootstrapUnits,
  counts: Int32Array,
  record: () => void,
  { bootstraps, random }: BootstrapContrastsOptions,
): void {
  const kinds = units.collapsed && units.shift.some((shift) => shift > 0) ? null : kindsOf(units);
  if (kinds === null) {
    resampleUnits(units.kinds.length, (drawn) => {
      counts.fill(0);
      for (let place = 0; place < drawn.length; place++) {
        const shift = units.shift[place]!;
        for (const target of units.lists[units.kinds[drawn[place]!]!]!) counts[target + shift]!++;
      }
      record();
    }, { random, strata: units.strata, replicates: bootstraps });
    return;
  }
  for (let draw = 0; draw < bootstraps; draw++) {
    counts.fill(0);
    for (const stratum of kinds) drawStratum(stratum, counts, random);
    record();
  }
}

/** The kinds of units of each stratum, and how many units are of each; `null` where kinds are too many. */
function kindsOf({ kinds, lists, shift, strata }: BootstrapUnits): UnitKind[][] | null {
  const found = [...groupRows(strata).values()].map((members) => {
    const list = new Map<number, UnitKind>();
    for (const member of members) {
      const key = shift[member]! * lists.length + kinds[member]!;
      const kind = list.get(key);
      if (kind) kind.count++;
      else {
        list.set(key, { targets: lists[kinds[member]!]!.map((target) => target + shift[member]!), count: 1 });
      }
    }
    return [...list.values()];
  });
  const draws = found.reduce((sum, list) => sum + list.length, 0);
  return draws * worthwhile > kinds.length ? null : found;
}

interface UnitKind {
  readonly targets: Int32Array;
  count: number;
}

/** Draws as many units as a stratum has, with replacement, kind by kind: binomial given what is left. */
function drawStratum(kinds: readonly UnitKind[], counts: Int32Array, random: RandomStream): void {
  let left = kinds.reduce((sum, { count }) => sum + count, 0);
  let rest = left;
  for (const { targets, count } of kinds) {
    const drawn = drawBinomial(left, count / rest, random);
    left -= drawn;
    rest -= count;
    for (const target of targets) counts[target]! += drawn;
  }
}
