import { checkText } from "../core/checks.ts";
import { cannot, RespondentError } from "../core/errors.ts";
import type { Plan } from "../core/experiment.ts";
import { readOptions, required, type RulesFor } from "../core/options.ts";
import type { Respondent, Store } from "../core/respondent.ts";
import { type Table, tableOf } from "../core/table.ts";
import { openFile, writeFile } from "../store/line_files.ts";
import { BatchCalls, type BatchFileOptions, batchFileRules } from "./batch_calls.ts";

/** Options of {@linkcode writeBatch}. */
export interface WriteBatchOptions extends BatchFileOptions {
  /** The file, ending in `.jsonl`; where one is not enough, others are called `…_2.jsonl`, `…_3.jsonl`. */
  file: string;
}

/** Options of {@linkcode loadBatch}. */
export interface LoadBatchOptions {
  /** The file of answers, or several, in any order. */
  file: string | readonly string[];
  /** Where replies are kept. */
  store?: Store;
}

const writeRules = { ...batchFileRules, file: required<string>(checkText) } satisfies RulesFor<
  WriteBatchOptions
>;

const loadRules = {
  store: batchFileRules.store,
  file: required<string | readonly string[]>((action, name, value) => {
    const files = [value].flat();
    for (const file of files) checkText(action, name, file);
    if (files.length === 0) throw new RangeError(cannot(action, name, "name a file", value));
  }),
} satisfies RulesFor<LoadBatchOptions>;

/**
 * Writes the calls of a plan that the store lacks as a file of requests: what OpenAI's batches and `vllm run-batch -i`
 * read. `loadBatch` reads what comes back.
 *
 * @param plan from `planExperiment`; its questions asked `together` or `apart`
 * @param respondent from `openAiRespondent`: its model and parameters are written, it is not asked
 * @param options the file, the store, how large a file may be
 * @returns one row per file: `file`, `requests`, `bytes`
 * @throws {RangeError} if the questions are asked in turn
 * @example To a model on a machine without a network
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { assignTreatments, declareDesign, declareTreatments, openAiRespondent, tableOf, yesNo } from "@understudy/understudy";
 * import { loadBatch, planExperiment, writeBatch } from "@understudy/understudy/runner";
 *
 * const treatments = declareTreatments({ control: "It is quiet.", threat: "Troops cross the border." });
 * const design = declareDesign({ treatments, items: [yesNo("fear", "Are you afraid?")], stated: ["age"] });
 * const personas = tableOf({ persona_id: ["p1", "p2"], age: [31, 64] });
 * const plan = planExperiment(assignTreatments(personas, design), design);
 * const respondent = openAiRespondent({ model: "qwen3", baseURL: "http://127.0.0.1:8000/v1" });
 * const folder = await Deno.makeTempDir();
 * const files = await writeBatch(plan, respondent, { file: `${folder}/in.jsonl` });
 * assertEquals(files.get("requests", 0), 2);
 * // vllm run-batch -i in.jsonl -o out.jsonl --model qwen3
 * const [first] = (await Deno.readTextFile(`${folder}/in.jsonl`)).split("\n");
 * const message = { content: '{"fear": "yes"}' };
 * const response = { status_code: 200, body: { choices: [{ message, finish_reason: "stop" }] } };
 * const line = { custom_id: JSON.parse(first!).custom_id, response, error: null };
 * await Deno.writeTextFile(`${folder}/out.jsonl`, JSON.stringify(line));
 * const answers = await loadBatch(plan, respondent, { file: `${folder}/out.jsonl` });
 * assertEquals(Array.from(answers.array("status")), ["answered", "failed"]);
 * ```
 */
export async function writeBatch(
  plan: Plan,
  respondent: Respondent,
  options: WriteBatchOptions,
): Promise<Table> {
  const action = "write a batch";
  const settings = readOptions(action, options, writeRules);
  const calls = await BatchCalls.open(action, plan, respondent, settings);
  const [file, requests, bytes]: [string[], number[], number[]] = [[], [], []];
  for (const { keys, lines } of calls.parts(settings.mostRequests)) {
    const number = file.length === 0 ? "" : `_${file.length + 1}`;
    file.push(settings.file.replace(/(\.[^./\\]*)?$/, `${number}$1`));
    await writeFile(file.at(-1)!, lines);
    requests.push(keys.length);
    bytes.push(lines.size);
  }
  return tableOf({ file, requests, bytes });
}

/**
 * Reads the answers that came back for a file of {@linkcode writeBatch}, in any order and from several files, and returns
 * all answers of the plan; `runExperiment` with the same store then asks only for what is missing.
 *
 * @param plan the plan that was written
 * @param respondent the respondent with which it was written
 * @param options the file or files of answers, and the store
 * @returns the answers, as from `runExperiment`; calls without a line have status `failed` and say so
 * @throws {Deno.errors.NotFound} if there is no such file
 */
export async function loadBatch(
  plan: Plan,
  respondent: Respondent,
  options: LoadBatchOptions,
): Promise<Table> {
  const action = "load a batch";
  const { store, file } = readOptions(action, options, loadRules);
  const calls = await BatchCalls.open(action, plan, respondent, { store });
  const files = [file].flat();
  for (const each of files) await calls.read(await openFile(each), 0);
  const message = `no line in ${files.join(", ")}` +
    (calls.ignored === 0 ? "" : `; lines of other calls, or not to be read: ${calls.ignored}`);
  calls.fail(calls.missing.keys(), new RespondentError(message, { kind: "server", transient: true }));
  return await calls.answers();
}
