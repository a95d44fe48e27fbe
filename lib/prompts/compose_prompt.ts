import { cannot, didYouMean } from "../core/errors.ts";
import type { Conjoint, Plan } from "../core/experiment.ts";
import { writeProfiles } from "../core/profile_table.ts";
import type { RespondentRequest } from "../core/respondent.ts";
import { isTable } from "../core/table.ts";
import { describeItem, replySchema } from "../items/mod.ts";
import { composeTreatment } from "../treatments/mod.ts";
import { indexPlan } from "./plan_index.ts";
import { questionsOf, shownBy } from "./questions.ts";

const action = "compose a prompt";

/**
 * Composes the messages of one call, exactly as they will be sent: look at a prompt before paying for it.
 *
 * The persona is the system message; the treatment, the instruction and the questions are the user message. In a
 * conjoint the table of profiles (see `writeProfiles` in core) stands after the treatment, and a question about each
 * profile is asked of each. A plan holds no messages, so that a plan of a million calls stays a small table: they are
 * made here, on demand.
 *
 * @param plan from `planExperiment`
 * @param trial_id the call, as in `plan.trials`
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
export function composePrompt(plan: Plan, trial_id: string): RespondentRequest {
  checkPlan(plan);
  const { trials, assigned, trialRows, assignedRows } = indexPlan(plan);
  const row = trialRows.get(trial_id);
  if (row === undefined) {
    const ids = trials.trial_id.slice(0, 1000).map(String);
    const message = cannot(action, "trial_id", `be a trial of the plan (${ids[0]}, …)`, trial_id);
    throw new RangeError(`${message}${didYouMean(trial_id, ids)}`);
  }
  const { design, prompt } = plan;
  const shownRows = assignedRows[row]!;
  const attributes = Object.fromEntries(
    Object.entries(assigned).map(([name, values]) => [name, values[shownRows[0]!]]),
  );
  const arm = trials.arm[row] as string;
  const wording = trials.wording[row] as number;
  const order = JSON.parse(trials.item_order[row] as string) as string[];
  const questions = questionsOf(design, order, JSON.parse(trials.option_orders[row] as string));
  const parts = [
    composeTreatment(design.treatments, arm, { wording, attributes }),
    ...(design.conjoint === null ? [] : [
      design.conjoint.text,
      showProfiles(design.conjoint, assigned, shownRows, JSON.parse(trials.feature_order![row] as string)),
    ]),
    prompt.instruction,
    ...questions.map(({ asked, shown }, place) =>
      `${place + 1}. [${asked.name}] ${describeItem(asked, shown)}`
    ),
  ];
  return {
    messages: [
      { role: "system", content: prompt.persona(attributes) },
      { role: "user", content: parts.filter((part) => part !== "").join("\n\n") },
    ],
    schema: replySchema(questions.map(({ asked }) => asked), shownBy(questions)),
    seed: trials.seed[row] as number,
    replicate: trials.replicate[row] as number,
  };
}

function checkPlan(plan: Plan): void {
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
