import { checkColumns, checkRows, type Table } from "../core/mod.ts";
import { joinVarying, labelsOf, readNumbers, readTexts } from "./figure_text.ts";

/** The coverage of one estimate, ready to be drawn. */
export interface CoverageRow {
  readonly label: string;
  readonly detail: string;
  /** The share of simulations whose interval holds the truth. */
  readonly coverage: number;
  /** Its Monte-Carlo interval. */
  readonly low: number;
  readonly high: number;
  /** What the share should be. */
  readonly nominal: number;
  /** Whether the Monte-Carlo interval leaves out what the share should be. */
  readonly departs: boolean;
  readonly simulations: number;
  readonly reason: string;
}

/** Reads the coverage rows of a diagnosis, checked. */
export function coverageRowsOf(action: string, table: Table, label: string | undefined): CoverageRow[] {
  checkColumns(action, table, ["diagnosand", "value", "conf_low", "conf_high", "nominal"], "diagnosis");
  checkRows(action, table, "diagnosis");
  if (label !== undefined) checkColumns(action, table, [label], "diagnosis");
  const labels = labelsOf(table, label);
  const text = readTexts(table, ["diagnosand", "term", "outcome", "estimator", "reason"]);
  const number = readNumbers(table, ["value", "conf_low", "conf_high", "nominal", "n"]);
  const rows = [...text.diagnosand.keys()].filter((row) => text.diagnosand[row] === "coverage");
  if (rows.length === 0) {
    throw new RangeError(
      `Cannot ${action} as 'diagnosis' has no coverage: its diagnosands are ${
        [...new Set(text.diagnosand)].join(", ")
      }`,
    );
  }
  const labelled = labels.some((one) => one !== "");
  const pick = (values: readonly string[]) => rows.map((row) => values[row]!);
  const details = [...(labelled ? [text.term] : []), text.outcome, text.estimator].map(pick);
  return rows.map((row, place): CoverageRow => {
    const [low, high, nominal] = [number.conf_low[row]!, number.conf_high[row]!, number.nominal[row]!];
    return {
      label: labelled ? labels[row]! : text.term[row] || "estimate",
      detail: joinVarying(details, place),
      coverage: number.value[row]!,
      low,
      high,
      nominal,
      departs: low > nominal || high < nominal,
      simulations: number.n[row]!,
      reason: text.reason[row]!,
    };
  });
}
