/**
 * One study in every configuration that would have been as good: how much of its result hangs on choices that nobody would
 * have questioned? Two models, three statements of the personas, two ways to say them, two ways to ask.
 *
 *     deno run -A examples/multiverse.ts
 *
 * Simulated respondents answer; for real ones, put `openAiRespondent({ model: "…" })` in their places.
 *
 * @module
 */
import {
  assignTreatments,
  declareDesign,
  estimateEffects,
  memoryStore,
  planMultiverse,
  plotSpecifications,
  runExperiment,
  samplePersonas,
  simulatedRespondent,
  type Table,
  tableOf,
  writeChecklist,
  writeTable,
} from "@understudy/understudy";
import { show } from "@understudy/understudy/kernel";
import { composeChecklist, describeColumns } from "@understudy/understudy/report";
import { declareReadyStudy } from "@understudy/understudy/worlds";
import { fileURLToPath } from "node:url";

const path = (name: string) => fileURLToPath(new URL(`../out/${name}`, import.meta.url));
await Deno.mkdir(path(""), { recursive: true });

// A report on lead in a town's water: does it raise support for new pipes? One model imagines other people where it is told
// little of them (its answers drift), the other does not.
const { world, population, treatments, items, stated, outcome } = declareReadyStudy("user drift", {
  seed: 1,
});
const steady = declareReadyStudy("clean", { seed: 1 });
const design = declareDesign({ treatments, items, stated });
const personas = samplePersonas(population, { n: 80, weights: "share", seed: 2 });
const assigned = assignTreatments(personas, design, { seed: 3 });

// The first alternative of each choice is the base configuration, which is chosen before anything is seen.
const multiverse = planMultiverse(assigned, design, {
  seed: 4,
  choices: {
    model: { drifting: simulatedRespondent(world), steady: simulatedRespondent(steady.world) },
    stated: { "age, education, housing": stated, "and ideology": [...stated, "ideology"], nothing: [] },
    persona: { "you are": {}, "as a list": { person: "list" } },
    ask: ["together", "apart"],
  },
});
const calls = multiverse.configurations.array("calls") as number[];
await show(`${calls.length} configurations, ${calls.reduce((sum, each) => sum + each, 0)} calls.`);

// For a real model sqliteStore(path("multiverse.db")), which keeps what was paid for.
const store = memoryStore();
const estimates: object[] = [];
let ofBase: Table | undefined;
for (const { configuration, plan, respondent } of multiverse.runs) {
  const answers = await runExperiment(plan, respondent, { store });
  if (["base", "model: steady"].includes(configuration)) ofBase = ofBase?.concat(answers) as Table ?? answers;
  estimates.push(
    ...estimateEffects(answers, { outcome }).objects().map((row) => ({ configuration, ...row })),
  );
}
const specifications = { configurations: multiverse.configurations, estimates: tableOf(estimates as never) };
const figure = plotSpecifications(specifications, { unit: `effect on ${outcome}` });
await show(figure);
await Deno.writeTextFile(path("multiverse.svg"), figure.svg);

// What is reported: both models as the base asks them, and that this was one of so many configurations.
const checklist = await composeChecklist({
  plan: multiverse.runs[0]!.plan,
  answers: ofBase!,
  replies: await store.list(),
  specifications,
  author: {
    population: "a made-up town",
    personalData: "N/A: the persons are made up",
    funding: "N/A: nothing was paid",
    quantisation: "N/A: worlds have no weights",
  },
});
await store.close();
await writeChecklist(path("multiverse_checklist.html"), checklist);
const { configurations, estimates: effects } = specifications;
await writeTable(
  describeColumns({ answers: ofBase!, configurations, effects }, design),
  path("multiverse_codebook.csv"),
);
await show(
  `The checklist has ${checklist.open} open questions; it is in ${path("multiverse_checklist.html")}.`,
);
