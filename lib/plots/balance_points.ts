import { checkColumns, checkRows, type Table } from "../core/mod.ts";
import { labelsOf, readNumbers, readTexts } from "./figure_text.ts";

/** One sample's difference of one covariate. */
export interface BalancePoint {
  /** The sample: before or after weighting, for example; empty where there is one only. */
  readonly sample: string;
  readonly statistic: number;
  readonly nullHigh: number;
  readonly verdict: string;
  readonly reason: string;
  /** Whether the difference exceeds the threshold; without one, whether it is more than chance. */
  readonly departs: boolean;
}

/** One covariate (or level) and arm, ready to be drawn. */
export interface BalancePlotRow {
  readonly covariate: string;
  readonly level: string;
  readonly arm: string;
  /** Its samples, in the order of the table. */
  readonly points: readonly BalancePoint[];
}

const needed = ["covariate", "level", "arm", "reference", "statistic"];

/** Reads a balance table, checked, as rows to draw: samples of the same covariate and arm share a row. */
export function balanceRowsOf(
  action: string,
  table: Table,
  options: { label: string | undefined; threshold: number | undefined; absolute: boolean },
): BalancePlotRow[] {
  const { label, threshold, absolute } = options;
  checkColumns(action, table, needed, "balance");
  checkRows(action, table, "balance");
  if (label !== undefined) checkColumns(action, table, [label], "balance");
  const samples = labelsOf(table, label);
  const text = readTexts(table, ["covariate", "level", "arm", "reference", "verdict", "reason"]);
  const number = readNumbers(table, ["statistic", "null_high"]);
  const rows = new Map<string, { row: Omit<BalancePlotRow, "points">; points: BalancePoint[] }>();
  text.covariate.forEach((covariate, at) => {
    const [level, arm] = [text.level[at]!, `${text.arm[at]} less ${text.reference[at]}`];
    const key = JSON.stringify([covariate, level, arm]);
    if (!rows.has(key)) rows.set(key, { row: { covariate, level, arm }, points: [] });
    const statistic = number.statistic[at]!;
    rows.get(key)!.points.push({
      sample: samples[at]!,
      statistic: absolute ? Math.abs(statistic) : statistic,
      nullHigh: number.null_high[at]!,
      verdict: text.verdict[at]!,
      reason: text.reason[at]!,
      departs: threshold === undefined ? text.verdict[at] === "imbalanced" : Math.abs(statistic) > threshold,
    });
  });
  return [...rows.values()].map(({ row, points }) => ({ ...row, points }));
}
