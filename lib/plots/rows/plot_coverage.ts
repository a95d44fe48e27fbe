import { readOptions } from "../../core/options.ts";
import { distinct, type Table } from "../../core/table.ts";
import { checkDrawn, intervalName, joinVarying, labelsOf, readRows, textsOf } from "../drawn_table.ts";
import { type Figure, type FigureOptions, figureRules, type StackOptions, stackRules } from "../figure.ts";
import { domainOf, writeInterval, writeShort } from "../numbers.ts";
import { looks } from "../palette.ts";
import type { PlotRow } from "./row.ts";
import { drawRows } from "./row_plot.ts";

/** How coverage is drawn; see {@linkcode plotCoverage}. */
export interface PlotCoverageOptions extends FigureOptions, StackOptions {}

const action = "plot coverage";
const rules = { ...figureRules, ...stackRules } as const;

/**
 * Draws how often intervals hold the truth in simulations, with Monte-Carlo intervals and a line where it should be.
 *
 * For the tables of `diagnoseDesign`, `diagnoseEstimator` and `diagnoseSimulations`; several are compared by stacking
 * them with a `label` column. A coverage whose Monte-Carlo interval leaves out the nominal level is drawn in another
 * colour and shape and says so.
 *
 * @param diagnosis one row per diagnosand; the rows of `coverage` are drawn
 * @param options see {@linkcode PlotCoverageOptions}
 * @returns a {@linkcode Figure}
 * @throws {RangeError} if a column is missing or no row is of coverage
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { plotCoverage } from "@understudy/understudy/plots";
 *
 * const diagnosis = tableOf({
 *   label: ["ideology left out", "ideology stated"],
 *   diagnosand: ["coverage", "coverage"],
 *   value: [0.02, 0.95],
 *   conf_low: [0.01, 0.91],
 *   conf_high: [0.06, 0.98],
 *   nominal: [0.95, 0.95],
 * });
 * const figure = plotCoverage(diagnosis);
 * assertStringIncludes(figure.summary, "ideology left out 0.02 [0.01, 0.06], too rarely");
 * ```
 */
export function plotCoverage(diagnosis: Table, options: PlotCoverageOptions = {}): Figure {
  const { label, ...asked } = readOptions(action, options, rules);
  const { rows, simulations } = coverageRows(diagnosis, label);
  const levels = distinct(rows.flatMap(({ dashes = [] }) => dashes.filter(Number.isFinite)));
  const ends = rows.flatMap(({ points = [] }) =>
    points.flatMap(({ value, low, high }) => [value, low!, high!])
  );
  const [low, high] = domainOf([...ends, ...levels]);
  const counted = simulations.length === 1 ? `, from ${simulations[0]} simulations` : "";
  return drawRows({
    table: diagnosis,
    asked,
    title: "How often intervals hold the truth",
    panels: [{
      axis: "share of simulations whose interval holds the truth",
      rows,
      // Shares end at 0 and 1, with room for a point there.
      domain: [Math.max(-0.01, low), Math.min(1.01, high)],
    }],
    valueHead: ["coverage", `[${intervalName(diagnosis)}]`],
    key: [
      { look: "dashed", text: `should be ${levels.map((level) => writeShort(level, 4)).join(", ")}` },
      ...(rows.some(({ look }) => look === looks.departs)
        ? [{ look: looks.departs, text: "interval leaves it out" }]
        : []),
    ],
    notes: [
      `Brackets: ${intervalName(diagnosis)} of the Monte-Carlo error${counted}. ` +
      "Simulated respondents, whose truth is known.",
    ],
    missing: "not known",
  });
}

/** Reads the coverage rows of a diagnosis, checked, and how many simulations they rest on. */
function coverageRows(
  table: Table,
  label: string | undefined,
): { rows: PlotRow[]; simulations: readonly number[] } {
  checkDrawn(action, table, {
    argument: "diagnosis",
    columns: ["diagnosand", "value", "conf_low", "conf_high", "nominal"],
    from: "it is a table of diagnoseDesign, diagnoseEstimator or diagnoseSimulations",
    label,
  });
  const labels = labelsOf(table, label);
  const labelled = labels.some((one) => one !== "");
  const numbers = ["value", "conf_low", "conf_high", "nominal", "n"] as const;
  const all = readRows(table, ["diagnosand", "arm", "reason"], numbers);
  const kept = [...all.keys()].filter((row) => all[row]!.diagnosand === "coverage");
  if (kept.length === 0) {
    const names = distinct(all.map(({ diagnosand }) => diagnosand)).join(", ");
    throw new RangeError(`Cannot ${action} as 'diagnosis' has no coverage: its diagnosands are ${names}`);
  }
  const details = [labelled ? "arm" : "", "outcome", "estimator"].map((name) => {
    const values = textsOf(table, name);
    return kept.map((row) => values[row]!);
  });
  const rows = kept.map((at, place): PlotRow => {
    const { arm, value, conf_low: low, conf_high: high, nominal, reason } = all[at]!;
    const departs = low > nominal || high < nominal;
    const known = !Number.isNaN(value);
    return {
      label: labelled ? labels[at]! : arm || "estimate",
      detail: joinVarying(details, place),
      points: [{ value, low, high }],
      ...(known ? { value: writeInterval(value, low, high, 2) } : {}),
      note: !known || Number.isNaN(nominal)
        ? ""
        : !departs
        ? "as stated"
        : value < nominal
        ? "too rarely"
        : "too often",
      look: departs ? looks.departs : known ? looks.plain : looks.ring,
      dashes: [nominal],
      reason,
    };
  });
  return {
    rows,
    simulations: distinct(kept.map((row) => all[row]!.n).filter((count) => !Number.isNaN(count))),
  };
}
