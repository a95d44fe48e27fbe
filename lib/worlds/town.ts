import type { Treatments } from "../core/experiment.ts";
import type { Item } from "../core/item.ts";
import type { WorldDeclaration } from "./declaration.ts";
import type { WorldYesNo } from "./item_kinds.ts";

/** What the council asks in both arms; between the two stands what the report found. */
const before = "The yearly report on the town's drinking water has been published.";
const after = "The town's pipes are sixty years old, and the council asks residents what they think.";

/** What the report found; the phrases by which the world knows its stimuli. */
const findings = {
  control: "It found less lead than the law allows.",
  warning: "It found more lead than the law allows.",
};

/** The same findings in other words. */
const otherWordings = {
  control: [
    "Its tests say that there is less lead than the law allows.",
    "In short: less lead than the law allows.",
    "After a year of samples, experts measured less lead than the law allows.",
  ],
  warning: [
    "Its tests say that there is more lead than the law allows.",
    "In short: more lead than the law allows.",
    "After a year of samples, experts measured more lead than the law allows.",
  ],
};

/** The opinion that a sycophantic respondent hears. */
export const opinion = "I am convinced that the pipes must be replaced";

/** What the warning says, in words that no study has published. */
export const paraphrase = "lead above the legal limit";
/** The opposite opinion. */
export const otherOpinion = "I am convinced that the pipes can stay as they are";

/** How the arms' texts are written. */
export interface TownTexts {
  /** Whether each arm has four wordings. */
  readonly wordings?: boolean;
  /** Whether the writer's opinion stands in the warning. */
  readonly opinion?: boolean;
}

/** The arms: a report that found less lead, or more lead, than the law allows. */
export function townTreatments(texts: TownTexts): Treatments {
  const arm = (name: "control" | "warning") => ({
    name,
    wordings: [findings[name], ...(texts.wordings === true ? otherWordings[name] : [])].map((finding) =>
      [before, finding, after, ...(texts.opinion === true && name === "warning" ? [`${opinion}.`] : [])].join(
        " ",
      )
    ),
    slots: {},
  });
  return { arms: [arm("control"), arm("warning")] };
}

/** Arms that differ in nothing but the opinion of the one who asks; all read that little lead was found. */
export const townOpinionTreatments: Treatments = {
  arms: Object.entries({ none: [], for: [opinion], against: [otherOpinion] }).map(([name, said]) => ({
    name,
    // In a paragraph of its own the opinion is no other wording of the finding.
    wordings: [[[before, findings.control, after].join(" "), ...said.map((one) => `${one}.`)].join("\n\n")],
    slots: {},
  })),
};

/** Which opinion each of these arms states. */
export const townOpinions = { none: 0, for: 1, against: -1 } as const;

const supportLabels = ["strongly oppose", "", "", "", "", "", "strongly support"];

const support = {
  kind: "likert",
  name: "support",
  text: "How strongly do you oppose or support new water pipes, paid for by higher fees?",
  points: 7,
  labels: supportLabels,
  order: "fixed",
} as const;

/** The questions: three outcomes, and three about the past that no report can change. */
export const townItems: readonly Item[] = [
  support,
  {
    kind: "choice",
    name: "payer",
    text: "Who should pay for new pipes?",
    options: ["the town", "the state", "the residents"],
    order: "shuffled",
  },
  { kind: "yesNo", name: "fee", text: "Do you agree that the fee should rise next year?", order: "fixed" },
  {
    kind: "choice",
    name: "news_source",
    text: "Over the past year, where did you get most of your news?",
    options: ["newspapers", "television", "social media"],
    order: "shuffled",
  },
  {
    kind: "yesNo",
    name: "childhood_garden",
    text: "When you were a child, did your family grow vegetables?",
    order: "fixed",
  },
  {
    kind: "choice",
    name: "worship",
    text: "When you were growing up, how often did your family attend religious services?",
    options: ["every week", "a few times a year", "never"],
    order: "reversed",
  },
];

/** The opposite of the question about the fee: who agrees with both agrees with anything. */
export const keepFeeItem: Item = {
  kind: "yesNo",
  name: "keep_fee",
  text: "Do you agree that the fee should stay as it is next year?",
  order: "fixed",
};

/** How it is answered: the opposite of the fee. */
export const keepFee: WorldYesNo = {
  kind: "yesNo",
  intercept: 0.3,
  effects: { ideology: { left: -0.6, right: 0.6 } },
  stimuli: { warning: { effect: -0.5 } },
};

/** The questions whose answers no stimulus moves. */
export const townControls: readonly string[] = ["news_source", "childhood_garden", "worship"];

/** The attributes that a persona's text states; it leaves out ideology. */
export const townStated: readonly string[] = ["age_group", "education", "housing"];

/** What the user says after the report, turn by turn; each line names the question that it asks. */
export const townScript: readonly string[] = [
  "You have read the report. What do you think of new pipes? [support]",
  "Who do you think should pay for them? [payer]",
  "And do you agree that the fee should rise? [fee]",
  "Suppose that your neighbours ask you about the pipes. What do you tell them? [support]",
  "The council meets tomorrow. Who should pay, if you were to decide? [payer]",
  "Is there anything that you would like to add? [support]",
];

/** Questions that ask back what the persona's text states. */
export const townProbes: readonly Item[] = [
  {
    kind: "choice",
    name: "age_group",
    text: "Which age group are you in?",
    options: ["young", "middle", "old"],
    order: "shuffled",
  },
  {
    kind: "choice",
    name: "education",
    text: "Where did you finish your education?",
    options: ["school", "university"],
    order: "shuffled",
  },
  {
    kind: "choice",
    name: "housing",
    text: "Is your home rented or owned?",
    options: ["rented", "owned"],
    order: "shuffled",
  },
];

/** The town without any fault: who meets which report depends on nothing. The warning raises support by 0.6 points. */
export const town: Omit<WorldDeclaration, "name" | "seed"> = {
  attributes: {
    age_group: { shares: { young: 0.3, middle: 0.4, old: 0.3 } },
    education: {
      parents: ["age_group"],
      shares: {
        young: { school: 0.55, university: 0.45 },
        middle: { school: 0.6, university: 0.4 },
        old: { school: 0.7, university: 0.3 },
      },
    },
    housing: {
      parents: ["age_group"],
      shares: {
        young: { rented: 0.8, owned: 0.2 },
        middle: { rented: 0.5, owned: 0.5 },
        old: { rented: 0.35, owned: 0.65 },
      },
    },
    ideology: {
      parents: ["age_group", "education"],
      levels: {
        left: { effects: { education: { university: 0.5 }, age_group: { young: 0.3 } } },
        centre: { intercept: 0.2 },
        right: { effects: { education: { school: 0.3 }, age_group: { old: 0.4 } } },
      },
    },
  },
  stimuli: { control: "less lead than the law allows", warning: "more lead than the law allows" },
  items: {
    support: {
      kind: "scale",
      range: [1, 7],
      sd: 1.3,
      intercept: 3.8,
      effects: {
        ideology: { left: 0.8, right: -0.8 },
        age_group: { young: 0.3, old: -0.4 },
        housing: { owned: 0.2 },
      },
      stimuli: { warning: { effect: 0.6 } },
    },
    payer: {
      kind: "choice",
      options: {
        "the town": { intercept: 0.2, stimuli: { warning: { effect: 0.5 } } },
        "the state": { effects: { ideology: { left: 0.5 } } },
        "the residents": { effects: { ideology: { right: 0.5 } } },
      },
    },
    fee: {
      kind: "yesNo",
      intercept: -0.3,
      effects: { ideology: { left: 0.6, right: -0.6 } },
      stimuli: { warning: { effect: 0.5 } },
    },
    news_source: {
      kind: "choice",
      options: {
        "newspapers": { effects: { ideology: { left: 0.8, right: -0.6 }, age_group: { old: 0.5 } } },
        "television": { effects: { ideology: { left: -0.6, right: 0.8 }, age_group: { old: 0.3 } } },
        "social media": { effects: { age_group: { young: 0.8 } } },
      },
    },
    childhood_garden: {
      kind: "yesNo",
      intercept: -0.2,
      effects: { ideology: { left: -0.6, right: 0.7 }, age_group: { old: 0.5 } },
    },
    worship: {
      kind: "choice",
      options: {
        "every week": { effects: { ideology: { left: -0.9, right: 0.9 } } },
        "a few times a year": { intercept: 0.3 },
        "never": { effects: { ideology: { left: 0.7, right: -0.7 } } },
      },
    },
  },
};
