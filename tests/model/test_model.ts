/**
 * What a real model does with the demo's study: `deno task test:model`. Skips, saying so, where there is no model.
 *
 * @module
 */
import {
  columnOf,
  declareTreatments,
  openAiRespondent,
  type Plan,
  runExperiment,
  sqliteStore,
  type Table,
  tableOf,
} from "@understudy/understudy";
import { type OpenAiRespondentOptions, probeEndpoint } from "@understudy/understudy/respondents";
import { show } from "@understudy/understudy/kernel";
import { type ModelEndpoint, NoModelError, openModel } from "./engine.ts";
import { noteRequests } from "./note_requests.ts";
import { planDiscussion, planGame, planStudy } from "./study.ts";

const personas = Number(Deno.env.get("MODEL_PERSONAS") ?? 40);
const statuses = ["answered", "unparsed", "refused", "truncated", "empty", "failed"];

/** One line of the table: what happened to the answers of one part. */
interface Line {
  readonly part: string;
  readonly answers: Table;
  readonly seconds: number;
  /** What is wrong; empty where nothing is. */
  readonly fault: string;
  readonly note: string;
}

const lines: Line[] = [];

/** Runs a part and puts it on a line of the table. */
async function part(
  name: string,
  run: () => Promise<{ answers: Table; fault?: string; note?: string }>,
): Promise<void> {
  const start = performance.now();
  const { answers, fault = "", note = "" } = await run();
  const seconds = Math.round((performance.now() - start) / 1000);
  lines.push({ part: name, answers, seconds, fault, note });
  await show(`${name}: ${shareText(answers)}, ${seconds} s. ${fault}${note}`);
}

function countOf(answers: Table, status: string): number {
  return columnOf(answers, "status").filter((one) => one === status).length;
}

function shareText(answers: Table): string {
  return `${countOf(answers, "answered")} of ${answers.numRows()} answered`;
}

async function main(): Promise<number> {
  let endpoint: ModelEndpoint;
  try {
    endpoint = await openModel((text) => void show(text));
  } catch (error) {
    if (!(error instanceof NoModelError)) throw error;
    await show(`Skipped, as there is no model here: ${error.message}.`);
    return 0;
  }
  try {
    await show(`Asking ${endpoint.name}.`);
    await askAll(endpoint);
  } finally {
    await endpoint.close();
  }
  await show(tableOf(lines.map(({ part, answers, seconds, fault, note }) => ({
    part,
    calls: new Set(columnOf(answers, "request_key")).size,
    answers: answers.numRows(),
    ...Object.fromEntries(statuses.map((status) => [status, countOf(answers, status)])),
    seconds,
    note: fault + note,
  }))));
  const faults = lines.filter(({ fault }) => fault !== "");
  for (const { part, fault } of faults) await show(`FAULT: ${part}: ${fault}`);
  return faults.length === 0 ? 0 : 1;
}

async function askAll(endpoint: ModelEndpoint): Promise<void> {
  const { baseURL, model } = endpoint;
  const respond = (options: Partial<OpenAiRespondentOptions> = {}) =>
    openAiRespondent({ baseURL, model, maxTokens: 120, timeoutMs: 300_000, ...options });
  const ask = (plan: Plan, options: Partial<OpenAiRespondentOptions> = {}) =>
    runExperiment(plan, respond(options), { concurrency: 4 });

  await show("What the probe finds:");
  await show((await probeEndpoint(respond())).select("what", "found", "chosen"));
  for (const mode of ["together", "apart", "in turn"] as const) {
    await part(`${mode}, with a schema`, async () => {
      const answers = await ask(await planStudy(personas, { ask: mode }));
      const share = countOf(answers, "answered") / answers.numRows();
      return { answers, fault: share >= 0.99 ? "" : `${(100 * share).toFixed(1)}% is less than 99%. ` };
    });
  }
  await part("together, without a schema", async () => ({
    answers: await ask(await planStudy(personas), { schemaMode: "none" }),
  }));
  await part("apart, without a schema", async () => {
    const answers = await ask(await planStudy(personas, { ask: "apart" }), { schemaMode: "none" });
    return { answers, note: `${shareByItem(answers)}.` };
  });
  await part("log-probabilities, apart", async () => {
    const answers = await ask(await planStudy(personas, { ask: "apart", elicit: "log-probabilities" }));
    const masses = (columnOf(answers, "option_mass") as (number | null)[]).filter((mass) => mass !== null);
    const mean = masses.reduce((sum, mass) => sum + mass, 0) / masses.length;
    return { answers, note: `the answers had ${mean.toFixed(2)} of the probability.` };
  });
  await part("a public goods game of 4, two rounds", async () => {
    const answers = await ask(planGame());
    const payoffs = answers.objects().filter((row) => (row as { kind: string }).kind === "payoff").length;
    return { answers, fault: payoffs === 8 ? "" : `${payoffs} pay-offs are not 8. ` };
  });
  await part("a discussion of 3, six turns", async () => {
    const answers = await ask(planDiscussion());
    const said = answers.objects() as { kind: string; status_detail: string; value: unknown }[];
    const spoken = said.filter(({ kind }) => kind === "line");
    const own = spoken.filter(({ status_detail, value }) => value !== null && status_detail === "").length;
    return {
      answers,
      fault: spoken.length === 6 ? "" : `${spoken.length} lines are not 6. `,
      note: `${own} of ${spoken.length} lines are in role.`,
    };
  });
  if (endpoint.context !== undefined) {
    await part("one prompt beyond the context", () => overflow(ask, endpoint.context!));
  }
  await part("killed and resumed", () => killAndResume(endpoint));
}

function shareByItem(answers: Table): string {
  const items = columnOf(answers, "item") as string[];
  const all = columnOf(answers, "status");
  return [...new Set(items)].map((item) => {
    const own = all.filter((_, row) => items[row] === item);
    return `${item} ${own.filter((status) => status === "answered").length} of ${own.length}`;
  }).join(", ");
}

/** One arm's text is longer than the model reads: the other arm's calls are answered all the same. */
async function overflow(
  ask: (plan: Plan) => Promise<Table>,
  context: number,
): Promise<{ answers: Table; fault: string }> {
  const treatments = declareTreatments({
    short: "All is quiet.",
    long: "All is quiet here. ".repeat(context),
  });
  const answers = await ask(await planStudy(8, { treatments }));
  const arms = columnOf(answers, "arm");
  const details = columnOf(answers, "status_detail");
  const wrong =
    columnOf(answers, "status").filter((status, row) =>
      arms[row] === "long" ? details[row] !== "context" : status === "failed"
    ).length;
  return {
    answers,
    fault: wrong === 0 ? "" : `${wrong} answers have another fate than their prompt's length. `,
  };
}

/** Kills a run in its middle and goes on: nothing that was kept is asked again. */
async function killAndResume(
  endpoint: ModelEndpoint,
): Promise<{ answers: Table; fault: string; note: string }> {
  const { baseURL, model } = endpoint;
  const folder = await Deno.makeTempDir();
  const [file, before, after] = [`${folder}/answers.db`, `${folder}/before.log`, `${folder}/after.log`];
  try {
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--no-check",
        new URL("killed_run.ts", import.meta.url).pathname,
        baseURL,
        model,
        file,
        before,
        `${personas}`,
      ],
      stdout: "null",
    }).spawn();
    const asked = async (log: string) =>
      (await Deno.readTextFile(log).catch(() => "")).split("\n").filter(Boolean);
    for (let waited = 0; waited < 3000 && (await asked(before)).length < personas / 2; waited++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    child.kill("SIGKILL");
    await child.status;
    const store = sqliteStore(file);
    const kept = new Set((await store.list()).map(({ key }) => key));
    const respondent = noteRequests(
      openAiRespondent({ baseURL, model, maxTokens: 120, timeoutMs: 300_000 }),
      after,
    );
    const answers = await runExperiment(await planStudy(personas), respondent, { store, concurrency: 4 });
    await store.close();
    const first = await asked(before);
    const again = await asked(after);
    const twice = again.filter((key) => kept.has(key)).length;
    const total = kept.size + again.length;
    const fault = twice > 0 || total !== personas || new Set(again).size !== again.length
      ? `${twice} kept replies were asked for again, ${total} of ${personas} calls in all. `
      : "";
    return {
      answers,
      fault,
      note:
        `killed after ${first.length} requests with ${kept.size} replies kept; then ${again.length} asked.`,
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) Deno.exit(await main());
