import type { Treatments } from "@understudy/understudy/core";
import { composeTreatment } from "@understudy/understudy/treatments";
import { worldTruth } from "@understudy/understudy/worlds";
import {
  answeredEffect,
  answeredNames,
  answeredTable,
  answeredText,
  type ExerciseTasks,
  expect,
  kindOf,
  wrong,
} from "../answers.ts";
import { declareCoffeeKiosk } from "../worlds/coffee_kiosk.ts";

const { world, population } = declareCoffeeKiosk();
const comparison = { outcome: "buy", arm: "high", reference: "low" } as const;

/** What an experiment on this model converges to. */
const expected = (unblinded: boolean) =>
  worldTruth(world, {
    what: "naive effect",
    outcome: "buy",
    category: 1,
    stimulus: "high",
    reference: "low",
    personas: population.rename({ share: "weight" }),
    stated: ["age_group"],
    unblinded,
  }).get("value", 0) as number;
const [blindEffect, unblindedEffect] = [expected(false), expected(true)];

const features = ["time", "place", "quality", "price", "seller"];
const confounded = ["place", "quality"];

function checkConfounded(value: unknown) {
  const names = answeredNames(value, "confounded");
  const unknown = names.find((name) => !features.includes(name));
  expect(
    unknown === undefined,
    "`confounded` has a name that is not on the list.",
    `The names to choose from are ${features.join(", ")}.`,
  );
  expect(
    !names.includes("price"),
    "The price is what the study is about: it is meant to differ.",
    "Confounded is what differs along with it, and should not.",
  );
  expect(
    names.every((name) => confounded.includes(name)),
    "One of these is the same in both texts.",
    "Look at the words that comparePrompts marks: only what is marked differs.",
  );
  expect(
    names.length === confounded.length,
    "That is not all that differs beside the price.",
    "Read the marked words once more, sentence by sentence: each tells the reader something about the kiosk or its coffee.",
  );
  return {
    message:
      "Whoever buys here pays for more than coffee. The effect of these texts would be nobody's effect of price.",
    next: "Take out of the texts whatever is not the price.",
  };
}

/** The texts of both arms, or what is wrong with what was handed over. */
function textsOf(value: unknown, name: string): { readonly low: string; readonly high: string } {
  const arms = (value as Partial<Treatments>)?.arms;
  if (!Array.isArray(arms)) {
    return wrong(
      `\`${name}\` should be treatments, and is ${kindOf(value)}.`,
      "It is what `declareTreatments({ low: …, high: … })` returns.",
    );
  }
  const names = arms.map((arm) => String(arm?.name)).sort();
  expect(
    names.join() === "high,low",
    `The arms of \`${name}\` are called ${names.slice(0, 4).join(" and ")}.`,
    "Keep the names low and high: the checks, the analysis and the model know the arms by them.",
  );
  const text = (arm: string) => composeTreatment(value as Treatments, arm);
  return { low: text("low"), high: text("high") };
}

const sum = /€\s?\d+[.,]\d\d/g;

function checkRepaired(value: unknown) {
  const { low, high } = textsOf(value, "repaired");
  expect(
    low !== high,
    "Both arms read the same text, so there is nothing to compare.",
    "One thing must differ. Which?",
  );
  expect(
    low.includes("costs €2.50") && high.includes("costs €4.50"),
    "One of the texts does not say what a cup costs, or not its own arm's price.",
    "Keep the words `costs €…`: €2.50 in the arm low, €4.50 in the arm high.",
  );
  expect(
    low.replace(sum, "") === high.replace(sum, ""),
    "The texts still differ in more than the price.",
    "Cover the two prices with a finger and read both texts aloud. Every other word must be the same.",
  );
  return {
    message: "Word for word the same, but for the price. That is all that can be done by writing.",
    next:
      "Is it enough? A reader who meets a high price may still think of another place, and of other people in it.",
  };
}

const readings = ["falls", "rises", "cannot tell"];

function checkDemand(effect: unknown, reading: unknown) {
  const { estimate, std_error, low, high } = answeredEffect(effect, "effect", comparison);
  expect(
    Math.abs(estimate - blindEffect) < 4 * std_error,
    "This is not the effect that the model shows for texts that differ in the price alone.",
    "Ask with the treatments of task 2, and estimate from what `ask` returns.",
  );
  const said = answeredText(reading, "demand");
  expect(
    readings.includes(said),
    "`demand` is none of the three readings.",
    `It is one of ${readings.map((one) => `"${one}"`).join(", ")}.`,
  );
  const found = low > 0 ? "rises" : high < 0 ? "falls" : "cannot tell";
  expect(
    said === found,
    "That is not what this interval says.",
    "The effect is the share who buy at the high price, minus the share at the low one. Where does its interval lie: on one side of 0, or on both?",
  );
  return {
    message:
      "A dearer coffee sells better, says the model, and is sure of it. No shopkeeper has seen such a thing.",
    next: "Two explanations: it did not read the price, or it saw other people. Task 4 looks at the first.",
  };
}

function checkRecall(value: unknown, noticed: unknown) {
  const table = answeredTable(value, "recall", ["check", "item", "arm", "statistic", "verdict"]);
  const rows = table.objects() as { readonly [column: string]: unknown }[];
  expect(
    rows.every((row) => row.check === "manipulation"),
    "This table is not that of a manipulation check.",
    "It comes from `checkManipulation(answers, { item, expected })`.",
  );
  expect(
    rows.every((row) => row.item === "price"),
    "This checks another question than the one that asks what the text said.",
    "Which of the two questions can only be answered rightly by who has read the text?",
  );
  expect(
    rows.length >= 3,
    "The table says whether the arms differ, but not whether their answers are right.",
    "Say in `expected` what the right answer is in each arm: { low: …, high: … }.",
  );
  const shares = rows.filter((row) => row.arm !== "").map((row) => Number(row.statistic));
  expect(
    shares.every((share) => share > 0.5),
    "Hardly anybody seems to answer rightly. Is what you expect in each arm what its text says?",
    "Compare `expected` with the texts of task 2.",
  );
  expect(
    typeof noticed === "boolean",
    `\`noticed\` should be true or false, and is ${kindOf(noticed)}.`,
    "true and false stand without quotation marks.",
  );
  expect(
    noticed === true,
    "The table says otherwise.",
    "A verdict names a fault: `not found` says that no such fault was found. And look at the share of right answers, `statistic`.",
  );
  return {
    message:
      "More than nine in ten know what the coffee cost. The model has read the text, and its demand is odd all the same.",
    next: "So it is not inattention. What else changes in the reader's mind when a price is high?",
  };
}

function checkUnblinded(value: unknown, effect: unknown) {
  const { low, high } = textsOf(value, "unblinded");
  const [start, end] = [low.indexOf("costs €"), high.indexOf("costs €")];
  expect(
    start >= 0 && end >= 0 && low.includes("costs €2.50") && high.includes("costs €4.50"),
    "The texts no longer say what the coffee costs in their own arm.",
    'Unblind the treatments of task 2 as they are, and name the versions without the word costs, such as "a price of …".',
  );
  const before = (text: string) => /random|\blot\b|by chance|coin/i.test(text);
  expect(
    before(low) && before(high),
    "At least one arm is not told that chance chose its text.",
    "`unblindTreatments(treatments, { values })` puts the same sentences before the text of every arm.",
  );
  expect(
    low.replace(sum, "") === high.replace(sum, ""),
    "The arms differ in more than the price of the coffee.",
    "Were these the repaired treatments, or those from the beginning?",
  );
  expect(
    ["2.50", "4.50"].every((price) => low.includes(price) && high.includes(price)),
    "The reader is told that there are versions, but not that they are prices.",
    '`values` says what each version is called, in the words of the study: { low: "a price of …", high: … }.',
  );
  const { estimate, std_error } = answeredEffect(effect, "unblindedEffect", comparison);
  expect(
    Math.abs(estimate - blindEffect) > 3 * std_error,
    "This is the effect of the texts that do not say that chance chose.",
    "New texts are a new experiment: ask again, with the unblinded treatments.",
  );
  expect(
    Math.abs(estimate - unblindedEffect) < 4 * std_error,
    "This is not the effect that the model shows for the unblinded texts.",
    "Ask with `unblinded`, and estimate from what `ask` returns.",
  );
  return {
    message:
      "One sentence, and the effect changes its sign. What the model imagined about the people was as large as what a price does.",
    next: "Which of the two would you have published, had the first one looked plausible?",
  };
}

/** Exercise 2: what a text says, what it suggests, and whether it was read. */
export const treatmentTasks: ExerciseTasks = {
  "2.1": { title: "what differs", takes: ["confounded"], points: 1, check: checkConfounded },
  "2.2": { title: "nothing but the price", takes: ["repaired"], points: 2, check: checkRepaired },
  "2.3": {
    title: "what the model's demand does",
    takes: ["effect", "demand"],
    points: 2,
    check: checkDemand,
  },
  "2.4": { title: "was the price noticed", takes: ["recall", "noticed"], points: 2, check: checkRecall },
  "2.5": {
    title: "unblinding",
    takes: ["unblinded", "unblindedEffect"],
    points: 3,
    check: checkUnblinded,
  },
};
