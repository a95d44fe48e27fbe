/**
 * A short study on a model of your own machine (Ollama, LM Studio, llama.cpp, vLLM):
 *
 *     deno run -A examples/local_model.ts http://localhost:11434/v1 llama3.2
 *
 * Without an address a simulated respondent answers, behind an endpoint on this machine, so that it always runs.
 *
 * @module
 */
import {
  assignTreatments,
  declareDesign,
  describeRun,
  estimateEffects,
  openAiRespondent,
  planExperiment,
  probeEndpoint,
  runExperiment,
  samplePersonas,
  serveRespondent,
  simulatedRespondent,
  sqliteStore,
} from "@understudy/understudy";
import { show, showProgress } from "@understudy/understudy/kernel";
import { fileURLToPath } from "node:url";
import {
  declareBorderWorld,
  items,
  phrases,
  readPopulation,
  statedAttributes,
  treatments,
} from "./border_incursion.ts";

const [baseURL, model = "default"] = Deno.args;
const population = await readPopulation();
await using served = await serveRespondent(simulatedRespondent(declareBorderWorld(population)));
const respondent = openAiRespondent(
  baseURL === undefined ? served.connection : { baseURL, model, maxTokens: 200, timeoutMs: 300_000 },
);

await show(
  "PROBE: what this endpoint really does, found out with a dozen small calls; the respondent is set by it.",
);
const probe = await probeEndpoint(respondent);
await show(probe.select("what", "found", "chosen"));

// Where a schema holds the reply, even small models answer all questions at once; else one question a call is best.
const { schema_mode } = (await respondent.identity()).parameters;
const design = declareDesign({
  treatments,
  items,
  stated: statedAttributes,
  ask: schema_mode === "json_schema" ? "together" : "apart",
});
const personas = samplePersonas(population, { n: 40, counts: "n", seed: 1 });
const plan = planExperiment(assignTreatments(personas, design, { seed: 2 }), design, {
  seed: 3,
  persona: { phrases },
});

await show(`ASK: 40 personas, the questions ${design.ask}; run it again, and nothing is asked twice.`);
const store = sqliteStore(fileURLToPath(new URL("../out/local_model.db", import.meta.url)));
const answers = await runExperiment(plan, respondent, { store, concurrency: 4, onProgress: showProgress() });
await store.close();

await show("WHAT CAME, by arm:");
await show(
  describeRun(answers).select(
    "arm",
    "calls",
    "answered",
    "refused",
    "unparsed",
    "truncated",
    "empty",
    "failed",
  ),
);
await show("EFFECT, from so few personas:");
await show(
  estimateEffects(answers, { outcome: "support" }).select(
    "arm",
    "estimate",
    "std_error",
    "conf_low",
    "conf_high",
    "n",
  ),
);
