import type { Game } from "../../core/protocol.ts";
import { number } from "../../items/number.ts";
import { oneChoice } from "./one_choice.ts";

/**
 * Makes the 11–20 money request game, which tells levels of reasoning apart: level 0 asks for 20, and each level for one
 * less than the level below. In equilibrium 15 to 20 are asked for, with probabilities .25, .25, .2, .15, .1 and .05.
 *
 * @returns the game, for `play`; its item is `request`
 * @see Arad and Rubinstein 2012: of 108 people 4, 0, 3, 6, 1, 6, 32, 30, 12 and 6% asked for 11 to 20
 */
export function elevenTwenty(): Game {
  return oneChoice<number>({
    name: "11-20",
    players: [2, 2],
    items: ["request"],
    rules:
      "You and another player each ask for an amount of money at the same time, a whole number from 11 to 20. " +
      "Each gets what it asks for. Who asks for exactly 1 less than the other gets 20 more.",
    equilibrium: [[15, .25], [16, .25], [17, .2], [18, .15], [19, .1], [20, .05]],
    levelZero: 20,
    question: () => number("request", "How much do you ask for?", { minimum: 11, maximum: 20, whole: true }),
    alternatives: Array.from({ length: 10 }, (_, i) => 20 - i),
    payoffs: (asked) => asked.map((own, player) => own + (asked[1 - player] === own + 1 ? 20 : 0)),
    rational: () => null,
  });
}
