import { columnOf } from "@understudy/understudy/core";
import { rakeWeights } from "@understudy/understudy/personas";
import {
  answeredNames,
  answeredNumber,
  answeredShare,
  answeredTable,
  answeredText,
  type ExerciseTasks,
  expect,
  isNear,
  shareOf,
} from "../answers.ts";
import { declareHarbourCity } from "../worlds/harbour_city.ts";

const { population, volunteers, census } = declareHarbourCity();
const ageGroups = Object.keys(census.age_group);
const attributes = ["age_group", "education", "district", "car"];

/** How far the volunteers' share of an age group lies below the census. */
const shortfall = (age: string) => census.age_group[age]! - shareOf(volunteers, "age_group", age);
const mostMissing = ageGroups.reduce((most, age) => shortfall(age) > shortfall(most) ? age : most);

function checkMissing(group: unknown, share: unknown) {
  // The number first: whoever counts wrongly finds the wrong group as well.
  const read = answeredShare(share, "itsShare");
  const name = answeredText(group, "missingGroup");
  expect(
    ageGroups.includes(name),
    "`missingGroup` is none of the age groups as the census writes them.",
    `They are ${ageGroups.map((age) => `"${age}"`).join(", ")}.`,
  );
  expect(
    name === mostMissing,
    "That age group is not the one that falls furthest short of its share in the census.",
    "For each of the three groups, take the census's share and subtract the volunteers'. Which difference is largest?",
  );
  expect(
    !isNear(read, census.age_group[name]!, 0.005),
    "`itsShare` is the group's share in the city, as the census has it.",
    "The question is about the volunteers: how many of them are of this group, of all volunteers?",
  );
  expect(
    isNear(read, shareOf(volunteers, "age_group", name), 0.005),
    "The group is right; its share among the volunteers is not.",
    "Filter the column to this group, take the length, and divide it by `volunteers.numRows()`.",
  );
  return {
    message:
      "Those who would lose most, and know the old town longest, are hardly in the room. More volunteers would not help.",
    next: "Who else do you expect to be missing, of whom the table says nothing?",
  };
}

const sampleSize = 200;

function checkPersonas(value: unknown) {
  const personas = answeredTable(value, "personas", ["persona_id"]);
  expect(
    !personas.columnNames().includes("support"),
    "These personas are drawn from the volunteers: they have their opinions already.",
    "Draw from `population`, the city; the volunteers are those who happened to answer.",
  );
  expect(
    !personas.columnNames().includes("residents"),
    "`residents` became an attribute of the personas: each row of the table counted once, however many people it stands for.",
    "Tell `samplePersonas` which column counts people; see its option `counts`.",
  );
  answeredTable(personas, "personas", attributes);
  expect(
    personas.numRows() === sampleSize,
    `There are ${personas.numRows()} personas.`,
    "Look up in the text how many the task asks for, and set `n`.",
  );
  for (const name of ["age_group", "education", "car"]) {
    for (const level of new Set(columnOf(population, name))) {
      expect(
        isNear(shareOf(personas, name, level), shareOf(population, name, level, "residents"), 0.1),
        `The personas differ from the city in \`${name}\`.`,
        "Draw with `samplePersonas` and leave the rows as they come.",
      );
    }
  }
  return {
    message:
      "Whole rows were drawn: age, education, district and car go together in the personas as in the city.",
    next: "Draw them again with another seed. What changes, and what does not?",
  };
}

function checkWeights(value: unknown) {
  const weighted = answeredTable(value, "weighted", ["weight", "age_group", "education"]);
  expect(
    weighted.numRows() === volunteers.numRows(),
    `\`weighted\` has ${weighted.numRows()} rows; weights belong to the ${volunteers.numRows()} volunteers.`,
    "Give `rakeWeights` the table of volunteers, and nobody else.",
  );
  const weights = columnOf(weighted, "weight");
  expect(
    weights.every((weight) => typeof weight === "number" && weight > 0),
    "Some weights are not numbers above 0.",
    "Everybody who answered counts for something. Take the weights that `rakeWeights` returns as they are.",
  );
  expect(
    new Set(weights).size > 1,
    "Everybody has the same weight, so nothing is changed.",
    "A weight says how many residents a volunteer stands for: more where few volunteered.",
  );
  const misses = (["age_group", "education"] as const).filter((margin) =>
    Object.entries(census[margin]).some(([level, share]) =>
      !isNear(shareOf(weighted, margin, level, "weight"), share, 0.005)
    )
  );
  expect(
    misses.length < 2,
    "Weighted by these, the volunteers meet neither of the census's margins.",
    "A weight is not a share. `rakeWeights(table, targets)` takes the shares as targets and finds the weights.",
  );
  expect(
    misses.length === 0,
    `The weights do not meet the census's shares of \`${misses[0]}\`.`,
    "Both margins are targets at once: an object with a name for each attribute.",
  );
  return {
    message: `Weighted, the volunteers have the city's ages and its degrees. The largest weight is ${
      Math.max(...weights as number[]).toFixed(1)
    }, the smallest ${Math.min(...weights as number[]).toFixed(1)}.`,
    next:
      "Who has the largest weight? One such person speaks for that many residents: look how few there are.",
  };
}

function checkSupport(unweighted: unknown, weighted: unknown) {
  const [plain, read] = [
    answeredNumber(unweighted, "plainSupport"),
    answeredNumber(weighted, "weightedSupport"),
  ];
  for (const [name, mean] of Object.entries({ plainSupport: plain, weightedSupport: read })) {
    expect(
      mean >= 1 && mean <= 7,
      `\`${name}\` is ${mean.toPrecision(3)}, and answers lie between 1 and 7.`,
      "A mean divides: the sum of the answers by their number, the weighted sum by the sum of the weights.",
    );
  }
  const answers = columnOf<number>(volunteers, "support");
  const mean = answers.reduce((sum, answer) => sum + answer, 0) / answers.length;
  expect(
    isNear(plain, mean, 0.005),
    "`plainSupport` is not the mean answer of the volunteers.",
    'The answers are `columnOf<number>(volunteers, "support")`.',
  );
  expect(
    !isNear(read, plain, 0.005),
    "The two means are the same: the weights were not used.",
    "Multiply each answer by the weight of whoever gave it, before you sum.",
  );
  expect(
    isNear(read, weightedMean(), 0.01),
    "`weightedSupport` is another number than the weighted mean of the answers.",
    "Both columns come from `weighted`, in the same order of rows. Divide by the sum of the weights.",
  );
  return {
    message: "The volunteers are for it, the city is rather against it: who answers has decided the vote.",
    next:
      "Weights know age and education. If drivers volunteered less than others of their age, would they help?",
  };
}

/** The mean support with weights that meet both margins. */
function weightedMean(): number {
  const table = rakeWeights(volunteers, census);
  const [answers, weights] = [columnOf<number>(table, "support"), columnOf<number>(table, "weight")];
  return answers.reduce((sum, answer, row) => sum + answer * weights[row]!, 0) /
    weights.reduce((sum, weight) => sum + weight, 0);
}

function checkDescription(description: unknown, leftOpen: unknown) {
  const text = answeredText(description, "description");
  expect(
    /\byou(r)?\b/i.test(text),
    "The text does not speak to the person: a model that is told of somebody tells a story about them.",
    'Phrases such as "You live in the {value}." address whoever answers.',
  );
  expect(
    !/persona|weight|\bp\d{3}\b/i.test(text),
    "The text tells what only the experiment knows: a number, a weight.",
    "List in `attributes` what shall be stated, and nothing else is.",
  );
  expect(
    !text.includes("{"),
    "A place in a phrase was not filled in.",
    "The place is written {value}, whatever the attribute is called.",
  );
  const told = attributes.filter((name) =>
    columnOf<string>(population, name).some((level) => text.includes(level))
  );
  const extra = told.filter((name) => name !== "age_group" && name !== "education");
  expect(
    extra.length === 0,
    `The text also states \`${extra[0]}\`.`,
    "In this task two attributes are stated; the others are left out on purpose.",
  );
  expect(
    told.length === 2,
    "The text does not state both of the attributes that the task names, in the table's words.",
    "Give `attributes` both names, and keep {value} in both phrases.",
  );
  const open = answeredNames(leftOpen, "leftOpen");
  const unknown = open.find((name) => !attributes.includes(name));
  expect(
    unknown === undefined,
    `\`leftOpen\` has a name that is no attribute of the personas.`,
    `Attributes are columns of the table other than persona_id and weight: look at personas.columnNames().`,
  );
  expect(
    !open.some((name) => told.includes(name)),
    "`leftOpen` names something that your text states.",
    "Read your text again: what does it not say?",
  );
  expect(
    open.length === attributes.length - told.length,
    "`leftOpen` is not complete.",
    "Go through personas.columnNames() one by one: is it in the text?",
  );
  return {
    message:
      "What you left open, the model fills in for itself. And income, temper and politics were never even columns.",
    next: "Keep this in mind for exercise 4: a treatment may change how the gap is filled.",
  };
}

/** Exercise 1: who is asked, who is missing, and what is said of them. */
export const personaTasks: ExerciseTasks = {
  "1.1": { title: "who is missing", takes: ["missingGroup", "itsShare"], points: 2, check: checkMissing },
  "1.2": { title: "personas from a city", takes: ["personas"], points: 2, check: checkPersonas },
  "1.3": { title: "weights", takes: ["weighted"], points: 2, check: checkWeights },
  "1.4": {
    title: "what weights change",
    takes: ["plainSupport", "weightedSupport"],
    points: 2,
    check: checkSupport,
  },
  "1.5": {
    title: "a person in words",
    takes: ["description", "leftOpen"],
    points: 2,
    check: checkDescription,
  },
};
