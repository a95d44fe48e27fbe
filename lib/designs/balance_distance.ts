import { cannot } from "../core/errors.ts";
import { covariateColumns } from "../core/study.ts";
import type { Table } from "../core/table.ts";
import { symmetricEigen, zeros } from "../stats/matrix.ts";

/** Reads covariates as numbers: numbers as they are, names as one indicator for each but the first; none may lack. */
export function readCovariates(
  action: string,
  table: Table,
  names: string | readonly string[],
): number[][] {
  const listed = [names].flat();
  if (listed.length === 0 || listed.some((name) => typeof name !== "string")) {
    throw new TypeError(cannot(action, "covariates", "name at least one column", names));
  }
  return covariateColumns(action, table, listed).map(({ column, values }) => {
    const row = values.findIndex((value) => Number.isNaN(value));
    if (row < 0) return Array.from(values);
    throw new RangeError(
      `Cannot ${action} as covariate '${column}' must not be empty: row ${row + 1} has no finite value`,
    );
  });
}

/** How far arms are apart in their covariates, for any assignment with the same arm sizes in each block. */
export interface BalanceDistance {
  /** The number of directions compared; the distance is about chi-square with as many degrees of freedom. */
  readonly df: number;
  /** The Mahalanobis distance of an assignment. */
  readonly of: (arms: ArrayLike<number>) => number;
}

/**
 * Prepares the Mahalanobis distance between arms: the sums of covariates (less their block's mean) in all arms but
 * the first, against their covariance under random assignment within blocks.
 *
 * With two arms and one block it is that of Morgan and Rubin 2012, Annals of Statistics 40, eq. 1. Directions in which
 * covariates do not vary are left out.
 *
 * @param covariates one column per covariate, one number per unit assigned
 * @param blocks the block of each unit
 * @param arms the arm of each unit, for the arms' sizes
 */
export function balanceDistance(
  covariates: readonly ArrayLike<number>[],
  blocks: ArrayLike<number>,
  arms: ArrayLike<number>,
): BalanceDistance {
  const width = covariates.length;
  const centred = centreByBlock(covariates, blocks);
  const covariance = sumCovariance(centred, blocks, arms);
  const { values, vectors } = symmetricEigen(covariance);
  const largest = values.reduce((most, value) => Math.max(most, value), 0);
  const axes = [...values.keys()].filter((i) => values[i]! > 1e-10 * largest)
    .map((i) => ({ vector: vectors[i]!, variance: values[i]! }));
  const sums = new Float64Array(covariance.length);
  return {
    df: axes.length,
    of: (assigned) => {
      sums.fill(0);
      for (let unit = 0; unit < assigned.length; unit++) {
        const start = (assigned[unit]! - 1) * width;
        if (start < 0) continue;
        for (let j = 0; j < width; j++) sums[start + j] = sums[start + j]! + centred[j]![unit]!;
      }
      let distance = 0;
      for (const { vector, variance } of axes) {
        let along = 0;
        for (let j = 0; j < sums.length; j++) along += vector[j]! * sums[j]!;
        distance += (along * along) / variance;
      }
      return distance;
    },
  };
}

/** Covariates less their block's mean, in units of their own spread, so that scales play no part. */
function centreByBlock(covariates: readonly ArrayLike<number>[], blocks: ArrayLike<number>): Float64Array[] {
  return covariates.map((values) => {
    const means = new Map<number, { sum: number; n: number }>();
    for (let unit = 0; unit < values.length; unit++) {
      const mean = means.get(blocks[unit]!) ?? { sum: 0, n: 0 };
      mean.sum += values[unit]!;
      mean.n++;
      means.set(blocks[unit]!, mean);
    }
    const centred = Float64Array.from({ length: values.length }, (_, unit) => {
      const { sum, n } = means.get(blocks[unit]!)!;
      return values[unit]! - sum / n;
    });
    const spread = Math.sqrt(centred.reduce((squares, value) => squares + value * value, 0));
    return spread > 0 ? centred.map((value) => value / spread) : centred;
  });
}

/** Cov(d_k, d_l) = Σ_b (δ_kl n_bk - n_bk n_bl / n_b) S_b, for sums d of arms k and l (sampling without replacement). */
function sumCovariance(
  centred: readonly Float64Array[],
  blocks: ArrayLike<number>,
  arms: ArrayLike<number>,
): number[][] {
  const width = centred.length;
  const armCount = Array.from(arms).reduce((most, arm) => Math.max(most, arm), 0) + 1;
  const covariance = zeros(width * (armCount - 1), width * (armCount - 1));
  const units = new Map<number, number[]>();
  for (let unit = 0; unit < blocks.length; unit++) {
    const members = units.get(blocks[unit]!);
    if (members) members.push(unit);
    else units.set(blocks[unit]!, [unit]);
  }
  for (const members of units.values()) {
    if (members.length < 2) continue;
    const sizes = new Array<number>(armCount).fill(0);
    for (const unit of members) sizes[arms[unit]!]!++;
    for (let i = 0; i < width; i++) {
      for (let j = 0; j < width; j++) {
        const product = members.reduce((sum, unit) => sum + centred[i]![unit]! * centred[j]![unit]!, 0);
        const covarying = product / (members.length - 1);
        for (let k = 1; k < armCount; k++) {
          for (let l = 1; l < armCount; l++) {
            const factor = (k === l ? sizes[k]! : 0) - (sizes[k]! * sizes[l]!) / members.length;
            covariance[(k - 1) * width + i]![(l - 1) * width + j]! += factor * covarying;
          }
        }
      }
    }
  }
  return covariance;
}
