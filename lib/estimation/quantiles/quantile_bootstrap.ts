import { stream } from "../../core/stream.ts";
import { resampleUnits } from "../../stats/resampling.ts";
import { type QuantileType, sampleQuantile } from "../../stats/quantiles.ts";
import type { Comparison } from "../../core/units.ts";

/** The quantiles of two arms. */
export interface ArmQuantiles {
  /** Of the reference, one per probability. */
  readonly reference: readonly number[];
  /** Of the arm. */
  readonly term: readonly number[];
}

/** Rows of each arm in the order of their outcomes. */
interface SortedArms {
  order: readonly Int32Array[];
  outcome: Float64Array;
}

/** Computes quantiles of both arms. */
export function armQuantiles(
  comparison: Comparison,
  probabilities: readonly number[],
  type: QuantileType,
): ArmQuantiles {
  const { outcome } = comparison;
  const [reference, term] = sortArms(comparison).order.map((rows) => {
    const sorted = Float64Array.from(rows, (row) => outcome[row]!);
    return probabilities.map((p) => sampleQuantile(sorted, p, type));
  });
  return { reference: reference!, term: term! };
}

function sortArms({ outcome, treated }: Comparison): SortedArms {
  const order = [0, 1].map((side) => {
    const rows = Int32Array.from([...treated.keys()].filter((row) => treated[row] === side));
    return rows.sort((a, b) => outcome[a]! - outcome[b]!);
  });
  return { order, outcome };
}

/** What was assigned as one (persona, cluster or unit), with its rows and its stratum. */
function assignedUnits(
  { outcome, treated, persona, cluster, block }: Comparison,
): { rows: number[][]; strata: number[]; name: string } {
  const codes = persona ?? cluster?.codes ?? null;
  const places = new Map<number, number>();
  const rows: number[][] = [];
  const strata: number[] = [];
  for (let row = 0; row < outcome.length; row++) {
    const code = codes === null ? row : codes[row]!;
    let at = places.get(code);
    if (at === undefined) {
      places.set(code, at = rows.length);
      rows.push([]);
      // A persona in both arms belongs to neither.
      strata.push(2 * (block === null ? 0 : block.codes[row]!) + (persona === null ? treated[row]! : 0));
    }
    rows[at]!.push(row);
  }
  return { rows, strata, name: persona !== null ? "personas" : cluster === null ? "units" : "clusters" };
}

/** Standard errors of the differences of quantiles from resamples of what was assigned, within arms and blocks. */
export function bootstrapQuantiles(
  comparison: Comparison,
  probabilities: readonly number[],
  type: QuantileType,
  { replicates, seed }: { replicates: number; seed: number },
): { standardErrors: number[]; units: number; name: string } {
  const { rows, strata, name } = assignedUnits(comparison);
  const { order, outcome } = sortArms(comparison);
  const times = new Int32Array(outcome.length);
  const sums = new Float64Array(probabilities.length);
  const squares = new Float64Array(probabilities.length);
  const first = new Float64Array(probabilities.length);
  resampleUnits(rows.length, (units, resample) => {
    times.fill(0);
    for (const unit of units) for (const row of rows[unit]!) times[row] = times[row]! + 1;
    const [reference, term] = order.map((own) => drawn(own, times, outcome));
    probabilities.forEach((p, j) => {
      const effect = sampleQuantile(term!, p, type) - sampleQuantile(reference!, p, type);
      if (resample === 0) first[j] = effect;
      // Around the first resample, so that nothing cancels.
      sums[j] = sums[j]! + (effect - first[j]!);
      squares[j] = squares[j]! + (effect - first[j]!) ** 2;
    });
  }, { random: stream(seed, "quantile effects", ...comparison.arms), strata, replicates });
  const standardErrors = probabilities.map((_, j) =>
    Math.sqrt(Math.max(0, squares[j]! - sums[j]! ** 2 / replicates) / (replicates - 1))
  );
  return { standardErrors, units: rows.length, name };
}

/** A resample's outcomes in ascending order. */
function drawn(order: Int32Array, times: Int32Array, outcome: Float64Array): Float64Array {
  let count = 0;
  for (const row of order) count += times[row]!;
  const values = new Float64Array(count);
  let at = 0;
  for (const row of order) for (let k = 0; k < times[row]!; k++) values[at++] = outcome[row]!;
  return values;
}
