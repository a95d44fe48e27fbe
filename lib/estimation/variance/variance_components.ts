import { stream } from "../../core/stream.ts";
import { traceOfProduct, zeros } from "../../stats/matrix.ts";
import { moments } from "../../stats/moments.ts";
import type { Labelled } from "../../core/table.ts";
import { type QuadraticForm, quadraticForm } from "./variance_forms.ts";
import type { RandomFactor, VarianceRows } from "./variance_rows.ts";

/** The sources of variance that can be told apart, and their estimates. */
export interface VarianceFit {
  /** The sources told apart, without the draw. */
  readonly factors: readonly RandomFactor[];
  /** Sources that cannot be told apart, with the reason. */
  readonly dropped: readonly {
    readonly component: string;
    readonly levels: number;
    readonly reason: string;
  }[];
  /** The variances of `factors` and, last, of the draw; unbiased, so that one may come out below 0. */
  readonly variances: readonly number[];
  /** Estimates of the same from draws of a model with given variances (none below 0), one list per draw. */
  readonly simulate: (variances: readonly number[]) => number[][];
  /** Degrees of freedom of a source's estimate where it is the only one there is: 1 / tr(B²), of the estimate u'Bu. */
  readonly freedom: (place: number) => number;
}

/** Fits by the method of moments: each source's quadratic form equals its expectation (Henderson 1953, method 3). */
export function fitVariances(rows: VarianceRows, options: { seed: number; draws: number }): VarianceFit {
  const { factors, dropped } = tellApart(rows);
  const forms = [...factors.map(({ groups }) => groups), allRows(rows.values.length)]
    .map((groups) => quadraticForm(groups, rows.arm));
  const { kept, used, expectation, unsolved } = solvable(factors, forms);
  const solve = (values: Float64Array): number[] =>
    solveLinear(expectation, used.map((form) => form.sumOfSquares(values))) ?? [NaN];
  const { mean } = moments(rows.values);
  const variances = solve(rows.values.map((value) => value - mean));
  const drawn = { factors: kept.map(({ groups }) => groups), n: rows.values.length };
  return {
    factors: kept,
    dropped: [...dropped, ...unsolved],
    variances,
    simulate: (assumed) => {
      if (assumed.some(Number.isNaN)) return [];
      const model = { ...drawn, variances: assumed };
      return Array.from({ length: options.draws }, (_, draw) => solve(drawValues(model, options.seed, draw)));
    },
    freedom: (place) => freedomOf(place, { groups: kept[place]!.groups, used, expectation }),
  };
}

function freedomOf(
  place: number,
  { groups, used, expectation }: {
    readonly groups: Labelled;
    readonly used: readonly QuadraticForm[];
    readonly expectation: readonly (readonly number[])[];
  },
): number {
  // The estimate is a sum of the forms with these weights: a row of the inverse of the expectations.
  const weights = expectation.map((_, j) =>
    solveLinear(expectation, expectation.map((_, i) => Number(i === j)))![place]!
  );
  const levels = groups.labels.length;
  const total = zeros(levels, levels);
  used.forEach((form, j) => {
    form.within(groups).forEach((row, i) => {
      for (let k = 0; k < levels; k++) total[i]![k] = total[i]![k]! + weights[j]! * row[k]!;
    });
  });
  return 1 / traceOfProduct(total, total);
}

function allRows(n: number): Labelled {
  return { codes: new Int32Array(n), labels: ["all"] };
}

type Dropped = VarianceFit["dropped"][number];

/** Leaves out sources whose groups are single rows, do not vary within arms, or are those of another source. */
function tellApart({ factors, arm, values }: VarianceRows): { factors: RandomFactor[]; dropped: Dropped[] } {
  const kept: RandomFactor[] = [];
  const dropped: Dropped[] = [];
  for (const factor of factors) {
    const { component, groups } = factor;
    const levels = groups.labels.length;
    const same = kept.find((other) => samePartition(other.groups, groups));
    const reason = levels < 2
      ? "only one"
      : levels === values.length
      ? "one answer of each, so that it is part of the draw"
      : samePartition(groups, arm)
      ? "one in each arm, so that it cannot be told from the effect of the arm"
      : same !== undefined
      ? `the same groups as '${same.component}', of which it is part`
      : undefined;
    if (reason === undefined) kept.push(factor);
    else dropped.push({ component, levels, reason });
  }
  return { factors: kept, dropped };
}

function samePartition(a: Labelled, b: Labelled): boolean {
  if (a.labels.length !== b.labels.length) return false;
  const match = new Int32Array(a.labels.length).fill(-1);
  return a.codes.every((code, row) => {
    if (match[code] === -1) match[code] = b.codes[row]!;
    return match[code] === b.codes[row];
  });
}

/** The equations of the largest number of sources that have a unique solution. */
function solvable(
  factors: readonly RandomFactor[],
  forms: readonly QuadraticForm[],
): { kept: RandomFactor[]; unsolved: Dropped[]; used: QuadraticForm[]; expectation: number[][] } {
  const kept = [...factors];
  const used = [...forms];
  const unsolved: Dropped[] = [];
  for (;;) {
    // Row: a form; columns: what a unit of each source's variance, and of the draw's, adds to its expectation.
    const expectation = used.map((form) => [...kept.map(({ groups }) => form.trace(groups)), form.freedom]);
    if (kept.length === 0 || isSolvable(expectation)) return { kept, unsolved, used, expectation };
    const last = kept.pop()!;
    used.splice(kept.length, 1);
    const reason = "cannot be told apart from the other sources with these data";
    unsolved.unshift({ component: last.component, levels: last.groups.labels.length, reason });
  }
}

function isSolvable(matrix: readonly (readonly number[])[]): boolean {
  return solveLinear(matrix, matrix.map(() => 1)) !== null;
}

/** Gaussian elimination with scaled partial pivoting; `null` where the matrix is singular to 10 digits. */
function solveLinear(matrix: readonly (readonly number[])[], right: readonly number[]): number[] | null {
  const n = matrix.length;
  const work = matrix.map((row, i) => {
    const scale = Math.max(...row.map(Math.abs)) || 1;
    return [...row.map((entry) => entry / scale), right[i]! / scale];
  });
  for (let column = 0; column < n; column++) {
    let pivot = column;
    for (let row = column + 1; row < n; row++) {
      if (Math.abs(work[row]![column]!) > Math.abs(work[pivot]![column]!)) pivot = row;
    }
    if (Math.abs(work[pivot]![column]!) < 1e-10) return null;
    [work[column], work[pivot]] = [work[pivot]!, work[column]!];
    for (let row = 0; row < n; row++) {
      if (row === column) continue;
      const factor = work[row]![column]! / work[column]![column]!;
      for (let j = column; j <= n; j++) work[row]![j] = work[row]![j]! - factor * work[column]![j]!;
    }
  }
  return work.map((row, i) => row[n]! / row[i]!);
}

/** A draw of a normal model with these variances. The fixed effects take no part in any form. */
function drawValues(
  model: { readonly factors: readonly Labelled[]; readonly variances: readonly number[]; readonly n: number },
  seed: number,
  draw: number,
): Float64Array {
  const random = stream(seed, "variance components", draw);
  const deviations = model.variances.map((variance) => Math.sqrt(Math.max(0, variance)));
  const values = new Float64Array(model.n);
  const spread = deviations[model.factors.length]!;
  for (let row = 0; row < model.n; row++) values[row] = spread * random.normal();
  model.factors.forEach(({ codes, labels }, i) => {
    const effects = labels.map(() => deviations[i]! * random.normal());
    for (let row = 0; row < model.n; row++) values[row]! += effects[codes[row]!]!;
  });
  return values;
}
