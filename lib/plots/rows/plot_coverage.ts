import { readOptions } from "../../core/options.ts";
import { distinct, type Table } from "../../core/table.ts";
import { checkDrawn, drawnRows, intervalName, joinVarying, labelsOf } from "../drawn_table.ts";
import { type Figure, type StackedFigureOptions, stackedRules } from "../figure.ts";
import { domainOf, writeInterval, writeShort } from "../numbers.ts";
import { looks } from "../palette.ts";
import type { PlotRow } from "./row.ts";
import { drawRows } from "./draw_rows.ts";

const action = "plot coverage";

/**
 * Draws how often intervals hold the truth in simulations, with Monte-Carlo intervals and a line where it should be.
 *
 * For the tables of `diagnoseDesign` and `diagnoseSimulations`; several are compared by stacking them with a `label` column.
 * A coverage whose Monte-Carlo interval leaves out the nominal level is drawn in another colour and shape and says so.
 *
 * @param diagnosis one row per diagnosand; the rows of `coverage` are drawn
 * @param options see {@linkcode StackedFigureOptions}
 * @returns a {@linkcode Figure}
 * @throws {RangeError} if a column is missing or no row is of coverage
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { plotCoverage } from "@understudy/understudy/plots";
 *
 * const same = { diagnosand: "coverage", nominal: 0.95 };
 * const figure = plotCoverage(tableOf([
 *   { ...same, label: "ideology left out", value: 0.02, conf_low: 0.01, conf_high: 0.06 },
 *   { ...same, label: "ideology stated", value: 0.95, conf_low: 0.91, conf_high: 0.98 },
 * ]));
 * assertStringIncludes(figure.summary, "ideology left out 0.02 [0.01, 0.06], too rarely");
 * ```
 */
export function plotCoverage(diagnosis: Table, options: StackedFigureOptions = {}): Figure {
  const { unit, label, ...asked } = readOptions(action, options, stackedRules);
  checkDrawn(action, { diagnosis }, {
    columns: ["diagnosand", "value", "conf_low", "conf_high", "nominal"],
    from: "it is a table of diagnoseDesign or diagnoseSimulations",
    label,
  });
  const labels = labelsOf(diagnosis, label);
  const texts = ["diagnosand", "arm", "term", "outcome", "estimator", "reason"] as const;
  const all = drawnRows(diagnosis, texts, ["value", "conf_low", "conf_high", "nominal", "n"])
    .map((row, place) => ({ ...row, label: labels[place]! }));
  const read = all.filter(({ diagnosand }) => diagnosand === "coverage");
  if (read.length === 0) {
    const names = distinct(all.map(({ diagnosand }) => diagnosand)).join(", ");
    throw new RangeError(`Cannot ${action} as 'diagnosis' has no coverage: its diagnosands are ${names}`);
  }
  const interval = intervalName(diagnosis);
  const labelled = labels.some((one) => one !== "");
  const named = labelled ? ["arm", "outcome", "estimator"] as const : ["outcome", "estimator"] as const;
  const details = named.map((name) => read.map((row) => row[name]));
  const known = (name: "nominal" | "n") =>
    distinct(read.map((row) => row[name])).filter((n) => !Number.isNaN(n));
  const [levels, counts] = [known("nominal"), known("n")];
  const reach = read.flatMap((row) => [row.value, row.conf_low, row.conf_high]);
  const [low, high] = domainOf([...levels, ...reach]);
  const from = counts.length === 1 ? `, from ${counts[0]} simulations` : "";
  return drawRows({
    table: diagnosis,
    asked,
    title: "How often intervals hold the truth",
    panels: [{
      axis: unit ?? "share of simulations whose interval holds the truth",
      rows: read.map((row, place): PlotRow => {
        const { value, conf_low: low, conf_high: high, nominal, reason } = row;
        const departs = low > nominal || high < nominal;
        const known = !Number.isNaN(value);
        const verdict = departs ? value < nominal ? "too rarely" : "too often" : "as stated";
        return {
          label: labelled ? row.label : row.arm || row.term || "estimate",
          detail: joinVarying(details, place),
          points: [{ value, low, high }],
          value: known ? writeInterval(value, low, high, 2) : undefined,
          note: known && !Number.isNaN(nominal) ? verdict : "",
          look: departs ? looks.departs : known ? looks.plain : looks.ring,
          dashes: [nominal],
          reason,
        };
      }),
      // Shares end at 0 and 1, with room for a point there.
      domain: [Math.max(-0.01, low), Math.min(1.01, high)],
    }],
    valueHead: ["coverage", `[${interval}]`],
    key: [
      { look: "dashed", text: `should be ${levels.map((level) => writeShort(level, 4)).join(", ")}` },
      { look: looks.departs, text: "interval leaves it out" },
    ],
    notes: [
      `Brackets: ${interval} of the Monte-Carlo error${from}.`,
      "Simulated respondents, whose truth is known.",
    ],
    missing: "not known",
  });
}
