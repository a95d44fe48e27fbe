import { column, readOptions } from "../../core/options.ts";
import { pickOutcome, recordedReference } from "../../core/study.ts";
import { groupRows, type Table } from "../../core/table.ts";
import { sum } from "../../stats/moments.ts";
import { checkDrawn, firstFew, textsIn } from "../drawn_table.ts";
import { type Figure, type FigureOptions, figureRules } from "../figure.ts";
import { writePercent } from "../numbers.ts";
import { colours, type Look, looks } from "../palette.ts";
import { rectangleMark } from "../svg.ts";
import { drawRows } from "./draw_rows.ts";

/** How missing answers are drawn; see {@linkcode plotAttrition}. */
export interface PlotAttritionOptions extends FigureOptions {
  /**
   * The item whose answers are counted.
   * @default {undefined} the answers to all items
   */
  outcome?: string;
}

const action = "plot attrition";

/** Ways in which answers are missing, kinds of refusal in shades of one colour and kinds of cut in those of another. */
const looksOfWays = new Map<string, Look>(
  Object.entries({
    "refused (filter)": "#7a2e00",
    "refused (field)": "#c04a00",
    "refused (words)": "#f0a060",
    "refused": "#c04a00",
    "unparsed": "#0072b2",
    "truncated (thought)": "#5c2552",
    "truncated (answer)": "#c58bb8",
    "truncated": "#8f4580",
    "empty": "#80868e",
    "failed": colours.ink,
  }).map(([way, colour]) => [way, { colour, symbol: "square" }]),
);

/**
 * Draws which share of each arm's answers is missing, and in which way: refused (by the provider's filter, in the refusal
 * field, in words), not readable, cut in the thought or the answer, empty, failed.
 *
 * Shares are of all answers, each counted once. Whether arms differ by more than chance is for `checkAttrition` to say.
 *
 * @param answers one row per answer: `arm`, `status`, and where present `status_detail`
 * @param options see {@linkcode PlotAttritionOptions}
 * @returns a {@linkcode Figure}
 * @throws {RangeError} if a column or the item is missing, or the table is empty
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { plotAttrition } from "@understudy/understudy/plots";
 *
 * const answered = { arm: "threat", status: "answered", status_detail: "" };
 * const answers = tableOf([answered, { arm: "threat", status: "refused", status_detail: "words" }]);
 * assertStringIncludes(plotAttrition(answers).summary, "threat 50% of 2 (refused (words) 1)");
 * ```
 */
export function plotAttrition(answers: Table, options: PlotAttritionOptions = {}): Figure {
  const { outcome, ...asked } = readOptions(action, options, { ...figureRules, outcome: column });
  const from = "it is a table of answers, such as runExperiment returns";
  checkDrawn(action, { answers }, { columns: ["arm", "status"], from });
  const table = outcome === undefined ? answers : pickOutcome(action, answers, outcome);
  const [statuses, details] = ["status", "status_detail"].map((name) => textsIn(table, name));
  const first = recordedReference(table) ?? "control";
  const sorted = [...groupRows(textsIn(table, "arm"))]
    .sort(([a], [b]) => Number(b === first) - Number(a === first) || (a < b ? -1 : 1));
  const arms = sorted.map(([arm, rows]) => {
    const counted = groupRows(rows.map((row) => {
      const [status, way] = [statuses![row]!, `${statuses![row]} (${details![row]})`];
      return [way, status].find((name) => looksOfWays.has(name) || name === "answered") ?? "failed";
    }));
    const parts = [...looksOfWays].map(([way, look]) => ({ way, look, n: counted.get(way)?.length ?? 0 }))
      .filter(({ n }) => n > 0);
    const list = (name: (way: string) => string) =>
      [...Map.groupBy(parts, ({ way }) => name(way))].map(([way, own]) =>
        `${way} ${sum(own.map(({ n }) => n))}`
      )
        .join(", ");
    const missing = sum(parts.map(({ n }) => n));
    const value = `${writePercent(missing / rows.length)} of ${rows.length}`;
    const told = parts.length === 0 ? `${arm} ${value}` : `${arm} ${value} (${list((way) => way)})`;
    return { arm, parts, value, told, note: list((way) => way.split(" ")[0]!), missing, size: rows.length };
  });
  return drawRows({
    table: answers,
    asked,
    title: "Which answers are missing in each arm?",
    subtitle: outcome === undefined ? "Answers to all questions" : `Answers to ${outcome}`,
    panels: [{
      axis: "share of the arm's answers",
      rows: arms.map(({ arm, parts, value, note, size }) => ({
        ...{ label: arm, value, note, look: looks.ink, drawn: parts.map(({ look }) => look) },
        draw: ({ scale, middle }) => {
          let end = 0;
          return parts.map(({ look, n }) => {
            const [x1, x2] = [scale.at(end), scale.at(end += n / size)];
            const corners = { x1, x2, y1: middle - 10, y2: middle + 10 };
            return rectangleMark(corners, { fill: look.colour, stroke: colours.card });
          });
        },
      })),
      domain: [0, Math.min(1, Math.max(0.05, ...arms.map(({ missing, size }) => 1.06 * missing / size)))],
      zero: { value: 0 },
      ticks: { format: (share) => writePercent(share) },
    }],
    valueHead: ["missing", "in which way"],
    key: [...looksOfWays].map(([text, look]) => ({ look, text })),
    notes: ["Whether arms differ by more than chance, in each way: checkAttrition."],
    summary: `${firstFew(arms.map(({ told }) => told), 4)}.`,
  });
}
