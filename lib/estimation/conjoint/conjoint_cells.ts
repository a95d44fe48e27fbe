import { joinParts, linkFeatures, type shownFeatures } from "../../designs/features.ts";
import type { ConjointOptions } from "./conjoint_options.ts";
import type { ConjointRows } from "./conjoint_rows.ts";

/** How often combinations of some features occur: as declared, or as observed. */
export interface CellShares {
  /** The features, as places. */
  readonly features: readonly number[];
  /** For each combination that occurs, the level of each feature. */
  readonly cells: readonly (readonly number[])[];
  /** The share of each combination. */
  readonly shares: readonly number[];
  /** Whether the shares come from the design rather than from the data. */
  readonly declared: boolean;
}

/** The shares of combinations of a set of features: the design's where it is known, else those of the rows. */
export function cellShares(
  action: string,
  rows: ConjointRows,
  set: readonly number[],
  conjoint: ConjointOptions["conjoint"],
  distribution: typeof linkFeatures | typeof shownFeatures = linkFeatures,
): CellShares {
  if (conjoint === undefined) return observedShares(rows, set);
  return declaredShares(rows, set, conjoint, distribution(action, conjoint));
}

function declaredShares(
  { features }: ConjointRows,
  set: readonly number[],
  conjoint: NonNullable<ConjointOptions["conjoint"]>,
  parts: ReturnType<typeof linkFeatures>,
): CellShares {
  const names = set.map((feature) => features[feature]!.name);
  const { cells, probabilities } = joinParts("read a conjoint", parts, names);
  // The estimator may report levels in an order of its own, or fewer of them.
  const places = set.map((feature, at) =>
    conjoint.features[names[at]!]!.levels.map((level) => features[feature]!.levels.indexOf(String(level)))
  );
  const moved = cells.map((cell) => cell.map((level, at) => places[at]![level]!));
  const known = [...moved.keys()].filter((row) => moved[row]!.every((level) => level >= 0));
  return {
    features: set,
    cells: known.map((row) => moved[row]!),
    shares: known.map((row) => probabilities[row]!),
    declared: true,
  };
}

function observedShares({ features, weight, value }: ConjointRows, set: readonly number[]): CellShares {
  const sizes = set.map((feature) => features[feature]!.levels.length);
  const codes = set.map((feature) => features[feature]!.codes);
  const totals = new Float64Array(sizes.reduce((product, size) => product * size, 1));
  for (let row = 0; row < value.length; row++) {
    let cell = 0;
    for (let place = 0; place < sizes.length; place++) cell = cell * sizes[place]! + codes[place]![row]!;
    totals[cell] = totals[cell]! + (weight === null ? 1 : weight[row]!);
  }
  const met = [...totals.keys()].filter((cell) => totals[cell]! > 0);
  return {
    features: set,
    cells: met.map((cell) => levelsAt(cell, sizes)),
    shares: met.map((cell) => totals[cell]! / value.length),
    declared: false,
  };
}

function levelsAt(cell: number, sizes: readonly number[]): number[] {
  const levels = new Array<number>(sizes.length);
  for (let place = sizes.length - 1, rest = cell; place >= 0; place--) {
    levels[place] = rest % sizes[place]!;
    rest = Math.floor(rest / sizes[place]!);
  }
  return levels;
}
