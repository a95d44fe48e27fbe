import { columnOf, isTable, type Table } from "@understudy/understudy/core";
import { samplePersonas } from "@understudy/understudy/personas";
import { worldTruth } from "@understudy/understudy/worlds";
import {
  answeredNames,
  answeredNumber,
  answeredTable,
  type ExerciseTasks,
  expect,
  isNear,
  kindOf,
  wrong,
} from "../answers.ts";
import { declareNightStreets } from "../worlds/night_streets.ts";

const { worlds, closerSurvey } = declareNightStreets();
const attributes = ["home", "leaning"];
const offered = [...attributes, "worry", "both_news"];
const pairs = { politics: ["news_source", "watch"], wealth: ["garden", "repaired"] };
const controls = [...pairs.politics, ...pairs.wealth, "instrument"].sort();
const margin = 0.12;

function checkPlan(candidates: unknown, steer: unknown, judge: unknown) {
  const names = answeredNames(candidates, "candidates");
  expect(
    names.every((name) => offered.includes(name)),
    "`candidates` has a name that is not on the list.",
    `The four are ${offered.join(", ")}.`,
  );
  expect(
    !names.includes("worry"),
    "One of these was answered after the news, and may be its doing.",
    "Who states a consequence of the treatment takes a part of the effect away with the drift.",
  );
  expect(
    !names.includes("both_news"),
    "One of these is nothing that a person has: it tells the model what is compared.",
    "People in the study do not know it. A model that does answers another question; that is a remedy of its own, with a price of its own.",
  );
  expect(
    names.length === attributes.length,
    "Another one was there before the news, and can be stated.",
    "Leave nothing out because you doubt that it helps: that is what the repair will show.",
  );
  const roles = [answeredNames(steer, "steer"), answeredNames(judge, "judge")] as const;
  const foreign = roles.flat().find((name) => !controls.includes(name));
  expect(
    foreign === undefined,
    "`steer` or `judge` names something that is no negative control.",
    `The controls are ${controls.join(", ")}: facts about the past.`,
  );
  expect(
    !roles[0].some((name) => roles[1].includes(name)),
    "A control steers and judges.",
    "A pupil who marks the own paper: what the repair was tuned by stands still because of that. Let each control do one thing.",
  );
  for (const [about, pair] of Object.entries(pairs)) {
    const [steering, judging] = roles.map((role) => pair.filter((name) => role.includes(name)).length);
    expect(
      steering === 1 && judging === 1,
      `Of the two questions about ${about}, ${
        steering === 0 ? "none steers" : judging === 0 ? "none judges" : "both do the same"
      }.`,
      "A control that hangs on nothing which drifts stands still whatever you do. Deal each pair out, one to either side.",
    );
  }
  return {
    message:
      "Written down before anything was run: what may be stated, what decides, and what looks at the result.",
    next:
      "In a paper this belongs into the preregistration. What else would you write down? The margin, and how many personas it takes.",
  };
}

/** The parts of a repair that are looked at, as an answer. */
function answeredRepair(value: unknown): { readonly iterations: Table; readonly drift: Table } {
  const { iterations, drift } = (value ?? {}) as { iterations?: unknown; drift?: unknown };
  if (!isTable(iterations) || !isTable(drift)) {
    return wrong(
      `\`repair\` should be a repair, and is ${kindOf(value)}.`,
      "It is what `await repairDrift(run, options)` returns.",
    );
  }
  return {
    iterations: answeredTable(iterations, "repair.iterations", ["iteration", "attributes", "verdict"]),
    drift: answeredTable(drift, "repair.drift", ["iteration", "control", "role", "verdict", "margin"]),
  };
}

function checkRepair(value: unknown, helped: unknown) {
  const { iterations, drift } = answeredRepair(value);
  const asked = [...new Set(columnOf<string>(drift, "control"))].sort();
  const missing = pairs.politics.concat(pairs.wealth).find((name) => !asked.includes(name));
  expect(
    missing === undefined,
    `\`repair\` does not look at \`${missing}\`.`,
    "Hand over both lists of task 1: `steer` and `judge`.",
  );
  expect(
    columnOf<number>(drift, "margin").every((one) => Number.isNaN(one) || one === margin),
    "The margin is not the one that was named.",
    "A margin that follows from the data is none. Take that of the task.",
  );
  expect(
    Number(drift.filter("d => d.iteration === 0 && d.control === 'news_source'").get("statistic", 0)) > 0.1,
    "This is not a repair of the model that is called ben.",
    "`runWith(attributes)` asks ben, unless it is told another model.",
  );
  const stated = columnOf<string>(iterations, "attributes");
  expect(
    stated.at(-1) === "home, leaning",
    `The steps stated other attributes: ${stated.map((step) => step || "nothing").join("; then ")}.`,
    'They are to be stated one after another: candidates: ["home", "leaning"]. And `run` must be told which: ({ attributes }) => runWith(attributes).',
  );
  const names = answeredNames(helped, "helped");
  expect(
    names.every((name) => attributes.includes(name)),
    "`helped` has a name that was no candidate.",
    `The candidates are ${attributes.join(", ")}.`,
  );
  expect(
    !names.includes("home"),
    "One of these changed nothing but by chance.",
    "Follow news_source and watch from step to step: at which do they fall from far above chance to near 0?",
  );
  expect(
    names.length > 0,
    "One of the two did take the drift away.",
    "Compare the first rows of the drift table with the last ones.",
  );
  return {
    message:
      "It is what the model sorts its readers by that has to be stated; the other attribute was only one more line in the persona.",
    next:
      "Also `watch` came to rest, which had no say in when to stop. Why is that worth more than that `news_source` did?",
  };
}

function checkMargin(value: unknown, small: unknown, large: unknown) {
  const table = answeredTable(value, "smallDrift", ["control", "margin", "n", "verdict"]);
  const asked = columnOf<string>(table, "control");
  expect(
    controls.every((name) => asked.includes(name)),
    "`smallDrift` does not look at all five controls.",
    "Those that steered and those that judged: here there is nothing to steer.",
  );
  expect(
    columnOf<number>(table, "margin").every((one) => one === margin),
    "`smallDrift` was estimated without the margin, or with another.",
    "Without one, nothing can be shown to be small: add margin: 0.12.",
  );
  expect(
    columnOf<number>(table, "n").every((one) => one < 200),
    "These are not the answers of the colleague's personas.",
    "They are in `smallAnswers`.",
  );
  const verdicts = columnOf<string>(table, "verdict");
  const shown = asked.filter((name, row) => controls.includes(name) && verdicts[row] === "within margin");
  const [inSmall, inLarge] = [answeredNames(small, "shownSmall"), answeredNames(large, "shownLarge")];
  expect(
    inSmall.every((name) => shown.includes(name)),
    "`shownSmall` has a control of which nothing is shown in the small study.",
    "That no drift was found there means that so few personas find little. Compare conf_high with the margin: what could it still be?",
  );
  expect(
    inSmall.length === shown.length,
    "`shownSmall` leaves out a control whose verdict is `within margin`.",
    "Read the column verdict, row by row.",
  );
  expect(
    controls.every((name) => inLarge.includes(name)),
    "`shownLarge` leaves out a control that is shown to drift by less than the margin.",
    "In your own repair, see the rows of the last step, of both roles.",
  );
  expect(
    inLarge.length === controls.length,
    "`shownLarge` has a name that is no control.",
    `The controls are ${controls.join(", ")}.`,
  );
  return {
    message:
      "The same model, the same stated attributes. The small study cannot tell whether anything is left; the large one can.",
    next:
      "The cheapest way to find no drift is to ask few personas. What would you ask of an author who writes that no drift was found?",
  };
}

function checkReported(value: unknown, reported: unknown, interval: unknown) {
  const { iterations } = answeredRepair(value);
  answeredTable(iterations, "repair.iterations", ["estimate", "conf_low", "widened_low", "widened_high"]);
  const last = iterations.numRows() - 1;
  const step = answeredNumber(reported, "reported");
  expect(
    Number.isInteger(step) && step >= 0 && step <= last,
    "`reported` is no step of your repair.",
    "Look at the column iteration of the last table.",
  );
  expect(
    step === last,
    "At this step the controls say that the arms hold other people, however much one may like its effect.",
    "Whoever picks a step by its effect would have picked it whatever the truth is. What was named first, and did not look at the effect?",
  );
  expect(
    Array.isArray(interval) && interval.length === 2 && interval.every((end) => typeof end === "number"),
    `\`interval\` should be a list of two numbers, and is ${kindOf(interval)}.`,
    "It looks like this: [-0.1, 0.9].",
  );
  const [low, high] = interval as [number, number];
  const is = (kind: string) =>
    isNear(low, Number(iterations.get(`${kind}_low`, last)), 0.01) &&
    isNear(high, Number(iterations.get(`${kind}_high`, last)), 0.01);
  expect(
    !is("conf"),
    "This interval holds what chance does, and takes the drift that is left for none.",
    "Less than the margin is not nothing. The table has another interval beside this one.",
  );
  expect(
    is("widened"),
    "`interval` is not that of the step that you report.",
    "Take both ends from the same row: the last one.",
  );
  const truth = truthOf("ben");
  return {
    message: `The effect among the same people is ${truth.toFixed(2)}, and the interval ${
      low <= truth && truth <= high ? "holds it" : "misses it"
    }. The step that was nearest to the other city's was nearest by mistake.`,
    next:
      "`breakdown_kappa` says how much more strongly the outcome would have to hang on what is left before the interval holds 0. See it in repair.iterations.",
  };
}

const contrast = { outcome: "cameras", stimulus: "burglaries", reference: "festival" } as const;

const truthOf = (name: "ben" | "dora") => worldTruth(worlds[name], contrast).get("value", 0) as number;

/** What dora's effect converges to where leaning is stated. */
function repairedOf(name: "dora"): number {
  const personas = samplePersonas(closerSurvey, { n: 500, weights: "share", seed: 1 });
  const stated = ["age_group", "district", "leaning"];
  return worldTruth(worlds[name], { ...contrast, what: "naive effect", personas, stated }).get(
    "value",
    0,
  ) as number;
}

const statements = ["a", "b", "c", "d", "e"];
const licensed = ["b", "c"];

function checkOpen(leftOver: unknown, letters: unknown) {
  const bias = answeredNumber(leftOver, "leftOver");
  const right = repairedOf("dora") - truthOf("dora");
  expect(
    !isNear(bias, -right, 0.35),
    "The sign is the other way round.",
    "A bias is positive where the estimate is too large: estimate minus truth.",
  );
  expect(
    isNear(bias, right, 0.35),
    "`leftOver` is not the estimate minus the truth, both of dora.",
    'The estimate stands in effect(doraAnswers).get("estimate", 0), the truth in doraTruth.get("value", 0).',
  );
  const names = answeredNames(letters, "licensed");
  expect(
    names.every((name) => statements.includes(name)),
    "`licensed` has a letter that is not on the list.",
    'It is a list of letters in quotation marks, such as ["a", "d"].',
  );
  expect(
    !names.includes("e"),
    "One of these takes a bias for chance.",
    "More personas make intervals shorter. Around which number?",
  );
  expect(
    names.every((name) => licensed.includes(name)),
    "One of these is refuted by dora.",
    "All was within the margin there, too. And the effect?",
  );
  expect(
    names.length === licensed.length,
    "Another of these statements may be written, too.",
    "Which says no more than what was tested, and which what was not?",
  );
  return {
    message: `Every control within the margin, and the effect is still wrong by ${
      bias.toFixed(1)
    } points, far outside its interval. The controls were right: they hang on other things.`,
    next:
      "Unfold what had happened to dora, below. Could you have thought of it? A table of what people's answers hang on is a good place to look for controls.",
  };
}

/** Exercise 5: stating more, and what stays open. */
export const repairTasks: ExerciseTasks = {
  "5.1": {
    title: "named before anything is run",
    takes: ["candidates", "steer", "judge"],
    points: 2,
    check: checkPlan,
  },
  "5.2": { title: "repair", takes: ["repair", "helped"], points: 2, check: checkRepair },
  "5.3": {
    title: "not found is not within margin",
    takes: ["smallDrift", "shownSmall", "shownLarge"],
    points: 2,
    check: checkMargin,
  },
  "5.4": {
    title: "which step, and which interval",
    takes: ["repair", "reported", "interval"],
    points: 2,
    check: checkReported,
  },
  "5.5": { title: "what a repair cannot say", takes: ["leftOver", "licensed"], points: 2, check: checkOpen },
};
