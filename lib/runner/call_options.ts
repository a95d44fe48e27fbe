import { cannot, checkWhole, type Respondent, type Store } from "../core/mod.ts";

/** How calls are made: kept, tried again, several at once, stopped. */
export interface CallPoolOptions {
  /** Where replies are kept and looked up first; nothing is kept if not given. */
  store?: Store;
  /**
   * How many calls are under way at once: one a conversation.
   * @default {8}
   */
  concurrency?: number;
  /**
   * How often a call that failed for a passing reason is tried again; waits double from 0.5 s to 30 s, and an
   * endpoint's `Retry-After` is respected.
   * @default {5}
   */
  retries?: number;
  /** Stops the run: nothing more is asked, calls under way may still arrive, the answers so far are returned. */
  signal?: AbortSignal;
  /**
   * How long calls under way may still arrive when a run is stopped, in milliseconds: they are paid for.
   * @default {5000}
   */
  drainMs?: number;
  /** Waits; replaced in tests. */
  delay?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** The time in milliseconds; replaced in tests. */
  now?: () => number;
}

/** The names of {@linkcode CallPoolOptions}, for the check of misspelt ones. */
export const callOptionNames: readonly string[] = [
  "store",
  "concurrency",
  "retries",
  "signal",
  "drainMs",
  "delay",
  "now",
];

/** Checks who answers and how calls are made, before the first is paid for. */
export function checkCalls(action: string, respondent: Respondent, options: CallPoolOptions): void {
  if (typeof respondent?.respond !== "function" || typeof respondent?.identity !== "function") {
    throw new TypeError(
      `${
        cannot(action, "respondent", "be a respondent", respondent)
      }; for example openAiRespondent({ model: "…" })`,
    );
  }
  if (options.store !== undefined && typeof options.store?.get !== "function") {
    throw new TypeError(
      `${cannot(action, "store", "be a store", options.store)}; for example sqliteStore("study.db")`,
    );
  }
  checkWhole(action, "concurrency", options.concurrency ?? 8, 1, 10_000);
  checkWhole(action, "retries", options.retries ?? 5, 0, 100);
}
