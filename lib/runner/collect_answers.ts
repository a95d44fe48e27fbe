import { breather } from "../core/breather.ts";
import { answerColumns, assignedColumns, notAskedReason, sessionColumns } from "../core/columns.ts";
import type { Plan } from "../core/experiment.ts";
import { type Columns, type Table, tableOf } from "../core/table.ts";
import { indexPlan } from "../prompts/plan_index.ts";
import { distributionFor, valueFor } from "../prompts/questions.ts";
import { describeCall } from "../prompts/read_result.ts";
import type { SessionEntry } from "../prompts/sessions/walk.ts";
import { rangeOf } from "../prompts/sessions/walk_ask.ts";
import { notAsked } from "../prompts/sessions/walk_session.ts";

const notCalled = describeCall(undefined);
const ofCall = Object.keys(notCalled) as (keyof typeof notCalled)[];
const ofSession = Object.keys(sessionColumns) as (keyof typeof sessionColumns)[];
const ofTrial = ["trial_id", "wording"] as const;
const ofAnswer = ["status", "reason", "raw"] as const;
const ofEntry = ["kind", "step", "round", "line", "part", "player"] as const;

/**
 * Joins plan, assignment and what each trial left into the answers table; in a conjoint one row per profile. What was never
 * asked is rows that say why.
 */
export async function collectAnswers(
  plan: Plan,
  outcomes: readonly (readonly SessionEntry[] | undefined)[],
  closed: string | undefined,
): Promise<Table> {
  const { trials, assigned, assignedRows } = indexPlan(plan);
  const { design } = plan;
  const isSession = design.protocol !== null;
  const names = Object.keys(assigned).filter((name) => !isSession || !Object.hasOwn(sessionColumns, name));
  // What all members of a session share, those too whom nobody is assigned to.
  const ofSessions = new Set([...Object.keys(assignedColumns), ...Object.keys(design.factors ?? {})]);
  const recorded = design.conjoint === null ? [] : ["feature_order"];
  const columns: { [name: string]: unknown[] } = {};
  const added = [...recorded, ...(isSession ? ofSession : []), ...Object.keys(answerColumns)];
  for (const name of [...names, ...added]) columns[name] = [];
  const own = columns as { [name in keyof typeof answerColumns | keyof typeof sessionColumns]: unknown[] };
  const shared = names.map((name) => [name, columns[name]!, assigned[name]!] as const);
  const breathe = breather();
  for (let trial = 0; trial < outcomes.length; trial++) {
    if (trial % 64 === 0) await breathe();
    const first = assignedRows[trial]![0]!;
    const session = isSession ? String(trials.session![trial]) : "";
    const entries = outcomes[trial] ?? notAsked(plan, trial, closed ?? notAskedReason);
    for (const entry of entries) {
      const { shown, answers, calls, member } = entry;
      for (const [at, row] of entry.rows.entries()) {
        for (const place of shown?.places ?? [0]) {
          const question = shown?.questions[place];
          const profile = question?.profile ?? null;
          if (profile !== null && profile !== at + 1) continue;
          const answer = answers[place]!;
          const isNobody = entry.kind === "default";
          for (const [name, values, held] of shared) {
            if (row !== null) values.push(held[row]);
            else if (isNobody) values.push(null);
            else if (name === "persona_id") values.push(`${session}:${member!.member}`);
            else values.push(ofSessions.has(name) ? held[first] : null);
          }
          columns.feature_order?.push(trials.feature_order![trial]);
          for (const name of ofTrial) own[name].push(trials[name]![trial]);
          for (const name of ofAnswer) own[name].push(answer[name]);
          own.replicate.push(entry.replicate ?? trials.replicate[trial]);
          own.turn.push(isSession ? entry.turn : design.ask === "in turn" ? place + 1 : 1);
          own.item.push(question?.item ?? (entry.kind === "payoff" ? "payoff" : entry.step));
          own.item_kind.push(question?.asked.kind ?? null);
          const of = question && [design, question] as const;
          own.value.push(of === undefined ? answer.value : valueFor(...of, answer.value, at + 1));
          own.status_detail.push(answer.detail);
          own.distribution.push(
            of === undefined ? null : distributionFor(...of, answer.distribution, at + 1),
          );
          own.option_mass.push(answer.optionMass);
          own.item_position.push(place + 1);
          own.option_order.push(shown?.optionTexts[place] ?? null);
          const call = calls[entry.isTogether ? 0 : place] ?? notCalled;
          for (const name of ofCall) own[name].push(call[name]);
          if (!isSession) continue;
          own.session.push(isNobody ? null : session);
          own.member.push(member?.member ?? null);
          own.role.push(member?.role ?? null);
          for (const name of ofEntry) own[name].push(entry[name]);
          own.heard_by.push(entry.heardBy.join(", "));
          own.stated.push(entry.stated?.[question?.item ?? ""] ?? null);
          own.range.push(entry.stated && question ? rangeOf(question.asked) : null);
          own.persona_text.push(entry.personaText ?? null);
        }
      }
    }
  }
  return tableOf(columns as Columns);
}
