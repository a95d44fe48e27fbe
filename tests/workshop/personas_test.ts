import { columnOf, rakeWeights, samplePersonas } from "@understudy/understudy";
import { describePersona } from "@understudy/understudy/personas";
import { declareHarbourCity } from "@understudy/understudy/workshop";
import { testWrongAnswers } from "./wrong_answers.ts";

const { population, volunteers, census } = declareHarbourCity();
const weighted = rakeWeights(volunteers, census);
const answers = columnOf<number>(volunteers, "support");
const weights = columnOf<number>(weighted, "weight");
const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);
const plain = sum(answers) / answers.length;
const person = {
  persona_id: "p042",
  weight: 1,
  age_group: "65 and over",
  education: "no degree",
  car: "has a car",
};
const described = (attributes: string[]) => describePersona(person, { attributes });

testWrongAnswers([
  {
    mistake: "the share is a percentage",
    id: "1.1",
    values: ["65 and over", 8.06],
    says: "between 0 and 1",
    hides: ["65 and over", "0.08"],
  },
  {
    mistake: "the group is the one with the smallest share in the census's order",
    id: "1.1",
    values: ["40 to 64", 0.374],
    says: "furthest short",
    hides: ["65 and over", "0.08"],
  },
  {
    mistake: "the share is the census's",
    id: "1.1",
    values: ["65 and over", 0.27],
    says: "in the city",
    hides: ["0.08"],
  },
  {
    mistake: "every row of the population counts once",
    id: "1.2",
    values: [samplePersonas(population, { n: 200, seed: 1 })],
    says: "`counts`",
    hides: ['counts: "residents"'],
  },
  {
    mistake: "the personas are drawn from the volunteers",
    id: "1.2",
    values: [samplePersonas(volunteers, { n: 200, seed: 1 })],
    says: "drawn from the volunteers",
    hides: ['counts: "residents"'],
  },
  {
    mistake: "there are fewer personas than asked for",
    id: "1.2",
    values: [samplePersonas(population, { n: 100, seed: 1, counts: "residents" })],
    says: "100 personas",
    hides: ["200"],
  },
  {
    mistake: "one of two margins is met",
    id: "1.3",
    values: [rakeWeights(volunteers, { age_group: census.age_group })],
    says: "`education`",
    hides: ["rakeWeights(volunteers, census)"],
  },
  {
    mistake: "the weight is the share itself",
    id: "1.3",
    values: [
      volunteers.assign({
        weight: columnOf<string>(volunteers, "age_group").map((age) => census.age_group[age]!),
      }),
    ],
    says: "A weight is not a share",
    hides: ["rakeWeights(volunteers, census)"],
  },
  {
    mistake: "the personas are weighted and not the volunteers",
    id: "1.3",
    values: [rakeWeights(samplePersonas(population, { n: 200, seed: 1, counts: "residents" }), census)],
    says: "200 rows",
    hides: ["rakeWeights(volunteers, census)"],
  },
  {
    mistake: "both means are without weights",
    id: "1.4",
    values: [plain, plain],
    says: "the weights were not used",
    hides: ["3.8"],
  },
  {
    mistake: "the weighted sum is divided by nothing",
    id: "1.4",
    values: [plain, sum(answers.map((answer, row) => answer * weights[row]!))],
    says: "between 1 and 7",
    hides: ["3.8"],
  },
  {
    mistake: "the two means are exchanged",
    id: "1.4",
    values: [3.8016, plain],
    says: "not the mean answer of the volunteers",
    hides: ["3.8", "4.39"],
  },
  {
    mistake: "everything of the row is stated",
    id: "1.5",
    values: [describePersona(person), ["district", "car"]],
    says: "also states `car`",
    hides: ["district"],
  },
  {
    mistake: "what is open is named from the text",
    id: "1.5",
    values: [described(["age_group", "education"]), ["education", "car"]],
    says: "your text states",
    hides: ["district"],
  },
  {
    mistake: "an attribute that is open is forgotten",
    id: "1.5",
    values: [described(["age_group", "education"]), ["car"]],
    says: "not complete",
    hides: ["district"],
  },
]);
