import { tableOf } from "@understudy/understudy";
import { testWrongAnswers } from "./wrong_answers.ts";

const [candidates, steer, judge] = [["home", "leaning"], ["news_source", "garden"], ["watch", "repaired"]];
const controls = [...steer, ...judge, "instrument"];

/** What a repair of ben records where home is stated first, and then leaning; cut to what the checks read. */
const iterations = tableOf({
  iteration: [0, 1, 2],
  attributes: ["", "home", "home, leaning"],
  estimate: [1.42, 1.57, 0.35],
  conf_low: [1.24, 1.4, 0.16],
  conf_high: [1.6, 1.74, 0.55],
  widened_low: [0.81, 0.85, 0.01],
  widened_high: [2.03, 2.28, 0.7],
  verdict: ["found", "found", "within margin"],
});

function repairOf(asked: readonly string[], margin: number, first: number) {
  return {
    iterations,
    drift: tableOf({
      iteration: asked.map(() => 0),
      control: [...asked],
      role: asked.map((name) => steer.includes(name) ? "steer" : "judge"),
      statistic: asked.map(() => first),
      margin: asked.map(() => margin),
      verdict: asked.map(() => "found"),
    }),
  };
}

const repair = repairOf(controls, 0.12, 0.26);
const driftOf = (margin: number, n: number) =>
  tableOf({
    control: controls,
    margin: controls.map(() => margin),
    n: controls.map(() => n),
    verdict: controls.map(() => "not found"),
  });

testWrongAnswers([
  {
    mistake: "what the news has done is stated",
    id: "5.1",
    values: [[...candidates, "worry"], steer, judge],
    says: "answered after the news",
    hides: ["worry", "leaning"],
  },
  {
    mistake: "the model is told what is compared",
    id: "5.1",
    values: [[...candidates, "both_news"], steer, judge],
    says: "tells the model what is compared",
    hides: ["leaning", "home"],
  },
  {
    mistake: "a control steers and judges",
    id: "5.1",
    values: [candidates, steer, [...judge, "garden"]],
    says: "A control steers and judges",
    hides: ["garden"],
  },
  {
    mistake: "nothing about wealth can judge",
    id: "5.1",
    values: [candidates, [...steer, "repaired"], ["watch"]],
    says: "none judges",
    hides: ["garden", "repaired"],
  },
  {
    mistake: "the useless attribute is thought to have helped",
    id: "5.2",
    values: [repair, candidates],
    says: "by chance",
    hides: ["home", "leaning"],
  },
  {
    mistake: "the margin is another",
    id: "5.2",
    values: [repairOf(controls, 0.2, 0.26), ["leaning"]],
    says: "A margin that follows from the data is none",
    hides: ["leaning"],
  },
  {
    mistake: "there is no judge",
    id: "5.2",
    values: [repairOf(steer, 0.12, 0.26), ["leaning"]],
    says: "does not look at `watch`",
    hides: ["leaning"],
  },
  {
    mistake: "it is the repair of another model",
    id: "5.2",
    values: [repairOf(controls, 0.12, 0.03), ["home"]],
    says: "the model that is called ben",
    hides: ["leaning"],
  },
  {
    mistake: "not found is taken for shown",
    id: "5.3",
    values: [driftOf(0.12, 120), controls, controls],
    says: "so few personas find little",
    hides: ["none", "[]"],
  },
  {
    mistake: "the small study was looked at without a margin",
    id: "5.3",
    values: [driftOf(NaN, 120), [], controls],
    says: "without the margin",
    hides: ["instrument"],
  },
  {
    mistake: "only the steering controls of the repair are listed",
    id: "5.3",
    values: [driftOf(0.12, 120), [], steer],
    says: "of both roles",
    hides: ["watch", "repaired"],
  },
  {
    mistake: "the step is the one that is nearest to a published effect",
    id: "5.4",
    values: [repair, 0, [0.81, 2.03]],
    says: "whatever the truth is",
    hides: ["2", "0.35"],
  },
  {
    mistake: "the step is the one with the largest effect",
    id: "5.4",
    values: [repair, 1, [0.85, 2.28]],
    says: "whatever the truth is",
    hides: ["2", "0.35"],
  },
  {
    mistake: "the interval takes what is left for nothing",
    id: "5.4",
    values: [repair, 2, [0.16, 0.55]],
    says: "Less than the margin is not nothing",
    hides: ["0.01", "0.7", "widened"],
  },
  {
    mistake: "the bias is truth minus estimate",
    id: "5.5",
    values: [-0.93, ["b", "c"]],
    says: "The sign",
    hides: ["0.9"],
  },
  {
    mistake: "within margin is read as the same people",
    id: "5.5",
    values: [0.93, ["a", "b", "c"]],
    says: "refuted by dora",
    hides: ['"b"', '"c"'],
  },
  {
    mistake: "more personas are thought to cure a bias",
    id: "5.5",
    values: [0.93, ["b", "c", "e"]],
    says: "takes a bias for chance",
    hides: ['"b"', '"e"'],
  },
]);
