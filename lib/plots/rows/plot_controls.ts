import { cannot } from "../../core/errors.ts";
import { type ArmOptions, armRules, readOptions, requiredColumns } from "../../core/options.ts";
import { distributionColumn, isDistribution } from "../../core/distribution.ts";
import { findReference, isLong, pickOutcome, recordedReference } from "../../core/study.ts";
import { columnOf, distinct, groupRows, isMissing, isTable, type Table } from "../../core/table.ts";
import { checkDrawn, firstFew, textsIn } from "../drawn_table.ts";
import { type Figure, type FigureOptions, figureRules } from "../figure.ts";
import { writePercent } from "../numbers.ts";
import { looks, series } from "../palette.ts";
import type { PlotRow } from "./row.ts";
import { drawRows } from "./draw_rows.ts";

/** How controls are drawn; see {@linkcode plotControls}. */
export interface PlotControlsOptions extends FigureOptions, ArmOptions {
  /** The negative controls: names of items (long table) or of columns (wide table). */
  controls: string | readonly string[];
}

const action = "plot controls";
const rules = { ...figureRules, ...armRules, controls: requiredColumns } as const;

/** How many categories are drawn of one control; the rest stand together. */
const mostCategories = 8;

/**
 * Draws how negative controls were answered in each arm: each category's share, arm by arm, joined by a line.
 *
 * Shares are of the answers that were given; missing ones are counted below. Whether chance alone gives the differences
 * is for `estimateDrift` and `plotDrift` to say. At most five arms. Categories stand yes before no, by number, as their
 * options were shown, or the most frequent first; of more than eight the last stand together as others. Answers that are
 * probabilities (column `distribution`) count in each category by its probability.
 *
 * @param answers one row per answer (long: `item`, `value`, `status`) or per persona and arm (wide)
 * @param options see {@linkcode PlotControlsOptions} (defaults there)
 * @returns a {@linkcode Figure}
 * @throws {RangeError} if a column, control or arm is not there, or there are more than five arms
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { plotControls, tableOf } from "@understudy/understudy";
 *
 * const arm = ["control", "control", "threat", "threat"];
 * const answers = tableOf({ persona_id: ["p1", "p2", "p3", "p4"], arm, paper: ["left", "right", "right", "right"] });
 * const figure = plotControls(answers, { controls: "paper" });
 * assertStringIncludes(figure.summary, "paper: right 50% v. 100%, left 50% v. 0%");
 * ```
 */
export function plotControls(answers: Table, options: PlotControlsOptions): Figure {
  const { arm, reference, controls: named, ...asked } = readOptions(action, options, rules);
  const names = [named].flat();
  checkDrawn(action, { answers }, {
    columns: [arm, ...isTable(answers) && isLong(answers) ? [] : names],
    from: "it is a table of answers, such as runExperiment returns, or a wide one",
  });
  const arms = armsOf(answers, arm, reference);
  const controls = names.map((name) => countAnswers(answers, name, [arm, arms]));
  const told = controls.map(({ name, categories }) => {
    const parts = categories.map(({ label, shares }) => `${label} ${shares.map(percent).join(" v. ")}`);
    return `${name}: ${parts.join(", ")}`;
  });
  return drawRows({
    table: answers,
    asked,
    title: "Who answers in each arm?",
    subtitle: "Negative controls: the treatment should not be able to change these answers",
    panels: [{
      axis: "share of the arm's answers",
      rows: controls.flatMap(rowsOf),
      from: 0,
      zero: { value: 0 },
      ticks: { format: percent },
    }],
    valueHead: [arms.length > 2 ? "in this order" : "share"],
    key: arms.map((name, place) => ({ look: series[place]!, text: name })),
    notes: [
      ...countNotes(arms, controls),
      "Lines join the arms: the longer, the more the people differ. Some difference arises by chance alone: " +
      "estimateDrift says how much.",
    ],
    summary: `(${arms.join(" v. ")}) ${firstFew(told, 4)}.`,
  });
}

/** The arms, the reference first. */
function armsOf(answers: Table, arm: string, asked: string | number | boolean | undefined): string[] {
  const sorted = distinct(columnOf(answers, arm).map(String)).sort();
  const { reference } = findReference(action, sorted, asked ?? recordedReference(answers));
  const arms = [sorted[reference]!, ...sorted.filter((_, place) => place !== reference)];
  if (arms.length <= series.length) return arms;
  const rule = `hold at most ${series.length} arms to be told apart`;
  throw new RangeError(cannot(action, "answers", rule, arms));
}

type ControlAnswers = ReturnType<typeof countAnswers>;

function rowsOf({ name, categories }: ControlAnswers): PlotRow[] {
  return categories.map(({ label, shares }) => ({
    group: name,
    label,
    value: shares.map(percent).join(shares.length === 2 ? " → " : ", "),
    look: looks.ink,
    // The reference last: where two lie on each other, its ring shows both.
    points: shares.map((value, arm) => ({ value, look: series[arm]! })).reverse(),
    joined: true,
  }));
}

function countNotes(arms: readonly string[], controls: readonly ControlAnswers[]): string[] {
  const sizes = controls.map(({ name, answers }) => [name, answers.join(" v. ")] as const);
  const same = distinct(sizes.map(([, size]) => size)).length === 1;
  const each = sizes.map(([name, size]) => `${size} to ${name}`).join("; ");
  const given = same ? `${sizes[0]![1]} to each` : each;
  const missing = controls.filter((own) => own.missing > 0).map((own) => `${own.missing} to ${own.name}`);
  return [
    `Answers (${arms.join(" v. ")}): ${given}.`,
    missing.length === 0 ? "" : `Missing answers, not in the shares: ${missing.join("; ")}.`,
  ];
}

function percent(share: number): string {
  return writePercent(Number(share.toFixed(2)));
}

function countAnswers(table: Table, name: string, [column, arms]: readonly [string, readonly string[]]) {
  const picked = pickOutcome(action, table, name);
  const [armed, status] = [textsIn(picked, column), isLong(table) ? textsIn(picked, "status") : []];
  const shown = isLong(table) ? shownOrder(textsIn(picked, "option_order")) : [];
  const isYesNo = [...shown].sort().join() === "no,yes";
  const named = (text: string) => isYesNo ? { 1: "yes", 0: "no" }[text] ?? text : text;
  const likely = distributionColumn(picked, name);
  const distributions = likely === undefined ? [] : columnOf(picked, likely);
  const rows = columnOf(picked, name).map((value, row) => {
    const none = isMissing(value) || !["answered", ""].includes(status[row] ?? "");
    const text = Array.isArray(value) ? value.join(", ") : String(value);
    const own = distributions[row];
    const parts = isDistribution(own) ? Object.entries(own) : [[text, 1] as const];
    return { arm: armed[row]!, parts: none ? [] : parts.map(([text, part]) => [named(text), part] as const) };
  });
  const given = rows.filter(({ parts }) => parts.length > 0);
  const ofArms = arms.map((arm) => given.filter((row) => row.arm === arm));
  const order = orderCategories(given.flatMap(({ parts }) => parts.map(([category]) => category)), shown);
  const alone = order.length > mostCategories ? order.slice(0, mostCategories - 1) : order;
  const rest = order.slice(alone.length);
  const groups = [
    ...alone.map((category) => ({ label: category, of: [category] })),
    ...(rest.length === 0 ? [] : [{ label: `${rest.length} others`, of: rest }]),
  ];
  return {
    name,
    // Shares of each arm's answers, in the order of the arms; `NaN` where an arm has no answer.
    categories: groups.map(({ label, of }) => ({
      label,
      shares: ofArms.map((own) => {
        const parts = own.flatMap(({ parts }) => parts).filter(([category]) => of.includes(category));
        return parts.reduce((sum, [, part]) => sum + part, 0) / own.length;
      }),
    })),
    answers: ofArms.map((own) => own.length),
    missing: rows.length - given.length,
  };
}

/** The order in which options were shown throughout, or the more frequent of two; of shuffled options none stands out. */
function shownOrder(orders: readonly string[]): string[] {
  const known = [...groupRows(orders.filter(Boolean))].sort(([, a], [, b]) => b.length - a.length);
  if (known.length === 0 || known.length > 2) return [];
  try {
    const options: unknown = JSON.parse(known[0]![0]);
    return Array.isArray(options) ? options.map(String) : [];
  } catch {
    return [];
  }
}

/** Yes before no; by number where all begin with one; as the options were shown; else the most frequent first. */
function orderCategories(given: readonly string[], shown: readonly string[]): string[] {
  const counts = groupRows(given);
  const categories = [...counts.keys()];
  const firstNumber = (category: string) =>
    Number(/\d+(?:\.\d+)?/.exec(category)![0]) * (/^[-−]/.test(category) ? -1 : 1);
  const rank = categories.every((category) => /^(yes|no)$/i.test(category))
    ? (category: string) => /^y/i.test(category) ? 0 : 1
    : categories.every((category) => /^[<>≤≥−-]?\s*\d/.test(category))
    ? firstNumber
    : categories.every((category) => shown.includes(category))
    ? (category: string) => shown.indexOf(category)
    : (category: string) => -counts.get(category)!.length;
  return categories.sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}
