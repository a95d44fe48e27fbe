import { readOptions, type RulesFor, whole } from "../../core/options.ts";
import type { Game } from "../../core/protocol.ts";
import { number } from "../../items/number.ts";
import { sum } from "../../stats/moments.ts";
import { amount, oneStage } from "./one_stage.ts";

/** Options of {@linkcode publicGoods}. */
export interface PublicGoodsOptions {
  /** What each has. */
  endowment: number;
  /** What the pot is multiplied by. */
  multiplier: number;
  /**
   * How many play together.
   * @default {undefined} from 2 to 100
   */
  players?: number;
}

const rules = {
  endowment: amount,
  multiplier: amount,
  players: whole(undefined, 2, 100),
} as const satisfies RulesFor<PublicGoodsOptions>;

/**
 * Makes a public goods game: of an endowment e each puts c into a pot that is multiplied by m and shared by all n.
 * Rational is to give nothing where m < n, and all where m > n.
 *
 * @param options see {@linkcode PublicGoodsOptions}
 * @returns the game, for `play`; its item is `contribution`, the pay-off e − c + m Σc / n
 * @throws {RangeError} if an amount is not positive
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { publicGoods } from "@understudy/understudy/protocols";
 *
 * const game = publicGoods({ endowment: 10, multiplier: 2 });
 * assertEquals(game.payoffs([[0], [10], [10], [10]]), [25, 15, 15, 15]);
 * ```
 */
export function publicGoods(options: PublicGoodsOptions): Game {
  const { endowment, multiplier, players } = readOptions("make a public goods game", options, rules);
  return oneStage<number>({
    name: "public goods",
    players: players === undefined ? [2, 100] : [players, players],
    rules: `Each player of a group has ${endowment} points and decides how many of them to put into a pot. ` +
      `What is in the pot is multiplied by ${multiplier} and shared equally among all players of the group, ` +
      "whoever put it in. Each keeps the points that it did not put in. All decide at the same time.",
    question: (_, n) =>
      number("contribution", `You are one of ${n} players. How many points do you put into the pot?`, {
        minimum: 0,
        maximum: endowment,
        whole: Number.isInteger(endowment),
      }),
    // What one gets is linear in what one gives.
    alternatives: [0, endowment],
    payoffs: (given) => given.map((own) => endowment - own + (multiplier * sum(given)) / given.length),
    rational: (n) => multiplier > n ? endowment : 0,
  });
}
