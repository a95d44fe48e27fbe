import { type MultipleChoiceItem, showValue } from "../core/mod.ts";
import { normalizeText } from "./normalize_text.ts";
import { parseChoice } from "./parse_choice.ts";
import { answerForms } from "./parse_frame.ts";
import { parseJson } from "./parse_json.ts";
import { type Spellings, spellOptions } from "./parse_spelling.ts";
import type { NothingRead, Reading } from "./reading.ts";

/** Reads a list of options: a JSON list, one option a line, or options that commas or "and" join. */
export function parseMultipleChoice(
  item: MultipleChoiceItem,
  raw: unknown,
  shown: readonly string[],
): Reading {
  const chosen = chooseOptions(item.options, raw, shown);
  if ("reason" in chosen) return chosen;
  if (chosen.options.size < item.minimum || chosen.options.size > item.maximum) {
    return {
      reason: `${chosen.options.size} options chosen: allowed are ${item.minimum} to ${item.maximum}`,
    };
  }
  return { value: item.options.filter((option) => chosen.options.has(option)) };
}

interface Chosen {
  readonly options: ReadonlySet<string>;
}

function chooseOptions(
  options: readonly string[],
  raw: unknown,
  shown: readonly string[],
): Chosen | NothingRead {
  const list = typeof raw === "string" && raw.trim().startsWith("[") ? parseJson(raw.trim()) ?? raw : raw;
  if (Array.isArray(list)) return chooseEach(options, list, shown);
  const whole = parseChoice(list, options, shown);
  if ("value" in whole || typeof list !== "string") return chooseEach(options, [list], shown);
  if (saysNone(normalizeText(list), options)) return { options: new Set() };
  const lines = readLines(list);
  if (lines.length > 1) return chooseEach(options, lines, shown);
  const text = normalizeText(lines[0] ?? list);
  // Longer than every option with its letter, twice: no list of them, and not worth the search.
  if (text.length > options.reduce((sum, option) => sum + 2 * (option.length + 20), 200)) return whole;
  const spellings = spellOptions(options, shown);
  for (const form of answerForms(text)) {
    const sets = splitList(form.replace(/^both /, "").replace(/ ?[,;]$/, ""), spellings);
    if (sets.length === 1) return { options: new Set(sets[0]) };
    if (sets.length > 1) return { reason: `${showValue(raw)} may be read as several lists` };
  }
  return whole;
}

function chooseEach(
  options: readonly string[],
  parts: readonly unknown[],
  shown: readonly string[],
): Chosen | NothingRead {
  const chosen = new Set<string>();
  for (const part of parts) {
    const reading = parseChoice(part, options, shown);
    if ("reason" in reading) return reading;
    chosen.add(reading.value as string);
  }
  return { options: chosen };
}

/** Whether a text says that nothing is chosen, and no option says so too. */
function saysNone(text: string, options: readonly string[]): boolean {
  return /^none(?: of (?:these|them|the above))?$/.test(text) &&
    !options.some((option) => /^(?:none|neither|nothing|no)\b/.test(normalizeText(option)));
}

/** The lines of a list without bullets or numbers and without a line that announces it. */
function readLines(raw: string): string[] {
  const lines = raw.split("\n").map((line) => line.trim().replace(/[,;]$/, "")).filter((line) => line !== "");
  if (
    /^(?:my |the )?(?:answers?|choices?|selections?)(?: (?:is|are))? ?:$/.test(normalizeText(lines[0] ?? ""))
  ) {
    lines.shift();
  }
  // Numbers that count the lines from 1 are no places.
  const counted = lines.length > 1 && lines.every((line, i) => new RegExp(`^${i + 1}[.)]\\s`).test(line));
  return lines.map((line) => line.replace(counted ? /^\d+[.)]\s+/ : /^[-*\u2022]\s+/, ""));
}

/** The different lists that a text may be, as far as two; options may hold commas and "and" themselves. */
function splitList(text: string, spellings: Spellings): string[][] {
  const known = new Map<number, string[][]>();
  const from = (start: number): string[][] => {
    const before = known.get(start);
    if (before !== undefined) return before;
    const lists = new Map<string, string[]>();
    for (const [spelling, meant] of spellings) {
      if (lists.size > 1) break;
      if (!text.startsWith(spelling, start)) continue;
      const end = start + spelling.length;
      const gap = /^(?: ?[,;/|&+] ?(?:and )?| and | as well as )(?=\S)/.exec(text.slice(end));
      const rests = end === text.length ? [[]] : gap === null ? [] : from(end + gap[0].length);
      for (const option of meant) {
        for (const rest of rests) {
          const list = [...new Set([option, ...rest])].sort();
          lists.set(JSON.stringify(list), list);
        }
      }
    }
    known.set(start, [...lists.values()]);
    return [...lists.values()];
  };
  return from(0);
}
