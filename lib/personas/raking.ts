/** One margin over the cells of a table. */
export interface CellMargin {
  /** The level of each cell. */
  readonly codes: Int32Array;
  /** The target of each level. */
  readonly targets: Float64Array;
}

/** Where iterative proportional fitting ended. */
export interface Fit {
  /** Largest relative error of each margin. */
  readonly errors: readonly number[];
  /** Cycles over the margins. */
  readonly iterations: number;
}

/** Rows with the same levels of every margin share a cell: returns the cell of each row, and a row of each cell. */
export function findCells(
  codes: readonly Int32Array[],
  rows: number,
): { cells: Int32Array; rowOf: number[] } {
  let cells = new Int32Array(rows);
  for (const levels of codes) {
    const seen = new Map<number, number>();
    const next = new Int32Array(rows);
    for (let row = 0; row < rows; row++) {
      const key = cells[row]! * 1048576 + levels[row]!;
      let cell = seen.get(key);
      if (cell === undefined) seen.set(key, cell = seen.size);
      next[row] = cell;
    }
    cells = next;
  }
  const rowOf: number[] = [];
  for (let row = 0; row < rows; row++) if (cells[row] === rowOf.length) rowOf.push(row);
  return { cells, rowOf };
}

/**
 * Fits the cells' weights to every margin in turn, in place, until the largest relative error of any margin is at
 * most `tolerance`: w <- w T_l / sum of w in level l (Deming and Stephan 1940, Annals of Mathematical Statistics 11).
 */
export function fitMargins(
  weights: Float64Array,
  margins: readonly CellMargin[],
  limits: { readonly tolerance: number; readonly maximumIterations: number },
): Fit {
  let errors = margins.map((margin) => marginError(weights, margin));
  let iterations = 0;
  while (!(Math.max(...errors) <= limits.tolerance) && iterations < limits.maximumIterations) {
    for (const margin of margins) fitMargin(weights, margin);
    errors = margins.map((margin) => marginError(weights, margin));
    iterations++;
  }
  return { errors, iterations };
}

function levelSums(weights: Float64Array, { codes, targets }: CellMargin): Float64Array {
  const sums = new Float64Array(targets.length);
  for (let cell = 0; cell < weights.length; cell++) sums[codes[cell]!]! += weights[cell]!;
  return sums;
}

function fitMargin(weights: Float64Array, margin: CellMargin): void {
  // A level without weight stays so: a cell that is empty in the data cannot be filled.
  const factors = levelSums(weights, margin)
    .map((sum, level) => sum > 0 ? margin.targets[level]! / sum : 0);
  for (let cell = 0; cell < weights.length; cell++) weights[cell]! *= factors[margin.codes[cell]!]!;
}

function marginError(weights: Float64Array, margin: CellMargin): number {
  let largest = 0;
  levelSums(weights, margin).forEach((sum, level) => {
    const target = margin.targets[level]!;
    const error = target > 0 ? Math.abs(sum / target - 1) : sum > 0 ? Infinity : 0;
    if (!(error <= largest)) largest = error;
  });
  return largest;
}
