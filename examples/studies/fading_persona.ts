/**
 * How long does a persona stay who it is in an interview, and what becomes of an effect that is measured at its end?
 *
 *     deno run -A examples/studies/fading_persona.ts                                      # a world answers
 *     deno run -A examples/studies/fading_persona.ts http://localhost:11434/v1 llama3.2    # a model does
 *
 * Source: Li et al. 2024, Measuring and Controlling Instruction (In)Stability in Language Model Dialogs, arXiv 2402.10962;
 * Taubenfeld et al. 2024, Systematic Biases in LLM Simulations of Debates, arXiv 2402.04049, for the direction.
 * Faithful: probes on branches that the dialogue never sees, after every line; the same probes without a persona, to which
 * answers decay; scored by a deterministic judge; the distance to the model's own view, turn by turn.
 * Not: what is probed is what the persona's text states, and not whether instructions are followed; the interviewer is a
 * guide of six questions and not a second model; a treatment is told before.
 *
 * @module
 */
import {
  assignTreatments,
  columnOf,
  declareDesign,
  estimateEffects,
  estimateRecall,
  estimateStability,
  planExperiment,
  samplePersonas,
  simulatedRespondent,
  type Table,
  tableOf,
  worldTruth,
} from "@understudy/understudy";
import { estimateDirection } from "@understudy/understudy/drift";
import {
  ask,
  declareProtocol,
  lines,
  probe,
  rounds,
  say,
  script,
  tell,
  treatment,
} from "@understudy/understudy/protocols";
import { declareReadyStudy } from "@understudy/understudy/worlds";
import { isRehearsal, respondentOr, runPlan, showEffects, showPlan } from "./study.ts";

// A town that reads a report on lead in its water. Its respondent forgets all that was stated with probability
// 1 − exp(−rate · t) after t replies; then a young owner with a degree answers, who answers also where nothing is stated.
const study = declareReadyStudy("persona decay", { seed: 1 });
const { world, treatments, stated, probes, population } = study;
const { rate, default: fallback } = world.behaviour.decay!;
// A world finds the question in brackets; a model understands it without.
const guide = study.script.map((line) => isRehearsal ? line : line.replace(/ \[\w+\]$/, ""));
const support = study.items.filter(({ name }) => name === "support");
const protocol = declareProtocol({
  roles: { subject: "", interviewer: script(lines(guide)) },
  steps: [
    probe(probes, { persona: false, times: 20, name: "default" }),
    probe(probes, { times: 2, name: "before" }),
    tell(treatment()),
    rounds(guide.length, [say({ by: "interviewer" }), say({ by: "subject" }), probe(probes)]),
    ask(support),
  ],
});
const design = declareDesign({ treatments, protocol, stated, reference: "control" });
const personas = samplePersonas(population, { n: isRehearsal ? 160 : 20, weights: "share", seed: 2 });
const plan = planExperiment(assignTreatments(personas, design, { seed: 3 }), design, { seed: 4 });
await showPlan(plan);
const first = columnOf(personas, "persona_id")[0] as string;
const answers = await runPlan(plan, respondentOr(simulatedRespondent(world)), "fading_persona", first);

// What the declaration implies. A share of the answers is remembered; of the others some are alike by chance.
const turns = guide.length;
const all = Array.from({ length: turns + 1 }, (_, turn) => ({ turn, remembered: Math.exp(-rate * turn) }));
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const alike = mean(probes.map(({ name }) => {
  const asked = { what: "shares", outcome: name, category: fallback[name]!, stimulus: "control" } as const;
  return worldTruth(world, asked).get("value", 0) as number;
}));
const recalled = alike + (1 - alike) * all[turns]!.remembered;
// The distance to the default is 1 where an answer is remembered and not alike: its slope over turns, by least squares.
const slope = (1 - alike) * mean(all.map(({ turn, remembered }) => (turn - turns / 2) * remembered)) /
  mean(all.map(({ turn }) => (turn - turns / 2) ** 2));
const [effect, naive] = (["effect", "naive effect"] as const).map((what) =>
  worldTruth(world, { ...study.contrast, what, turns, itemOrder: ["support"] }).get("value", 0) as number
);

const arms = treatments.arms.map(({ name }) => name);
type Row = { readonly [column: string]: unknown };
const rowsOf = (table: Table, outcome: string) => {
  const rows = (table.objects() as Row[]).filter((row) => row.reference === "" && row.item === "");
  return arms.map((arm) => rows.find((row) => row.outcome === outcome && row.arm === arm)!);
};
const seed = 5;
const last = answers.filter("d => d.kind === 'answer'") as Table;
const estimates: Row[] = [
  ...rowsOf(estimateStability(answers, { seed, bootstraps: 500 }), "decay rate"),
  ...rowsOf(estimateRecall(answers, { seed }), "recall"),
  ...rowsOf(estimateDirection(answers, { seed }), "change per turn"),
  ...estimateEffects(last, { outcome: "support" }).objects() as Row[],
];
const inEach = (what: string, truth: number) => arms.map((arm) => [`${what}, ${arm}`, truth] as const);
await showEffects(
  tableOf(estimates),
  Object.fromEntries([
    ...inEach("decay rate", rate),
    ...inEach("recall at the end", recalled),
    ...inEach("distance to the default, a turn", slope),
    ["warning on support at the end", naive!],
  ]),
  `a fact is forgotten at a rate of ${rate} a reply. The report moves people by ${
    effect!.toFixed(2)
  }, and whoever answers ` +
    `at the end by ${naive!.toFixed(2)}.`,
);
