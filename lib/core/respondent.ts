import type { StoreError } from "./errors.ts";
import { canonicalJson, hashText, type Json } from "./hash.ts";

/** One message of a chat. */
export interface ChatMessage {
  /** Who speaks. */
  readonly role: "system" | "user" | "assistant";
  /** What is said. */
  readonly content: string;
}

/** A JSON schema that the reply must fit. */
export interface ReplySchema {
  /** The schema's name, as endpoints want one. */
  readonly name: string;
  /** The JSON schema. */
  readonly schema: { readonly [key: string]: Json };
}

/** What a respondent is asked: everything it may base its answer on. */
export interface RespondentRequest {
  /** The conversation so far; the last message is answered. */
  readonly messages: readonly ChatMessage[];
  /** The form of the reply; left out for free text. */
  readonly schema?: ReplySchema;
  /** The sampling seed sent to the endpoint. */
  readonly seed?: number;
  /** Which of several replies to the same question this is, from 1. */
  readonly replicate: number;
  /** How often the question was asked until this time, from 1; left out for the first. */
  readonly attempt?: number;
  /**
   * How many of the likeliest tokens are wanted at each place of the reply, with their log-probabilities, from 1 to 20;
   * left out for none. For replies without a schema: under one they are not those of the answer.
   */
  readonly logProbabilities?: number;
  /** Most tokens of the reply; left out, the respondent's own limit. */
  readonly maxTokens?: number;
}

/** Why a reply ended. */
export type FinishReason = "stop" | "length" | "content_filter" | "other";

/** A token of a reply. */
export interface ReplyToken {
  /** Its text. */
  readonly token: string;
  /** The natural logarithm of its probability given the tokens before it. */
  readonly logProbability: number;
  /** The likeliest tokens at its place, each with its log-probability; two may read the same. */
  readonly likeliest: readonly (readonly [token: string, logProbability: number])[];
}

/** What a respondent answered. */
export interface RespondentReply {
  /** The reply's text, as it came, without the thought. */
  readonly text: string;
  /** What the model thought before it answered, where it tells; never read as an answer. */
  readonly thought?: string;
  /** The model's own refusal message, where the endpoint reports one. */
  readonly refusal: string | null;
  /** Why the reply ended. */
  readonly finishReason: FinishReason;
  /** The model that answered, as the endpoint names it. */
  readonly model: string;
  /** Tokens of the prompt; `null` where the endpoint does not say. */
  readonly promptTokens: number | null;
  /** Tokens of the reply; `null` where the endpoint does not say. */
  readonly completionTokens: number | null;
  /**
   * The first tokens of the reply, with what else was likely in their place. Left out where that was not asked for or the
   * endpoint does not give it.
   */
  readonly tokens?: readonly ReplyToken[];
}

/**
 * What decides a respondent's answers beside the request: endpoint, model and every sampling parameter. Part of the
 * key under which an answer is stored, so that two endpoints with the same model name never collide. Holds no secret.
 */
export interface RespondentIdentity {
  /** The endpoint's address, or a name that stands for it. */
  readonly endpoint: string;
  /** The model. */
  readonly model: string;
  /** Every sampling parameter that is sent. */
  readonly parameters: { readonly [name: string]: Json };
}

/** How much of an endpoint's limits is left, as it says beside a reply (`x-ratelimit-…`); left out where it does not. */
export interface EndpointLimits {
  /** Requests that are left. */
  readonly remainingRequests?: number;
  /** Tokens that are left. */
  readonly remainingTokens?: number;
  /** When there are more of what is used up, in milliseconds from now. */
  readonly resetMs?: number;
}

/** How a call is made. */
export interface RespondOptions {
  /** Ends the call early. */
  readonly signal?: AbortSignal;
  /** Is told, before the reply is given, what the endpoint says of its limits beside it. */
  readonly onLimits?: (limits: EndpointLimits) => void;
}

/** Anything that answers requests: a model behind an endpoint, a simulated world, a recording, a script. */
export interface Respondent {
  /** A short name for messages and provenance. */
  readonly name: string;
  /** What decides the answers beside the request. */
  identity(): RespondentIdentity | Promise<RespondentIdentity>;
  /** Answers one request; rejects with a `RespondentError` where it cannot. */
  respond(request: RespondentRequest, options?: RespondOptions): Promise<RespondentReply>;
  /**
   * Answers requests that differ in `replicate` and `seed` alone, in their order, by one call; left out where the
   * respondent cannot give several replies to one. Gives the first of them, at least one; whoever asks makes another call
   * for the others. The tokens of a call are counted in its first reply, and 0 in the others.
   */
  respondMany?(
    requests: readonly RespondentRequest[],
    options?: RespondOptions,
  ): Promise<readonly RespondentReply[]>;
  /** How many replies one call gives at most; left out where there is no such limit, or one reply a call. */
  mostReplies?: number;
  /** What answers where another respondent would be called; left out where that one is. */
  standIn?(other: Respondent): Respondent;
  /** How its requests are answered in files, for `runBatch`, `writeBatch`, `loadBatch`; left out where they cannot be. */
  readonly batch?: BatchEndpoint;
}

/** Requests that a provider answers in files, within a day and for less; the lines are those of OpenAI and vLLM. */
export interface BatchEndpoint {
  /** What is sent of a request: the same as in a single call. */
  body(request: RespondentRequest): { readonly [name: string]: Json };
  /** Reads the answer in a line of an output file; throws as a single call would reject. */
  read(
    request: RespondentRequest,
    answer: { readonly status: number; readonly text: string },
  ): RespondentReply;
  /** Uploads a file of requests and gives its id. */
  upload(lines: Blob, signal: AbortSignal): Promise<string>;
  /** Has an uploaded file worked on. */
  start(input: string, study: string, signal: AbortSignal): Promise<ProviderBatch>;
  /** The batches that were started for a study; none where the provider does not list them. */
  find(study: string, signal: AbortSignal): Promise<ProviderBatch[]>;
  /** Where a batch stands. */
  look(id: string, signal: AbortSignal): Promise<ProviderBatch>;
  /** A file of answers. */
  download(output: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>>;
}

/** A file of requests that a provider works on. */
export interface ProviderBatch {
  /** The provider's name of it. */
  readonly id: string;
  /** The file of requests. */
  readonly input: string;
  /** Where it stands, in the provider's words. */
  readonly status: string;
  /** Whether nothing more will come of it. */
  readonly ended: boolean;
  /** Whether it was turned down only because too much is under way already. */
  readonly crowded: boolean;
  /** The files of answers and of failures that there are. */
  readonly outputs: readonly string[];
  /** Why it failed as a whole; empty where it did not. */
  readonly reason: string;
  /** Requests answered so far. */
  readonly completed: number;
  /** Requests failed so far. */
  readonly failed: number;
  /** How long it took, in milliseconds; 0 where it goes on or the provider does not tell. */
  readonly tookMs: number;
}

/** A reply as it is kept: with the request that it answers. */
export interface StoredReply {
  /** The request's key; see `requestKey`. */
  readonly key: string;
  /** Who answered. */
  readonly identity: RespondentIdentity;
  /** What was asked. */
  readonly request: RespondentRequest;
  /** What was answered. */
  readonly reply: RespondentReply;
  /** How long the answer took, in milliseconds. */
  readonly latencyMs: number;
  /** When it arrived, ISO 8601. */
  readonly answeredAt: string;
}

/** Keeps replies, each durable before `put` resolves. */
export interface Store {
  /** A short name for messages and provenance. */
  readonly name: string;
  /** Whether `put` is refused: such a store only replays. */
  readonly readOnly?: boolean;
  /**
   * The reply under a key, or `undefined`; rejects with a `StoreError` where its row is damaged. Whoever made the key may give
   * as `known` what it was made of: a store may then give that back in place of its own copy, which need not be read.
   */
  get(key: string, known?: Pick<StoredReply, "identity" | "request">): Promise<StoredReply | undefined>;
  /** Keeps a reply. A key that is already there keeps its first reply; then `false`. */
  put(reply: StoredReply): Promise<boolean | void>;
  /**
   * Takes a key for a while, so that of two processes on one store only one asks: whether it is now the holder's, who
   * may take it again to keep it longer. `false` where another holder has it, or a reply is there. Ends with `put`,
   * `release` or its time. Left out where only one process can use the store.
   */
  claim?(key: string, lease: { readonly holder: string; readonly forMs: number }): Promise<boolean>;
  /** Gives back a key that was taken and not answered. */
  release?(key: string, holder: string): Promise<void>;
  /** Every kept reply that is as it was written, in the order of arrival. */
  list(): Promise<StoredReply[]>;
  /** One error for each row that is no longer as it was written; left out where no row can be damaged. */
  damaged?(): Promise<StoreError[]>;
  /** The number of kept replies. */
  count(): Promise<number>;
  /** Releases what the store holds. */
  close(): Promise<void>;
}

/**
 * The key under which a reply is stored: SHA-256 of canonical JSON over everything that decides the answer:
 * endpoint, model, every parameter, messages, schema, seed and the replicate index.
 *
 * @param identity who answers
 * @param request what is asked
 * @returns 64 hexadecimal digits
 * @example Replicates never share a key
 * ```ts
 * import { assertNotEquals } from "@std/assert";
 * import { requestKey } from "@understudy/understudy/core";
 *
 * const identity = { endpoint: "loopback", model: "m", parameters: {} };
 * const messages = [{ role: "user" as const, content: "How are you?" }];
 * assertNotEquals(
 *   requestKey(identity, { messages, replicate: 1 }),
 *   requestKey(identity, { messages, replicate: 2 }),
 * );
 * ```
 */
export function requestKey(identity: RespondentIdentity, request: RespondentRequest): string {
  const { attempt, logProbabilities, maxTokens, messages, replicate, schema, seed = null } = request;
  // Canonical JSON, its properties in their order: every call is hashed, so it is written without making the object first.
  // What was added later is not part of a key where it is not asked for.
  const where = (name: string, value: number | undefined) =>
    value === undefined ? "" : `"${name}":${canonicalJson(value)},`;
  const endpoint = JSON.stringify(identity.endpoint);
  return hashText(
    `{${where("attempt", attempt === 1 ? undefined : attempt)}"endpoint":${endpoint},` +
      where("log_probabilities", logProbabilities) + where("max_tokens", maxTokens) +
      `"messages":${writeMessages(messages)},"model":${JSON.stringify(identity.model)},` +
      `"parameters":${canonicalJson(identity.parameters)},"replicate":${canonicalJson(replicate)},"schema":` +
      (schema === undefined
        ? "null"
        : `{"name":${JSON.stringify(schema.name)},"schema":${canonicalJson(schema.schema)}}`) +
      `,"seed":${canonicalJson(seed)}}`,
  );
}

/** The key of the texts that a respondent reads, whoever is asked and however often; never a number in a file. */
export function promptKey(messages: readonly ChatMessage[]): string {
  let text = "";
  for (const { role, content } of messages) text += `${role} ${content.length} ${content}`;
  let key = promptKeys.get(text);
  if (key === undefined) {
    key = `p${hashText(writeMessages(messages)).slice(0, 15)}`;
    if (text.length <= longestKnown && promptKeys.size < mostKnown) promptKeys.set(text, key);
  }
  return key;
}

// Where many are told the same, their texts are hashed once.
const promptKeys = new Map<string, string>();
const mostKnown = 1000;
const longestKnown = 5000;

function writeMessages(messages: readonly ChatMessage[]): string {
  let text = "";
  for (const { role, content } of messages) {
    text += `${text === "" ? "" : ","}{"content":${JSON.stringify(content)},"role":${JSON.stringify(role)}}`;
  }
  return `[${text}]`;
}

/**
 * What became of one call. A failure is a value, not a rejected promise: one call that failed leaves the others as they
 * are. `failed`: no reply came, after so many attempts; `stopped`: not asked, as all calls were ended or for the `reason`
 * that is given, or `cut` short while it was under way.
 */
export type CallResult =
  | { readonly kind: "reply"; readonly stored: StoredReply; readonly cached: boolean }
  | { readonly kind: "failed"; readonly key: string | null; readonly error: Error; readonly attempts: number }
  | {
    readonly kind: "stopped";
    readonly key: string | null;
    readonly cut?: boolean;
    readonly reason?: string;
  };

/**
 * The one way to call a model, for whoever needs one: with the store, the limits, the repeated attempts and the stop
 * signal of whoever opened it (`caller(respondent, { store })` of the runner).
 */
export interface Call {
  /** Who is asked, for messages. */
  readonly name: string;
  /**
   * Aborted once nothing more is asked: by the user, or as going on is senseless. Its reason is then the error that
   * ended the calls, for `signal.throwIfAborted()`.
   */
  readonly signal: AbortSignal;
  /** Makes one call, when its turn comes; never rejects. */
  ask(request: RespondentRequest): Promise<CallResult>;
}
