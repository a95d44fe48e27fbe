import { normalizeText } from "./normalize_text.ts";
import { optionLetter } from "./shown_options.ts";

/** The ways to write the options, each with the options that it may mean: one, or several where it is ambiguous. */
export type Spellings = ReadonlyMap<string, ReadonlySet<string>>;

// Options that speak of numbers make a number ambiguous: it may be theirs or a place.
const numeric =
  /\d|\b(?:zero|none|one|two|three|four|five|six|seven|eight|nine|ten|once|twice|first|second|third|half|single|double)\b/;

/** Lists how each option may be written: its text, its letter or place as shown, or both together. */
export function spellOptions(options: readonly string[], shown: readonly string[]): Spellings {
  const spellings = new Map<string, Set<string>>();
  const add = (spelling: string, option: string) => {
    spellings.set(spelling, (spellings.get(spelling) ?? new Set()).add(option));
  };
  const texts = new Map(options.map((option) => [option, normalizeText(option)]));
  const byPlace = ![...texts.values()].some((text) => numeric.test(text));
  shown.forEach((option, place) => {
    const text = texts.get(option) ?? normalizeText(option);
    for (const mark of [optionLetter(place).toLowerCase(), ...(byPlace ? [String(place + 1)] : [])]) {
      const meant = [option, ...options.filter((other) => carries(texts.get(other)!, mark))];
      for (const spelling of spellMark(mark)) meant.forEach((one) => add(spelling, one));
      for (const spelling of spellMarkedText(mark, text)) add(spelling, option);
    }
  });
  // The text is what a question asks for; it is the option even where it is also another one's letter.
  for (const [option, text] of texts) {
    spellings.set(text, new Set([option]));
    const named = `option ${text}`;
    if (!texts.has(named)) add(named, option);
  }
  return spellings;
}

/** Whether an option bears a letter or number of its own: "a. paper", "(a) paper", "plan a". */
function carries(text: string, mark: string): boolean {
  return [".", ")", ":"].some((sign) => text.startsWith(`${mark}${sign}`)) || text.startsWith(`(${mark})`) ||
    text.endsWith(` ${mark}`);
}

function spellMark(mark: string): string[] {
  return [mark, `${mark})`, `${mark}:`, `(${mark})`, `[${mark}]`, `option ${mark}`];
}

function spellMarkedText(mark: string, text: string): string[] {
  const marked = [". ", ") ", ": ", " - ", " \u2013 ", " \u2014 "].map((sign) => `${mark}${sign}${text}`);
  const named = [...marked, `${mark} (${text})`].map((spelling) => `option ${spelling}`);
  return [...marked, ...named, `(${mark}) ${text}`, `[${mark}] ${text}`, `${text} (${mark})`];
}
