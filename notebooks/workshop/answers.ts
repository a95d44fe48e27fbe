import { columnOf, formatValue, isTable, type Table, visibleText } from "@understudy/understudy/core";

/** What a check says of a right answer. */
export interface Passed {
  /** What the answer shows. */
  readonly message: string;
  /** What to do or think about next. */
  readonly next: string;
}

/** One task of an exercise. */
export interface ExerciseTask {
  /** What is to be found, in a few words. */
  readonly title: string;
  /** What the student hands over, by the names in the notebook. */
  readonly takes: readonly string[];
  /** What it is worth. */
  readonly points: number;
  /** Looks at the answer: returns where it is right, ends in {@linkcode wrong} where it is not. */
  readonly check: (...values: unknown[]) => Passed;
}

/** The tasks of an exercise, by their ids. */
export type ExerciseTasks = { readonly [id: string]: ExerciseTask };

/** Says what is wrong with an answer; caught by `checkExercise`, which never throws it at a student. */
export class WrongAnswer extends Error {
  /** What to look at next. */
  readonly next: string;

  /** Makes it from what is wrong and what to look at next. */
  constructor(message: string, next: string) {
    super(message);
    this.next = next;
  }
}

/** Ends a check: what is wrong, and what to look at next, neither with the answer in it. */
export function wrong(message: string, next: string): never {
  throw new WrongAnswer(message, next);
}

/** Ends a check unless something holds. */
export function expect(holds: boolean, message: string, next: string): asserts holds {
  if (!holds) wrong(message, next);
}

/** A number, as an answer. */
export function answeredNumber(value: unknown, name: string): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  return wrong(
    `\`${name}\` should be a number, and is ${kindOf(value)}.`,
    isTable(value)
      ? 'A number is taken out of a table by its column and row: `.get("a column", 0)` is that of the first row.'
      : `Show it: await show(${name}).`,
  );
}

/** A share between 0 and 1, as an answer. */
export function answeredShare(value: unknown, name: string): number {
  const share = answeredNumber(value, name);
  expect(
    share >= 0 && share <= 1,
    `\`${name}\` should be a share, between 0 and 1, and is ${formatValue(share)}.`,
    "Divide what you counted by how many there are in all; leave the per cent sign to the text.",
  );
  return share;
}

/** A text, as an answer. */
export function answeredText(value: unknown, name: string): string {
  if (typeof value === "string" && value.trim() !== "") return value;
  return wrong(`\`${name}\` should be a text, and is ${kindOf(value)}.`, `Show it: await show(${name}).`);
}

/** A list of names, as an answer: in any order, each once. */
export function answeredNames(value: unknown, name: string): string[] {
  if (Array.isArray(value) && value.every((one) => typeof one === "string")) {
    return [...new Set(value)].sort();
  }
  return wrong(
    `\`${name}\` should be a list of names in quotation marks, and is ${kindOf(value)}.`,
    `It looks like this: const ${name} = ["one", "another"];`,
  );
}

/** A table with the named columns, as an answer. */
export function answeredTable(value: unknown, name: string, columns: readonly string[] = []): Table {
  if (!isTable(value)) {
    return wrong(`\`${name}\` should be a table, and is ${kindOf(value)}.`, `Show it: await show(${name}).`);
  }
  const missing = columns.filter((column) => !value.columnNames().includes(column));
  if (missing.length > 0) {
    const present = value.columnNames().slice(0, 12).map((column) => glimpse(column, 30)).join(", ");
    wrong(
      `\`${name}\` has no column ${missing.join(", ")}; it has ${present}.`,
      "Is it the table of this task?",
    );
  }
  return value;
}

/** What a value is, in words and with no more than a glimpse of it. */
export function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (isTable(value)) return `a table of ${value.numRows()} rows`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "string") return `the text "${glimpse(value, 40)}"`;
  if (typeof value === "object") {
    return `an object with ${Object.keys(value).slice(0, 6).join(", ") || "no names"}`;
  }
  return `${typeof value === "number" ? "" : `the ${typeof value} `}${glimpse(value, 40)}`;
}

/** The beginning of a value as text, without what cannot be seen. */
export function glimpse(value: unknown, longest = 200): string {
  const text = formatValue(value);
  return visibleText(text.slice(0, longest)) + (text.length > longest ? "…" : "");
}

/** The share of rows, or of weight, that have a value in a column. */
export function shareOf(table: Table, column: string, level: unknown, weights?: string): number {
  const values = columnOf(table, column);
  const sizes = weights === undefined ? values.map(() => 1) : columnOf<number>(table, weights);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  return values.reduce((sum: number, value, row) => value === level ? sum + sizes[row]! : sum, 0) / total;
}

/** Whether two numbers agree to within a tolerance. */
export function isNear(a: number, b: number, tolerance: number): boolean {
  return Math.abs(a - b) <= tolerance;
}

/** A row of `estimateEffects`, as an answer: of one outcome, an arm and the arm that it is compared with. */
export function answeredEffect(
  value: unknown,
  name: string,
  asked: { readonly outcome: string; readonly arm: string; readonly reference: string },
): { readonly estimate: number; readonly std_error: number; readonly low: number; readonly high: number } {
  const table = answeredTable(value, name, [
    "outcome",
    "arm",
    "reference",
    "estimate",
    "conf_low",
    "conf_high",
  ]);
  const rows = table.objects() as { readonly [column: string]: unknown }[];
  expect(
    rows.some((row) => row.outcome === asked.outcome),
    `\`${name}\` holds no effect on \`${asked.outcome}\`, but on ${
      glimpse(rows[0]?.outcome ?? "nothing", 40)
    }.`,
    "Which question is the outcome here? `estimateEffects(answers, { outcome })` takes its name.",
  );
  const row = rows.find((row) => row.outcome === asked.outcome && row.arm === asked.arm);
  expect(
    row !== undefined && row.reference === asked.reference,
    `\`${name}\` does not compare "${asked.arm}" with "${asked.reference}".`,
    `Which arm is the effect measured from? See the columns arm and reference.`,
  );
  return {
    estimate: answeredNumber(row.estimate, "estimate"),
    std_error: answeredNumber(row.std_error, "std_error"),
    low: answeredNumber(row.conf_low, "conf_low"),
    high: answeredNumber(row.conf_high, "conf_high"),
  };
}
