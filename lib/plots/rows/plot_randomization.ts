import { cannot } from "../../core/errors.ts";
import { readOptions } from "../../core/options.ts";
import { distinct, type Table } from "../../core/table.ts";
import { checkDrawn, drawnRows, joinVarying, namesIn, onlyOne, textsIn } from "../drawn_table.ts";
import { type AxisFigureOptions, axisRules, type Figure } from "../figure.ts";
import { decimalsOf, domainOf, writeNumber, writeP } from "../numbers.ts";
import { colours, type Look, looks } from "../palette.ts";
import { dotMark, lineMark, type Mark, rectangleMark } from "../svg.ts";
import type { PlotRow, RowPlace } from "./row.ts";
import { drawRows } from "./draw_rows.ts";

const action = "plot randomization";
const testNames: { readonly [test: string]: string } = {
  studentized: "difference in standard errors",
  rank: "difference in mean ranks",
  kolmogorov_smirnov: "distance of distributions",
  adjusted: "adjusted difference",
};
const extremeLook: Look = { ...looks.plain, symbol: "square" };
const otherLook: Look = { colour: colours.bandTick, symbol: "square" };

/**
 * Draws what a statistic would have been under the other assignments, with the observed value as a line.
 *
 * For the table of `sampleRandomizations`: one histogram for each outcome and arm, assignments at least as extreme as the
 * observed one in colour; their share is the p-value. Several tables are compared by stacking them with a `label` column.
 *
 * @param randomizations one row per assignment: `arm`, `statistic`, `observed`, and where present `label`, `outcome`,
 *   `test`, `alternative`, `p_value`, `exact`, `basis`
 * @param options see {@linkcode AxisFigureOptions}
 * @returns a {@linkcode Figure}
 * @throws {RangeError} if a column is missing or the table is empty
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { sampleRandomizations } from "@understudy/understudy/estimation";
 * import { plotRandomization } from "@understudy/understudy/plots";
 *
 * const villages = tableOf({ arm: [1, 0, 0, 0, 0, 0, 1], budget: [15, 15, 20, 20, 10, 15, 30] });
 * const figure = plotRandomization(sampleRandomizations(villages, { outcome: "budget" }));
 * assertStringIncludes(figure.summary, "1 6.5, p = .381");
 * ```
 */
export function plotRandomization(randomizations: Table, options: AxisFigureOptions = {}): Figure {
  const { unit, ...asked } = readOptions(action, options, axisRules);
  const read = readDistributions(randomizations);
  const domain = domainOf([0, ...read.flatMap(({ observed, draws }) => [observed, ...draws])]);
  const decimals = decimalsOf(domain);
  const test = onlyOne(randomizations, "test", "statistic");
  const said = testNames[test] ?? test.replaceAll("_", " ");
  const outcome = namesIn(randomizations, "outcome").join(", ") || "the outcome";
  const counts = read.map(({ exact, draws }) =>
    `${exact ? "all" : ""} ${draws.length}${exact ? "" : " random"}`.trim()
  );
  return drawRows({
    table: randomizations,
    asked,
    title: `What random assignment alone does to ${outcome}`,
    panels: [{
      axis: unit ?? `${said} under each assignment, if the arm had changed nobody's answer`,
      domain,
      rows: read.map((own): PlotRow => ({
        label: own.label,
        detail: own.detail,
        value: writeNumber(own.observed, decimals),
        note: writeP(own.p),
        look: looks.ink,
        drawn: [extremeLook, otherLook],
        height: read.length === 1 ? 114 : 58,
        draw: (place) => histogramMarks(own, place),
      })),
    }],
    valueHead: ["observed", "p-value"],
    key: [
      { look: looks.ink, text: "observed" },
      { look: extremeLook, text: "assignments at least as extreme: their share is the p-value" },
      { look: otherLook, text: "other assignments" },
    ],
    notes: [`Gone through: ${distinct(counts).join("; ")} assignments.`],
  });
}

/** Reads distributions, checked: of each outcome, arm and statistic under every assignment, and as observed. */
function readDistributions(table: Table) {
  checkDrawn(action, { randomizations: table }, {
    columns: ["arm", "statistic", "observed"],
    from:
      "it is a table of sampleRandomizations, as in plotRandomization(sampleRandomizations(answers, { outcome }))",
  });
  const texts = ["label", "outcome", "arm", "test", "alternative", "exact"] as const;
  const rows = drawnRows(table, texts, ["statistic", "observed", "p_value"])
    .map((row, place) => ({ ...row, place }));
  const names = ["arm", "outcome", "test", "basis"].map((name) => textsIn(table, name));
  const groups = Map.groupBy(rows, ({ label, outcome, arm, test }) => [label, outcome, arm, test].join("\n"));
  return [...groups.values()].map((own) => {
    const { label, arm, alternative, exact, observed, p_value: p, place } = own[0]!;
    const values = distinct(own.map((row) => row.observed));
    if (values.length > 1) {
      const rule = "hold one value for each outcome, arm and test";
      throw new RangeError(cannot(action, "observed", rule, values));
    }
    const draws = own.map(({ statistic }) => statistic).filter(Number.isFinite);
    return {
      label: label === "" ? arm : label,
      detail: joinVarying(label === "" ? names.slice(1) : names, place),
      draws,
      observed,
      p,
      exact: exact === "true",
      isExtreme: extremeOf(alternative, observed, draws),
    };
  });
}

type Distribution = ReturnType<typeof readDistributions>[number];

/** At least as extreme, in the words of `checkSharpNull`; equal up to rounding counts. */
function extremeOf(alternative: string, observed: number, draws: readonly number[]) {
  const near = 1e-9 * Math.max(Math.abs(observed), ...draws.slice(0, 1000).map(Math.abs));
  const mean = draws.reduce((sum, draw) => sum + draw / draws.length, 0);
  const above = (value: number) => value >= observed - near;
  const below = (value: number) => value <= observed + near;
  if (alternative === "greater") return above;
  if (alternative === "less") return below;
  if (alternative.includes("smaller tail")) return observed >= mean ? above : below;
  const centre = alternative.includes("mean") ? mean : 0;
  return (value: number) => Math.abs(value - centre) >= Math.abs(observed - centre) - near;
}

/** Draws a histogram, within a bin the extreme assignments below the others, and the observed value as a line. */
function histogramMarks({ draws, observed, isExtreme }: Distribution, place: RowPlace): Mark[] {
  const { scale, top, bottom } = place;
  const [left, right] = scale.range;
  const [base, height] = [bottom - 6, bottom - top - 20];
  const bins = Math.max(12, Math.min(48, Math.floor((right - left) / 7)));
  const counts = Array.from({ length: bins }, () => ({ all: 0, extreme: 0 }));
  for (const draw of draws) {
    const part = (scale.at(draw) - left) / (right - left);
    const bin = counts[Math.min(bins - 1, Math.max(0, Math.floor(part * bins)))]!;
    bin.all++;
    if (isExtreme(draw)) bin.extreme++;
  }
  const most = Math.max(1, ...counts.map(({ all }) => all));
  const bars = counts.flatMap((count, bin) => {
    const [x1, x2] = [bin, bin + 1].map((edge) => left + edge / bins * (right - left)) as [number, number];
    const middle = base - count.extreme / most * height;
    return [
      { x1, x2: x2 - 0.5, y1: middle, y2: base, fill: extremeLook.colour },
      { x1, x2: x2 - 0.5, y1: base - count.all / most * height, y2: middle, fill: otherLook.colour },
    ].filter(({ y1, y2 }) => y2 > y1);
  });
  const x = scale.at(observed);
  const ink = { stroke: colours.ink, strokeWidth: 2 };
  return [
    ...bars.map(({ fill, ...corners }) => rectangleMark(corners, { fill })),
    lineMark([[left, base], [right, base]], { stroke: colours.axis }),
    ...(Number.isFinite(x)
      ? [lineMark([[x, top + 10], [x, base]], ink), dotMark([x, top + 10], looks.ink, 4)]
      : []),
  ];
}
