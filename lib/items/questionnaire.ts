import type { AnswerStatus, StatusDetail } from "../core/columns.ts";
import { cannot, showValue } from "../core/errors.ts";
import type { AnswerValue, Item, ItemKind } from "../core/item.ts";
import type { ReplySchema, RespondentReply } from "../core/respondent.ts";
import type { RandomStream } from "../core/stream.ts";
import { conflicting, findAnswer, type JsonObject, objectSchema, readReplyText } from "./json.ts";
import * as exported from "./kinds.ts";
import { declines, normalizeText, refuses, retracts } from "./words.ts";

const kinds = new Map<string, ItemKind>(
  Object.values(exported).flatMap((one) => typeof one === "object" ? [[one.kind, one as ItemKind]] : []),
);

export function kindOf(item: Item): ItemKind {
  const kind = kinds.get(item.kind);
  if (kind !== undefined) return kind;
  throw new RangeError(cannot("use an item", "kind", `be one of ${[...kinds.keys()].join(", ")}`, item.kind));
}

/** The options of an item in the declared order; empty for numbers and free text. */
export function declaredOptions(item: Item): readonly string[] {
  return kindOf(item).options?.(item) ?? item.options ?? [];
}

/** Draws the order in which one persona sees an item's options. */
export function drawOptionOrder(item: Item, random: RandomStream): readonly string[] {
  const options = declaredOptions(item);
  if (item.order === "shuffled") return random.shuffle(options);
  if (item.order === "reversed" && random.integer(2) === 1) return options.toReversed();
  return options;
}

/**
 * Writes a question as its subject reads it: the text, the options in the order shown, and how to answer.
 *
 * @param item the question
 * @param shown the options in the order shown; the declared order if not given
 * @returns several lines
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { choice, describeItem } from "@understudy/understudy/items";
 *
 * const item = choice("news", "Where do you get your news?", ["paper", "tv"]);
 * assertStringIncludes(describeItem(item, ["tv", "paper"]), "A. tv\nB. paper");
 * ```
 */
export function describeItem(item: Item, shown: readonly string[] = declaredOptions(item)): string {
  return `${item.text}\n${kindOf(item).describe(item, shown)}`;
}

/**
 * Writes a question that is asked alone, in words to which small models reply with an answer and nothing else: without a
 * schema SmolLM2 (135 million weights) answered 98 of 160, and 37 of 80 as `describeItem` writes them after an instruction;
 * points of a scale 28 of 40, and 1 of 20.
 */
export function describeAlone(item: Item, shown: readonly string[] = declaredOptions(item)): string {
  const kind = kindOf(item);
  const described = kind.describeAlone?.(item, shown) ?? kind.describe(item, shown);
  return `Question: ${item.text}\n${described}\nAnswer:`;
}

/** For each item's name, its options in the order shown. */
export interface ShownOptions {
  /** The options of an item in the order shown. */
  readonly [item: string]: readonly string[];
}

/** What was shown of an item; else its options as declared. A name such as `constructor` is no inherited one. */
function shownOf(shown: ShownOptions, item: Item): readonly string[] {
  return Object.hasOwn(shown, item.name) ? shown[item.name]! : declaredOptions(item);
}

/**
 * Gives the JSON schema of a whole reply: an object with one property per item, in the order shown, all required.
 *
 * @param items the questions in the order shown
 * @param shown for each item's name, its options in the order shown
 * @returns the schema with its name
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { replySchema, yesNo } from "@understudy/understudy/items";
 *
 * assertEquals(replySchema([yesNo("voted", "Did you vote?")]).schema.required, ["voted"]);
 * ```
 */
export function replySchema(items: readonly Item[], shown: ShownOptions = {}): ReplySchema {
  const properties = items.map((item) =>
    [item.name, kindOf(item).schema(item, shownOf(shown, item))] as const
  );
  return { name: "answers", schema: objectSchema(properties) };
}

/** What became of one answer. */
export interface ParsedAnswer {
  /** The value: a number, an option, a list of options, amounts by option, a text; `null` where there is none. */
  readonly value: AnswerValue | null;
  /** Whether there is a value, and if not, why not. */
  readonly status: AnswerStatus;
  /** Which kind of refusal, cut or failure it was. */
  readonly detail: StatusDetail;
  /** Why there is no value; empty where there is one. */
  readonly reason: string;
}

/**
 * Reads one answer: to a value, or to a status with its reason. Nothing is guessed: an answer that could mean two things has
 * no value.
 *
 * A text is read as a whole: a value by itself, or in one of a fixed list of frames around it. Numbers: "5", "five",
 * "1,200", "5/7", "5 - agree" where point 5 is "agree"; options: their text, letter or place as shown, "B. tv"; frames:
 * "Answer: 5", "My answer is B", "I would say 5.", "I strongly agree with it", "**5**". Whatever else stands beside a value
 * ("not 5", "anything but tv", "about 5", "1.200") may change it, so that it is not read. A refusal in words is `refused`
 * unless it is one of the options.
 *
 * @param item the question
 * @param raw the answer as it stands in the reply's JSON
 * @param shown the options in the order shown; letters and places refer to it
 * @returns value, status and reason
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { choice, parseAnswer } from "@understudy/understudy/items";
 *
 * const item = choice("news", "Where do you get your news?", ["paper", "tv", "web"]);
 * assertEquals(parseAnswer(item, "B", ["web", "tv", "paper"]).value, "tv");
 * ```
 */
export function parseAnswer(
  item: Item,
  raw: unknown,
  shown: readonly string[] = declaredOptions(item),
): ParsedAnswer {
  if (raw === undefined) return unparsed("the reply has no answer to this question");
  if (raw === null) return unparsed("the answer is empty (null)");
  const words = typeof raw === "string" ? normalizeText(raw) : undefined;
  if (words === "") return unparsed("the answer is empty");
  const reading = kindOf(item).read(item, raw, shown);
  if ("value" in reading) return { value: reading.value, status: "answered", detail: "", reason: "" };
  // A text that refuses and names a value ("I can't say, maybe 4") is neither.
  const refused = reading.refused || words !== undefined && reading.names !== 1 && refuses(words);
  if (!refused) return unparsed(reading.reason);
  const said = showValue(typeof raw === "string" ? raw.trim() : raw);
  return { value: null, status: "refused", detail: "words", reason: `refused in words: ${said}` };
}

function unparsed(reason: string): ParsedAnswer {
  return { value: null, status: "unparsed", detail: "", reason };
}

/** One item's answer with the raw text that it was read from. */
export interface ReplyAnswer extends ParsedAnswer {
  /** The answer as it came: its JSON where the reply was JSON, else the reply's text. */
  readonly raw: string;
}

/** Longest reply that is read, in characters: some seventy pages. */
const longestReply = 200_000;

/**
 * Reads a reply into one answer per item. An answer is never dropped: where there is no value there is a status (`refused`,
 * `unparsed`, `truncated`) with its reason, and the raw text is kept.
 *
 * Understands a JSON object as the whole reply, in a code fence (the last one counts), within prose, or wrapped ({"answers":
 * …}); keys in other case; trailing commas and single quotes. A model's thoughts (`<think>…</think>`) are no answer. A
 * question that is answered twice and differently has no value, nor has one that words after the object take back.
 *
 * @param items the questions
 * @param reply the reply
 * @param shown for each item's name, its options in the order shown
 * @returns for each item, in the order of `items`, its answer
 * @example A number as text
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { likert, parseReply } from "@understudy/understudy/items";
 *
 * const counts = { promptTokens: null, completionTokens: null };
 * const reply = { text: '{"trust": "4"}', refusal: null, finishReason: "stop" as const, model: "m", ...counts };
 * assertEquals(parseReply([likert("trust", "Do you trust it?", { points: 5 })], reply)[0]?.value, 4);
 * ```
 */
export function parseReply(
  items: readonly Item[],
  reply: RespondentReply,
  shown: ShownOptions = {},
): ReplyAnswer[] {
  const all = (status: AnswerStatus, detail: StatusDetail, reason: string): ReplyAnswer[] =>
    items.map(() => ({ value: null, status, detail, reason, raw: reply.refusal ?? reply.text }));
  const whole = wholeReply(reply);
  if (whole !== undefined) return all(whole.status, whole.detail, whole.reason);
  if (reply.text.length > longestReply) {
    return all("unparsed", "", `the reply has more than ${longestReply} characters`);
  }
  const text = readReplyText(reply.text.trim());
  if (text.object === undefined && text.prose.trim() === "") {
    const nothing = wholeReply({ ...reply, text: "", thought: text.thought ?? reply.thought })!;
    return all(nothing.status, nothing.detail, nothing.reason);
  }
  // A draft may stand before what was cut off.
  if (reply.finishReason === "length" && (text.object === undefined || text.after !== "")) {
    return all("truncated", "answer", "the reply was cut at the token limit");
  }
  if (text.object === undefined) return readWords(items, reply.text, text.prose.trim(), shown, all);
  const prose = normalizeText(text.prose);
  if (declines(prose)) return all("unparsed", "", "the reply both declines and answers");
  if (text.after !== "" && retracts(text.after, items.map(({ name }) => name))) {
    return all("unparsed", "retracted", `the reply takes its answer back: ${showValue(text.after)}`);
  }
  if (/\b(?:for example|an example|e\.g)\b/.test(prose)) {
    return all("unparsed", "", "the reply calls its answers an example");
  }
  return readObject(items, reply.text, text.object, shown);
}

/** What became of a reply that cannot hold an answer: refused, held back, cut in its thought, or empty. */
export function wholeReply(
  { text, thought, refusal, finishReason }: Omit<RespondentReply, "thought"> & {
    thought?: string | undefined;
  },
): Omit<ParsedAnswer, "value"> | undefined {
  if (refusal !== null) {
    return { status: "refused", detail: "field", reason: `the model refused: ${showValue(refusal)}` };
  }
  if (finishReason === "content_filter") {
    const reason = "the endpoint's content filter held the reply back";
    return { status: "refused", detail: "filter", reason };
  }
  if (text.trim() !== "") return undefined;
  const thoughtOnly = thought !== undefined && thought.trim() !== "";
  if (finishReason === "length") {
    const reason = `the reply was cut at the token limit${thoughtOnly ? ", in its thought" : ""}`;
    return { status: "truncated", detail: thoughtOnly ? "thought" : "answer", reason };
  }
  return thoughtOnly
    ? { status: "empty", detail: "thought", reason: "the reply holds a thought and no answer" }
    : { status: "empty", detail: "", reason: "the reply is empty" };
}

function readObject(
  items: readonly Item[],
  whole: string,
  object: JsonObject,
  shown: ShownOptions,
): ReplyAnswer[] {
  const names = items.map((item) => item.name);
  // The only question may be answered with the object that it asks for.
  const alone = items.length === 1 && kindOf(items[0]!).bracket === "{" ? object : undefined;
  return items.map((item) => {
    const found = findAnswer(object, item.name, names);
    const value = found === undefined ? alone : found;
    if (value === conflicting) {
      const reason = "the reply answers this question several times, differently";
      return { value: null, status: "unparsed", detail: "", reason, raw: whole };
    }
    const raw = value === undefined ? whole : typeof value === "string" ? value : JSON.stringify(value);
    return { ...parseAnswer(item, value, shownOf(shown, item)), raw };
  });
}

/** Reads a reply without a JSON object: the answer to a single question, or none. */
function readWords(
  items: readonly Item[],
  whole: string,
  words: string,
  shown: ShownOptions,
  all: (status: AnswerStatus, detail: StatusDetail, reason: string) => ReplyAnswer[],
): ReplyAnswer[] {
  const [item, ...others] = items;
  const isWords = !/^[[{]/.test(words) || words[0] === "[" && item && kindOf(item).bracket === "[";
  if (item !== undefined && others.length === 0 && isWords) {
    return [{ ...parseAnswer(item, words, shownOf(shown, item)), raw: whole }];
  }
  const refusal = normalizeText(words);
  if (refuses(refusal)) return all("refused", "words", `refused in words: ${showValue(refusal)}`);
  return all("unparsed", "", `the reply is not a JSON object: ${showValue(words)}`);
}
