import { cannot } from "../core/errors.ts";
import { rule } from "../core/options.ts";
import { checkAmounts } from "./budget.ts";
import { type RunTally, worstArm } from "./describe_run.ts";

/** When a run is not worth going on; what was asked is kept. */
export interface StopWhen {
  /** The share of calls without a usable answer, in all or in one arm, above which the run stops: above 0, up to 1. */
  unusable?: number;
  /**
   * How many calls, of the arm or in all, must have ended before their share counts.
   * @default {40}
   */
  after?: number;
  /** Tokens of replies and prompts in the mean of the calls asked, as where a model thinks without end. */
  tokensPerCall?: number;
  /** Time since the run began, in milliseconds. */
  ms?: number;
}

/** The rule of the option `stopWhen`. */
export const stopRule = rule<StopWhen, undefined>((action, name, value) => {
  checkAmounts(action, name, value as StopWhen, ["unusable", "after", "tokensPerCall", "ms"]);
  const { unusable } = value as StopWhen;
  if (unusable === undefined || unusable <= 1) return;
  throw new RangeError(cannot(action, `${name}.unusable`, "be a share above 0, up to 1", unusable));
}, undefined);

/** Why a run should stop after a call in an arm; the shares of other arms did not change. */
export function reasonToStop(
  { unusable, after = 40, tokensPerCall, ms }: StopWhen,
  tally: RunTally,
  at: { readonly arm: string; readonly elapsedMs: number },
): string | undefined {
  if (ms !== undefined && at.elapsedMs >= ms) return `${ms} ms were over`;
  const total = tally.total();
  const asked = total.replies;
  const tokens = (total.prompt + total.completion) / asked;
  if (tokensPerCall !== undefined && asked >= after && tokens > tokensPerCall) {
    return `calls took ${Math.round(tokens)} tokens in the mean, more than ${tokensPerCall}`;
  }
  if (unusable === undefined) return undefined;
  const isBad = ({ calls, notAsked, statuses }: ReturnType<RunTally["arm"]>): boolean => {
    const ended = calls - notAsked;
    return ended >= after && ended - (statuses.answered ?? 0) > unusable * ended;
  };
  if (!isBad(total) && !isBad(tally.arm(at.arm))) return undefined;
  return `more than ${Math.round(100 * unusable)}% of calls gave no usable answer, most in ${
    worstArm(tally)
  }`;
}
