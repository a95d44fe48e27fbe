import { RespondentError } from "../core/errors.ts";
import type { CallResult, RespondentRequest } from "../core/respondent.ts";
import type { Limits } from "./limits.ts";

/** What is known when failures are judged. */
interface Watched {
  readonly concurrency: number;
  readonly patienceMs: number;
  readonly limits: Limits;
  /** Whether the store answers any of the calls; left out where that cannot be told. */
  readonly isAnyKept: (() => Promise<boolean>) | undefined;
}

/** Tells when going on is senseless. */
interface FailureWatch {
  /** Whether it is, after what became of a call. */
  isSenseless(result: CallResult, request: RespondentRequest): boolean | Promise<boolean>;
  /** When there are no more calls: how all that are alike were rejected, where none was answered. */
  allRejected(): Error | undefined;
}

/** So many calls that are all rejected in the same way, and none answered, say that the others will be too. */
const firstCalls = 20;

/**
 * Tells when going on is senseless, for all calls:
 *
 * - the key is refused, or the quota is spent;
 * - the endpoint cannot be reached before any call was answered;
 * - the first 20 calls are rejected in the same way, or the requests of all that there are, and none like them (with a
 *   schema, or without) was ever answered, in this run or, by the store, in one before;
 * - many calls in a row, at least 10 and twice those at once, failed for reasons of the endpoint;
 * - no reply has come for as long as one call waits for a rate limit.
 *
 * Any other failure is of its call alone: a rejected request, a prompt that is too long or filtered, a reply that is no
 * completion never end what others can answer, in the first run or any later one.
 */
export function watchFailures({ concurrency, patienceMs, limits, isAnyKept }: Watched): FailureWatch {
  // Calls with a schema may be answered where those without one are all rejected.
  const forms = new Map<boolean, { answered: boolean; rejections: Map<string, number>; last?: Error }>();
  let answered = false;
  let failures = 0;
  const isSenseless: FailureWatch["isSenseless"] = (result, { schema }) => {
    const form = schema !== undefined;
    let known = forms.get(form);
    if (known === undefined) forms.set(form, known = { answered: false, rejections: new Map() });
    if (result.kind === "reply") {
      known.answered = true;
      if (!result.cached) [answered, failures] = [true, 0];
    }
    if (result.kind !== "failed" || !(result.error instanceof RespondentError)) return false;
    const { kind, status } = result.error;
    switch (kind) {
      case "unauthorized":
      case "quota":
        return true;
      case "context":
      case "filtered":
        return false;
      case "bad_request":
      case "malformed": {
        const way = `${kind} ${status}`;
        const count = (known.rejections.get(way) ?? 0) + 1;
        known.rejections.set(way, count);
        if (kind === "bad_request") known.last = result.error;
        if (known.answered || count < firstCalls) return false;
        return isAnyKept === undefined || isAnyKept().then((kept) => {
          known.answered ||= kept;
          return !known.answered;
        });
      }
      default: {
        failures++;
        const many = failures >= Math.max(10, 2 * concurrency);
        const silent = kind === "rate_limited" && limits.silentFor(patienceMs);
        return many || silent || kind === "unreachable" && !answered;
      }
    }
  };
  const allRejected = () =>
    [...forms.values()].find((form) => !form.answered && form.rejections.size === 1)?.last;
  return { isSenseless, allRejected };
}
