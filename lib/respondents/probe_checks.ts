import { RespondentError } from "../core/errors.ts";
import type { ReplyToken, RespondentReply } from "../core/respondent.ts";
import { readReplyText } from "../items/json.ts";
import { thoughtFields } from "./completion_reply.ts";
import type { EndpointSettings } from "./completion_request.ts";
import type { Completion } from "./endpoint_access.ts";
import { property } from "./failures.ts";
import { readTokens } from "./log_probabilities.ts";
import type { OpenAiRespondentOptions } from "./open_ai_respondent.ts";
import type { ProbeCalls, ProbeResult } from "./probe_calls.ts";
import { ofChoice, otherLimit, probeAnswers, storyTokens } from "./probe_calls.ts";

/** What one check of a probe found, what it was seen by, and how the respondent is set by it. */
export type ProbeFinding = readonly [
  found: string,
  detail?: string | undefined,
  set?: Partial<EndpointSettings>,
];

export interface ProbeCheck {
  readonly what: string;
  /** The options of `openAiRespondent` that decide it. */
  readonly options: readonly (keyof OpenAiRespondentOptions)[];
  find(calls: ProbeCalls): Promise<ProbeFinding>;
}

/** The checks of a probe, in the order of the table's rows. */
export const probeChecks: readonly ProbeCheck[] = [
  { what: "model", options: ["model"], find: findModel },
  { what: "reply", options: [], find: findReply },
  { what: "sampling parameters", options: ["parameters"], find: findParameters },
  { what: "token limit", options: ["tokenLimit"], find: findLimit },
  { what: "system message", options: ["systemRole"], find: findSystem },
  { what: "json_schema", options: ["schemaMode"], find: findSchemaMode },
  {
    what: "json_object",
    options: ["schemaMode"],
    find: async (calls) => judgeObject(await calls.ask("object")),
  },
  { what: "example of the reply", options: ["schemaMode"], find: findExample },
  { what: "log-probabilities", options: ["logProbabilities"], find: findLogProbabilities },
  { what: "log-probabilities under a schema", options: ["logProbabilities"], find: findUnderSchema },
  { what: "seed", options: ["sendSeed", "seedBits"], find: findSeed },
  { what: "seed, 4 at once", options: [], find: findSeedAtOnce },
  { what: "several replies (n)", options: ["choices"], find: findChoices },
  { what: "usage", options: [], find: findUsage },
  { what: "context length", options: [], find: findContext },
  { what: "rate limits", options: [], find: findRateLimits },
  { what: "speed", options: [], find: findSpeed },
];

const quoted = (text: string): string => JSON.stringify(text.slice(0, 80));
const neverRead = "such replies are empty: a thought is never read as an answer";

/** A finding from a completion, or from why there is none. */
function judge(result: ProbeResult, read: (completion: Completion) => ProbeFinding): ProbeFinding {
  return result instanceof RespondentError ? ["cannot tell", result.message] : read(result);
}

/** Whether the endpoint says no to a call, and will again. */
const isRejection = (result: ProbeResult): result is RespondentError =>
  result instanceof RespondentError && !result.transient;

async function listModels(calls: ProbeCalls): Promise<unknown[]> {
  const list = property(await calls.look("/v1/models"), "data");
  return Array.isArray(list) ? list : [];
}

async function findModel(calls: ProbeCalls): Promise<ProbeFinding> {
  const names = (await listModels(calls)).map((one) => String(property(one, "id")));
  const listed = names.includes(calls.access.settings().model);
  return judge(await calls.ask("plain"), ({ replies }) => [
    listed ? "listed" : names.length === 0 ? "no list" : "not listed, and answered for",
    `replies name ${quoted(replies[0]!.model)}` +
    (listed || names.length === 0 ? "" : `; listed: ${names.slice(0, 5).map(quoted).join(", ")}`),
  ]);
}

/** What a reply consists of: text, thought apart, in the text or in place of it, nothing. */
async function findReply(calls: ProbeCalls): Promise<ProbeFinding> {
  return judge(await calls.ask("plain"), (completion) => {
    const { text, thought, refusal, finishReason } = completion.replies[0]!;
    const detail = `2 + 3: ${quoted(refusal ?? text)}`;
    if (refusal !== null) return ["refusal", detail];
    if (thought === undefined) return [text.trim() === "" ? "blank" : "text", detail];
    const field = thoughtFields.find((name) => property(ofChoice(completion, "message"), name));
    const where = field === undefined ? "thought in the text, between tags" : `thought apart (${field})`;
    if (text !== "") return [where, detail];
    return finishReason === "length"
      ? [where, "cut before it answered: leave such a model more tokens"]
      : [`${where}, instead of an answer`, neverRead];
  });
}

/** Whether the user's own sampling parameters are taken. */
async function findParameters(calls: ProbeCalls): Promise<ProbeFinding> {
  await calls.ask("plain");
  const names = Object.keys(calls.access.settings().parameters);
  const rejected = names.filter((name) => calls.rejected.has(name));
  if (rejected.length > 0) return [`rejected: ${rejected.join(", ")}`, calls.rejected.get(rejected[0]!)];
  return [names.length === 0 ? "none sent" : "taken", names.join(", ")];
}

async function findLimit(calls: ProbeCalls): Promise<ProbeFinding> {
  const result = await calls.ask("none");
  const tokenLimit = calls.tokenLimit;
  const other = otherLimit(tokenLimit);
  const refused = calls.rejected.get(other);
  if (refused !== undefined) return [`${tokenLimit}; ${other} is rejected`, refused, { tokenLimit }];
  const limited = isLimited(result);
  if (limited) return [tokenLimit, "", { tokenLimit }];
  if (limited === undefined) return judge(result, () => ["cannot tell", "replies end before it"]);
  return isLimited(await calls.ask(other))
    ? [`${other}; ${tokenLimit} is overlooked`, "", { tokenLimit: other }]
    : ["overlooked", `under ${tokenLimit} as under ${other}`];
}

/** Whether a story ended where it was told to; `undefined` where it ended by itself before, or there is none. */
function isLimited(result: ProbeResult): boolean | undefined {
  if (result instanceof RespondentError) return undefined;
  const { finishReason, completionTokens, text, thought = "" } = result.replies[0]!;
  // A token is hardly ever more than 12 letters.
  if ((completionTokens ?? 0) > storyTokens + 1 || (text + thought).length > storyTokens * 12) return false;
  return finishReason === "length" || completionTokens === storyTokens ? true : undefined;
}

async function findSystem(calls: ProbeCalls): Promise<ProbeFinding> {
  const [plain, result] = [await calls.ask("plain"), await calls.ask("system")];
  if (isRejection(result)) return ["rejected", result.message, { systemRole: "user" }];
  return judge(result, ({ replies: [reply] }) => {
    const { text, thought = "", promptTokens } = reply!;
    if (/\bheron\b/i.test(`${thought} ${text}`)) return ["followed", "", { systemRole: "system" }];
    const before = plain instanceof RespondentError ? null : plain.replies[0]!.promptTokens;
    if (!before || !promptTokens) return ["cannot tell", "not followed, and tokens are not counted"];
    const detail = `prompt of ${before} tokens, with it ${promptTokens}`;
    return promptTokens === before
      ? ["overlooked", detail, { systemRole: "user" }]
      : ["read, not followed", detail, { systemRole: "system" }];
  });
}

async function findSchemaMode(calls: ProbeCalls): Promise<ProbeFinding> {
  const fits = (text: string) =>
    probeAnswers.includes(String(readReplyText(text).object?.code)) || /^\s*\{\s*"code"/.test(text);
  const [found, detail] = judgeForm(await calls.ask("schema"), fits);
  if (found === "held") return [found, detail, { schemaMode: "json_schema" }];
  // What cannot be told leaves the respondent as it is.
  if (found === "cannot tell") return [found, detail];
  const [asObject] = judgeObject(await calls.ask("object"));
  return [found, detail, { schemaMode: asObject === "held" ? "json_object" : "none" }];
}

/** Whether replies repeat the example that stands in for a schema: then they say nothing. */
async function findExample(calls: ProbeCalls): Promise<ProbeFinding> {
  const [held] = await findSchemaMode(calls);
  if (held === "held" || held === "cannot tell") return ["not asked for"];
  const repeated = [];
  for (const again of [0, 1]) {
    repeated.push(await calls.repeats("example", again), await calls.repeats("another example", again));
  }
  const count = repeated.filter((one) => one).length;
  const found = `repeated in ${count} of ${repeated.length}`;
  const advice = 'such replies say nothing; ask one question a call (ask: "apart"), which needs no example';
  const finding: ProbeFinding = count < 2 ? [found] : [found, advice, { schemaMode: "none" }];
  return judge(await calls.ask("example"), () => finding);
}

function judgeObject(result: ProbeResult): ProbeFinding {
  return judgeForm(result, (text, end) => /^\s*\{/.test(text) && (end === "length" || /\}\s*$/.test(text)));
}

/** Whether a reply has the form that was asked for, and where it stands. */
function judgeForm(
  result: ProbeResult,
  isHeld: (text: string, end: RespondentReply["finishReason"]) => boolean,
): ProbeFinding {
  if (isRejection(result)) return ["rejected", result.message];
  return judge(result, ({ replies: [reply] }) => {
    const { text, thought = "", finishReason } = reply!;
    if (isHeld(text, finishReason)) return ["held"];
    if (text.trim() !== "") return ["overlooked", `replied ${quoted(text)}`];
    if (isHeld(thought, finishReason)) return ["held, but in place of the thought", neverRead];
    if (thought === "") return ["blank"];
    return finishReason === "length"
      ? ["cannot tell", "the reply was cut in its thought"]
      : ["thought alone", neverRead];
  });
}

/** The tokens of a reply, and whether they are those of its text. */
function tokensOf(
  completion: Completion,
): { tokens: readonly ReplyToken[]; begin: string; areText: boolean } {
  const tokens = readTokens(ofChoice(completion, "logprobs")) ?? [];
  const begin = tokens.slice(0, 3).map(({ token }) => token).join("");
  return { tokens, begin, areText: completion.replies[0]!.text.trim().startsWith(begin.trim()) };
}

async function findLogProbabilities(calls: ProbeCalls): Promise<ProbeFinding> {
  return judge(await calls.ask("plain"), (completion) => {
    const set = { logProbabilities: "never" } as const;
    if (calls.rejected.has("logprobs")) return ["rejected", calls.rejected.get("logprobs"), set];
    const { tokens, areText } = tokensOf(completion);
    if (!tokens.some(({ likeliest }) => likeliest.length > 1)) return ["not given", "", set];
    return areText ? ["given"] : ["not those of the text", "", set];
  });
}

async function findUnderSchema(calls: ProbeCalls): Promise<ProbeFinding> {
  if ((await findLogProbabilities(calls))[0] !== "given") return ["not asked for"];
  return judge(await calls.ask("schema"), (completion) => {
    const set = { logProbabilities: "plain" } as const;
    const { tokens, begin, areText } = tokensOf(completion);
    if (tokens.length === 0) return ["not given", "", set];
    if (!areText) return ["not those of the text", `they begin ${quoted(begin)}`, set];
    // Held to a schema a reply can begin with a brace or a space alone.
    const allowed = tokens[0]!.likeliest.filter(([token]) => /^\s*(?:\{|$)/.test(token))
      .reduce((sum, [, logProbability]) => sum + Math.exp(logProbability), 0);
    if (allowed > 0.9) return ["given", "", { logProbabilities: "always" }];
    return ["of the model without the schema", `to what it allows they give ${allowed.toFixed(2)}`, set];
  });
}

const told = (result: ProbeResult): string | undefined =>
  result instanceof RespondentError
    ? undefined
    : `${result.replies[0]!.thought ?? ""}\n${result.replies[0]!.text}`;

/** The seed of as many bits as the endpoint takes. */
async function longestSeed(calls: ProbeCalls): Promise<"long" | "short" | "none"> {
  for (const seed of ["long", "short"] as const) if (told(await calls.ask(seed)) !== undefined) return seed;
  return "none";
}

async function findSeed(calls: ProbeCalls): Promise<ProbeFinding> {
  const seed = await longestSeed(calls);
  const without = await calls.ask("none");
  const [long, first] = [await calls.ask("long"), await calls.ask(seed)];
  const why = long instanceof RespondentError ? long.message : "";
  if (seed === "none") return judge(without, () => ["rejected", why, { sendSeed: false }]);
  const set = { sendSeed: true, seedBits: seed === "long" ? 53 : 31 } as const;
  const bits = seed === "long" ? "taken" : "31 bits taken, 53 rejected";
  const again = told(await calls.ask(seed, 1));
  if (again === undefined) return [bits, why, set];
  if (again !== told(first)) return [`${bits}, but the same seed gives another text`, why, set];
  const same = again === told(without) ? "every seed gives the same text" : "the same text again";
  return [`${bits}; ${same}`, why, set];
}

/** Four stories at once, and how long they take together. */
function askAtOnce(calls: ProbeCalls): Promise<{ results: ProbeResult[]; elapsedMs: number }> {
  return calls.once("at once", async () => {
    const seed = await longestSeed(calls);
    const started = performance.now();
    const results = await Promise.all([11, 12, 13, 14].map((again) => calls.ask(seed, again)));
    return { results, elapsedMs: performance.now() - started };
  });
}

async function findSeedAtOnce(calls: ProbeCalls): Promise<ProbeFinding> {
  const seed = await longestSeed(calls);
  if (seed === "none") return ["no seed is sent"];
  const alone = told(await calls.ask(seed));
  const { results } = await askAtOnce(calls);
  const same = results.filter((result) => told(result) === alone).length;
  return [`the same text in ${same} of ${results.length}`, "the store is the record, a seed is not"];
}

async function findChoices(calls: ProbeCalls): Promise<ProbeFinding> {
  const four = await calls.ask("four");
  const result = isRejection(four) ? await calls.ask("two") : four;
  if (isRejection(result)) return ["rejected", result.message, { choices: 1 }];
  return judge(result, ({ replies }) => {
    if (replies.length === 1) return ["overlooked", "", { choices: 1 }];
    const different = new Set(replies.map(({ text, thought }) => `${thought}\n${text}`)).size;
    return different === 1
      ? [`${replies.length} replies, all the same`, "", { choices: 1 }]
      : [`${replies.length} replies to one call`, "", { choices: replies.length }];
  });
}

async function findUsage(calls: ProbeCalls): Promise<ProbeFinding> {
  return judge(await calls.ask("plain"), ({ replies: [reply] }) => {
    const count = [reply!.promptTokens, reply!.completionTokens].filter((tokens) => tokens !== null).length;
    return [["not reported", "in part", "reported"][count]!];
  });
}

/** How much the model can read, as the engine says: llama.cpp, vLLM, OpenRouter, LM Studio, Ollama. */
async function findContext(calls: ProbeCalls): Promise<ProbeFinding> {
  const { model } = calls.access.settings();
  const slot = property(property(await calls.look("/props"), "default_generation_settings"), "n_ctx");
  if (typeof slot === "number") return [`${slot} tokens`, "of one slot"];
  const models = await listModels(calls);
  const listed = models.find((one) => property(one, "id") === model) ??
    (models.length === 1 ? models[0] : undefined);
  const names = ["max_model_len", "context_length", "loaded_context_length", "max_context_length"];
  const context = names.map((name) => property(listed, name)).find((value) => typeof value === "number");
  if (context !== undefined) return [`${context} tokens`];
  const info = property(await calls.look("/api/show", { model }), "model_info") ?? {};
  const trained = Object.entries(info).find(([name]) => name.endsWith(".context_length"))?.[1];
  return typeof trained === "number"
    ? [`at most ${trained} tokens`, "what the model was made for; Ollama reads less where num_ctx is lower"]
    : ["not told"];
}

async function findRateLimits(calls: ProbeCalls): Promise<ProbeFinding> {
  return judge(await calls.ask("plain"), ({ headers }) => {
    const limits = [...headers].filter(([name]) => /ratelimit/i.test(name));
    return limits.length === 0 ? ["not told"] : ["told", limits.map((limit) => limit.join(": ")).join(", ")];
  });
}

/** How long a reply takes, and how many calls the endpoint answers at once. */
async function findSpeed(calls: ProbeCalls): Promise<ProbeFinding> {
  const slots = property(await calls.look("/props"), "total_slots");
  const { results, elapsedMs } = await askAtOnce(calls);
  return judge(await calls.ask("none"), ({ latencyMs }) => {
    const gain = results.length * latencyMs / elapsedMs;
    const guess = gain > 3 ? "8 or more" : Math.max(1, Math.round(gain));
    return [
      `${Math.round(latencyMs)} ms for ${storyTokens} tokens`,
      typeof slots === "number"
        ? `${slots} slots: concurrency ${slots}`
        : `4 at once go ${gain.toFixed(1)} times as fast: try concurrency ${guess}`,
    ];
  });
}
