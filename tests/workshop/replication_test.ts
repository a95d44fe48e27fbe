import { compareEffects, tableOf } from "@understudy/understudy";
import { declareHospitalWater } from "@understudy/understudy/workshop";
import { testWrongAnswers } from "./wrong_answers.ts";

const { printed, people } = declareHospitalWater();
const parts = Object.keys(printed) as (keyof typeof printed)[];
const adapted: { readonly [part: string]: string } = {
  instruction: "Please read the following.",
  question: "Which plan should the doctors follow?",
  thanks: "",
};

/** A log of these parts, with what is sent in place of what is printed, and which of it is said to be adapted. */
function logOf(kept: readonly (keyof typeof printed)[], sent: typeof adapted, marked = Object.keys(sent)) {
  return tableOf({
    human_text: kept.map((part) => printed[part]),
    llm_text: kept.map((part) => sent[part] ?? printed[part]),
    is_adapted: kept.map((part) => marked.includes(part)),
  });
}

const effectOf = (outcome: string, [arm, reference]: [string, string], estimate: number) =>
  tableOf([{
    outcome,
    arm,
    reference,
    estimate,
    std_error: 0.05,
    conf_low: -0.68,
    conf_high: -0.48,
    n: 240,
  }]);

const estimates = tableOf({
  configuration: ["base", "wording: 2", "wording: 3"],
  wording: [1, 2, 3],
  estimate: [-0.59, -0.54, 0.07],
  std_error: [0.05, 0.05, 0.05],
  conf_low: [-0.68, -0.63, -0.02],
  conf_high: [-0.48, -0.43, 0.17],
});
const compared = compareEffects(people, estimates, { by: "wording" });

testWrongAnswers([
  {
    mistake: "a printed text that no model needs is missing",
    id: "7.1",
    values: [logOf(parts.slice(0, -1), { ...adapted })],
    says: "no row for the printed text `thanks`",
    hides: ["Which plan should the doctors follow?"],
  },
  {
    mistake: "a text is changed and not marked",
    id: "7.1",
    values: [logOf(parts, adapted, ["question", "thanks"])],
    says: "the log does not say so",
    hides: ["instruction"],
  },
  {
    mistake: "the experiment itself was reworded",
    id: "7.1",
    values: [logOf(parts, { ...adapted, scenario: "There are germs in the water." })],
    says: "The text `scenario` was changed",
    hides: [printed.scenario],
  },
  {
    mistake: "the model is told to turn the page",
    id: "7.1",
    values: [logOf(parts, { question: adapted.question!, thanks: "" })],
    says: "that it cannot do",
    hides: ["instruction"],
  },
  {
    mistake: "the effects on both plans are handed over",
    id: "7.2",
    values: [effectOf("plan = plan B", ["loss", "gain"], 0.59), true],
    says: "plan A alone",
    hides: ["-0.59"],
  },
  {
    mistake: "the effect is measured from the other arm",
    id: "7.2",
    values: [effectOf("plan = plan A", ["gain", "loss"], 0.59), false],
    says: "from the other arm",
    hides: ["-0.59"],
  },
  {
    mistake: "a share that falls is not seen as a negative effect",
    id: "7.2",
    values: [effectOf("plan = plan A", ["loss", "gain"], -0.59), false],
    says: "same side of 0",
    hides: ["true"],
  },
  {
    mistake: "an interval that holds 0 is counted",
    id: "7.3",
    values: [estimates, [1, 2, 3]],
    says: "the interval holds 0",
    hides: ["wording 3", "[1, 2]"],
  },
  {
    mistake: "only the base wording is looked at",
    id: "7.3",
    values: [estimates, [1]],
    says: "In another wording",
    hides: ["[1, 2]"],
  },
  {
    mistake: "wordings are given as texts",
    id: "7.3",
    values: [estimates, ["1", "2"]],
    says: "without quotation marks",
    hides: ["[1, 2]"],
  },
  {
    mistake: "agreement in sign is taken for agreement",
    id: "7.4",
    values: [compared, [3], estimates],
    says: "Too large is as wrong as too small",
    hides: ["[1, 3]"],
  },
  {
    mistake: "a wording in which people and model agree is listed",
    id: "7.4",
    values: [compared, [1, 2, 3], estimates],
    says: "people's interval holds what the model shows",
    hides: ["[1, 3]", "wording 2"],
  },
  {
    mistake: "one wording was compared alone",
    id: "7.4",
    values: [
      compareEffects(people.slice(0, 2), estimates.slice(0, 2), { by: "wording" }),
      [1, 3],
      estimates,
    ],
    says: "do not meet in three contrasts",
    hides: [],
  },
  {
    mistake: "the effect of people is said to be replicated",
    id: "7.5",
    values: [["a", "b", "c", "d"]],
    says: "1 of 3 points",
    hides: ['"a"', '"b"'],
  },
  {
    mistake: "a control that stood still is read as the same people",
    id: "7.5",
    values: [["a", "e"]],
    says: "is one question",
    hides: ['"e"', '"c"'],
  },
  {
    mistake: "modesty leaves out what was shown",
    id: "7.5",
    values: [["d"]],
    says: "less than you have",
    hides: ['"a"', '"c"'],
  },
]);
