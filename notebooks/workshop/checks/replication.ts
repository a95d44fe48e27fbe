import { columnOf } from "@understudy/understudy/core";
import { countAdaptations } from "@understudy/understudy/report";
import {
  answeredEffect,
  answeredNames,
  answeredTable,
  type ExerciseTasks,
  expect,
  kindOf,
  wrong,
} from "../answers.ts";
import { declareHospitalWater } from "../worlds/hospital_water.ts";

const { printed, people } = declareHospitalWater();
const wordings = [1, 2, 3];
const kept = ["scenario", "gain", "loss"] as const;
// What there is on paper only.
const onPaper = /\b(page|turn|neighbour|tick|box|sheet|door)\b|\[ \]/i;

function checkLog(value: unknown) {
  const log = answeredTable(value, "log", ["human_text", "llm_text", "is_adapted"]);
  const human = columnOf<string>(log, "human_text");
  const sent = columnOf<string | null>(log, "llm_text").map((text) => String(text ?? ""));
  const missing = Object.entries(printed).find(([, text]) => !human.includes(text));
  expect(
    missing === undefined,
    `The log has no row for the printed text \`${missing?.[0]}\`, or not word for word.`,
    "A log without gaps has a row for each text that people saw, also for those that no model needs. Take them from `printed`.",
  );
  expect(
    human.length === Object.keys(printed).length,
    "The log has rows for texts that nobody read.",
    "One row for each part of `printed`.",
  );
  for (const part of kept) {
    expect(
      sent[human.indexOf(printed[part])] === printed[part],
      `The text \`${part}\` was changed, though a model can read it as it stands.`,
      "Each adaptation is one more way in which the two studies differ. Change what is about paper, and nothing else.",
    );
  }
  const paper = sent.find((text) => onPaper.test(text));
  expect(
    paper === undefined,
    "The model is told to do something that it cannot do.",
    "It has no page to turn, no box to tick and no neighbour. Read the column llm_text with its eyes.",
  );
  const question = sent[human.indexOf(printed.question)]!;
  expect(
    question.trim() !== "",
    "The model is not asked anything.",
    "The question has to be there, without what is about paper; the two answers are added by the item.",
  );
  const counts = countAdaptations(log);
  const of = (change: string) =>
    Number(counts.get("texts", columnOf<string>(counts, "change").indexOf(change)));
  expect(
    of("unmarked") === 0,
    "A text was changed, and the log does not say so.",
    "Compare is_adapted with the two texts beside it. Such a gap is what another team will find.",
  );
  expect(
    of("marked, but the same") === 0,
    "The log says of a text that it was adapted, and it was not.",
    "Compare is_adapted with the two texts beside it.",
  );
  return {
    message: `Every printed text is there; ${
      of("adapted")
    } were adapted, and what people were told of the two plans was left alone.`,
    next:
      "Give the log, and nothing else, to another team: could they write your prompts from it? That is the test of a log.",
  };
}

const comparison = { outcome: "plan", arm: "loss", reference: "gain" } as const;

function checkEffect(value: unknown, sameSign: unknown) {
  const table = answeredTable(value, "effect", ["outcome", "arm", "reference", "estimate", "n"]);
  expect(
    table.numRows() === 1 && !columnOf(table, "outcome").some((name) => String(name).includes("plan B")),
    "This is not the effect on the share of plan A alone.",
    'The published effect is on the share who choose plan A: { outcome: "plan", category: "plan A" }.',
  );
  expect(
    table.get("reference", 0) === "gain",
    "This effect is measured from the other arm than the published one.",
    'The published effect is that of the loss frame against the gain frame: reference: "gain".',
  );
  const named = table.assign({ outcome: ["plan"] });
  const { estimate } = answeredEffect(named, "effect", comparison);
  expect(
    Math.abs(estimate) < 1 && estimate < -0.3,
    "This is not the effect in the base wording.",
    "Estimate it from `baseAnswers`.",
  );
  if (typeof sameSign !== "boolean") {
    return wrong(
      `\`sameSign\` should be true or false, and is ${kindOf(sameSign)}.`,
      "Without quotation marks: true, or false.",
    );
  }
  expect(
    sameSign,
    "The estimate and the published effect lie on the same side of 0.",
    "A share that falls by so much is a negative number. What was published?",
  );
  return {
    message: "Told by who falls ill, fewer choose the certain plan: as among people, in this wording.",
    next:
      "So much would be enough for many a headline. A model has read about such experiments, and one wording is one draw. Task 3.",
  };
}

/** The effects that the run of each wording gave, as an answer. */
function answeredCurve(value: unknown) {
  const table = answeredTable(value, "estimates", [
    "configuration",
    "wording",
    "estimate",
    "conf_low",
    "conf_high",
  ]);
  const rows = table.objects() as { readonly [column: string]: unknown }[];
  expect(
    wordings.every((wording) => rows.filter((row) => Number(row.wording) === wording).length === 1),
    "`estimates` should have one row for each of the three wordings.",
    "It is made above; hand it over as it is.",
  );
  return rows.map(({ wording, estimate, conf_low, conf_high }) => ({
    wording: Number(wording),
    ...{ estimate: Number(estimate), low: Number(conf_low), high: Number(conf_high) },
  }));
}

function answeredWordings(value: unknown, name: string): number[] {
  if (!Array.isArray(value) || !value.every((one) => wordings.includes(one))) {
    return wrong(
      `\`${name}\` should be a list of wordings, and is ${kindOf(value)}.`,
      "It looks like this: [3, 1], without quotation marks.",
    );
  }
  return [...new Set(value as number[])];
}

function checkWordings(estimates: unknown, holds: unknown) {
  const rows = answeredCurve(estimates);
  const right = rows.filter(({ high }) => high < 0).map(({ wording }) => wording);
  const answered = answeredWordings(holds, "holds");
  expect(
    answered.every((wording) => right.includes(wording)),
    "In one of these wordings the interval holds 0.",
    "A point on the right side is not enough: could it be chance? See conf_low and conf_high.",
  );
  expect(
    answered.length === right.length,
    "In another wording, too, the whole interval lies on the published side.",
    "Go through the rows one by one.",
  );
  return {
    message:
      "Same plans, same numbers, same model: in two wordings a large effect, in the third none that could be told from chance.",
    next:
      "Which of the three is 'the' result? Had you written the third one first, what would your paper say? Report all of them.",
  };
}

function checkCompared(compared: unknown, apart: unknown, estimates: unknown) {
  const table = answeredTable(compared, "compared", ["measure", "estimate", "n"]);
  const of = (measure: string, column: string) =>
    Number(table.get(column, columnOf<string>(table, "measure").indexOf(measure)));
  expect(
    of("rmse", "n") === wordings.length,
    "The two tables do not meet in three contrasts.",
    'What names a contrast in both is the wording: compareEffects(people, estimates, { by: "wording" }).',
  );
  const rows = answeredCurve(estimates);
  const mean = rows.reduce(
    (sum, { wording, estimate }) => sum + (estimate - peopleAt(wording).estimate) ** 2,
    0,
  );
  expect(
    Math.abs(of("rmse", "estimate") - Math.sqrt(mean / rows.length)) < 0.005,
    "These are not people's and the model's effects.",
    "People come first, the model second.",
  );
  const right = rows.filter(({ wording, estimate }) => {
    const { low, high } = peopleAt(wording);
    return estimate < low || estimate > high;
  }).map(({ wording }) => wording);
  const answered = answeredWordings(apart, "apart");
  expect(
    answered.every((wording) => right.includes(wording)),
    "In one of these wordings people's interval holds what the model shows.",
    "Set the model's estimate beside conf_low and conf_high of people, in the same wording.",
  );
  expect(
    answered.length === right.length,
    "In another wording, too, the model is outside people's interval.",
    "Too large is as wrong as too small. Look at both ends.",
  );
  return {
    message:
      "The same model makes too much of the frame in one wording, about as much as people in another, and nothing of it in a third.",
    next:
      "That signs agree says little where everybody knows the sign beforehand. Which result of people could a model not have read?",
  };
}

function peopleAt(wording: number) {
  const row = columnOf<number>(people, "wording").indexOf(wording);
  const [estimate, low, high] = ["estimate", "conf_low", "conf_high"].map((name) =>
    Number(people.get(name, row))
  );
  return { estimate: estimate!, low: low!, high: high! };
}

const letters = ["a", "b", "c", "d", "e", "f"];
const carried = ["a", "c", "d"];

function checkClaims(value: unknown) {
  const names = answeredNames(value, "claims");
  expect(
    names.every((name) => letters.includes(name)),
    "`claims` has a letter that is not on the list.",
    'It is a list of letters in quotation marks, such as ["b", "f"].',
  );
  const good = names.filter((name) => carried.includes(name)).length;
  const points = good - 2 * (names.length - good);
  expect(
    good === names.length,
    `This earns ${points} of ${carried.length} points: something is claimed that was not looked at.`,
    "A claim about people needs people; a control that stood still is one question; two wordings of three are not all.",
  );
  expect(
    good === carried.length,
    `This earns ${points} of ${carried.length} points: you claim less than you have.`,
    "Modesty is not the aim: say all that was shown. Which other sentence says no more than your tables?",
  );
  return {
    message:
      `${points} of ${carried.length} points. The claims are dull, and they will still stand next year.`,
    next: "Now add up: the team that wrote the most is seldom the one that wins.",
  };
}

/** Exercise 7: a printed experiment, a model, and what may be claimed. */
export const replicationTasks: ExerciseTasks = {
  "7.1": { title: "a log without gaps", takes: ["log"], points: 2, check: checkLog },
  "7.2": { title: "the published sign", takes: ["effect", "sameSign"], points: 2, check: checkEffect },
  "7.3": { title: "three wordings", takes: ["estimates", "holds"], points: 2, check: checkWordings },
  "7.4": {
    title: "beside people",
    takes: ["compared", "apart", "estimates"],
    points: 2,
    check: checkCompared,
  },
  "7.5": { title: "what you publish", takes: ["claims"], points: 2, check: checkClaims },
};
