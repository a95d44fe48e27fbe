import { assertEquals } from "@std/assert";
import type { Choice } from "@understudy/understudy/core";
import { rockPaperScissors } from "@understudy/understudy/protocols";

const hands = ["rock", "paper", "scissors"];
const game = rockPaperScissors();
const payoff = (own: Choice, other: Choice) => game.payoffs([[own], [other]])[0]!;
const bestAgainst = (other: Choice) => game.bestReply(0, 0, [[], [other]])!;
const beats = (hand: Choice) => hands.find((other) => payoff(other, hand) === 1)!;

Deno.test("rockPaperScissors pays 1, 0 and -1, in sum 0, and its best reply wins", () => {
  assertEquals(hands.map((own) => hands.map((other) => payoff(own, other))), [[0, -1, 1], [1, 0, -1], [
    -1,
    1,
    0,
  ]]);
  for (const own of hands) {
    for (const other of hands) {
      const [first, second] = game.payoffs([[own], [other]]);
      assertEquals(first! + second!, 0);
    }
    assertEquals(payoff(bestAgainst(own), own), 1);
  }
});

/** What a rival shows, from the choices before: the spec's constant, copy, counter and loop. */
type Rival = (own: readonly Choice[], round: number) => Choice;

const rivals: { readonly [name: string]: Rival } = {
  constant: () => "scissors",
  copy: (own) => own.at(-1) ?? "rock",
  counter: (own) => beats(own.at(-1) ?? "rock"),
  loop: (_, round) => ["paper", "rock", "scissors"][(round - 1) % 3]!,
};

Deno.test("the best reply to a rival of known rule pays 1 in every round, whichever rule it is", () => {
  for (const [name, rival] of Object.entries(rivals)) {
    const own: Choice[] = [];
    for (let round = 1; round <= 10; round++) {
      const shown = rival(own, round);
      const reply = bestAgainst(shown);
      assertEquals(payoff(reply, shown), 1, name);
      own.push(reply);
    }
  }
});

Deno.test("against shares of .6, .2 and .2 the best hand pays .4, and against the equilibrium each pays 0", () => {
  const worth = (own: Choice, shares: readonly (readonly [Choice, number])[]) =>
    shares.reduce((total, [other, share]) => total + share * payoff(own, other), 0);
  const shares = [["rock", .6], ["paper", .2], ["scissors", .2]] as const;
  assertEquals(hands.map((own) => Math.round(1e9 * worth(own, shares)) / 1e9), [0, .4, -.4]);
  assertEquals(hands.map((own) => worth(own, game.equilibrium!)), [0, 0, 0]);
  assertEquals(game.bestReply(0, 0, [[], []]), null);
});
