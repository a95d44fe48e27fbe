import { checkOneOf, checkText } from "../core/checks.ts";
import { cannot, didYouMean } from "../core/errors.ts";
import type { Conjoint, Plan } from "../core/experiment.ts";
import { writeProfiles } from "../core/profile_table.ts";
import { readOptions, rule, type RulesFor } from "../core/options.ts";
import type { ChatMessage, RespondentRequest } from "../core/respondent.ts";
import { stream } from "../core/stream.ts";
import { isTable } from "../core/table.ts";
import { tokensAsked } from "../items/elicited.ts";
import { composeTreatment } from "../treatments/mod.ts";
import { indexPlan } from "./plan_index.ts";
import type { Question } from "./questions.ts";

const action = "compose a prompt";

/** Options of {@linkcode composePrompt}, where each question is a call of its own. */
export interface ComposePromptOptions {
  /**
   * The question.
   * @default {the first that is shown}
   */
  item?: string;
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
 * import { tableOf } from "@understudy/understudy/core";
 * import { assignTreatments, declareDesign } from "@understudy/understudy/designs";
 * import { yesNo } from "@understudy/understudy/items";
 * import { composePrompt } from "@understudy/understudy/prompts";
 * import { planExperiment } from "@understudy/understudy/runner";
 * import { declareTreatments } from "@understudy/understudy/treatments";
 *
 * const design = declareDesign({
 *   treatments: declareTreatments({ control: "It is quiet.", threat: "Troops cross the border." }),
 *   items: [yesNo("fear", "Are you afraid?")],
 *   stated: ["age"],
 * });
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
  const { item, replies } = readOptions(action, options, rules);
  const { trials, trialRows } = indexPlan(plan);
  const row = trialRows.get(trial_id);
  if (row === undefined) {
    const ids = trials.trial_id.slice(0, 1000).map(String);
    const message = cannot(action, "trial_id", `be a trial of the plan (${ids[0]}, …)`, trial_id);
    throw new RangeError(`${message}${didYouMean(trial_id, ids)}`);
  }
  const call = callAsking(action, trialCalls(plan, row), item);
  return call.request(Array.from({ length: call.place }, (_, before) => replies[before] ?? "…"));
}

/** The call that asks a question; the first where none is named. */
export function callAsking(
  action: string,
  calls: readonly TrialCall[],
  item: string | undefined,
): TrialCall {
  if (item === undefined) return calls[0]!;
  const names = calls.map(({ questions }) => questions.map(({ asked }) => asked.name));
  checkOneOf(action, "item", item, names.flat());
  return calls[names.findIndex((own) => own.includes(item))]!;
}

const rules = {
  item: rule<string, undefined>(checkText, undefined),
  replies: rule<readonly string[], readonly string[]>((_, name, value) => {
    if (Array.isArray(value) && value.every((reply) => typeof reply === "string")) return;
    throw new TypeError(cannot(action, name, "be a list of texts", value));
  }, []),
} satisfies RulesFor<ComposePromptOptions>;

/** One call of a trial. */
export interface TrialCall {
  /** The questions that it asks. */
  readonly questions: readonly Question[];
  /** How many questions of the trial stand before them. */
  readonly place: number;
  /** The treatment's text, with which the first message after the system's begins. */
  readonly treatment: string;
  /** What is sent, given the texts that were replied to the questions before it; they are used where it follows them. */
  request(replies: readonly string[]): RespondentRequest;
}

/**
 * The calls of a trial: one; where questions are asked in turn or apart, one for each, in the order shown. As they would
 * be in another arm or wording, where one is given.
 */
export function trialCalls(
  plan: Plan,
  row: number,
  given: { readonly arm?: string; readonly wording?: number } = {},
): TrialCall[] {
  const { trials, assigned, assignedRows, shownQuestions } = indexPlan(plan);
  const { design, prompt } = plan;
  const shownRows = assignedRows[row]!;
  const { arm = trials.arm[row] as string, wording = trials.wording[row] as number } = given;
  const attributes: { [name: string]: unknown } = {};
  for (const name of Object.keys(assigned)) {
    attributes[name] = name === "arm" ? arm : assigned[name]![shownRows[0]!];
  }
  const { questions, single, texts, schema } = shownQuestions(row);
  const seed = trials.seed[row] as number;
  const replicate = trials.replicate[row] as number;
  const treatment = composeTreatment(design.treatments, arm, { wording, attributes });
  const before = [
    treatment,
    ...(design.conjoint === null ? [] : [
      design.conjoint.text,
      showProfiles(design.conjoint, assigned, shownRows, JSON.parse(trials.feature_order![row] as string)),
    ]),
    prompt.instruction,
  ];
  const system: ChatMessage = { role: "system", content: prompt.persona(attributes) };
  const join = (parts: readonly string[]) => parts.filter((part) => part !== "").join("\n\n");
  if (design.ask === "together") {
    const request = (): RespondentRequest => ({
      messages: [system, { role: "user", content: join([...before, ...texts]) }],
      schema: schema(0, questions.length),
      seed,
      replicate,
    });
    return [{ questions, place: 0, treatment, request }];
  }
  return questions.map((question, place): TrialCall => ({
    questions: single[place]!,
    place,
    treatment,
    request(replies) {
      // Apart, a call knows nothing of the others.
      const first = design.ask === "in turn" ? 0 : place;
      const messages = texts.slice(first, place + 1).flatMap((text, turn): ChatMessage[] => [
        { role: "user", content: turn === 0 ? join([...before, text]) : text },
        ...(first + turn === place ? [] : [{ role: "assistant" as const, content: replies[turn]! }]),
      ]);
      return {
        messages: [system, ...messages],
        ...(question.byTokens ? tokensAsked : { schema: schema(place, place + 1) }),
        seed: stream(seed, "question", question.asked.name).seed(),
        replicate,
      };
    },
  }));
}

/** Checks that a value is a plan. */
export function checkPlan(action: string, plan: Plan): void {
  if (isTable(plan?.trials) && isTable(plan.assigned)) return;
  throw new TypeError(
    `${cannot(action, "plan", "be a plan", plan)}; it comes from planExperiment(assigned, design)`,
  );
}

function showProfiles(
  { labels }: Conjoint,
  assigned: { readonly [column: string]: readonly unknown[] },
  rows: readonly number[],
  features: readonly string[],
): string {
  return writeProfiles(rows.map((row, place) => ({
    label: labels[place]!,
    levels: Object.fromEntries(features.map((name) => [name, String(assigned[name]![row])])),
  })));
}
