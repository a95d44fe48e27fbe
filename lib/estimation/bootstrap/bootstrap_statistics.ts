import { linearQuantile } from "../../stats/quantiles.ts";
import type { BootstrapUnits } from "./bootstrap_units.ts";

/** A statistic of units, for one or more terms, that can be computed of any multiset of them. */
export interface UnitStatistic {
  /** Computes each term, and where `stdErrors` is given its standard error, of the units drawn. */
  readonly compute: (units: Int32Array, estimates: Float64Array, stdErrors?: Float64Array) => void;
  /** Each term without each unit in turn. */
  readonly leaveOut: () => Float64Array[];
}

/** Means (`reference` null), or differences of means from the reference arm, averaged over blocks by their size. */
export function meanStatistic(
  units: BootstrapUnits,
  terms: readonly number[],
  reference: number | null,
): UnitStatistic {
  const { start, arm, block, value, weight, blocks, arms, count } = units;
  const cells = blocks * arms.length;
  const cellOf = arm.map((code, i) => block[i]! * arms.length + code);
  const [sums, weights] = [new Float64Array(cells), new Float64Array(cells)];
  const [means, factors] = [new Float64Array(cells), new Float64Array(cells)];
  const add = (unit: number, sign: number) => {
    for (let i = start[unit]!; i < start[unit + 1]!; i++) {
      sums[cellOf[i]!]! += sign * weight[i]! * value[i]!;
      weights[cellOf[i]!]! += sign * weight[i]!;
    }
  };
  const estimate = (term: number) => combineCells(term, reference, sums, weights, arms.length).estimate;
  const refill = (drawn: Int32Array) => {
    sums.fill(0);
    weights.fill(0);
    for (let i = 0; i < drawn.length; i++) add(drawn[i]!, 1);
  };
  return {
    compute: (drawn, estimates, stdErrors) => {
      refill(drawn);
      terms.forEach((term, index) => {
        const combined = combineCells(term, reference, sums, weights, arms.length);
        estimates[index] = combined.estimate;
        if (stdErrors === undefined) return;
        for (let cell = 0; cell < cells; cell++) {
          means[cell] = sums[cell]! / weights[cell]!;
          factors[cell] = weights[cell]! > 0 ? combined.factors[cell]! / weights[cell]! : 0;
        }
        stdErrors[index] = linearisedError(drawn, units, { cellOf, means, factors });
      });
    },
    leaveOut: () => {
      const without = terms.map(() => new Float64Array(count));
      refill(Int32Array.from({ length: count }, (_, unit) => unit));
      for (let unit = 0; unit < count; unit++) {
        add(unit, -1);
        terms.forEach((term, index) => without[index]![unit] = estimate(term));
        add(unit, 1);
      }
      return without;
    },
  };
}

/** Gerber and Green 2012, Field Experiments, eq. 3.10: blocks count by their size. */
function combineCells(
  term: number,
  reference: number | null,
  sums: Float64Array,
  weights: Float64Array,
  arms: number,
): { estimate: number; factors: Float64Array } {
  const factors = new Float64Array(sums.length);
  let [estimate, total] = [0, 0];
  for (let cell = term; cell < sums.length; cell += arms) {
    const other = reference === null ? -1 : cell - term + reference;
    const size = weights[cell]! + (other < 0 ? 0 : weights[other]!);
    // Rounding may leave a trace of a cell from which the last unit was taken out.
    if (!(size > 1e-12)) continue;
    const difference = sums[cell]! / weights[cell]! - (other < 0 ? 0 : sums[other]! / weights[other]!);
    estimate += size * difference;
    total += size;
    factors[cell] = size;
    if (other >= 0) factors[other] = -size;
  }
  for (let cell = 0; cell < factors.length; cell++) factors[cell]! /= total;
  return { estimate: estimate / total, factors };
}

/** √ Σ_h G/(G - 1) Σ (z - mean z)²: the linearised standard error of units within strata; Särndal 1992, eq. 3.7.7. */
function linearisedError(
  drawn: Int32Array,
  { start, strata, value, weight }: BootstrapUnits,
  { cellOf, means, factors }: { cellOf: Int32Array; means: Float64Array; factors: Float64Array },
): number {
  let [variance, from] = [0, 0];
  // Resamples, and the units themselves in the order of their strata, hold each stratum together.
  while (from < drawn.length) {
    const stratum = strata[drawn[from]!];
    let [to, sum, squares] = [from, 0, 0];
    for (; to < drawn.length && strata[drawn[to]!] === stratum; to++) {
      const unit = drawn[to]!;
      const end = start[unit + 1]!;
      let influence = 0;
      for (let i = start[unit]!; i < end; i++) {
        const cell = cellOf[i]!;
        // Cells of other arms have no part in this term.
        if (factors[cell] !== 0) influence += factors[cell]! * weight[i]! * (value[i]! - means[cell]!);
      }
      sum += influence;
      squares += influence * influence;
    }
    const size = to - from;
    // A stratum of other arms has no part in it, however few units it has.
    if (size > 1) variance += size / (size - 1) * Math.max(0, squares - sum * sum / size);
    else if (hasPart(drawn[from]!, start, cellOf, factors)) variance = NaN;
    from = to;
  }
  return Math.sqrt(variance);
}

function hasPart(unit: number, start: Int32Array, cellOf: Int32Array, factors: Float64Array): boolean {
  for (let i = start[unit]!; i < start[unit + 1]!; i++) if (factors[cellOf[i]!] !== 0) return true;
  return false;
}

/** Medians, or differences of medians from the reference arm, over all blocks. */
export function medianStatistic(
  units: BootstrapUnits,
  terms: readonly number[],
  reference: number | null,
): UnitStatistic {
  const { start, arm, value, arms, count } = units;
  const compute = (drawn: ArrayLike<number>, estimates: Float64Array) => {
    const values: number[][] = arms.map(() => []);
    for (let j = 0; j < drawn.length; j++) {
      const unit = drawn[j]!;
      for (let i = start[unit]!; i < start[unit + 1]!; i++) values[arm[i]!]!.push(value[i]!);
    }
    const medians = values.map((list) => linearQuantile(Float64Array.from(list).sort(), 0.5));
    terms.forEach((term, index) =>
      estimates[index] = medians[term]! - (reference === null ? 0 : medians[reference]!)
    );
  };
  return { compute, leaveOut: () => leaveEachOut(count, terms.length, compute) };
}

/** Each term without each unit, by computing it anew. */
export function leaveEachOut(
  count: number,
  terms: number,
  compute: (units: Int32Array, estimates: Float64Array) => void,
): Float64Array[] {
  const without = Array.from({ length: terms }, () => new Float64Array(count));
  const estimates = new Float64Array(terms);
  for (let unit = 0; unit < count; unit++) {
    const others = Int32Array.from({ length: count - 1 }, (_, i) => i < unit ? i : i + 1);
    compute(others, estimates);
    estimates.forEach((estimate, term) => without[term]![unit] = estimate);
  }
  return without;
}
