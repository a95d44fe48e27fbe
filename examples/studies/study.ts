/**
 * What the studies of this folder share: who answers, and what is printed of a study.
 *
 * @module
 */
import {
  describeRun,
  openAiRespondent,
  type Plan,
  type Respondent,
  runExperiment,
  sqliteStore,
  type Table,
  tableOf,
} from "@understudy/understudy";
import { show, showProgress } from "@understudy/understudy/kernel";
import { describeSession } from "@understudy/understudy/report";
import { fileURLToPath } from "node:url";

const mostLines = 50;
const [baseURL, model = "default"] = Deno.args;

/** Whether a world inside this process answers, whose truth is known; else the model that the arguments name. */
export const isRehearsal = baseURL === undefined;

/** The model whose address and name are the arguments of the script; without any, the respondent that is given. */
export function respondentOr(inside: Respondent): Respondent {
  return baseURL === undefined
    ? inside
    : openAiRespondent({ baseURL, model, maxTokens: 300, timeoutMs: 300_000 });
}

/** Shows a plan before anything is asked: the protocol as a text, and the calls of each step. */
export async function showPlan(plan: Plan): Promise<void> {
  await show("PROTOCOL", plan.design.protocol, "CALLS, by step: fewest, expected, most");
  const rows = plan.summary.objects() as { [column: string]: number }[];
  const bySteps = Map.groupBy(rows, ({ step }) => String(step));
  const columns = ["calls_low", "calls", "calls_high"];
  await show(tableOf([...bySteps, ["all steps", rows] as const].map(([step, own]) => ({
    step,
    ...Object.fromEntries(columns.map((name) => [name, own.reduce((sum, row) => sum + row[name]!, 0)])),
  }))));
}

/** Runs a plan; a model is asked for nothing that its store holds. */
export async function askPlan(plan: Plan, respondent: Respondent, name: string): Promise<Table> {
  const file = fileURLToPath(new URL(`../../out/${name}.db`, import.meta.url));
  const kept = isRehearsal ? undefined : sqliteStore(file);
  const options = { concurrency: 4, onProgress: showProgress() };
  const answers = await runExperiment(
    plan,
    respondent,
    kept === undefined ? {} : { ...options, store: kept },
  );
  await kept?.close();
  return answers;
}

/** Runs a plan, as `askPlan` does, and shows a transcript and what became of the calls. */
export async function runPlan(
  plan: Plan,
  respondent: Respondent,
  name: string,
  session: string,
): Promise<Table> {
  const answers = await askPlan(plan, respondent, name);
  const transcript = describeSession(answers, session).text.split("\n");
  const rest = transcript.length > mostLines ? [`… and ${transcript.length - mostLines} more lines`] : [];
  await show("A TRANSCRIPT", [...transcript.slice(0, mostLines), ...rest].join("\n"));
  const came = ["arm", "calls", "answered", "refused", "unparsed", "truncated", "empty", "failed"];
  await show("WHAT CAME", describeRun(answers).select(...came));
  return answers;
}

/**
 * Shows estimates, and beside them, where a world answered, its truth and whether the interval covers it.
 *
 * @param effects rows of estimates, of `estimateEffects` or another
 * @param truth for each row, in the same order, what it is an estimate of, and the truth of that
 * @param why what the truth is, and how it is known
 */
export async function showEffects(
  effects: Table,
  truth: { readonly [effect: string]: number },
  why: string,
): Promise<void> {
  const numbers = ["estimate", "std_error", "df", "conf_low", "conf_high", "n"];
  const estimates = effects.select(...numbers).objects() as { [column: string]: number }[];
  const rows = Object.entries(truth).map(([effect, value], row) => {
    const { conf_low = NaN, conf_high = NaN } = estimates[row]!;
    const covered = conf_low <= value && value <= conf_high ? "yes" : "no";
    return { effect, ...estimates[row], ...(isRehearsal ? { truth: value, covered } : {}) };
  });
  await show("ESTIMATES, and where a world answered their truth", tableOf(rows));
  const count = rows.filter(({ covered }) => covered === "yes").length;
  await show(
    isRehearsal
      ? `TRUTH: ${why} The intervals of ${count} of ${rows.length} estimates cover it.`
      : "TRUTH: of a model it is not known; without arguments a world answers, of which it is.",
  );
}
