import { oneOf, readOptions } from "../../core/options.ts";
import type { Game } from "../../core/protocol.ts";
import { choice } from "../../items/choice.ts";
import { oneChoice } from "./one_choice.ts";

/** Options of {@linkcode ringGame}. */
export interface RingGameOptions {
  /**
   * What is best for player 4 whatever the others choose.
   * @default {"a"}
   */
  dominant?: "a" | "b";
}

const actions = ["a", "b"] as const;

/**
 * Makes a ring game, which tells orders of rationality apart (after Kneeland 2015, whose pay-offs are others): played
 * with either action dominant, player i changes its action only if its order of rationality is at least 5 − i.
 *
 * @returns the game, for `play`; its item is `action`; players 1 to 3 get 10 for the action of the next, player 4 for the
 * dominant one
 * @see Kneeland 2015: 93, 71, 44 and 22% of people had an order of at least 1, 2, 3 and 4
 */
export function ringGame(options: RingGameOptions = {}): Game {
  const { dominant } = readOptions("make a ring game", options, { dominant: oneOf(actions, "a") });
  const next = [1, 2, 3].map((own) => `Player ${own} gets 10 for the action of player ${own + 1}, else 0. `);
  const best = `player 4 gets 10 for action ${dominant}`;
  return oneChoice<"a" | "b">({
    name: "ring",
    players: [4, 4],
    items: ["action"],
    rules: `Four players each choose action a or b at the same time. ${next.join("")}` +
      `And ${best}, else 0, whatever the others choose.`,
    levelZero: "a",
    question(player) {
      const text = `You are player ${player + 1}; ${best}. What do you choose?`;
      return choice("action", text, actions, { order: "fixed" });
    },
    alternatives: actions,
    payoffs: (chosen) => chosen.map((own, player) => own === (chosen[player + 1] ?? dominant) ? 10 : 0),
    rational: () => dominant,
  });
}
