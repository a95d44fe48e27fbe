import { readOptions } from "../../core/options.ts";
import type { Game } from "../../core/protocol.ts";
import { number } from "../../items/number.ts";
import { oneChoice, points } from "./one_choice.ts";

/** Options of {@linkcode trustGame}: what player 1 has, in whole points. */
export type TrustGameOptions = { endowment: number };

/**
 * Makes a trust game: player 1 sends s of an endowment E, player 2 gets 3s and sends b of it back. It is rational to send
 * nothing back, and so to send nothing.
 *
 * @returns the game, for `play`; its items are `sent` and `returned`, the pay-offs E − s + b and 3s − b
 * @see oTree's sample game of this name
 */
export function trustGame(options: TrustGameOptions): Game {
  const { endowment } = readOptions("make a trust game", options, { endowment: points });
  const ask = (name: string, text: string, maximum: number) =>
    number(name, `${text} do you send?`, { minimum: 0, maximum, whole: true });
  return oneChoice<number>({
    name: "trust",
    players: [2, 2],
    items: ["sent", "returned"],
    inTurn: true,
    rules: `Player 1 has ${endowment} points and sends some of them, or none, to player 2. What is sent is ` +
      "multiplied by 3. Player 2 then sends some of what arrived, or nothing, back to player 1.",
    question(player, [sent]) {
      if (player === 0) return ask("sent", "You are player 1. How many points", endowment);
      const arrived = `You are player 2. Player 1 sent ${sent}, which became ${3 * sent!}.`;
      return sent === 0 ? null : ask("returned", `${arrived} How many points back`, 3 * sent!);
    },
    alternatives: [0],
    payoffs: ([sent, returned]) => [endowment - sent! + (returned ?? 0), 3 * sent! - (returned ?? 0)],
    rational: () => 0,
  });
}
