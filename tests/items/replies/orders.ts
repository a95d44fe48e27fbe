import { ranking } from "@understudy/understudy/items";
import { type Corpus, refused, unparsed } from "./corpus.ts";

/** Replies by the question that they answer. */
export const orderReplies: { readonly [name: string]: Corpus } = {
  "a ranking": {
    item: ranking("media", "?", ["paper", "tv", "web"]),
    shown: ["web", "paper", "tv"],
    replies: [
      [["tv", "paper", "web"], ["tv", "paper", "web"]],
      [["C", "A", "B"], ["tv", "web", "paper"]],
      ['["TV", "web", "paper"]', ["tv", "web", "paper"]],
      ["tv > paper > web", ["tv", "paper", "web"]],
      ["C > B > A", ["tv", "paper", "web"]],
      ["tv → paper → web", ["tv", "paper", "web"]],
      ["tv, paper, web", ["tv", "paper", "web"]],
      ["tv, paper, and web.", ["tv", "paper", "web"]],
      ["tv, then paper, then web", ["tv", "paper", "web"]],
      ["My ranking is: tv > paper > web", ["tv", "paper", "web"]],
      ["1. tv\n2. paper\n3. web", ["tv", "paper", "web"]],
      ["1) tv\n2) **web**\n3) paper", ["tv", "web", "paper"]],
      ["1. tv, 2. paper, 3. web", ["tv", "paper", "web"]],
      ["1. tv 2. paper 3. web", ["tv", "paper", "web"]],
      ["My ranking:\n- web\n- tv\n- paper", ["web", "tv", "paper"]],
      [{ "1": "tv", "2": "paper", "3": "web" }, ["tv", "paper", "web"]],
      [{ tv: 2, paper: 1, web: 3 }, ["paper", "tv", "web"]],
      [["tv", "paper"], unparsed],
      [["tv", "paper", "tv"], unparsed],
      [["tv", "paper", "web", "tv"], unparsed],
      [["tv", "paper", "radio"], unparsed],
      // Places in order, or ranks in the order shown?
      [[2, 1, 3], unparsed],
      ["2, 1, 3", unparsed],
      ["2. tv\n1. paper\n3. web", unparsed],
      ["tv (2), paper (1), web (3)", unparsed],
      ["web < paper < tv", unparsed],
      ["tv > paper = web", unparsed],
      ["tv/paper/web", unparsed],
      ["tv", unparsed],
      ["none", unparsed],
      [{ tv: 1, paper: 1, web: 2 }, unparsed],
      [{ tv: 1, paper: 2 }, unparsed],
      [{ tv: 0, paper: 1, web: 2 }, unparsed],
      [7, unparsed],
      ["I would rather not say", refused],
    ],
  },
  "the first two": {
    item: ranking("media", "?", ["paper", "tv", "web"], { first: 2 }),
    replies: [
      [["tv", "paper"], ["tv", "paper"]],
      ["web > tv", ["web", "tv"]],
      ["1. web\n2. paper", ["web", "paper"]],
      [{ web: 1, tv: 2 }, ["web", "tv"]],
      [["tv", "paper", "web"], unparsed],
      ["web", unparsed],
    ],
  },
  "a ranking whose options are numbers": {
    item: ranking("sizes", "?", ["1", "2", "3"]),
    replies: [
      [["3", "1", "2"], ["3", "1", "2"]],
      ["3 > 1 > 2", ["3", "1", "2"]],
      [{ "1": 2, "2": 1, "3": 3 }, unparsed],
    ],
  },
  "a ranking whose options hold and": {
    item: ranking("parts", "?", ["roads and bridges", "schools", "parks, pools"]),
    replies: [
      ["schools > roads and bridges > parks, pools", ["schools", "roads and bridges", "parks, pools"]],
      ["parks, pools, roads and bridges, schools", ["parks, pools", "roads and bridges", "schools"]],
    ],
  },
};
