import { type LikertItem, type NumberItem, showValue } from "../core/mod.ts";
import { normalizeText } from "./normalize_text.ts";
import type { Reading } from "./reading.ts";

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

/** Reads a point of a scale: a number, a number as text or word, or a label. */
export function parseLikert(item: LikertItem, raw: unknown): Reading {
  if (typeof raw === "string") {
    const text = normalizeText(raw);
    const labelled = item.labels.findIndex((label) => label !== "" && normalizeText(label) === text);
    if (labelled >= 0) return { value: labelled + 1 };
  }
  const number = readNumber(raw, item.points);
  if (typeof number === "string") return { reason: number };
  if (!Number.isInteger(number)) {
    return { reason: `${number} is not a whole number from 1 to ${item.points}` };
  }
  if (number < 1 || number > item.points) return { reason: `${number} is out of range 1 to ${item.points}` };
  return { value: number };
}

/** Reads a number within an item's limits. */
export function parseNumber(item: NumberItem, raw: unknown): Reading {
  const number = readNumber(raw);
  if (typeof number === "string") return { reason: number };
  if (item.whole && !Number.isInteger(number)) return { reason: `${number} is not a whole number` };
  if (item.minimum !== null && number < item.minimum) return { reason: `${number} is below ${item.minimum}` };
  if (item.maximum !== null && number > item.maximum) return { reason: `${number} is above ${item.maximum}` };
  return { value: number };
}

// Words beside a number that make it another one, or leave open which is meant.
const changing =
  /\b(not|no|never|neither|nor|n't|less|more|fewer|greater|below|above|under|over|least|most|between|minus|negative|plus|half|double|twice|dozens?|hundreds?|thousands?|millions?|billions?|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)\b|n't\b|[<>≤≥±~]|\d[a-z]/;

/** The one number that a value names, or the reason why there is none. */
function readNumber(raw: unknown, scaleEnd?: number): number | string {
  if (typeof raw === "number") return Number.isFinite(raw) ? raw : `${raw} is not a finite number`;
  if (typeof raw !== "string") return `${showValue(raw)} is not a number`;
  const text = normalizeText(raw).replace(/\u2212/g, "-").replace(/(\d),(?=\d{3}(\D|$))/g, "$1");
  const outOf = /^(-?\d+(?:\.\d+)?) ?(?:\/|out of) ?(\d+)$/.exec(text);
  if (outOf && scaleEnd !== undefined && Number(outOf[2]) === scaleEnd) return Number(outOf[1]);
  if (/^-?\d{1,3}(\.\d{3})+$/.test(text)) return `${showValue(raw)} may be a fraction or thousands`;
  if (/^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(text)) return Number(text);
  // A comma that is left may be a decimal one or none: 3,5 is not read as 3 and not as 3.5.
  if (changing.test(text) || /\d[.,]\d*[.,]\d|\d,\d/.test(text)) {
    return `${showValue(raw)} names a number that its words change or leave open`;
  }
  const found = new Set<number>();
  // A minus sign counts only at the start of a number: "3-4" is two numbers, not 3 and -4.
  for (const match of text.matchAll(/(?<![\w.])-?\d+(?:\.\d+)?(?!\w)|(?<=\d-)\d+(?!\w)/g)) {
    found.add(Number(match[0]));
  }
  for (const word of text.match(/[a-z]+/g) ?? []) {
    const value = words.indexOf(word);
    // "one" is a pronoun more often than a number unless it stands alone.
    if (value >= 0 && (word !== "one" || text === "one")) found.add(value);
  }
  if (found.size === 1) return [...found][0]!;
  return found.size === 0
    ? `${showValue(raw)} names no number`
    : `${showValue(raw)} names several numbers: ${[...found].join(", ")}`;
}
