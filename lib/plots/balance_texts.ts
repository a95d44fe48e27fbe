import { distinct } from "../core/mod.ts";
import type { BalancePlotRow, BalancePoint } from "./balance_points.ts";
import { missingNote, writeNumber } from "./figure_text.ts";
import type { RowPlotTexts, RowText } from "./row_layout.ts";

const chance = "A grey band holds 95% of what random assignment alone gives.";

/** The texts around the rows of a balance plot. */
export function balanceTexts(
  rows: readonly BalancePlotRow[],
  options: { title?: string; subtitle?: string; absolute: boolean },
): RowPlotTexts {
  const points = rows.flatMap((row) => row.points);
  const arms = distinct(rows.map(({ arm }) => arm));
  const difference = options.absolute ? "absolute standardized difference" : "standardized difference";
  const samples = samplesOf(rows);
  return {
    title: options.title ?? "Are the arms alike in what was known before the treatment?",
    subtitle: options.subtitle ?? "",
    axis: arms.length === 1 ? `${difference}, ${arms[0]}` : difference,
    valueHead: [samples.length > 1 ? samples.join(" → ") : "difference"],
    notes: [
      ...rows.flatMap((row) =>
        row.points.filter(({ statistic }) => Number.isNaN(statistic)).map((point) =>
          missingNote("Not computed", nameOf(row, point), point.reason)
        )
      ),
      ...(points.some(({ nullHigh }) => Number.isFinite(nullHigh)) ? [chance] : []),
    ],
  };
}

/** The samples that share rows, in the order of the table; empty where there is one only. */
export function samplesOf(rows: readonly BalancePlotRow[]): string[] {
  return distinct(rows.flatMap(({ points }) => points.map(({ sample }) => sample))).filter((name) =>
    name !== ""
  );
}

/** The texts of every row. */
export function balanceRowTexts(rows: readonly BalancePlotRow[], decimals: number): RowText[] {
  const severalArms = distinct(rows.map(({ arm }) => arm)).length > 1;
  return rows.map((row) => {
    const last = row.points.at(-1)!;
    return {
      label: row.level === "" ? row.covariate : `${row.covariate}: ${row.level}`,
      detail: severalArms ? row.arm : "",
      value: row.points.map(({ statistic }) => writeNumber(statistic, decimals)).join(" → "),
      note: last.verdict,
      heading: "",
      indented: false,
    };
  });
}

/** One row in words. */
export function balanceSentence(row: BalancePlotRow, decimals: number): string {
  return row.points.map((point) => {
    const value = Number.isNaN(point.statistic) ? "not computed" : writeNumber(point.statistic, decimals);
    return `${nameOf(row, point)} ${value}${point.verdict === "" ? "" : `, ${point.verdict}`}`;
  }).join("; ");
}

function nameOf({ covariate, level, arm }: BalancePlotRow, { sample }: BalancePoint): string {
  const name = level === "" ? covariate : `${covariate}: ${level}`;
  return `${name} (${sample === "" ? arm : `${arm}, ${sample}`})`;
}
