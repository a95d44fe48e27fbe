import { checkName, checkText } from "../core/checks.ts";
import { cannot, showValue } from "../core/errors.ts";
import type { JsonSchema, NothingRead, OptionOrder, Reading } from "../core/item.ts";
import { oneOf } from "../core/options.ts";
import { parseJson } from "./json.ts";
import { answerForms, normalizeText, statedForms } from "./words.ts";

export function checkQuestion(action: string, name: string, text: string): { name: string; text: string } {
  checkName(action, "name", name);
  checkText(action, "text", text);
  return { name, text };
}

/** Options of `choice`, and of every other question with a list of options. */
export interface ChoiceOptions {
  /**
   * How the options are ordered for each persona: as declared, reversed for a random half, or shuffled. Use
   * `reversed` where the options have an order of their own.
   * @default {"shuffled"}
   */
  order?: OptionOrder;
}

export const choiceRules = {
  order: oneOf<OptionOrder, OptionOrder>(["fixed", "reversed", "shuffled"], "shuffled"),
};

/** The name, text and options of a question with a list of them: at least two, of which no two read the same. */
export function listQuestion(
  action: string,
  name: string,
  text: string,
  answers: readonly string[],
): { name: string; text: string; options: readonly string[] } {
  const question = checkQuestion(action, name, text);
  if (!Array.isArray(answers) || answers.length < 2) {
    throw new TypeError(cannot(action, "answers", "be a list of at least two options", answers));
  }
  const seen = new Map<string, string>();
  for (const answer of answers) {
    checkText(action, "answers", answer);
    const key = normalizeText(answer);
    const other = seen.get(key);
    if (other !== undefined) {
      const rule = "differ by more than case and punctuation";
      throw new RangeError(cannot(action, "answers", rule, [other, answer]));
    }
    seen.set(key, answer);
  }
  return { ...question, options: Object.freeze([...answers]) };
}

/** The letter of the option shown at a place, from 0: A, B, … Z, AA, AB, … */
export function optionLetter(place: number): string {
  const letter = String.fromCharCode(65 + (place % 26));
  return place < 26 ? letter : optionLetter(Math.floor(place / 26) - 1) + letter;
}

/** The options as they are shown: a line each, with its letter. */
export function listOptions(shown: readonly string[]): string {
  return shown.map((option, place) => `${optionLetter(place)}. ${option}`).join("\n");
}

export function listSchema(shown: readonly string[], minItems: number, maxItems: number): JsonSchema {
  return { type: "array", items: { type: "string", enum: [...shown] }, minItems, maxItems };
}

interface SpelledOptions {
  readonly texts: ReadonlyMap<string, string>;
  /** Every way to write an option, with the options that it may mean: one, or several where it is ambiguous. */
  readonly spellings: ReadonlyMap<string, ReadonlySet<string>>;
  readonly byPlace: boolean;
}

// Options that speak of numbers make a number ambiguous: it may be theirs or a place.
const numeric =
  /\d|\b(?:zero|none|one|two|three|four|five|six|seven|eight|nine|ten|once|twice|first|second|third|half|single|double)\b/;

/** What was spelled last for the options as they were shown: one reply is read in several ways. */
const lately = new WeakMap<
  readonly string[],
  SpelledOptions & { readonly options: readonly string[]; readonly places: boolean }
>();

/**
 * Lists how each option may be written: its text, its letter or place as shown, or both together. Without `places` a
 * number is no place: in a ranking it may be a rank.
 */
export function spellOptions(
  options: readonly string[],
  shown: readonly string[],
  { places = true } = {},
): SpelledOptions {
  const before = lately.get(shown);
  if (before?.options === options && before.places === places) return before;
  const texts = new Map(options.map((option) => [normalizeText(option), option]));
  const byPlace = places && ![...texts.keys()].some((text) => numeric.test(text));
  let spellings: SpelledOptions["spellings"] | undefined;
  const spelled = {
    ...{ options, places, texts, byPlace },
    // Most replies are an option's text: then no other way to write it is needed.
    get spellings() {
      return spellings ??= spellingsOf(texts, shown, byPlace);
    },
  };
  lately.set(shown, spelled);
  return spelled;
}

function spellingsOf(texts: SpelledOptions["texts"], shown: readonly string[], byPlace: boolean) {
  const spellings = new Map<string, Set<string>>();
  const add = (spelling: string, option: string) => {
    spellings.set(spelling, (spellings.get(spelling) ?? new Set()).add(option));
  };
  shown.forEach((option, place) => {
    const text = normalizeText(option);
    for (const mark of [optionLetter(place).toLowerCase(), ...(byPlace ? [String(place + 1)] : [])]) {
      const meant = [option, ...[...texts].flatMap(([other, one]) => carries(other, mark) ? [one] : [])];
      for (const spelling of spellMark(mark)) meant.forEach((one) => add(spelling, one));
      for (const spelling of spellMarkedText(mark, text)) add(spelling, option);
    }
  });
  // The text is what a question asks for; it is the option even where it is also another one's letter.
  for (const [text, option] of texts) {
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

/** Reads one option: by its text, by its letter or place as shown, by both, or framed as an answer. */
export function readOption(raw: unknown, spelled: SpelledOptions): Reading {
  const { texts, byPlace } = spelled;
  if (typeof raw !== "string" && typeof raw !== "number") {
    return { reason: `${showValue(raw)} is not an option` };
  }
  const text = normalizeText(String(raw));
  const exact = texts.get(text);
  if (exact !== undefined) return { value: exact };
  for (const form of answerForms(text.replace(/^[-*\u2022] (?=\S)/, ""))) {
    const meant = spelled.spellings.get(form);
    if (meant?.size === 1) return { value: [...meant][0]! };
    if (meant !== undefined) return { reason: `${showValue(raw)} may be each of ${showValue([...meant])}` };
  }
  for (const form of statedForms(text)) {
    const stated = texts.get(form);
    if (stated !== undefined) return { value: stated };
  }
  if (byPlace && /^\d+$/.test(text)) {
    return { reason: `${showValue(raw)} is no place from 1 to ${texts.size}` };
  }
  return explainOption(raw, text, [...texts.keys()]);
}

function explainOption(raw: unknown, text: string, options: readonly string[]): NothingRead {
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
  for (const option of options.toSorted((a, b) => b.length - a.length)) {
    const pattern = `(?<![\\p{L}\\p{N}])${RegExp.escape(option)}(?![\\p{L}\\p{N}])`;
    const left = rest.replace(new RegExp(pattern, "gu"), " ");
    if (left !== rest) count++;
    rest = left;
  }
  return count;
}

/**
 * Reads several options: a JSON list, one option a line, or options that commas or "and" join; where they are
 * `ordered`, also "a > b > c" and "1. a 2. b 3. c".
 */
export function readOptionList(
  raw: unknown,
  spelled: SpelledOptions,
  ordered: boolean,
): readonly string[] | NothingRead {
  const list = typeof raw === "string" && raw.trim().startsWith("[") ? parseJson(raw) ?? raw : raw;
  if (Array.isArray(list)) return readEach(list, spelled);
  const whole = readOption(list, spelled);
  if ("value" in whole || typeof list !== "string") return readEach([list], spelled);
  const lines = readLines(list);
  if (lines.length > 1) return readEach(lines, spelled);
  const text = normalizeText(lines[0] ?? list);
  // Longer than every option with its letter, twice: no list of them, and not worth the search.
  if (text.length > [...spelled.texts.keys()].reduce((sum, one) => sum + 2 * (one.length + 20), 200)) {
    return whole;
  }
  for (const form of answerForms(text)) {
    const counted = ordered ? splitCounted(form) : [];
    if (counted.length > 1) return readEach(counted, spelled);
    const lists = splitList(form.replace(/^both /, "").replace(/ ?[,;]$/, ""), spelled, ordered);
    if (lists.length === 1) return lists[0]!;
    if (lists.length > 1) return { reason: `${showValue(raw)} may be read as several lists` };
  }
  return whole;
}

function readEach(parts: readonly unknown[], spelled: SpelledOptions): readonly string[] | NothingRead {
  const list: string[] = [];
  for (const part of parts) {
    const reading = readOption(part, spelled);
    if ("reason" in reading) return reading;
    list.push(reading.value as string);
  }
  return list;
}

/** The lines of a list without bullets or numbers and without a line that announces it. */
export function readLines(raw: string): string[] {
  const lines = raw.split("\n").map((line) => line.trim().replace(/[,;]$/, "")).filter((line) => line !== "");
  const announced =
    /^(?:my |the )?(?:answers?|choices?|selections?|ranking|order|allocation)(?: (?:is|are))? ?:$/;
  if (announced.test(normalizeText(lines[0] ?? ""))) lines.shift();
  // Numbers that count the lines from 1 are no places.
  const counted = lines.length > 1 && lines.every((line, i) => new RegExp(`^${i + 1}[.)]\\s`).test(line));
  return lines.map((line) => line.replace(counted ? /^\d+[.)]\s+/ : /^[-*\u2022]\s+/, ""));
}

/** The parts of a line that counts them from 1: "1. tv, 2. web". */
function splitCounted(text: string): string[] {
  const marks = [...text.matchAll(/(?:^|[ ,;])(\d+)[.)] /g)];
  if (!marks.every(({ 1: count }, i) => Number(count) === i + 1) || marks[0]?.index !== 0) return [];
  return marks.map((mark, i) =>
    text.slice(mark.index + mark[0].length, marks[i + 1]?.index).replace(/[ ,;]{1,3}$/, "")
  );
}

const anyGap = /^(?: ?[,;/|&+] ?(?:and )?| and | as well as )(?=\S)/;
const orderedGap = /^(?: ?(?:[,;>\u2192]|->) ?(?:and )?(?:then )?| (?:and )?then | and )(?=\S)/;

/** The different lists that a text may be, as far as two; options may hold commas and "and" themselves. */
function splitList(text: string, { spellings }: SpelledOptions, ordered: boolean): string[][] {
  const known = new Map<number, string[][]>();
  const from = (start: number): string[][] => {
    const before = known.get(start);
    if (before !== undefined) return before;
    const lists = new Map<string, string[]>();
    for (const [spelling, meant] of spellings) {
      if (lists.size > 1) break;
      if (!text.startsWith(spelling, start)) continue;
      const end = start + spelling.length;
      const gap = (ordered ? orderedGap : anyGap).exec(text.slice(end));
      const rests = end === text.length ? [[]] : gap === null ? [] : from(end + gap[0].length);
      for (const option of meant) {
        for (const rest of rests) {
          const list = ordered ? [option, ...rest] : [...new Set([option, ...rest])].sort();
          lists.set(JSON.stringify(list), list);
        }
      }
    }
    known.set(start, [...lists.values()]);
    return [...lists.values()];
  };
  return from(0);
}
