import { cannot } from "../../core/errors.ts";
import { readOptions } from "../../core/options.ts";
import type { Game } from "../../core/protocol.ts";
import { choice } from "../../items/choice.ts";
import { number } from "../../items/number.ts";
import { oneChoice, points } from "./one_choice.ts";

/** Options of {@linkcode ultimatumGame}, in whole points: what is split, and the least that can be offered above nothing. */
export type UltimatumGameOptions = { amount: number; unit: number };

const action = "make an ultimatum game";
const answers = ["accept", "reject"] as const;

/**
 * Makes an ultimatum game: player 1 offers a part of an amount, which is split so if player 2 accepts; else nobody gets
 * anything. It is rational to accept whatever is above nothing, and so to offer the least unit.
 *
 * @returns the game, for `play`; its items are `offer` and `response`
 * @throws {RangeError} if an amount is not whole and positive, or the unit above the amount
 * @see Oosterbeek et al. 2004: people offered 40% and rejected 16% of offers
 */
export function ultimatumGame(options: UltimatumGameOptions): Game {
  const { amount, unit } = readOptions(action, options, { amount: points, unit: points });
  if (unit > amount) throw new RangeError(cannot(action, "unit", `be at most ${amount}`, unit));
  const offering =
    `You are player 1. How many of ${amount} points do you offer player 2, in steps of ${unit}?`;
  const limits = { minimum: 0, maximum: amount, whole: true };
  return oneChoice<number | string>({
    name: "ultimatum",
    players: [2, 2],
    items: ["offer", "response"],
    inTurn: true,
    rules:
      `Player 1 offers player 2 a part of ${amount} points, in steps of ${unit}. If player 2 accepts, player 2 ` +
      "gets what was offered and player 1 the rest. If player 2 rejects, nobody gets anything.",
    question(player, [offer]) {
      const offered = `You are player 2. Player 1 offers you ${offer} of ${amount}. Do you accept?`;
      return player === 0 ? number("offer", offering, limits) : choice("response", offered, answers);
    },
    alternatives: answers,
    payoffs: ([offer, response]) => response === "accept" ? [amount - Number(offer), Number(offer)] : [0, 0],
    rational: () => unit,
  });
}
