import { checkColumns, checkIds, checkRows } from "../core/checks.ts";
import { cannot, didYouMean, showValue } from "../core/errors.ts";
import type { Item } from "../core/item.ts";
import {
  columns,
  type DrawOptions,
  drawRules,
  readOptions,
  required,
  type RulesFor,
  whole,
} from "../core/options.ts";
import { stream } from "../core/stream.ts";
import { columnOf, type Table, tableOf } from "../core/table.ts";
import { alternativesOf } from "../items/elicited.ts";
import { parseAnswer } from "../items/questionnaire.ts";

/** A question that people answered: an item, or an entry of a codebook. */
export interface TwinQuestion {
  /** The column of its answers. */
  readonly name?: string | null;
  /** The same, where it has no other name. */
  readonly column?: string;
  /** How it was asked; a question without a text is never told. */
  readonly text?: string;
}

/** Options of {@linkcode describeTwins}. */
export interface DescribeTwinsOptions extends DrawOptions {
  /** The questions that people answered: items (their scales are told, too), or a codebook. */
  questions: readonly TwinQuestion[];
  /** The questions that the twins will be asked. */
  asked: readonly TwinQuestion[];
  /**
   * The columns whose answers are told.
   * @default {undefined} of all questions but those asked, and any with the same text
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

const questionList = required<readonly TwinQuestion[]>((_, name, value) => {
  if (Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === "object" && each)) {
    return;
  }
  throw new TypeError(cannot(action, name, "list questions: items such as likert(…), or a codebook", value));
});

const rules = {
  ...drawRules,
  questions: questionList,
  asked: questionList,
  stated: columns,
  k: whole(undefined),
  keep: columns,
} as const satisfies RulesFor<DescribeTwinsOptions>;

/**
 * Describes people by their own answers to some questions, as personas to be asked others: twins.
 *
 * No twin is told what it will be asked. A design states the text with `stated: ["persona_text"]`, and
 * the prompt has it as it stands; the answers join those of `human` by `persona_id`.
 *
 * @param human one row per person, as from `loadHuman`: `persona_id`, the answers, `weight` where there are weights
 * @param options see {@linkcode DescribeTwinsOptions}
 * @returns personas: `persona_id`, `weight`, `persona_text` (empty for who answered nothing), `stated_questions` (their
 * names, as a text), and the columns to keep
 * @throws {RangeError} if a question to be asked would be told, or a column is not known
 * @see Toubia et al. 2025, Twin-2K-500
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { likert, yesNo } from "@understudy/understudy/items";
 * import { describeTwins } from "@understudy/understudy/prompts";
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
  const present = human.columnNames();
  const known = new Map(questions.map((each) => [nameOf(each), each]));
  const textOf = (name: string) => plain(known.get(name)?.text);
  const names = asked.map(nameOf);
  const texts = [...asked.map(({ text }) => plain(text)), ...names.map(textOf)].filter((text) => text !== "");
  const isAsked = (name: string) => names.includes(name) || texts.includes(textOf(name));
  const able = [...known.keys()].filter((name) =>
    present.includes(name) && textOf(name) !== "" && !isAsked(name)
  );
  const told = stated === undefined ? able : [stated].flat();
  const wrong = [...told.filter((name) => !able.includes(name)), ...kept.filter(isAsked)];
  if (wrong.length > 0 || told.length === 0) {
    const rule = `name questions with a text, none of them to be asked: ${
      able.join(", ").slice(0, 300) || "none"
    }`;
    throw new RangeError(cannot(action, "stated", rule, wrong) + didYouMean(wrong[0] ?? "", able));
  }
  const ids = columnOf(human, "persona_id");
  const answers = new Map(told.map((name) => [name, columnOf(human, name)]));
  const isAnswered = (value: unknown) => (value ?? "") !== "" && !Number.isNaN(value);
  const chosen = ids.map((id, row) => {
    const own = told.filter((name) => isAnswered(answers.get(name)![row]));
    if (k === undefined) return own;
    const drawn = new Set(stream(seed, "twin", String(id)).shuffle(own).slice(0, k));
    return own.filter((name) => drawn.has(name));
  });
  const tell = (question: TwinQuestion, answer: unknown) =>
    `You were asked: ${question.text}\nYou answered: ${inWords(question, answer)}`;
  return tableOf({
    persona_id: ids,
    weight: present.includes("weight") ? columnOf(human, "weight") : ids.map(() => 1),
    persona_text: chosen.map((own, row) =>
      own.map((name) => tell(known.get(name)!, answers.get(name)![row])).join("\n\n")
    ),
    stated_questions: chosen.map((own) => own.join(", ")),
    ...Object.fromEntries(kept.map((name) => [name, columnOf(human, name)])),
  });
}

function nameOf({ name, column }: TwinQuestion): string {
  return name ?? column ?? "";
}

/** A question's text without what does not make it another question. */
function plain(text = ""): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim();
}

/** An answer in words: of a point of a scale its label and the ends. */
function inWords(question: TwinQuestion, value: unknown): string {
  const answer = Array.isArray(value)
    ? value.join(", ")
    : typeof value === "string"
    ? value
    : showValue(value);
  if (!("kind" in question)) return answer;
  const item = question as Item;
  const options = alternativesOf(item);
  const own = options.find((option) => parseAnswer(item, option.answer).value === value);
  // Yes and no are numbers, too, and no scale.
  if (own?.answer !== answer || typeof value === "string") return own?.text ?? answer;
  return `${own.text} (on a scale from ${options[0]!.text} to ${options.at(-1)!.text})`;
}
