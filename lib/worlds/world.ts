import type { Table } from "../core/mod.ts";
import type { WorldAttributeDeclaration } from "./world_attributes.ts";
import type { WorldBehaviour } from "./world_behaviour.ts";
import type { Coefficients, LinearPredictor } from "./world_predictor.ts";

/** A numeric answer: a normal latent value, rounded to the nearest value of the scale or cut at thresholds. */
export interface WorldScale extends LinearPredictor {
  /** How the item is answered. */
  readonly kind: "scale";
  /** Lowest and highest value of the scale. */
  readonly range: readonly [number, number];
  /**
   * Distance of two values of the scale.
   * @default {1}
   */
  readonly step?: number;
  /** Standard deviation of the latent noise, in scale units. */
  readonly sd: number;
  /**
   * Where the latent value is cut: one fewer than the values of the scale, rising.
   * @default half-way between values
   */
  readonly thresholds?: readonly number[];
}

/** A categorical answer: multinomial logit. */
export interface WorldChoice {
  /** How the item is answered. */
  readonly kind: "choice";
  /** For each option, its linear predictor (log-odds). */
  readonly options: { readonly [option: string]: LinearPredictor };
}

/** Yes or no: logit of yes. */
export interface WorldYesNo extends LinearPredictor {
  /** How the item is answered. */
  readonly kind: "yesNo";
}

/** An answer that is the person's attribute itself. */
export interface WorldAttribute {
  /** How the item is answered. */
  readonly kind: "attribute";
  /** The attribute that is told. */
  readonly attribute: string;
}

/** How people of a world answer an item. */
export type WorldItem = WorldScale | WorldChoice | WorldYesNo | WorldAttribute;

/** One kind of person: a level of every attribute and its share of the population. */
export interface Cell {
  /** The level of each attribute. */
  readonly levels: { readonly [attribute: string]: string };
  /** Its share. */
  readonly probability: number;
}

/** A world as it is declared. */
export interface WorldDeclaration {
  /** The world's name; the model name under which it answers. */
  readonly name: string;
  /** Seed of every draw. */
  readonly seed: number;
  /**
   * Count table of the joint distribution of attributes.
   * @default none: every attribute is declared in `attributes`
   */
  readonly population?: Table;
  /** The column of counts, where there is a population. */
  readonly counts?: string;
  /**
   * Further attributes, each given those before it: a directed acyclic graph.
   * @default {{}}
   */
  readonly attributes?: { readonly [attribute: string]: WorldAttributeDeclaration };
  /** For each stimulus, the phrases of which a text must contain one to be it. */
  readonly stimuli: { readonly [stimulus: string]: string | readonly string[] };
  /**
   * Who meets which stimulus in this society: for each stimulus, log-odds by attribute. Where they differ between
   * stimuli, whoever learnt from this society imagines different people for different stimuli.
   * @default {{}}
   */
  readonly exposure?: { readonly [stimulus: string]: Coefficients };
  /**
   * Tempers the exposure: 0 is a world without drift, 1 one that drifts by Bayes' rule.
   * @default {1}
   */
  readonly drift?: number;
  /** How people answer. */
  readonly items: { readonly [item: string]: WorldItem };
  /**
   * How the respondent departs from the people of its world.
   * @default {{}}
   */
  readonly behaviour?: WorldBehaviour;
  /**
   * Phrases by which texts state attributes, beside the default wordings of `describePersona`.
   * @default {{}}
   */
  readonly phrases?: WorldPhrases;
}

/** Phrases as `describePersona` takes them, or several of them where a text may say the same in several ways. */
export type WorldPhrases = {
  readonly [attribute: string]: string | readonly string[] | {
    readonly [value: string]: string | readonly string[];
  };
};

/** A declared causal model of people, with known truth; made by `declareWorld`. */
export interface World
  extends Required<Omit<WorldDeclaration, "population" | "counts" | "attributes" | "phrases" | "stimuli">> {
  /** Every kind of person and its share. */
  readonly cells: readonly Cell[];
  /** For each attribute, its levels. */
  readonly attributes: { readonly [attribute: string]: readonly string[] };
  /** For each stimulus, its phrases. */
  readonly stimuli: { readonly [stimulus: string]: readonly string[] };
  /** For each attribute, those that it depends on; none for the attributes of a count table. */
  readonly parents: { readonly [attribute: string]: readonly string[] };
  /** Every phrase that states an attribute, longest first. */
  readonly vocabulary: readonly {
    readonly text: string;
    readonly attribute: string;
    readonly level: string;
  }[];
  /** A hash of the whole declaration: two worlds that differ anywhere differ here. */
  readonly fingerprint: string;
}
