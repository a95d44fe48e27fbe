import { planMixedSubjects } from "@understudy/understudy/calibration";
import { columnOf, isTable } from "@understudy/understudy/core";
import { worldTruth } from "@understudy/understudy/worlds";
import {
  answeredEffect,
  answeredNames,
  answeredNumber,
  answeredTable,
  answeredText,
  type ExerciseTasks,
  expect,
  isNear,
  kindOf,
  wrong,
} from "../answers.ts";
import { declareParkingCharge } from "../worlds/parking_charge.ts";

const { town, worlds } = declareParkingCharge();
const models = ["model_a", "model_b", "model_c"] as const;
const contrast = { outcome: "accept", stimulus: "tram", reference: "plain" } as const;
const comparison = { outcome: "accept", arm: "tram", reference: "plain" } as const;
const truth = worldTruth(town, contrast).get("value", 0) as number;
const believed = models.map((name) => ({
  name,
  effect: worldTruth(worlds[name], { ...contrast, what: "naive effect" }).get("value", 0) as number,
}));

function expectModels(names: readonly string[], name: string): void {
  expect(
    names.every((one) => models.some((model) => model === one)),
    `\`${name}\` has a name that is no model.`,
    `The models are ${models.map((model) => `"${model}"`).join(", ")}.`,
  );
}

function checkAlone(value: unknown, refuted: unknown) {
  const table = answeredTable(value, "alone", ["n", "basis"]);
  expect(
    columnOf(table, "basis").every((basis) => basis !== "synthetic"),
    "This table says of its answers that they are synthetic.",
    'They are people\'s, and only you know it: estimateEffects(forty, { outcome, basis: "human" }).',
  );
  expect(
    columnOf<number>(table, "n").every((n) => n === 40),
    "This is not the effect on the forty.",
    "Their answers are in `forty`.",
  );
  const { estimate, std_error, low, high } = answeredEffect(value, "alone", comparison);
  expect(
    isNear(estimate, truth, 4 * std_error),
    "This is not what the forty answered.",
    "Estimate from `forty`, with the outcome `accept`.",
  );
  const names = answeredNames(refuted, "refuted");
  expectModels(names, "refuted");
  const outside = believed.filter(({ effect }) => effect < low || effect > high).map(({ name }) => name);
  expect(
    names.every((name) => outside.some((model) => model === name)),
    "The forty do not speak against one of these models.",
    "An effect that lies within conf_low and conf_high of people is one that their answers can be reconciled with, however wide that is.",
  );
  expect(
    names.length === outside.length,
    "The forty do speak against a model that you left out.",
    "Compare each model's effect with the two ends of people's interval.",
  );
  return {
    message:
      "Forty people can be reconciled with no effect at all, and with twice the model's. But they can tell who is far off.",
    next:
      "The models' own intervals are hairlines. What do these count, and what do they leave out? Now to what a model is good for.",
  };
}

/** The row of a calibrated effect. */
function calibratedRow(value: unknown, name: string): { readonly [column: string]: unknown } {
  const columns = ["outcome", "arm", "basis", "lambda", "correlation", "n_human", "n_effective"];
  const rows = answeredTable(value, name, columns).objects() as { readonly [column: string]: unknown }[];
  const row = rows.find(({ basis, outcome }) => basis === "calibrated" && outcome === "accept");
  return row ??
    wrong(`\`${name}\` has no calibrated row.`, "It is what calibrateEffects(people, model, …) returns.");
}

function checkCalibrated(value: unknown, worth: unknown) {
  const row = calibratedRow(value, "calibrated");
  expect(
    row.n_human === 40,
    `\`calibrated\` rests on ${row.n_human} people.`,
    "People come first, the model second: calibrateEffects(forty, predictions.model_a, { outcome }).",
  );
  expect(
    Number(row.correlation) > 0.5 && Number(row.estimate) > 0.83,
    "These are not the predictions of model_a.",
    "They are in `predictions.model_a`.",
  );
  const [number, right] = [answeredNumber(worth, "worth"), Number(row.n_effective)];
  expect(
    !isNear(number, right - 40, 1.01),
    "That is how many people the model was worth beyond the forty.",
    "Asked is how many people alone would have been as precise, the forty among them.",
  );
  expect(
    ![360, 400, 800].includes(number),
    "That is how many personas there are.",
    "A predicted answer is not an answer of a person: it counts for as much as it agrees with people's. Which column says so?",
  );
  expect(
    isNear(number, right, 1.01),
    "`worth` is not the number of people who alone would have been as precise.",
    "The columns of the table are explained in the text above.",
  );
  return {
    message:
      `The same forty, and an interval as short as that of ${
        Math.round(right)
      } people. It is still an interval about people: ` +
      "what the model was off by was taken back.",
    next:
      "The row of people alone stands beside it. Which of the two would you have reported, had the model been useless?",
  };
}

const deciding = ["estimate", "n_synthetic", "correlation", "basis"];

function checkModels(helpful: unknown, decides: unknown) {
  const names = answeredNames(helpful, "helpful");
  expectModels(names, "helpful");
  expect(
    !names.includes("model_b"),
    "With one of these the interval is as long as that of people alone.",
    "Its own effect is very near the truth, and yet it knows nothing of who answers what. Look at n_effective.",
  );
  expect(
    names.length > 0 && names.includes("model_a") && names.includes("model_c"),
    "Another model makes the interval shorter, too.",
    "Judge by the calibrated interval and by n_effective alone, and not by what the model says of the effect.",
  );
  const column = answeredText(decides, "decides");
  expect(
    deciding.includes(column),
    "`decides` is no column on the list.",
    `The columns are ${deciding.join(", ")}.`,
  );
  expect(
    column === "correlation",
    "By this column the three models would have come out in another order.",
    "Set the column beside n_effective, model by model: which rises and falls with it?",
  );
  return {
    message:
      "The model with the wrong sign is worth nearly as much as the good one; the one with the right effect is worth nothing.",
    next:
      "Errors that are the same for all are taken back; what helps is to know who differs from whom. How would you find out before asking thousands of personas?",
  };
}

const target = { halfWidth: 0.5, costHuman: 8, costPrediction: 0.01 };

function checkPlan(value: unknown, needed: unknown) {
  const table = answeredTable(value, "plan", ["at", "correlation", "n_human", "n_pilot", "sd"]);
  const rows = table.objects() as { readonly [column: string]: unknown }[];
  const [estimate, low] = ["estimate", "low"].map((at) => rows.find((row) => row.at === at));
  if (estimate === undefined || low === undefined) {
    return wrong(
      "`plan` has no plan at the estimate and at the low end.",
      "It is what planHumanSample returns.",
    );
  }
  expect(
    estimate.n_pilot === 40 && Number(estimate.correlation) > 0.5,
    "This is not planned from the forty and the predictions of model_a.",
    "planHumanSample(forty, predictions.model_a, { … })",
  );
  // What the same costs and target give at the correlation that the pilot found.
  const again = planMixedSubjects({
    ...target,
    correlation: Number(low.correlation),
    sd: Number(low.sd),
  });
  expect(
    Math.abs(Number(low.n_human) - Number(again.get("n_human", 0))) <= 1,
    "The target or the costs are not those of the task.",
    "A half width of 0.5; 8 euros for a person, a cent for a prediction.",
  );
  const number = answeredNumber(needed, "needed");
  expect(
    !rows.some((row) => row.n_synthetic === number),
    "So many personas are needed.",
    "They cost a cent each. Asked is how many people.",
  );
  expect(
    number !== estimate.n_human,
    "So many are enough if the correlation is what the pilot says, to the last digit.",
    "Forty people tell it roughly: it may well be smaller. Which row is on the safe side?",
  );
  expect(
    isNear(number, Number(low.n_human), 1),
    "`needed` is not the number of people of the cautious plan.",
    "The column n_human, in the row in which the model turns out to be worth least.",
  );
  return {
    message: "Planned so that it holds also if the model is worth less than the pilot made believe.",
    next:
      "People alone would have to be about 150. What would you do with the money that is saved: go home, or ask people on another question?",
  };
}

const letters = ["a", "b", "c", "d", "e", "f"];
const claims = ["c", "e"];
const asked = ["population", "humanSample", "controls"];

function checkMethods(tooMuch: unknown, author: unknown) {
  const names = answeredNames(tooMuch, "tooMuch");
  expect(
    names.every((name) => letters.includes(name)),
    "`tooMuch` has a letter that is not on the list.",
    'It is a list of letters in quotation marks, such as ["a", "f"].',
  );
  expect(
    names.every((name) => claims.includes(name)),
    "One of these sentences says no more than the tables do.",
    "Look for each number, and each claim, in the tables above: is it there, and does it rest on people?",
  );
  expect(
    names.length === claims.length,
    "Another sentence claims more than these forty people and this model can carry.",
    "Ask of each: on whose answers does it rest, and about which question?",
  );
  if (typeof author !== "object" || author === null || isTable(author) || Array.isArray(author)) {
    return wrong(
      `\`author\` should be an object of texts, and is ${kindOf(author)}.`,
      'It looks like this: { population: "…", humanSample: "…" }.',
    );
  }
  for (const name of asked) {
    const text = (author as { readonly [name: string]: unknown })[name];
    expect(
      typeof text === "string" && text.trim() !== "",
      `\`author\` leaves \`${name}\` open.`,
      "The checklist says above what the question is.",
    );
    expect(
      text.trim().length >= 20,
      `What \`author\` says of \`${name}\` is too little for a reader to go by.`,
      "Who reads it was not there. If nothing was done, say that, and why; N/A alone is no answer.",
    );
  }
  return {
    message: "A reader now knows who was asked, who was not, and what was not looked at.",
    next:
      "The paragraph of the toolkit says only what plan and tables say; the claims are yours. Run the next cell to see which questions still wait.",
  };
}

/** Exercise 6: what forty people and a model tell together, and how it is written up. */
export const peopleTasks: ExerciseTasks = {
  "6.1": { title: "forty people alone", takes: ["alone", "refuted"], points: 2, check: checkAlone },
  "6.2": { title: "people plus model", takes: ["calibrated", "worth"], points: 2, check: checkCalibrated },
  "6.3": { title: "what a model is worth", takes: ["helpful", "decides"], points: 2, check: checkModels },
  "6.4": { title: "how many people", takes: ["plan", "needed"], points: 2, check: checkPlan },
  "6.5": { title: "the methods paragraph", takes: ["tooMuch", "author"], points: 2, check: checkMethods },
};
