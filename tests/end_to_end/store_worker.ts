/**
 * Runs a study as a process of its own, on a store that others use too: `store_worker.ts STORE BASE_URL...`.
 * Prints the answers of each endpoint.
 */
import {
  assignTreatments,
  declareDesign,
  declareTreatments,
  likert,
  openAiRespondent,
  planExperiment,
  runExperiment,
  samplePersonas,
  sqliteStore,
  tableOf,
} from "@understudy/understudy";
import { postgresStore } from "@understudy/understudy/store/postgres";

const [place, ...endpoints] = Deno.args as [string, ...string[]];
const personas = samplePersonas(tableOf({ age: ["young", "old"] }), { n: 120, seed: 1 });
const design = declareDesign({
  treatments: declareTreatments({ a: "It rains.", b: "It shines." }),
  items: [likert("mood", "How are you?", { points: 7 })],
  stated: ["age"],
});
const plan = planExperiment(assignTreatments(personas, design, { seed: 2 }), design, { seed: 3 });
const store = place.startsWith("postgres:")
  ? postgresStore(place.split("#")[0]!, { schema: place.split("#")[1]! })
  : sqliteStore(place);
const results: unknown[] = [];
for (const baseURL of endpoints) {
  const respondent = openAiRespondent({ model: "m", baseURL, apiKey: "none" });
  const answers = await runExperiment(plan, respondent, { store, concurrency: 16 });
  results.push({ values: answers.array("value"), statuses: answers.array("status") });
}
await store.close();
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(results)));
