import { scriptedRespondent, serveRespondent } from "@understudy/understudy";
import { runNotebook } from "@understudy/understudy/kernel";
import { withNotebook } from "./notebook_fixture.ts";

/** A study whose replies came from an endpoint that is gone: only the store has them. */
export async function withRecordedStudy(use: (path: string, store: string) => Promise<void>): Promise<void> {
  const served = await serveRespondent(scriptedRespondent(({ seed = 0 }) => String(1 + seed % 7)));
  const study = (text: string) =>
    `import { assignTreatments, declareDesign, declareTreatments, estimateEffects, likert, openAiRespondent, planExperiment,
  plotEffects, runExperiment, samplePersonas, sqliteStore, tableOf } from "@understudy/understudy";
import { show } from "@understudy/understudy/kernel";
const treatments = declareTreatments({ calm: "Nothing happened.", threat: "${text}" });
const design = declareDesign({ treatments, items: [likert("support", "Do you agree?", { points: 7 })], stated: ["age"] });
const personas = samplePersonas(tableOf({ age: [30, 40, 50, 60], people: [1, 1, 1, 1] }), { n: 24, seed: 1, counts: "people" });
const store = sqliteStore("study.db");
const respondent = openAiRespondent({ baseURL: "${served.baseURL}", model: "scripted", apiKey: "k", endpoint: "lab" });
const answers = await runExperiment(planExperiment(assignTreatments(personas, design, { seed: 2 }), design, { seed: 3 }), respondent, { store, retries: 0 });
await store.close();
const effects = estimateEffects(answers, { outcome: "support" });
await show(effects, plotEffects(effects));
await show(answers.select("persona_id", "arm", "value"));`;
  await withNotebook([study("Troops crossed the border.")], async (path) => {
    try {
      await runNotebook(path, { output: path });
    } finally {
      await served.close();
    }
    await use(path, path.replace("notebook.ipynb", "study.db"));
  });
}
