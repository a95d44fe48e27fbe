import { type LikertItem, showValue } from "../core/mod.ts";
import { normalizeText } from "./normalize_text.ts";
import { answerForms, statedForms } from "./parse_frame.ts";
import { explainNumber, readNumber } from "./parse_number.ts";
import type { Reading } from "./reading.ts";

/** Reads a point of a scale: a number, a number as text or word, a label, or both where they agree. */
export function parseLikert(item: LikertItem, raw: unknown): Reading {
  if (typeof raw === "number") return checkPoint(item, raw);
  if (typeof raw !== "string") return { reason: `${showValue(raw)} is not a number` };
  const text = normalizeText(raw);
  for (const form of answerForms(text)) {
    const number = readPoint(item, form);
    const points = new Set([...labelledPoints(item, form), ...(number === undefined ? [] : [number])]);
    if (points.size === 1) return checkPoint(item, [...points][0]!);
    if (points.size > 1) return { reason: `${showValue(raw)} may be each of ${[...points].join(", ")}` };
  }
  const stated = new Set(statedForms(text).flatMap((form) => labelledPoints(item, form)));
  return stated.size === 1 ? checkPoint(item, [...stated][0]!) : explainNumber(raw);
}

function labelledPoints(item: LikertItem, text: string): number[] {
  return item.labels.flatMap((label, i) => label !== "" && normalizeText(label) === text ? [i + 1] : []);
}

/** The number that a text is: by itself, of the scale's points, or beside its own label. */
function readPoint(item: LikertItem, text: string): number | undefined {
  const bare = readNumber(/^[([](\d+)[)\]]$/.exec(text)?.[1] ?? text);
  if (bare !== undefined) return bare;
  const [, ofScale, points] =
    /^(\d+) ?(?:\/|out of|of|on (?:a|the) scale (?:of|from) 1(?: to |-|\u2013)) ?(\d+)$/.exec(text) ?? [];
  if (points !== undefined && Number(points) === item.points) return Number(ofScale);
  const [, before, after] = /^(\d+) ?(?:[-\u2013\u2014:=.,)]? )(.+)$/.exec(text) ?? [];
  const [, words, last] = /^(.+?) ?(?:[-\u2013\u2014:=,]? )\(?(\d+)\)?$/.exec(text) ?? [];
  return pointWithLabel(item, before, after) ?? pointWithLabel(item, last, words);
}

function pointWithLabel(item: LikertItem, digits?: string, words?: string): number | undefined {
  if (digits === undefined || words === undefined) return undefined;
  const labels = [words, words.replace(/^[([](.+)[)\]]$/, "$1")].map(normalizeText);
  const own = labels.some((label) => labelledPoints(item, label).includes(Number(digits)));
  return own ? Number(digits) : undefined;
}

function checkPoint(item: LikertItem, number: number): Reading {
  if (!Number.isFinite(number)) return { reason: `${number} is not a finite number` };
  if (!Number.isInteger(number)) {
    return { reason: `${number} is not a whole number from 1 to ${item.points}` };
  }
  if (number < 1 || number > item.points) return { reason: `${number} is out of range 1 to ${item.points}` };
  return { value: number };
}
