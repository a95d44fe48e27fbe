import { showValue } from "../core/mod.ts";
import { normalizeText } from "./normalize_text.ts";
import { answerForms, statedForms } from "./parse_frame.ts";
import { spellOptions } from "./parse_spelling.ts";
import type { NothingRead, Reading } from "./reading.ts";

/** Reads one option: by its text, by its letter or place as shown, by both, or framed as an answer. */
export function parseChoice(raw: unknown, options: readonly string[], shown: readonly string[]): Reading {
  if (typeof raw !== "string" && typeof raw !== "number") {
    return { reason: `${showValue(raw)} is not an option` };
  }
  const text = normalizeText(String(raw));
  const named = (words: string) => options.find((option) => normalizeText(option) === words);
  const exact = named(text);
  if (exact !== undefined) return { value: exact };
  const spellings = spellOptions(options, shown);
  for (const form of answerForms(text.replace(/^[-*\u2022] (?=\S)/, ""))) {
    const meant = spellings.get(form);
    if (meant?.size === 1) return { value: [...meant][0]! };
    if (meant !== undefined) return { reason: `${showValue(raw)} may be each of ${showValue([...meant])}` };
  }
  for (const form of statedForms(text)) {
    const stated = named(form);
    if (stated !== undefined) return { value: stated };
  }
  return explainChoice(raw, text, options, shown);
}

/** Why a text is no option for certain. */
function explainChoice(
  raw: unknown,
  text: string,
  options: readonly string[],
  shown: readonly string[],
): NothingRead {
  if (/^\d+$/.test(text)) return { reason: `${showValue(raw)} is no place from 1 to ${shown.length}` };
  const count = countNamed(text, options);
  if (count === 0) return { reason: `${showValue(raw)} is none of the options`, names: 0 };
  return count === 1
    ? { reason: `${showValue(raw)} names an option beside something that may exclude it`, names: 1 }
    : { reason: `${showValue(raw)} names several options`, names: count };
}

/** How many options a text names; a shorter one inside a longer one that is named does not count. */
function countNamed(text: string, options: readonly string[]): number {
  let rest = text;
  let count = 0;
  for (const option of options.map(normalizeText).sort((a, b) => b.length - a.length)) {
    const pattern = `(?<![\\p{L}\\p{N}])${escapePattern(option)}(?![\\p{L}\\p{N}])`;
    const left = rest.replace(new RegExp(pattern, "gu"), " ");
    if (left !== rest) count++;
    rest = left;
  }
  return count;
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}
