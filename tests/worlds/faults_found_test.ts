import { assert, assertEquals } from "@std/assert";
import {
  checkAcquiescence,
  checkCorrectAnswers,
  checkDiversity,
  checkGeneralisation,
  checkPosition,
  checkSubgroupErrors,
  checkSycophancy,
} from "@understudy/understudy/audit";
import type { Item } from "@understudy/understudy/core";
import { estimateDrift, estimateRecall, estimateStability } from "@understudy/understudy/drift";
import {
  checkAttrition,
  estimateHeterogeneity,
  estimateVarianceComponents,
} from "@understudy/understudy/estimation";
import { choice } from "@understudy/understudy/items";
import { declareTreatments } from "@understudy/understudy/treatments";
import {
  declareReadyStudy,
  type ReadyStudy,
  type ReadyWorldName,
  readyWorldNames,
  type World,
} from "@understudy/understudy/worlds";
import {
  ask,
  onlyArm,
  people,
  type Row,
  rowsWhere,
  says,
  supportOf,
  talk,
  textOf,
  widen,
} from "./ready_experiments.ts";

/** A fault, and the one call that finds it. */
interface Diagnosis {
  readonly world: ReadyWorldName;
  readonly verb: string;
  /** Runs the experiment with a world's respondent and says whether the diagnosis finds the fault. */
  readonly finds: (world: World, study: ReadyStudy) => Promise<boolean>;
}

const diagnoses: readonly Diagnosis[] = [
  {
    world: "clean",
    verb: "estimateDrift",
    finds: async (world, study) => {
      const drift = estimateDrift(await ask({ ...study, world }), { controls: study.controls });
      return says(drift, {}, "found");
    },
  },
  {
    world: "user drift",
    verb: "estimateDrift",
    finds: async (world, study) => {
      const drift = estimateDrift(await ask({ ...study, world }), { controls: study.controls });
      return says(drift, {}, "found");
    },
  },
  {
    world: "heterogeneous effects",
    verb: "estimateHeterogeneity",
    finds: async (world, study) => {
      const stated = [...study.stated, "ideology"];
      const answers = await ask({ ...study, ...supportOf(study), world, stated, n: 1000 });
      const effects = estimateHeterogeneity(answers, { outcome: "support", by: "ideology" });
      const [joint] = rowsWhere(effects, { quantity: "equal_effects" });
      return (joint!.p_value as number) <= 0.05;
    },
  },
  {
    world: "focalism",
    verb: "checkSubgroupErrors (against people)",
    finds: async (world, study) => {
      const answers = await ask({ ...study, ...supportOf(study), world, n: 1200 });
      const options = { human: await people(study), groups: "age_group", items: "support" };
      return says(checkSubgroupErrors(answers, options), { compared: "all groups" });
    },
  },
  {
    world: "focalism",
    verb: "checkSubgroupErrors (against itself, asked back what it was told)",
    finds: async (world, study) => {
      const told = await ask({ ...study, ...supportOf(study), world, n: 1200 });
      const stated = study.stated.filter((name) => name !== "age_group");
      const age = choice("age_group", "How old are you?", world.attributes.age_group!);
      const kinds = study.population.select(...stated, "share");
      const items = [...supportOf(study).items, age];
      const open = await ask({ ...study, world, population: kinds, stated, items, n: 1200 });
      const human = widen(open, ["support", "age_group"]);
      const options = { human, groups: "age_group", items: "support" };
      return says(checkSubgroupErrors(told, options), { compared: "all groups" });
    },
  },
  {
    world: "position bias",
    verb: "checkPosition (options shuffled)",
    finds: async (world, study) => {
      const items = study.items.map((item) =>
        item.name === "payer" ? { ...item, order: "shuffled" } as Item : item
      );
      const check = checkPosition(await ask({ ...study, world, items }), { items: "payer" });
      return says(check, { compared: "first slot v. other slots" });
    },
  },
  {
    world: "acquiescence",
    verb: "checkAcquiescence",
    finds: async (world, study) => {
      const pairs = [{ item: "fee", reversed: "keep_fee" }];
      const check = checkAcquiescence(await ask({ ...study, world }), { pairs });
      // Agrees with opposites, and not with nothing.
      return says(check, {}) && (check.get("statistic", 0) as number) > 0.1;
    },
  },
  {
    world: "sycophancy",
    verb: "checkSycophancy (the warning with and without the opinion)",
    finds: async (world, study) => {
      const [neutral, opinion] = [declareReadyStudy("clean", { seed: 1 }), study].map((of) =>
        textOf(of, "warning")
      );
      const treatments = declareTreatments({ neutral: neutral!, opinion: opinion! });
      const opinions = { neutral: 0, opinion: 1 } as const;
      return says(
        checkSycophancy(await ask({ ...study, ...supportOf(study), world, treatments }), {
          items: "support",
          opinions,
        }),
        {},
      );
    },
  },
  {
    world: "correct answer",
    verb: "checkCorrectAnswers (threshold 0.5)",
    finds: async (world, study) => {
      const answers = await ask({ ...study, ...supportOf(study), world });
      return says(checkCorrectAnswers(answers, { items: "support", threshold: 0.5 }), {});
    },
  },
  {
    world: "compression",
    verb: "checkDiversity (against people)",
    finds: async (world, study) => {
      const human = await people(study);
      const answers = await ask({ ...study, ...supportOf(study), world });
      return says(checkDiversity(answers, { human, items: "support" }), {});
    },
  },
  {
    world: "refusal by arm",
    verb: "checkAttrition",
    finds: async (world, study) =>
      says(checkAttrition(await ask({ ...study, world }), { outcome: "support" }), {}, "found"),
  },
  {
    world: "format failures by arm",
    verb: "estimateDrift (missing answers)",
    finds: async (world, study) => {
      const answers = await ask({ ...study, world });
      const drift = estimateDrift(answers, { controls: study.controls });
      return rowsWhere(drift, { control: "missing answers" }).some(({ verdict }) => verdict === "found");
    },
  },
  {
    world: "order effects",
    verb: "checkPosition (items shuffled)",
    finds: async (world, study) =>
      says(checkPosition(await ask({ ...study, world }), { items: "support" }), { check: "item order" }),
  },
  {
    world: "persona decay",
    verb: "estimateStability",
    finds: async (world, study) =>
      says(estimateStability(await talk(world, study)), { outcome: "half-life" }, "found"),
  },
  {
    world: "persona decay",
    verb: "estimateRecall",
    finds: async (world, study) =>
      says(estimateRecall(await talk(world, study)), { outcome: "recall" }, "found"),
  },
  {
    world: "wording sensitivity",
    verb: "estimateVarianceComponents",
    finds: async (world, study) => {
      const answers = await ask({ ...study, ...supportOf(study), world, n: 1000 });
      const components = estimateVarianceComponents(answers, { outcome: "support" });
      const wordings = (components.objects() as Row[]).filter(({ component }) =>
        String(component).startsWith("wording")
      );
      assert(wordings.length > 0);
      return wordings.some(({ conf_low }) => (conf_low as number) > 0);
    },
  },
  {
    world: "subgroup error",
    verb: "checkSubgroupErrors (against people)",
    finds: async (world, study) => {
      const human = onlyArm(await people(study), "warning");
      const answers = onlyArm(await ask({ ...study, ...supportOf(study), world, n: 1000 }), "warning");
      return says(checkSubgroupErrors(answers, { human, groups: "education", items: "support" }), {});
    },
  },
  {
    world: "memorised effect",
    verb: "checkGeneralisation (against a paraphrase)",
    finds: async (world, study) => {
      const { control, warning } = { control: textOf(study, "control"), warning: textOf(study, "warning") };
      const paraphrase = warning.replace("more lead than the law allows", "lead above the legal limit");
      const treatments = declareTreatments({ control, warning, paraphrase });
      const options = {
        outcome: "support",
        known: "warning",
        reference: "control",
        unpublished: "paraphrase",
      };
      const answers = await ask({ ...study, ...supportOf(study), world, treatments, n: 900 });
      return says(checkGeneralisation(answers, options), {});
    },
  },
];

/** The same town with nothing wrong: where a study asks more than the others, its own world at strength 0. */
const soundWorld = (name: ReadyWorldName): World =>
  name === "acquiescence" || name === "memorised effect"
    ? declareReadyStudy(name, { seed: 1, strength: 0 }).world
    : declareReadyStudy("clean", { seed: 1 }).world;

Deno.test("every ready world has a diagnosis that finds its fault", () => {
  assertEquals(new Set(diagnoses.map(({ world }) => world)), new Set(readyWorldNames));
});

for (const { world: name, verb, finds } of diagnoses) {
  const study = declareReadyStudy(name, { seed: 1 });
  if (name !== "clean") {
    Deno.test(`${verb} finds the fault of the ready world '${name}'`, async () => {
      assertEquals(await finds(study.world, study), true);
    });
  }
  Deno.test(`${verb} finds nothing where the town has no fault, asked as in '${name}'`, async () => {
    assertEquals(await finds(soundWorld(name), study), false);
  });
}
