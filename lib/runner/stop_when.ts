import { cannot } from "../core/errors.ts";
import { rule } from "../core/options.ts";
import { checkAmounts } from "./budget.ts";
import { endedCalls, type RunTally, worstArm } from "./describe_run.ts";

/** When a run is not worth going on; what was asked is kept. */
export interface StopWhen {
  /** The share of calls without a usable answer, in all or in one arm, above which the run stops: above 0, up to 1. */
  unusable?: number;
  /**
   * How many calls, of the arm or in all, must have ended before their share, or their tokens, count.
   * @default {40}
   */
  after?: number;
  /** Tokens of a call in the mean, as where a model thinks without end. */
  tokensPerCall?: number;
  /** Time since the run began, in milliseconds. */
  ms?: number;
}

export const stopRule = rule<StopWhen, undefined>((action, name, value) => {
  checkAmounts(action, name, value as StopWhen, ["unusable", "after", "tokensPerCall", "ms"]);
  const { unusable = 1 } = value as StopWhen;
  if (unusable > 1) {
    throw new RangeError(cannot(action, `${name}.unusable`, "be a share above 0, up to 1", unusable));
  }
}, undefined);

/** Why a run should stop after a call in an arm; the shares of other arms did not change. */
export function reasonToStop(
  { unusable: most = 1, after = 40, tokensPerCall = Infinity, ms = Infinity }: StopWhen,
  tally: RunTally,
  { arm, elapsedMs }: { readonly arm: string; readonly elapsedMs: number },
): string | undefined {
  if (elapsedMs >= ms) return `${ms} ms were over`;
  const total = tally.total();
  const tokens = (total.prompt_tokens + total.completion_tokens) / total.replies;
  if (total.replies >= after && tokens > tokensPerCall) {
    return `calls took ${Math.round(tokens)} tokens in the mean, more than ${tokensPerCall}`;
  }
  const isBad = [total, tally.arm(arm)].map(endedCalls)
    .some(({ ended, unusable }) => ended >= after && unusable > most * ended);
  if (!isBad) return undefined;
  return `more than ${Math.round(100 * most)}% of calls gave no usable answer, most in ${worstArm(tally)}`;
}
