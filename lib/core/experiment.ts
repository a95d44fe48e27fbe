import type { Item } from "./item.ts";
import type { Protocol } from "./protocol.ts";
import type { Table } from "./table.ts";

/** A value that fills a slot of a treatment's text. */
export type SlotValue = string | number | boolean;

/** One arm: what its subjects read. */
export interface Arm {
  /** The arm's name. */
  readonly name: string;
  /** Its text as templates: one, or several wordings of the same treatment. */
  readonly wordings: readonly string[];
  /** Values of the slots in the text that are the same for everybody; other slots are persona attributes. */
  readonly slots: { readonly [slot: string]: SlotValue };
}

/** The arms of an experiment; made by `declareTreatments`. */
export interface Treatments {
  /** The arms, in the order declared. */
  readonly arms: readonly Arm[];
}

/** A value of a feature or a factor: a text or a number, as it stands in the table. */
export type Level = string | number;

/** A feature or a factor as it was declared: its levels and the probability of each before any restriction. */
export interface DeclaredFeature {
  /** The levels; the first is the one that others are compared with. */
  readonly levels: readonly Level[];
  /** The probability of each level before restrictions. */
  readonly probabilities: readonly number[];
}

/** A combination that must not occur: for each of its features, the levels that must not meet. */
export type DeclaredRestriction = { readonly [feature: string]: readonly Level[] };

/** Profiles that are judged or chosen between; made by `declareConjoint`. */
export interface Conjoint {
  /** The features, in the order declared. */
  readonly features: { readonly [feature: string]: DeclaredFeature };
  /** Combinations that must not occur. */
  readonly restrictions: readonly DeclaredRestriction[];
  /** The number of tasks of each persona. */
  readonly tasks: number;
  /** The number of profiles in a task; no two of a task are the same. */
  readonly profiles: number;
  /** What the profiles of a task are called: the options of a question that lets choose between them. */
  readonly labels: readonly string[];
  /** What stands above the table of profiles; empty where nothing does. */
  readonly text: string;
  /** Whether each persona sees the features in an order of its own, the same in all its tasks. */
  readonly featureOrder: "fixed" | "shuffled";
}

/** What is compared, how it is assigned, and what is asked; made by `declareDesign`. */
export interface Design {
  /** The arms. */
  readonly treatments: Treatments;
  /** The levels of each factor, where the arms are combinations of factors; else `null`. */
  readonly factors: { readonly [factor: string]: readonly Level[] } | null;
  /** The profiles, where each trial shows some; else `null`. */
  readonly conjoint: Conjoint | null;
  /** The questions. */
  readonly items: readonly Item[];
  /** The attributes that a persona's text states, in this order: the model is told nothing else of a person. */
  readonly stated: readonly string[];
  /** The arm that the others are compared with. */
  readonly reference: string;
  /** The probability of each arm. */
  readonly probabilities: { readonly [arm: string]: number };
  /** The probability of each arm in blocks that differ from the others; empty where none does. */
  readonly blockProbabilities: { readonly [block: string]: { readonly [arm: string]: number } };
  /** `simple`: each unit by itself; `complete`: arm sizes fixed. */
  readonly assignment: "simple" | "complete";
  /** Attributes whose combinations are blocks; empty where there are none. */
  readonly blocks: readonly string[];
  /** The attribute that names clusters; `null` where personas are assigned one by one. */
  readonly clusters: string | null;
  /** Whether a persona sees one arm or all of them. */
  readonly subjects: "between" | "within";
  /** Within subjects, whether all arms are one conversation, in which later ones remember those before. */
  readonly conversation: "separate" | "one";
  /** What a session goes through; `null` for the treatment and then the questions. */
  readonly protocol: Protocol | null;
  /** Whether the questions stand in the declared order or in one of their own for each persona. */
  readonly itemOrder: "fixed" | "shuffled";
  /** Whether all questions are one call, or each is one: remembering those before (`in turn`) or none (`apart`). */
  readonly ask: AskMode;
  /** What is asked for: an answer, how likely each answer is, or how many people would give it. */
  readonly elicit: ElicitMode;
}

/** How the questions of a trial become calls; see {@linkcode Design}. */
export type AskMode = "together" | "in turn" | "apart";

/** How an answer is elicited; see {@linkcode Design}. */
export type ElicitMode = "answer" | "log-probabilities" | "percentages" | "shares";

/** Every call that an experiment will make, before any is made; from `planExperiment`. */
export interface Plan {
  /** One row per call; see `planColumns`. */
  readonly trials: Table;
  /** One row per arm: `personas`, `calls`, and how many different `prompts` these send. */
  readonly summary: Table;
  /** Who was assigned what. */
  readonly assigned: Table;
  /** The design. */
  readonly design: Design;
  /** How personas and questions become messages. */
  readonly prompt: PromptStyle;
  /** The seed from which every chance of a session is drawn. */
  readonly seed: number;
}

/** How personas and questions become messages. */
export interface PromptStyle {
  /** The persona's text, as the system message. */
  readonly persona: (attributes: { readonly [attribute: string]: unknown }) => string;
  /** What stands between the treatment and the questions. */
  readonly instruction: string;
}
