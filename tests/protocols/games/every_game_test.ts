import { assert, assertEquals, assertThrows } from "@std/assert";
import { type Choice, type Choices, type Game, type Item, stream } from "@understudy/understudy/core";
import { type NumberItem, parseAnswer } from "@understudy/understudy/items";
import {
  dictatorPairs,
  elevenTwenty,
  play,
  prisonersDilemma,
  publicGoods,
  ringGame,
  rockPaperScissors,
  trustGame,
  ultimatumGame,
} from "@understudy/understudy/protocols";

const games: readonly (readonly [Game, players: number])[] = [
  [dictatorPairs(), 2],
  [rockPaperScissors(), 2],
  [ringGame(), 4],
  [ringGame({ dominant: "b" }), 4],
  [elevenTwenty(), 2],
  [publicGoods({ endowment: 10, multiplier: 2 }), 4],
  [publicGoods({ endowment: 7, multiplier: 2.5 }), 2],
  [prisonersDilemma({ T: 3, R: 1, P: 0, S: -2 }), 2],
  [trustGame({ endowment: 10 }), 2],
  [ultimatumGame({ amount: 10, unit: 2 }), 2],
];

function allowed(item: Item): readonly Choice[] {
  if (item.options !== undefined) return item.options;
  const { minimum, maximum } = item as NumberItem;
  return Array.from({ length: maximum! - minimum! + 1 }, (_, i) => minimum! + i);
}

/** Plays with choices drawn among those allowed. */
function playAtRandom(game: Game, players: number, seed: number): (Choice | null)[][] {
  const random = stream(seed, "play", game.name);
  const choices: (Choice | null)[][] = Array.from({ length: players }, () => []);
  for (let stage = 0; stage < game.stages; stage++) {
    const items = choices.map((_, player) => game.item(stage, player, choices));
    items.forEach((item, player) => {
      if (item !== null) assert(game.items.includes(item.name));
      const options = item === null ? [null] : allowed(item);
      choices[player]!.push(options[random.integer(options.length)]!);
    });
  }
  return choices;
}

/** Calls back for each choice of a play, with the question. */
function eachChoice(
  game: Game,
  choices: Choices,
  look: (item: Item, stage: number, player: number) => void,
): void {
  for (let stage = 0; stage < game.stages; stage++) {
    const before = choices.map((own) => own.slice(0, stage));
    before.forEach((_, player) => {
      const item = game.item(stage, player, before);
      if (item !== null) look(item, stage, player);
    });
  }
}

Deno.test("every game can be played, has rules, and items of different names", () => {
  for (const [game, players] of games) {
    assertEquals(play(game).game, game);
    assert(Object.isFrozen(game) && game.rules.length > 50);
    assert(game.players[0] <= players && players <= game.players[1]);
    assertEquals(new Set(game.items).size, game.items.length);
  }
  assertThrows(
    () => play({ ...games[0]![0], payoffs: undefined } as never),
    TypeError,
    "'game' must be a game",
  );
});

Deno.test("in every game each player has a pay-off and is told it, with its choices", () => {
  for (const [game, players] of games) {
    const choices = playAtRandom(game, players, 1);
    const payoffs = game.payoffs(choices);
    assertEquals(payoffs.length, players);
    payoffs.forEach((payoff, player) => {
      assert(Number.isFinite(payoff));
      const told = game.told(player, choices, payoffs);
      assert(told.endsWith(`Your pay-off is ${Number(payoff.toFixed(2))}.`), told);
      for (const choice of choices[player]!) assert(told.includes(String(choice ?? "")), told);
    });
  }
});

Deno.test("in every game the best reply is allowed, and no other choice of who chooses last pays more", () => {
  let compared = 0;
  for (const [game, players] of games) {
    for (let seed = 0; seed < 20; seed++) {
      const choices = playAtRandom(game, players, seed);
      eachChoice(game, choices, (item, stage, player) => {
        const best = game.bestReply(stage, player, choices)!;
        assertEquals(parseAnswer(item, best).value, best);
        const replied = choices.some((own, at) => at !== player && (own[stage + 1] ?? null) !== null);
        if (replied) return;
        const paid = (choice: Choice) =>
          game.payoffs(choices.with(player, choices[player]!.with(stage, choice)))[player]!;
        for (const other of allowed(item)) {
          assert(paid(other) <= paid(best) + 1e-9, `${game.name}: ${other} pays more than ${best}`);
          compared++;
        }
      });
    }
  }
  assert(compared > 2000);
});
