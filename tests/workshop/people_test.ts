import { tableOf } from "@understudy/understudy";
import { planMixedSubjects } from "@understudy/understudy/calibration";
import { testWrongAnswers } from "./wrong_answers.ts";

const effect = { outcome: "accept", arm: "tram", reference: "plain", std_error: 0.49 };
const alone = tableOf([{
  ...effect,
  estimate: 0.3,
  conf_low: -0.69,
  conf_high: 1.29,
  n: 40,
  basis: "human",
}]);
const calibratedOf = (row: { n_human: number; correlation: number; estimate: number }) =>
  tableOf([{ ...effect, basis: "calibrated", lambda: 1.06, n_synthetic: 360, n_effective: 93.1, ...row }]);
const calibrated = calibratedOf({ n_human: 40, correlation: 0.77, estimate: 0.86 });

const sd = 1.55;
const mixOf = (correlation: number, halfWidth: number) => {
  const plan = planMixedSubjects({ correlation, sd, halfWidth, costHuman: 8, costPrediction: 0.01 });
  return { correlation, n_human: Number(plan.get("n_human", 0)), n_synthetic: 1770, sd, n_pilot: 40 };
};
const planOf = (halfWidth: number, correlation = 0.77) =>
  tableOf([{ at: "estimate", ...mixOf(correlation, halfWidth) }, { at: "low", ...mixOf(0.6, halfWidth) }]);
const plan = planOf(0.5);
const [atEstimate, cautious] = plan.array("n_human") as [number, number];

const author = {
  population: "The residents of a town that is made up.",
  humanSample: "Forty of them, drawn by chance.",
  controls: "None was asked, so drift is not excluded.",
};

testWrongAnswers([
  {
    mistake: "the answers of people are not said to be people's",
    id: "6.1",
    values: [alone.assign({ basis: ["synthetic"] }), ["model_c"]],
    says: "only you know it",
    hides: ["model_c"],
  },
  {
    mistake: "a model is thought refuted as its estimate is another",
    id: "6.1",
    values: [alone, ["model_a", "model_c"]],
    says: "do not speak against one of these",
    hides: ["model_a", "model_c"],
  },
  {
    mistake: "a wide interval is thought to refute nothing",
    id: "6.1",
    values: [alone, []],
    says: "a model that you left out",
    hides: ["model_c"],
  },
  {
    mistake: "personas are counted as people",
    id: "6.2",
    values: [calibrated, 400],
    says: "how many personas there are",
    hides: ["93", "n_effective"],
  },
  {
    mistake: "only what the model adds is counted",
    id: "6.2",
    values: [calibrated, 53.1],
    says: "beyond the forty",
    hides: ["93"],
  },
  {
    mistake: "people and model have changed places",
    id: "6.2",
    values: [calibratedOf({ n_human: 360, correlation: 0.77, estimate: 0.86 }), 93],
    says: "People come first",
    hides: ["93"],
  },
  {
    mistake: "the model with the wrong sign is thought useless",
    id: "6.3",
    values: [["model_a"], "correlation"],
    says: "Another model",
    hides: ["model_c"],
  },
  {
    mistake: "the model with the right effect is thought helpful",
    id: "6.3",
    values: [["model_a", "model_b"], "estimate"],
    says: "as long as that of people alone",
    hides: ["model_b", "model_c", "correlation"],
  },
  {
    mistake: "the model's own effect is thought to decide",
    id: "6.3",
    values: [["model_a", "model_c"], "estimate"],
    says: "in another order",
    hides: ["correlation"],
  },
  {
    mistake: "the pilot's correlation is taken for the true one",
    id: "6.4",
    values: [plan, atEstimate],
    says: "on the safe side",
    hides: [String(cautious)],
  },
  {
    mistake: "personas are handed over for people",
    id: "6.4",
    values: [plan, 1770],
    says: "So many personas",
    hides: [String(cautious)],
  },
  {
    mistake: "the target is another",
    id: "6.4",
    values: [planOf(1), 30],
    says: "The target or the costs",
    hides: [String(cautious)],
  },
  {
    mistake: "the plan is that of the useless model",
    id: "6.4",
    values: [planOf(0.5, 0.03), cautious],
    says: "the predictions of model_a",
    hides: [],
  },
  {
    mistake: "a calibrated interval is taken for a claim too many",
    id: "6.5",
    values: [["b", "c", "e"], author],
    says: "no more than the tables do",
    hides: ['"b"', '"c"'],
  },
  {
    mistake: "one question is taken for all questions",
    id: "6.5",
    values: [["c"], author],
    says: "about which question",
    hides: ['"e"'],
  },
  {
    mistake: "an open question is waved away",
    id: "6.5",
    values: [["c", "e"], { ...author, controls: "N/A" }],
    says: "too little for a reader",
    hides: [],
  },
]);
