import { type JsonObject, parseJson } from "./parse_json.ts";

/** What a reply's text holds. */
export interface ReplyText {
  /** The answers as a JSON object; absent where there is none for certain. */
  readonly object?: JsonObject;
  /** What stands around the object, or the whole text without thoughts and without the marks of its last fence. */
  readonly prose: string;
  /** Whether nothing follows the object: it was not cut off from a correction. */
  readonly final: boolean;
}

/** Finds the JSON object in a reply: the whole text, what its last code fence holds, or from first to last brace. */
export function readReplyText(text: string): ReplyText {
  const whole = asObject(parseJson(text));
  if (whole !== undefined) return { object: whole, prose: "", final: true };
  const spoken = withoutThoughts(text);
  const fence = lastFence(spoken);
  if (fence === undefined) return readBraces(spoken);
  // An object after the last fence may correct it.
  if (fence.after.includes("{")) return { prose: spoken, final: true };
  const inside = readBraces(fence.content);
  return {
    ...inside,
    prose: `${fence.before}\n${inside.prose}\n${fence.after}`,
    final: inside.final && fence.after === "",
  };
}

function readBraces(text: string): ReplyText {
  const [start, end] = [text.indexOf("{"), text.lastIndexOf("}") + 1];
  const object = start < 0 ? undefined : asObject(parseJson(text.slice(start, end)));
  if (object === undefined) return { prose: text, final: true };
  const after = text.slice(end).trim();
  return { object, prose: `${text.slice(0, start)}\n${after}`, final: after === "" || after === "```" };
}

function asObject(value: unknown): JsonObject | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as JsonObject
    : undefined;
}

function lastFence(text: string): { before: string; content: string; after: string } | undefined {
  const fences = [...text.matchAll(/```(?:[a-z][\w-]*(?=\s))?\s*([\s\S]*?)(?:```|$)/gi)].filter((fence) =>
    fence[1]!.trim() !== ""
  );
  const fence = fences[fences.length - 1];
  if (fence === undefined) return undefined;
  const after = text.slice(fence.index + fence[0].length).trim();
  return { before: text.slice(0, fence.index), content: fence[1]!.trim(), after };
}

/** Drops what a reasoning model thought aloud; a thought that is not closed runs to the end. */
function withoutThoughts(text: string): string {
  const spoken = text.replace(/<(think|thinking|thought|reasoning)>[\s\S]*?<\/\1>/gi, "");
  const closed = spoken.replace(/^[\s\S]*<\/(?:think|thinking|thought|reasoning)>/i, "");
  return closed.replace(/<(?:think|thinking|thought|reasoning)>[\s\S]*$/i, "").trim();
}
