import { assert, assertEquals } from "@std/assert";
import type { Call, Respondent, RespondentRequest, Table } from "@understudy/understudy/core";
import { assignTreatments, declareDesign } from "@understudy/understudy/designs";
import {
  drawAttributes,
  elicitConfounders,
  repairDrift,
  suggestControls,
} from "@understudy/understudy/drift";
import { estimateEffects } from "@understudy/understudy/estimation";
import { samplePersonas } from "@understudy/understudy/personas";
import { simulatedRespondent } from "@understudy/understudy/respondents";
import { caller, planExperiment, runExperiment } from "@understudy/understudy/runner";
import { declareReadyStudy } from "@understudy/understudy/worlds";
import { rowsOf } from "./drift_tables.ts";
import { effectOf } from "../worlds/fixtures.ts";

const study = declareReadyStudy("user drift", { seed: 1 });
const design = declareDesign({ treatments: study.treatments, items: study.items, stated: study.stated });
const personas = samplePersonas(study.population, { n: 600, seed: 2, weights: "share" })
  .select("persona_id", "weight", ...study.stated);
const respondent = simulatedRespondent(study.world);

/** The experiment with further attributes stated, whose values the model draws itself, without treatment. */
async function experiment(
  attributes: readonly string[],
  candidates: Table,
  from: Call,
): Promise<Table> {
  const levels = { ideology: candidates.get("levels", 0) as string[] };
  const stated = await drawAttributes(personas, { attributes, from, seed: 3, levels });
  const stating = { ...design, stated: [...design.stated, ...attributes] };
  const plan = planExperiment(assignTreatments(stated, stating, { seed: 4 }), stating, { seed: 5 });
  return await runExperiment(plan, respondent);
}

Deno.test("A repair from question to verdict: controls and confounders elicited, values drawn by the model, drift gone", async () => {
  const requests: RespondentRequest[] = [];
  const listening: Respondent = {
    ...respondent,
    respond: (request) => {
      requests.push(request);
      return respondent.respond(request);
    },
  };
  const controls = rowsOf(
    await suggestControls(design, { outcome: "support", call: caller(listening), seed: 1 }),
  );
  const of = (role: string) => controls.filter((row) => row.role === role).map((row) => String(row.control));
  assertEquals([...of("steer"), ...of("judge")].sort(), ["childhood_garden", "news_source", "worship"]);
  const candidates = await elicitConfounders(caller(listening), {
    setting: "residents of a town",
    circumstances: ["hears that the water is clean", "hears that the water is not clean"],
    stated: study.stated,
    treatments: study.treatments,
  });
  assertEquals(candidates.array("attribute"), ["ideology"]);
  const repair = await repairDrift(
    ({ attributes }) => experiment(attributes, candidates, caller(listening)),
    {
      candidates,
      steer: of("steer"),
      judge: of("judge"),
      effect: (answers) => estimateEffects(answers, { outcome: "support" }),
      permutations: 499,
      bootstraps: 199,
    },
  );
  assertEquals(rowsOf(repair.iterations).map((row) => row.verdict), ["found", "not found"]);
  const truth = effectOf(study.world, {
    outcome: "support",
    stimulus: "warning",
    reference: "control",
    personas,
  });
  const [before, after] = rowsOf(repair.iterations) as { conf_low: number; conf_high: number }[];
  assert(before!.conf_low > truth, "the base persona's interval misses the truth");
  assert(after!.conf_low < truth && truth < after!.conf_high, "the repaired one holds it");
  assert(requests.every((request) => !/lead than the law/.test(JSON.stringify(request.messages))));
});
