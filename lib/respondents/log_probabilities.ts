import type { LogProbabilities, RespondentReply, RespondentRequest } from "../core/respondent.ts";
import { property } from "./failures.ts";

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

/** One token of a completion, in the shape of OpenAI's. */
interface ServedToken {
  readonly token: string;
  readonly logprob: number;
  readonly bytes: null;
  readonly top_logprobs: readonly {
    readonly token: string;
    readonly logprob: number;
    readonly bytes: null;
  }[];
}

/** A reply's log-probabilities as those of tokens: each answer is one token, and so is what stands between answers. */
export function servedLogProbabilities(
  reply: RespondentReply,
): { readonly content: readonly ServedToken[]; readonly refusal: null } | null {
  if (reply.logProbabilities === undefined) return null;
  const answers = Object.entries(reply.logProbabilities).flatMap(([item, options]) => {
    const place = valuePlace(reply.text, item);
    return place === undefined ? [] : [{ ...place, options }];
  }).sort((a, b) => a.start - b.start);
  const content: ServedToken[] = [];
  let end = 0;
  for (const answer of answers) {
    if (answer.start > end) content.push(certain(reply.text.slice(end, answer.start)));
    content.push(token(reply.text.slice(answer.start, answer.end), answer.options));
    end = answer.end;
  }
  if (end < reply.text.length) content.push(certain(reply.text.slice(end)));
  return { content, refusal: null };
}

function certain(text: string): ServedToken {
  return { token: text, logprob: 0, bytes: null, top_logprobs: [] };
}

function token(text: string, options: { readonly [option: string]: number }): ServedToken {
  const top = Object.entries(options)
    .sort(([, a], [, b]) => b - a)
    .map(([option, logprob]) => ({ token: option, logprob, bytes: null }));
  // Within a reply an option is written as JSON writes it.
  const drawn = Object.keys(options).find((option) => JSON.stringify(option).slice(1, -1) === text);
  // OpenAI's number for what is next to impossible.
  const logprob = drawn === undefined ? -9999 : options[drawn]!;
  return { token: text, logprob, bytes: null, top_logprobs: top };
}

/** Where the value of a property stands in a JSON object's text, without its quotation marks. */
function valuePlace(
  text: string,
  property: string,
): { readonly start: number; readonly end: number } | undefined {
  const name = JSON.stringify(property);
  const at = text.indexOf(name);
  const gap = at < 0 ? null : /^\s*:\s*/.exec(text.slice(at + name.length));
  if (gap === null) return undefined;
  const start = at + name.length + gap[0].length;
  const value = /^(?:"((?:[^"\\]|\\.)*)"|[^\s,}"]+)/.exec(text.slice(start));
  if (value === null) return undefined;
  if (value[1] === undefined) return { start, end: start + value[0].length };
  return { start: start + 1, end: start + 1 + value[1].length };
}
