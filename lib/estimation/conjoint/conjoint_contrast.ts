import type { IndependentColumns } from "../../stats/basis.ts";
import { dot, type Matrix, multiplyVector } from "../../stats/matrix.ts";
import type { CellShares } from "./conjoint_cells.ts";
import { type ConjointFit, solve } from "./conjoint_fit.ts";
import { activeColumns, type ConjointModel } from "./conjoint_model.ts";
import type { CovariancePart } from "./conjoint_wald.ts";

/** A feature and the level to which it moves from its base. */
export interface LevelMove {
  /** The feature, as a place. */
  readonly feature: number;
  /** The level, as a place. */
  readonly level: number;
}

/** A combination of coefficients that is estimated, in one subgroup. */
export interface Contrast {
  /** The factor of each column of the model; `null` where nothing can be compared. */
  readonly factors: Float64Array | null;
  /** What the reader must know. */
  readonly notes: readonly string[];
}

/**
 * The average over the other features of a set, of the effect of one move, or of how one move's effect differs with
 * another move (signs alternate over the corners). Averaged over the combinations of other features that occur at all
 * corners: Hainmueller, Hopkins and Yamamoto 2014, eq. 4 and 6. A combination whose corners the data cannot compare
 * in one of the subgroups is left out and counted.
 */
export function averageContrast(
  model: ConjointModel,
  columns: readonly IndependentColumns[],
  moves: readonly LevelMove[],
  shares: CellShares,
  average: "design" | "uniform",
): Contrast {
  const moved = moves.map(({ feature }) => shares.features.indexOf(feature));
  const corners = cornersOf(model, moves);
  const factors = new Float64Array(model.size);
  let [total, possible, used] = [0, 0, 0];
  for (const { cell, weight } of supportOf(shares, moved, corners).values()) {
    possible++;
    const own = new Float64Array(model.size);
    for (const { levels, sign } of corners) addCell(model, shares, cell, { moved, levels, sign }, own);
    if (!columns.every((group) => isEstimable(own, group))) continue;
    used++;
    const share = average === "uniform" ? 1 : weight;
    total += share;
    for (let j = 0; j < own.length; j++) factors[j] = factors[j]! + share * own[j]!;
  }
  if (total === 0) {
    return { factors: null, notes: ["no profiles to compare: these levels do not both occur"] };
  }
  const notes = used === possible
    ? []
    : [`averaged over ${used} of ${possible} combinations of other features: the others lack data`];
  return { factors: factors.map((factor) => factor / total), notes };
}

interface Corner {
  readonly levels: readonly number[];
  readonly sign: number;
}

/** All ways to make some of the moves and leave the other features at their base. */
function cornersOf({ base }: ConjointModel, moves: readonly LevelMove[]): Corner[] {
  return moves.reduce<Corner[]>(
    (corners, { feature, level }) =>
      corners.flatMap(({ levels, sign }) => [
        { levels: [...levels, level], sign },
        { levels: [...levels, base[feature]!], sign: -sign },
      ]),
    [{ levels: [], sign: 1 }],
  );
}

/** Combinations of the features that do not move, occurring at every corner, with their share at all levels. */
function supportOf(
  { cells, shares }: CellShares,
  moved: readonly number[],
  corners: readonly Corner[],
): Map<string, { cell: readonly number[]; weight: number }> {
  const found = new Map<string, { cell: readonly number[]; weight: number; seen: Set<string> }>();
  const wanted = corners.map(({ levels }) => levels.join());
  cells.forEach((cell, row) => {
    if (shares[row] === 0) return;
    const key = cell.filter((_, place) => !moved.includes(place)).join();
    const corner = moved.map((place) => cell[place]).join();
    const entry = found.get(key) ?? { cell, weight: 0, seen: new Set() };
    entry.weight += shares[row]!;
    if (wanted.includes(corner)) entry.seen.add(corner);
    found.set(key, entry);
  });
  for (const [key, { seen }] of found) if (seen.size < wanted.length) found.delete(key);
  return found;
}

function addCell(
  model: ConjointModel,
  { features }: CellShares,
  cell: readonly number[],
  { moved, levels, sign }: Corner & { readonly moved: readonly number[] },
  target: Float64Array,
): void {
  const level = (feature: number): number => {
    const place = features.indexOf(feature);
    // Features outside the set cancel: they stay at their base.
    if (place < 0) return model.base[feature]!;
    const at = moved.indexOf(place);
    return at < 0 ? cell[place]! : levels[at]!;
  };
  for (const column of activeColumns(model, level)) target[column] = target[column]! + sign;
}

/** Whether a combination of coefficients is the same for every solution: columns left out must follow suit. */
function isEstimable(factors: Float64Array, { kept, dependent }: IndependentColumns): boolean {
  for (const [column, combination] of dependent) {
    const implied = combination.reduce((sum, value, place) => sum + value * factors[kept[place]!]!, 0);
    if (Math.abs(implied - factors[column]!) > 1e-7) return false;
  }
  return true;
}

/**
 * The average of the R package cregg: the level's coefficient and the mean of its interaction coefficients, 0 for the
 * other feature's base, over those that could be estimated.
 */
export function coefficientContrast(
  model: ConjointModel,
  { kept }: IndependentColumns,
  { feature, level }: LevelMove,
): Contrast {
  const factors = new Float64Array(model.size);
  const own = columnOfLevel(model, feature, level);
  if (!kept.includes(own)) return { factors: null, notes: ["its coefficient cannot be estimated"] };
  factors[own] = 1;
  for (const { features, offset, strides } of model.terms) {
    const place = features.indexOf(feature);
    if (features.length !== 2 || place < 0) continue;
    const steps = model.levels[features[1 - place]!]!.length - 1;
    const first = offset + model.rank[feature]![level]! * strides[place]!;
    const columns = Array.from({ length: steps }, (_, step) => first + step * strides[1 - place]!)
      .filter((column) => kept.includes(column));
    for (const column of columns) factors[column] = 1 / (columns.length + 1);
  }
  return { factors, notes: [] };
}

function columnOfLevel(model: ConjointModel, feature: number, level: number): number {
  return model.terms[feature]!.offset + model.rank[feature]![level]!;
}

/** Puts a contrast into the places of one subgroup, with a sign. */
export function stackContrast(
  fit: ConjointFit,
  factors: Float64Array,
  groups: readonly { readonly group: number; readonly sign: number }[],
): Float64Array {
  const stacked = new Float64Array(fit.coefficients.length);
  for (const { group, sign } of groups) {
    for (let j = 0; j < factors.length; j++) stacked[group * fit.size + j] = sign * factors[j]!;
  }
  return stacked;
}

/** The estimate of a stacked contrast. */
export function contrastEstimate(fit: ConjointFit, stacked: Float64Array): number {
  return stacked.reduce((sum, factor, j) => sum + factor * fit.coefficients[j]!, 0);
}

/** The covariances of stacked contrasts, before the factor for the number of respondents. */
export function contrastCovariance(fit: ConjointFit, contrasts: readonly Float64Array[]): Matrix {
  const influences = contrasts.map((stacked) => solve(fit.columns, fit.size, stacked));
  return fit.meats.map(({ meat }) => sandwich(meat, influences)).reduce(
    (sum, part) => sum.map((line, i) => line.map((value, j) => value + part[i]![j]!)),
    contrasts.map(() => contrasts.map(() => 0)),
  );
}

/**
 * The covariances of stacked contrasts by the subgroups in which respondents have rows, for a test. Each subgroup's
 * scores are scaled by the root of C / (C - 1) · (n - 1) / (n - k) (CR1S) of that subgroup, so that a small one counts
 * for what it is.
 */
export function covarianceParts(fit: ConjointFit, contrasts: readonly Float64Array[]): CovariancePart[] {
  const influences = contrasts.map((stacked) => solve(fit.columns, fit.size, stacked));
  for (const influence of influences) {
    fit.columns.forEach(({ kept }, group) => {
      const [C, n] = [fit.clustersOf[group]!, fit.rowsOf[group]!];
      const scale = Math.sqrt((C / (C - 1)) * ((n - 1) / (n - kept.length)));
      for (const column of kept) {
        influence[group * fit.size + column] = influence[group * fit.size + column]! * scale;
      }
    });
  }
  return fit.meats.map(({ meat, clusters }) => ({
    covariance: sandwich(meat, influences),
    df: Math.max(1, clusters - 1),
  }));
}

function sandwich(meat: Matrix, influences: readonly Float64Array[]): Matrix {
  const products = influences.map((influence) => multiplyVector(meat, influence));
  return influences.map((left) => products.map((right) => dot(left, right)));
}
