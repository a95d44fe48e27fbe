import { type NumberItem, showValue } from "../core/mod.ts";
import { normalizeText } from "./normalize_text.ts";
import { answerForms } from "./parse_frame.ts";
import { withoutUnit } from "./parse_unit.ts";
import type { NothingRead, Reading } from "./reading.ts";

const words = [
  "zero",
  "one",
  "two",
  "three",
  "four",
  "five",
  "six",
  "seven",
  "eight",
  "nine",
  "ten",
  "eleven",
  "twelve",
];

const plain = /^[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:e[+-]?\d+)?$/;
const grouped = /^[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?$/;
const thousandsOrFraction = /^[+-]?[1-9]\d{0,2}(?:\.\d{3})+$/;

/** The number that a whole text is, in digits or as a word up to twelve; undefined if it is none for certain. */
export function readNumber(text: string): number | undefined {
  const word = words.indexOf(text);
  if (word >= 0) return word;
  const digits = text.replace(/^\u2212/, "-");
  if (thousandsOrFraction.test(digits) || !(plain.test(digits) || grouped.test(digits))) return undefined;
  const value = Number(digits.replaceAll(",", ""));
  // Adding 0 makes -0 a 0.
  return Number.isFinite(value) ? value + 0 : undefined;
}

/** Reads a number within an item's limits. */
export function parseNumber(item: NumberItem, raw: unknown): Reading {
  const number = typeof raw === "string" ? readFramed(item, normalizeText(raw)) : raw;
  if (number === undefined) return explainNumber(raw);
  if (typeof number !== "number") return { reason: `${showValue(raw)} is not a number` };
  if (!Number.isFinite(number)) return { reason: `${number} is not a finite number` };
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
    : { reason: `${shown} names several numbers: ${[...found].join(", ")}`, names: found.size };
}
