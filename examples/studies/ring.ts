/**
 * The ring game: how many steps ahead does a player reason?
 *
 *     deno run -A examples/studies/ring.ts                                          # rational players of known orders
 *     deno run -A examples/studies/ring.ts http://localhost:11434/v1 llama3.2        # a model
 *
 * Source: Kneeland 2015, Identifying higher-order rationality, Econometrica 83:2065-2079.
 * Faithful: everybody chooses at each of the four places of two rings, which differ in what is dominant for player 4 alone;
 * nobody learns what the others chose; an order of at least k shows in choices that follow the dominant action at the
 * places 4 to 5 − k.
 * Not: two actions in place of three, pay-offs and words are ours, and the two rings of a place come one after the other. The
 * shares of people are those of the source, which played its own pay-offs.
 *
 * @module
 */
import {
  assignTreatments,
  declareDesign,
  planExperiment,
  type Respondent,
  tableOf,
} from "@understudy/understudy";
import { estimateMeans } from "@understudy/understudy/estimation";
import { show } from "@understudy/understudy/kernel";
import { assignGroups, declareProtocol, type Game, play, ringGame } from "@understudy/understudy/protocols";
import { rationalRespondent } from "@understudy/understudy/respondents";
import { isRehearsal, respondentOr, runPlan, showEffects, showPlan } from "./study.ts";

/** A game of four in which everybody sits so many places further on. */
function turned(game: Game, by: number): Game {
  const placeOf = (player: number) => (player + by) % 4;
  const placed = <Own>(all: readonly Own[]) => all.map((_, place) => all[(place + 4 - by) % 4]!);
  return {
    ...game,
    item: (stage, player, choices) => game.item(stage, placeOf(player), placed(choices)),
    bestReply: (stage, player, choices) => game.bestReply(stage, placeOf(player), placed(choices)),
    payoffs: (choices) => {
      const got = game.payoffs(placed(choices));
      return choices.map((_, player) => got[placeOf(player)]!);
    },
  };
}

const rings = (["b", "a"] as const).map((dominant) => ({ dominant, game: ringGame({ dominant }) }));
const plays = [0, 1, 2, 3].flatMap((by) =>
  rings.map(({ dominant, game }) => ({
    by,
    dominant,
    game: turned(game, by),
    name: `turned ${by}, ${dominant}`,
  }))
);
const design = declareDesign({
  protocol: declareProtocol({ steps: plays.map(({ game, name }) => play(game, { name, told: false })) }),
  stated: ["age"],
  clusters: "session",
});
const personas = tableOf(Array.from({ length: 40 }, (_, i) => ({ persona_id: `p${i + 1}`, age: 20 + i })));
const assigned = assignTreatments(assignGroups(personas, { size: 4, seed: 1 }), design, { seed: 2 });
const plan = planExperiment(assigned, design, { seed: 3 });
await showPlan(plan);

// Of each five ages one has the order 0, one the order 1, and so on.
const orderOf = (age: number) => age % 5;
const players = [0, 1, 2, 3, 4].map((level) => rationalRespondent(rings.map(({ game }) => game), { level }));
const mixture: Respondent = {
  name: "rational players of orders 0 to 4",
  identity: () => ({ endpoint: "rational", model: "orders 0 to 4", parameters: {} }),
  respond: (request) => {
    const [, age] = /age is (\d+)/.exec(request.messages[0]!.content)!;
    return players[orderOf(Number(age))]!.respond(request);
  },
};
const answers = await runPlan(plan, respondentOr(mixture), "ring", "g1");

const chosen = (answers.objects() as { [column: string]: unknown }[]).filter(({ item }) => item === "action");
const found = [...Map.groupBy(chosen, ({ persona_id }) => persona_id)].map(([persona_id, own]) => {
  // Whether both choices at a place follow the dominant action.
  const follows = [1, 2, 3, 4].map((place) =>
    plays.filter(({ by }) => (Number(own[0]!.player) - 1 + by) % 4 + 1 === place)
      .every(({ name, dominant }) => own.find(({ step }) => step === name)!.value === dominant)
  );
  const order = 3 - follows.lastIndexOf(false);
  return { persona_id, session: own[0]!.session, age: Number(own[0]!.age), order };
});
const orders = [0, 1, 2, 3, 4];
await show(
  "PLAYERS by the order that their choices show, and among rational players by that which they have",
  tableOf(orders.map((shown) => {
    const own = found.filter(({ order }) => order === shown);
    const has = orders.map((
      order,
    ) => [`has_${order}`, own.filter(({ age }) => orderOf(age) === order).length]);
    return { shown, players: own.length, ...(isRehearsal ? Object.fromEntries(has) : {}) };
  })),
);
const people = [0.93, 0.71, 0.44, 0.22];
const shares = people.map((_, at) => {
  const known = found.map((one) => ({ ...one, share: one.order > at ? 1 : 0 }));
  return estimateMeans(tableOf(known), { outcome: "share", clusters: "session" });
});
await showEffects(
  shares.reduce((all, each) => all.concat(each)),
  Object.fromEntries(people.map((share, at) => [`order ≥ ${at + 1} (people: ${share})`, (4 - at) / 5])),
  "a fifth of the players has each order from 0 to 4.",
);
