import { distinct } from "../core/mod.ts";
import type { AuditPlotRow } from "./audit_plot_rows.ts";

/** Which rows of an audit stand by themselves. */
export type AuditRows = "all" | "checked" | "problems";

/** Of how many checked rows on those without a problem stand together: as many fit on a page. */
const manyRows = 16;

/** Each checked row by itself, as long as that fits on a page. */
export function defaultRows(rows: readonly AuditPlotRow[]): AuditRows {
  return rows.filter(({ checked }) => checked).length > manyRows ? "problems" : "checked";
}

/**
 * Folds rows: those of one check without a problem stand together on one row where only problems are kept, and those
 * of a challenge that were not checked are counted on one line.
 */
export function foldRows(rows: readonly AuditPlotRow[], kept: AuditRows): AuditPlotRow[] {
  if (kept === "all") return [...rows];
  return [...Map.groupBy(rows, ({ challenge }) => challenge).values()].flatMap((group) => {
    const checked = group.filter((row) => row.checked);
    const open = group.filter((row) => !row.checked);
    return [...kept === "checked" ? checked : gatherFine(checked), ...foldOpen(open)];
  });
}

function gatherFine(rows: readonly AuditPlotRow[]): AuditPlotRow[] {
  return [...Map.groupBy(rows, ({ check }) => check).values()].flatMap((group) => {
    const fine = group.filter(({ problem }) => !problem);
    const problems = group.filter(({ problem }) => problem);
    if (fine.length < 2) return [...problems, ...fine];
    const nearest = fine.reduce((most, row) => distance(row) > distance(most) ? row : most);
    return [...problems, { ...nearest, together: fine }];
  });
}

function distance({ place }: AuditPlotRow): number {
  return Number.isNaN(place) ? -1 : Math.abs(place);
}

function foldOpen(rows: readonly AuditPlotRow[]): AuditPlotRow[] {
  if (rows.length === 0) return [];
  const names = distinct(rows.map(({ check }) => check)).join(", ");
  return [{ ...rows[0]!, folded: `${rows.length} not checked: ${names}` }];
}
