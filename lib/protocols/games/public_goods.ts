import { cannot } from "../../core/errors.ts";
import { readOptions, required } from "../../core/options.ts";
import type { Game } from "../../core/protocol.ts";
import { number } from "../../items/number.ts";
import { sum } from "../../stats/moments.ts";
import { oneChoice, points } from "./one_choice.ts";

/** Options of {@linkcode publicGoods}: what each has, in whole points, and what the pot is multiplied by. */
export type PublicGoodsOptions = { endowment: number; multiplier: number };

const action = "make a public goods game";
const multiplier = required<number>((_, name, value) => {
  if (Number.isFinite(value) && (value as number) > 0) return;
  throw new RangeError(cannot(action, name, "be a positive number", value));
});

/**
 * Makes a public goods game: of an endowment e each puts c into a pot that is multiplied by m and shared by all n. It is
 * rational to give nothing where m < n, and all where m > n.
 *
 * @returns the game, for `play`, of any number of players; its item is `contribution`, the pay-off e − c + m Σc / n
 * @throws {RangeError} if the endowment is not whole or an amount not positive
 */
export function publicGoods(options: PublicGoodsOptions): Game {
  const { endowment, multiplier: m } = readOptions(action, options, { endowment: points, multiplier });
  const limits = { minimum: 0, maximum: endowment, whole: true };
  return oneChoice<number>({
    name: "public goods",
    players: [2, 100],
    items: ["contribution"],
    rules: `Each player of a group has ${endowment} points and decides how many of them to put into a pot. ` +
      `What is in the pot is multiplied by ${m} and shared equally among all players of the group, ` +
      "whoever put it in. Each keeps the points that it did not put in. All decide at the same time.",
    question: (_, { length }) =>
      number("contribution", `You are one of ${length} players. How many points do you put in?`, limits),
    // What one gets is linear in what one gives.
    alternatives: [0, endowment],
    payoffs: (given) => given.map((own) => endowment - own + (m * sum(given)) / given.length),
    rational: (n) => m > n ? endowment : 0,
  });
}
