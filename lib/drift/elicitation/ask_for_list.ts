import { notAskedReason } from "../../core/columns.ts";
import type { Json } from "../../core/hash.ts";
import { cannot, showValue } from "../../core/errors.ts";
import type { Call, CallResult, RespondentRequest } from "../../core/respondent.ts";
import { stream } from "../../core/stream.ts";
import { readReplyText } from "../../items/json.ts";

/** A question whose answer is a list of things, each with the same properties. */
export interface ListQuestion {
  /** What is asked. */
  readonly text: string;
  /** The name of the reply's schema. */
  readonly schema: string;
  /** The property of the reply that holds the list. */
  readonly list: string;
  /** The properties of each entry: a text, or a list of texts. */
  readonly properties: { readonly [property: string]: "text" | "texts" };
}

/** One entry of a reply's list. */
export type ListEntry = { readonly [property: string]: unknown };

/** What several replies to a question gave. */
export interface ListReplies {
  /** The lists of the replies that could be read, in the order of asking. */
  readonly lists: readonly (readonly ListEntry[])[];
  /** How many replies could not be read, and why: empty where all could. */
  readonly note: string;
}

/**
 * Asks a question several times and reads a list from each reply.
 *
 * @throws {Error} if no reply could be read, or what ended the calls
 */
export async function askForList(
  action: string,
  call: Call,
  question: ListQuestion,
  options: { readonly replicates: number; readonly seed: number },
): Promise<ListReplies> {
  const lists: ListEntry[][] = [];
  const unread: string[] = [];
  const requests = Array.from(
    { length: options.replicates },
    (_, i) => requestOf(question, options.seed, i + 1),
  );
  const results = await Promise.all(requests.map((request) => call.ask(request)));
  if (results.some(({ kind }) => kind !== "reply")) call.signal.throwIfAborted();
  for (const result of results) {
    const read = readList(result, question);
    if (typeof read === "string") unread.push(read);
    else lists.push(read);
  }
  if (lists.length === 0) {
    throw new Error(`Cannot ${action} as no reply of ${call.name} could be read: ${unread[0]}`);
  }
  const note = unread.length === 0
    ? ""
    : `${unread.length} of ${options.replicates} replies could not be read (${unread[0]})`;
  return { lists, note };
}

function requestOf(question: ListQuestion, seed: number, replicate: number): RespondentRequest {
  const entry = Object.fromEntries(
    Object.entries(question.properties).map(([name, kind]): [string, Json] => [
      name,
      kind === "text" ? { type: "string" } : { type: "array", items: { type: "string" } },
    ]),
  );
  const items = closedObject(entry);
  return {
    messages: [{ role: "user", content: question.text }],
    schema: {
      name: question.schema,
      schema: closedObject({ [question.list]: { type: "array", items } }),
    },
    seed: stream(seed, question.schema, replicate).bits() >>> 1,
    replicate,
  };
}

function closedObject(properties: { readonly [name: string]: Json }): { readonly [key: string]: Json } {
  return { type: "object", properties, required: Object.keys(properties), additionalProperties: false };
}

/** The list, or why there is none. */
function readList(result: CallResult, { list }: ListQuestion): ListEntry[] | string {
  if (result.kind !== "reply") return result.kind === "failed" ? result.error.message : notAskedReason;
  const { reply } = result.stored;
  if (reply.refusal !== null) return `the model refused: ${showValue(reply.refusal)}`;
  if (reply.finishReason === "length") return "the reply was cut at the token limit";
  const entries = readReplyText(reply.text.trim()).object?.[list];
  if (!Array.isArray(entries)) return `the reply has no list '${list}': ${showValue(reply.text)}`;
  return entries.filter((entry) => typeof entry === "object" && entry !== null && !Array.isArray(entry));
}

/** A text of an entry; empty where it has none. */
export function textOf(entry: ListEntry, property: string): string {
  const value = entry[property];
  return typeof value === "string" ? value.trim() : "";
}

/** The distinct texts of a list of an entry. */
export function textsOf(entry: ListEntry, property: string): string[] {
  const value = entry[property];
  const texts = Array.isArray(value) ? value : [];
  return [
    ...new Set(
      texts.filter((text) => typeof text === "string" || typeof text === "number").map((text) =>
        String(text).trim()
      ).filter((text) => text !== ""),
    ),
  ];
}

/** Checks the way to a model: a respondent by itself has no store, no limits and no end. */
export function requireCall(action: string, argument: string, call: Call, or = ""): void {
  if (typeof call?.ask === "function") return;
  const rule = `be the way to call a respondent${or}`;
  throw new TypeError(
    `${cannot(action, argument, rule, call)}; for example caller(respondent, { store }) of the runner`,
  );
}
