import type { Item, Respondent, Table, Treatments } from "@understudy/understudy/core";
import { likert } from "@understudy/understudy/items";
import { simulatedRespondent } from "@understudy/understudy/respondents";
import { declareTreatments } from "@understudy/understudy/treatments";
import { declareWorld, type World, worldPeople } from "@understudy/understudy/worlds";

/** Three models that say what the people of one town would answer. */
export type ParkingModel = "model_a" | "model_b" | "model_c";

/** A town that may be asked in life, three models of it, and what both are asked. */
export interface ParkingCharge {
  /** One row per kind of resident, with what is known of each, and their `share`. */
  readonly population: Table;
  /** Attributes that are known of people and that models are told. */
  readonly stated: readonly string[];
  /** A charge for parking, as it is usually announced, or with what the money is for. */
  readonly treatments: Treatments;
  /** How acceptable the charge is. */
  readonly items: readonly Item[];
  /** The people: made up, too, so that there is a truth to look up. */
  readonly people: Respondent;
  /** The models. */
  readonly models: { readonly [name in ParkingModel]: Respondent };
  /** The town. */
  readonly town: World;
  /** What each model believes of it. */
  readonly worlds: { readonly [name in ParkingModel]: World };
}

const treatments = declareTreatments({
  plain: "The town plans to charge for parking in the street: ten euros a month.",
  tram:
    "The town plans to charge for parking in the street: ten euros a month, which will pay for more trams.",
});

const items: readonly Item[] = [
  likert("accept", "How acceptable do you find this charge?", {
    points: 7,
    labels: ["not at all", "fully"],
  }),
];

const attributes = {
  age_group: { shares: { "18 to 39": 0.35, "40 to 64": 0.4, "65 and over": 0.25 } },
  car: { shares: { yes: 0.6, no: 0.4 } },
  tram_stop: { shares: { near: 0.5, far: 0.5 } },
  children: { shares: { yes: 0.4, no: 0.6 } },
};

/** What somebody's answer hangs on, and what the tram adds to it. */
interface Believed {
  readonly intercept: number;
  readonly effects: { readonly [attribute: string]: { readonly [level: string]: number } };
  readonly tram: number;
}

function believe(name: string, { intercept, effects, tram }: Believed): World {
  return declareWorld({
    name,
    seed: 61,
    attributes,
    stimuli: { plain: "ten euros a month.", tram: "pay for more trams" },
    items: {
      accept: {
        kind: "scale",
        range: [1, 7],
        sd: 0.9,
        intercept,
        effects,
        stimuli: { tram: { effect: tram } },
      },
    },
  }, { treatments, items });
}

/**
 * A town in which a charge is more acceptable where it pays for trams. The first model has an idea of who finds it
 * acceptable; the second goes by age alone, with which it has nothing to do; the third knows who accepts what, and believes
 * that the tram annoys people.
 */
export function declareParkingCharge(): ParkingCharge {
  const town = believe("parking-charge", {
    intercept: 3.5,
    effects: {
      car: { yes: -1.1, no: 1.1 },
      tram_stop: { near: 0.8, far: -0.8 },
      children: { yes: -0.4, no: 0.4 },
    },
    tram: 0.7,
  });
  const worlds = {
    model_a: believe("parking-charge-a", {
      intercept: 4.2,
      effects: { car: { yes: -1, no: 1 }, tram_stop: { near: 0.7, far: -0.7 } },
      tram: 0.9,
    }),
    model_b: believe("parking-charge-b", {
      intercept: 3.6,
      effects: { age_group: { "18 to 39": 1.3, "65 and over": -1.3 } },
      tram: 0.7,
    }),
    model_c: believe("parking-charge-c", {
      intercept: 4.4,
      effects: { car: { yes: -1.3, no: 1.3 }, tram_stop: { near: 0.6, far: -0.6 } },
      tram: -0.8,
    }),
  };
  return {
    population: worldPeople(town),
    stated: Object.keys(attributes),
    treatments,
    items,
    people: simulatedRespondent(town),
    models: {
      model_a: simulatedRespondent(worlds.model_a),
      model_b: simulatedRespondent(worlds.model_b),
      model_c: simulatedRespondent(worlds.model_c),
    },
    town,
    worlds,
  };
}
