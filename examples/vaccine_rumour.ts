/**
 * The society of the second notebook: does answering a rumour raise the intention to get vaccinated? All of it is
 * invented, so that the true effect is known; the texts and questions stand in the notebook.
 *
 * @module
 */
import type { WorldDeclaration } from "@understudy/understudy";

/** How the attributes read in a persona's text. */
export const phrases = {
  age_group: {
    "18-39": "You are between 18 and 39 years old.",
    "40-64": "You are between 40 and 64 years old.",
    "65+": "You are 65 years old or older.",
  },
  education: { "degree": "You have a university degree.", "no degree": "You have no university degree." },
  area: { city: "You live in a city.", country: "You live in the country." },
  housing: { owned: "You own your home.", rented: "You rent your home." },
  trust: {
    high: "You trust public institutions.",
    middle: "You have mixed feelings about public institutions.",
    low: "You distrust public institutions.",
  },
  online_groups: {
    daily: "You read in online groups every day.",
    seldom: "You seldom read in online groups.",
  },
  own_doctor: { yes: "You have had the same doctor for years.", no: "You have no doctor of your own." },
};

/**
 * The society: who its people are, who comes across which text, and how they answer.
 *
 * A rebuttal raises the intention by half a point for everybody. But those who distrust public institutions, read in
 * online groups every day and have no doctor of their own come across rebuttals more often, and intend less: so a
 * respondent that is not told these three imagines more such people when it reads a rebuttal, and the sign of a naive
 * estimate is wrong. Housing has nothing to do with it. The negative controls hang on what drifts, but for `instrument`.
 */
export const society: WorldDeclaration = {
  name: "vaccine-rumour",
  seed: 20260520,
  phrases,
  attributes: {
    age_group: { shares: { "18-39": 0.34, "40-64": 0.4, "65+": 0.26 } },
    education: {
      parents: ["age_group"],
      shares: {
        "18-39": { "degree": 0.42, "no degree": 0.58 },
        "40-64": { "degree": 0.38, "no degree": 0.62 },
        "65+": { "degree": 0.3, "no degree": 0.7 },
      },
    },
    area: { shares: { city: 0.6, country: 0.4 } },
    housing: {
      parents: ["age_group"],
      shares: {
        "18-39": { owned: 0.3, rented: 0.7 },
        "40-64": { owned: 0.6, rented: 0.4 },
        "65+": { owned: 0.7, rented: 0.3 },
      },
    },
    trust: {
      parents: ["education", "area"],
      levels: {
        high: { effects: { education: { degree: 0.5 } } },
        middle: { intercept: 0.3 },
        low: { effects: { education: { "no degree": 0.3 }, area: { country: 0.2 } } },
      },
    },
    online_groups: {
      parents: ["age_group", "trust"],
      levels: {
        daily: {
          intercept: -0.4,
          effects: { age_group: { "18-39": 0.9, "65+": -0.8 }, trust: { low: 0.9, high: -0.3 } },
        },
        seldom: {},
      },
    },
    own_doctor: {
      parents: ["age_group", "trust"],
      levels: {
        yes: {
          intercept: 0.2,
          effects: { age_group: { "65+": 1, "18-39": -0.5 }, trust: { low: -0.6, high: 0.4 } },
        },
        no: {},
      },
    },
  },
  stimuli: { notice: "gives the opening hours", rebuttal: "answers a rumour" },
  exposure: {
    notice: { trust: { high: 0.7, low: -0.8 }, online_groups: { daily: -0.7 }, own_doctor: { yes: 0.2 } },
    rebuttal: { trust: { high: -0.7, low: 0.8 }, online_groups: { daily: 0.7 }, own_doctor: { yes: -0.2 } },
  },
  items: {
    intention: {
      kind: "scale",
      range: [1, 7],
      sd: 1.3,
      intercept: 3.9,
      effects: {
        trust: { high: 1, low: -1.1 },
        online_groups: { daily: -0.6 },
        own_doctor: { yes: 0.4 },
        age_group: { "65+": 0.5 },
      },
      stimuli: { rebuttal: { effect: 0.5 } },
    },
    worry: {
      kind: "scale",
      range: [1, 5],
      sd: 1,
      intercept: 2.8,
      effects: { trust: { high: -0.7, low: 0.8 }, online_groups: { daily: 0.4 } },
      stimuli: { rebuttal: { effect: -0.4 } },
    },
    flu_shot: {
      kind: "choice",
      options: {
        yes: {
          intercept: -0.3,
          effects: { trust: { high: 0.9, low: -1 }, own_doctor: { yes: 0.7 }, age_group: { "65+": 0.9 } },
        },
        no: {},
      },
    },
    voted: {
      kind: "choice",
      options: {
        yes: { intercept: 0.3, effects: { trust: { high: 0.8, low: -0.9 }, education: { degree: 0.5 } } },
        no: {},
      },
    },
    news_source: {
      kind: "choice",
      options: {
        "newspapers": {
          effects: {
            trust: { high: 0.3, low: -0.3 },
            online_groups: { daily: -0.4 },
            age_group: { "65+": 0.6 },
          },
        },
        "radio and television": { intercept: 0.5, effects: { trust: { low: -0.4 } } },
        "websites and apps": {
          intercept: -0.2,
          effects: { online_groups: { daily: 1.6 }, age_group: { "18-39": 0.6 } },
        },
      },
    },
    cold_remedy: {
      kind: "choice",
      options: {
        "the pharmacy": { effects: { trust: { high: 0.6, low: -0.7 }, own_doctor: { yes: 0.4 } } },
        "tea and rest": { intercept: 0.3, effects: { trust: { low: 0.4 } } },
        "carrying on": {},
      },
    },
    instrument: {
      kind: "choice",
      options: { yes: { intercept: -0.5, effects: { education: { degree: 0.8 } } }, no: {} },
    },
  },
  behaviour: { recallError: 0.02 },
};
