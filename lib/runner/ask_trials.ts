import type { Plan } from "../core/experiment.ts";
import type { Respondent, RespondentRequest } from "../core/respondent.ts";
import { stream } from "../core/stream.ts";
import { waitsForReplies } from "../prompts/compose_prompt.ts";
import { indexPlan } from "../prompts/plan_index.ts";
import { describeCall } from "../prompts/read_result.ts";
import type { EndedSessionCall, SessionCall } from "../prompts/sessions/walk.ts";
import { type WalkedSession, walkSession } from "../prompts/sessions/walk_session.ts";
import type { OpenCalls } from "./caller.ts";
import type { RunTally } from "./describe_run.ts";
import { reasonToStop, type StopWhen } from "./stop_when.ts";

export interface TrialSettings {
  readonly plan: Plan;
  readonly calls: OpenCalls;
  readonly tally: RunTally;
  readonly askAgain: readonly string[];
  readonly attempts: number;
  readonly stopWhen: StopWhen | undefined;
  readonly elapsedMs: () => number;
  readonly rounds?: { [round: string]: number };
}

/** The trials of each conversation: one; where all arms of a persona are one conversation these, in their order. */
export function conversationsOf(plan: Plan): readonly (readonly number[])[] {
  const { trials } = indexPlan(plan);
  const all = trials.trial_id.map((_, trial) => [trial]);
  if (plan.design.conversation === "separate") return all;
  const who = trials.session ?? trials.persona_id;
  const keyOf = (trial: number) => JSON.stringify([who[trial], trials.replicate[trial]]);
  return [...Map.groupBy(trials.trial_id.keys(), keyOf).values()];
}

export interface Job {
  readonly conversations: readonly (readonly number[])[];
  /** Whether they share their calls: they differ in their replicate alone. Else each is asked after the one before. */
  readonly areShared: boolean;
}

/** The jobs of a run, in which conversations wait for nobody else's. */
export function jobsOf(plan: Plan, { respondMany, mostReplies }: Respondent): readonly Job[] {
  const conversations = conversationsOf(plan);
  const { persona_id: ids, arm, wording, task, session, replicate } = indexPlan(plan).trials;
  const gather = (columns: readonly (readonly unknown[] | undefined)[]) => {
    const keyOf = ([trial]: readonly number[]) => JSON.stringify(columns.map((each) => each?.[trial!]));
    return [...Map.groupBy(conversations, keyOf).values()];
  };
  if (waitsForReplies(plan.design)) {
    // Arms share their past: what one asked the next finds in the store.
    const jobs = sharesPast(plan) ? gather([session, replicate]) : conversations.map((trials) => [trials]);
    return jobs.map((own) => ({ conversations: own, areShared: false }));
  }
  if (respondMany === undefined) {
    return conversations.map((trials) => ({ conversations: [trials], areShared: true }));
  }
  const most = mostReplies ?? Infinity;
  return gather([ids, arm, wording, task]).flatMap((own) =>
    Array.from(
      { length: Math.ceil(own.length / Math.min(most, own.length)) },
      (_, part) => ({ conversations: own.slice(part * most, (part + 1) * most), areShared: true }),
    )
  );
}

/** Whether a session is walked in several arms, which are the same until it reads the arm. */
export function sharesPast({ design }: Plan): boolean {
  return design.protocol !== null && design.subjects === "within" && design.conversation === "separate";
}

export interface AskedTrials extends WalkedSession {
  readonly isStopped: boolean;
}

/** Makes the calls of conversations that share them: those that wait for no other at once, the rest one after another. */
export async function askTrials(
  conversations: readonly (readonly number[])[],
  settings: TrialSettings,
): Promise<AskedTrials[]> {
  const walks = conversations.map((trials) => walkSession(settings.plan, trials));
  let steps = walks.map((walk) => walk.next());
  let isStopped = false;
  while (!steps[0]!.done) {
    const batches = steps.map(({ value }) => value as readonly SessionCall[]);
    const ended = walks.map((): EndedSessionCall[] => []);
    await Promise.all(batches[0]!.map(async (_, place) => {
      const results = await askCalls(batches.map((calls) => calls[place]!), settings);
      results.forEach((result, at) => ended[at]![place] = result);
      isStopped ||= results.some(({ result }) => result.kind === "stopped");
    }));
    steps = walks.map((walk, at) => walk.next(ended[at]!));
  }
  return steps.map(({ value }) => ({ ...value as WalkedSession, isStopped }));
}

/** Makes calls that share a request, and makes those again whose answers have one of the statuses to be asked again. */
async function askCalls(
  wanted: readonly SessionCall[],
  { calls, tally, askAgain, attempts, stopWhen, elapsedMs, rounds = {} }: TrialSettings,
): Promise<EndedSessionCall[]> {
  const ended = new Array<EndedSessionCall>(wanted.length);
  const [{ arm, respondent, round }] = wanted as readonly [SessionCall];
  let open = [...wanted.keys()];
  for (let attempt = 1; open.length > 0; attempt++) {
    const again: number[] = [];
    await calls.askMany(open.map((at) => withAttempt(wanted[at]!.request, attempt)), (result, place) => {
      const at = open[place]!;
      if (result.kind === "reply" && !result.cached) {
        tally.pay(arm, result.stored.reply.promptTokens, result.stored.reply.completionTokens);
      }
      // A second try that fails leaves the reply before it.
      if (result.kind === "reply" || ended[at] === undefined) {
        ended[at] = { result, answers: wanted[at]!.read(result), columns: describeCall(result) };
      }
      const { answers, columns, result: last } = ended[at]!;
      const isWanted = attempt < attempts && result.kind === "reply" &&
        answers.some(({ status }) => askAgain.includes(status));
      if (isWanted) {
        again.push(at);
        return null;
      }
      const status = answers.find(({ status }) => status !== "answered")?.status ?? "answered";
      const asked = last.kind !== "stopped" || last.cut === true;
      if (asked) rounds[round] = (rounds[round] ?? 0) + 1;
      tally.add(arm, asked ? status : null, columns);
      const reason = stopWhen && reasonToStop(stopWhen, tally, { arm, elapsedMs: elapsedMs() });
      if (reason !== undefined) calls.close(reason);
      return last.kind === "stopped" ? null : status;
    }, respondent);
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
