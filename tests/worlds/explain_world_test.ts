import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  declareReadyStudy,
  declareWorld,
  explainWorld,
  readyWorldNames,
} from "@understudy/understudy/worlds";
import { worldEdges } from "../../lib/worlds/explain_world.ts";
import { society } from "./fixtures.ts";

Deno.test("explainWorld() says who the people are, what they meet, and what each question answers to", () => {
  const text = explainWorld(declareWorld({
    ...society,
    attributes: {
      age: { kind: "numeric", range: [20, 80], step: 5, parents: ["party"], mean: { intercept: 50 }, sd: 15 },
    },
  }));
  for (
    const part of [
      "- party: A 40%, B 60%",
      "- age: from 20 to 80, mean 50, standard deviation 14.5; depends on party",
      "- **threat**, known by “incursion” or “invasion”: log-odds of meeting it: ideology (right +1, left −0.5), party",
      "- support, from 1 to 5: +2.6; ideology (left −1, right +1); **threat** +0.6, and by ideology (right +0.4)",
      "- gun, yes or no: log-odds of yes −0.5; ideology (right +1). No stimulus moves it: a negative control.",
      "- own_party: tells the attribute party. No stimulus moves it",
      "Nothing: it answers as the people whom it imagines.",
    ]
  ) assertStringIncludes(text, part);
});

Deno.test("explainWorld() names every fault with its size", () => {
  const said = {
    "user drift": "by Bayes' rule with drift 1",
    "position bias": "favours the option shown first by +1.2 log-odds, in every question",
    "acquiescence": "+0.8 log-odds of yes",
    "sycophancy": "gives way to opinions by +0.6",
    "correct answer": "support 50% 6",
    "compression": "50% of their spread is lost",
    "refusal by arm": "refuses requests, with log-odds −3; **warning** +0, and by ideology (right +3)",
    "format failures by arm": "replies in prose",
    "order effects": "support −1 after payer",
    "persona decay": "33% after one reply; then answers age_group young",
    "wording sensitivity": "standard deviation 0.5",
    "subgroup error": "wrong about groups: support +0; **warning** +0, and by education (school +0.8)",
    "memorised effect": "of **warning** on support +2 in 50% of replies",
  };
  for (const [name, part] of Object.entries(said)) {
    assertStringIncludes(explainWorld(declareReadyStudy(name as "clean", { seed: 1 }).world), part);
  }
  for (const name of readyWorldNames) {
    assertEquals(explainWorld(declareReadyStudy(name, { seed: 1 }).world).includes("undefined"), false, name);
  }
});

Deno.test("worldEdges() has one arrow for each cause", () => {
  const edges = worldEdges(declareWorld(society)).objects() as { [column: string]: string | null }[];
  const arrows = edges.map(({ from, to, kind }) => `${from} ${kind} ${to}`);
  assertEquals(arrows, [
    "ideology exposure threat",
    "party exposure threat",
    "ideology answer support",
    "threat effect support",
    "ideology moderation support",
    "threat effect blame",
    "ideology answer gun",
    "party answer own_party",
  ]);
  assertEquals(edges[4]!.via, "threat");
  assertEquals(edges[5]!.coefficients, "them: +0.7");
  const town = worldEdges(declareReadyStudy("clean", { seed: 1 }).world).objects() as {
    [column: string]: string;
  }[];
  const news = town.filter(({ from, to }) => from === "ideology" && to === "news_source");
  assertEquals(news.map(({ coefficients }) => coefficients), [
    "newspapers: left +0.8, right −0.6; television: left −0.6, right +0.8",
  ]);
});
