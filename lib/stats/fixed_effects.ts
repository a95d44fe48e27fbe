import { cannot } from "../core/errors.ts";

/** A factor whose levels have intercepts of their own. */
export interface AbsorbedFactor {
  /** Each row's level, from 0. */
  readonly codes: Int32Array;
  /** The number of levels. */
  readonly levels: number;
}

/** Numbers the levels of a column of names. */
export function absorbedFactor(values: ArrayLike<unknown>): AbsorbedFactor {
  const codes = new Int32Array(values.length);
  const known = new Map<unknown, number>();
  for (let row = 0; row < codes.length; row++) {
    let code = known.get(values[row]);
    if (code === undefined) known.set(values[row], code = known.size);
    codes[row] = code;
  }
  return { codes, levels: known.size };
}

/** The sum of the weights of each level. */
export function levelWeights({ codes, levels }: AbsorbedFactor, weights: Float64Array | null): Float64Array {
  const totals = new Float64Array(levels);
  for (let row = 0; row < codes.length; row++) {
    totals[codes[row]!] = totals[codes[row]!]! + (weights === null ? 1 : weights[row]!);
  }
  return totals;
}

/**
 * Takes the factors' effects out of columns, in place: one factor by its level means, several by alternating
 * projections until a sweep changes nothing (Guimarães and Portugal 2010; Gaure 2013).
 */
export function absorb(
  columns: readonly Float64Array[],
  factors: readonly AbsorbedFactor[],
  weights: Float64Array | null,
): void {
  const totals = factors.map((factor) => levelWeights(factor, weights));
  const sums = factors.map(({ levels }) => new Float64Array(levels));
  for (const column of columns) {
    let largest = 0;
    for (let row = 0; row < column.length; row++) largest = Math.max(largest, Math.abs(column[row]!));
    // Two sweeps of one factor: the second takes back the rounding of the first.
    let before = Infinity;
    for (let sweep = 0; factors.length > 1 || sweep < 2; sweep++) {
      let moved = 0;
      factors.forEach((factor, f) => {
        moved = Math.max(moved, takeMeans(column, factor, totals[f]!, sums[f]!, weights));
      });
      // Where rounding is all that still moves, it no longer shrinks.
      if (moved <= 1e-15 * largest || (moved <= 1e-13 * largest && moved >= before)) break;
      if (sweep === 20000) {
        throw new RangeError(
          cannot(
            "fit least squares",
            "fixedEffects",
            "be connected by more rows",
            `${sweep} sweeps without an end`,
          ) +
            "; take fewer factors, or HC2 or CR2, which make dummies of all but one",
        );
      }
      before = moved;
    }
  }
}

/** Subtracts level means, and returns the largest. */
function takeMeans(
  column: Float64Array,
  { codes }: AbsorbedFactor,
  totals: Float64Array,
  sums: Float64Array,
  weights: Float64Array | null,
): number {
  sums.fill(0);
  for (let row = 0; row < column.length; row++) {
    const code = codes[row]!;
    sums[code] = sums[code]! + (weights === null ? column[row]! : weights[row]! * column[row]!);
  }
  let largest = 0;
  for (let code = 0; code < sums.length; code++) {
    sums[code] = sums[code]! / totals[code]!;
    largest = Math.max(largest, Math.abs(sums[code]!));
  }
  for (let row = 0; row < column.length; row++) column[row] = column[row]! - sums[codes[row]!]!;
  return largest;
}

/**
 * The rank of the factors' dummies: for two factors levels less connected components (Abowd, Creecy and Kramarz 2002);
 * each further factor adds its levels less one, which is right where it is connected with the others.
 */
export function absorbedRank(factors: readonly AbsorbedFactor[]): number {
  if (factors.length === 0) return 0;
  const [first, second, ...others] = factors;
  const further = others.reduce((total, { levels }) => total + levels - 1, 0);
  if (second === undefined) return first!.levels;
  return first!.levels + second.levels - connectedComponents(first!, second) + further;
}

function connectedComponents(first: AbsorbedFactor, second: AbsorbedFactor): number {
  const parent = Int32Array.from({ length: first.levels + second.levels }, (_, node) => node);
  const find = (node: number): number => {
    while (parent[node] !== node) {
      parent[node] = parent[parent[node]!]!;
      node = parent[node]!;
    }
    return node;
  };
  let components = parent.length;
  for (let row = 0; row < first.codes.length; row++) {
    const [left, right] = [find(first.codes[row]!), find(first.levels + second.codes[row]!)];
    if (left === right) continue;
    parent[left] = right;
    components--;
  }
  return components;
}

/** Whether every level lies in one cluster. */
export function isNested({ codes, levels }: AbsorbedFactor, groups: readonly (readonly number[])[]): boolean {
  const owner = new Int32Array(levels).fill(-1);
  return groups.every((rows, group) =>
    rows.every((row) => {
      const code = codes[row]!;
      if (owner[code] === -1) owner[code] = group;
      return owner[code] === group;
    })
  );
}

/** Dummies of the levels from `start` on. */
export function dummies({ codes, levels }: AbsorbedFactor, start: number): Float64Array[] {
  return Array.from(
    { length: levels - start },
    (_, at) => Float64Array.from(codes, (code) => code === start + at ? 1 : 0),
  );
}
