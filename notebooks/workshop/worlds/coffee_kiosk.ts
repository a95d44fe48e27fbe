import { choice, yesNo } from "@understudy/understudy/items";
import type { Item, Respondent, Table } from "@understudy/understudy/core";
import { simulatedRespondent } from "@understudy/understudy/respondents";
import { declareWorld, type World, worldPeople } from "@understudy/understudy/worlds";

/** The two texts as somebody in a hurry wrote them. */
const kioskTexts = {
  low: "It is eight in the morning. You pass a kiosk at the station. A cup of coffee costs €2.50.",
  high:
    "It is eight in the morning. You pass a kiosk with marble tables. A cup of freshly roasted coffee costs €4.50.",
};

/** Passers-by, what they are asked, and a model that plays them. */
export interface CoffeeKiosk {
  /** One row per kind of passer-by: `age_group`, `income`, and their `share`. */
  readonly population: Table;
  /** Whether they would buy the coffee, and what it cost. */
  readonly items: readonly Item[];
  /** The two texts as somebody in a hurry wrote them. */
  readonly texts: { readonly low: string; readonly high: string };
  /** Who answers. */
  readonly respondent: Respondent;
  /** The society that the model has learnt from. */
  readonly world: World;
}

/**
 * Passers-by at a kiosk, and a model that learnt where coffee is dear and where it is cheap: a high price brings to its
 * mind people who can pay it, unless it is told that the price was drawn by lot.
 */
export function declareCoffeeKiosk(): CoffeeKiosk {
  const world = declareWorld({
    name: "coffee-kiosk",
    seed: 21,
    attributes: {
      age_group: { shares: { "under 40": 0.45, "40 and over": 0.55 } },
      income: { shares: { low: 0.35, middle: 0.4, high: 0.25 } },
    },
    stimuli: { low: "costs €2.50", high: "costs €4.50" },
    exposure: {
      low: { income: { low: 1.2, high: -1.4 } },
      high: { income: { low: -1.6, high: 1.4 } },
    },
    items: {
      buy: {
        kind: "yesNo",
        intercept: 0.1,
        effects: { income: { low: -1.4, high: 1.6 }, age_group: { "under 40": 0.2 } },
        stimuli: { high: { effect: -0.95 } },
      },
      price: {
        kind: "choice",
        options: {
          "€2.50": { stimuli: { low: { effect: 3.2 } } },
          "€3.50": {},
          "€4.50": { stimuli: { high: { effect: 3.2 } } },
        },
      },
    },
    behaviour: { unblinding: { phrases: ["random", "by lot", "by chance"], strength: 0.95 } },
  }, { items: kioskItems });
  return {
    population: worldPeople(world),
    texts: kioskTexts,
    items: kioskItems,
    respondent: simulatedRespondent(world),
    world,
  };
}

const kioskItems: readonly Item[] = [
  yesNo("buy", "Do you buy a cup?"),
  choice("price", "What does a cup of coffee cost at this kiosk?", ["€2.50", "€3.50", "€4.50"]),
];
