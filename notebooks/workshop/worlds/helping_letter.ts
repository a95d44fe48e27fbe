import type { Item, Respondent, Table } from "@understudy/understudy/core";
import { likert } from "@understudy/understudy/items";
import { simulatedRespondent } from "@understudy/understudy/respondents";
import { declareWorld, type World, worldPeople } from "@understudy/understudy/worlds";

/** Residents who get a letter, what they are asked, and a model that plays them. */
export interface HelpingLetter {
  /** One row per kind of resident: `age_group`, `district`, and their `share`. */
  readonly population: Table;
  /** How likely they are to help. */
  readonly items: readonly Item[];
  /** The letter, with places for who signs it and what it appeals to. */
  readonly text: string;
  /** Who answers. */
  readonly respondent: Respondent;
  /** The society that the model has learnt from. */
  readonly world: World;
}

const items: readonly Item[] = [
  likert("help", "How likely is it that you would do the shopping for an old person in your street?", {
    points: 7,
    labels: ["not at all", "certain"],
  }),
];

/**
 * A letter that asks residents to help: who signs it matters, what it appeals to hardly does, and the old help more than
 * the young whoever writes. Everybody gets every letter equally often, so nothing drifts.
 */
export function declareHelpingLetter(): HelpingLetter {
  const world = declareWorld({
    name: "helping-letter",
    seed: 31,
    attributes: {
      age_group: { shares: { "18 to 39": 0.35, "40 to 64": 0.4, "65 and over": 0.25 } },
      district: { shares: { "old town": 0.3, suburb: 0.7 } },
    },
    factors: {
      sender: { mayor: "mayor", neighbour: "neighbour" },
      appeal: { duty: "duty", joy: "joy" },
    },
    items: {
      help: {
        kind: "scale",
        range: [1, 7],
        sd: 1.1,
        intercept: 3.6,
        effects: {
          age_group: { "18 to 39": -1.2, "65 and over": 1.2 },
          sender: { neighbour: 0.7 },
          appeal: { joy: 0.1 },
        },
      },
    },
  }, { items });
  return {
    population: worldPeople(world),
    items,
    text:
      "There is a letter in your letter box, signed by your {{ sender }}. An old person in your street needs somebody " +
      "who does the shopping once a week. To help, it says, is a {{ appeal }}.",
    respondent: simulatedRespondent(world),
    world,
  };
}
