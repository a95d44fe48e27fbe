import { assert, assertEquals } from "@std/assert";
import { assignTreatments, declareDesign } from "@understudy/understudy/designs";
import { estimateDrift } from "@understudy/understudy/drift";
import { estimateEffects } from "@understudy/understudy/estimation";
import { samplePersonas } from "@understudy/understudy/personas";
import { simulatedRespondent } from "@understudy/understudy/respondents";
import { planExperiment, runExperiment } from "@understudy/understudy/runner";
import { declareReadyStudy, type ReadyWorldName } from "@understudy/understudy/worlds";
import { effectOf, naiveOf } from "../worlds/fixtures.ts";

const long = Deno.env.get("UNDERSTUDY_LONG") === "1";
const names: ReadyWorldName[] = [
  "clean",
  "user drift",
  "sycophancy",
  "correct answer",
  "refusal by arm",
  "format failures by arm",
  "subgroup error",
  "memorised effect",
];

for (const name of names) {
  Deno.test(`an experiment on the ready world '${name}' converges to naiveOf(), not to effectOf()`, async () => {
    const study = declareReadyStudy(name, { seed: 31 });
    const design = declareDesign({ treatments: study.treatments, items: study.items, stated: study.stated });
    const personas = samplePersonas(study.population, {
      n: long ? 6000 : 600,
      seed: 32,
      weights: "share",
    });
    const assigned = assignTreatments(personas, design, { seed: 33 });
    const plan = planExperiment(assigned, design, { seed: 34 });
    const answers = await runExperiment(plan, simulatedRespondent(study.world));
    const effects = estimateEffects(answers, { outcome: study.outcome });
    if (name === "clean" || name === "user drift") {
      const drift = estimateDrift(answers, { controls: study.controls, seed: 35 });
      const expected = name === "clean" ? "not found" : "found";
      assertEquals(new Set(drift.array("verdict")), new Set([expected]));
    }
    const [estimate, error] = ["estimate", "std_error"].map((column) => effects.get(column, 0) as number);
    const naive = naiveOf(study.world, { ...study.contrast, personas });
    assert(Math.abs(estimate! - naive) < 4 * error!, `${estimate} ± ${error}, and not ${naive}`);
    if (name === "clean" || (!long && name !== "user drift")) return;
    const truth = effectOf(study.world, { ...study.contrast, personas });
    assert(Math.abs(estimate! - truth) > 2 * error!, `${estimate} ± ${error} misses the fault: ${truth}`);
  });
}
