import { checkWhole } from "../core/checks.ts";
import { cannot, showValue } from "../core/errors.ts";
import type { ItemKind, ItemOf, Reading } from "../core/item.ts";
import { oneOf, readOptions, required, rule, whole } from "../core/options.ts";
import { explainNumber, readNumber } from "./number.ts";
import { checkQuestion } from "./option_list.ts";
import { answerForms, normalizeText, statedForms } from "./words.ts";

/** Options of {@linkcode likert}. */
export interface LikertOptions {
  /** The number of points, from 2 to 101. */
  points: number;
  /**
   * The lowest point, a whole number: a scale from 0 to 10 is `{ points: 11, from: 0 }`.
   * @default {1}
   */
  from?: number;
  /**
   * Labels: one for each point, or two for the ends. No two may read the same, and none may be the number of another
   * point: the answer "5" could then mean two points.
   * @default {[]}
   */
  labels?: readonly string[];
  /**
   * `reversed` shows the scale from high to low to a random half of the personas.
   * @default {"fixed"}
   */
  order?: "fixed" | "reversed";
}

/** Agreement or intensity on a numbered scale, which begins at 1 where there is no `from`. */
export type LikertItem = ItemOf<"likert", Omit<LikertOptions, "from">> & { readonly from?: number };

const action = "make a likert item";

/**
 * Makes a question with a numbered scale; its answers are the numbers of its points, from 1 or from `from`.
 *
 * @param name the item's name, a column and a JSON property
 * @param text the question
 * @param options the scale and its labels
 * @returns the item, frozen
 * @throws {RangeError} if the name, the scale or the labels are not allowed
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { describeItem, likert } from "@understudy/understudy/items";
 *
 * const item = likert("trust", "How much do you trust parliament?", { points: 5, labels: ["not at all", "fully"] });
 * assertEquals(item.labels, ["not at all", "", "", "", "fully"]);
 * const warmth = likert("warmth", "How warmly do you feel about it?", { points: 11, from: 0 });
 * assertEquals(describeItem(warmth).split("\n")[1], "Answer with a whole number from 0 to 10.");
 * ```
 */
export function likert(name: string, text: string, options: LikertOptions): LikertItem {
  const question = checkQuestion(action, name, text);
  const { points, from, labels, order } = readOptions(action, options ?? {}, rules);
  if (![0, 2, points].includes(labels.length)) {
    const rule = `have 2 entries (the ends) or ${points} (each point)`;
    throw new RangeError(cannot(action, "labels", rule, labels));
  }
  const [low = "", high = ""] = labels;
  const full = labels.length === points ? [...labels] : [low, ...new Array(points - 2).fill(""), high];
  checkLabels(full, from);
  const scale = { ...(from === 1 ? {} : { from }), points, labels: Object.freeze(full), order };
  return Object.freeze({ kind: "likert", ...question, ...scale });
}

const rules = {
  points: required<number>((action, name, value) => checkWhole(action, name, value, 2, 101)),
  from: whole(1, -1000, 1000),
  labels: rule<readonly string[], readonly string[]>((action, name, value) => {
    if (Array.isArray(value) && value.every((label) => typeof label === "string")) return;
    throw new TypeError(cannot(action, name, "be a list of texts", value));
  }, []),
  order: oneOf(["fixed", "reversed"], "fixed"),
};

function checkLabels(labels: readonly string[], from: number): void {
  const seen = new Set<string>();
  labels.forEach((label, i) => {
    const text = normalizeText(label);
    const number = readNumber(text);
    if (number !== undefined && number !== from + i) {
      const rule = `not read as a number other than their point (point ${from + i})`;
      throw new RangeError(
        `${cannot(action, "labels", rule, label)}; for a scale from 0 to 10 { points: 11, from: 0 }`,
      );
    }
    if (text !== "" && seen.has(text)) {
      throw new RangeError(cannot(action, "labels", "differ by more than case and punctuation", label));
    }
    seen.add(text);
  });
}

/** The most points that are listed, a line each, where a question is asked alone. */
const mostListed = 11;

/** What a likert item does. */
export const likertKind: ItemKind<LikertItem> = {
  kind: "likert",
  options: (item) => Array.from({ length: item.points }, (_, i) => String(lowest(item) + i)),
  alternatives: (item, shown) => shown.map((answer) => ({ answer, text: describePoint(item, answer) })),
  describe(item, shown) {
    const point = (value: string) => describePoint(item, value);
    if (item.labels.every((label) => label !== "")) {
      return `Answer with one number: ${shown.map(point).join(", ")}.`;
    }
    return `Answer with a whole number from ${point(shown[0]!)} to ${point(shown[shown.length - 1]!)}.`;
  },
  describeAlone(item, shown) {
    if (shown.length > mostListed) return likertKind.describe(item, shown);
    const points = shown.map((value) => `${value} ${item.labels[Number(value) - lowest(item)]}`.trimEnd());
    return `${points.join("\n")}\nAnswer with one number.`;
  },
  schema: (item) => ({ type: "integer", minimum: lowest(item), maximum: highest(item) }),
  read: readPoint,
  range: (item) => [lowest(item), highest(item)],
};

function describePoint(item: LikertItem, value: string): string {
  const label = item.labels[Number(value) - lowest(item)];
  return label ? `${value} (${label})` : value;
}

function lowest({ from = 1 }: LikertItem): number {
  return from;
}

function highest(item: LikertItem): number {
  return lowest(item) + item.points - 1;
}

/** Reads a point of a scale: a number, a number as text or word, a label, or both where they agree. */
function readPoint(item: LikertItem, raw: unknown): Reading {
  if (typeof raw === "number") return checkPoint(item, raw);
  if (typeof raw !== "string") return { reason: `${showValue(raw)} is not a number` };
  const text = normalizeText(raw);
  for (const form of answerForms(text)) {
    const number = pointIn(item, form);
    const points = new Set([...labelledPoints(item, form), ...(number === undefined ? [] : [number])]);
    if (points.size === 1) return checkPoint(item, [...points][0]!);
    if (points.size > 1) return { reason: `${showValue(raw)} may be each of ${[...points].join(", ")}` };
  }
  const stated = new Set(
    statedForms(text).flatMap((form) => labelledPoints(item, withoutQuestion(item, form))),
  );
  return stated.size === 1 ? checkPoint(item, [...stated][0]!) : explainNumber(raw);
}

function labelledPoints(item: LikertItem, text: string): number[] {
  return item.labels.flatMap((label, i) =>
    label !== "" && normalizeText(label) === text ? [lowest(item) + i] : []
  );
}

/** "Strongly oppose a military response" as "strongly oppose", where the question is about that and nothing between. */
function withoutQuestion({ text, labels }: LikertItem, form: string): string {
  const question = normalizeText(text);
  const known = labels.map(normalizeText).filter((label) => label !== "");
  const label = known.find((label) => form.startsWith(`${label} `));
  if (label === undefined) return form;
  const rest = form.slice(label.length).replace(/\bmy\b/g, "your");
  const verbs = known.map((label) => label.split(" ").at(-1)!);
  // "Oppose or support it" names both ends.
  if (rest.split(" ").some((word) => verbs.includes(word))) return form;
  return verbs.some((verb) => ` ${question}`.includes(` ${verb}${rest}`)) ? label : form;
}

/** The number that a text is: by itself, of the scale's points, or beside its own label. */
function pointIn(item: LikertItem, text: string): number | undefined {
  const bare = readNumber(/^[([](-?\d+)[)\]]$/.exec(text)?.[1] ?? text);
  if (bare !== undefined) return bare;
  const [, part, whole] = /^(\d+) ?(?:\/|out of|of) ?(\d+)$/.exec(text) ?? [];
  // A scale that begins below 0 is not counted in parts of its highest point.
  if (whole !== undefined && lowest(item) >= 0 && Number(whole) === highest(item)) return Number(part);
  const [, point, low, high] =
    /^(-?\d+) ?on (?:a|the) scale (?:of|from) (-?\d+)(?: to |-|\u2013)(-?\d+)$/.exec(text) ?? [];
  if (high !== undefined && Number(low) === lowest(item) && Number(high) === highest(item)) {
    return Number(point);
  }
  const [, before, after] = /^(-?\d+) ?(?:[-\u2013\u2014:=.,)]? )(.+)$/.exec(text) ?? [];
  const [, words, last] = /^(.+?) ?(?:[-\u2013\u2014:=,]? )\(?(-?\d+)\)?$/.exec(text) ?? [];
  return pointWithLabel(item, before, after) ?? pointWithLabel(item, last, words);
}

function pointWithLabel(item: LikertItem, digits?: string, words?: string): number | undefined {
  if (digits === undefined || words === undefined) return undefined;
  const labels = [words, words.replace(/^[([](.+)[)\]]$/, "$1")].map(normalizeText);
  const own = labels.some((label) => labelledPoints(item, label).includes(Number(digits)));
  return own ? Number(digits) : undefined;
}

function checkPoint(item: LikertItem, number: number): Reading {
  const [low, high] = [lowest(item), highest(item)];
  if (!Number.isFinite(number)) return { reason: `${number} is not a finite number` };
  if (!Number.isInteger(number)) return { reason: `${number} is not a whole number from ${low} to ${high}` };
  if (number < low || number > high) return { reason: `${number} is out of range ${low} to ${high}` };
  return { value: number + 0 };
}
