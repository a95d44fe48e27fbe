import { cannot, checkOptions, checkWhole, isTable, type Table } from "../core/mod.ts";
import { describeDrawn } from "./check_drawn.ts";
import { drawRows } from "./draw_rows.ts";
import { Figure } from "./figure.ts";
import { decimalsOf, domainOf, firstFew } from "./figure_text.ts";
import { colours, sizes } from "./palette.ts";
import { panelHeads } from "./repair_heads.ts";
import { growFoot, growStrips, heightOfLabels, runDomain, wrapRunLabels } from "./repair_layout.ts";
import { repairMarks, runMarks, type StripFrame } from "./repair_marks.ts";
import { type RepairRecord, type RepairStrips, repairStripsOf, type Strip } from "./repair_strips.ts";
import { repairTexts, runSentences, type StripDecimals, stripTexts } from "./repair_texts.ts";
import { layOutRows } from "./row_layout.ts";

/** How a repair is drawn; see {@linkcode plotRepair}. */
export interface PlotRepairOptions {
  /**
   * The true effect where it is known (in a world), or one for each term.
   *
   * @default none
   */
  truth?: number | { readonly [term: string]: number };
  /**
   * The sentence above the figure; ask what was checked, do not say what was found.
   *
   * @default a question about the people
   */
  title?: string;
  /**
   * A second sentence, in smaller print.
   *
   * @default what the panels show
   */
  subtitle?: string;
  /**
   * What a unit of the effect is.
   *
   * @default "in units of the outcome"
   */
  unit?: string;
  /**
   * The width in pixels, 320 to 2000. Below 540 the values stand below the labels.
   *
   * @default 640
   */
  width?: number;
}

const action = "plot a repair";
const headHeight = 16;

/**
 * Draws a repair: the drift of every negative control and the effect, step by step.
 *
 * For the record of `repairDrift` (runs follow one another, labelled with what each added) or of `compareRepairs` (runs
 * side by side). The upper panel has a strip for each control, all of a measure on one scale: a grey band up to the 95%
 * point of what chance alone gives, a dashed line at the margin where there is one, and the observed distance. The lower panel has the effect with its interval, and the truth
 * as a dashed line where it is known. Under each run stands its verdict.
 *
 * @param repair from `repairDrift` or `compareRepairs`
 * @param options see {@linkcode PlotRepairOptions} (defaults there)
 * @returns a {@linkcode Figure}; its table is the repair's table of iterations (or of repairs)
 * @throws {TypeError} if `repair` is no such record
 * @throws {RangeError} if a column is missing, or `truth` names a term that is not there
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { repairDrift } from "@understudy/understudy/drift";
 * import { plotRepair } from "@understudy/understudy/plots";
 *
 * const rows = Array.from({ length: 80 }, (_, i) => i);
 * const repair = await repairDrift(
 *   ({ attributes }) =>
 *     Promise.resolve(tableOf({
 *       persona_id: rows,
 *       arm: rows.map((i) => i < 40 ? "control" : "threat"),
 *       newspaper: rows.map((i) => i % 2 === 0 || (attributes.length === 0 && i > 50) ? "right" : "left"),
 *     })),
 *   { candidates: ["party"], steer: "newspaper" },
 * );
 * assertStringIncludes(plotRepair(repair).summary, "base persona: drift remains (newspaper)");
 * ```
 */
export function plotRepair(repair: RepairRecord, options: PlotRepairOptions = {}): Figure {
  const table = checkRecord(repair, options);
  const strips = repairStripsOf(action, repair, { truth: options.truth });
  const scales = scalesOf(strips);
  const decimals = new Map(
    [...scales].map((
      [measure, scale],
    ) => [measure, measure === "effect" ? decimalsOf(scale) : scale[1] < 0.1 ? 3 : 2]),
  );
  const { layout, texts, labels } = layOut(repair, strips, decimals, options);
  const frame: StripFrame = { layout, domain: runDomain(strips.runs.length, layout), scales };
  const told = runSentences(strips, decimals);
  const svg = drawRows({
    layout,
    domain: frame.domain,
    rowColours: strips.strips.map((strip) => valueColour(strip, strips.ordered)),
    marks: [
      ...repairMarks(strips, frame),
      ...panelHeads(strips, layout, options.unit ?? "in units of the outcome"),
      ...(labels === null ? [] : runMarks(strips, labels, frame)),
    ],
    ticks: { at: strips.runs.map((_, run) => run), format: (run) => labels === null ? String(run) : "" },
    title: texts.title,
    description: `${told.join("; ")}. ${texts.notes.join(" ")}`,
  });
  return new Figure({ svg, summary: `${texts.title} ${firstFew(told, 6)}.`, table });
}

function checkRecord(repair: unknown, options: PlotRepairOptions): Table {
  checkOptions(action, options, ["truth", "title", "subtitle", "unit", "width"]);
  checkWhole(action, "width", options.width ?? 640, 320, 2000);
  const record = repair as { [part in "iterations" | "repairs" | "drift" | "effects"]?: unknown } | null;
  const table = record?.iterations ?? record?.repairs;
  if (!isTable(table) || !isTable(record?.drift) || !isTable(record?.effects)) {
    const rule =
      "be the result of repairDrift or compareRepairs, as in plotRepair(await repairDrift(run, { … }))";
    throw new TypeError(
      isTable(repair)
        ? `Cannot ${action} as 'repair' must ${rule}: it is a table; ${describeDrawn(repair)}`
        : cannot(action, "repair", rule, repair),
    );
  }
  return table;
}

/** The colour of a strip's numbers: that of the last run, where runs follow one another. */
function valueColour({ points }: Strip, ordered: boolean): string {
  if (!ordered) return colours.ink;
  return points.at(-1)!.departs ? colours.departs : colours.agrees;
}

/** One axis for all strips of a measure, and one for all effects. */
function scalesOf({ strips }: RepairStrips): StripFrame["scales"] {
  const groups = Map.groupBy(strips, ({ measure }) => measure);
  return new Map([...groups].map(([measure, own]) => {
    const points = own.flatMap((strip) => strip.points);
    return [
      measure,
      own[0]!.kind === "drift"
        ? domainOf([0, ...points.flatMap(({ value, nullHigh, margin }) => [value, nullHigh, margin])], {
          from: 0,
        })
        : domainOf([
          0,
          ...own.map(({ truth }) => truth),
          ...points.flatMap(({ value, low, high }) => [value, low, high]),
        ]),
    ];
  }));
}

/** The labels of the runs and of their verdicts, line by line; `null` where there is no room under the axis. */
type RunLabels = { names: string[][]; verdicts: string[][] } | null;

function layOut(
  repair: RepairRecord,
  strips: RepairStrips,
  decimals: StripDecimals,
  options: PlotRepairOptions,
) {
  const rows = stripTexts(strips, decimals);
  const set = (listed: boolean) => {
    const texts = repairTexts(strips, options, { effects: repair.effects, listed });
    return { texts, layout: layOutRows(texts, rows, { width: options.width ?? 640, headHeight }) };
  };
  const wide = set(false);
  const names = wrapRunLabels(strips.runs.map(({ text }) => text), wide.layout);
  const verdicts = wrapRunLabels(strips.runs.map(({ verdict }) => verdict), wide.layout);
  if (names === null || verdicts === null) {
    const { texts, layout } = set(true);
    return { texts, layout: growStrips(layout, rows, strips.strips), labels: null as RunLabels };
  }
  // One line is there already: that of an axis' numbers.
  const extra = heightOfLabels(names) + heightOfLabels(verdicts) - sizes.detail;
  const layout = growFoot(growStrips(wide.layout, rows, strips.strips), extra);
  return { texts: wide.texts, layout, labels: { names, verdicts } as RunLabels };
}
