import type { Item, Respondent, Table } from "@understudy/understudy/core";
import { yesNo } from "@understudy/understudy/items";
import { tableOf } from "@understudy/understudy/core";
import { simulatedRespondent } from "@understudy/understudy/respondents";
import { declareWorld, worldPeople } from "@understudy/understudy/worlds";

/** A printed questionnaire, part by part. */
export interface PrintedInstrument {
  /** What stands on the first page. */
  readonly instruction: string;
  /** What everybody reads. */
  readonly scenario: string;
  /** The two plans, told by who stays well. */
  readonly gain: string;
  /** The same two plans, told by who falls ill. */
  readonly loss: string;
  /** What is asked, and how it is answered on paper. */
  readonly question: string;
  /** What stands on the last page. */
  readonly thanks: string;
}

/** A framing experiment on paper, what people are said to have answered, and a model that may answer in their place. */
export interface HospitalWater {
  /** One row per kind of person: `age_group`, `work`, and their `share`. */
  readonly population: Table;
  /** The questionnaire as it was handed out. */
  readonly printed: PrintedInstrument;
  /** The two arms in two further wordings. */
  readonly otherWordings: { readonly [arm in "gain" | "loss"]: readonly string[] };
  /** A question about the past. */
  readonly control: Item;
  /** Who answers. */
  readonly model: Respondent;
  /** An invented table of what people answered to the three wordings: the effect of `loss` on the share of plan A. */
  readonly people: Table;
}

const printed: PrintedInstrument = {
  instruction:
    "Please read this page at your leisure, and turn it when you are done. Do not talk to your neighbour.",
  scenario:
    "In the water of a hospital there are germs. 240 patients have drunk of it. The doctors can follow one of two plans.",
  gain:
    "Plan A: 80 patients stay well. Plan B: with a chance of one third all 240 patients stay well, and with a chance of two thirds none of them.",
  loss:
    "Plan A: 160 patients fall ill. Plan B: with a chance of one third no patient will fall ill, and with a chance of two thirds all 240 of them.",
  question: "Which plan should the doctors follow? Tick one box: [ ] plan A  [ ] plan B",
  thanks: "Thank you. Please drop the sheet into the box at the door.",
};

const otherWordings = {
  gain: [
    "The first plan is called A: of 240 patients, 80 can count on it that they stay well. With the other, plan B, nobody can count on anything: in one case of three all stay well, in two cases of three nobody.",
    "Plan A: 33 per cent stay well. Plan B: with a chance of one third 100 per cent stay well, and with a chance of two thirds 0 per cent.",
  ],
  loss: [
    "The first plan is called A: of 240 patients, 160 must count on it that they fall ill. With the other, plan B, nobody must count on anything: in one case of three nobody will fall ill, in two cases of three everybody.",
    "Plan A: 67 per cent fall ill. Plan B: with a chance of one third 0 per cent fall ill, and with a chance of two thirds 100 per cent.",
  ],
};

/**
 * A printed framing experiment, in the manner of many since Tversky and Kahneman (1981) and in words of our own. The model
 * makes too much of the frame, as long as patients are counted; told in per cent it makes nothing of it.
 */
export function declareHospitalWater(): HospitalWater {
  const world = declareWorld({
    name: "hospital-water",
    seed: 71,
    attributes: {
      age_group: { shares: { "18 to 39": 0.35, "40 to 64": 0.4, "65 and over": 0.25 } },
      work: { shares: { "in a hospital": 0.2, elsewhere: 0.8 } },
    },
    stimuli: { told_by_illness: "fall ill", told_by_share: "per cent fall ill" },
    items: {
      plan: {
        kind: "choice",
        options: {
          "plan A": {
            intercept: 1.5,
            effects: { age_group: { "65 and over": 0.3 } },
            stimuli: { told_by_illness: { effect: -3 } },
          },
          "plan B": {},
        },
      },
      in_bed: { kind: "yesNo", intercept: 0.4, effects: { age_group: { "65 and over": 0.4 } } },
    },
  });
  return {
    population: worldPeople(world),
    printed,
    otherWordings,
    control: yesNo("in_bed", "Last year, did you spend a day or more in bed with an illness?"),
    model: simulatedRespondent(world),
    people: tableOf({
      wording: [1, 2, 3],
      arm: ["loss", "loss", "loss"],
      reference: ["gain", "gain", "gain"],
      estimate: [-0.36, -0.5, -0.26],
      std_error: [0.07, 0.08, 0.07],
      conf_low: [-0.5, -0.66, -0.4],
      conf_high: [-0.22, -0.34, -0.12],
      n: [180, 140, 180],
    }),
  };
}
