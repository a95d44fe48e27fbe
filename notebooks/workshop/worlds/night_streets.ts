import type { Item, Respondent, Table, Treatments } from "@understudy/understudy/core";
import { choice, likert, yesNo } from "@understudy/understudy/items";
import { simulatedRespondent } from "@understudy/understudy/respondents";
import { declareTreatments } from "@understudy/understudy/treatments";
import {
  declareWorld,
  type World,
  type WorldDeclaration,
  worldPeople,
  type WorldScale,
} from "@understudy/understudy/worlds";

/** Models that play the residents of one city. */
export type NightModel = "ann" | "ben" | "cleo" | "dora";

/** Residents who read about their streets at night, what they are asked, and the models that play them. */
export interface NightStreets {
  /** One row per kind of resident, with only what a survey would know: `age_group`, `district`, and their `share`. */
  readonly population: Table;
  /** News of a festival, or of burglaries. */
  readonly treatments: Treatments;
  /** The outcome, and further questions. */
  readonly items: readonly Item[];
  /** Two more questions, for those who want to ask about the same things twice. */
  readonly moreItems: readonly Item[];
  /** One row per kind of resident, with what a closer survey would know too: `leaning` and `home`. */
  readonly closerSurvey: Table;
  /** The models. */
  readonly models: { readonly [name in NightModel]: Respondent };
  /** What each has learnt from: the same people, who meet such news in different ways. */
  readonly worlds: { readonly [name in NightModel]: World };
}

const treatments = declareTreatments({
  festival:
    "In your district there was a street festival last night. The city council now discusses cameras in the streets.",
  burglaries:
    "In your district there were three burglaries last night. The city council now discusses cameras in the streets.",
});

const items: readonly Item[] = [
  likert("cameras", "Do you oppose or support cameras in the streets of your district?", {
    points: 7,
    labels: ["strongly oppose", "strongly support"],
  }),
  likert("worry", "How much do you worry when you walk home at night?", {
    points: 5,
    labels: ["not at all", "very much"],
  }),
  choice("news_source", "Over the past year, where did you get most of your news?", [
    "newspapers",
    "television",
    "social media",
  ]),
  yesNo("garden", "When you were a child, did your family have a garden?"),
  yesNo("doors", "Will you lock your doors more often from now on?"),
  yesNo("instrument", "As a child, did you learn to play an instrument?"),
];

const moreItems: readonly Item[] = [
  yesNo("watch", "Last year, did you take part in a neighbourhood watch?"),
  yesNo("repaired", "Last year, did you pay for a repair of the house that you live in?"),
];

const city: Omit<WorldDeclaration, "name" | "seed"> = {
  attributes: {
    age_group: { shares: { "18 to 39": 0.35, "40 to 64": 0.4, "65 and over": 0.25 } },
    district: { shares: { "old town": 0.4, suburb: 0.6 } },
    leaning: { shares: { order: 0.5, freedom: 0.5 } },
    home: { shares: { owned: 0.5, rented: 0.5 } },
  },
  stimuli: { festival: "street festival", burglaries: "three burglaries" },
  items: {
    cameras: {
      kind: "scale",
      range: [1, 7],
      sd: 1.2,
      intercept: 3.7,
      effects: {
        leaning: { order: 0.9, freedom: -0.9 },
        home: { owned: 0.6, rented: -0.6 },
        age_group: { "65 and over": 0.3 },
      },
      stimuli: { burglaries: { effect: 0.4 } },
    },
    worry: {
      kind: "scale",
      range: [1, 5],
      sd: 1,
      intercept: 2.4,
      effects: { age_group: { "65 and over": 0.4 } },
      stimuli: { burglaries: { effect: 0.8 } },
    },
    news_source: {
      kind: "choice",
      options: {
        newspapers: { effects: { age_group: { "65 and over": 0.8 } } },
        television: { effects: { leaning: { order: 0.9, freedom: -0.9 } } },
        "social media": {
          effects: { leaning: { order: -0.7, freedom: 0.7 }, age_group: { "18 to 39": 0.8 } },
        },
      },
    },
    garden: { kind: "yesNo", effects: { home: { owned: 1.2, rented: -1.2 } } },
    doors: { kind: "yesNo", intercept: -0.8, stimuli: { burglaries: { effect: 1.4 } } },
    instrument: { kind: "yesNo", intercept: -0.4, effects: { district: { "old town": 0.3 } } },
    watch: { kind: "yesNo", intercept: -0.5, effects: { leaning: { order: 1.2, freedom: -1.2 } } },
    repaired: { kind: "yesNo", effects: { home: { owned: 1.4, rented: -1.4 } } },
  },
};

/** Something that no question follows: whether people were ever burgled. It moves the outcome, and who reads what. */
const burgled: Pick<WorldDeclaration, "attributes" | "items"> = {
  attributes: { ...city.attributes, burgled: { shares: { "yes": 0.5, "no": 0.5 } } },
  items: {
    ...city.items,
    cameras: {
      ...city.items.cameras as WorldScale,
      effects: {
        leaning: { order: 0.9, freedom: -0.9 },
        home: { owned: 0.6, rented: -0.6 },
        age_group: { "65 and over": 0.3 },
        burgled: { "yes": 0.9, "no": -0.9 },
      },
    },
  },
};

/** Who meets such news, as each model has learnt it. */
const exposures: { readonly [name in NightModel]: NonNullable<WorldDeclaration["exposure"]> } = {
  ann: {},
  ben: {
    festival: { leaning: { order: -0.7, freedom: 0.7 } },
    burglaries: { leaning: { order: 0.7, freedom: -0.7 } },
  },
  cleo: {
    festival: { home: { owned: -0.7, rented: 0.7 } },
    burglaries: { home: { owned: 0.7, rented: -0.7 } },
  },
  dora: {
    festival: { leaning: { order: -0.7, freedom: 0.7 }, burgled: { "yes": -0.7, "no": 0.7 } },
    burglaries: { leaning: { order: 0.7, freedom: -0.7 }, burgled: { "yes": 0.7, "no": -0.7 } },
  },
};

/**
 * A city in which burglaries raise the support for cameras a little. Four models have learnt from it: for one, anybody
 * may read of burglaries; for the others, some people do more than others.
 */
export function declareNightStreets(): NightStreets {
  const worldOf = (name: NightModel, seed: number) =>
    declareWorld({
      ...city,
      ...(name === "dora" ? burgled : {}),
      name,
      seed,
      exposure: exposures[name],
    }, { treatments, items: [...items, ...moreItems] });
  const worlds = {
    ann: worldOf("ann", 41),
    ben: worldOf("ben", 42),
    cleo: worldOf("cleo", 43),
    dora: worldOf("dora", 44),
  };
  const people = worldPeople(worlds.ann);
  const share = "d => op.sum(d.share)";
  return {
    population: people.groupby("age_group", "district").rollup({ share }),
    treatments,
    items,
    moreItems,
    closerSurvey: people.groupby("age_group", "district", "leaning", "home").rollup({ share }),
    models: {
      ann: simulatedRespondent(worlds.ann),
      ben: simulatedRespondent(worlds.ben),
      cleo: simulatedRespondent(worlds.cleo),
      dora: simulatedRespondent(worlds.dora),
    },
    worlds,
  };
}
