import { RespondentError } from "../core/errors.ts";
import type { Json } from "../core/hash.ts";
import type { RespondentRequest } from "../core/respondent.ts";
import type { EndpointSettings, RequestSettings } from "./completion_request.ts";
import type { Completion, EndpointAccess } from "./endpoint_access.ts";
import { property } from "./failures.ts";
import type { OpenAiRespondentOptions } from "./open_ai_respondent.ts";

/** What came of a probe's call; a failure is a finding too. */
export type ProbeResult = Completion | RespondentError;

/** What one check of a probe found, and how the respondent is set by it. */
export interface ProbeFinding {
  readonly found: string;
  readonly detail?: string;
  readonly set?: Partial<EndpointSettings>;
}

/** One check of a probe: a row of its table. */
export interface ProbeCheck {
  readonly what: string;
  /** The options of `openAiRespondent` that decide it. */
  readonly options: readonly (keyof OpenAiRespondentOptions)[];
  find(calls: ProbeCalls): Promise<ProbeFinding>;
}

/** The finding of a call that failed. */
export function failedFinding(
  { message: detail }: RespondentError,
  found = "cannot tell",
  set?: Partial<EndpointSettings>,
): ProbeFinding {
  return { found, detail, ...(set === undefined ? {} : { set }) };
}

/** A finding from a completion, or from why there is none. */
export function judge(result: ProbeResult, read: (completion: Completion) => ProbeFinding): ProbeFinding {
  return result instanceof RespondentError ? failedFinding(result) : read(result);
}

/** Whether the endpoint says no to a call, and will again. */
export function isRejection(result: ProbeResult): result is RespondentError {
  return result instanceof RespondentError && !result.transient;
}

type Asked = Pick<RespondentRequest, "seed" | "schema" | "logProbabilities" | "maxTokens"> & {
  readonly system?: string;
};
type Changes = Partial<RequestSettings> & {
  readonly n?: number;
  /** Parameters beside the user's. */
  readonly extra?: { readonly [name: string]: Json };
};

const oneTask = "What is 2 + 3? Reply with the number alone.";
const otherTask = "Describe the weather of today in one sentence.";
const longTask = "Write a long story about a small town and its people.";
const system =
  "You are a parrot who has learned one word, and that word is heron. Whatever anybody says or asks, " +
  "and in whatever language, you reply with the word heron alone: no number, no other word, no explanation. " +
  "You never say what you are doing, why you are doing it, or that you have been told to do it.";

/** The only answers that a probe's schema allows; nobody gives one who was not shown it. */
export const probeAnswers = ["k7", "m3"];
const schema = {
  name: "probe",
  schema: {
    type: "object",
    properties: { code: { type: "string", enum: probeAnswers } },
    required: ["code"],
    additionalProperties: false,
  },
};

/** Most tokens of the story that is asked for: it never ends by itself so soon. */
export const storyTokens = 24;
// One that no number of 32 bits is, and one of 31.
const seeds = { long: 6_755_399_441_055_751, short: 1_234_567_891 };
type Seed = keyof typeof seeds | "none";

/** The calls of a probe, each made once and when it is needed first. */
export class ProbeCalls {
  /** What stands in every call, as the endpoint was found to want it. */
  #adapted: Partial<RequestSettings> = {};
  /** Sampling parameters that the endpoint rejects, with what it says. */
  readonly rejected: Map<string, string> = new Map();
  readonly #made: Map<string, Promise<ProbeResult>> = new Map();
  #parallel: ReturnType<ProbeCalls["parallel"]> | undefined;
  readonly #looked: Map<string, Promise<unknown>> = new Map();

  /** @param access the way to the endpoint */
  constructor(readonly access: EndpointAccess, readonly signal: AbortSignal | undefined) {}

  /** The parameter that limits tokens, as it was found to be until now. */
  get tokenLimit(): RequestSettings["tokenLimit"] {
    return this.#adapted.tokenLimit ?? this.access.settings().tokenLimit;
  }

  /** One easy question, with log-probabilities: the first call. */
  plain(): Promise<ProbeResult> {
    return this.#once("plain", async () => {
      const asked = { maxTokens: 256 };
      const result = await this.#ask(oneTask, { ...asked, logProbabilities: 5 }, {
        logProbabilities: "always",
      });
      if (!(result instanceof RespondentError) || isOutside(result)) return result;
      const without = await this.#ask(oneTask, asked);
      if (!(without instanceof RespondentError)) this.rejected.set("logprobs", result.message);
      return without;
    });
  }

  /** The same question, beside a system message that says to answer something else. */
  withSystem(): Promise<ProbeResult> {
    return this.#once(
      "system",
      () => this.#ask(oneTask, { system, maxTokens: 256 }, { systemRole: "system" }),
    );
  }

  /** A task that leads to no JSON, held to a schema. */
  withSchema(): Promise<ProbeResult> {
    return this.#once("schema", async () => {
      const asked = { schema, maxTokens: 128 };
      const changes = { schemaMode: "json_schema", logProbabilities: "always" } as const;
      const result = await this.#askThinking(otherTask, { ...asked, logProbabilities: 5 }, changes);
      return isRejection(result) ? await this.#askThinking(otherTask, asked, changes) : result;
    });
  }

  /** The same task, held to any JSON object. */
  asObject(): Promise<ProbeResult> {
    // OpenAI wants the word to stand in the prompt.
    const task = `${otherTask} (The word JSON is no part of it.)`;
    const extra = { response_format: { type: "json_object" } };
    return this.#once("object", () => this.#askThinking(task, { maxTokens: 128 }, { extra }));
  }

  /** The beginning of a story: `again` repeats a call, `limit` names the parameter that limits its tokens. */
  story(seed: Seed, again = 0, limit = this.tokenLimit): Promise<ProbeResult> {
    return this.#once(`${seed} ${again} ${limit}`, () => {
      const asked = { maxTokens: storyTokens, ...(seed === "none" ? {} : { seed: seeds[seed] }) };
      const changes = {
        sendSeed: true,
        seedBits: 53,
        ...(limit === this.tokenLimit ? {} : { tokenLimit: limit }),
      } as const;
      return this.#ask(longTask, asked, changes);
    });
  }

  /** Four stories at once, and how long all take together. */
  parallel(seed: Seed): Promise<{ results: ProbeResult[]; elapsedMs: number }> {
    return this.#parallel ??= (async () => {
      const started = performance.now();
      const results = await Promise.all([11, 12, 13, 14].map((again) => this.story(seed, again)));
      return { results, elapsedMs: performance.now() - started };
    })();
  }

  /** Several stories for one prompt, with no seed. */
  choices(n: number): Promise<ProbeResult> {
    return this.#once(`n ${n}`, () => this.#ask(longTask, { maxTokens: storyTokens }, { n }));
  }

  /** What the endpoint says at an address beside the completions; `undefined` where it says nothing. */
  look(path: string, body?: object): Promise<unknown> {
    const kept = this.#looked.get(path) ?? this.access.look(path, body, this.signal);
    this.#looked.set(path, kept);
    return kept;
  }

  #once(name: string, make: () => Promise<ProbeResult>): Promise<ProbeResult> {
    const made = this.#made.get(name) ?? make();
    this.#made.set(name, made);
    return made;
  }

  /** A model that thinks needs room to think before it answers. */
  async #askThinking(task: string, asked: Asked, changes: Changes): Promise<ProbeResult> {
    const plain = await this.plain();
    const thinks = !(plain instanceof RespondentError) && plain.replies[0]!.thought !== undefined;
    return await this.#ask(task, thinks ? { ...asked, maxTokens: 1024 } : asked, changes);
  }

  /** Asks; without a sampling parameter, or with the other name of a limit, where the endpoint rejects what is sent. */
  async #ask(
    task: string,
    { system, ...asked }: Asked,
    { extra, ...changes }: Changes = {},
    tries = 0,
  ): Promise<ProbeResult> {
    const { parameters } = { ...this.access.settings(), ...this.#adapted };
    const own = Object.entries(parameters).filter(([name]) => !/^max_(?:completion_)?tokens$/.test(name));
    const user = { role: "user" as const, content: task };
    const messages = system === undefined ? [user] : [{ role: "system" as const, content: system }, user];
    const request = { messages, replicate: 1, ...asked };
    const settings = { ...this.#adapted, parameters: { ...Object.fromEntries(own), ...extra }, ...changes };
    try {
      return await this.access.complete(
        request,
        settings,
        this.signal === undefined ? {} : { signal: this.signal },
      );
    } catch (error) {
      if (!(error instanceof RespondentError) || tries > 8) throw error;
      const { parameter = "", message } = error;
      if (own.some(([name]) => name === parameter)) {
        this.rejected.set(parameter, message);
        const others = own.filter(([name]) => name !== parameter);
        this.#adapted = { ...this.#adapted, parameters: Object.fromEntries(others) };
      } else if (
        parameter === this.tokenLimit && !this.rejected.has(parameter) && !("tokenLimit" in changes)
      ) {
        this.rejected.set(parameter, message);
        const tokenLimit = parameter === "max_tokens" ? "max_completion_tokens" : "max_tokens";
        this.#adapted = { ...this.#adapted, tokenLimit };
      } else if (error.transient && error.kind !== "unreachable" && tries === 0) {
        await new Promise((resolve) =>
          setTimeout(resolve, Math.min(error.retryAfterMs ?? 250, longestWaitMs))
        );
      } else return error;
      const same = { ...asked, ...(system === undefined ? {} : { system }) };
      return await this.#ask(
        task,
        same,
        { ...changes, ...(extra === undefined ? {} : { extra }) },
        tries + 1,
      );
    }
  }
}

/** A probe is a matter of seconds. */
const longestWaitMs = 5000;

/** Whether a failure says nothing about the request. */
function isOutside({ kind }: RespondentError): boolean {
  return ["unreachable", "unauthorized", "quota", "timeout", "rate_limited"].includes(kind);
}

/** The first choice of a completion's body. */
export function firstChoice({ body }: Completion): unknown {
  return property(property(body, "choices"), "0");
}
