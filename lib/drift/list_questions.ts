import { answerColumns, assignedColumns, notAskedReason } from "../core/columns.ts";
import { personaColumns, planColumns } from "../core/columns.ts";
import { cannot, showValue } from "../core/errors.ts";
import type { Treatments } from "../core/experiment.ts";
import type { Json } from "../core/hash.ts";
import type { Call, CallResult, RespondentRequest } from "../core/respondent.ts";
import { stream } from "../core/stream.ts";
import { objectSchema, readReplyText } from "../items/json.ts";
import { distinct, groupRows } from "../core/table.ts";

/** A question whose answer is a list of things, each with the same properties. */
export interface ListQuestion {
  readonly setting: string | undefined;
  readonly asks: readonly string[];
  readonly stated: readonly string[];
  /** The names of the reply's schema, and of its property that holds the list. */
  readonly schema: string;
  readonly list: string;
  /** The properties of each entry: a text, or a list of texts. */
  readonly properties: { readonly [property: string]: "text" | "texts" };
}

type ListEntry = { readonly [property: string]: unknown };

/**
 * Asks a question several times, without any arm's text, and gathers what the replies name: an error where none could be
 * read. Gives too the names that cannot be columns, in a sentence, and all that the reader must know.
 */
export async function askForNames(
  action: string,
  call: Call,
  question: ListQuestion,
  { replicates, seed, treatments }: {
    readonly replicates: number;
    readonly seed: number;
    readonly treatments?: Treatments | undefined;
  },
): Promise<{ named: ReturnType<typeof gatherNames>; unusable: string; notes: string }> {
  checkHidden(action, textOf(question), treatments);
  const results = await Promise.all(
    Array.from({ length: replicates }, (_, i) => call.ask(requestOf(question, seed, i + 1))),
  );
  if (results.some(({ kind }) => kind !== "reply")) call.signal.throwIfAborted();
  const read = results.map((result) => readList(result, question));
  const lists = read.filter((list) => typeof list !== "string");
  const unread = read.filter((list) => typeof list === "string");
  if (lists.length === 0) {
    throw new Error(`Cannot ${action} as no reply of ${call.name} could be read: ${unread[0]}`);
  }
  const unusable = noteUnusable(lists);
  const lost = unread.length === 0
    ? ""
    : `${unread.length} of ${replicates} replies could not be read (${unread[0]})`;
  const notes = [lost, unusable].filter((part) => part !== "").join("; ");
  return { named: gatherNames(lists), unusable, notes };
}

function textOf({ setting, asks, stated, list, properties }: ListQuestion): string {
  const [kinds, shape] = [Object.entries(properties), { text: "…", texts: "[…, …]" }];
  const entry = kinds.map(([name, kind]) => `"${name}": ${shape[kind]}`);
  return [
    ...(setting === undefined ? [] : [`Think of people in this setting: ${setting}`]),
    ...asks,
    ...(stated.length === 0 ? [] : [`Leave out what is known of each person already: ${stated.join(", ")}.`]),
    `Answer with a JSON object: {"${list}": [{${entry.join(", ")}}, …]}.`,
  ].join("\n\n");
}

function requestOf(question: ListQuestion, seed: number, replicate: number): RespondentRequest {
  const { schema: name, list, properties } = question;
  const text = { type: "string" };
  const entry = Object.entries(properties).map(([name, kind]): [string, Json] => [
    name,
    kind === "text" ? text : { type: "array", items: text },
  ]);
  const items = objectSchema(entry);
  return {
    messages: [{ role: "user", content: textOf(question) }],
    schema: { name, schema: objectSchema([[list, { type: "array", items }]]) },
    seed: stream(seed, name, replicate).seed(),
    replicate,
  };
}

function readList(result: CallResult, { list }: ListQuestion): ListEntry[] | string {
  if (result.kind !== "reply") return result.kind === "failed" ? result.error.message : notAskedReason;
  const { reply } = result.stored;
  if (reply.refusal !== null) return `the model refused: ${showValue(reply.refusal)}`;
  if (reply.finishReason === "length") return "the reply was cut at the token limit";
  const entries = readReplyText(reply.text.trim()).object?.[list];
  if (!Array.isArray(entries)) return `the reply has no list '${list}': ${showValue(reply.text)}`;
  return entries.filter((entry) => typeof entry === "object" && entry !== null && !Array.isArray(entry));
}

export function entryText(entry: ListEntry, property: string): string {
  const value = entry[property];
  return typeof value === "string" ? value.trim() : "";
}

export function textsOf(entry: ListEntry, property: string): string[] {
  const value = entry[property];
  const texts: unknown[] = Array.isArray(value) ? value : [];
  const known = texts.filter((text) => typeof text === "string" || typeof text === "number");
  return distinct(known.map((text) => String(text).trim()).filter((text) => text !== ""));
}

/** Checks the way to a model: a respondent by itself has no store, no limits and no end. */
export function requireCall(action: string, argument: string, call: Call, or = ""): void {
  if (typeof call?.ask === "function") return;
  const wrong = cannot(action, argument, `be the way to call a respondent${or}`, call);
  throw new TypeError(`${wrong}; for example caller(respondent, { store }) of the runner`);
}

/** Gathers what several lists name, those named most often first; among equals those that stand higher. */
function gatherNames(lists: readonly (readonly ListEntry[])[]) {
  const found = new Map<string, { name: string; entries: ListEntry[]; places: number[] }>();
  for (const list of lists) {
    const seen = new Set<string>();
    list.forEach((entry, index) => {
      const name = columnName(entryText(entry, "name"));
      const key = name.toLowerCase();
      // A reply that names a thing twice has named it once.
      if (name === "" || seen.has(key)) return;
      seen.add(key);
      const known = found.get(key) ?? { name, entries: [], places: [] };
      known.entries.push(entry);
      known.places.push(index + 1);
      found.set(key, known);
    });
  }
  return [...found.values()].map(({ name, entries, places }) => ({
    name,
    entries,
    /** The share of readable replies that named it. */
    share: entries.length / lists.length,
    place: places.reduce((sum, place) => sum + place, 0) / places.length,
  })).sort((a, b) => b.share - a.share || a.place - b.place || (a.name < b.name ? -1 : 1));
}

/** Says which names were left out because no letter or digit of theirs can stand in a column's name. */
function noteUnusable(lists: readonly (readonly ListEntry[])[]): string {
  const names = lists.flat().map((entry) => entryText(entry, "name"));
  const unusable = distinct(names.filter((name) => name !== "" && columnName(name) === "")).join(", ");
  if (unusable === "") return "";
  return `names without Latin letters cannot be columns and are left out: ${unusable}; ask in English`;
}

/** Columns of the experiment's tables: an attribute called block would change how arms are compared. */
const taken = new Set(
  [personaColumns, assignedColumns, planColumns, answerColumns].flatMap((columns) => Object.keys(columns)),
);

/**
 * A name as a column may be called: "Age group" is age_group; what looks like a column's name stays as it is. What the
 * tables or the language call so already is of the person: "weight" is own_weight.
 */
export function columnName(text: string): string {
  const name = plainName(text);
  return taken.has(name.toLowerCase()) || name in {} ? `own_${name}` : name;
}

function plainName(text: string): string {
  if (/^[a-z_][A-Za-z0-9_]{0,63}$/.test(text)) return text;
  const words = text.normalize("NFKD").replace(/\p{Mark}/gu, "").toLowerCase().match(/[a-z0-9]+/g) ?? [];
  const name = words.join("_").slice(0, 64);
  return /^[0-9]/.test(name) ? `_${name}`.slice(0, 64) : name;
}

/** The list that most replies gave; among equals the first. Empty lists count only where there is no other. */
export function mostFrequent(lists: readonly (readonly string[])[]): readonly string[] {
  const named = lists.filter((list) => list.length > 0);
  const groups = groupRows(named.map((list) => JSON.stringify(list)));
  // A stable sort: among equals the first.
  const [most] = [...groups.values()].sort((one, other) => other.length - one.length);
  return most === undefined ? [] : named[most[0]!]!;
}

// What stands between slots and tags is the text that every subject of an arm reads.
const templateMarks = /\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}/;

/** Shorter parts and sentences, such as "Good morning", give nothing away. */
const fewestWords = 4;

/** As many words in a row are taken from a text, not met by chance. */
const runLength = 6;

/**
 * Checks that a text that will be sent holds no part of any arm's text: who is asked must not meet the treatment. Parts
 * are texts between slots, sentences, and runs of six words; what stands in all arms is no treatment, and may be said.
 */
function checkHidden(action: string, text: string, treatments: Treatments | undefined): void {
  const sent = ` ${fold(text)} `;
  const arms = (treatments?.arms ?? []).map((arm) => ({
    name: arm.name,
    plain: arm.wordings.flatMap((wording) => wording.split(templateMarks)),
    filled: arm.wordings.flatMap((wording) => fill(wording, arm.slots).split(templateMarks)),
  }));
  const read = arms.map(({ filled }) => filled.map((part) => ` ${fold(part)} `));
  const inAll = (part: string): boolean =>
    arms.length > 1 && read.every((texts) => texts.some((own) => own.includes(` ${part} `)));
  for (const { name, plain, filled } of arms) {
    const pieces = [...plain.map(fold), ...filled.flatMap((part) => [...sentencesOf(part), ...runsOf(part)])];
    const shown = pieces.find((piece) =>
      piece.split(" ").length >= fewestWords && sent.includes(` ${piece} `) && !inAll(piece)
    );
    if (shown === undefined) continue;
    throw new RangeError(
      `Cannot ${action} as the question would show the treatment: it contains text of arm '${name}', ` +
        `${showValue(shown)}; describe the circumstances in other words`,
    );
  }
}

/** A wording with the values that its arm fills in; what each persona fills in stays a slot. */
function fill(wording: string, slots: Treatments["arms"][number]["slots"]): string {
  const valueOf = (mark: string, name: string) => Object.hasOwn(slots, name) ? String(slots[name]) : mark;
  return wording.replace(/\{\{\s*([A-Za-z_]\w*)\s*\}\}/g, valueOf);
}

function sentencesOf(text: string): string[] {
  return text.split(/[.!?;:\n]+(?:\s|$)/).map(fold).filter((sentence) => sentence !== "");
}

function runsOf(text: string): string[] {
  const words = fold(text).split(" ");
  return words.slice(runLength - 1).map((_, from) => words.slice(from, from + runLength).join(" "));
}

function fold(text: string): string {
  return (text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).join(" ");
}
