import { assert, assertEquals } from "@std/assert";
import type { Call, Respondent, RespondentRequest, Table } from "@understudy/understudy/core";
import { assignTreatments, declareDesign } from "@understudy/understudy/designs";
import {
  drawAttributes,
  elicitConfounders,
  estimateDrift,
  repairDrift,
  suggestControls,
} from "@understudy/understudy/drift";
import { estimateEffects } from "@understudy/understudy/estimation";
import { choice } from "@understudy/understudy/items";
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
      margin: 0.25,
      permutations: 499,
      bootstraps: 199,
    },
  );
  assertEquals(rowsOf(repair.iterations).map((row) => row.verdict), ["found", "within margin"]);
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

const few = samplePersonas(study.population, { n: 300, seed: 2, weights: "share" });
const options = { outcome: study.outcome, personas: few, seed: 1 };

Deno.test("an attribute that is suggested as a control can be added to the design, asked, and steer a repair", async () => {
  const outcome = study.items.filter(({ name }) => name === study.outcome);
  const bare = declareDesign({ treatments: study.treatments, items: outcome, stated: study.stated });
  const suggested = rowsOf(await suggestControls(bare, options)).filter(({ role }) => role !== "excluded");
  assertEquals(suggested.map(({ control, in_design }) => [control, in_design]), [["asked_ideology", false]]);
  const added = suggested.map(({ control, question, options }) =>
    choice(control as string, question as string, options as string[])
  );
  const design = declareDesign({
    treatments: study.treatments,
    items: [...outcome, ...added],
    stated: study.stated,
  });
  const again = rowsOf(await suggestControls(design, options)).filter(({ role }) => role !== "excluded");
  assertEquals(again.map(({ control, in_design, role }) => [control, in_design, role]), [
    ["asked_ideology", true, "steer"],
  ]);
  const ask = (attributes: readonly string[]) => {
    const stating = { ...design, stated: [...design.stated, ...attributes] };
    const plan = planExperiment(assignTreatments(few, stating, { seed: 3 }), stating, { seed: 4 });
    return runExperiment(plan, simulatedRespondent(study.world));
  };
  const answers = await ask([]);
  const control = again.map((row) => String(row.control));
  assertEquals(rowsOf(estimateDrift(answers, { controls: control, seed: 5 }))[0]!.verdict, "found");
  const repair = await repairDrift(({ attributes }) => ask(attributes), {
    candidates: ["ideology"],
    steer: control,
    margin: 0.25,
    permutations: 199,
    bootstraps: 99,
  });
  assertEquals(rowsOf(repair.iterations).length, 2);
});

Deno.test("controls that are no questions of the design neither steer nor judge where the design has some", async () => {
  const suggested = rowsOf(await suggestControls(design, options));
  const dealt = suggested.filter(({ role }) => role === "steer" || role === "judge");
  assert(dealt.length > 0 && dealt.every(({ in_design }) => in_design));
  assertEquals(suggested.find(({ control }) => control === "asked_ideology")?.role, "add");
});
