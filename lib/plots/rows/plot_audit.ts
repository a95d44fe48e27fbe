import { readOptions } from "../../core/options.ts";
import { distinct, type Table } from "../../core/table.ts";
import { verdictKey } from "../card.ts";
import { capitalised, checkDrawn, drawnRows, firstFew, intervalName, joinTexts } from "../drawn_table.ts";
import { type AxisFigureOptions, axisRules, type Figure } from "../figure.ts";
import { writeInterval, writeNumber, writeP } from "../numbers.ts";
import { lookOfVerdict, looks } from "../palette.ts";
import type { PlotRow } from "./row.ts";
import { drawRows, remarksOn } from "./draw_rows.ts";

const action = "plot an audit";

/** Of how many checked rows on those without a problem stand together: as many fit on a page. */
const manyRows = 16;

/**
 * Draws an audit: every check as a row, its statistic and interval against what is not flagged.
 *
 * For the table of `auditFiveChallenges`, and of any single check. Each check is drawn in units of its own: 0 is a
 * respondent without the fault (`null_mean`), 1 the edge beyond which the check by itself is flagged (`null_high`), grey
 * what lies between; the numbers on the right are the statistics. What lies beyond five units ends there, a value as a
 * triangle. Colour and shape follow the verdict, adjusted for the number of checks. Checks of which nothing could be told
 * are counted for each challenge; of more than 16 others those without a problem share a row.
 *
 * @param audit one row per check: `check`, `item`, `statistic`, `null_mean`, `null_high`, `p_adjusted`, `conf_low`,
 *   `conf_high`, `verdict`, and where present `challenge`, `compared`, `measure`, `reason`, `basis`
 * @param options see {@linkcode AxisFigureOptions}
 * @returns a {@linkcode Figure}
 * @throws {RangeError} if a column is missing or the table is empty
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { plotAudit } from "@understudy/understudy/plots";
 * import { tableOf } from "@understudy/understudy/core";
 *
 * const check = { challenge: "sycophancy", check: "acquiescence", item: "trust", statistic: 0.6 };
 * const found = { null_mean: 0, null_high: 0.2, p_adjusted: 0.0001, conf_low: 0.4, conf_high: 0.8, verdict: "found" };
 * const { summary } = plotAudit(tableOf([{ ...check, ...found }]));
 * assertStringIncludes(summary, "sycophancy, acquiescence, trust 0.60 [0.40, 0.80]");
 * ```
 */
export function plotAudit(audit: Table, options: AxisFigureOptions = {}): Figure {
  const { unit, ...asked } = readOptions(action, options, axisRules);
  const checks = readChecks(audit);
  const [told, open] = partition(checks);
  const gathered = told.length > manyRows;
  const found = told.filter(({ found }) => found);
  const list = firstFew(found.map(({ name, value }) => `${name} ${value}`), 4);
  const challenges = [...Map.groupBy(checks, ({ challenge }) => challenge)];
  return drawRows({
    table: audit,
    asked,
    title: "Does the model answer as people do?",
    subtitle: "Beside each challenge: problems found of checks made",
    panels: [{
      axis: unit ?? "0: a respondent without the fault, ±1: the edge of what is flagged",
      rows: challenges.flatMap(([challenge, own]) =>
        fold(own, gathered).map((row) => ({ ...row, group: headingOf(challenge, own) }))
      ),
      domain: domainOfChecks(told),
      ticks: { at: units, format: (unit) => writeNumber(unit, 0) },
      zero: { value: 0 },
    }],
    valueHead: [`value [${intervalName(audit)}]`, "what it is, adjusted p"],
    key: [{ look: "band", text: "not flagged" }, ...verdictKey],
    notes: [
      ...remarksOn(open.map(({ check: name, why }) => ({ what: "cannot tell", name, reason: why }))),
      told.some(({ points }) => Math.abs(points[0].value) > furthest) ? "Triangles lie beyond the axis." : "",
      gathered
        ? "Checks that share a row: the numbers are of the one nearest to the edge of what is flagged."
        : "",
    ],
    missing: "cannot tell",
    summary: `Problems in ${found.length} of ${told.length} checks${found.length === 0 ? "" : `: ${list}`}.`,
  });
}

type Check = ReturnType<typeof readChecks>[number];

const texts = ["challenge", "check", "item", "compared", "measure", "verdict", "reason"] as const;
const numbers = ["statistic", "null_mean", "null_high", "p_adjusted", "conf_low", "conf_high"] as const;

/** Reads an audit, checked; points are in units of what is flagged: 0 without the fault, 1 at the edge. */
function readChecks(table: Table) {
  checkDrawn(action, { audit: table }, {
    columns: ["check", "item", "verdict", ...numbers],
    from: "it is a table of auditFiveChallenges or of one of its checks, such as checkAcquiescence",
  });
  return drawnRows(table, texts, numbers).map((own) => {
    const { challenge, check, item, compared, measure, verdict, statistic, conf_low, conf_high } = own;
    const [value, ...ends] = [statistic, conf_low, conf_high].map((value) =>
      placeOf(value, own.null_mean, own.null_high)
    ) as [number, number, number];
    // What the label or the heading says already is not said again.
    const told = item === "" || check === item || (check === challenge && compared !== "");
    const open = verdict === "cannot tell";
    const written = writeInterval(statistic, conf_low, conf_high, Math.abs(statistic) >= 100 ? 0 : 2);
    return {
      challenge,
      check,
      name: joinTexts([challenge, check, item]),
      found: verdict === "found",
      // Nothing could be told.
      open,
      why: own.reason,
      label: item === "" ? check : item,
      detail: told ? compared : joinTexts([check, compared], ": "),
      value: open ? verdict : written,
      note: open ? "" : joinTexts([measure, writeP(own.p_adjusted)], "; "),
      look: lookOfVerdict(verdict),
      // An interval may run against the scale, where smaller is worse.
      points: [{ value: open ? NaN : value, low: Math.min(...ends), high: Math.max(...ends) }] as const,
      band: open ? { low: NaN, high: NaN } : flagged,
    };
  });
}

const flagged = { low: -1, high: 1 };
/** How far the axis reaches. */
const furthest = 5;
const units = Array.from({ length: 2 * furthest + 1 }, (_, unit) => unit - furthest);

/** Where a value stands between that of a respondent without the fault (0) and what is flagged (1). */
function placeOf(value: number, from: number, to: number): number {
  if (Number.isNaN(value) || Number.isNaN(from)) return NaN;
  if (value === from) return 0;
  const unit = to - from;
  if (unit !== 0 && !Number.isNaN(unit)) return (value - from) / unit;
  return Number.isFinite(value) && Number.isNaN(unit) ? NaN : value > from ? Infinity : -Infinity;
}

/** The ends of the axis: as far as the places reach, but no further than five units; grey band and some room always. */
function domainOfChecks(checks: readonly Check[]): [number, number] {
  const ends = checks.flatMap(({ points: [{ value, low, high }] }) => [value, low, high])
    .filter((place) => !Number.isNaN(place));
  const [low, high] = [Math.min(-1.6, ...ends) - 0.2, Math.max(1.6, ...ends) + 0.2];
  return [Math.max(-furthest, low), Math.min(furthest, high)];
}

/** The checks of which something could be told, and the others. */
function partition(checks: readonly Check[]): [told: Check[], open: Check[]] {
  return [checks.filter(({ open }) => !open), checks.filter(({ open }) => open)];
}

/** A challenge with the problems found and the checks made: `Diversity: 2 of 5`; empty for a single check's table. */
function headingOf(challenge: string, checks: readonly Check[]): string {
  const [told] = partition(checks);
  const name = capitalised(challenge);
  if (challenge === "" || told.length === 0) return name;
  return `${name}: ${told.filter(({ found }) => found).length} of ${told.length}`;
}

/** The rows of one challenge: those kept by themselves, and one for those of which nothing could be told. */
function fold(checks: readonly Check[], gathered: boolean): PlotRow[] {
  const [told, open] = partition(checks);
  const names = distinct(open.map(({ check }) => check)).join(", ");
  const rest = { label: `${open.length} cannot tell`, detail: names, value: "", look: looks.ring };
  return [...gathered ? gatherFine(told) : told, ...open.length === 0 ? [] : [rest]];
}

/** Checks without a problem share a row, which tells the one nearest to what is flagged. */
function gatherFine(checks: readonly Check[]): PlotRow[] {
  return [...Map.groupBy(checks, ({ check }) => check)].flatMap(([check, group]): PlotRow[] => {
    const fine = group.filter(({ found }) => !found);
    if (fine.length < 2) return group;
    const distance = ({ points: [{ value }] }: Check) => Number.isNaN(value) ? -1 : Math.abs(value);
    const nearest = fine.reduce((most, own) => distance(own) > distance(most) ? own : most);
    return [...group.filter(({ found }) => found), {
      label: check,
      detail: `${fine.length} without a problem found`,
      value: nearest.value,
      note: `${nearest.label}: nearest to the edge`,
      look: looks.unproven,
      points: fine.map(({ points: [{ value }], look }) => ({ value, look })),
      band: flagged,
    }];
  });
}
