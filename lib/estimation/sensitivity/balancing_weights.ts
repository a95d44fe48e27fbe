import { calibrationDistance, fitCalibration } from "../../personas/calibration_fit.ts";
import type { BalancingColumn } from "./balancing_columns.ts";

/** Weights of one arm's units, with mean 1. */
export interface BalancingWeights {
  /** One weight for each unit of the arm. */
  readonly weights: Float64Array;
  /** The means that were missed, worst first; empty where all are met. */
  readonly missed: readonly string[];
}

const tolerance = 1e-10;

/**
 * Weights the units of an arm to the target's means, staying as close to equal weights as they can in Kullback-Leibler
 * divergence: Hainmueller 2012; the same as raking calibration, w = exp(λ'x) (Deville and Särndal 1992).
 */
export function balancingWeights(
  columns: readonly BalancingColumn[],
  rows: readonly number[],
): BalancingWeights {
  const n = rows.length;
  const base = new Float64Array(n).fill(1);
  const totals = [
    { name: "sum of weights", values: base.slice(), target: n, unit: n },
    ...columns.map(({ name, values }) => ({
      name,
      values: Float64Array.from(rows, (row) => values[row]!),
      target: 0,
      unit: n,
    })),
  ];
  const distance = calibrationDistance("raking", [-Infinity, Infinity]);
  const { weights, errors } = fitCalibration(base, totals, distance, { tolerance, maximumIterations: 200 });
  const missed = totals.map(({ name }, at) => ({ name, error: Math.abs(errors[at]!) }))
    // Rounding may keep the last steps of a fit from improving it.
    .filter(({ error }) => !(error <= 100 * tolerance))
    .sort((a, b) => b.error - a.error);
  return { weights, missed: missed.map(({ name }) => name) };
}
