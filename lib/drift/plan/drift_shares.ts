import { checkProbabilities, checkWhole } from "../../core/checks.ts";
import { cannot } from "../../core/errors.ts";
import { totalVariation } from "../../stats/distances.ts";

/** How a true distance lies on the categories. */
export type DriftShape = "two" | "spread";

/** The categories' probabilities in each arm. */
export interface TrueShares {
  /** In the reference arm. */
  readonly reference: readonly number[];
  /** In the treatment arm. */
  readonly treatment: readonly number[];
  /** Their total variation distance. */
  readonly distance: number;
}

/** The reference arm's shares: those given, or equal ones. */
export function referenceShares(
  action: string,
  { categories, shares }: { categories?: number | undefined; shares?: readonly number[] | undefined },
): readonly number[] {
  if (shares === undefined) {
    const count = categories ?? 5;
    checkWhole(action, "categories", count, 2);
    return Array<number>(count).fill(1 / count);
  }
  if (categories !== undefined && categories !== shares.length) {
    throw new RangeError(
      cannot(action, "categories", `be the number of 'shares', ${shares.length}`, categories),
    );
  }
  if (!Array.isArray(shares) || shares.length < 2) {
    throw new TypeError(cannot(action, "shares", "be a list of at least two probabilities", shares));
  }
  checkProbabilities(action, "shares", shares);
  return shares;
}

/**
 * Moves shares by a distance. `two`: from the most frequent category to the least frequent one (the last where some are
 * equal). `spread`: evenly from the last half of the categories to the first half; one in the middle stays.
 */
export function moveShares(
  action: string,
  reference: readonly number[],
  { distance, shape }: { distance: number; shape: DriftShape },
): TrueShares {
  const treatment = shape === "two" ? moveTwo(reference, distance) : moveHalves(reference, distance);
  if (treatment.some((share) => share < -1e-12)) {
    const rule = `leave no category with less than nobody: with shape '${shape}' and shares ${
      reference.map((share) => Number(share.toPrecision(3))).join(", ")
    }`;
    throw new RangeError(cannot(action, "distance", rule, distance));
  }
  return { reference, treatment: treatment.map((share) => Math.max(0, share)), distance };
}

/** The shares that were given for both arms. */
export function givenShares(
  action: string,
  reference: readonly number[],
  treatment: readonly number[],
): TrueShares {
  checkProbabilities(action, "treatment", treatment);
  if (treatment.length !== reference.length) {
    throw new RangeError(
      cannot(action, "treatment", `have as many shares as the reference, ${reference.length}`, treatment),
    );
  }
  return { reference, treatment, distance: totalVariation(reference, treatment) };
}

function moveTwo(reference: readonly number[], distance: number): number[] {
  const from = reference.indexOf(Math.max(...reference));
  let to = reference.lastIndexOf(Math.min(...reference));
  if (to === from) to = reference.length - 1;
  return reference.map((share, k) => k === from ? share - distance : k === to ? share + distance : share);
}

function moveHalves(reference: readonly number[], distance: number): number[] {
  const half = Math.floor(reference.length / 2);
  return reference.map((share, k) => {
    if (k < half) return share + distance / half;
    return k >= reference.length - half ? share - distance / half : share;
  });
}
