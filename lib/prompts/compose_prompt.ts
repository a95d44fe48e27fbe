import { cannot, type Item, type Plan, type RespondentRequest } from "../core/mod.ts";
import { describeItem, replySchema } from "../items/mod.ts";
import { composeTreatment } from "../treatments/mod.ts";
import { indexPlan } from "./plan_index.ts";

const action = "compose a prompt";

/**
 * Composes the messages of one call, exactly as they will be sent: look at a prompt before paying for it.
 *
 * The persona is the system message; the treatment, the instruction and the questions are the user message. A plan
 * holds no messages, so that a plan of a million calls stays a small table: they are made here, on demand.
 *
 * @param plan from `planExperiment`
 * @param trial_id the call, as in `plan.trials`
 * @returns messages, JSON schema, seed and replicate
 * @throws {RangeError} if the plan has no such trial, or a slot of the treatment has no value
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
  const { trials, assigned, trialRows, assignedRows } = indexPlan(plan);
  const row = trialRows.get(trial_id);
  if (row === undefined) {
    throw new RangeError(
      cannot(action, "trial_id", `be a trial of the plan (${trials.trial_id[0]}, …)`, trial_id),
    );
  }
  const attributes = Object.fromEntries(
    Object.entries(assigned).map(([name, values]) => [name, values[assignedRows[row]!]]),
  );
  const shown = JSON.parse(trials.option_orders[row] as string) as { [item: string]: string[] };
  const items = (JSON.parse(trials.item_order[row] as string) as string[])
    .map((name) => plan.design.items.find((item) => item.name === name)!);
  const treatment = composeTreatment(plan.design.treatments, trials.arm[row] as string, {
    wording: trials.wording[row] as number,
    attributes,
  });
  return {
    messages: [
      { role: "system", content: plan.prompt.persona(attributes) },
      {
        role: "user",
        content: [treatment, plan.prompt.instruction, describeItems(items, shown)].join("\n\n"),
      },
    ],
    schema: replySchema(items, shown),
    seed: trials.seed[row] as number,
    replicate: trials.replicate[row] as number,
  };
}

function describeItems(
  items: readonly Item[],
  shown: { readonly [item: string]: readonly string[] },
): string {
  return items.map((item, i) => `${i + 1}. [${item.name}] ${describeItem(item, shown[item.name])}`).join(
    "\n\n",
  );
}
