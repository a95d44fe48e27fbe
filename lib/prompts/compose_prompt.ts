import { checkOneOf, checkText } from "../core/checks.ts";
import { cannot, didYouMean } from "../core/errors.ts";
import type { Design, Plan } from "../core/experiment.ts";
import { readOptions, rule, type RulesFor } from "../core/options.ts";
import type { ChatMessage, RespondentRequest } from "../core/respondent.ts";
import { stream } from "../core/stream.ts";
import { isTable } from "../core/table.ts";
import { composeTreatment } from "../treatments/mod.ts";
import { indexPlan } from "./plan_index.ts";
import { madeUp } from "./made_up.ts";
import { describeCall } from "./read_result.ts";
import type { EndedSessionCall, SessionCall } from "./sessions/walk.ts";
import { walkSession } from "./sessions/walk_session.ts";

const action = "compose a prompt";

/** Options of {@linkcode composePrompt}, where each question is a call of its own. */
export interface ComposePromptOptions {
  /**
   * The question.
   * @default {the first that is shown}
   */
  item?: string;
  /**
   * Of a protocol, the step: its first call.
   * @default {the first step that makes calls}
   */
  step?: string;
  /**
   * What was replied to the questions before it, where they are asked in turn.
   * @default {"…" for each}
   */
  replies?: readonly string[];
}

/**
 * Composes the messages of one call, exactly as they will be sent: look at a prompt before paying for it.
 *
 * The persona is the system message; the treatment, the instruction and the questions are the user message. In a
 * conjoint the table of profiles (see `writeProfiles` in core) stands after the treatment, and a question about each
 * profile is asked of each. A plan holds no messages, so that a plan of a million calls stays a small table: they are
 * made here, on demand. Where the design asks its questions in turn or apart, each is a call of its own.
 *
 * @param plan from `planExperiment`
 * @param trial_id the trial, as in `plan.trials`
 * @param options which question, and the replies before it (defaults there)
 * @returns messages, JSON schema, seed and replicate
 * @throws {RangeError} if the plan has no such trial, or a slot of the treatment has no value
 * @throws {TypeError} if `plan` is not from `planExperiment`
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { assignTreatments, declareDesign, declareTreatments, planExperiment, tableOf, yesNo } from "@understudy/understudy";
 * import { composePrompt } from "@understudy/understudy/prompts";
 *
 * const treatments = declareTreatments({ control: "It is quiet.", threat: "Troops cross the border." });
 * const design = declareDesign({ treatments, items: [yesNo("fear", "Are you afraid?")], stated: ["age"] });
 * const personas = tableOf({ persona_id: ["p1", "p2"], weight: [1, 1], age: [31, 64] });
 * const plan = planExperiment(assignTreatments(personas, design, { seed: 1 }), design, { seed: 1 });
 * const { messages } = composePrompt(plan, plan.trials.get("trial_id", 0) as string);
 * assertStringIncludes(messages[1]!.content, "Are you afraid?");
 * ```
 */
export function composePrompt(
  plan: Plan,
  trial_id: string,
  options: ComposePromptOptions = {},
): RespondentRequest {
  checkPlan(action, plan);
  const { item, step, replies } = readOptions(action, options, rules);
  const { trials, trialRows } = indexPlan(plan);
  const row = trialRows.get(trial_id);
  if (row === undefined) {
    const ids = trials.trial_id.slice(0, 1000).map(String);
    const message = cannot(action, "trial_id", `be a trial of the plan (${ids[0]}, …)`, trial_id);
    throw new RangeError(`${message}${didYouMean(trial_id, ids)}`);
  }
  const all = trialCalls(plan, row);
  if (step !== undefined) checkOneOf(action, "step", step, [...new Set(all.map((call) => call.step))]);
  const call = callAsking(action, all.filter((call) => step === undefined || call.step === step), item);
  return call.request(Array.from({ length: call.place }, (_, before) => replies[before] ?? "…"));
}

/** The call that asks a question; the first where none is named. */
export function callAsking(action: string, calls: readonly TrialCall[], item: string | undefined): TrialCall {
  if (item === undefined) return calls[0]!;
  const names = calls.map(({ questions }) => questions.map(({ asked }) => asked.name));
  checkOneOf(action, "item", item, names.flat());
  return calls[names.findIndex((own) => own.includes(item))]!;
}

const rules = {
  item: rule<string, undefined>(checkText, undefined),
  step: rule<string, undefined>(checkText, undefined),
  replies: rule<readonly string[], readonly string[]>((_, name, value) => {
    if (Array.isArray(value) && value.every((reply) => typeof reply === "string")) return;
    throw new TypeError(cannot(action, name, "be a list of texts", value));
  }, []),
} satisfies RulesFor<ComposePromptOptions>;

export interface TrialCall
  extends Pick<SessionCall, "questions" | "step" | "round" | "member" | "isBeforeArm"> {
  /** How many calls of the trial stand before it. */
  readonly place: number;
  /** The treatment's text, where the first message after the system's begins with it. */
  readonly treatment: string;
  /** What is sent, given the texts that were replied to the calls before it; they are used where it follows them. */
  request(replies: readonly string[]): RespondentRequest;
}

/**
 * The calls of a trial: one; where questions are asked in turn or apart, one for each, in the order shown; of a protocol
 * those that are made where every reply is "…" or what is given. As they would be in another arm or wording, where one is
 * given.
 */
export function trialCalls(
  plan: Plan,
  row: number,
  given: { readonly arm?: string; readonly wording?: number } = {},
): TrialCall[] {
  const calls = [...replay(plan, row, given, [])];
  const follows = waitsForReplies(plan.design);
  let treatment: string | undefined;
  return calls.map((call, place): TrialCall => ({
    ...call,
    place,
    get treatment() {
      return treatment ??= treatmentBefore(plan, row, given, calls[0]!.request.messages);
    },
    request(replies) {
      if (!follows || replies.every((reply) => reply === "…")) return call.request;
      return replay(plan, row, given, replies).drop(place).next().value?.request ?? call.request;
    },
  }));
}

/** Whether calls of a design wait for the replies to others. */
export function waitsForReplies({ protocol, ask, conversation }: Design): boolean {
  return protocol !== null || ask === "in turn" || conversation === "one";
}

/** The first call of a trial, which waits for no reply; `undefined` where it makes none. */
export function firstCall(plan: Plan, row: number): RespondentRequest | undefined {
  return replay(plan, row, {}, []).next().value?.request;
}

/** Walks a trial with replies that were given, "…" after them. */
function* replay(
  plan: Plan,
  row: number,
  given: { readonly arm?: string; readonly wording?: number },
  replies: readonly string[],
): Generator<SessionCall> {
  const walk = walkSession(plan, [row], given);
  let place = 0;
  for (let step = walk.next(); !step.done;) {
    const calls = step.value;
    yield* calls;
    step = walk.next(calls.map((call) => endedWith(call, replies[place++] ?? "…")));
  }
}

/** A call that was replied to with a text; "…" stands for a reply whose answers are made up. */
export function endedWith(call: SessionCall, text: string): EndedSessionCall {
  const reply = { ...noReply, text };
  const { request } = call;
  const result = { kind: "reply", stored: { ...noStored, request, reply }, cached: false } as const;
  if (text !== "…" || request.schema === undefined) {
    return { result, answers: call.read(result), columns: notCalled };
  }
  const answered = madeUp(request.schema, stream(request.seed ?? 0, "made up"), undefined);
  const stored = { ...noStored, request, reply: { ...reply, text: answered } };
  return { result, answers: call.read({ ...result, stored }), columns: notCalled };
}

const noTokens = { promptTokens: null, completionTokens: null };
const noReply = { ...noTokens, refusal: null, finishReason: "stop", model: "" } as const;
const noIdentity = { endpoint: "", model: "", parameters: {} };
const noStored = { key: "", identity: noIdentity, latencyMs: 0, answeredAt: "" };
const notCalled = describeCall(undefined);

/** The treatment's text, where the messages begin with it. */
function treatmentBefore(
  plan: Plan,
  row: number,
  { arm, wording }: { readonly arm?: string; readonly wording?: number },
  messages: readonly ChatMessage[],
): string {
  const { trials, assigned, assignedRows } = indexPlan(plan);
  const first = assignedRows[row]![0]!;
  const name = arm ?? trials.arm[row] as string;
  const attributes = Object.fromEntries(
    Object.keys(assigned).map((column) => [column, column === "arm" ? name : assigned[column]![first]]),
  );
  const read = wording ?? trials.wording[row] as number;
  const text = composeTreatment(plan.design.treatments, name, { wording: read, attributes });
  return messages.find(({ role }) => role === "user")?.content.startsWith(text) ? text : "";
}

export function checkPlan(action: string, plan: Plan): void {
  if (isTable(plan?.trials) && isTable(plan.assigned)) return;
  const wrong = cannot(action, "plan", "be a plan", plan);
  throw new TypeError(`${wrong}; it comes from planExperiment(assigned, design)`);
}
