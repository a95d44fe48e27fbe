import {
  assignTreatments,
  declareDesign,
  declareTreatments,
  estimateEffects,
  planExperiment,
  runExperiment,
  samplePersonas,
  type Treatments,
  unblindTreatments,
} from "@understudy/understudy";
import { checkManipulation } from "@understudy/understudy/audit";
import { declareCoffeeKiosk } from "@understudy/understudy/workshop";
import { testWrongAnswers } from "./wrong_answers.ts";

const { population, texts, items, respondent } = declareCoffeeKiosk();
const personas = samplePersonas(population.select("age_group", "share"), {
  n: 600,
  weights: "share",
  seed: 1,
});

function ask(treatments: Treatments) {
  const design = declareDesign({ treatments, items, stated: ["age_group"], reference: "low" });
  const plan = planExperiment(assignTreatments(personas, design, { seed: 2 }), design, { seed: 3 });
  return runExperiment(plan, respondent);
}

const text = (price: string) => `You pass a kiosk. A cup of coffee costs ${price}.`;
const repaired = declareTreatments({ low: text("€2.50"), high: text("€4.50") });
const unblinded = unblindTreatments(repaired, {
  values: { low: "a price of €2.50", high: "a price of €4.50" },
});
const answers = await ask(repaired);
const effect = estimateEffects(answers, { outcome: "buy" });
const unblindedEffect = estimateEffects(await ask(unblinded), { outcome: "buy" });
const recall = (item: string, expected?: { [arm: string]: string }) =>
  checkManipulation(answers, { item, seed: 1, ...(expected === undefined ? {} : { expected }) });

testWrongAnswers([
  {
    mistake: "the price is called confounded",
    id: "2.1",
    values: [["place", "price", "quality"]],
    says: "meant to differ",
    hides: ["place", "quality"],
  },
  {
    mistake: "one of two differences is found",
    id: "2.1",
    values: [["place"]],
    says: "not all that differs",
    hides: ["quality"],
  },
  {
    mistake: "something is named that is the same in both texts",
    id: "2.1",
    values: [["place", "quality", "time"]],
    says: "the same in both texts",
    hides: ["quality", "time"],
  },
  {
    mistake: "a difference is left in the repaired texts",
    id: "2.2",
    values: [declareTreatments({ ...texts, high: texts.high.replace("freshly roasted ", "") })],
    says: "more than the price",
    hides: ["marble", "station"],
  },
  {
    mistake: "both arms read the same",
    id: "2.2",
    values: [declareTreatments({ low: text("€2.50"), high: text("€2.50") })],
    says: "the same text",
    hides: ["€4.50"],
  },
  {
    mistake: "the prices are exchanged",
    id: "2.2",
    values: [declareTreatments({ low: text("€4.50"), high: text("€2.50") })],
    says: "its own arm's price",
    hides: ["marble"],
  },
  {
    mistake: "demand is read from what prices do in life",
    id: "2.3",
    values: [effect, "falls"],
    says: "not what this interval says",
    hides: ["rises"],
  },
  {
    mistake: "the effect is that on the recalled price",
    id: "2.3",
    values: [estimateEffects(answers, { outcome: "price", category: "€4.50" }), "rises"],
    says: "no effect on `buy`",
    hides: ["rises"],
  },
  {
    mistake: "the arms are compared the other way round",
    id: "2.3",
    values: [estimateEffects(answers, { outcome: "buy", reference: "high" }), "rises"],
    says: 'does not compare "high" with "low"',
    hides: ["rises"],
  },
  {
    mistake: "the outcome is taken for the manipulation check",
    id: "2.4",
    values: [recall("buy"), true],
    says: "another question",
    hides: ['"price"'],
  },
  {
    mistake: "no right answers are given",
    id: "2.4",
    values: [recall("price"), true],
    says: "`expected`",
    hides: ["€2.50"],
  },
  {
    mistake: "the expected answers are exchanged",
    id: "2.4",
    values: [recall("price", { low: "€4.50", high: "€2.50" }), true],
    says: "Hardly anybody",
    hides: ["€2.50"],
  },
  {
    mistake: "the verdict is read as if it were about the treatment",
    id: "2.4",
    values: [recall("price", { low: "€2.50", high: "€4.50" }), false],
    says: "A verdict names a fault",
    hides: ["true"],
  },
  {
    mistake: "the first texts are unblinded",
    id: "2.5",
    values: [
      unblindTreatments(declareTreatments(texts), {
        values: { low: "a price of €2.50", high: "a price of €4.50" },
      }),
      unblindedEffect,
    ],
    says: "differ in more than the price",
    hides: ["unblindTreatments(repaired"],
  },
  {
    mistake: "the versions are called by the arms' names",
    id: "2.5",
    values: [unblindTreatments(repaired), unblindedEffect],
    says: "not that they are prices",
    hides: ["unblindTreatments(repaired"],
  },
  {
    mistake: "the effect is that of the answers before",
    id: "2.5",
    values: [unblinded, effect],
    says: "ask again",
    hides: ["ask(unblinded)"],
  },
]);
