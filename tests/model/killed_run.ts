/**
 * A run that is killed in its middle: asks the demo's study, keeps replies in a file, and writes down what it asks.
 *
 * @module
 */
import { openAiRespondent, runExperiment, sqliteStore } from "@understudy/understudy";
import { noteRequests } from "./note_requests.ts";
import { planStudy } from "./study.ts";

const [baseURL, model, file, log, personas] = Deno.args as [string, string, string, string, string];
const respondent = noteRequests(openAiRespondent({ baseURL, model, maxTokens: 120 }), log);
await runExperiment(await planStudy(Number(personas)), respondent, {
  store: sqliteStore(file),
  concurrency: 4,
});
