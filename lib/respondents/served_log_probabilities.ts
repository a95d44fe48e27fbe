import type { RespondentReply } from "../core/mod.ts";
import { valuePlace } from "./value_place.ts";

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
