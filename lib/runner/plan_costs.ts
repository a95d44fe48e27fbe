import { checkColumns, checkText } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import type { Plan } from "../core/experiment.ts";
import { type ReadOptions, readOptions, rule, type RulesFor } from "../core/options.ts";
import { ownRespondents } from "../core/protocol.ts";
import type { Respondent } from "../core/respondent.ts";
import { columnOf, heldColumns, isTable, type Table, tableOf } from "../core/table.ts";
import { checkPlan, trialCalls } from "../prompts/compose_prompt.ts";
import { messagesTokens, tokenCounter } from "../prompts/count_tokens.ts";
import { indexPlan } from "../prompts/plan_index.ts";
import { countEngineTokens } from "../respondents/engine_tokens.ts";
import { normalQuantile } from "../stats/distributions.ts";
import { moments } from "../stats/moments.ts";
import { requireRespondent } from "./caller.ts";
import { rehearsedCalls } from "./plan_sessions.ts";
import { costOf, findPrices, type KnownPrices, type ModelPrices, moneyText, pricesRule } from "./prices.ts";

/** Options of {@linkcode planCosts}. */
export interface PlanCostsOptions {
  /** Who will be asked: its endpoint and model decide the price. It is asked nothing. */
  respondent?: Respondent;
  /** The model of OpenAI's, in place of a respondent. */
  model?: string;
  /**
   * What tokens cost.
   * @default {the list price, where the endpoint is a known provider's}
   */
  prices?: ModelPrices;
  /**
   * Tokens of one reply with its thought, or their lowest, expected and highest mean.
   * @default {4, 10 and 30 for each question, 10, 40 and 120 for a line, without a thought}
   */
  completionTokens?: number | readonly [low: number, expected: number, high: number];
  /** Answers of a small run of this design on this model: tokens are then what that run's calls took, thoughts included. */
  pilot?: Table;
}

type Range = readonly [low: number, expected: number, high: number];

const action = "plan costs";

const rules = {
  respondent: rule<Respondent, undefined>(
    (_, __, value) => requireRespondent(action, value as never),
    undefined,
  ),
  model: rule<string, undefined>(checkText, undefined),
  prices: pricesRule,
  completionTokens: rule<number | Range, undefined>((_, name, value) => {
    const [low, expected, high] = rangeOf(value as Range);
    if (low >= 0 && low <= expected && expected <= high && high < Infinity) return;
    throw new RangeError(cannot(action, name, "be a number of tokens, or three that rise", value));
  }, undefined),
  pilot: rule<Table, undefined>((_, name, value) => {
    if (!isTable(value)) throw new TypeError(cannot(action, name, "be answers from runExperiment", value));
    checkColumns(action, value, ["arm", "request_key", "prompt_tokens", "completion_tokens"], name);
  }, undefined),
} satisfies RulesFor<PlanCostsOptions>;

function scale([low, expected, high]: Range, by: number): Range {
  return [low * by, expected * by, high * by];
}

function rangeOf(tokens: number | Range): Range {
  return typeof tokens === "number" ? [tokens, tokens, tokens] : tokens;
}

// Measured: on the English prompts of a ready study, 20 models' tokenizers (Llama 2 and 3, Qwen 2 and 3.5, Gemma 4,
// Phi 3, DeepSeek, Command R, Falcon, GPT-2, SmolLM2, …) counted between 3% fewer and 17% more than o200k_base.
const [fewest, mostTokens] = [0.97, 1.17];

/** Of each arm so many trials are counted, evenly spaced. */
const mostCounted = 1000;

/** Of each arm so many sessions, in each of which there are many calls. */
const mostSessions = 20;

/** What a line takes, as a guess, and one of that length. */
const lineTokens = 40;
const line = "one word ".repeat(lineTokens / 2);

/** So many are counted by the engine too, where it tells. */
const enginePrompts = 40;

/**
 * Plans what the calls of a plan cost, by arm, before any is made.
 *
 * Prompts are counted as the engine of the respondent counts them, where it tells (vLLM, llama.cpp); else with OpenAI's
 * `o200k_base` tokenizer, and the range holds what other models' tokenizers make of English
 * text (3% fewer to 17% more), and at its upper end the reply's schema, which some endpoints count. Other languages differ
 * more. Thoughts, which can be most of the cost, are counted only where `completionTokens` does. A `pilot` replaces all
 * guesses by what its calls took. What a store already holds, and second attempts, are not considered.
 *
 * @param plan from `planExperiment`
 * @param options who is asked, prices, and what a reply takes (defaults there)
 * @returns one row per arm (of a protocol per arm and step), and `all`: `arm`, of a protocol `step`, `calls`, `cost_low`, `cost`, `cost_high` (`NaN` where no price is known, with
 * a `reason`), `currency`, `prompt_tokens_low`, `prompt_tokens`, `prompt_tokens_high`, `completion_tokens_low`,
 * `completion_tokens`, `completion_tokens_high`, `price_date` (of list prices: when their table was published) and `notes`
 * @throws {RangeError} if tokens or prices are no such numbers
 * @throws {TypeError} if neither a respondent nor a model nor prices are given
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { assignTreatments, declareDesign, declareTreatments, planExperiment, tableOf, yesNo } from "@understudy/understudy";
 * import { planCosts } from "@understudy/understudy/runner";
 *
 * const treatments = declareTreatments({ control: "It is quiet.", threat: "Troops cross the border." });
 * const design = declareDesign({ treatments, items: [yesNo("fear", "Are you afraid?")], stated: ["age"] });
 * const personas = tableOf({ persona_id: ["p1", "p2"], age: [31, 64] });
 * const plan = planExperiment(assignTreatments(personas, design), design);
 * const costs = await planCosts(plan, { model: "m", prices: { input: 1, output: 10 } });
 * assertEquals(costs.array("arm"), ["control", "threat", "all"]);
 * assertEquals(Number(costs.get("cost", 2)) < 0.001, true);
 * ```
 */
export async function planCosts(plan: Plan, options: PlanCostsOptions): Promise<Table> {
  checkPlan(action, plan);
  const settings = readOptions(action, options, rules);
  const { respondent, model, pilot } = settings;
  if ((respondent ?? model ?? settings.prices) === undefined) {
    const rule = "be given, or 'respondent' or 'prices'";
    throw new TypeError(`${cannot(action, "model", rule, model)}; for example { model: "gpt-5-mini" }`);
  }
  const { endpoint, model: asked } = await respondent?.identity() ??
    { endpoint: "https://api.openai.com/v1", model: model ?? "" };
  const use = pilot === undefined ? await guessUse(plan, settings) : usedBy(pilot);
  const calls = columnOf<number>(plan.summary, "calls");
  const { step: steps, calls_low: fewestCalls, calls_high: mostCalls } = heldColumns(plan.summary) as {
    readonly step?: readonly string[];
    readonly calls_low?: readonly number[];
    readonly calls_high?: readonly number[];
  };
  const others = ownRespondents(plan.design.protocol).map(([role]) =>
    `role ${role} has a respondent of its own, which is priced as if it were this one`
  );
  const rows = columnOf<string>(plan.summary, "arm").map((arm, row) => {
    const step = steps?.[row] ?? "";
    const [{ prompt, completion, notes: used }, count] = [use(arm, step), calls[row]!];
    const notes = [used, ...others].join("; ");
    const [few, many] = [fewestCalls?.[row] ?? count, mostCalls?.[row] ?? count];
    const range = ([least, each, most]: Range): Range => [few * least, count * each, many * most];
    return { arm, step, calls: count, prompt: range(prompt), completion: range(completion), notes };
  });
  const sum = (part: "prompt" | "completion") =>
    [0, 1, 2].map((end) => rows.reduce((total, row) => total + row[part][end]!, 0));
  const all = {
    arm: "all",
    step: "",
    calls: calls.reduce((total, each) => total + each, 0),
    prompt: sum("prompt"),
    completion: sum("completion"),
    notes: [...new Set(rows.map(({ notes }) => notes))].join("; "),
  };
  const prices = await findPrices({ endpoint, model: asked }, settings.prices, all.prompt[1]! / all.calls);
  const ends = (name: string, [low, expected, high]: readonly number[]) => (
    { [`${name}_low`]: low, [name]: expected, [`${name}_high`]: high }
  );
  return tableOf(
    [...rows, all].map(({ arm, step, calls, prompt, completion, notes }) => ({
      arm,
      ...(plan.design.protocol === null ? {} : { step }),
      calls,
      ...ends("cost", prompt.map((tokens, end) => costOf(prices, tokens, completion[end]!))),
      currency: prices?.currency ?? "",
      ...ends("prompt_tokens", prompt.map(Math.round)),
      ...ends("completion_tokens", completion.map(Math.round)),
      price_date: prices?.date ?? "",
      notes,
      reason: prices === undefined
        ? `no price is known for ${asked} at ${endpoint}: give prices: { input: …, output: … } per million tokens`
        : "",
    })),
  );
}

/** What a run will ask, in one line; where a price is known, about what it costs. */
export async function announceRun(
  plan: Plan,
  name: string,
  prices: KnownPrices | undefined,
): Promise<string> {
  const total = columnOf<number>(plan.summary, "calls").reduce((sum, calls) => sum + calls, 0);
  const about = plan.design.protocol === null ? "" : "about ";
  const calls = `${about}${total.toLocaleString("en-US")} ${total === 1 ? "call" : "calls"} to ${name}`;
  if (prices === undefined || total === 0) return calls;
  const costs = await planCosts(plan, { prices });
  const cost = (column: string, currency: string) =>
    moneyText(Number(columnOf(costs, column).at(-1)), currency).trim();
  const dated = prices.date === "" ? "" : ` by prices of ${prices.date}`;
  const [low, high] = [cost("cost_low", ""), cost("cost_high", prices.currency)];
  return `${calls}: ${low} to ${high} without thoughts${dated}`;
}

type CallUse = (arm: string, step: string) => { prompt: Range; completion: Range; notes: string };

/** What the calls of a pilot took in the mean, with its 95% interval; of an arm without calls, what those of all took. */
function usedBy(pilot: Table): CallUse {
  const [arms, keys, prompts, completions] = ["arm", "request_key", "prompt_tokens", "completion_tokens"].map(
    (name) => columnOf(pilot, name),
  ) as [unknown[], unknown[], unknown[], unknown[]];
  const told = [...new Map(keys.map((key, row) => [key, row])).values()].filter((row) =>
    typeof prompts[row] === "number" && typeof completions[row] === "number"
  );
  if (told.length < 2) {
    const rule = "hold at least two calls of which the endpoint told the tokens";
    throw new RangeError(cannot(action, "pilot", rule, told.length));
  }
  const steps = pilot.columnNames().includes("step") ? columnOf(pilot, "step") : undefined;
  return (arm, step) => {
    const isOfStep = (row: number) => step === "" || steps === undefined || steps[row] === step;
    const made = keys.some((key, row) => typeof key === "string" && isOfStep(row));
    const ofStep = told.filter(isOfStep);
    if (made && ofStep.length === 0) {
      return { prompt: [0, 0, 0], completion: [0, 0, 0], notes: "the pilot tells no tokens of this step" };
    }
    const own = ofStep.filter((row) => arms[row] === arm);
    const rows = own.length > 1 ? own : ofStep.length > 1 ? ofStep : told;
    const mean = (values: readonly unknown[]) => meanRange(rows.map((row) => values[row] as number));
    const notes = `tokens of ${rows.length} calls of a pilot${own.length > 1 ? "" : ", of all arms"}`;
    return { prompt: mean(prompts), completion: mean(completions), notes };
  };
}

function meanRange(values: readonly number[]): Range {
  const { n, mean, variance } = moments(values);
  const off = n > 1 ? normalQuantile(0.975) * Math.sqrt(variance / n) : 0;
  return [Math.max(0, mean - off), mean, mean + off];
}

/** What calls take, going by their texts. */
async function guessUse(
  plan: Plan,
  { completionTokens, respondent }: ReadOptions<PlanCostsOptions, typeof rules>,
): Promise<CallUse> {
  const count = await tokenCounter();
  const { arm: arms } = indexPlan(plan).trials;
  const byArm = Map.groupBy(arms.keys(), (trial) => arms[trial]);
  const engine = respondent && await engineRatio(plan, respondent, count);
  const counted = new Map<number, ReturnType<typeof callsCounted>>();
  return (arm, step) => {
    const trials = byArm.get(arm)!;
    const most = plan.design.protocol === null ? mostCounted : mostSessions;
    const stride = Math.max(1, trials.length / most);
    const [prompts, schemas, replies]: [number[], number[], Range[]] = [[], [], []];
    for (let at = 0; at < trials.length; at += stride) {
      const trial = trials[Math.floor(at)]!;
      if (!counted.has(trial)) counted.set(trial, callsCounted(plan, trial));
      for (const { questions, place, request, step: own } of counted.get(trial)!) {
        if (step !== "" && own !== step) continue;
        const { messages, schema, maxTokens } = request;
        // A percentage of each of several answers takes as long as an answer to each of several questions.
        const partsOf = ({ put }: typeof questions[number]) =>
          put.kind === "percentages" ? put.options!.length : 1;
        const parts = questions.reduce((sum, question) => sum + partsOf(question), 0);
        const reply: Range = completionTokens !== undefined
          ? rangeOf(completionTokens)
          : maxTokens !== undefined
          ? [1, maxTokens, maxTokens]
          : questions.length === 0
          ? [10, lineTokens, 120]
          : scale([4, 10, 30], parts);
        // What was replied before stands in a conversation again.
        const before = plan.design.ask === "in turn" ? place * reply[1] : 0;
        prompts.push(messagesTokens(messages, count) + before);
        schemas.push(schema === undefined ? 0 : count(JSON.stringify(schema.schema)));
        replies.push(reply);
      }
    }
    if (prompts.length === 0) {
      return { prompt: [0, 0, 0], completion: [0, 0, 0], notes: "never made in a rehearsal" };
    }
    const [low, expected, high] = meanRange(prompts);
    const reply = ([0, 1, 2] as const).map((end) => moments(replies.map((each) => each[end])).mean);
    const notes = [
      `prompts counted with ${engine === undefined ? "the o200k_base tokenizer" : "the engine's tokenizer"}`,
      ...(stride > 1 ? [`of ${most} of ${trials.length} trials`] : []),
      ...(completionTokens === undefined ? ["replies guessed, without thoughts"] : []),
    ];
    return {
      prompt: engine === undefined
        ? [fewest * low, expected, mostTokens * (high + moments(schemas).mean)]
        : scale([low, expected, high], engine),
      completion: [reply[0]!, reply[1]!, reply[2]!],
      notes: notes.join(", "),
    };
  };
}

/** The calls of a trial whose tokens are counted: of a protocol in a rehearsal with lines as long as expected. */
function callsCounted(plan: Plan, trial: number) {
  if (plan.design.protocol !== null) {
    return rehearsedCalls(plan, [trial], line).map((call) => ({ ...call, place: 0 }));
  }
  return trialCalls(plan, trial).map((call) => ({
    ...call,
    request: call.request(Array.from({ length: call.place }, () => "")),
  }));
}

/** How many tokens the engine counts for each of ours, in some prompts; `undefined` where it does not tell. */
async function engineRatio(
  plan: Plan,
  respondent: Respondent,
  count: (text: string) => number,
): Promise<number | undefined> {
  let [theirs, ours] = [0, 0];
  const trials = plan.trials.numRows();
  for (let trial = 0; trial < trials; trial += Math.ceil(trials / enginePrompts)) {
    const { messages } = trialCalls(plan, trial)[0]!.request([]);
    const counted = await countEngineTokens(respondent, messages);
    if (counted === undefined) return undefined;
    theirs += counted;
    ours += messagesTokens(messages, count);
  }
  return ours === 0 ? undefined : theirs / ours;
}
