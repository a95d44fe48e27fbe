/**
 * From a file of people's answers to an effect that holds: sixty people, a model asked about them and about five hundred
 * others.
 *
 *     deno run -A examples/sixty_people.ts                                          # a simulated respondent answers
 *     deno run -A examples/sixty_people.ts http://localhost:11434/v1 llama3.2        # a model of your own machine
 *
 * The file is a CSV export as Qualtrics writes it; its people are made up.
 *
 * @module
 */
import {
  adviseStudy,
  assignTreatments,
  calibrateEffects,
  declareDesign,
  declareTreatments,
  declareWorld,
  likert,
  loadTable,
  openAiRespondent,
  planExperiment,
  plotCalibration,
  runExperiment,
  samplePersonas,
  simulatedRespondent,
  sqliteStore,
  type Table,
  worldPeople,
} from "@understudy/understudy";
import { loadHuman, qualtricsCodebook } from "@understudy/understudy/formats";
import { show, showProgress } from "@understudy/understudy/kernel";
import { fileURLToPath } from "node:url";

const [baseURL, model = "default"] = Deno.args;
const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

// What people and the model are asked, in the same words.
const items = [
  likert("ride", "How likely is it that you will take the night bus in the coming months?", {
    points: 7,
    labels: ["not at all likely", "very likely"],
  }),
];
const treatments = declareTreatments({
  timetable: "The town plans a bus through the night. A leaflet gives the stops and the timetable.",
  free: "The town plans a bus through the night. A leaflet says that it is free on weekends.",
});

// People: the export says what its columns are; which question is which, and what its codes mean, we say.
const file = path("./data/night_bus_survey.csv");
const codebook = [
  ...qualtricsCodebook(await loadTable(file)),
  { column: "cond", name: "arm", codes: { 1: "timetable", 2: "free" } },
  { column: "Q1", name: "ride" },
  { column: "Q2", name: "car", codes: { 1: "yes", 2: "no" } },
  { column: "Q3", name: "home", codes: { 1: "centre", 2: "between", 3: "edge" } },
];
const human = await loadHuman(file, { codebook, items });

// Personas: one for each of these people, by the same name, and five hundred drawn from the town's census. What is known
// of a person has the same columns and the same words in both.
const known = ["car", "home"];
const society = (name: string, intercept: number, free: number) =>
  declareWorld({
    name,
    seed: 1,
    attributes: {
      car: { shares: { yes: 0.6, no: 0.4 } },
      home: { shares: { centre: 0.3, between: 0.4, edge: 0.3 } },
    },
    stimuli: { timetable: "gives the stops", free: "is free on weekends" },
    items: {
      ride: {
        kind: "scale",
        range: [1, 7],
        sd: 0.9,
        intercept,
        effects: { car: { no: 1.2, yes: -0.8 }, home: { centre: -1, edge: 1 } },
        stimuli: { free: { effect: free } },
      },
    },
  }, { treatments, items });
const census = worldPeople(society("night-bus-census", 3.6, 0.6));
const others = samplePersonas(census, { n: 500, weights: "share", seed: 1 });
const personas = human.select("persona_id", ...known)
  .concat(others.select("persona_id", ...known)) as Table;

// The model is asked about each of them in both arms: what is common to an arm's answers then cancels.
const design = declareDesign({
  treatments,
  items,
  stated: known,
  subjects: "within",
  reference: "timetable",
  elicit: "percentages",
});
const plan = planExperiment(assignTreatments(personas, design, { seed: 2 }), design, { seed: 3 });
// This one likes the bus more than people do, and believes too much in what is free.
const respondent = baseURL === undefined
  ? simulatedRespondent(society("night-bus-keen", 4.4, 1.5))
  : openAiRespondent({ baseURL, model, maxTokens: 300, timeoutMs: 300_000 });
const store = sqliteStore(path("../out/sixty_people.db"));
const answers = await runExperiment(plan, respondent, { store, concurrency: 4, onProgress: showProgress() });
await store.close();

// People and personas meet by persona_id.
const effects = calibrateEffects(human, answers, { outcome: "ride", reference: "timetable" });
await show(effects.select(
  "arm",
  "estimator",
  "estimate",
  "conf_low",
  "conf_high",
  "lambda",
  "n_human",
  "n_synthetic",
  "n_effective",
  "basis",
));
await show(adviseStudy({ effects }));
const figure = path("../out/sixty_people.svg");
await Deno.writeTextFile(figure, plotCalibration(effects).svg);
await show(`The figure is in ${figure}.`);
