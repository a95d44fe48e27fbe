import { checkColumns, checkText } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import type { Plan } from "../core/experiment.ts";
import { readOptions, rule, type RulesFor, whole } from "../core/options.ts";
import type { Respondent, RespondentRequest } from "../core/respondent.ts";
import { columnOf, isTable, type Table, tableOf } from "../core/table.ts";
import { trialCalls } from "../prompts/compose_prompt.ts";
import { indexPlan } from "../prompts/plan_index.ts";
import type { Question } from "../prompts/questions.ts";
import { requireRespondent } from "./caller.ts";
import { costOf, findPrices, type ModelPrices, pricesRule } from "./prices.ts";

/** Options of {@linkcode planCosts}. */
export interface PlanCostsOptions {
  /** Who will be asked: its endpoint and model decide the price. It is asked nothing. */
  respondent?: Respondent;
  /** The model, in place of a respondent. */
  model?: string;
  /**
   * The endpoint of that model.
   * @default {"https://api.openai.com/v1"}
   */
  endpoint?: string;
  /**
   * What tokens cost.
   * @default {the list price, where the endpoint is a known provider's}
   */
  prices?: ModelPrices;
  /**
   * Tokens of one reply, or their lowest, expected and highest mean.
   * @default {what the shortest and the longest answers to the questions take, and half way between}
   */
  completionTokens?: number | readonly [low: number, expected: number, high: number];
  /**
   * Tokens of one reply's thought, which cost what its text costs, or their lowest, expected and highest mean.
   * @default 0
   */
  thoughtTokens?: number | readonly [low: number, expected: number, high: number];
  /** Answers of a small run of this design on this model: tokens are then what that run's calls took, thoughts included. */
  pilot?: Table;
  /**
   * How many trials of each arm are counted; of more, so many that are evenly spaced.
   * @default 5000
   */
  counted?: number;
}

type Range = readonly [low: number, expected: number, high: number];

const action = "plan costs";

const tokens = rule<number | Range, number | undefined>((_, name, value) => {
  const range = [value].flat();
  const fits = [1, 3].includes(range.length) &&
    range.every((each, place) =>
      typeof each === "number" && each >= (place === 0 ? 0 : range[place - 1] as number) && each < Infinity
    );
  if (!fits) throw new RangeError(cannot(action, name, "be a number of tokens, or three that rise", value));
}, undefined);

const rules = {
  respondent: rule<Respondent, undefined>(
    (_, __, value) => requireRespondent(action, value as Respondent),
    undefined,
  ),
  model: rule<string, undefined>(checkText, undefined),
  endpoint: rule<string, string>(checkText, "https://api.openai.com/v1"),
  prices: pricesRule,
  completionTokens: tokens,
  thoughtTokens: tokens,
  pilot: rule<Table, undefined>((_, name, value) => {
    if (!isTable(value)) throw new TypeError(cannot(action, name, "be answers from runExperiment", value));
    checkColumns(action, value, ["arm", "request_key", "prompt_tokens", "completion_tokens"], name);
  }, undefined),
  counted: whole(5000),
} satisfies RulesFor<PlanCostsOptions>;

// On the English prompts of a ready study, 20 models' tokenizers (Llama 2 and 3, Qwen 2 and 3.5, Gemma 4, Phi 3, DeepSeek,
// Command R, Falcon, GPT-2, SmolLM2, …) counted between 3% fewer and 17% more than o200k_base.
const fewest = 0.97;
const most = 1.17;

/** What a chat template adds to each message, and to a prompt. */
const tokensOfMessage = 4;
const tokensOfPrompt = 3;

/** What line breaks, spaces and code fences add to the longest answers. */
const spaced = 1.5;

/** What answers take that have no list of options. */
const numberAnswer: Range = [1, 2, 4];
const textAnswer: Range = [10, 60, 250];

/** How often a mean lies within so many standard errors: 95%. */
const z = 1.96;

/**
 * Plans what the calls of a plan cost, by arm, before any is made.
 *
 * Prompts are counted with OpenAI's `o200k_base` tokenizer; the range holds what other models' tokenizers make of English
 * text (3% fewer to 17% more), and at its upper end the reply's schema, which some endpoints count. Other languages differ
 * more. Replies are guessed from the questions: the shortest answers alone, those of middling length in JSON, the longest in
 * JSON that is spaced out. Thoughts are not counted unless `thoughtTokens` says how many: for a
 * model that thinks they are most of the cost. A `pilot` replaces all these guesses by what its calls took. What a store
 * already holds, and attempts after the first, are not considered.
 *
 * @param plan from `planExperiment`
 * @param options who is asked, prices, and what a reply takes (defaults there)
 * @returns one row per arm, and `all`: `arm`, `calls`, `prompt_tokens_low`, `prompt_tokens`, `prompt_tokens_high`,
 * `completion_tokens_low`, `completion_tokens`, `completion_tokens_high`, `cost_low`, `cost`, `cost_high` (`NaN` where no
 * price is known, with a `reason`), `currency`, `price_date` (of list prices: when the table of prices was published) and
 * `notes`
 * @throws {RangeError} if tokens or prices are no such numbers
 * @throws {TypeError} if neither a respondent nor a model is given
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { assignTreatments, declareDesign } from "@understudy/understudy/designs";
 * import { yesNo } from "@understudy/understudy/items";
 * import { planCosts, planExperiment } from "@understudy/understudy/runner";
 * import { declareTreatments } from "@understudy/understudy/treatments";
 *
 * const design = declareDesign({
 *   treatments: declareTreatments({ control: "It is quiet.", threat: "Troops cross the border." }),
 *   items: [yesNo("fear", "Are you afraid?")],
 *   stated: ["age"],
 * });
 * const personas = tableOf({ persona_id: ["p1", "p2"], weight: [1, 1], age: [31, 64] });
 * const plan = planExperiment(assignTreatments(personas, design, { seed: 1 }), design, { seed: 1 });
 * const costs = await planCosts(plan, { model: "m", prices: { input: 1, output: 10 } });
 * assertEquals(costs.array("arm"), ["control", "threat", "all"]);
 * assertEquals(Number(costs.get("cost", 2)) < 0.001, true);
 * ```
 */
export async function planCosts(plan: Plan, options: PlanCostsOptions): Promise<Table> {
  if (!isTable(plan?.trials)) throw new TypeError(cannot(action, "plan", "come from planExperiment", plan));
  const settings = readOptions(action, options, rules);
  const { respondent, model, endpoint, pilot } = settings;
  if (respondent === undefined && model === undefined && settings.prices === undefined) {
    const rule = "be given, or 'respondent' or 'prices'";
    throw new TypeError(`${cannot(action, "model", rule, model)}; for example { model: "gpt-5-mini" }`);
  }
  const identity = await respondent?.identity() ?? { endpoint, model: model ?? "" };
  const use = pilot === undefined ? await guessUse(plan, settings) : usedBy(pilot);
  const arms = columnOf<string>(plan.summary, "arm");
  const calls = columnOf<number>(plan.summary, "calls");
  const rows = arms.map((arm, row) => {
    const { prompt, completion, notes } = use(arm);
    const times = (range: Range): Range => range.map((each) => each * calls[row]!) as unknown as Range;
    return { arm, calls: calls[row]!, prompt: times(prompt), completion: times(completion), notes };
  });
  const sum = (ranges: readonly Range[]): Range =>
    [0, 1, 2].map((end) => ranges.reduce((total, range) => total + range[end]!, 0)) as unknown as Range;
  const total = {
    arm: "all",
    calls: rows.reduce((total, row) => total + row.calls, 0),
    prompt: sum(rows.map(({ prompt }) => prompt)),
    completion: sum(rows.map(({ completion }) => completion)),
    notes: [...new Set(rows.map(({ notes }) => notes))].join("; "),
  };
  const prices = await findPrices(identity, settings.prices, total.prompt[1] / Math.max(1, total.calls));
  const reason = prices === undefined
    ? `no price is known for ${identity.model} at ${identity.endpoint}: give prices: { input: …, output: … } per million tokens`
    : "";
  return tableOf([...rows, total].map(({ arm, calls, prompt, completion, notes }) => ({
    arm,
    calls,
    ...ends("prompt_tokens", prompt.map(Math.round)),
    ...ends("completion_tokens", completion.map(Math.round)),
    ...ends("cost", prompt.map((tokens, end) => costOf(prices, tokens, completion[end]!))),
    currency: prices?.currency ?? "",
    price_date: prices?.date ?? "",
    notes,
    reason,
  })));
}

function ends(name: string, [low, expected, high]: readonly number[]): { [column: string]: unknown } {
  return { [`${name}_low`]: low, [name]: expected, [`${name}_high`]: high };
}

/** What one call of an arm takes. */
type CallUse = (
  arm: string,
) => { readonly prompt: Range; readonly completion: Range; readonly notes: string };

/** What the calls of a pilot took in the mean, with its 95% interval; of an arm without calls, what those of all took. */
function usedBy(pilot: Table): CallUse {
  const [arms, keys] = [columnOf(pilot, "arm"), columnOf(pilot, "request_key")];
  const [prompts, completions] = [columnOf(pilot, "prompt_tokens"), columnOf(pilot, "completion_tokens")];
  const told = [...new Map(keys.map((key, row) => [key, row])).values()].filter((row) =>
    typeof prompts[row] === "number" && typeof completions[row] === "number"
  );
  if (told.length < 2) {
    const rule = "hold at least two calls of which the endpoint told the tokens";
    throw new RangeError(cannot(action, "pilot", rule, told.length));
  }
  return (arm) => {
    const own = told.filter((row) => arms[row] === arm);
    const rows = own.length > 1 ? own : told;
    const mean = (values: readonly unknown[]) => meanRange(rows.map((row) => values[row] as number));
    const notes = `tokens of ${rows.length} calls of a pilot${own.length > 1 ? "" : ", of all arms"}`;
    return { prompt: mean(prompts), completion: mean(completions), notes };
  };
}

function meanRange(values: readonly number[]): Range {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const error = values.length < 2 ? 0 : Math.sqrt(squares / (values.length - 1) / values.length);
  return [Math.max(0, mean - z * error), mean, mean + z * error];
}

/** What calls take, going by their texts. */
async function guessUse(
  plan: Plan,
  { completionTokens, thoughtTokens = 0, counted }: {
    completionTokens: number | Range | undefined;
    thoughtTokens: number | Range | undefined;
    counted: number;
  },
): Promise<CallUse> {
  const count = await tokenCounter();
  const thought = rangeOf(thoughtTokens);
  const byArm = Map.groupBy(
    plan.trials.numRows() === 0 ? [] : indexPlan(plan).trials.arm.keys(),
    (trial) => indexPlan(plan).trials.arm[trial],
  );
  return (arm) => {
    const trials = byArm.get(arm) ?? [];
    const step = Math.max(1, trials.length / counted);
    const prompts: number[] = [];
    const replies: Range[] = [];
    let schemas = 0;
    for (let at = 0; at < trials.length; at += step) {
      for (const { questions, place, request } of trialCalls(plan, trials[Math.floor(at)]!)) {
        const reply = completionTokens === undefined
          ? answerTokens(questions, count)
          : rangeOf(completionTokens);
        const asked = request(Array.from({ length: place }, () => ""));
        // What was replied before stands in a conversation again.
        const before = plan.design.ask === "in turn" ? place * reply[1] : 0;
        prompts.push(promptTokens(asked, count) + before);
        schemas += asked.schema === undefined ? 0 : count(JSON.stringify(asked.schema.schema));
        replies.push(reply);
      }
    }
    const [low, expected, high] = meanRange(prompts);
    const mean = (end: 0 | 1 | 2) => replies.reduce((sum, reply) => sum + reply[end], 0) / replies.length;
    const schema = schemas / Math.max(1, prompts.length);
    const notes = [
      "prompts counted with the o200k_base tokenizer",
      ...(step > 1 ? [`of ${counted} of ${trials.length} trials`] : []),
      ...(completionTokens === undefined ? ["replies guessed from the questions"] : []),
      ...(thought[2] === 0 ? ["thoughts not counted: a model that thinks takes many times more"] : []),
    ];
    return {
      prompt: [fewest * low, expected, most * (high + schema)],
      completion: [mean(0) + thought[0], mean(1) + thought[1], mean(2) + thought[2]],
      notes: notes.join(", "),
    };
  };
}

function rangeOf(tokens: number | Range): Range {
  return typeof tokens === "number" ? [tokens, tokens, tokens] : tokens;
}

/** Counts tokens; what stands in many prompts is counted once. */
async function tokenCounter(): Promise<(text: string) => number> {
  // Loading its vocabulary takes a third of a second, which only who plans costs pays.
  const { countTokens } = await import("gpt-tokenizer");
  const known = new Map<string, number>();
  return (text) => {
    let tokens = known.get(text);
    // A text that looks like a special token is text.
    if (tokens === undefined) known.set(text, tokens = countTokens(text, { disallowedSpecial: new Set() }));
    return tokens;
  };
}

function promptTokens({ messages }: RespondentRequest, count: (text: string) => number): number {
  return messages.reduce((sum, { content }) => sum + tokensOfMessage + count(content), tokensOfPrompt);
}

/** What a reply takes with the shortest answers, and with the longest. */
function answerTokens(questions: readonly Question[], count: (text: string) => number): Range {
  let [low, middle, high] = [2, 2, 2];
  for (const { asked, shown } of questions) {
    const name = count(`"${asked.name}": , `);
    const lengths = (shown ?? []).map((option) => count(`"${option}"`));
    const all = lengths.reduce((sum, tokens) => sum + tokens + 2, 2);
    const [shortest, longest] = [Math.min(...lengths), Math.max(...lengths)];
    const answer: Range = shown === undefined || lengths.length === 0
      ? asked.kind === "text" ? textAnswer : numberAnswer
      : ["ranking", "allocation"].includes(asked.kind)
      ? [all, all, all]
      : asked.kind === "multipleChoice"
      ? [shortest, all / 2, all]
      : [shortest, (shortest + longest) / 2, longest];
    [low, middle, high] = [low + answer[0], middle + name + answer[1], high + name + answer[2]];
  }
  return [low, middle, spaced * high];
}
