import {
  columnOf,
  distinct,
  findReference,
  pickOutcome,
  recordedReference,
  type Table,
} from "../core/mod.ts";
import { categoriesOf, labelOf, orderCategories } from "./control_categories.ts";

/** The shares of one category of a control, arm by arm. */
export interface ControlShares {
  readonly control: string;
  readonly category: string;
  /** The share of each arm's answers, in the order of `arms`; `NaN` where an arm has no answer. */
  readonly shares: readonly number[];
}

/** Controls by arm, ready to be drawn. */
export interface SharesByArm {
  /** The arms, the reference first. */
  readonly arms: readonly string[];
  readonly rows: readonly ControlShares[];
  /** For each control, how many answers each arm gave, and how many are missing over all arms. */
  readonly counts: readonly { control: string; answers: readonly number[]; missing: number }[];
}

/** How many categories are drawn of one control; the rest stand together. */
const mostCategories = 8;

/** Counts each control's answers by arm. */
export function sharesByArm(
  action: string,
  answers: Table,
  options: {
    readonly controls: readonly string[];
    readonly arm: string;
    readonly reference: string | undefined;
    readonly levels: { readonly [control: string]: readonly (string | number)[] };
    readonly labels: { readonly [control: string]: { readonly [category: string]: string } };
  },
): SharesByArm {
  const sorted = distinct(columnOf(answers, options.arm).map(String)).sort();
  const named = options.reference ?? recordedReference(answers);
  const reference = sorted[findReference(action, sorted, named).reference]!;
  const arms = [reference, ...sorted.filter((arm) => arm !== reference)];
  const controls = options.controls.map((control) => {
    const { byArm, missing, read } = countAnswers(action, answers, control, options.arm, arms);
    const totals = byArm.map((counts) => [...counts.values()].reduce((sum, count) => sum + count, 0));
    const order = orderCategories(read, options.levels[control]);
    const name = (category: string) => labelOf(category, read, options.labels[control]);
    return {
      control,
      rows: shareRows(control, order, byArm, totals).map((row) => ({ ...row, category: name(row.category) })),
      count: { control, answers: totals, missing },
    };
  });
  return { arms, rows: controls.flatMap(({ rows }) => rows), counts: controls.map(({ count }) => count) };
}

function countAnswers(action: string, answers: Table, control: string, arm: string, arms: readonly string[]) {
  const picked = pickOutcome(action, answers, control);
  const status = picked.columnNames().includes("status") ? columnOf(picked, "status") : null;
  const armOf = columnOf(picked, arm).map(String);
  const byArm = arms.map(() => new Map<string, number>());
  const given = columnOf(picked, control).map((value, row) => {
    const none = value === null || value === undefined || value === "" || Number.isNaN(value);
    if (none || (status !== null && status[row] !== "answered")) return null;
    return Array.isArray(value) ? value.join(", ") : String(value);
  });
  given.forEach((category, row) => {
    if (category === null) return;
    const counts = byArm[arms.indexOf(armOf[row]!)]!;
    counts.set(category, (counts.get(category) ?? 0) + 1);
  });
  const missing = given.filter((category) => category === null).length;
  return { byArm, missing, read: categoriesOf(picked, given) };
}

function shareRows(
  control: string,
  order: readonly string[],
  byArm: readonly Map<string, number>[],
  totals: readonly number[],
): ControlShares[] {
  const share = (arm: number, categories: readonly string[]) =>
    categories.reduce((sum, category) => sum + (byArm[arm]!.get(category) ?? 0), 0) / totals[arm]!;
  const shown = order.length > mostCategories ? order.slice(0, mostCategories - 1) : order;
  const others = order.slice(shown.length);
  const groups = [
    ...shown.map((category) => ({ category, of: [category] })),
    ...(others.length === 0 ? [] : [{ category: `${others.length} others`, of: others }]),
  ];
  return groups.map(({ category, of }) => ({
    control,
    category,
    shares: totals.map((_, arm) => share(arm, of)),
  }));
}
