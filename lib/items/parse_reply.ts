import { type Item, type RespondentReply, showValue } from "../core/mod.ts";
import { normalizeText } from "./normalize_text.ts";
import { parseAnswer, type ParsedAnswer } from "./parse_answer.ts";
import { conflicting, type JsonObject } from "./parse_json.ts";
import { declines, refuses } from "./parse_refusal.ts";
import { findAnswer } from "./parse_reply_object.ts";
import { readReplyText } from "./parse_reply_text.ts";

/** One item's answer with the raw text that it was read from. */
export interface ReplyAnswer extends ParsedAnswer {
  /** The answer as it came: its JSON where the reply was JSON, else the reply's text. */
  readonly raw: string;
}

type ShownOptions = { readonly [item: string]: readonly string[] };

/**
 * Reads a reply into one answer per item. An answer is never dropped: where there is no value there is a status
 * (`refused`, `unparsed`, `truncated`) with its reason, and the raw text is kept.
 *
 * Understands a JSON object as the whole reply, in a code fence (the last one counts), within prose, or wrapped
 * ({"answers": …}); keys in other case; trailing commas and single quotes. A model's thoughts (`<think>…</think>`)
 * are no answer. A question that is answered twice and differently has no value.
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
 * const reply = {
 *   text: '{"trust": "4"}',
 *   refusal: null,
 *   finishReason: "stop" as const,
 *   model: "m",
 *   promptTokens: null,
 *   completionTokens: null,
 * };
 * assertEquals(parseReply([likert("trust", "Do you trust it?", { points: 5 })], reply)[0]?.value, 4);
 * ```
 */
export function parseReply(
  items: readonly Item[],
  reply: RespondentReply,
  shown: { readonly [item: string]: readonly string[] } = {},
): ReplyAnswer[] {
  const all = (status: ParsedAnswer["status"], reason: string): ReplyAnswer[] =>
    items.map(() => ({ value: null, status, reason, raw: reply.refusal ?? reply.text }));
  if (reply.refusal !== null) return all("refused", `the model refused: ${showValue(reply.refusal)}`);
  if (reply.finishReason === "content_filter") {
    return all("refused", "the endpoint's content filter held the reply back");
  }
  const text = readReplyText(reply.text.trim());
  // A draft may stand before what was cut off.
  if (reply.finishReason === "length" && !(text.object !== undefined && text.final)) {
    return all("truncated", "the reply was cut at the token limit");
  }
  if (text.object === undefined) return readWords(items, reply.text, text.prose.trim(), shown, all);
  const prose = normalizeText(text.prose);
  if (declines(prose)) return all("unparsed", "the reply both declines and answers");
  if (/\b(?:for example|an example|e\.g)\b/.test(prose)) {
    return all("unparsed", "the reply calls its answers an example");
  }
  return readObject(items, reply.text, text.object, shown);
}

function readObject(
  items: readonly Item[],
  whole: string,
  object: JsonObject,
  shown: ShownOptions,
): ReplyAnswer[] {
  return items.map((item) => {
    const value = findAnswer(object, item, items);
    if (value === conflicting) {
      const reason = "the reply answers this question several times, differently";
      return { value: null, status: "unparsed", reason, raw: whole };
    }
    const raw = value === undefined ? whole : typeof value === "string" ? value : JSON.stringify(value);
    return { ...parseAnswer(item, value, shown[item.name]), raw };
  });
}

/** Reads a reply without a JSON object: the answer to a single question, or none. */
function readWords(
  items: readonly Item[],
  whole: string,
  words: string,
  shown: ShownOptions,
  all: (status: ParsedAnswer["status"], reason: string) => ReplyAnswer[],
): ReplyAnswer[] {
  if (words === "") return all("unparsed", "the reply is empty");
  const item = items[0];
  const structured = words.startsWith("{") || words.startsWith("[") && item?.kind !== "multipleChoice";
  if (items.length === 1 && item !== undefined && !structured) {
    return [{ ...parseAnswer(item, words, shown[item.name]), raw: whole }];
  }
  const refusal = normalizeText(words);
  if (refuses(refusal)) return all("refused", `refused in words: ${showValue(refusal)}`);
  return all("unparsed", `the reply is not a JSON object: ${showValue(words)}`);
}
