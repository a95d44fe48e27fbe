import { type MultipleChoiceItem, showValue } from "../core/mod.ts";
import { normalizeText } from "./normalize_text.ts";
import type { Reading } from "./reading.ts";
import { optionLetter } from "./shown_options.ts";

/** Reads one option: by its text, by its letter or place as shown, or by a sentence that names only it. */
export function parseChoice(raw: unknown, options: readonly string[], shown: readonly string[]): Reading {
  if (typeof raw !== "string" && typeof raw !== "number") {
    return { reason: `${showValue(raw)} is not an option` };
  }
  const text = normalizeText(String(raw));
  const exact = options.find((option) => normalizeText(option) === text);
  if (exact !== undefined) return { value: exact };
  const place = shown.findIndex((option, i) => {
    const letter = optionLetter(i).toLowerCase();
    return text === letter || text === `(${letter})` || text === `${letter})` ||
      text === `option ${letter}` ||
      [".", ")", ":"].some((mark) => text === `${letter}${mark} ${normalizeText(option)}`);
  });
  if (place >= 0) return { value: shown[place]! };
  const byNumber = /^(?:option )?(\d+)[.)]?$/.exec(text);
  if (byNumber && !options.some((option) => /^\d/.test(option))) {
    const option = shown[Number(byNumber[1]) - 1];
    return option === undefined
      ? { reason: `${showValue(raw)} is no place from 1 to ${shown.length}` }
      : { value: option };
  }
  return findNamed(raw, text, options);
}

// Words beside an option that may say it is not the one.
const excluding =
  /\b(not|never|neither|nor|no|but|except|without|than|instead|unless|if|unsure|maybe|or)\b|n't\b/;

/** The one option that a sentence names. */
function findNamed(raw: unknown, text: string, options: readonly string[]): Reading {
  // A shorter option inside a longer one that is also named ("agree" in "strongly agree") is not named by itself.
  let rest = text;
  const named: string[] = [];
  for (const option of [...options].sort((a, b) => b.length - a.length)) {
    const pattern = new RegExp(
      `(?<![\\p{L}\\p{N}])${escapePattern(normalizeText(option))}(?![\\p{L}\\p{N}])`,
      "gu",
    );
    if (pattern.test(rest)) {
      named.push(option);
      rest = rest.replace(pattern, " ");
    }
  }
  if (named.length === 1 && !excluding.test(rest)) return { value: named[0]! };
  if (named.length === 0) return { reason: `${showValue(raw)} is none of the options` };
  return named.length === 1
    ? { reason: `${showValue(raw)} names an option beside a word that may exclude it` }
    : { reason: `${showValue(raw)} names several options` };
}

/** Reads a list of options, or a text that separates them by commas or lines. */
export function parseMultipleChoice(
  item: MultipleChoiceItem,
  raw: unknown,
  shown: readonly string[],
): Reading {
  const parts = Array.isArray(raw) ? raw : splitList(raw, item.options);
  const chosen = new Set<string>();
  for (const part of parts) {
    const reading = parseChoice(part, item.options, shown);
    if ("reason" in reading) return reading;
    chosen.add(reading.value as string);
  }
  if (chosen.size < item.minimum || chosen.size > item.maximum) {
    return { reason: `${chosen.size} options chosen: allowed are ${item.minimum} to ${item.maximum}` };
  }
  return { value: item.options.filter((option) => chosen.has(option)) };
}

function splitList(raw: unknown, options: readonly string[]): unknown[] {
  if (typeof raw !== "string") return [raw];
  const text = normalizeText(raw);
  if (text === "none" || text === "none of these") return [];
  if (options.some((option) => normalizeText(option) === text)) return [raw];
  return raw.split(/[,;\n]| and /).map((part) => part.replace(/^\s*[-*•]\s*/, "").trim()).filter((part) =>
    part !== ""
  );
}

/** Reads yes (1) or no (0). */
export function parseYesNo(raw: unknown): Reading {
  if (typeof raw === "boolean") return { value: raw ? 1 : 0 };
  if (raw === 1 || raw === 0) return { value: raw };
  if (typeof raw === "string") {
    const text = normalizeText(raw);
    if (["yes", "y", "true", "1"].includes(text)) return { value: 1 };
    if (["no", "n", "false", "0"].includes(text)) return { value: 0 };
    // In a sentence only a word that stands by itself counts: "no opinion" is not no, "yes, I did not" is not yes.
    const [, word, rest] = /^(yes|no)\s*[,.;:!\u2013\u2014-]\s*(.*)$/.exec(text) ?? [];
    if (word === "yes" && !/\b(no|not|never|but)\b|n't\b/.test(rest!)) return { value: 1 };
    if (word === "no" && !/\b(yes|but|opinion|idea|answer|comment|preference)\b/.test(rest!)) {
      return { value: 0 };
    }
  }
  return { reason: `${showValue(raw)} is neither yes nor no` };
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
