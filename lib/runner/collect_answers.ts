import {
  answerColumns,
  type CallResult,
  type Columns,
  type Item,
  notAskedReason,
  type Plan,
  type Table,
  tableOf,
} from "../core/mod.ts";
import { parseReply, type ReplyAnswer } from "../items/mod.ts";
import { indexPlan } from "../prompts/plan_index.ts";

/** Joins plan, assignment and what became of each call into the answers table. */
export function collectAnswers(plan: Plan, outcomes: readonly (CallResult | undefined)[]): Table {
  const { trials, assigned, assignedRows } = indexPlan(plan);
  const names = Object.keys(assigned);
  const columns: { [name: string]: unknown[] } = {};
  for (const name of [...names, ...Object.keys(answerColumns)]) columns[name] = [];
  const items = plan.design.items;
  outcomes.forEach((outcome, trial) => {
    const row = assignedRows[trial]!;
    const shown = JSON.parse(trials.option_orders[trial] as string) as { [item: string]: string[] };
    const order = JSON.parse(trials.item_order[trial] as string) as string[];
    const answers = readOutcome(items, outcome, shown);
    const call = describeCall(outcome);
    items.forEach((item, i) => {
      for (const name of names) columns[name]!.push(assigned[name]![row]);
      const answer = answers[i]!;
      const values: { [name in keyof typeof answerColumns]: unknown } = {
        trial_id: trials.trial_id[trial],
        replicate: trials.replicate[trial],
        wording: trials.wording[trial],
        turn: 1,
        item: item.name,
        value: answer.value,
        status: answer.status,
        reason: answer.reason,
        raw: answer.raw,
        item_position: order.indexOf(item.name) + 1,
        option_order: shown[item.name] === undefined ? null : JSON.stringify(shown[item.name]),
        ...call,
      };
      for (const [name, value] of Object.entries(values)) columns[name]!.push(value);
    });
  });
  return tableOf(columns as Columns);
}

/** What each item got from one call: an answer, or the reason why there is none. */
export function readOutcome(
  items: readonly Item[],
  outcome: CallResult | undefined,
  shown: { readonly [item: string]: readonly string[] },
): ReplyAnswer[] {
  if (outcome?.kind === "reply") return parseReply(items, outcome.stored.reply, shown);
  const reason = outcome?.kind === "failed"
    ? `${outcome.error.message} (${outcome.attempts} ${outcome.attempts === 1 ? "attempt" : "attempts"})`
    : notAskedReason;
  return items.map(() => ({ value: null, status: "failed" as const, reason, raw: "" }));
}

/** Columns that describe one call. */
export interface CallColumns {
  readonly model: string | null;
  readonly prompt_tokens: number | null;
  readonly completion_tokens: number | null;
  readonly latency_ms: number | null;
  readonly cached: boolean;
  readonly request_key: string | null;
}

/** Describes one call. */
export function describeCall(outcome: CallResult | undefined): CallColumns {
  if (outcome?.kind === "reply") {
    const { reply, latencyMs, key } = outcome.stored;
    return {
      model: reply.model,
      prompt_tokens: reply.promptTokens,
      completion_tokens: reply.completionTokens,
      latency_ms: latencyMs,
      cached: outcome.cached,
      request_key: key,
    };
  }
  return {
    model: null,
    prompt_tokens: null,
    completion_tokens: null,
    latency_ms: null,
    cached: false,
    request_key: outcome?.key ?? null,
  };
}
