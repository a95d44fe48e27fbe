import { RespondentError } from "../core/errors.ts";
import type { ReplyToken } from "../core/respondent.ts";
import type { Completion } from "./endpoint_access.ts";
import { property } from "./failures.ts";
import { readTokens } from "./log_probabilities.ts";
import {
  failedFinding,
  firstChoice,
  isRejection,
  judge,
  type ProbeCalls,
  type ProbeFinding,
  type ProbeResult,
  storyTokens,
} from "./probe_calls.ts";

/** Whether the user's own sampling parameters are taken. */
export async function findParameters(calls: ProbeCalls): Promise<ProbeFinding> {
  await calls.plain();
  const names = Object.keys(calls.access.settings().parameters);
  const rejected = names.filter((name) => calls.rejected.has(name));
  return rejected.length === 0
    ? { found: names.length === 0 ? "none sent" : "taken", detail: names.join(", ") }
    : { found: `rejected: ${rejected.join(", ")}`, detail: calls.rejected.get(rejected[0]!)! };
}

/** Which parameter limits the tokens of a reply. */
export async function findLimit(calls: ProbeCalls): Promise<ProbeFinding> {
  const { result } = await firstStory(calls);
  const name = calls.tokenLimit;
  const other = name === "max_tokens" ? "max_completion_tokens" : "max_tokens";
  const refused = calls.rejected.get(other);
  const limited = result instanceof RespondentError ? undefined : isLimited(result);
  if (refused !== undefined) {
    return { found: `${name}; ${other} is rejected`, detail: refused, set: { tokenLimit: name } };
  }
  if (limited) return { found: name, set: { tokenLimit: name } };
  if (limited === undefined) {
    return judge(result, () => ({ found: "cannot tell", detail: "replies end before it" }));
  }
  const again = await calls.story("none", 0, other);
  return !(again instanceof RespondentError) && isLimited(again)
    ? { found: `${other}; ${name} is overlooked`, set: { tokenLimit: other } }
    : { found: "overlooked", detail: `under ${name} as under ${other}` };
}

/** Whether a story ended where it was told to; `undefined` where it ended by itself before. */
function isLimited({ replies: [reply] }: Completion): boolean | undefined {
  const { finishReason, completionTokens, text, thought = "" } = reply!;
  // A token is hardly ever more than 12 letters.
  if ((completionTokens ?? 0) > storyTokens + 1 || (text + thought).length > storyTokens * 12) return false;
  return finishReason === "length" || completionTokens === storyTokens ? true : undefined;
}

/** The first story, with a seed of as many bits as the endpoint takes. */
async function firstStory(
  calls: ProbeCalls,
): Promise<{ result: ProbeResult; seed: "long" | "short" | "none" }> {
  for (const seed of ["long", "short"] as const) {
    const result = await calls.story(seed);
    if (!(result instanceof RespondentError)) return { result, seed };
  }
  return { result: await calls.story("none"), seed: "none" };
}

const told = (result: ProbeResult): string | undefined =>
  result instanceof RespondentError
    ? undefined
    : `${result.replies[0]!.thought ?? ""}\n${result.replies[0]!.text}`;

/** Whether seeds are taken, of how many bits, and whether the same one gives the same text. */
export async function findSeed(calls: ProbeCalls): Promise<ProbeFinding> {
  const { result, seed } = await firstStory(calls);
  if (seed === "none") {
    const why = await calls.story("short");
    const isSeed = !(result instanceof RespondentError) && why instanceof RespondentError;
    return isSeed
      ? failedFinding(why, "rejected", { sendSeed: false })
      : judge(result, () => ({ found: "cannot tell" }));
  }
  const set = { sendSeed: true, seedBits: seed === "long" ? 53 : 31 } as const;
  const long = await calls.story("long");
  const bits = long instanceof RespondentError ? "31 bits taken, 53 rejected" : "taken";
  const why = long instanceof RespondentError ? { detail: long.message } : {};
  const again = told(await calls.story(seed, 1));
  if (again === undefined) return { found: bits, ...why, set };
  if (again !== told(result)) return { found: `${bits}, but the same seed gives another text`, ...why, set };
  const same = again === told(await calls.choices(1));
  return {
    found: `${bits}; ${same ? "every seed gives the same text" : "the same text again"}`,
    ...why,
    set,
  };
}

/** Whether the same seed gives the same text where several calls are under way. */
export async function findParallelSeed(calls: ProbeCalls): Promise<ProbeFinding> {
  const { result, seed } = await firstStory(calls);
  const { results } = await calls.parallel(seed);
  const texts = results.map(told).filter((text) => text !== undefined);
  if (seed === "none" || texts.length === 0) return judge(results[0]!, () => ({ found: "no seed is sent" }));
  return {
    found: `the same text in ${texts.filter((text) => text === told(result)).length} of ${results.length}`,
    detail: "the store is the record, a seed is not",
  };
}

/** Whether one call gives several replies, and these differ. */
export async function findChoices(calls: ProbeCalls): Promise<ProbeFinding> {
  let result = await calls.choices(4);
  if (isRejection(result)) result = await calls.choices(2);
  if (isRejection(result)) return failedFinding(result, "rejected", { choices: 1 });
  return judge(result, ({ replies }) => {
    const different = new Set(replies.map(({ text, thought }) => `${thought}\n${text}`)).size;
    if (replies.length === 1) return { found: "overlooked", set: { choices: 1 } };
    return different === 1
      ? { found: `${replies.length} replies, all the same`, set: { choices: 1 } }
      : { found: `${replies.length} replies to one call`, set: { choices: replies.length } };
  });
}

const tokensOf = (completion: Completion): readonly ReplyToken[] | undefined =>
  readTokens(property(firstChoice(completion), "logprobs"));

/** Whether tokens are those of the text. */
function areOf(tokens: readonly ReplyToken[], text: string): boolean {
  return text.trim().startsWith(tokens.slice(0, 3).map(({ token }) => token).join("").trim());
}

/** Whether replies without a schema come with log-probabilities. */
export async function findLogProbabilities(calls: ProbeCalls): Promise<ProbeFinding> {
  return judge(await calls.plain(), (completion) => {
    const tokens = tokensOf(completion);
    const set = { logProbabilities: "never" } as const;
    const detail = calls.rejected.get("logprobs");
    if (detail !== undefined) return { found: "rejected", detail, set };
    if (!tokens?.some(({ likeliest }) => likeliest.length > 1)) return { found: "not given", set };
    return areOf(tokens, completion.replies[0]!.text)
      ? { found: "given" }
      : { found: "not those of the text", set };
  });
}

/** Whether they are those of the answer under a schema too. */
export async function findUnderSchema(calls: ProbeCalls): Promise<ProbeFinding> {
  const plain = await findLogProbabilities(calls);
  if (plain.found !== "given") return { found: "not asked for" };
  const result = await calls.withSchema();
  return judge(result, (completion) => {
    const set = { logProbabilities: "plain" } as const;
    const tokens = tokensOf(completion);
    if (tokens === undefined) return { found: "not given", set };
    const begin = JSON.stringify(tokens.slice(0, 3).map(({ token }) => token).join(""));
    if (!areOf(tokens, completion.replies[0]!.text)) {
      return { found: "not those of the text", detail: `they begin ${begin}`, set };
    }
    // Held to a schema a reply can begin with a brace or a space alone.
    const allowed = tokens[0]!.likeliest.filter(([token]) => /^\s*(?:\{|$)/.test(token))
      .reduce((sum, [, logProbability]) => sum + Math.exp(logProbability), 0);
    return allowed > 0.9 ? { found: "given", set: { logProbabilities: "always" } } : {
      found: "of the model without the schema",
      detail: `what it allows has ${allowed.toPrecision(2)} of the probability`,
      set,
    };
  });
}
