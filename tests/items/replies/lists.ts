import { multipleChoice } from "@understudy/understudy/items";
import { type Corpus, unparsed } from "./corpus.ts";

/** Replies by the question that they answer. */
export const listReplies: { readonly [name: string]: Corpus } = {
  "a list": {
    item: multipleChoice("media", "?", ["paper", "tv", "web"]),
    replies: [
      [["tv", "A"], ["paper", "tv"]],
      [["tv", "tv"], ["tv"]],
      [[], []],
      ["tv", ["tv"]],
      ["tv and web", ["tv", "web"]],
      ["Both TV and web.", ["tv", "web"]],
      ["paper, tv, and web", ["paper", "tv", "web"]],
      ["A, C", ["paper", "web"]],
      ["A and C", ["paper", "web"]],
      ["A. paper; C. web", ["paper", "web"]],
      ["web/tv", ["tv", "web"]],
      ["My answers are tv and web", ["tv", "web"]],
      ["- tv\n- web", ["tv", "web"]],
      ["My choices:\n* tv\n* web\n", ["tv", "web"]],
      ["1. web\n2. tv", ["tv", "web"]],
      ["1) web\n2) paper", ["paper", "web"]],
      ["**tv**, **web**", ["tv", "web"]],
      ['["tv", "web"]', ["tv", "web"]],
      ["['tv', 'web']", ["tv", "web"]],
      ["none", []],
      ["None of the above.", []],
      ["tv, not web", unparsed],
      ["tv or web", unparsed],
      ["all but tv", unparsed],
      ["everything but tv", unparsed],
      ["tv, radio", unparsed],
      [["tv", "radio"], unparsed],
      [["tv", null], unparsed],
      [[["tv"]], unparsed],
      ["tv, paper maybe", unparsed],
      ["B. web, A. tv", unparsed],
      ["- [x] tv\n- [ ] web", unparsed],
      [{ tv: true }, unparsed],
      ["neither", unparsed],
    ],
  },
  "a list with none": {
    item: multipleChoice("media", "?", ["tv", "web", "none of these"]),
    replies: [
      ["none of these", ["none of these"]],
      [["none of these"], ["none of these"]],
      ["C", ["none of these"]],
      ["none", unparsed],
      [[], []],
    ],
  },
  "a list whose options hold and": {
    item: multipleChoice("media", "?", ["newspapers and radio", "television", "blogs, forums", "radio"]),
    replies: [
      ["newspapers and radio and television", ["newspapers and radio", "television"]],
      ["newspapers and radio", ["newspapers and radio"]],
      ["blogs, forums, television", ["television", "blogs, forums"]],
      ["television and radio", ["television", "radio"]],
      ["newspapers and television", unparsed],
    ],
  },
  "a list that reads in two ways": {
    item: multipleChoice("media", "?", ["paper and tv", "paper", "tv", "web"]),
    replies: [["web, paper and tv", unparsed], ["paper and tv", ["paper and tv"]], ["paper, tv", [
      "paper",
      "tv",
    ]]],
  },
};
