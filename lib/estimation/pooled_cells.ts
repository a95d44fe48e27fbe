import type { Labelled } from "../core/table.ts";

/** One arm of one study. */
export interface PooledCell {
  /** The arm's code. */
  readonly arm: number;
  /** Its participants. */
  readonly n: number;
  /** Their mean. */
  readonly mean: number;
}

/** One study: its arms, and the error variance that they share. */
export interface PooledStudy {
  /** The study's code. */
  readonly study: number;
  /** The arms that it has, in the order of their codes. */
  readonly arms: readonly PooledCell[];
  /** s² = Σ (y − mean of its arm)² / (n − arms). */
  readonly variance: number;
  /** n − arms. */
  readonly df: number;
}

/**
 * Means by study and arm and the pooled variance of each study: the regression of the outcome on the arms, without a
 * design matrix. Two passes, so that large means keep the variance's digits.
 */
export function pooledCells(study: Labelled, arm: Labelled, outcome: Float64Array): PooledStudy[] {
  const arms = arm.labels.length;
  const counts = new Map<number, { n: number; sum: number; mean: number }>();
  const cellOf = (row: number): number => {
    const [s, a] = [study.codes[row]!, arm.codes[row]!];
    return s < 0 || a < 0 || Number.isNaN(outcome[row]!) ? -1 : s * arms + a;
  };
  for (let row = 0; row < outcome.length; row++) {
    const key = cellOf(row);
    if (key < 0) continue;
    const cell = counts.get(key);
    if (cell === undefined) counts.set(key, { n: 1, sum: outcome[row]!, mean: NaN });
    else {
      cell.n++;
      cell.sum += outcome[row]!;
    }
  }
  for (const cell of counts.values()) cell.mean = cell.sum / cell.n;
  const squares = new Float64Array(study.labels.length);
  for (let row = 0; row < outcome.length; row++) {
    const key = cellOf(row);
    if (key >= 0) squares[study.codes[row]!]! += (outcome[row]! - counts.get(key)!.mean) ** 2;
  }
  const cells = study.labels.map((): PooledCell[] => []);
  for (const [key, { n, mean }] of [...counts].sort(([a], [b]) => a - b)) {
    cells[Math.floor(key / arms)]!.push({ arm: key % arms, n, mean });
  }
  return cells.map((present, at) => {
    const df = present.reduce((total, cell) => total + cell.n, 0) - present.length;
    return { study: at, arms: present, variance: df > 0 ? squares[at]! / df : NaN, df };
  });
}
