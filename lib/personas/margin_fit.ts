import { distinct } from "../core/mod.ts";
import { chiSquareUpper, normalQuantile } from "../stats/mod.ts";
import { levelCodes, type MarginTarget } from "./margin_targets.ts";

/** How well the shares of one attribute fit its targets. */
export interface MarginFit {
  readonly name: string;
  readonly levels: readonly string[];
  readonly targets: readonly number[];
  readonly counts: Float64Array;
  readonly shares: Float64Array;
  /** n / deff. */
  readonly effective: number;
  readonly statistic: number;
  readonly df: number;
  readonly pValue: number;
  readonly reasons: readonly string[];
}

/** Tests one attribute by chi-square goodness of fit, at the effective sample size of the weights. */
export function fitMargin(
  margin: MarginTarget,
  values: readonly unknown[],
  weights: ArrayLike<number>,
): MarginFit {
  const known = levelCodes(values, margin.levels);
  const surplus = distinct(values.filter((_, row) => known[row] === -2).map(String));
  const levels = [...margin.levels, ...surplus];
  const targets = levels.map((_, level) => margin.shares[level] ?? 0);
  const codes = surplus.length > 0 ? levelCodes(values, levels) : known;
  const { counts, sums, missing, total, squares } = countLevels(codes, weights, levels.length);
  const shares = sums.map((sum) => sum / total);
  // Kish 1965, 8.2: n / deff = (sum w)^2 / sum w^2
  const effective = total * total / squares;
  const df = targets.filter((target) => target > 0).length - 1;
  const statistic = total > 0 ? goodnessOfFit(shares, targets, effective) : NaN;
  const pValue = chiSquareUpper(statistic, df);
  const reasons: string[] = [];
  if (missing > 0) reasons.push(`rows without a value, left out: ${missing}`);
  if (!(total > 0)) reasons.push("no row with a positive weight has a value");
  if (surplus.length > 0) reasons.push(`not among the targets: ${surplus.join(", ")}`);
  if (targets.some((target) => target > 0 && target * effective < 5)) {
    reasons.push("an expected count is below 5: the p-value is rough");
  }
  return { name: margin.name, levels, targets, counts, shares, effective, statistic, df, pValue, reasons };
}

function countLevels(codes: Int32Array, weights: ArrayLike<number>, levels: number): {
  counts: Float64Array;
  sums: Float64Array;
  missing: number;
  total: number;
  squares: number;
} {
  const counts = new Float64Array(levels);
  const sums = new Float64Array(levels);
  let [missing, total, squares] = [0, 0, 0];
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row]!;
    const weight = weights[row]!;
    if (code < 0) {
      missing++;
      continue;
    }
    counts[code]!++;
    sums[code]! += weight;
    total += weight;
    squares += weight * weight;
  }
  return { counts, sums, missing, total, squares };
}

/** Pearson's chi-square of shares against targets at a sample size; infinite where something impossible occurs. */
function goodnessOfFit(shares: Float64Array, targets: readonly number[], n: number): number {
  let statistic = 0;
  shares.forEach((share, level) => {
    const target = targets[level]!;
    if (target > 0) statistic += n * (share - target) ** 2 / target;
    else if (share > 0) statistic = Infinity;
  });
  return statistic;
}

/** Wilson 1927: the shares whose score test does not reject the observed share. */
export function wilsonInterval(share: number, n: number, alpha: number): [number, number] {
  const z = normalQuantile(1 - alpha / 2);
  const centre = (share + z * z / (2 * n)) / (1 + z * z / n);
  const half = z / (1 + z * z / n) * Math.sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}
