import type { Plan } from "../core/experiment.ts";
import { promptKey } from "../core/respondent.ts";
import { type Table, tableOfRows } from "../core/table.ts";
import { checkSlots } from "../treatments/compose_treatment.ts";
import { checkPlan, trialCalls } from "./compose_prompt.ts";
import { messagesTokens, tokenCounter } from "./count_tokens.ts";
import { indexPlan } from "./plan_index.ts";

const action = "compose prompts";

const columnNames = [
  ...["prompt_key", "arm", "wording", "item", "personas", "calls", "trial_id"],
  ...["system", "user", "tokens"],
];

/**
 * Composes every different prompt of a plan, each once: look at all that will be sent before anything is paid for.
 *
 * Calls that send the same texts share a row, so that a plan of many personas who are told little is a short table; where
 * every persona has a text of its own it is as long as the plan, with all its texts. Of questions that are asked in turn
 * the replies before them stand as "…".
 *
 * @param plan from `planExperiment`
 * @returns one row per arm, wording, question (`item`, where each is a call of its own) and text: `prompt_key` (as in answers,
 * but for questions asked in turn), how many `personas` and `calls` it is for, the first `trial_id` (for `composePrompt`), the
 * messages `system` and `user`, and their `tokens` (by OpenAI's `o200k_base`; other models' counted 3% fewer to 17% more)
 * @throws {TypeError} if `plan` is not from `planExperiment`
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { assignTreatments, declareDesign, declareTreatments, planExperiment, tableOf, yesNo } from "@understudy/understudy";
 * import { composePrompts } from "@understudy/understudy/prompts";
 *
 * const treatments = declareTreatments({ control: "The border is quiet.", threat: "The border is on fire." });
 * const design = declareDesign({ treatments, items: [yesNo("fear", "Are you afraid?")], stated: ["age"] });
 * const personas = tableOf({ persona_id: [1, 2, 3, 4], weight: [1, 1, 1, 1], age: [31, 31, 31, 31] });
 * const plan = planExperiment(assignTreatments(personas, design, { seed: 1 }), design, { seed: 1 });
 * const prompts = await composePrompts(plan);
 * assertEquals([prompts.numRows(), prompts.get("personas", 0)], [2, 2]);
 * ```
 */
export async function composePrompts(plan: Plan): Promise<Table> {
  checkPlan(action, plan);
  const { trials } = indexPlan(plan);
  const isSession = plan.design.protocol !== null;
  const count = await tokenCounter();
  const prompts = new Map<string, { told: object; personas: Set<unknown>; calls: number }>();
  for (const rows of isSession ? trials.trial_id.map((_, row) => [row]) : groupTrials(plan)) {
    const row = rows[0]!;
    const [arm, wording, trial_id] = [trials.arm[row], trials.wording[row], trials.trial_id[row]];
    for (const { questions, place, request, step, round, member } of trialCalls(plan, row)) {
      const { messages } = request(new Array<string>(place).fill("…"));
      const item = plan.design.ask === "together" && !isSession ? "" : questions[0]?.asked.name ?? "";
      const prompt_key = promptKey(messages);
      const key = JSON.stringify([arm, wording, item, prompt_key]);
      const [system, user] = [messages.slice(0, 1), messages.slice(1)]
        .map((part) => part.map(({ content }) => content).join("\n\n")) as [string, string];
      const tokens = messagesTokens(messages, count);
      const told = { prompt_key, arm, wording, step, round, item, trial_id, system, user, tokens };
      const prompt = prompts.get(key) ?? { told, personas: new Set(), calls: 0 };
      if (isSession) prompt.personas.add(member?.member);
      else for (const own of rows) prompt.personas.add(trials.persona_id[own]);
      prompts.set(key, { ...prompt, calls: prompt.calls + rows.length });
    }
  }
  const names = isSession ? [...columnNames, "step", "round"] : columnNames;
  const rows = prompts.values().map(({ told, personas, calls }) => ({
    ...told,
    personas: personas.size,
    calls,
  }));
  return tableOfRows([...rows], names);
}

/** Trials by what their prompts are made of: composing each of a million takes far longer than telling them apart. */
function groupTrials(plan: Plan): Iterable<number[]> {
  const { trials, assigned, assignedRows } = indexPlan(plan);
  const { conjoint, treatments } = plan.design;
  const features = Object.keys(conjoint?.features ?? {});
  const slots = checkSlots(action, treatments);
  const texts = new Map<number, string>();
  const textOf = (rows: readonly number[]): string => {
    const known = texts.get(rows[0]!);
    if (known !== undefined) return known;
    const own = Object.entries(assigned).map(([name, values]) => [name, values[rows[0]!]]);
    const attributes = Object.fromEntries(own);
    const filled = slots(attributes.arm as string, attributes.persona_id, () => attributes);
    const levels = rows.map((row) => features.map((name) => assigned[name]![row]));
    const text = JSON.stringify([plan.prompt.persona(attributes), filled, levels]);
    texts.set(rows[0]!, text);
    return text;
  };
  const names = ["arm", "wording", "item_order", "option_orders", "feature_order"] as const;
  const keyOf = (row: number) =>
    names.map((name) => trials[name]?.[row]).join("\n") + textOf(assignedRows[row]!);
  return Map.groupBy(trials.trial_id.keys(), keyOf).values();
}
