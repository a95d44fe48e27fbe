import { checkOptions } from "../core/checks.ts";
import { notAskedReason } from "../core/columns.ts";
import { cannot, RespondentError } from "../core/errors.ts";
import { rule } from "../core/options.ts";
import type { Respondent, RespondentReply, RespondentRequest } from "../core/respondent.ts";
import { NotAsked } from "./ask.ts";
import type { OpenCalls } from "./caller.ts";
import { costOf, type KnownPrices, moneyText } from "./prices.ts";

/** The most that a run may use; see {@linkcode runExperiment}. */
export interface RunBudget {
  /** Calls that are answered, or that may be billed all the same: those that timed out, were cut, or gave a broken body. */
  calls?: number;
  /** Tokens of prompts and replies together. */
  tokens?: number;
  /** Money, in the currency of the prices. */
  currency?: number;
}

export const budgetRule = rule<RunBudget, undefined>((action, name, value) => {
  checkAmounts(action, name, value as RunBudget, parts);
}, undefined);

export function checkAmounts(action: string, name: string, given: object, names: readonly string[]): void {
  if (typeof given !== "object" || given === null) {
    throw new TypeError(cannot(action, name, `be an object with ${names.join(", ")}`, given));
  }
  checkOptions(action, given, names);
  for (const [part, value] of Object.entries(given)) {
    if (value === undefined || typeof value === "number" && value > 0 && value < Infinity) continue;
    throw new RangeError(cannot(action, `${name}.${part}`, "be a number above 0", value));
  }
}

const parts = ["calls", "tokens", "currency"] as const;

/** What was or may be used. */
type Amounts = { [part in typeof parts[number]]: number };

const nothing = (): Amounts => ({ calls: 0, tokens: 0, currency: 0 });

// What an unknown tokenizer and reply may need at most, in the first call alone; the next go by what came.
const firstTokensPerLetter = 1 / 3;
const firstReplyTokens = 500;

/**
 * Holds a run to its budget: each call reserves what the dearest call so far would cost, and gives back what it did not
 * use. Where tokens or money count, the first call is made alone and whatever it costs, to learn that.
 */
export class Meter {
  readonly #spent = nothing();
  readonly #held = nothing();
  readonly #waiting: (() => void)[] = [];
  #listens = false;
  #dearest: { perLetter: number; reply: number } | undefined;

  /** @param calls what is closed once the budget is reached */
  constructor(
    readonly budget: RunBudget,
    readonly prices: KnownPrices | undefined,
    readonly calls: () => Pick<OpenCalls, "close" | "signal">,
  ) {}

  /** The respondent, asked only as far as the budget goes. */
  guard(respondent: Respondent): Respondent {
    const { respondMany } = respondent;
    return {
      ...respondent,
      name: respondent.name,
      identity: () => respondent.identity(),
      respond: async (request, options) => {
        const [reply] = await this.#pay([request], async () => [await respondent.respond(request, options)]);
        return reply!;
      },
      ...(respondMany === undefined ? {} : {
        respondMany: (requests, options) =>
          this.#pay(requests, () => respondMany.call(respondent, requests, options)),
      }),
    };
  }

  async #pay(
    requests: readonly RespondentRequest[],
    call: () => Promise<readonly RespondentReply[]>,
  ): Promise<readonly RespondentReply[]> {
    const held = await this.#reserve(requests);
    // What failed before the model read the prompt is not billed; what was cut or never finished may be.
    let used: Amounts = held;
    try {
      const replies = await call();
      used = this.#learn(requests, replies);
      return replies;
    } catch (error) {
      const billed = !(error instanceof RespondentError) || ["timeout", "malformed"].includes(error.kind);
      if (!billed) used = nothing();
      throw error;
    } finally {
      for (const part of parts) {
        this.#held[part] -= held[part];
        this.#spent[part] += used[part];
      }
      this.#wake();
    }
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async #reserve(requests: readonly RespondentRequest[]): Promise<Amounts> {
    const { signal } = this.calls();
    for (;;) {
      if (signal.aborted) throw new NotAsked(notAskedReason);
      const need = this.#expect(requests);
      const reached = this.#reached(need);
      const alone = this.#held.calls === 0;
      const learns = this.#dearest === undefined &&
        (this.budget.tokens ?? this.budget.currency) !== undefined;
      const fits = reached === undefined || learns && this.#spent.calls === 0;
      if (fits && (alone || !learns)) {
        for (const part of parts) this.#held[part] += need[part];
        return need;
      }
      if (alone) {
        this.calls().close(reached!);
        throw new NotAsked(reached);
      }
      if (!this.#listens) signal.addEventListener("abort", () => this.#wake(), { once: true });
      this.#listens = true;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #expect(requests: readonly RespondentRequest[]): Amounts {
    const { perLetter, reply } = this.#dearest ??
      { perLetter: firstTokensPerLetter, reply: firstReplyTokens };
    return this.#amounts(Math.ceil(perLetter * lettersOf(requests[0]!)), reply * requests.length);
  }

  /** Which part of the budget a call that needs so much would exceed. */
  #reached(need: Amounts): string | undefined {
    const part = parts.find((each) => this.#spent[each] + this.#held[each] + need[each] > this.budget[each]!);
    if (part === undefined) return undefined;
    const text = (amount: number) =>
      part === "currency"
        ? moneyText(amount, this.prices!.currency)
        : `${Math.round(amount).toLocaleString("en-US")} ${part}`;
    const reached = `the budget of ${text(this.budget[part]!)} was reached`;
    if (part === "calls") return reached;
    return `${reached} (${text(this.#spent[part])} used; the next call may need ${text(need[part])})`;
  }

  /** What a call used, as the endpoint says; where it does not, by the letters of its texts. */
  #learn(requests: readonly RespondentRequest[], replies: readonly RespondentReply[]): Amounts {
    const letters = lettersOf(requests[0]!);
    const prompt = replies[0]?.promptTokens ?? Math.ceil(firstTokensPerLetter * letters);
    const ofReply = ({ completionTokens, text, thought = "" }: RespondentReply) =>
      completionTokens ?? Math.ceil(firstTokensPerLetter * (text.length + thought.length));
    const completion = replies.reduce((sum, each) => sum + ofReply(each), 0);
    const { perLetter, reply } = this.#dearest ?? { perLetter: 0, reply: 0 };
    this.#dearest = {
      perLetter: Math.max(perLetter, prompt / Math.max(1, letters)),
      reply: Math.max(reply, completion / replies.length),
    };
    return this.#amounts(prompt, completion);
  }

  #amounts(prompt: number, completion: number): Amounts {
    const currency = this.prices === undefined ? 0 : costOf(this.prices, prompt, completion);
    return { calls: 1, tokens: prompt + completion, currency };
  }
}

function lettersOf({ messages, schema }: RespondentRequest): number {
  const texts = messages.reduce((sum, { content }) => sum + content.length, 0);
  return texts + (schema === undefined ? 0 : JSON.stringify(schema.schema).length);
}
