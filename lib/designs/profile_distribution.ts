import { cannot } from "../core/mod.ts";
import type { DeclaredFeature, DeclaredRestriction } from "./conjoint_parts.ts";

/** Features that restrictions tie to each other, with the probability of each of their allowed combinations. */
export interface LinkedFeatures {
  /** The features' names, in the order declared. */
  readonly names: readonly string[];
  /** For each allowed combination, the place of each feature's level. */
  readonly cells: readonly (readonly number[])[];
  /** The probability of each allowed combination; they sum to 1. */
  readonly probabilities: readonly number[];
}

/** What decides how profiles are drawn. */
export interface ProfileSpecification {
  /** The features. */
  readonly features: { readonly [feature: string]: DeclaredFeature };
  /** Combinations that must not occur. */
  readonly restrictions: readonly DeclaredRestriction[];
}

/** More combinations than this are too many to list. */
const mostCells = 1_000_000;

/**
 * The exact distribution of profiles, as independent parts: features that share a restriction, directly or through
 * others, stand in one part; every other feature is a part of its own. Within a part it is the product of the levels'
 * probabilities over the allowed combinations, scaled to 1: what drawing anew until a profile is allowed gives.
 */
export function linkFeatures(action: string, specification: ProfileSpecification): LinkedFeatures[] {
  return groupFeatures(specification).map((names) => distributionOf(action, names, specification));
}

/** The names of features that are tied to each other by restrictions. */
export function groupFeatures({ features, restrictions }: ProfileSpecification): string[][] {
  const names = Object.keys(features);
  const group = new Map(names.map((name, place) => [name, place]));
  for (const restriction of restrictions) {
    const joined = Object.keys(restriction).map((name) => group.get(name)!);
    const first = Math.min(...joined);
    for (const [name, place] of group) if (joined.includes(place)) group.set(name, first);
  }
  return [...Map.groupBy(names, (name) => group.get(name)!).values()];
}

function distributionOf(
  action: string,
  names: readonly string[],
  { features, restrictions }: ProfileSpecification,
): LinkedFeatures {
  const size = names.reduce((product, name) => product * features[name]!.levels.length, 1);
  if (size > mostCells) {
    const rule = `tie features with at most ${mostCells} combinations together; ${
      names.join(", ")
    } have ${size}`;
    throw new RangeError(cannot(action, "restrictions", rule, restrictions));
  }
  const forbidden = restrictions
    .filter((restriction) => Object.keys(restriction).every((name) => names.includes(name)))
    .map((restriction) =>
      names.map((name) => restriction[name]?.map((level) => features[name]!.levels.indexOf(level)))
    );
  const cells: number[][] = [];
  const weights: number[] = [];
  for (let index = 0; index < size; index++) {
    const cell = cellAt(index, names.map((name) => features[name]!.levels.length));
    if (forbidden.some((levels) => levels.every((list, place) => list?.includes(cell[place]!) ?? true))) {
      continue;
    }
    cells.push(cell);
    weights.push(names.reduce((w, name, place) => w * features[name]!.probabilities[cell[place]!]!, 1));
  }
  checkPossible(action, names, cells, features);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return { names, cells, probabilities: weights.map((weight) => weight / total) };
}

/** The combination at a place of the full list, the first feature's level changing slowest. */
function cellAt(index: number, sizes: readonly number[]): number[] {
  const cell = new Array<number>(sizes.length);
  for (let place = sizes.length - 1, rest = index; place >= 0; place--) {
    cell[place] = rest % sizes[place]!;
    rest = Math.floor(rest / sizes[place]!);
  }
  return cell;
}

function checkPossible(
  action: string,
  names: readonly string[],
  cells: readonly (readonly number[])[],
  features: { readonly [feature: string]: DeclaredFeature },
): void {
  names.forEach((name, place) => {
    const met = new Set(cells.map((cell) => cell[place]));
    const never = features[name]!.levels.find((_, level) => !met.has(level));
    if (never !== undefined) {
      const rule = "leave every level possible";
      throw new RangeError(cannot(action, "restrictions", rule, `'${name}' is never '${never}'`));
    }
  });
}

/** The joint distribution of some features, in the order asked for, the last feature's level changing fastest. */
export function joinParts(
  action: string,
  parts: readonly LinkedFeatures[],
  asked: readonly string[],
): LinkedFeatures {
  const kept = parts.map((part) => marginal(part, asked)).filter(({ names }) => names.length > 0);
  const count = kept.reduce((product, { cells }) => product * cells.length, 1);
  if (count > mostCells) {
    throw new RangeError(cannot(action, "features", `have at most ${mostCells} combinations`, count));
  }
  const joined = kept.reduce((left, right) => ({
    names: [...left.names, ...right.names],
    cells: left.cells.flatMap((cell) => right.cells.map((other) => [...cell, ...other])),
    probabilities: left.probabilities.flatMap((p) => right.probabilities.map((q) => p * q)),
  }));
  const places = asked.map((name) => joined.names.indexOf(name));
  const cells = joined.cells.map((cell) => places.map((place) => cell[place]!));
  const order = [...cells.keys()].sort((a, b) => compareCells(cells[a]!, cells[b]!));
  return {
    names: asked,
    cells: order.map((row) => cells[row]!),
    probabilities: order.map((row) => joined.probabilities[row]!),
  };
}

function compareCells(a: readonly number[], b: readonly number[]): number {
  const place = a.findIndex((level, at) => level !== b[at]);
  return place < 0 ? 0 : a[place]! - b[place]!;
}

/** The joint distribution of those features of a part that are asked for. */
function marginal(part: LinkedFeatures, asked: readonly string[]): LinkedFeatures {
  const places = [...part.names.keys()].filter((place) => asked.includes(part.names[place]!));
  const found = new Map<string, { cell: number[]; probability: number }>();
  part.cells.forEach((cell, row) => {
    const kept = places.map((place) => cell[place]!);
    const entry = found.get(kept.join());
    if (entry === undefined) found.set(kept.join(), { cell: kept, probability: part.probabilities[row]! });
    else entry.probability += part.probabilities[row]!;
  });
  const entries = [...found.values()];
  return {
    names: places.map((place) => part.names[place]!),
    cells: entries.map(({ cell }) => cell),
    probabilities: entries.map(({ probability }) => probability),
  };
}

/** Checks that a value comes from `declareConjoint`. */
export function checkIsConjoint(action: string, argument: string, value: unknown): void {
  const { features, restrictions } = Object(value) as Partial<ProfileSpecification>;
  if (typeof features !== "object" || features === null || !Array.isArray(restrictions)) {
    throw new TypeError(cannot(action, argument, "be the result of declareConjoint({ … })", value));
  }
}
