import type { Game } from "../../core/protocol.ts";
import { choice } from "../../items/choice.ts";
import { oneChoice } from "./one_choice.ts";

const hands = ["rock", "paper", "scissors"] as const;

/**
 * Makes the game rock-paper-scissors: 1 for who wins, −1 for who loses, 0 where both show the same. What is best
 * depends on what the other shows; where that is not known, each hand is as good.
 *
 * @returns the game, for `play`; its item is `hand`
 */
export function rockPaperScissors(): Game {
  return oneChoice<typeof hands[number]>({
    name: "rock-paper-scissors",
    players: [2, 2],
    items: ["hand"],
    rules:
      "You and another player each show rock, paper or scissors at the same time. Rock beats scissors, " +
      "scissors beats paper, and paper beats rock. Who wins gets 1, who loses gets -1; if both show the same, " +
      "each gets 0.",
    equilibrium: hands.map((hand) => [hand, 1 / 3]),
    question: () => choice("hand", "Which do you show?", hands),
    alternatives: hands,
    payoffs: ([own, other]) => {
      const won = [0, 1, -1][(hands.indexOf(own!) - hands.indexOf(other!) + 3) % 3]!;
      return [won, 0 - won];
    },
    rational: () => null,
  });
}
