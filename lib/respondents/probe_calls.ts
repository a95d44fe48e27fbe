import { RespondentError } from "../core/errors.ts";
import type { RespondentRequest } from "../core/respondent.ts";
import type { RequestSettings } from "./completion_request.ts";
import type { Completion, EndpointAccess } from "./endpoint_access.ts";
import { readReplyText } from "../items/json.ts";
import { property } from "./failures.ts";
import { exampleOf } from "./reply_example.ts";

/** What came of a probe's call; a failure is a finding too. */
export type ProbeResult = Completion | RespondentError;

/** One call of a probe. Without a limit it has room for an answer, and for a thought where the model thinks. */
interface Ask extends Pick<RespondentRequest, "seed" | "schema" | "logProbabilities" | "maxTokens"> {
  readonly task: string;
  readonly system?: string;
  readonly changes?: Partial<RequestSettings> & { readonly n?: number };
}

const system =
  "You are a parrot who has learned one word, and that word is heron. Whatever anybody says or asks, " +
  "and in whatever language, you reply with the word heron alone: no number, no other word, no explanation. " +
  "You never say what you are doing, why you are doing it, or that you have been told to do it.";

/** The only answers that the schema of a probe allows; nobody gives one who was not held to it. */
export const probeAnswers = ["k7", "m3"];

const code = { type: "string", enum: probeAnswers };
const schema = {
  name: "probe",
  schema: { type: "object", properties: { code }, required: ["code"], additionalProperties: false },
};

/** Most tokens of the story that is asked for: it never ends by itself so soon. */
export const storyTokens = 24;

const question = { task: "What is 2 + 3? Reply with the number alone.", maxTokens: 256 };
const weather = "Describe the weather of today in one sentence.";
const story = {
  task: "Write a long story about a small town and its people.",
  maxTokens: storyTokens,
  changes: { sendSeed: true, seedBits: 53 },
} as const;

/** So many answers that nobody gives the one of an example by chance. */
const rain = { type: "integer", minimum: 1, maximum: 1000 };
const liking = {
  task:
    "How much do you like rain? Answer with a whole number from 1 (not at all) to 1000 (more than anything).",
  schema: { name: "rain", schema: { type: "object", properties: { rain }, required: ["rain"] } },
  changes: { schemaMode: "json_object", showSchema: false, sendSeed: false },
} as const;

const asks = {
  plain: { ...question, logProbabilities: 5 },
  system: { ...question, system, changes: { systemRole: "system" } },
  // Nothing in the tasks leads to JSON; OpenAI wants the word to stand in the prompt.
  schema: { task: weather, schema, logProbabilities: 5, changes: { schemaMode: "json_schema" } },
  object: {
    task: `${weather} (The word JSON is no part of it.)`,
    changes: { parameters: { response_format: { type: "json_object" } } },
  },
  // Each shows another example of the reply.
  example: { ...liking, seed: 1 },
  "another example": { ...liking, seed: 2 },
  // A seed that no number of 32 bits is, one of 31 bits, and none.
  long: { ...story, seed: 6_755_399_441_055_751 },
  short: { ...story, seed: 1_234_567_891 },
  none: story,
  two: { ...story, changes: { n: 2 } },
  four: { ...story, changes: { n: 4 } },
  max_tokens: { ...story, changes: { tokenLimit: "max_tokens" } },
  max_completion_tokens: { ...story, changes: { tokenLimit: "max_completion_tokens" } },
} satisfies { readonly [name: string]: Ask };

/** The calls of a probe, each made once, when it is needed first. */
export class ProbeCalls {
  /** Parameters that the endpoint rejects, with what it says. */
  readonly rejected: Map<string, string> = new Map();
  readonly #made: Map<string, Promise<unknown>> = new Map();

  /** @param access the way to the endpoint */
  constructor(readonly access: EndpointAccess, readonly signal: AbortSignal) {}

  async repeats(name: "example" | "another example", again: number): Promise<boolean> {
    const result = await this.ask(name, again);
    if (result instanceof RespondentError) return false;
    const shown = JSON.parse(exampleOf(liking.schema.schema, asks[name].seed)).rain;
    return Number(readReplyText(result.replies[0]!.text).object?.rain) === shown;
  }

  /** The parameter that limits tokens: the other one where the endpoint rejects it. */
  get tokenLimit(): RequestSettings["tokenLimit"] {
    const { tokenLimit } = this.access.settings();
    return this.rejected.has(tokenLimit) ? otherLimit(tokenLimit) : tokenLimit;
  }

  /** Makes a call; `again` makes one that was made already once more. */
  ask(name: keyof typeof asks, again = 0): Promise<ProbeResult> {
    return this.once(`${name} ${again}`, () => this.#send(asks[name], 0));
  }

  /** The JSON at an address beside the completions; `undefined` where there is none. */
  look(path: string, body?: object): Promise<unknown> {
    const url = path.startsWith("/v1/") ? path.slice(3) : this.access.address.replace(/\/v1$/, "") + path;
    return this.once(url, () => this.access.look(url, body, this.signal));
  }

  /** Does what was not done yet. */
  once<T>(name: string, make: () => Promise<T>): Promise<T> {
    const made = this.#made.get(name) ?? make();
    this.#made.set(name, made);
    return made as Promise<T>;
  }

  async #send(ask: Ask, tries: number): Promise<ProbeResult> {
    const { task, system, changes, ...asked } = ask;
    const maxTokens = asked.maxTokens ?? (await this.#thinks() ? 1024 : 128);
    const messages = [
      ...(system === undefined ? [] : [{ role: "system" as const, content: system }]),
      { role: "user" as const, content: task },
    ];
    const own = Object.entries(this.access.settings().parameters)
      .filter(([name]) => !this.rejected.has(name) && !/^max_(?:completion_)?tokens$/.test(name));
    const settings = { tokenLimit: this.tokenLimit, logProbabilities: "always" as const, ...changes };
    const parameters = { ...Object.fromEntries(own), ...changes?.parameters };
    try {
      const request = { messages, replicate: 1, ...asked, maxTokens };
      return await this.access.complete(request, { ...settings, parameters }, { signal: this.signal });
    } catch (error) {
      if (!(error instanceof RespondentError)) throw error;
      const { parameter = "", message, kind, transient, retryAfterMs = 250 } = error;
      const isOwn = own.some(([name]) => name === parameter) ||
        parameter === this.tokenLimit && parameter === settings.tokenLimit && this.rejected.size < 8;
      if (isOwn) this.rejected.set(parameter, message);
      else if (transient && kind !== "unreachable" && tries === 0) {
        await pause(Math.min(retryAfterMs, longestWaitMs));
      } else if (ask.logProbabilities !== undefined && kind === "bad_request") {
        const { logProbabilities: _, ...without } = ask;
        const result = await this.#send(without, tries);
        if (!(result instanceof RespondentError)) this.rejected.set("logprobs", message);
        return result;
      } else return error;
      return await this.#send(ask, tries + 1);
    }
  }

  async #thinks(): Promise<boolean> {
    const plain = await this.ask("plain");
    return !(plain instanceof RespondentError) && plain.replies[0]!.thought !== undefined;
  }
}

/** A probe is a matter of seconds. */
const longestWaitMs = 5000;

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

export function otherLimit(name: RequestSettings["tokenLimit"]): RequestSettings["tokenLimit"] {
  return name === "max_tokens" ? "max_completion_tokens" : "max_tokens";
}

/** A property of the first choice of a completion. */
export function ofChoice({ body }: Completion, name: string): unknown {
  return property(property(property(body, "choices"), "0"), name);
}
