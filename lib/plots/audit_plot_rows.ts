import { checkRows, type Table } from "../core/mod.ts";
import { checkDrawn } from "./check_drawn.ts";
import { readNumbers, readTexts } from "./figure_text.ts";

/** One row of an audit, ready to be drawn. */
export interface AuditPlotRow {
  readonly challenge: string;
  readonly check: string;
  readonly item: string;
  readonly compared: string;
  readonly measure: string;
  readonly statistic: number;
  readonly low: number;
  readonly high: number;
  readonly pAdjusted: number;
  readonly verdict: string;
  readonly reason: string;
  /** Statistic and interval in units of what is flagged: 0 without the fault, 1 at the edge. */
  readonly place: number;
  readonly placeLow: number;
  readonly placeHigh: number;
  readonly problem: boolean;
  readonly checked: boolean;
  /** What is said of rows not checked that this one stands for; empty where it stands for itself. */
  readonly folded: string;
  /** The rows without a problem, itself among them, that share its place in the figure; empty for none. */
  readonly together: readonly AuditPlotRow[];
}

const numbers = ["statistic", "null_mean", "null_high", "p_adjusted", "conf_low", "conf_high"] as const;
const texts = ["challenge", "check", "item", "compared", "measure", "verdict", "reason"] as const;

/** Reads an audit's table, checked, as rows to draw: those of one challenge stand together. */
export function auditRowsOf(action: string, table: Table): AuditPlotRow[] {
  checkDrawn(action, table, {
    argument: "audit",
    columns: ["check", "item", "verdict", ...numbers],
    from: "it is a table of auditFiveChallenges or of one of its checks, such as checkAcquiescence",
  });
  checkRows(action, table, "audit");
  const text = readTexts(table, texts);
  const number = readNumbers(table, numbers);
  const rows = text.check.map((check, row): AuditPlotRow => {
    const scale = { from: number.null_mean[row]!, to: number.null_high[row]! };
    // An interval may run against the scale, where smaller is worse.
    const ends = [number.conf_low[row]!, number.conf_high[row]!].map((end) => placeOf(end, scale));
    return {
      challenge: text.challenge[row]!,
      check,
      item: text.item[row]!,
      compared: text.compared[row]!,
      measure: text.measure[row]!,
      statistic: number.statistic[row]!,
      low: number.conf_low[row]!,
      high: number.conf_high[row]!,
      pAdjusted: number.p_adjusted[row]!,
      verdict: text.verdict[row]!,
      reason: text.reason[row]!,
      place: placeOf(number.statistic[row]!, scale),
      placeLow: Math.min(...ends),
      placeHigh: Math.max(...ends),
      problem: text.verdict[row] === "problem found",
      checked: text.verdict[row] !== "not checked",
      folded: "",
      together: [],
    };
  });
  return [...Map.groupBy(rows, ({ challenge }) => challenge).values()].flat();
}

/** Where a value stands between that of a respondent without the fault (0) and what is flagged (1). */
function placeOf(value: number, { from, to }: { from: number; to: number }): number {
  if (Number.isNaN(value) || Number.isNaN(from)) return NaN;
  if (value === from) return 0;
  const unit = to - from;
  if (Number.isNaN(unit) || unit === 0) {
    return Number.isFinite(value) && Number.isNaN(unit) ? NaN : sign(value - from);
  }
  return (value - from) / unit;
}

function sign(distance: number): number {
  return distance > 0 ? Infinity : -Infinity;
}

/** The ends of the axis: as far as the places reach, but no further than five units; grey band and some room always. */
export function auditDomain(rows: readonly AuditPlotRow[]): [number, number] {
  const places = rows.filter(({ checked }) => checked)
    .flatMap(({ place, placeLow, placeHigh }) => [place, placeLow, placeHigh]).filter((place) =>
      !Number.isNaN(place)
    );
  return [Math.max(-5, Math.min(-1.6, ...places) - 0.2), Math.min(5, Math.max(1.6, ...places) + 0.2)];
}
