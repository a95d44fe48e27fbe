import { checkColumns, checkIds, checkRows } from "../core/checks.ts";
import { cannot, didYouMean } from "../core/errors.ts";
import type { Item } from "../core/item.ts";
import { columns, type DrawOptions, drawRules, readOptions, required } from "../core/options.ts";
import { type RulesFor, whole } from "../core/options.ts";
import { stream } from "../core/stream.ts";
import { columnOf, type Table, tableOf } from "../core/table.ts";
import { visibleText } from "../core/visible_text.ts";
import { alternativesOf } from "../items/elicited.ts";
import { parseAnswer } from "../items/questionnaire.ts";
import { type CodebookEntry, readCodebook } from "./human.ts";

/** Options of {@linkcode describeTwins}. */
export interface DescribeTwinsOptions extends DrawOptions {
  /** The questions that people answered: items (their scales are told, too), or a codebook. */
  questions: readonly (Item | CodebookEntry)[];
  /** The questions that the twins will be asked. */
  asked: readonly (Item | CodebookEntry)[];
  /**
   * The columns whose answers are told.
   * @default {undefined} of all questions with a text but those asked, and those asked in the same words
   */
  stated?: string | readonly string[];
  /**
   * How many of them each person tells, drawn from those that it answered.
   * @default {undefined} all
   */
  k?: number;
  /**
   * Columns that the personas keep: `party`; or `arm`, for twins in the arms of their persons.
   * @default {[]}
   */
  keep?: string | readonly string[];
}

const action = "describe twins";

const rules = {
  ...drawRules,
  // Checked where they are read, one by one.
  questions: required<readonly (Item | CodebookEntry)[]>(() => {}),
  asked: required<readonly (Item | CodebookEntry)[]>(() => {}),
  ...{ stated: columns, k: whole(undefined), keep: columns },
} as const satisfies RulesFor<DescribeTwinsOptions>;

/**
 * Describes people by their own answers to some questions, as personas to be asked others: twins.
 *
 * No twin is told what it will be asked. A design states the text with `stated: ["persona_text"]`, and the prompt has it
 * as it stands; the answers join those of `human` by `persona_id`.
 *
 * @param human one row per person, as from {@linkcode loadHuman}
 * @param options see {@linkcode DescribeTwinsOptions}
 * @returns personas: `persona_id`, `weight`, `persona_text` (empty for who answered nothing), `stated_questions` (their
 * names, as a text), and the columns to keep
 * @throws {RangeError} if a question to be asked would be told, or a column is not known
 * @see Toubia et al. 2025, Twin-2K-500
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { describeTwins } from "@understudy/understudy/formats";
 * import { likert, yesNo } from "@understudy/understudy/items";
 *
 * const trust = likert("trust", "Do you trust parliament?", { points: 5 });
 * const vote = yesNo("vote", "Will you vote?");
 * const human = tableOf({ persona_id: ["p1"], trust: [4], vote: [1] });
 * const text = describeTwins(human, { questions: [trust, vote], asked: [vote] }).get("persona_text", 0);
 * assertEquals(text, "You were asked: Do you trust parliament?\nYou answered: 4 (on a scale from 1 to 5)");
 * ```
 */
export function describeTwins(human: Table, options: DescribeTwinsOptions): Table {
  const { questions, asked, stated, k, keep = [], seed } = readOptions(action, options, rules);
  const kept = [keep].flat();
  checkColumns(action, human, ["persona_id", ...kept], "human");
  checkRows(action, human, "human");
  checkIds(action, human, "persona_id");
  const [known, heldOut] = [questionsOf("questions", questions), questionsOf("asked", asked)];
  const textOf = (name: string) => plain(known.get(name)?.text);
  const texts = new Set([...heldOut].flatMap(([name, { text }]) => [plain(text), textOf(name)]));
  const isAsked = (name: string) => heldOut.has(name) || textOf(name) !== "" && texts.has(textOf(name));
  const able = human.columnNames().filter((name) => textOf(name) !== "" && !isAsked(name));
  const told = stated === undefined ? able : [stated].flat();
  const wrong = [...told.filter((name) => !able.includes(name)), ...kept.filter(isAsked)];
  if (wrong.length > 0 || told.length === 0) {
    const rule = `name questions with a text, none to be asked (of ${able.join(", ").slice(0, 300)})`;
    throw new RangeError(cannot(action, "stated", rule, wrong) + didYouMean(wrong[0] ?? "", able));
  }
  const ids = columnOf(human, "persona_id");
  const answers = new Map(told.map((name) => [name, columnOf(human, name)]));
  const chosen = ids.map((id, row) => {
    const own = told.filter((name) => !["", "NaN"].includes(String(answers.get(name)![row] ?? "")));
    // In the order of the questions, whatever is drawn.
    const drawn = k === undefined ? null : new Set(stream(seed, "twin", String(id)).shuffle(own).slice(0, k));
    return own.filter((name) => drawn?.has(name) ?? true);
  });
  const writers = new Map(told.map((name) => [name, writer(known.get(name)!)]));
  const write = (name: string, row: number) => writers.get(name)!(answers.get(name)![row]);
  const made = {
    persona_id: ids,
    weight: human.columnNames().includes("weight") ? columnOf(human, "weight") : ids.map(() => 1),
    persona_text: chosen.map((own, row) => own.map((name) => write(name, row)).join("\n\n")),
    stated_questions: chosen.map((own) => own.join(", ")),
  };
  const taken = kept.filter((name) => ["persona_text", "stated_questions"].includes(name));
  if (taken.length > 0) throw new RangeError(cannot(action, "keep", "name no column that twins have", taken));
  return tableOf({ ...made, ...Object.fromEntries(kept.map((name) => [name, columnOf(human, name)])) });
}

/** Questions by the names of their answers. */
function questionsOf(argument: string, given: readonly (Item | CodebookEntry)[]): Map<string, CodebookEntry> {
  const entryOf = (each: Item | CodebookEntry): CodebookEntry =>
    "kind" in Object(each) ? { ...each, column: (each as Item).name } : each as CodebookEntry;
  const read = readCodebook(action, argument, [given].flat().map(entryOf));
  return new Map([...read.values()].map((entry) => [entry.name ?? entry.column, entry]));
}

/** A question's text without what does not make it another question. */
function plain(text = ""): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim();
}

/** Writes an answer in words: of a point of a scale its label and the ends. */
function writer(question: CodebookEntry): (value: unknown) => string {
  const item = question as unknown as Item;
  const options = "kind" in question ? alternativesOf(item) : [];
  const byValue = new Map(options.map((option) => [parseAnswer(item, option.answer).value, option]));
  // What a person wrote in free words stands in quotes, so that it cannot pass for a further question.
  const given = new Set([...item.options ?? [], ...Object.values(question.codes ?? {})]);
  const ends = `${options[0]?.text} to ${options.at(-1)?.text}`;
  return (value) => {
    const parts = [value].flat().map((part) => {
      const isFree = typeof part === "string" ? !given.has(part) : typeof part === "object";
      return isFree ? visibleText(JSON.stringify(part)).replace(/\s+/g, " ") : part;
    });
    const answer = parts.join(", ");
    const own = byValue.get(value as number);
    // Yes and no are numbers, too, and no scale.
    const scale = typeof value === "number" && own?.answer === answer ? ` (on a scale from ${ends})` : "";
    return `You were asked: ${question.text}\nYou answered: ${own?.text ?? answer}${scale}`;
  };
}
