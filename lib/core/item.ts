import type { Json } from "./hash.ts";

/** How an item's options are ordered for each persona. */
export type OptionOrder = "fixed" | "reversed" | "shuffled";

/** A question: plain data that is frozen, hashed and stored; made by `likert`, `choice`, `ranking`, … */
export interface Item {
  /** The kind of question: the name of an {@linkcode ItemKind}, which does all that a kind can do. */
  readonly kind: string;
  /** The item's name: the column of its answers and the property of the reply. */
  readonly name: string;
  /** The question. */
  readonly text: string;
  /** The options, where there is a list of them. */
  readonly options?: readonly string[];
  /** How the options are ordered for each persona; as declared where there is none. */
  readonly order?: OptionOrder;
}

/** An item of one kind: beside what all items have its options, with their defaults. */
export type ItemOf<Kind extends string, Options = object> = Item & Readonly<Required<Options>> & {
  readonly kind: Kind;
};

/** What an item's answer can be: a number, an option or text, a list of options, or a number for each option. */
export type AnswerValue = number | string | readonly string[] | { readonly [option: string]: number };

/** A JSON schema. */
export type JsonSchema = { readonly [key: string]: Json };

/** A value that was read. */
export interface ValueRead {
  /** The value. */
  readonly value: AnswerValue;
}

/** Why no value was read. */
export interface NothingRead {
  /** The reason, a sentence's end. */
  readonly reason: string;
  /** How many values the text names all the same; absent where that was not counted. */
  readonly names?: number;
  /** Whether the answer is a refusal in words. */
  readonly refused?: boolean;
}

/** A value that was read, or the reason why none was. */
export type Reading = ValueRead | NothingRead;

/** One of the answers to a question of which exactly one is given. */
export interface Alternative {
  /** The answer as it is given, a text that reads as its value. */
  readonly answer: string;
  /** How it reads in a list: with its label, where it has one. */
  readonly text: string;
}

/** All that is known of a kind of question; each is one file of `lib/items`. */
export interface ItemKind<Kind extends Item = Item> {
  /** Its name. */
  readonly kind: Kind["kind"];
  /** The answers to choose from in the declared order; the item's `options`, or none, where this is left out. */
  options?(item: Kind): readonly string[];
  /** The answers of which exactly one is given, in the order shown; left out where they are many or several are given. */
  alternatives?(item: Kind, shown: readonly string[]): readonly Alternative[];
  /** What follows the question's text: the options in the order shown, and how to answer. */
  describe(item: Kind, shown: readonly string[]): string;
  /** The same, where the question is the only one of its call; as `describe` where this is left out. */
  describeAlone?(item: Kind, shown: readonly string[]): string;
  /** The JSON schema of an answer. A simulated respondent answers by it: see `answerAsWorld`. */
  schema(item: Kind, shown: readonly string[]): JsonSchema;
  /** Reads an answer, neither missing nor empty, as it stands in the reply; letters and places refer to `shown`. */
  read(item: Kind, raw: unknown, shown: readonly string[]): Reading;
  /** The lowest and highest answer, where answers have a distance; `null` where an item sets no limits. */
  range?(item: Kind): readonly [number, number] | null;
  /** Why answers are not a few categories; absent where they are. */
  readonly uncountable?: string;
  /** The bracket with which an answer may begin that is the whole of a reply. */
  readonly bracket?: "[" | "{";
}
