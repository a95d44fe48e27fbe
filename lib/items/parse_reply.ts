import { type Item, type RespondentReply, showValue } from "../core/mod.ts";
import { parseAnswer, type ParsedAnswer } from "./parse_answer.ts";

/** One item's answer with the raw text that it was read from. */
export interface ReplyAnswer extends ParsedAnswer {
  /** The answer as it came: its JSON where the reply was JSON, else the reply's text. */
  readonly raw: string;
}

/**
 * Reads a reply into one answer per item. An answer is never dropped: where there is no value there is a status
 * (`refused`, `unparsed`, `truncated`) with its reason, and the raw text is kept.
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
  const text = reply.text.trim();
  const all = (status: ParsedAnswer["status"], reason: string): ReplyAnswer[] =>
    items.map(() => ({ value: null, status, reason, raw: reply.refusal ?? reply.text }));
  if (reply.refusal !== null) return all("refused", `the model refused: ${showValue(reply.refusal)}`);
  if (reply.finishReason === "content_filter") {
    return all("refused", "the endpoint's content filter held the reply back");
  }
  const object = readObject(text);
  if (object === undefined) {
    if (reply.finishReason === "length") return all("truncated", "the reply was cut at the token limit");
    if (text === "") return all("unparsed", "the reply is empty");
    if (items.length === 1 && !/^[{[]/.test(text)) {
      return [{ ...parseAnswer(items[0]!, stripFence(text), shown[items[0]!.name]), raw: reply.text }];
    }
    const words = parseAnswer({
      kind: "number",
      name: "_",
      text: "_",
      minimum: null,
      maximum: null,
      whole: false,
    }, text);
    if (words.status === "refused") return all("refused", words.reason);
    return all("unparsed", `the reply is not a JSON object: ${showValue(text)}`);
  }
  return items.map((item) => {
    const value = property(object, item.name);
    const raw = value === undefined ? reply.text : typeof value === "string" ? value : JSON.stringify(value);
    return { ...parseAnswer(item, value, shown[item.name]), raw };
  });
}

function property(object: { [key: string]: unknown }, name: string): unknown {
  if (Object.hasOwn(object, name)) return object[name];
  const other = Object.keys(object).find((key) => key.toLowerCase() === name.toLowerCase());
  return other === undefined ? undefined : object[other];
}

/** The JSON object in a text: the whole text, what a code fence holds, or from the first brace to the last. */
function readObject(text: string): { [key: string]: unknown } | undefined {
  const braces = text.includes("{") ? text.slice(text.indexOf("{"), text.lastIndexOf("}") + 1) : "";
  for (const candidate of [text, stripFence(text), braces]) {
    try {
      const value = JSON.parse(candidate);
      if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
    } catch {
      // Not JSON: the next candidate may be.
    }
  }
  return undefined;
}

function stripFence(text: string): string {
  return /```[a-z]*\s*([\s\S]*?)```/i.exec(text)?.[1]?.trim() ?? text;
}
