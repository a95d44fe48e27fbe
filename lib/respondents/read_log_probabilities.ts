import type { LogProbabilities, RespondentRequest } from "../core/mod.ts";
import { property } from "./classify_failure.ts";
import { valuePlace } from "./value_place.ts";

/** Longest list of whole numbers that is taken for options. */
const mostPoints = 101;

/**
 * Reads from the log-probabilities of tokens those of the answers: at the token with which an answer begins, each
 * likely token counts for the option that it is, or that alone begins with it. A token that may begin two options
 * counts for none. `undefined` where the request asks for none or the endpoint gives none.
 */
export function readLogProbabilities(
  logprobs: unknown,
  text: string,
  request: RespondentRequest,
): LogProbabilities | undefined {
  const tokens = property(logprobs, "content");
  if (request.logProbabilities === undefined || !Array.isArray(tokens)) return undefined;
  // Where tokens are not the text, it cannot be said which of them is the answer.
  if (tokens.map((token) => property(token, "token")).join("") !== text) return undefined;
  const entries = Object.entries(property(request.schema?.schema, "properties") ?? {});
  const read = entries.flatMap(([item, schema]) => {
    const options = optionsOf(schema);
    const place = valuePlace(text, item);
    const token = place === undefined ? undefined : tokenAt(tokens, place.start);
    const found = token === undefined ? {} : sumByOption(token, options);
    return Object.keys(found).length === 0 ? [] : [[item, found] as const];
  });
  return read.length === 0 ? undefined : Object.fromEntries(read);
}

/** The answers that a schema allows: a list, or the whole numbers of a short range. */
function optionsOf(schema: unknown): string[] {
  const listed = property(schema, "enum");
  if (Array.isArray(listed)) return listed.map(String);
  const low = property(schema, "minimum");
  const high = property(schema, "maximum");
  if (property(schema, "type") !== "integer" || !Number.isInteger(low) || !Number.isInteger(high)) return [];
  const count = (high as number) - (low as number) + 1;
  return count > mostPoints
    ? []
    : Array.from({ length: Math.max(0, count) }, (_, i) => String((low as number) + i));
}

/** The token in which a character stands. */
function tokenAt(tokens: readonly unknown[], place: number): unknown {
  let end = 0;
  return tokens.find((token) => (end += String(property(token, "token")).length) > place);
}

/** For each option, log Σ exp over the tokens that stand for it; the token that was drawn is counted once. */
function sumByOption(token: unknown, options: readonly string[]): { [option: string]: number } {
  const likely = property(token, "top_logprobs");
  const top = Array.isArray(likely) ? likely : [];
  const drawn = property(token, "token");
  const all = top.some((one) => property(one, "token") === drawn) ? top : [...top, token];
  const sums: { [option: string]: number } = {};
  for (const one of all) {
    const logprob = property(one, "logprob");
    const option = optionOf(String(property(one, "token")), options);
    if (option === undefined || typeof logprob !== "number") continue;
    const other = sums[option];
    sums[option] = other === undefined
      ? logprob
      : Math.max(other, logprob) + Math.log1p(Math.exp(-Math.abs(other - logprob)));
  }
  return sums;
}

/** The option that a token is, or the only one that begins with it. */
function optionOf(token: string, options: readonly string[]): string | undefined {
  const text = token.replace(/^[\s"]+|[\s",}]+$/g, "");
  if (text === "" || options.includes(text)) return text === "" ? undefined : text;
  const begun = options.filter((option) => option.startsWith(text));
  return begun.length === 1 ? begun[0] : undefined;
}
