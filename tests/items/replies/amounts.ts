import { allocation } from "@understudy/understudy/items";
import { type Corpus, refused, unparsed } from "./corpus.ts";

/** Replies by the question that they answer. */
export const amountReplies: { readonly [name: string]: Corpus } = {
  "a hundred points": {
    item: allocation("budget", "?", ["schools", "roads", "parks"]),
    shown: ["roads", "parks", "schools"],
    replies: [
      [{ schools: 50, roads: 30, parks: 20 }, { schools: 50, roads: 30, parks: 20 }],
      [{ Schools: "50", ROADS: "30%", parks: 20 }, { schools: 50, roads: 30, parks: 20 }],
      [{ A: 30, B: 20, C: 50 }, { schools: 50, roads: 30, parks: 20 }],
      [{ schools: 60, roads: 40 }, { schools: 60, roads: 40, parks: 0 }],
      ['{"schools": 50, "roads": 50, "parks": 0}', { schools: 50, roads: 50, parks: 0 }],
      ["schools: 50, roads: 30, parks: 20", { schools: 50, roads: 30, parks: 20 }],
      ["schools: 50%, roads: 30%, parks: 20%", { schools: 50, roads: 30, parks: 20 }],
      ["A: 30; B: 70", { schools: 0, roads: 30, parks: 70 }],
      ["- **schools**: 50\n- roads: 50", { schools: 50, roads: 50, parks: 0 }],
      ["1. schools: 60\n2. parks: 40", { schools: 60, roads: 0, parks: 40 }],
      ["1. schools: 100", unparsed],
      ["schools (50), roads (30), parks (20)", { schools: 50, roads: 30, parks: 20 }],
      ["schools = 50, roads - 50", { schools: 50, roads: 50, parks: 0 }],
      [{ schools: 50, roads: 30, parks: 10 }, unparsed],
      [{ schools: 50, roads: 30, parks: 30 }, unparsed],
      [{ schools: 0.5, roads: 0.3, parks: 0.2 }, unparsed],
      [{ schools: 33.3, roads: 33.3, parks: 33.4 }, unparsed],
      [{ schools: -10, roads: 90, parks: 20 }, unparsed],
      ["A: -10, B: 110", unparsed],
      [{ schools: 50, Schools: 50 }, unparsed],
      [{ schools: 50, trams: 50 }, unparsed],
      [{ schools: "most", roads: 50 }, unparsed],
      [{ schools: null, roads: 100 }, unparsed],
      [{ schools: { roads: 100 } }, unparsed],
      [{}, unparsed],
      [[50, 30, 20], unparsed],
      ["50, 30, 20", unparsed],
      ["100", unparsed],
      ["mostly schools", unparsed],
      ["schools: 1,00", unparsed],
      ["I can't answer that.", refused],
    ],
  },
  "a thousand euros": {
    item: allocation("budget", "?", ["schools", "roads"], { total: 1000 }),
    replies: [
      ["schools: 1,000", { schools: 1000, roads: 0 }],
      [{ schools: "400%", roads: 600 }, unparsed],
    ],
  },
  "shares": {
    item: allocation("shares", "?", ["schools", "roads", "parks"], { total: 1, whole: false }),
    replies: [
      [{ schools: 0.5, roads: 0.3, parks: 0.2 }, { schools: 0.5, roads: 0.3, parks: 0.2 }],
      [{ schools: 0.333, roads: 0.333, parks: 0.333 }, { schools: 0.333, roads: 0.333, parks: 0.333 }],
      [{ schools: 0.33, roads: 0.33, parks: 0.33 }, unparsed],
    ],
  },
};
