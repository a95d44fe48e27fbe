import type { Plan } from "../core/experiment.ts";
import { columnOf } from "../core/table.ts";
import { trialCalls } from "../prompts/compose_prompt.ts";
import { costOf, type KnownPrices, moneyText } from "./prices.ts";

/** A first look at what a run costs: a few of its prompts, four letters a token, so many tokens an answer. */
const looks = 20;
const lettersPerToken = 4;
const tokensPerAnswer = 12;

/** What is about to be asked, in one line. `planCosts` counts what this guesses. */
export function announceRun(plan: Plan, name: string, prices: KnownPrices | undefined): string {
  const trials = plan.trials.numRows();
  const total = columnOf<number>(plan.summary, "calls").reduce((sum, calls) => sum + calls, 0);
  const about = (amount: number): string => Math.round(amount).toLocaleString("en-US");
  const start = `${about(total)} ${total === 1 ? "call" : "calls"} to ${name}`;
  if (trials === 0) return start;
  const step = Math.max(1, Math.floor(trials / looks));
  let [seen, letters, answers] = [0, 0, 0];
  for (let trial = 0; trial < trials && seen < looks; trial += step, seen++) {
    for (const { questions, place, request } of trialCalls(plan, trial)) {
      const { messages } = request(Array.from({ length: place }, () => "…"));
      letters += messages.reduce((sum, { content }) => sum + content.length, 0);
      answers += questions.length;
    }
  }
  const [prompt, completion] = [
    trials / seen * letters / lettersPerToken,
    trials / seen * answers * tokensPerAnswer,
  ];
  const sent = `${start}, about ${about(Number(prompt.toPrecision(2)))} tokens of prompts`;
  if (prices === undefined) return sent;
  const cost = moneyText(costOf(prices, prompt, completion), prices.currency);
  return `${sent}, about ${cost} with short answers and no thoughts${
    prices.date && ` (prices of ${prices.date})`
  }`;
}
