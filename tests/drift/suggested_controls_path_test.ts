import { assert, assertEquals } from "@std/assert";
import { assignTreatments, declareDesign } from "@understudy/understudy/designs";
import { estimateDrift, repairDrift, suggestControls } from "@understudy/understudy/drift";
import { choice } from "@understudy/understudy/items";
import { samplePersonas } from "@understudy/understudy/personas";
import { simulatedRespondent } from "@understudy/understudy/respondents";
import { planExperiment, runExperiment } from "@understudy/understudy/runner";
import { declareReadyStudy } from "@understudy/understudy/worlds";
import { rowsOf } from "./drift_tables.ts";

const study = declareReadyStudy("user drift", { seed: 1 });
const personas = samplePersonas(study.population, { n: 300, seed: 2, weights: "share" });
const options = { outcome: study.outcome, personas, seed: 1 };

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
    const plan = planExperiment(assignTreatments(personas, stating, { seed: 3 }), stating, { seed: 4 });
    return runExperiment(plan, simulatedRespondent(study.world));
  };
  const answers = await ask([]);
  const control = again.map((row) => String(row.control));
  assertEquals(rowsOf(estimateDrift(answers, { controls: control, seed: 5 }))[0]!.verdict, "found");
  const repair = await repairDrift(({ attributes }) => ask(attributes), {
    candidates: ["ideology"],
    steer: control,
    permutations: 199,
    bootstraps: 99,
  });
  assertEquals(rowsOf(repair.iterations).length, 2);
});

Deno.test("controls that are no questions of the design neither steer nor judge where the design has some", async () => {
  const design = declareDesign({ treatments: study.treatments, items: study.items, stated: study.stated });
  const suggested = rowsOf(await suggestControls(design, options));
  const dealt = suggested.filter(({ role }) => role === "steer" || role === "judge");
  assert(dealt.length > 0 && dealt.every(({ in_design }) => in_design));
  assertEquals(suggested.find(({ control }) => control === "asked_ideology")?.role, "add");
});
