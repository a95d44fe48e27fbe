import { breather } from "../core/breather.ts";
import type { Plan } from "../core/experiment.ts";
import { requestKey, type RespondentIdentity, type Store } from "../core/respondent.ts";
import { firstCall, trialCalls, waitsForReplies } from "../prompts/compose_prompt.ts";

/** A call of a plan: where it stands, its key, and whether a store holds its reply. */
export interface LookedUpCall {
  readonly trial: number;
  readonly place: number;
  readonly key: string;
  readonly isKept: boolean;
}

/** So many trials are looked up at once: a store far away takes as long for one. */
const together = 200;

/** Looks up every call of a plan; where calls wait for replies the first of each trial, as later ones hang on its reply. */
export async function* lookUpCalls(
  plan: Plan,
  identity: RespondentIdentity,
  store: Store,
): AsyncGenerator<LookedUpCall> {
  const breathe = breather();
  const waits = waitsForReplies(plan.design);
  for (let trial = 0, end = 0; trial < plan.trials.numRows(); trial = end) {
    end = Math.min(trial + together, plan.trials.numRows());
    const calls = Array.from({ length: end - trial }, (_, at) => trial + at).flatMap((trial) => {
      const requests = waits
        ? [firstCall(plan, trial)].filter((request) => request !== undefined)
        : trialCalls(plan, trial).map(({ request }) => request([]));
      return requests.map((request, place) => ({ trial, place, key: requestKey(identity, request) }));
    });
    const kept = await Promise.all(calls.map(({ key }) => store.get(key)));
    for (const [at, call] of calls.entries()) yield { ...call, isKept: kept[at] !== undefined };
    await breathe();
  }
}
