import { cannot, showValue } from "../core/errors.ts";
import type { ItemKind, ItemOf, NothingRead, Reading } from "../core/item.ts";
import { flag, readOptions, rule } from "../core/options.ts";
import { exactNumber } from "./json.ts";
import { checkQuestion } from "./option_list.ts";
import { answerForms, normalizeText } from "./words.ts";

/** Options of {@linkcode number}. */
export interface NumberOptions {
  /**
   * Smallest value allowed.
   * @default {null}
   */
  minimum?: number | null;
  /**
   * Largest value allowed.
   * @default {null}
   */
  maximum?: number | null;
  /**
   * Whether only whole numbers are allowed.
   * @default {false}
   */
  whole?: boolean;
}

/** A number, with limits or without. */
export type NumberItem = ItemOf<"number", NumberOptions>;

const action = "make a number item";

/**
 * Makes a question that is answered with a number.
 *
 * @param name the item's name, a column and a JSON property
 * @param text the question, with its unit
 * @param options limits
 * @returns the item, frozen
 * @throws {RangeError} if the limits are not finite or cross
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { number } from "@understudy/understudy/items";
 *
 * assertEquals(number("age", "How old are you, in years?", { minimum: 18, whole: true }).minimum, 18);
 * ```
 */
export function number(name: string, text: string, options: NumberOptions = {}): NumberItem {
  const question = checkQuestion(action, name, text);
  const limits = readOptions(action, options, { minimum: limit, maximum: limit, whole: flag(false) });
  const { minimum, maximum } = limits;
  if (minimum !== null && maximum !== null && minimum >= maximum) {
    throw new RangeError(cannot(action, "minimum", `be below maximum (${maximum})`, minimum));
  }
  return Object.freeze({ kind: "number", ...question, ...limits });
}

const limit = rule<number | null, number | null>((action, name, value) => {
  if (value === null || Number.isFinite(value)) return;
  throw new RangeError(cannot(action, name, "be a finite number or null", value));
}, null);

/** What a number item does. */
export const numberKind: ItemKind<NumberItem> = {
  kind: "number",
  alternatives({ minimum, maximum, whole }) {
    if (!whole || minimum === null || maximum === null || maximum - minimum > mostAlternatives) return [];
    const from = Math.ceil(minimum);
    const answers = Array.from({ length: Math.floor(maximum) - from + 1 }, (_, i) => String(from + i));
    return answers.map((answer) => ({ answer, text: answer }));
  },
  describe({ minimum, maximum, whole }) {
    const least = minimum === null ? "" : ` of at least ${minimum}`;
    const most = maximum === null ? "" : ` of at most ${maximum}`;
    const limits = least !== "" && most !== "" ? ` from ${minimum} to ${maximum}` : least + most;
    return `Answer with a ${whole ? "whole " : ""}number${limits}.`;
  },
  schema: ({ minimum, maximum, whole }) => ({
    type: whole ? "integer" : "number",
    ...(minimum === null ? {} : { minimum }),
    ...(maximum === null ? {} : { maximum }),
  }),
  read: readWithin,
  range: ({ minimum, maximum }) => minimum === null || maximum === null ? null : [minimum, maximum],
  uncountable: "numbers make too many categories: ask for it in bands",
};

/** Most answers of which each has a probability: endpoints tell of 20 tokens at most. */
export const mostAlternatives = 20;

const words = "zero one two three four five six seven eight nine ten eleven twelve".split(" ");

const plain = /^[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:e[+-]?\d+)?$/;
const grouped = /^[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?$/;
const thousandsOrFraction = /^[+-]?[1-9]\d{0,2}(?:\.\d{3})+$/;

/** The number that a whole text is, in digits or as a word up to twelve; undefined if it is none for certain. */
export function readNumber(text: string): number | undefined {
  const word = words.indexOf(text);
  if (word >= 0) return word;
  const digits = text.replace(/^\u2212/, "-");
  if (thousandsOrFraction.test(digits) || !(plain.test(digits) || grouped.test(digits))) return undefined;
  return exactNumber(digits.replaceAll(",", ""));
}

function readWithin(item: NumberItem, raw: unknown): Reading {
  const number = typeof raw === "string" ? readFramed(item, normalizeText(raw)) : raw;
  if (number === undefined) return explainNumber(raw);
  if (typeof number !== "number") return { reason: `${showValue(raw)} is not a number` };
  if (!Number.isFinite(number)) return { reason: `${number} is not a finite number` };
  // Beyond it another number may have been written: JSON.parse rounds without saying so.
  if (typeof raw === "number" && Math.abs(number) > Number.MAX_SAFE_INTEGER) {
    return { reason: `${number} is beyond ${Number.MAX_SAFE_INTEGER}, where numbers are rounded` };
  }
  if (item.whole && !Number.isInteger(number)) return { reason: `${number} is not a whole number` };
  if (item.minimum !== null && number < item.minimum) return { reason: `${number} is below ${item.minimum}` };
  if (item.maximum !== null && number > item.maximum) return { reason: `${number} is above ${item.maximum}` };
  return { value: number + 0 };
}

function readFramed(item: NumberItem, text: string): number | undefined {
  for (const form of answerForms(text)) {
    const bare = readNumber(form);
    if (bare !== undefined) return bare;
    const [, part, whole] = /^(\d+) ?(?:\/|out of) ?(\d+)$/.exec(form) ?? [];
    // Only of a whole number is 1/2 the first point of two, not a half.
    if (item.whole && whole !== undefined && Number(whole) === item.maximum) return Number(part);
    const amount = withoutUnit(form, item);
    const measured = amount === undefined ? undefined : readNumber(amount);
    if (measured !== undefined) return measured;
  }
  return undefined;
}

/** Why a text is no number for certain. */
export function explainNumber(raw: unknown): NothingRead {
  const text = normalizeText(String(raw));
  const shown = showValue(raw);
  if (thousandsOrFraction.test(text)) return { reason: `${shown} may be a fraction or thousands`, names: 1 };
  const found = new Set<string>(text.match(/\d+(?:[.,]\d+)*/g) ?? []);
  for (const word of text.match(/[a-z]+/g) ?? []) {
    const value = words.indexOf(word);
    // "one" is a pronoun more often than a number.
    if (value >= 0 && word !== "one") found.add(String(value));
  }
  if (found.size === 0) return { reason: `${shown} names no number`, names: 0 };
  return found.size === 1
    ? { reason: `${shown} names a number that its words change or leave open`, names: 1 }
    : { reason: `${shown} names several numbers: ${[...found].join(", ").slice(0, 80)}`, names: found.size };
}

const times = "second minute hour day week month year".split(" ");
const units: readonly { readonly of: "share" | "money" | "time"; readonly pattern: RegExp }[] = [
  { of: "share", pattern: /%|per ?cent/ },
  { of: "money", pattern: /\$|\bdollars?\b|\busd\b/ },
  { of: "money", pattern: /€|\beuros?\b|\beur\b/ },
  { of: "money", pattern: /£|\bpounds?\b|\bgbp\b/ },
  ...times.map((time) => ({ of: "time" as const, pattern: new RegExp(`\\b${time}s?\\b`) })),
];
// A question in thousands or cents leaves open whether an answer with a unit is in them too.
const scaled = /\b(?:hundreds?|thousands?|millions?|billions?|k|cents?|pence)\b|000/;

/** The number in a text without its unit, where the question leaves no doubt about the unit; else undefined. */
function withoutUnit(text: string, item: NumberItem): string | undefined {
  const question = `${item.text} ${item.name.replaceAll("_", " ")}`.normalize("NFKC").toLowerCase();
  if (scaled.test(question)) return undefined;
  const asked = units.filter(({ pattern }) => pattern.test(question));
  const [, minus, sign, after, before, word] =
    /^(?:(-?)([$€£]) ?(\d\S*)|(\S{1,60}?) ?(%|[$€£]|[a-z]+|per cent))$/.exec(text) ?? [];
  const written = sign ?? word;
  const unit = units.find(({ pattern }) => written !== undefined && pattern.exec(written)?.[0] === written);
  if (unit === undefined) return ageIn(text, question, asked.map(({ pattern }) => pattern));
  const rivals = asked.filter((other) => other.of === unit.of);
  // A question that names no currency asks for the one in the answer, unless it asks for no money at all.
  const open = unit.of === "money" && asked.length === 0 && !/\bhow (?:many|old|long|often)\b/.test(question);
  const isFraction = unit.of === "share" && item.maximum !== null && item.maximum <= 1;
  if (isFraction || !open && (rivals.length !== 1 || rivals[0] !== unit)) return undefined;
  return sign === undefined ? before : `${minus}${after}`;
}

/** The years in "I am 42" and "42 years old", where the question is for an age. */
function ageIn(text: string, question: string, asked: readonly RegExp[]): string | undefined {
  if (!/\b(?:age|old)\b/.test(question) || asked.some((unit) => !unit.test("year"))) return undefined;
  return /^(?:i am|i'm) (\d+)$/.exec(text)?.[1] ??
    /^(?:(?:i am|i'm) )?(\d+) years (?:old|of age)$/.exec(text)?.[1];
}
