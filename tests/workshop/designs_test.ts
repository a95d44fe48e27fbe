import {
  assignTreatments,
  declareDesign,
  declareFactorial,
  declareTreatments,
  type Design,
  estimateEffects,
  planExperiment,
  planSampleSize,
  runExperiment,
  samplePersonas,
  type Table,
} from "@understudy/understudy";
import { declareHelpingLetter } from "@understudy/understudy/workshop";
import { testWrongAnswers } from "./wrong_answers.ts";

const { population, items, text, respondent } = declareHelpingLetter();
const letter = (sender: string) => `There is a letter in your letter box, signed by your ${sender}.`;
const treatments = declareTreatments({ mayor: letter("mayor"), neighbour: letter("neighbour") });
const stated = ["age_group", "district"];
const designWith = (blocks: string | string[]) => declareDesign({ treatments, items, stated, blocks });
const personas = samplePersonas(population, { n: 120, weights: "share", seed: 1 });
const assignedBy = (blocks: string | string[]) => assignTreatments(personas, designWith(blocks), { seed: 2 });

const ask = (assigned: Table, design: Design) =>
  runExperiment(planExperiment(assigned, design, { seed: 3 }), respondent);

const answers = await ask(assignedBy("age_group"), designWith("age_group"));
const effect = estimateEffects(answers, { outcome: "help", reference: "mayor" });
const unblocked = estimateEffects(await ask(assignedBy([]), designWith([])), {
  outcome: "help",
  reference: "mayor",
});
const inside = [0, 0.3, 0.7, 1.2].filter((one) =>
  one >= Number(effect.get("conf_low", 0)) && one <= Number(effect.get("conf_high", 0))
);

const letters = declareFactorial({
  factors: { sender: ["mayor", "neighbour"], appeal: ["duty", "joy"] },
  text,
});
const crossed = declareDesign({ factors: letters, items, stated, blocks: "age_group" });
const more = samplePersonas(population, { n: 400, weights: "share", seed: 5 });
const letterAnswers = await ask(assignTreatments(more, crossed, { seed: 2 }), crossed);
const ofFactor = (arm: string, reference: string) =>
  estimateEffects(letterAnswers, { outcome: "help", arm, reference });
const [sender, appeal] = [ofFactor("sender", "mayor"), ofFactor("appeal", "duty")];
const size = (effect: number, sd: number) => planSampleSize({ effect, sd, power: 0.8 }).get("n", 0) as number;

testWrongAnswers([
  {
    mistake: "nothing is blocked",
    id: "3.1",
    values: [assignedBy([])],
    says: "differ in age",
    hides: ['blocks: "age_group"'],
  },
  {
    mistake: "the blocks are of another attribute",
    id: "3.1",
    values: [assignedBy("district")],
    says: "differ in age",
    hides: ['blocks: "age_group"'],
  },
  {
    mistake: "only a part of the personas is assigned",
    id: "3.1",
    values: [assignedBy("age_group").slice(0, 100)],
    says: "100 rows",
    hides: ['blocks: "age_group"'],
  },
  {
    mistake: "the effect is that without blocks",
    id: "3.2",
    values: [unblocked, inside],
    says: "as if there were no blocks",
    hides: ["0.3", "0.7"],
  },
  {
    mistake: "only the effect nearest to the estimate is listed",
    id: "3.2",
    values: [effect, inside.slice(0, 1)],
    says: "not the only effect that fits",
    hides: ["0.3", "0.7"],
  },
  {
    mistake: "an effect outside the interval is listed",
    id: "3.2",
    values: [effect, [...inside, 1.2]],
    says: "outside the interval",
    hides: ["0.3", "0.7", "1.2"],
  },
  {
    mistake: "single letters are compared",
    id: "3.3",
    values: [letters, estimateEffects(letterAnswers, { outcome: "help" }), appeal],
    says: "by a quarter of the residents",
    hides: ['arm: "sender"'],
  },
  {
    mistake: "the two effects are exchanged",
    id: "3.3",
    values: [letters, appeal, sender],
    says: '`senderEffect` does not compare "neighbour" with "mayor"',
    hides: ['arm: "sender"'],
  },
  {
    mistake: "the neighbour is the reference",
    id: "3.3",
    values: [letters, ofFactor("sender", "neighbour"), appeal],
    says: "measured from",
    hides: ['reference: "mayor"'],
  },
  {
    mistake: "the number is that of each arm",
    id: "3.4",
    values: [size(0.4, 1.5) / 2, size(0.2, 1.5)],
    says: "in each arm",
    hides: ["444", "1768"],
  },
  {
    mistake: "the standard deviation is forgotten",
    id: "3.4",
    values: [size(0.4, 1), size(0.2, 1)],
    says: "Without `sd`",
    hides: ["444", "1768"],
  },
  {
    mistake: "half the effect is taken to need twice the personas",
    id: "3.4",
    values: [size(0.4, 1.5), 2 * size(0.4, 1.5)],
    says: "not enough",
    hides: ["1768", "four"],
  },
  {
    mistake: "the draw is taken to stay uncertain",
    id: "3.5",
    values: [["draw", "imagination", "people"]],
    says: "does become small",
    hides: ["wording", "imagination"],
  },
  {
    mistake: "only the people are named",
    id: "3.5",
    values: [["people"]],
    says: "Something else",
    hides: ["wording", "imagination"],
  },
  {
    mistake: "a sentence is given in place of the names",
    id: "3.5",
    values: [["the wording of the letters"]],
    says: "not on the list",
    hides: ["Something else"],
  },
]);
