import type { RespondentRequest, StoredReply } from "../core/respondent.ts";

/**
 * What happens to the calls of a run, told one event at a time as it happens (`onEvent`); `at` is the time in
 * milliseconds since 1970. Nothing waits for whoever is told, and an error that it throws ends the calls.
 *
 * - `asked`: a request goes to the respondent, for the `attempt`-th time;
 * - `reply`: a call was answered, by the respondent or (`cached`) from the store; it is kept already;
 * - `failed`: a call is given up, after so many `attempts`;
 * - `retry`: an attempt failed for a passing reason, and the same request is asked again after `waitMs`;
 * - `limited`: the endpoint asks for fewer calls, and nothing is asked for `waitMs`: it held back the call `key`, or
 *   (`key` is `null`) said beside a reply that nothing is left of its limit;
 * - `concurrency`: so many calls may now be under way at once, as the endpoint held one back (`cut`) or answered (`grown`).
 */
export type CallEvent =
  | {
    readonly kind: "asked";
    readonly at: number;
    readonly key: string;
    readonly request: RespondentRequest;
    readonly attempt: number;
  }
  | { readonly kind: "reply"; readonly at: number; readonly stored: StoredReply; readonly cached: boolean }
  | {
    readonly kind: "failed";
    readonly at: number;
    readonly key: string | null;
    readonly error: Error;
    readonly attempts: number;
  }
  | {
    readonly kind: "retry";
    readonly at: number;
    readonly key: string;
    readonly error: Error;
    readonly attempt: number;
    readonly waitMs: number;
  }
  | {
    readonly kind: "limited";
    readonly at: number;
    readonly key: string | null;
    readonly cause: string;
    readonly waitMs: number;
  }
  | {
    readonly kind: "concurrency";
    readonly at: number;
    readonly allowed: number;
    readonly cause: "cut" | "grown";
  };

/** Hears what happens to calls. */
export type CallListener = (event: CallEvent) => void;
