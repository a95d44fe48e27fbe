import {
  assignTreatments,
  declareDesign,
  estimateDrift,
  estimateEffects,
  planExperiment,
  runExperiment,
  samplePersonas,
  worldTruth,
} from "@understudy/understudy";
import { declareNightStreets } from "@understudy/understudy/workshop";
import { testWrongAnswers } from "./wrong_answers.ts";

const { population, treatments, items, models, worlds } = declareNightStreets();
const stated = ["age_group", "district"];
const design = declareDesign({ treatments, items, stated, blocks: "age_group", reference: "festival" });
const personas = samplePersonas(population, { n: 600, weights: "share", seed: 1 });
const plan = planExperiment(assignTreatments(personas, design, { seed: 2 }), design, { seed: 5 });
const [ben, cleo] = [await runExperiment(plan, models.ben), await runExperiment(plan, models.cleo)];

const pastFacts = ["news_source", "garden", "instrument"];
const drift = estimateDrift(ben, { controls: pastFacts, seed: 4 });
const naive = estimateEffects(ben, { outcome: "cameras" });
const estimate = Number(naive.get("estimate", 0));
const compared = { outcome: "cameras", stimulus: "burglaries", reference: "festival" } as const;
const truth = Number(worldTruth(worlds.ben, compared).get("value", 0));

testWrongAnswers([
  {
    mistake: "worry is taken for a control",
    id: "4.1",
    values: [[...pastFacts, "worry"]],
    says: "may change the answer",
    hides: ["worry", "instrument"],
  },
  {
    mistake: "the outcome is taken for a control",
    id: "4.1",
    values: [["cameras", ...pastFacts]],
    says: "the outcome",
    hides: ["instrument", "garden"],
  },
  {
    mistake: "one control is thought to be enough",
    id: "4.1",
    values: [["news_source"]],
    says: "another question",
    hides: ["instrument", "garden"],
  },
  {
    mistake: "what the news can change stands among the controls",
    id: "4.2",
    values: [estimateDrift(ben, { controls: ["news_source", "worry"], seed: 4 }), ["news_source", "worry"]],
    says: "`worry`, which the news can change",
    hides: ["news_source"],
  },
  {
    mistake: "every distance above 0 is taken for drift",
    id: "4.2",
    values: [drift, pastFacts],
    says: "Two groups always differ a little",
    hides: ["news_source"],
  },
  {
    mistake: "the answers are those of another model",
    id: "4.2",
    values: [estimateDrift(cleo, { controls: pastFacts, seed: 4 }), ["garden"]],
    says: "the model that is called ben",
    hides: ["news_source"],
  },
  {
    mistake: "the bias is truth minus estimate",
    id: "4.3",
    values: [naive, truth - estimate],
    says: "The sign",
    hides: ["1.04", "1.05"],
  },
  {
    mistake: "the bias is a ratio",
    id: "4.3",
    values: [naive, estimate / truth],
    says: "a difference",
    hides: ["1.04", "1.05"],
  },
  {
    mistake: "the effect is that on worry",
    id: "4.3",
    values: [estimateEffects(ben, { outcome: "worry" }), 1],
    says: "no effect on `cameras`",
    hides: ["1.04", "1.05"],
  },
  {
    mistake: "the model of the example is the only one named",
    id: "4.4",
    values: [["ben"]],
    says: "One more model",
    hides: ["cleo", "ann"],
  },
  {
    mistake: "all models are suspected",
    id: "4.4",
    values: [["ann", "ben", "cleo"]],
    says: "no control speaks of drift",
    hides: ["cleo", "ann"],
  },
  {
    mistake: "a model is named that is none",
    id: "4.4",
    values: [["Ben"]],
    says: "no model",
    hides: ["cleo drifts"],
  },
  {
    mistake: "not found is read as shown to be absent",
    id: "4.5",
    values: [["a", "b"]],
    says: "more than controls that stood still can show",
    hides: ['"d"'],
  },
  {
    mistake: "the effect is taken to be people's",
    id: "4.5",
    values: [["b", "c", "d"]],
    says: "about people",
    hides: ['"b"'],
  },
  {
    mistake: "only one of two statements is listed",
    id: "4.5",
    values: [["b"]],
    says: "Another of these statements",
    hides: ['"d"'],
  },
]);
