import { columnOf } from "@understudy/understudy/core";
import { worldTruth } from "@understudy/understudy/worlds";
import {
  answeredEffect,
  answeredNames,
  answeredNumber,
  answeredTable,
  type ExerciseTasks,
  expect,
  isNear,
} from "../answers.ts";
import { declareNightStreets } from "../worlds/night_streets.ts";

const { worlds, items } = declareNightStreets();
const questions = items.map(({ name }) => name);
const pastFacts = ["garden", "instrument", "news_source"];
const comparison = { outcome: "cameras", arm: "burglaries", reference: "festival" } as const;

const valueOf = (name: keyof typeof worlds, what: "effect" | "naive effect") =>
  worldTruth(worlds[name], { what, outcome: "cameras", stimulus: "burglaries", reference: "festival" })
    .get("value", 0) as number;
const truth = valueOf("ben", "effect");

function checkControls(value: unknown) {
  const names = answeredNames(value, "controls");
  expect(
    names.every((name) => questions.includes(name)),
    "`controls` has a name that is no question of this survey.",
    `The questions are ${questions.join(", ")}.`,
  );
  expect(
    !names.includes("cameras"),
    "One of these is the outcome: what the news is meant to change.",
    "A negative control is a question whose answer the news cannot change.",
  );
  expect(
    names.every((name) => pastFacts.includes(name)),
    "The news of last night may change the answer to one of these, in the same person.",
    "For each question, imagine somebody who hears of burglaries: can his or her true answer be another one than yesterday?",
  );
  expect(
    names.length === pastFacts.length,
    "There is another question whose answer no news can change.",
    "Look for what was settled before last night: in the past year, or in childhood.",
  );
  return {
    message: "Three facts about the past. Nothing that happened last night reaches back to them.",
    next: "They hang on different things. Which of them would tell you about politics, which about wealth?",
  };
}

function checkDrift(value: unknown, moved: unknown) {
  const table = answeredTable(value, "drift", ["control", "statistic", "null_high", "p_adjusted", "verdict"]);
  const controls = columnOf<string>(table, "control");
  const foreign = controls.filter((name) => questions.includes(name) && !pastFacts.includes(name));
  expect(
    foreign.length === 0,
    `\`drift\` has a row for \`${foreign[0]}\`, which the news can change.`,
    "That it differs says nothing about who was imagined. Take the controls of task 1.",
  );
  expect(
    pastFacts.every((name) => controls.includes(name)),
    "`drift` does not look at all the controls.",
    "Hand over the whole list of task 1 as `controls`.",
  );
  const verdicts = columnOf<string>(table, "verdict");
  const found = controls.filter((_, row) => verdicts[row] === "found");
  expect(
    found.includes("news_source") && !found.includes("garden"),
    "These are not the answers of the model that is called ben.",
    "Estimate the drift from `benAnswers`.",
  );
  const names = answeredNames(moved, "moved");
  expect(
    names.every((name) => found.includes(name)),
    "`moved` names a control whose verdict is not `found`.",
    "Two groups always differ a little. Compare `statistic` with `null_high`, the distance that chance alone reaches once in twenty times.",
  );
  expect(
    names.length === found.length,
    "`moved` leaves out a control whose verdict is `found`.",
    "Read the column verdict, row by row.",
  );
  return {
    message:
      "The news of last night has changed where people got their news last year. No news can: these are other people.",
    next:
      "Who reads what hangs on politics. So which kind of person does the model imagine when it reads of burglaries?",
  };
}

function checkBias(value: unknown, bias: unknown) {
  const { estimate, std_error } = answeredEffect(value, "naive", comparison);
  expect(
    isNear(estimate, valueOf("ben", "naive effect"), 4 * std_error),
    "This is not the effect that the model called ben shows.",
    "Estimate it from `benAnswers`, with the outcome `cameras`.",
  );
  const answered = answeredNumber(bias, "bias");
  expect(
    !isNear(answered, truth - estimate, 0.02),
    "The sign is the other way round.",
    "A bias is positive where the estimate is too large: estimate minus truth.",
  );
  expect(
    !isNear(answered, estimate / truth, 0.02),
    "That is how many times too large the estimate is.",
    "A bias is a difference, in points of the scale.",
  );
  expect(
    isNear(answered, estimate - truth, 0.02),
    "`bias` is not the estimate minus the truth.",
    'The truth stands in the column value: worldTruth(…).get("value", 0); the estimate in naive.get("estimate", 0).',
  );
  return {
    message: `More than half of what looked like an effect is not one. The news did ${
      truth.toFixed(1)
    } points; other people did the rest.`,
    next:
      "The interval of the naive estimate is narrow, and leaves the truth far outside. Which assumption failed?",
  };
}

const models = ["ann", "ben", "cleo"];
const drifting = ["ben", "cleo"];

function checkModels(value: unknown) {
  const names = answeredNames(value, "drifting");
  expect(
    names.every((name) => models.includes(name)),
    "`drifting` has a name that is no model.",
    `The models are ${models.map((name) => `"${name}"`).join(", ")}.`,
  );
  expect(
    names.length > 0,
    "You have already found one that drifts, in task 2.",
    "Then do the same with the answers of the other two.",
  );
  expect(
    names.every((name) => drifting.includes(name)),
    "For one of these models, no control speaks of drift.",
    "A large effect, or an odd one, is no drift. Only a control that moved is: read the verdicts of each model.",
  );
  expect(
    names.length === drifting.length,
    "One more model imagines other people in the two arms.",
    "Look at all three controls of each model. What one does not see, another may: they hang on different things.",
  );
  return {
    message:
      "Two models drift, and no single control found both. One imagines other politics, the other richer people; both show an effect that is far too large.",
    next:
      "Had you asked about the news alone, one of them would have passed. What else should you ask about, in a study of your own?",
  };
}

const statements = ["a", "b", "c", "d"];
const licensed = ["b", "d"];

function checkConclusion(value: unknown) {
  const letters = answeredNames(value, "licensed");
  expect(
    letters.every((letter) => statements.includes(letter)),
    "`licensed` has a letter that is not on the list.",
    'It is a list of letters in quotation marks, such as ["a", "c"].',
  );
  expect(
    letters.every((letter) => licensed.includes(letter)),
    "One of these claims more than controls that stood still can show.",
    "Absence of evidence: the controls saw what they hang on, with so many personas. And none of them is about people.",
  );
  expect(
    letters.length === licensed.length,
    "Another of these statements follows, too.",
    "Read the remaining ones again: which of them says only what was seen, or what might yet be seen?",
  );
  return {
    message:
      "`not found` is a statement about these controls and this many personas; `conf_high` says how much they could miss.",
    next: "Exercise 5 asks what can be done where drift was found, and when a repair may call itself one.",
  };
}

/** Exercise 4: whether the people were the same in both arms. */
export const driftTasks: ExerciseTasks = {
  "4.1": { title: "negative controls", takes: ["controls"], points: 2, check: checkControls },
  "4.2": { title: "did the people change", takes: ["drift", "moved"], points: 2, check: checkDrift },
  "4.3": { title: "what it does to the effect", takes: ["naive", "bias"], points: 2, check: checkBias },
  "4.4": { title: "which models drift", takes: ["drifting"], points: 2, check: checkModels },
  "4.5": { title: "what may be concluded", takes: ["licensed"], points: 2, check: checkConclusion },
};
