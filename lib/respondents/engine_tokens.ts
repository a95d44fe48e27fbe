import type { ChatMessage, Respondent } from "../core/respondent.ts";
import { accessTo } from "./endpoint_access.ts";
import { property } from "./failures.ts";

/**
 * Counts the tokens of a prompt as the engine behind a respondent does, template included: vLLM's `/tokenize`, which takes
 * messages, or llama.cpp's `/apply-template` and `/tokenize`; `undefined` where there is neither.
 */
export async function countEngineTokens(
  respondent: Respondent,
  messages: readonly ChatMessage[],
): Promise<number | undefined> {
  const access = accessTo(respondent);
  if (access === undefined) return undefined;
  const { model } = await respondent.identity();
  const root = access.address.replace(/\/v1\/?$/, "");
  const ask = (path: string, body: object) => access.look(`${root}/${path}`, body, undefined);
  const count = property(await ask("tokenize", { model, messages }), "count");
  if (typeof count === "number") return count;
  const prompt = property(await ask("apply-template", { messages }), "prompt");
  if (typeof prompt !== "string") return undefined;
  const body = { content: prompt, add_special: true, parse_special: true };
  const tokens = property(await ask("tokenize", body), "tokens");
  return Array.isArray(tokens) ? tokens.length : undefined;
}
