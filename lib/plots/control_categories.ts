import { columnOf, distinct, type Table } from "../core/mod.ts";

/** The answers to one control: each answer's category, and how its options were shown where that is known. */
export interface ControlCategories {
  /** How often each category was given, over all arms. */
  readonly counts: ReadonlyMap<string, number>;
  /** The options in the order in which they were shown, as far as one order stands out; empty where none does. */
  readonly shown: readonly string[];
  /** Whether 1 stands for yes and 0 for no. */
  readonly yesNo: boolean;
}

/** Reads what the answers say of a control's categories, beside how often each was given. */
export function categoriesOf(picked: Table, given: readonly (string | null)[]): ControlCategories {
  const counts = new Map<string, number>();
  for (const category of given) {
    if (category !== null) counts.set(category, (counts.get(category) ?? 0) + 1);
  }
  const long = picked.columnNames().includes("item");
  const column = (name: string): readonly unknown[] =>
    long && picked.columnNames().includes(name) ? columnOf(picked, name) : [];
  const shown = shownOrder(column("option_order"));
  return { counts, shown, yesNo: isYesNo(given, shown, column("raw")) };
}

/** The order shown throughout, or the more frequent of two; of shuffled options none stands out. */
function shownOrder(orders: readonly unknown[]): string[] {
  const texts = orders.filter((order) => typeof order === "string" && order !== "") as string[];
  const groups = [...Map.groupBy(texts, (text) => text)];
  if (groups.length === 0 || groups.length > 2) return [];
  const [most] = groups.sort(([, a], [, b]) => b.length - a.length)[0]!;
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
  const said = raw.flatMap((text, row) => {
    const word = /^\W*(yes|no)\b/i.exec(String(text))?.[1]?.toLowerCase();
    return word === undefined || given[row] === null ? [] : [(word === "yes") === (given[row] === "1")];
  });
  return said.length > 0 && said.every((agrees) => agrees);
}

/** What a category is called: as the reader says, else yes and no, else as it stands. */
export function labelOf(
  category: string,
  { yesNo }: ControlCategories,
  labels: { readonly [category: string]: string } | undefined,
): string {
  return labels?.[category] ?? (yesNo ? category === "1" ? "yes" : "no" : category);
}

/**
 * The order stated; of what is left, yes before no; else by number where all begin with one; else as the options were
 * shown; else the most frequent first.
 */
export function orderCategories(
  read: ControlCategories,
  stated: readonly (string | number)[] = [],
): string[] {
  const known = distinct(stated.map(String));
  const rest = [...read.counts.keys()].filter((category) => !known.includes(category));
  const by = (rank: (category: string) => number) =>
    rest.sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  if (read.yesNo) by((category) => -Number(category));
  else if (rest.every((category) => /^(yes|no)$/i.test(category))) {
    by((category) => /^y/i.test(category) ? 0 : 1);
  } else if (rest.every((category) => /^[<>≤≥−-]?\s*\d/.test(category))) by(firstNumber);
  else if (rest.every((category) => read.shown.includes(category))) {
    by((category) => read.shown.indexOf(category));
  } else by((category) => -read.counts.get(category)!);
  return [...known, ...rest];
}

function firstNumber(category: string): number {
  return Number(/\d+(?:\.\d+)?/.exec(category)![0]) * (/^[-−]/.test(category) ? -1 : 1);
}
