import { columnOf, type Treatments } from "@understudy/understudy/core";
import { planSampleSize } from "@understudy/understudy/designs";
import { worldTruth } from "@understudy/understudy/worlds";
import {
  answeredEffect,
  answeredNames,
  answeredNumber,
  answeredTable,
  type ExerciseTasks,
  expect,
  isNear,
  kindOf,
  shareOf,
  wrong,
} from "../answers.ts";
import { declareHelpingLetter } from "../worlds/helping_letter.ts";

const { world } = declareHelpingLetter();
const residents = 120;
const bySender = { outcome: "help", arm: "neighbour", reference: "mayor" } as const;
const byAppeal = { outcome: "help", arm: "joy", reference: "duty" } as const;

function checkBlocks(value: unknown) {
  const blocked = answeredTable(value, "blocked", ["persona_id", "age_group", "arm"]);
  const arms = columnOf<string>(blocked, "arm");
  expect(
    blocked.numRows() === residents && new Set(columnOf(blocked, "persona_id")).size === residents,
    `\`blocked\` has ${blocked.numRows()} rows, and there are ${residents} personas.`,
    "Assign `personas`, all of them, once.",
  );
  expect(
    ["mayor", "neighbour"].every((arm) => arms.includes(arm)) && new Set(arms).size === 2,
    "The arms are not those of this study.",
    "Use the `treatments` above: a letter by the mayor, and one by a neighbour.",
  );
  const ages = columnOf<string>(blocked, "age_group");
  const uneven = [...new Set(ages)].find((age) => {
    const inBlock = arms.filter((_, row) => ages[row] === age);
    return Math.abs(inBlock.filter((arm) => arm === "mayor").length * 2 - inBlock.length) > 2;
  });
  if (uneven !== undefined) {
    const share = shareOf(blocked.filter(`d => d.arm === 'mayor'`), "age_group", uneven);
    wrong(
      `The arms differ in age: of those who get the mayor's letter, ${
        Math.round(100 * share)
      }% are ${uneven}, and of the others another share.`,
      "A design can be told to assign within groups of an attribute: see its option `blocks`. Which attribute matters here?",
    );
  }
  return {
    message:
      "In each age group, half get one letter and half the other. Age can no longer tilt the comparison by chance.",
    next:
      "What would you block on, if you could choose one attribute only? The one that tells most about the answer.",
  };
}

const candidates = [0, 0.3, 0.7, 1.2];

function checkInterval(value: unknown, compatible: unknown) {
  const { estimate, std_error, low, high } = answeredEffect(value, "effect", bySender);
  const design = columnOf<string>(answeredTable(value, "effect", ["design"]), "design")[0];
  expect(
    design === "blocked",
    "This effect is estimated as if there were no blocks.",
    "Ask those whom you assigned in blocks, with the design that has them: the answers then know their blocks.",
  );
  expect(
    isNear(estimate, truthOf(bySender), 4 * std_error),
    "This is not the effect that these residents show.",
    "Estimate from the answers of `ask(blocked, blockedDesign)`.",
  );
  expect(
    Array.isArray(compatible) && compatible.every((one) => typeof one === "number"),
    `\`compatible\` should be a list of numbers, and is ${kindOf(compatible)}.`,
    "It looks like this: [1, 2], without quotation marks.",
  );
  const chosen = compatible as readonly number[];
  expect(
    chosen.every((one) => candidates.includes(one)),
    "`compatible` has a number that is not on the list.",
    `The candidates are ${candidates.join(", ")}.`,
  );
  const inside = candidates.filter((one) => low <= one && one <= high);
  expect(
    !chosen.some((one) => !inside.includes(one)),
    "One of these lies outside the interval.",
    "Compare each with conf_low and conf_high: in between, and these data do not speak against it.",
  );
  expect(
    chosen.length === inside.length,
    "Another of the candidates lies within the interval, too.",
    "The estimate is the best guess, and not the only effect that fits. Go through all four.",
  );
  return {
    message:
      "From hardly worth a stamp to worth a campaign: all of that fits these data. An interval is the result; the estimate is its middle.",
    next:
      "Look at the interval without blocks, above: same people, same model. Where did the difference come from?",
  };
}

const truthOf = ({ outcome, arm, reference }: typeof bySender | typeof byAppeal) => {
  const factor = arm === "joy" ? "appeal" : "sender";
  const [stimulus, other] = [`${factor}.${arm}`, `${factor}.${reference}`];
  return worldTruth(world, { outcome, stimulus, reference: other }).get("value", 0) as number;
};

function checkFactorial(letters: unknown, sender: unknown, appeal: unknown) {
  const arms = (letters as Partial<Treatments>)?.arms;
  if (!Array.isArray(arms)) {
    return wrong(
      `\`letters\` should be a factorial, and is ${kindOf(letters)}.`,
      "It is what `declareFactorial({ factors, text })` returns.",
    );
  }
  expect(
    arms.length === 4,
    `There are ${arms.length} letters.`,
    "Two senders, each with two appeals: how many combinations is that?",
  );
  for (
    const [value, name, asked] of [
      [sender, "senderEffect", bySender],
      [appeal, "appealEffect", byAppeal],
    ] as const
  ) {
    const table = answeredTable(value, name, ["arm", "n"]);
    expect(
      !columnOf<string>(table, "arm").some((arm) => String(arm).includes(".")),
      `\`${name}\` compares single letters with each other, each read by a quarter of the residents.`,
      "The effect of a factor compares all letters with one level to all with the other: see the option `arm` of estimateEffects.",
    );
    const { estimate, std_error } = answeredEffect(value, name, asked);
    expect(
      isNear(estimate, truthOf(asked), 4 * std_error),
      `\`${name}\` is not what these letters do.`,
      "Estimate both from the answers to the four letters.",
    );
    expect(
      Number(table.get("n", 0)) > 300,
      `\`${name}\` rests on a part of the residents.`,
      "All who answered count for both factors: that is what a factorial design is good for.",
    );
  }
  return {
    message:
      "One experiment, two questions, and each is answered with everybody. The sender matters; the appeal is not shown to.",
    next: "What would it take to show the appeal's effect, if there is one? Task 4.",
  };
}

/** What the text of the task asks to be planned for. */
const planned = { effect: 0.4, sd: 1.5, power: 0.8 };
const sizeFor = (effect: number) => planSampleSize({ ...planned, effect }).get("n", 0) as number;

function checkSize(value: unknown, half: unknown) {
  const needed = answeredNumber(value, "needed");
  const [right, forHalf] = [sizeFor(planned.effect), sizeFor(planned.effect / 2)];
  expect(
    !isNear(needed, right / 2, 2),
    "That many are needed in each arm.",
    "The question is for all personas together.",
  );
  expect(
    isNear(needed, right, 2),
    needed < right
      ? "With so few, an effect of that size would be found less often than four times in five."
      : "That is more than are needed.",
    "Are the effect, the standard deviation and the power those of the task? Without `sd` the answers are taken to spread by 1.",
  );
  const smaller = answeredNumber(half, "neededForHalf");
  expect(
    !isNear(smaller, 2 * right, 4),
    "Twice as many are not enough for half the effect.",
    "Do not guess: plan again with the smaller effect. The standard error falls with the square root of the number.",
  );
  expect(
    isNear(smaller, forHalf, 2),
    "That is not what half the effect needs.",
    "The same call as before; only `effect` changes.",
  );
  return {
    message: "Half the effect, four times the people. An effect of .1 needs sixteen times as many.",
    next: "For people this is a budget; for a model it is a minute. What does that tempt one to do? Task 5.",
  };
}

const uncertainties = ["draw", "lot", "wording", "imagination", "people"];
const remaining = ["wording", "imagination", "people"];

function checkRemains(value: unknown) {
  const names = answeredNames(value, "remains");
  expect(
    names.every((name) => uncertainties.includes(name)),
    "`remains` has a name that is not on the list.",
    `The names to choose from are ${uncertainties.join(", ")}.`,
  );
  expect(
    names.every((name) => remaining.includes(name)),
    "One of these does become small when more and more personas are drawn and assigned.",
    "The standard error counts what chance does in this study: who was drawn, and what the lot gave them.",
  );
  expect(
    names.length === remaining.length,
    "Something else stays as uncertain as before.",
    "Go through the list: would a hundred thousand further replies of the same model, to the same texts, tell you about it?",
  );
  return {
    message:
      "The interval of a hundred thousand replies is a hairline, around a number that may be far from people's.",
    next:
      "That is why no estimate from a model's answers alone is called confirmed here: its basis is `synthetic`.",
  };
}

/** Exercise 3: blocks, intervals, factors and how many. */
export const designTasks: ExerciseTasks = {
  "3.1": { title: "blocks", takes: ["blocked"], points: 2, check: checkBlocks },
  "3.2": {
    title: "an effect and its interval",
    takes: ["effect", "compatible"],
    points: 2,
    check: checkInterval,
  },
  "3.3": {
    title: "two questions at once",
    takes: ["letters", "senderEffect", "appealEffect"],
    points: 3,
    check: checkFactorial,
  },
  "3.4": { title: "how many", takes: ["needed", "neededForHalf"], points: 2, check: checkSize },
  "3.5": { title: "what more replies do not tell", takes: ["remains"], points: 1, check: checkRemains },
};
