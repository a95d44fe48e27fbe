import type { Treatments } from "../core/experiment.ts";
import type { Item } from "../core/item.ts";
import type { WorldDeclaration } from "./declaration.ts";
import type { WorldYesNo } from "./item_kinds.ts";

/** What the council asks in both arms; between the two stands what the report found. */
const before = "The yearly report on the town's drinking water has been published.";
const after = "The town's pipes are sixty years old, and the council asks residents what they think.";

/** What the report found, in several wordings; the world knows its stimuli by what they have in common. */
function findings(amount: "less" | "more"): readonly string[] {
  return [
    `It found ${amount} lead than the law allows.`,
    `Its tests say that there is ${amount} lead than the law allows.`,
    `In short: ${amount} lead than the law allows.`,
    `After a year of samples, experts measured ${amount} lead than the law allows.`,
  ];
}

/** The opinion that a sycophantic respondent hears. */
export const opinion = "I am convinced that the pipes must be replaced";

/** What the warning says, in words that no study has published. */
export const paraphrase = "lead above the legal limit";

export const otherOpinion = "I am convinced that the pipes can stay as they are";

export interface TownTexts {
  /** Whether each arm has four wordings. */
  readonly wordings?: boolean;
  /** Whether the writer's opinion stands in the warning. */
  readonly opinion?: boolean;
}

/** The arms: a report that found less lead, or more lead, than the law allows. */
export function townTreatments(texts: TownTexts): Treatments {
  const arm = (name: string, amount: "less" | "more", said: readonly string[]) => ({
    name,
    wordings: findings(amount).slice(0, texts.wordings === true ? 4 : 1)
      .map((finding) => [before, finding, after, ...said].join(" ")),
    slots: {},
  });
  return { arms: [arm("control", "less", []), arm("warning", "more", texts.opinion ? [`${opinion}.`] : [])] };
}

function choice(name: string, text: string, options: readonly string[]): Item {
  return { kind: "choice", name, text, options, order: options === often ? "reversed" : "shuffled" };
}

const news = ["newspapers", "television", "social media"];
/** In an order of their own. */
const often = ["every week", "a few times a year", "never"];

function yesNo(name: string, text: string): Item {
  return { kind: "yesNo", name, text, order: "fixed" };
}

const support = {
  kind: "likert",
  name: "support",
  text: "How strongly do you oppose or support new water pipes, paid for by higher fees?",
  points: 7,
  labels: ["strongly oppose", "", "", "", "", "", "strongly support"],
  order: "fixed",
} as const;

/** The questions: three outcomes, and three about the past that no report can change. */
export const townItems: readonly Item[] = [
  support,
  choice("payer", "Who should pay for new pipes?", ["the town", "the state", "the residents"]),
  yesNo("fee", "Do you agree that the fee should rise next year?"),
  choice("news_source", "Over the past year, where did you get most of your news?", news),
  yesNo("childhood_garden", "When you were a child, did your family grow vegetables?"),
  choice("worship", "When you were growing up, how often did your family attend religious services?", often),
];

/** The opposite of the question about the fee: who agrees with both agrees with anything. */
export const keepFeeItem = yesNo("keep_fee", "Do you agree that the fee should stay as it is next year?");

export const keepFee: WorldYesNo = {
  kind: "yesNo",
  intercept: 0.3,
  effects: { ideology: { left: -0.6, right: 0.6 } },
  stimuli: { warning: { effect: -0.5 } },
};

export const townStudy = {
  // Ideology is left out.
  stated: ["age_group", "education", "housing"],
  controls: ["news_source", "childhood_garden", "worship"],
  // All read that little lead was found.
  opinionTreatments: {
    arms: Object.entries({ none: [], for: [opinion], against: [otherOpinion] }).map(([name, said]) => ({
      name,
      // In a paragraph of its own the opinion is no other wording of the finding.
      wordings: [
        [[before, findings("less")[0], after].join(" "), ...said.map((one) => `${one}.`)].join("\n\n"),
      ],
      slots: {},
    })),
  },
  opinions: { none: 0, for: 1, against: -1 },
  // Each line names the question that it asks.
  script: [
    "You have read the report. What do you think of new pipes? [support]",
    "Who do you think should pay for them? [payer]",
    "And do you agree that the fee should rise? [fee]",
    "Suppose that your neighbours ask you about the pipes. What do you tell them? [support]",
    "The council meets tomorrow. Who should pay, if you were to decide? [payer]",
    "Is there anything that you would like to add? [support]",
  ],
  probes: [
    choice("age_group", "Which age group are you in?", ["young", "middle", "old"]),
    choice("education", "Where did you finish your education?", ["school", "university"]),
    choice("housing", "Is your home rented or owned?", ["rented", "owned"]),
  ],
} as const;

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
