import { checkText } from "../../core/checks.ts";
import { cannot } from "../../core/errors.ts";
import { type ArmOptions, armRules, readOptions, required, rule } from "../../core/options.ts";
import { findReference, isLong, pickOutcome, recordedReference } from "../../core/study.ts";
import { columnOf, distinct, isTable, type Table } from "../../core/table.ts";
import { checkDrawn, firstFew } from "../drawn_table.ts";
import { type Figure, type FigureOptions, figureRules } from "../figure.ts";
import { writePercent } from "../numbers.ts";
import { looks, series } from "../palette.ts";
import type { PlotRow } from "./row.ts";
import { drawRows } from "./draw_rows.ts";

/** How controls are drawn; see {@linkcode plotControls}. */
export interface PlotControlsOptions extends FigureOptions, ArmOptions {
  /** The negative controls: names of items (long table) or of columns (wide table). */
  controls: string | readonly string[];
  /**
   * For each control, its categories in their order, as `estimateDrift` takes them; others follow.
   *
   * @default {undefined} yes before no, numbers in their order, options as they were shown; else the most frequent first
   */
  levels?: { readonly [control: string]: readonly (string | number)[] };
  /**
   * For each control, what its categories are called in the figure.
   *
   * @default {undefined} "yes" and "no" where answers say that 1 and 0 stand for them, else the categories themselves
   */
  labels?: { readonly [control: string]: { readonly [category: string]: string } };
}

const action = "plot controls";
const rules = {
  ...figureRules,
  ...armRules,
  controls: required<string | readonly string[]>(checkControls),
  levels: rule<NonNullable<PlotControlsOptions["levels"]>, undefined>(checkNamed, undefined),
  labels: rule<NonNullable<PlotControlsOptions["labels"]>, undefined>(checkNamed, undefined),
} as const;

/** How many categories are drawn of one control; the rest stand together. */
const mostCategories = 8;

/**
 * Draws how negative controls were answered in each arm: each category's share, arm by arm, joined by a line.
 *
 * Shares are of the answers that were given, each counted once; missing ones are counted below. Long lines are
 * differences; whether chance alone gives them is for `estimateDrift` and `plotDrift` to say, which also respect blocks
 * and replicates. At most five arms; of more than eight categories the last stand together as others.
 *
 * @param answers one row per answer (long: `item`, `value`, `status`) or per persona and arm (wide)
 * @param options see {@linkcode PlotControlsOptions} (defaults there)
 * @returns a {@linkcode Figure}
 * @throws {RangeError} if a column, control or arm is not there, or there are more than five arms
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { plotControls } from "@understudy/understudy/plots";
 *
 * const answers = tableOf({
 *   persona_id: ["p1", "p2", "p3", "p4"],
 *   arm: ["control", "control", "threat", "threat"],
 *   paper: ["left", "right", "right", "right"],
 * });
 * const figure = plotControls(answers, { controls: "paper" });
 * assertStringIncludes(figure.summary, "paper: right 50% v. 100%, left 50% v. 0%");
 * ```
 */
export function plotControls(answers: Table, options: PlotControlsOptions): Figure {
  const { arm, reference, levels = {}, labels = {}, ...asked } = readOptions(action, options, rules);
  const names = [asked.controls].flat();
  for (const [argument, named] of Object.entries({ levels, labels })) {
    const unknown = Object.keys(named).find((control) => !names.includes(control));
    if (unknown !== undefined) throw new RangeError(cannot(action, argument, "name controls", unknown));
  }
  checkDrawn(action, answers, {
    argument: "answers",
    columns: [arm, ...isTable(answers) && isLong(answers) ? [] : names],
    from: "it is a table of answers, such as runExperiment returns, or a wide one",
  });
  const arms = armsOf(answers, arm, reference);
  const controls = names.map((name) =>
    countAnswers(answers, { name, arm, arms, levels: levels[name], labels: labels[name] })
  );
  const told = controls.map(({ name, categories }) =>
    `${name}: ${
      categories.map(({ label, shares }) => `${label} ${shares.map(percent).join(" v. ")}`).join(", ")
    }`
  );
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
  throw new RangeError(
    cannot(action, "answers", `hold at most ${series.length} arms to be told apart`, arms),
  );
}

/** How one control was answered. */
interface ControlAnswers {
  readonly name: string;
  /** The share of each arm's answers, in the order of the arms; `NaN` where an arm has no answer. */
  readonly categories: readonly { readonly label: string; readonly shares: readonly number[] }[];
  /** How many answers each arm gave, and how many are missing over all arms. */
  readonly answers: readonly number[];
  readonly missing: number;
}

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
  const given = same
    ? `${sizes[0]![1]} to each`
    : sizes.map(([name, size]) => `${size} to ${name}`).join("; ");
  const missing = controls.filter((own) => own.missing > 0).map((own) => `${own.missing} to ${own.name}`);
  return [
    `Answers (${arms.join(" v. ")}): ${given}.`,
    missing.length === 0 ? "" : `Missing answers, not in the shares: ${missing.join("; ")}.`,
  ];
}

function percent(share: number): string {
  return writePercent(Number(share.toFixed(2)));
}

/** Counts the answers to one control by arm. */
function countAnswers(table: Table, control: {
  readonly name: string;
  readonly arm: string;
  readonly arms: readonly string[];
  readonly levels: readonly (string | number)[] | undefined;
  readonly labels: { readonly [category: string]: string } | undefined;
}): ControlAnswers {
  const { name, arms, labels } = control;
  const picked = pickOutcome(action, table, name);
  const column = (wanted: string) => picked.columnNames().includes(wanted) ? columnOf(picked, wanted) : [];
  const status = isLong(table) ? column("status") : [];
  const given = columnOf(picked, name).map((value, row) => {
    const none = value === null || value === undefined || value === "" || Number.isNaN(value);
    if (none || (status.length > 0 && status[row] !== "answered")) return null;
    return Array.isArray(value) ? value.join(", ") : String(value);
  });
  const rows = columnOf(picked, control.arm).map((arm, row) => ({ arm: String(arm), category: given[row]! }))
    .filter(({ category }) => category !== null);
  const counts = arms.map((arm) =>
    countEach(rows.filter((row) => row.arm === arm).map(({ category }) => category))
  );
  const answers = arms.map((arm) => rows.filter((row) => row.arm === arm).length);
  const shown = isLong(table) ? shownOrder(column("option_order")) : [];
  const yesNo = isYesNo(given, shown, isLong(table) ? column("raw") : []);
  const order = orderCategories(countEach(rows.map(({ category }) => category)), {
    stated: control.levels ?? [],
    shown,
    yesNo,
  });
  const labelOf = (category: string) =>
    labels?.[category] ?? (yesNo ? category === "1" ? "yes" : "no" : category);
  const alone = order.length > mostCategories ? order.slice(0, mostCategories - 1) : order;
  const rest = order.slice(alone.length);
  const groups = [
    ...alone.map((category) => ({ label: labelOf(category), of: [category] })),
    ...(rest.length === 0 ? [] : [{ label: `${rest.length} others`, of: rest }]),
  ];
  const share = (arm: number, of: readonly string[]) =>
    of.reduce((sum, category) => sum + (counts[arm]!.get(category) ?? 0), 0) / answers[arm]!;
  return {
    name,
    categories: groups.map(({ label, of }) => ({ label, shares: arms.map((_, arm) => share(arm, of)) })),
    answers,
    missing: given.filter((category) => category === null).length,
  };
}

function countEach(values: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

/** The order in which options were shown throughout, or the more frequent of two; of shuffled options none stands out. */
function shownOrder(orders: readonly unknown[]): string[] {
  const counts = [
    ...countEach(orders.filter((order) => typeof order === "string" && order !== "") as string[]),
  ];
  if (counts.length === 0 || counts.length > 2) return [];
  const [most] = counts.sort(([, a], [, b]) => b - a)[0]!;
  try {
    const options: unknown = JSON.parse(most);
    return Array.isArray(options) ? options.map(String) : [];
  } catch {
    return [];
  }
}

/** Whether all categories are 0 and 1, and the options or the replies say yes and no. */
function isYesNo(
  given: readonly (string | null)[],
  shown: readonly string[],
  raw: readonly unknown[],
): boolean {
  if (given.some((category) => category !== null && category !== "0" && category !== "1")) return false;
  if ([...shown].sort().join() === "no,yes") return true;
  const said = raw.flatMap((reply, row) => {
    const word = /^\W*(yes|no)\b/i.exec(String(reply))?.[1]?.toLowerCase();
    return word === undefined || given[row] === null ? [] : [(word === "yes") === (given[row] === "1")];
  });
  return said.length > 0 && said.every((agrees) => agrees);
}

/**
 * The order stated; of what is left, yes before no; else by number where all begin with one; else as the options were
 * shown; else the most frequent first.
 */
function orderCategories(
  counts: ReadonlyMap<string, number>,
  { stated, shown, yesNo }: {
    stated: readonly (string | number)[];
    shown: readonly string[];
    yesNo: boolean;
  },
): string[] {
  const known = distinct(stated.map(String));
  const rest = [...counts.keys()].filter((category) => !known.includes(category));
  const firstNumber = (category: string) =>
    Number(/\d+(?:\.\d+)?/.exec(category)![0]) * (/^[-−]/.test(category) ? -1 : 1);
  const every = (test: (category: string) => boolean) => rest.every(test);
  const rank = yesNo
    ? (category: string) => -Number(category)
    : every((category) => /^(yes|no)$/i.test(category))
    ? (category: string) => /^y/i.test(category) ? 0 : 1
    : every((category) => /^[<>≤≥−-]?\s*\d/.test(category))
    ? firstNumber
    : every((category) => shown.includes(category))
    ? (category: string) => shown.indexOf(category)
    : (category: string) => -counts.get(category)!;
  return [...known, ...rest.sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))];
}

function checkControls(action: string, name: string, value: unknown): void {
  const controls = [value ?? []].flat();
  if (controls.length === 0) {
    throw new TypeError(cannot(action, name, "name at least one item or column", value));
  }
  for (const control of controls) checkText(action, name, control);
}

function checkNamed(action: string, name: string, value: unknown): void {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return;
  throw new TypeError(cannot(action, name, "have an entry for each control", value));
}
