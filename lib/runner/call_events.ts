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
  & { readonly at: number }
  & (
    | Readonly<{ kind: "asked"; key: string; request: RespondentRequest; attempt: number }>
    | Readonly<{ kind: "reply"; stored: StoredReply; cached: boolean }>
    | Readonly<{ kind: "failed"; key: string | null; error: Error; attempts: number }>
    | Readonly<{ kind: "retry"; key: string; error: Error; attempt: number; waitMs: number }>
    | Readonly<{ kind: "limited"; key: string | null; cause: string; waitMs: number }>
    | Readonly<{ kind: "concurrency"; allowed: number; cause: "cut" | "grown" }>
  );

/** Hears what happens to calls. */
export type CallListener = (event: CallEvent) => void;
