import type { ReplyToken, RespondentReply } from "../core/respondent.ts";
import { property } from "./failures.ts";

/** How much is read of what an endpoint says: an answer stands at a reply's beginning. */
const mostTokens = 32;
const mostLikely = 20;
const longestToken = 200;

/** Reads the first tokens of a completion with their log-probabilities; `undefined` where it gives none. */
export function readTokens(logprobs: unknown): readonly ReplyToken[] | undefined {
  const content = property(logprobs, "content");
  if (!Array.isArray(content)) return undefined;
  const read = content.slice(0, mostTokens).map((one): ReplyToken | undefined => {
    const drawn = readToken(one);
    const top = property(one, "top_logprobs");
    const likeliest = (Array.isArray(top) ? top.slice(0, mostLikely) : []).map(readToken);
    if (drawn === undefined || likeliest.includes(undefined)) return undefined;
    return { token: drawn[0], logProbability: drawn[1], likeliest: likeliest as [string, number][] };
  });
  // Behind one that cannot be read it is not known what the next follow.
  const first = read.indexOf(undefined);
  const whole = (first < 0 ? read : read.slice(0, first)) as ReplyToken[];
  return whole.length === 0 ? undefined : whole;
}

/** A token with its log-probability, which is at most 0, but for rounding. */
function readToken(one: unknown): readonly [token: string, logProbability: number] | undefined {
  const [token, logprob] = [property(one, "token"), property(one, "logprob")];
  if (typeof token !== "string" || typeof logprob !== "number" || !(logprob <= 0.001)) return undefined;
  return [token.slice(0, longestToken), Math.min(0, logprob)];
}

/** A reply's tokens in the shape of OpenAI's. */
export function writeTokens({ tokens }: RespondentReply): object | null {
  if (tokens === undefined) return null;
  const write = (token: string, logprob: number) => ({ token, logprob, bytes: null });
  return {
    content: tokens.map(({ token, logProbability, likeliest }) => ({
      ...write(token, logProbability),
      top_logprobs: likeliest.map(([other, own]) => write(other, own)),
    })),
    refusal: null,
  };
}
