import { checkOneOf } from "../../core/checks.ts";
import { cannot } from "../../core/errors.ts";
import type { shownFeatures } from "../../designs/features.ts";
import { cellAt, groupFeatures, joinParts, linkFeatures } from "../../designs/features.ts";
import type { ConjointFeature, ConjointModelOptions, ConjointRows } from "./shown_profiles.ts";

/**
 * Products of indicators of one or more features, as places: the column of the first product, and how many columns one
 * step of each feature's level takes.
 */
interface ModelTerm {
  readonly features: readonly number[];
  readonly offset: number;
  readonly strides: readonly number[];
}

/** A linear model of features' indicators, coded as in R: the constant, main effects, then interactions by order. */
export interface ConjointModel {
  readonly names: readonly string[];
  readonly levels: readonly (readonly string[])[];
  /** For each feature, the place of the level that others are compared with. */
  readonly base: readonly number[];
  /** For each feature and level its place among those that have an indicator; -1 for the base. */
  readonly rank: readonly Int32Array[];
  /** Main effects, then interactions. */
  readonly terms: readonly ModelTerm[];
  /** Sets of features whose combinations have means of their own. */
  readonly linked: readonly (readonly number[])[];
  readonly size: number;
}

const mostColumns = 1000;

/** Sets up the model of features, with the interactions asked for or those that restrictions call for. */
export function setUpModel(
  action: string,
  features: readonly Pick<ConjointFeature, "name" | "levels">[],
  options: Pick<ConjointModelOptions, "reference" | "interactions" | "conjoint">,
): ConjointModel {
  const names = features.map(({ name }) => name);
  const base = readBase(action, features, options.reference ?? {});
  const linked = linkedSets(action, names, options);
  const counts = features.map(({ levels }) => levels.length - 1);
  const terms: ModelTerm[] = [];
  let size = 1;
  const interacting = linked.flatMap(interactionsOf).sort(byOrder);
  for (const set of [...names.keys()].map((place) => [place]).concat(interacting)) {
    const strides = set.map((_, place) => set.slice(0, place).reduce((step, f) => step * counts[f]!, 1));
    terms.push({ features: set, offset: size, strides });
    size += set.reduce((product, feature) => product * counts[feature]!, 1);
  }
  if (size > mostColumns) {
    const rule = `be of features with few levels: the model has ${size} columns of at most ${mostColumns}`;
    throw new RangeError(cannot(action, "interactions", rule, linked.map((set) => set.map((f) => names[f]))));
  }
  const rank = features.map(({ levels }, f) =>
    Int32Array.from(levels, (_, level) => level === base[f] ? -1 : level - (level > base[f]! ? 1 : 0))
  );
  return { levels: features.map(({ levels }) => levels), names, base, rank, terms, linked, size };
}

function readBase(
  action: string,
  features: readonly Pick<ConjointFeature, "name" | "levels">[],
  reference: NonNullable<ConjointModelOptions["reference"]>,
): number[] {
  const names = features.map(({ name }) => name);
  for (const name of Object.keys(Object(reference))) checkOneOf(action, "reference", name, names);
  return features.map(({ name, levels }) => {
    if (!Object.hasOwn(reference, name)) return 0;
    const level = String(reference[name]);
    checkOneOf(action, `reference.${name}`, level, levels);
    return levels.indexOf(level);
  });
}

/**
 * Sets of two or more features that interact, each feature in one set: as asked for, or tied together by restrictions, where
 * an estimate without one of them would carry its effect.
 */
function linkedSets(
  action: string,
  names: readonly string[],
  { interactions = [], conjoint }: Pick<ConjointModelOptions, "interactions" | "conjoint">,
): number[][] {
  for (const name of interactions.flat()) checkOneOf(action, "interactions", name, names);
  const tied = (conjoint?.restrictions ?? []).map((restriction) => Object.keys(restriction))
    .filter((set) => set.some((name) => names.includes(name)));
  const missing = tied.flat().find((name) => !names.includes(name));
  if (missing !== undefined) {
    const rule = `include '${missing}', which a restriction of 'conjoint' ties to one of them`;
    throw new RangeError(cannot(action, "features", rule, names));
  }
  return groupFeatures(names, [...tied, ...interactions]).filter((set) => set.length > 1)
    .map((set) => set.map((name) => names.indexOf(name)));
}

/** All subsets of two or more features. */
function interactionsOf(set: readonly number[]): number[][] {
  const nothing: number[][] = [[]];
  const subsets = set.reduce((found, f) => [...found, ...found.map((subset) => [...subset, f])], nothing);
  return subsets.filter((subset) => subset.length > 1);
}

function byOrder(a: readonly number[], b: readonly number[]): number {
  const place = a.findIndex((feature, at) => feature !== b[at]);
  return a.length - b.length || a[place]! - b[place]!;
}

/** The columns that are 1 for a profile, the constant left out. */
export function activeColumns(model: ConjointModel, level: (feature: number) => number): number[] {
  return model.terms.map((term) => termColumn(model, term, level)).filter((column) => column >= 0);
}

/** The column of a term that is 1 for a profile; -1 where a feature is at its base. */
export function termColumn(
  { rank }: ConjointModel,
  { features, offset, strides }: ModelTerm,
  level: (feature: number) => number,
): number {
  let column = offset;
  for (let place = 0; place < features.length; place++) {
    const feature = features[place]!;
    const step = rank[feature]![level(feature)]!;
    if (step < 0) return -1;
    column += step * strides[place]!;
  }
  return column;
}

/** How often the combinations of some features (as places) occur: as declared, or as observed. */
export interface CellShares {
  readonly features: readonly number[];
  /** For each combination that occurs, the level of each feature. */
  readonly cells: readonly (readonly number[])[];
  readonly shares: readonly number[];
}

/** The shares of combinations of a set of features: the design's where it is known, else those of the rows. */
export function cellShares(
  action: string,
  rows: ConjointRows,
  set: readonly number[],
  conjoint: ConjointModelOptions["conjoint"],
  distribution: typeof linkFeatures | typeof shownFeatures = linkFeatures,
): CellShares {
  if (conjoint === undefined) return observedShares(rows, set);
  const { features } = rows;
  const names = set.map((feature) => features[feature]!.name);
  const { cells, probabilities } = joinParts("read a conjoint", distribution(action, conjoint), names);
  // The estimator may report levels in an order of its own, or fewer of them.
  const places = set.map((feature, at) =>
    conjoint.features[names[at]!]!.levels.map((level) => features[feature]!.levels.indexOf(String(level)))
  );
  const moved = cells.map((cell) => cell.map((level, at) => places[at]![level]!));
  const isKnown = moved.map((cell) => cell.every((level) => level >= 0));
  const shares = probabilities.filter((_, row) => isKnown[row]);
  return { features: set, cells: moved.filter((_, row) => isKnown[row]), shares };
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
  const shares = met.map((cell) => totals[cell]! / value.length);
  return { features: set, cells: met.map((cell) => cellAt(cell, sizes)), shares };
}
