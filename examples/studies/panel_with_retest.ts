/**
 * A panel of digital twins: how close do they come to their persons, and each of them to itself when asked again?
 *
 *     deno run -A examples/studies/panel_with_retest.ts                                          # a world answers
 *     deno run -A examples/studies/panel_with_retest.ts http://localhost:11434/v1 llama3.2        # a model
 *
 * Source: Toubia, Gui, Peng, Merlau, Li and Chen 2025, Twin-2K-500, arXiv 2505.17479.
 * Faithful: twins are told what their persons answered to other questions, and are asked what these answered in one wave and
 * again in a later one; people's own agreement between waves stands beside the twins' accuracy, and so do personas who know
 * nothing of the person.
 * Not: one answer is told and two are held out, where the source has hundreds; the people are made up; the twins, too, are
 * asked again, in a conversation that knows nothing of the first.
 *
 * @module
 */
import {
  assignTreatments,
  choice,
  declareDesign,
  declareTreatments,
  declareWorld,
  likert,
  planBaselines,
  planExperiment,
  runExperiment,
  samplePersonas,
  scoreFidelity,
  simulatedRespondent,
  type Table,
  tableOf,
  worldPeople,
} from "@understudy/understudy";
import { describeTwins } from "@understudy/understudy/formats";
import { show } from "@understudy/understudy/kernel";
import { ask, declareProtocol, tell, treatment } from "@understudy/understudy/protocols";
import { askPlan, respondentOr, runPlan, showEffects, showPlan } from "./study.ts";

const trust = choice("trust", "Do you trust most people?", ["yes", "no"]);
const scale = { points: 11, from: 0 } as const;
const items = [
  likert("tax", "How much should the rich pay, from 0 for less to 10 for far more?", scale),
  likert("army", "How large should the army be, from 0 for none to 10 for far larger?", scale),
];
// Answers depend on trust and, as much, on calm, of which nobody asked people; and as much again on the day.
const lean = (by: number) => {
  const effects = { trust: { yes: by, no: -by }, calm: { yes: by, no: -by } };
  return { kind: "scale", range: [0, 10], intercept: 5, sd: 1, effects } as const;
};
const world = declareWorld({
  name: "panel",
  seed: 1,
  attributes: { trust: { shares: { yes: 0.5, no: 0.5 } }, calm: { shares: { yes: 0.5, no: 0.5 } } },
  phrases: { trust: { yes: "most people? You answered: yes", no: "most people? You answered: no" } },
  items: { tax: lean(1), army: lean(-1) },
});

const design = declareDesign({
  treatments: declareTreatments({
    wave_1: "It is the first week of March.",
    wave_2: "It is the last week of April.",
  }),
  protocol: declareProtocol({ steps: [tell(treatment()), ask(items)] }),
  stated: ["persona_text"],
  subjects: "within",
});
const wave = (answers: Table, number: 1 | 2) =>
  answers.filter(`d => d.arm === 'wave_${number}'`).select("persona_id", "item", "value") as Table;

// People: all that matters is true of them, whether or not anybody asks.
const people = samplePersonas(worldPeople(world), { n: 300, weights: "share", seed: 1 });
const own = { ...design, stated: ["trust", "calm"] };
const surveyed = await runExperiment(
  planExperiment(assignTreatments(people, own, { seed: 2 }), own, { seed: 3 }),
  simulatedRespondent(world),
);
// Twins: all that is known of a person is what it answered.
const twins = describeTwins(people, { questions: [trust, ...items], asked: items });
const assigned = assignTreatments(twins, design, { seed: 4 });
const plan = planExperiment(assigned, design, { seed: 5 });
await showPlan(plan);
const respondent = respondentOr(simulatedRespondent(world));
const answers = await runPlan(plan, respondent, "panel_with_retest", "p001");
const first = assigned.filter("d => d.arm === 'wave_1'") as Table;
const { empty, random } = planBaselines(first, design, { population: "people", perArm: 300, seed: 5 });
await show("BASELINES: personas who know nothing, and who are told of somebody else, are 600 calls more.");
const baselines = {
  empty: wave(await askPlan(empty, respondent, "panel_with_retest"), 1),
  random: wave(await askPlan(random, respondent, "panel_with_retest"), 1),
  retest: wave(surveyed, 2),
};

type Row = { readonly [column: string]: unknown };
const measures = ["accuracy", "correlation", "SD ratio"];
const scored = (human: Table, twin: Table, baselines: { readonly [baseline: string]: Table } = {}) =>
  (scoreFidelity(human, twin, { scale: [0, 10], baselines }).objects() as Row[])
    .filter(({ item, measure, estimate }) =>
      item !== "all items" && measures.includes(String(measure)) && Number.isFinite(estimate)
    );
const scores = [
  ...scored(wave(surveyed, 1), wave(answers, 1), baselines),
  ...scored(wave(answers, 1), wave(answers, 2)).map((row): Row => ({ ...row, source: "twin retest" })),
];
await show(
  "SCORES: twins, baselines and people asked again beside the people; twins asked again beside themselves",
  tableOf(scores.map(({ item, source, measure, estimate, conf_low, conf_high, n }) => (
    { item, source, measure, estimate, conf_low, conf_high, n }
  ))),
);
// Trust and calm have variance 1 each, the day 1, and rounding 1/12.
const truths: { readonly [source: string]: number } = {
  "twin": 1 / (3 + 1 / 12),
  "empty persona": 0,
  "random persona": 0,
  "human retest": 2 / (3 + 1 / 12),
  "twin retest": 1 / (3 + 1 / 12),
};
const correlations = scores.filter(({ measure }) => measure === "correlation");
await showEffects(
  tableOf(correlations.map((row) => ({ ...row, df: NaN }))),
  Object.fromEntries(correlations.map(({ item, source }) => [`${item}, ${source}`, truths[String(source)]!])),
  "a person keeps trust and calm from wave to wave, a twin only the trust that it is told.",
);
