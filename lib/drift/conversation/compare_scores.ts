import type { RandomStream } from "../../core/stream.ts";
import { studentTQuantile } from "../../stats/distributions.ts";
import { leastSquares } from "../../stats/least_squares.ts";
import { permutationPValue, permuteSums } from "../../stats/permutation.ts";
import { type Measured, unmeasured } from "./conversation_rows.ts";
import type { Cells } from "./read_transcripts.ts";

/** A difference between two arms, and how it was compared. */
export interface Compared extends Measured {
  readonly design: string;
  readonly reason: string;
}

/** The cells of two arms that can be compared, and within which group their arms change places. */
export interface Comparison {
  readonly cells: readonly number[];
  /** 1 for cells of the arm, 0 for those of the reference. */
  readonly marked: readonly number[];
  /** Cells change arms within a group: a unit that was in both arms, else its block. */
  readonly groups: readonly number[];
  readonly design: string;
  /** Units left out as they were in both arms and have a value in one. */
  readonly incomplete: number;
}

/** Pairs up what two arms hold; only cells with a value take part. */
export function layOutComparison(
  cells: Cells,
  arm: number,
  has: (cell: number) => boolean,
): Comparison {
  const arms = [cells.reference, arm];
  const places = cells.arm.flatMap((of, cell) => arms.includes(of) ? [cell] : []);
  const both = countBy(places, (cell) => cells.unit[cell]!);
  const complete = countBy(places.filter(has), (cell) => cells.unit[cell]!);
  const used = places.filter((cell) => {
    const unit = cells.unit[cell]!;
    return has(cell) && both.get(unit) === complete.get(unit);
  });
  const paired = (cell: number): boolean => both.get(cells.unit[cell]!) === 2;
  const within = used.filter(paired).length;
  const blocks = new Set(used.map((cell) => cells.block[cell])).size > 1 ? " within blocks" : "";
  const across = `across ${cells.unitName}${blocks}`;
  return {
    cells: used,
    marked: used.map((cell) => cells.arm[cell] === arm ? 1 : 0),
    // Blocks have numbers from 0, units that are groups of their own below.
    groups: used.map((cell) => paired(cell) ? -1 - cells.unit[cell]! : cells.block[cell]!),
    design: within === 0
      ? across
      : within === used.length
      ? `within ${cells.unitName}`
      : `within ${cells.unitName} that were in both arms, else ${across}`,
    incomplete: new Set(places.filter((cell) => has(cell) && !used.includes(cell))).size,
  };
}

function countBy(cells: readonly number[], unit: (cell: number) => number): Map<number, number> {
  const counts = new Map<number, number>();
  for (const cell of cells) counts.set(unit(cell), (counts.get(unit(cell)) ?? 0) + 1);
  return counts;
}

/**
 * The difference of one arm from the reference: least squares with CR2 covariance by unit and Satterthwaite degrees of
 * freedom (Pustejovsky and Tipton 2018), and a p-value from permuting arms within units that were in both, else across
 * units of a block.
 */
export function compareScores(
  cells: Cells,
  values: ArrayLike<number>,
  arm: number,
  options: { alpha: number; permutations: number; random: RandomStream },
): Compared {
  const comparison = layOutComparison(cells, arm, (cell) => !Number.isNaN(values[cell]));
  const { marked, design, incomplete } = comparison;
  const reason = incomplete === 0
    ? ""
    : `${cells.unitName} left out as they were in both arms and answered in one: ${incomplete}`;
  const first = marked.filter((mark) => mark === 1).length;
  const n = new Set(comparison.cells.map((cell) => cells.unit[cell])).size;
  if (first < 2 || marked.length - first < 2) {
    const few = `an arm has answers of fewer than two ${cells.unitName}`;
    return { ...unmeasured, n, design, reason: reason === "" ? few : `${few}; ${reason}` };
  }
  const used = Float64Array.from(comparison.cells, (cell) => values[cell]!);
  const p_value = permuteDifference(used, comparison, options);
  return { ...fitDifference(cells, used, comparison, options.alpha), p_value, n, design, reason };
}

function fitDifference(
  cells: Cells,
  used: Float64Array,
  comparison: Comparison,
  alpha: number,
): Omit<Measured, "p_value" | "n"> {
  const blocks = comparison.cells.map((cell) => cells.block[cell]!);
  const fit = leastSquares([used.map(() => 1), comparison.marked], used, {
    clusters: comparison.cells.map((cell) => cells.unit[cell]!),
    ...(new Set(blocks).size > 1 ? { fixedEffects: [blocks] } : {}),
  });
  const [estimate, std_error, df] = [fit.coefficients[1]!, fit.standardErrors[1]!, fit.df[1]!];
  const half = df > 0 && std_error > 0 ? studentTQuantile(1 - alpha / 2, df) * std_error : NaN;
  // Units that all differ by the same show no variance: the interval is a point, not a claim of certainty.
  const width = std_error === 0 ? 0 : half;
  return { estimate, std_error, df, conf_low: estimate - width, conf_high: estimate + width };
}

function permuteDifference(
  used: Float64Array,
  { marked, groups }: Comparison,
  { permutations, random }: { permutations: number; random: RandomStream },
): number {
  const centred = centre(used, groups);
  const sum = centred.reduce((total, value, i) => total + value * marked[i]!, 0);
  // Values sum to 0 in each group, so that a difference in means is in proportion to the sum of the marked.
  const sums = permuteSums(centred, marked, { random, groups, permutations });
  const floor = 1e-12 * centred.reduce((total, value) => total + Math.abs(value), 0);
  const size = (value: number): number => Math.abs(value) <= floor ? 0 : Math.abs(value);
  return permutationPValue(size(sum), sums.map(size));
}

function centre(values: Float64Array, groups: readonly number[]): Float64Array {
  const sums = new Map<number, [number, number]>();
  values.forEach((value, i) => {
    const [total, count] = sums.get(groups[i]!) ?? [0, 0];
    sums.set(groups[i]!, [total + value, count + 1]);
  });
  return values.map((value, i) => {
    const [total, count] = sums.get(groups[i]!)!;
    return value - total / count;
  });
}
