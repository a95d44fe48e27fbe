import type { Plan } from "../core/experiment.ts";
import type { CallResult, Respondent, RespondentReply, RespondentRequest } from "../core/respondent.ts";
import { stream } from "../core/stream.ts";
import { type ElicitedAnswer, sayDrawn } from "../items/elicited.ts";
import { trialCalls } from "../prompts/compose_prompt.ts";
import { indexPlan } from "../prompts/plan_index.ts";
import type { Question } from "../prompts/questions.ts";
import type { OpenCalls } from "./caller.ts";
import type { RunTally } from "./describe_run.ts";
import { describeCall, readQuestions } from "./read_result.ts";
import { reasonToStop, type StopWhen } from "./stop_when.ts";

/** What the table tells of one call; the messages that were sent are not held. */
export interface CallRecord {
  /** What became of it. */
  readonly kind: CallResult["kind"];
  /** The answers to its questions. */
  readonly answers: readonly ElicitedAnswer[];
  /** The columns that all of them share. */
  readonly columns: ReturnType<typeof describeCall>;
}

/** How the calls of an experiment are made. */
export interface TrialSettings {
  readonly plan: Plan;
  readonly calls: OpenCalls;
  readonly tally: RunTally;
  readonly askAgain: readonly string[];
  readonly attempts: number;
  readonly stopWhen: StopWhen | undefined;
  readonly elapsedMs: () => number;
}

/** The trials that differ in their replicate alone, where they can share a call; nothing where each is by itself. */
export function shareCalls(
  plan: Plan,
  { respondMany, mostReplies }: Respondent,
): readonly (readonly number[])[] | undefined {
  // Asked in turn, replicates part with their first replies.
  if (respondMany === undefined || plan.design.ask === "in turn") return undefined;
  const { persona_id: ids, arm, wording, task } = indexPlan(plan).trials;
  const keyOf = (trial: number) => JSON.stringify([ids, arm, wording, task].map((each) => each?.[trial]));
  const shared = [...Map.groupBy(ids.keys(), keyOf).values()];
  return mostReplies === undefined ? shared : shared.flatMap((trials) =>
    Array.from(
      { length: Math.ceil(trials.length / mostReplies) },
      (_, part) => trials.slice(part * mostReplies, (part + 1) * mostReplies),
    )
  );
}

/**
 * Makes the calls of trials that share them, one after another: what follows a question without a reply would be another
 * interview.
 */
export async function askTrials(trials: readonly number[], settings: TrialSettings): Promise<CallRecord[][]> {
  const { plan } = settings;
  const arm = String(indexPlan(plan).trials.arm[trials[0]!]);
  const records: CallRecord[][] = trials.map(() => []);
  const replies: string[] = [];
  const calls = trials.map((trial) => trialCalls(plan, trial));
  for (const [place, { questions }] of calls[0]!.entries()) {
    const requests = calls.map((own) => own[place]!.request(replies));
    const ended = await askCalls(requests, { ...settings, arm, questions });
    ended.forEach(({ result, answers, columns }, at) =>
      records[at]!.push({ kind: result.kind, answers, columns })
    );
    const { result, answers } = ended[0]!;
    if (result.kind === "reply") replies.push(replyOf(questions[0]!, answers[0]!, result.stored.reply));
    else if (plan.design.ask === "in turn") break;
  }
  return records;
}

/** What is said to have been replied, in the questions that follow: of probabilities the answer that the table holds. */
function replyOf(
  { asked, byTokens, shown }: Question,
  answer: ElicitedAnswer,
  { refusal, text }: RespondentReply,
): string {
  return byTokens ? sayDrawn(asked, answer, shown) : refusal ?? text;
}

/** What became of a call, read. */
interface EndedCall extends Omit<CallRecord, "kind"> {
  readonly result: CallResult;
}

/** Makes calls, and makes those again whose answers have one of the statuses to be asked again. */
async function askCalls(
  requests: readonly RespondentRequest[],
  { plan, calls, tally, arm, questions, askAgain, attempts, stopWhen, elapsedMs }:
    & TrialSettings
    & { readonly arm: string; readonly questions: readonly Question[] },
): Promise<EndedCall[]> {
  const ended = new Array<EndedCall>(requests.length);
  let open = [...requests.keys()];
  for (let attempt = 1; open.length > 0; attempt++) {
    const again: number[] = [];
    await calls.askMany(
      open.map((at) => withAttempt(requests[at]!, attempt)),
      (result, place) => {
        const at = open[place]!;
        if (result.kind === "reply" && !result.cached) {
          tally.pay(arm, result.stored.reply.promptTokens, result.stored.reply.completionTokens);
        }
        // A second try that fails leaves the reply before it.
        if (result.kind === "reply" || ended[at] === undefined) {
          const answers = readQuestions(plan.design, questions, result);
          ended[at] = { result, answers, columns: describeCall(result) };
        }
        const { answers, columns, result: last } = ended[at]!;
        const wanted = attempt < attempts && result.kind === "reply" &&
          answers.some(({ status }) => askAgain.includes(status));
        if (wanted) {
          again.push(at);
          return null;
        }
        const status = answers.find(({ status }) => status !== "answered")?.status ?? "answered";
        const asked = last.kind !== "stopped" || last.cut === true;
        tally.add(arm, asked ? status : null, columns);
        const reason = stopWhen && reasonToStop(stopWhen, tally, { arm, elapsedMs: elapsedMs() });
        if (reason !== undefined) calls.close(reason);
        return last.kind === "stopped" ? null : status;
      },
    );
    open = again;
  }
  return ended;
}

/** A request as it is made for the `attempt`-th time: with a seed of its own, or a server would say the same again. */
function withAttempt(request: RespondentRequest, attempt: number): RespondentRequest {
  if (attempt === 1) return request;
  const seed = request.seed === undefined ? {} : { seed: stream(request.seed, "attempt", attempt).seed() };
  return { ...request, ...seed, attempt };
}
