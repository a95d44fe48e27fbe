import type { People, PeopleDeclaration } from "./attributes.ts";
import type { WorldBehaviour } from "./behaviour.ts";
import type { WorldItem } from "./item_kinds.ts";
import type { Coefficients, LinearPredictor } from "./predictor.ts";
import type { WorldParts } from "./shapes.ts";

/** A world as it is declared. */
export interface WorldDeclaration extends PeopleDeclaration {
  /** The world's name; the model name under which it answers. */
  readonly name: string;
  /** Seed of every draw. */
  readonly seed: number;
  /**
   * For each stimulus, the phrases of which a text must contain one to be it, not within a longer one of another.
   * @default {{}}
   */
  readonly stimuli?: { readonly [stimulus: string]: string | readonly string[] };
  /**
   * Stimuli of combinations: for each factor of a factorial its levels, with the phrases of which a text must contain
   * one to show it; for each feature of a conjoint the list of its levels, which are read from the table of profiles.
   * What a level does to an answer stands in the item's `effects`, as for attributes.
   * @default {{}}
   */
  readonly factors?: {
    readonly [factor: string]:
      | readonly (string | number)[]
      | { readonly [level: string]: string | readonly string[] };
  };
  /**
   * Who meets which stimulus in this society: for each stimulus, or level of a factor (`"tone.angry"`), log-odds by
   * attribute. Where they differ, whoever learnt from this society imagines different people for different stimuli.
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
  /**
   * For some items, the sentence that tells the answer: `{ support: "I give it {{value}}." }`. Whoever is to speak, by a
   * request without a schema that asks nothing, says them all, in any order. Such a world is also asked how much it
   * wants to speak (`desire`, 0 to 10): of mean 5 and standard deviation 3, unless `items` declares it.
   * @default {{}}
   */
  readonly says?: { readonly [item: string]: string };
  /**
   * For some scales, how far people move toward others, from 0 to 1: each time that sentences of `says` or public
   * answers were heard between two of its own lines, the latent value moves by this share toward the mean of what each
   * other told last. What a memory has dropped moves nobody. Attributes that are not stated are drawn for each request:
   * state them, or ask for them first, where a person is to be the same all along.
   * @default {{}}
   */
  readonly influence?: { readonly [item: string]: number };
  /**
   * Log-odds of saying nothing where it is one's turn to speak; `null` where everybody speaks.
   * @default {null}
   */
  readonly silence?: LinearPredictor | null;
}

/** Phrases as `describePersona` takes them, or several of them where a text may say the same in several ways. */
export type WorldPhrases = {
  readonly [attribute: string]: string | readonly string[] | {
    readonly [value: string]: string | readonly string[];
  };
};

/** A phrase that states an attribute. */
export interface WorldPhrase {
  /** The phrase. */
  readonly text: string;
  /** The attribute. */
  readonly attribute: string;
  /** Its level. */
  readonly level: string;
}

/** A declared causal model of people, with known truth; made by `declareWorld`. */
export interface World
  extends
    People,
    Pick<WorldParts, "stimuli" | "factors">,
    Required<Omit<WorldDeclaration, "stimuli" | "factors" | "phrases" | keyof PeopleDeclaration>> {
  /** Every phrase that states an attribute, longest first. */
  readonly vocabulary: readonly WorldPhrase[];
  /** A hash of the whole declaration: two worlds that differ anywhere differ here. */
  readonly fingerprint: string;
}
