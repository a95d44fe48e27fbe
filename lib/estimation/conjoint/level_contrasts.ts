import { type DiagnosisRow, diagnosisRow, diagnosisTableColumns } from "../../core/rows.ts";
import { type IndependentColumns, independentColumns } from "../../stats/basis.ts";
import { fCritical, fUpper } from "../../stats/distributions.ts";
import { dot, type Matrix, multiply, multiplyVector, traceOfProduct } from "../../stats/matrix.ts";
import { type ConjointFit, solve } from "./profile_fit.ts";
import { activeColumns, type CellShares, type ConjointModel } from "./profile_model.ts";

/** A feature and the level to which it moves from its base, both as places. */
type LevelMove = { readonly feature: number; readonly level: number };

/** A combination of coefficients that is estimated, in one subgroup. */
export interface LevelContrast {
  /** The factor of each column of the model; `null` where nothing can be compared. */
  readonly factors: Float64Array | null;
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
): LevelContrast {
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
  const note = `averaged over ${used} of ${possible} combinations of other features: the others lack data`;
  return { factors: factors.map((factor) => factor / total), notes: used === possible ? [] : [note] };
}

type Corner = { readonly levels: readonly number[]; readonly sign: number };

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
function supportOf({ cells, shares }: CellShares, moved: readonly number[], corners: readonly Corner[]) {
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
export function isEstimable(factors: Float64Array, { kept, dependent }: IndependentColumns): boolean {
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
): LevelContrast {
  const factors = new Float64Array(model.size);
  const own = model.terms[feature]!.offset + model.rank[feature]![level]!;
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

/** Puts a contrast into the places of one subgroup, with a sign. */
export function stackContrast(
  fit: ConjointFit,
  factors: Float64Array,
  groups: readonly { readonly group: number; readonly sign: number }[],
): Float64Array {
  const stacked = new Float64Array(fit.coefficients.length);
  for (const { group, sign } of groups) stacked.set(factors.map((own) => sign * own), group * fit.size);
  return stacked;
}

export function contrastEstimate(fit: ConjointFit, stacked: Float64Array): number {
  return stacked.reduce((sum, factor, j) => sum + factor * fit.coefficients[j]!, 0);
}

/** The variance of a stacked contrast, before the factor for the number of respondents. */
export function contrastVariance(fit: ConjointFit, stacked: Float64Array): number {
  const influence = solve(fit.columns, fit.size, stacked);
  return fit.meats.reduce((sum, { meat }) => sum + dot(influence, multiplyVector(meat, influence)), 0);
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
  return fit.meats.map(({ meat, clusters }) => {
    const products = influences.map((influence) => multiplyVector(meat, influence));
    const covariance = influences.map((left) => products.map((right) => dot(left, right)));
    return { covariance, df: Math.max(1, clusters - 1) };
  });
}

/** A joint test that several quantities are 0; `df` are quantities that do not follow from others. */
export type FeatureTest =
  & { readonly [value in "statistic" | "df" | "df_residual" | "null_mean" | "null_high" | "p_value"]: number }
  & { readonly notes: readonly string[] };

/** What stands where nothing could be tested. */
export function noTest(why: string, df = NaN): FeatureTest {
  const unknown = { statistic: NaN, df_residual: NaN, null_mean: NaN, null_high: NaN, p_value: NaN };
  return { ...unknown, df, notes: [why] };
}

/** The part of estimates' covariance that comes from some of the respondents, and its degrees of freedom. */
export type CovariancePart = { readonly covariance: Matrix; readonly df: number };

/** Tests that all estimates are 0; with `exact`, the covariance is known up to one variance. */
export function jointTest(
  estimates: readonly number[],
  parts: readonly CovariancePart[],
  form: "hotelling" | "exact" = "hotelling",
): FeatureTest {
  const total = estimates.map((_, row) =>
    estimates.map((_, column) => parts.reduce((sum, part) => sum + part.covariance[row]![column]!, 0))
  );
  const { kept, inverse, dependent } = independentColumns(total);
  const q = kept.length;
  if (q === 0) return noTest("nothing that varies can be compared", q);
  const freedom = form === "exact" ? parts[0]!.df : combinedDf(selectParts(parts, kept), inverse);
  // Anderson 2003, 5.2.2: T² (ν - q + 1) / (ν q) is F with q and ν - q + 1 degrees of freedom.
  const df = form === "exact" ? freedom : freedom - q + 1;
  if (!(df > 0)) return noTest(`too few respondents to test ${q} quantities at once`, q);
  const values = kept.map((row) => estimates[row]!);
  const square = dot(values, multiplyVector(inverse, values));
  const statistic = form === "exact" ? square / q : square * df / (freedom * q);
  return {
    statistic,
    df: q,
    df_residual: df,
    null_mean: df > 2 ? df / (df - 2) : NaN,
    null_high: fCritical(0.05, q, df),
    p_value: fUpper(statistic, q, df),
    notes: dependent.size === 0 ? [] : [`${dependent.size} quantities follow from the others`],
  };
}

/**
 * Degrees of freedom of a sum of covariance matrices: Nel and van der Merwe 1986, Communications in Statistics 15:
 * 3719-3735; for one quantity it is Welch's.
 */
function combinedDf(parts: readonly CovariancePart[], inverse: Matrix): number {
  const q = inverse.length;
  let spread = 0;
  for (const { covariance, df } of parts) {
    const share = multiply(covariance, inverse);
    const trace = share.reduce((sum, row, i) => sum + row[i]!, 0);
    spread += (traceOfProduct(share, share) + trace * trace) / df;
  }
  return (q + q * q) / spread;
}

export function selectParts(parts: readonly CovariancePart[], places: readonly number[]): CovariancePart[] {
  return parts.map(({ covariance, df }) => ({
    covariance: places.map((row) => places.map((column) => covariance[row]![column]!)),
    df,
  }));
}

/** One row of a table of joint tests, beside the columns that say what was tested. */
export function waldRow(
  given: object,
  { notes, ...numbers }: FeatureTest,
  said: { readonly adjusted: number; readonly alpha: number; readonly notes: readonly string[] },
): DiagnosisRow {
  const known = !Number.isNaN(said.adjusted);
  return diagnosisRow({
    ...given,
    ...numbers,
    p_adjusted: said.adjusted,
    verdict: !known ? "cannot tell" : said.adjusted < said.alpha ? "found" : "not found",
    notes: known ? [...notes, ...said.notes] : said.notes,
    reason: known ? [] : notes.length > 0 ? notes : ["the test cannot be computed from these numbers"],
  });
}

export function waldColumns(tested: readonly string[]): string[] {
  const all = diagnosisTableColumns(tested, ["df", "df_residual", "n"]);
  return all.filter((name) => !name.startsWith("conf_"));
}
