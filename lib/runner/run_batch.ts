import { cannot, RespondentError } from "../core/errors.ts";
import type { Plan } from "../core/experiment.ts";
import { canonicalHash } from "../core/hash.ts";
import { callback, type ReadOptions, readOptions, rule, type RulesFor, whole } from "../core/options.ts";
import type { ProviderBatch, Respondent } from "../core/respondent.ts";
import { untilStopped } from "../core/stop_button.ts";
import type { Table } from "../core/table.ts";
import { BatchCalls, type BatchFileOptions, batchFileRules } from "./batch_calls.ts";
import { type CallerOptions, callerRules, type RunProgress } from "./caller.ts";

/** Where the batches of a study stand. */
export interface BatchProgress extends RunProgress {
  /** The batches, with the provider's names for them. */
  readonly batches: readonly ProviderBatch[];
  /** Lines that came back and are none of this study's, or cannot be read. */
  readonly ignored: number;
}

/** Options of {@linkcode runBatch}; when it is stopped, the batches go on at the provider. */
export interface RunBatchOptions
  extends BatchFileOptions, Pick<CallerOptions, "signal" | "patienceMs" | "delay" | "onEvent"> {
  /**
   * Ids of batches of this study that were started before, where the provider does not list them by itself.
   * @default {[]}
   */
  batches?: readonly string[];
  /**
   * How long to wait before the provider is asked again where the batches stand, in milliseconds.
   * @default {30000}
   */
  pollMs?: number;
  /** Is told where the batches stand, with their ids, and waited for. */
  onProgress?: (progress: BatchProgress) => unknown;
}

const action = "run a batch";

const { signal, patienceMs, delay, onEvent } = callerRules;

const rules = {
  ...batchFileRules,
  ...{ signal, patienceMs, delay, onEvent },
  batches: rule<readonly string[], readonly string[]>(checkIdList, []),
  pollMs: whole(30_000, 1, 86_400_000),
  onProgress: callback<(progress: BatchProgress) => unknown>(),
} satisfies RulesFor<RunBatchOptions>;

/**
 * Asks every call of a plan through the provider's batches: files of requests that are answered within a day, at OpenAI
 * for half the price.
 *
 * The requests, their keys and how replies are read are those of `runExperiment`, and so is the table: a store that one
 * of them filled is not asked for again by the other. Only what the store lacks is uploaded, in files of at most 50,000
 * requests. Replies come in any order and are stored one by one. A run that was stopped or killed leaves its batches at
 * the provider; the next run finds those of the same study by themselves (or by `batches`), waits for them, and uploads
 * only what they leave open. Requests that failed, expired or were cancelled are rows with status `failed` and the
 * reason, and are asked again by the next run. `latency_ms` is the time that the whole batch took.
 *
 * @param plan from `planExperiment`; its questions asked `together` or `apart`
 * @param respondent from `openAiRespondent`
 * @param options see {@linkcode RunBatchOptions} (defaults there)
 * @returns the answers, as from `runExperiment`
 * @throws {RangeError} if the questions are asked in turn
 * @throws {TypeError} if the respondent's requests cannot be sent in files
 * @throws {RespondentError} if the provider takes no files or does not answer; the error's `answers` hold what came
 * @see https://platform.openai.com/docs/guides/batch
 * @example See {@linkcode writeBatch} for the same without a provider
 * ```ts ignore
 * const answers = await runBatch(plan, openAiRespondent({ model: "…" }), { store: sqliteStore("study.db") });
 * ```
 */
export async function runBatch(
  plan: Plan,
  respondent: Respondent,
  options: RunBatchOptions = {},
): Promise<Table> {
  const settings = readOptions(action, options, rules);
  const calls = await BatchCalls.open(action, plan, respondent, settings);
  await untilStopped(async (signal) => {
    try {
      if (calls.missing.size > 0) await new BatchRun(calls, { ...settings, signal }).run();
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Error) Object.assign(error, { answers: await calls.answers() });
      throw error;
    }
  }, settings);
  return await calls.answers();
}

function checkIdList(action: string, name: string, value: unknown): void {
  if (Array.isArray(value) && value.every((id) => typeof id === "string" && id !== "")) return;
  throw new TypeError(cannot(action, name, "list ids of batches", value));
}

/** A file at the provider, its requests (none where an earlier run uploaded it) and the batch that works on it. */
interface Part {
  readonly input: string;
  readonly keys: readonly string[];
  batch: ProviderBatch | undefined;
}

class BatchRun {
  readonly #parts: Part[] = [];
  readonly #started = Date.now();
  readonly #study: string;

  constructor(
    readonly calls: BatchCalls,
    readonly settings: ReadOptions<RunBatchOptions, typeof rules> & { readonly signal: AbortSignal },
  ) {
    this.#study = canonicalHash([...calls.keys]);
  }

  /** Waits for what earlier runs started, then has the rest worked on. */
  async run(): Promise<void> {
    const { calls, settings } = this;
    const { endpoint } = calls;
    const listed = await this.#try((signal) => endpoint.find(this.#study, signal));
    const named = settings.batches.filter((id) => listed.every((batch) => batch.id !== id));
    for (const id of named) listed.push(await this.#try((signal) => endpoint.look(id, signal)));
    for (const batch of listed) {
      this.#parts.push({ input: batch.input, keys: [], batch });
      if (!batch.ended) continue;
      // Files of old batches are removed in time: what they held is asked again.
      await this.#collect(batch).catch((error) => {
        if (error.status !== 404) throw error;
      });
    }
    await this.#follow();
    for (const { keys, lines } of calls.parts(settings.mostRequests)) {
      const input = await this.#try((signal) => endpoint.upload(lines, signal));
      this.#parts.push({ input, keys, batch: undefined });
    }
    await this.#follow();
  }

  /** Starts what is uploaded, and waits until all has ended. */
  async #follow(): Promise<void> {
    // What the provider turns down as too much at once is started when something else has ended.
    for (let isCrowded = false;;) {
      for (const part of this.#parts) {
        if (!isCrowded) part.batch ??= await this.#start(part.input);
      }
      await this.#report();
      const open = this.#parts.filter(({ batch }) => batch?.ended === false);
      this.calls.underWay = open.length > 0;
      if (open.length === 0 && this.#parts.every(({ batch }) => batch)) return;
      await this.settings.delay(this.settings.pollMs, this.settings.signal);
      isCrowded = open.length > 0;
      for (const part of open) {
        const { id } = part.batch!;
        const batch = await this.#try((signal) => this.calls.endpoint.look(id, signal));
        const isTurnedDown = batch.crowded && open.length > 1 && part.keys.length > 0;
        part.batch = isTurnedDown ? undefined : batch;
        if (!batch.ended || isTurnedDown) continue;
        isCrowded = false;
        await this.#collect(batch);
        this.calls.fail(part.keys, withoutReply(batch));
      }
    }
  }

  /** Starts a batch once: where no answer came, it may have been started all the same. */
  #start(input: string): Promise<ProviderBatch> {
    const { endpoint } = this.calls;
    return this.#try(async (signal, attempt) => {
      const started = attempt === 0 ? [] : await endpoint.find(this.#study, signal);
      return started.find((batch) => batch.input === input) ??
        await endpoint.start(input, this.#study, signal);
    });
  }

  /** Stores what a batch gave; a download that breaks off is begun again. */
  async #collect({ outputs, tookMs }: ProviderBatch): Promise<void> {
    const { calls } = this;
    for (const output of outputs) {
      await this.#try(async (signal) =>
        await calls.read(await calls.endpoint.download(output, signal), tookMs)
      );
    }
  }

  /** Does one thing at the provider, again while that fails for a passing reason. */
  async #try<T>(work: (signal: AbortSignal, attempt: number) => Promise<T>): Promise<T> {
    for (let [attempt, waited] = [0, 0];; attempt++) {
      this.settings.signal.throwIfAborted();
      try {
        return await work(this.settings.signal, attempt);
      } catch (error) {
        const { transient, retryAfterMs } = error as Partial<RespondentError>;
        // A body that breaks off is a TypeError.
        const isBroken = error instanceof TypeError || (error as Error).name === "TimeoutError";
        if (!transient && !isBroken) throw error;
        const wait = retryAfterMs ?? Math.min(60_000, 500 * 2 ** attempt);
        if ((waited += wait) > this.settings.patienceMs) throw error;
        await this.settings.delay(wait, this.settings.signal);
      }
    }
  }

  async #report(): Promise<void> {
    const { calls, settings } = this;
    const batches = this.#parts.flatMap(({ batch }) => batch ?? []);
    const total = calls.keys.size;
    const underWay = batches.reduce((sum, { ended, completed }) => sum + (ended ? 0 : completed), 0);
    const replied = total - calls.missing.size + underWay;
    const failed = batches.reduce((sum, batch) => sum + batch.failed, 0);
    await settings.onProgress?.({
      done: Math.min(total, replied + failed),
      total,
      cached: calls.cached,
      statuses: { replied, ...(failed === 0 ? {} : { failed }) },
      elapsedMs: Date.now() - this.#started,
      batches,
      ignored: calls.ignored,
    });
  }
}

/** The error of requests of which a batch said nothing. */
function withoutReply({ id, status, reason }: ProviderBatch): RespondentError {
  const why = status === "completed" ? "completed and has no line for this request" : `${status}: ${reason}`;
  const message = `batch ${id} is ${why.replace(/: $/, "")}`;
  return new RespondentError(message, { kind: "server", transient: true });
}
