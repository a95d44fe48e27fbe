/**
 * The experiment of the demo and of the first notebook: does a border incursion raise support for a military
 * response? The vignette is our own; the population is real, the society (who reads about incursions, who supports
 * force) is invented, so that the true effect is known.
 *
 * @module
 */
import {
  choice,
  declareDesign,
  declareTreatments,
  declareWorld,
  type Design,
  likert,
  loadTable,
  type Table,
  type World,
  yesNo,
} from "@understudy/understudy";

/** Attributes that the base persona's text states; it leaves out party and ideology. */
export const statedAttributes = ["gender", "age_group", "race", "education"];

/** How the attributes read. */
export const phrases = {
  gender: "You are {value}.",
  age_group: { "under 50": "You are under 50 years old.", "50 and over": "You are 50 years old or older." },
  race: "Your race: {value}.",
  education: { "college": "You have a college degree.", "no college degree": "You have no college degree." },
  party: "You vote as: {value}.",
  ideology: "Your political views: {value}.",
};

/** The arms: what the neighbouring state does. */
export const treatments = declareTreatments({
  control:
    "The neighbouring state of {{ state }} has moved troops to the border that it shares with your country. " +
    "It is the routine exercise that {{ state }} holds every autumn; observers were invited.",
  threat:
    "The neighbouring state of {{ state }} has moved troops to the border that it shares with your country. " +
    "Last night some of its units crossed it, and they hold two villages on your country's side.",
}, { slots: { state: "Norland" } });

/** The outcome, and questions whose answers the treatment cannot change. */
export const items = [
  likert("support", "How strongly do you oppose or support a military response by your country?", {
    points: 7,
    labels: ["strongly oppose", "strongly support"],
  }),
  choice("news_source", "Over the past year, where did you get most of your news?", [
    "newspapers",
    "public broadcasting",
    "cable television",
    "social media",
  ]),
  yesNo("gun_household", "Five years ago, did anyone in your household own a gun?"),
  choice("worship", "When you were growing up, how often did your family attend religious services?", [
    "every week",
    "a few times a year",
    "never",
  ], { order: "reversed" }),
];

/** The questions that steer the repair, and those that only judge it. */
export const controls = { steer: ["news_source", "gun_household"], judge: ["worship"] };

/** The design: two arms of equal size, compared with the control arm. */
export const design: Design = declareDesign({ treatments, items, stated: statedAttributes });

/** Reads the population: counts of 110,439 survey participants by six attributes. */
export function readPopulation(): Promise<Table> {
  return loadTable(new URL("./data/us_survey_population.csv", import.meta.url));
}

/**
 * Declares the society that the simulated respondent learnt from.
 *
 * The incursion raises support by 0.6 points for everybody. Conservatives read about incursions more often, support
 * force more, and differ in the news they follow, in gun ownership and in upbringing: so a respondent that is not
 * told a person's ideology imagines more conservatives when it reads of an incursion.
 */
export function declareBorderWorld(population: Table): World {
  return declareWorld({
    name: "border-incursion",
    seed: 20261121,
    population,
    counts: "n",
    phrases,
    stimuli: { control: "routine exercise", threat: "hold two villages" },
    exposure: {
      control: { ideology: { Liberal: 0.9, Conservative: -0.9 } },
      threat: { ideology: { Liberal: -0.9, Conservative: 0.9 } },
    },
    items: {
      support: {
        kind: "scale",
        range: [1, 7],
        sd: 1.2,
        intercept: 3.5,
        effects: {
          ideology: { Liberal: -0.9, Conservative: 0.9 },
          age_group: { "50 and over": 0.2 },
          gender: { female: -0.2 },
        },
        stimuli: { threat: { effect: 0.6 } },
      },
      news_source: {
        kind: "choice",
        options: {
          "newspapers": { effects: { ideology: { Liberal: 0.6, Conservative: -0.6 } } },
          "public broadcasting": { effects: { ideology: { Liberal: 0.8, Conservative: -0.9 } } },
          "cable television": { effects: { ideology: { Liberal: -0.6, Conservative: 0.9 } } },
          "social media": {},
        },
      },
      gun_household: {
        kind: "yesNo",
        intercept: -0.5,
        effects: { ideology: { Liberal: -0.9, Conservative: 0.9 }, gender: { female: -0.2 } },
      },
      worship: {
        kind: "choice",
        options: {
          "every week": { effects: { ideology: { Liberal: -0.8, Conservative: 1 } } },
          "a few times a year": { intercept: 0.3 },
          "never": { effects: { ideology: { Liberal: 0.7, Conservative: -0.7 } } },
        },
      },
    },
    behaviour: { refusal: { intercept: -4 } },
  }, { treatments, items });
}
