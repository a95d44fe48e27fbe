import type { AnswerValue, Item } from "@understudy/understudy/core";

/** Expected where two careful readers could disagree about a reply. */
export const unparsed: unique symbol = Symbol("unparsed");
/** Expected where a reply declines to answer. */
export const refused: unique symbol = Symbol("refused");

/** Replies to one question as models and people give them, each with what it certainly says. */
export interface Corpus {
  readonly item: Item;
  readonly shown?: readonly string[];
  readonly replies: readonly (readonly [
    raw: unknown,
    expected: AnswerValue | typeof unparsed | typeof refused,
  ])[];
}
