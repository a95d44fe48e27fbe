import { cutReason, notAskedReason } from "../core/columns.ts";
import { RespondentError } from "../core/errors.ts";
import type { Design } from "../core/experiment.ts";
import type { Item } from "../core/item.ts";
import { type CallResult, promptKey } from "../core/respondent.ts";
import { type ElicitedAnswer, readElicited, unelicited } from "../items/elicited.ts";
import { parseReply, type ReplyAnswer } from "../items/questionnaire.ts";
import { type Question, shownBy } from "./questions.ts";

/** What each question got from one call, as it was put; probabilities with an answer drawn from them. */
export function readQuestions(
  { elicit }: Pick<Design, "elicit">,
  questions: readonly Question[],
  outcome: CallResult | undefined,
  notAsked?: string,
): readonly ElicitedAnswer[] {
  const reply = outcome?.kind === "reply" ? outcome.stored.reply : undefined;
  if (
    elicit !== "answer" || reply === undefined || reply.refusal !== null || reply.finishReason !== "stop" ||
    reply.thought !== undefined || reply.text.length > longestHeld
  ) return readAnew(elicit, questions, outcome, notAsked);
  // Subjects who are asked the same questions say much the same words, and are read once.
  let held = readings.get(questions);
  if (held === undefined) readings.set(questions, held = new Map());
  const known = held.get(reply.text);
  if (known !== undefined) return known;
  const answers = readAnew(elicit, questions, outcome);
  if (held.size < mostHeld) held.set(reply.text, answers);
  return answers;
}

const readings = new WeakMap<readonly Question[], Map<string, readonly ElicitedAnswer[]>>();
const longestHeld = 500;
const mostHeld = 1000;

function readAnew(
  elicit: Design["elicit"],
  questions: readonly Question[],
  outcome: CallResult | undefined,
  notAsked?: string,
): ElicitedAnswer[] {
  const read = readResult(questions.map(({ put }) => put), outcome, shownBy(questions), notAsked);
  return questions.map(({ asked, byTokens, shown }, place) => {
    const given = read[place]!;
    if (outcome?.kind !== "reply") return { ...given, ...unelicited };
    const { key, reply } = outcome.stored;
    return readElicited(asked, elicit, { reply, key, given: byTokens ? undefined : given, shown });
  });
}

/** What each item got from one call: an answer, or the reason why there is none. */
export function readResult(
  items: readonly Item[],
  outcome: CallResult | undefined,
  shown: { readonly [item: string]: readonly string[] },
  notAsked: string = notAskedReason,
): ReplyAnswer[] {
  if (outcome?.kind === "reply") return parseReply(items, outcome.stored.reply, shown);
  const answer = { value: null, ...whyNoReply(outcome, notAsked), raw: "" };
  return items.map(() => answer);
}

/** A call without a reply: what the provider's filter held back is a refusal. */
function whyNoReply(
  outcome: CallResult | undefined,
  notAsked: string,
): Pick<ReplyAnswer, "status" | "detail" | "reason"> {
  if (outcome?.kind === "stopped" && outcome.cut) {
    return { status: "failed", detail: "cut", reason: cutReason };
  }
  if (outcome?.kind !== "failed") {
    const reason = outcome?.kind === "stopped" && outcome.reason || notAsked;
    return { status: "failed", detail: "stopped", reason };
  }
  const { error, attempts } = outcome;
  const reason = `${error.message} (${attempts} ${attempts === 1 ? "attempt" : "attempts"})`;
  const kind = error instanceof RespondentError ? error.kind : "server";
  if (kind === "filtered") return { status: "refused", detail: "filter", reason };
  const detail = kind === "context" ? "context" : kind === "bad_request" ? "rejected" : "endpoint";
  return { status: "failed", detail, reason };
}

type CallColumn = "thought" | "attempt" | "model" | "latency_ms" | "cached" | "request_key" | "prompt_key";

export function describeCall(
  outcome: CallResult | undefined,
): { [column in CallColumn | "prompt_tokens" | "completion_tokens"]: unknown } {
  const stored = outcome?.kind === "reply" ? outcome.stored : undefined;
  return {
    thought: stored?.reply.thought ?? null,
    attempt: stored?.request.attempt ?? 1,
    model: stored?.reply.model ?? null,
    prompt_tokens: stored?.reply.promptTokens ?? null,
    completion_tokens: stored?.reply.completionTokens ?? null,
    latency_ms: stored?.latencyMs ?? null,
    cached: outcome?.kind === "reply" && outcome.cached,
    request_key: (outcome?.kind === "reply" ? outcome.stored.key : outcome?.key) ?? null,
    prompt_key: stored === undefined ? null : promptKey(stored.request.messages),
  };
}
