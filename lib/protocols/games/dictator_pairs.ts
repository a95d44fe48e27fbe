import { oneOf, readOptions } from "../../core/options.ts";
import type { Game } from "../../core/protocol.ts";
import { choice } from "../../items/choice.ts";
import { sum } from "../../stats/moments.ts";
import { bestOf, tellPayoff } from "./one_choice.ts";

/** What a dictator may want. */
export type DictatorMotive = "equality" | "altruism" | "common_interest" | "self_interest";

/** Options of {@linkcode dictatorPairs}. */
export interface DictatorPairsOptions {
  /**
   * What choices are held to: the least gap, the most for the other, the largest sum, or the most for oneself.
   * @default {"self_interest"}
   */
  motive?: DictatorMotive;
}

const motives: { readonly [motive in DictatorMotive]: (own: number, other: number) => number } = {
  equality: (own, other) => -Math.abs(own - other),
  altruism: (_, other) => other,
  common_interest: (own, other) => own + other,
  self_interest: (own) => own,
};

const motive = oneOf(Object.keys(motives) as DictatorMotive[], "self_interest");

/** The splits of each pair, own and other, by their texts. */
const pairs = ([
  [[300, 300], [500, 100]],
  [[300, 300], [100, 500]],
  [[300, 300], [300, 400]],
  [[500, 100], [300, 300]],
] as [number, number][][]).map((pair) =>
  new Map(pair.map((split) => [`${split[0]} for you, ${split[1]} for the other`, split]))
);

/**
 * Makes four choices of a dictator between two splits, which tell equality, altruism, common interest and self-interest
 * apart, a pair for each in this order.
 *
 * @returns the game, for `play`, of one player, or two of whom the second gets what is left to it; its items are `pair_1`
 * to `pair_4`, and the pay-off is the sum of the pairs
 * @see Fan et al. 2023, arXiv 2312.05488; Flage 2024: people leave 27.5%
 */
export function dictatorPairs(options: DictatorPairsOptions = {}): Game {
  const { motive: wanted } = readOptions("make dictator pairs", options, { motive });
  const splitOf = (stage: number, option: unknown) => pairs[stage]!.get(option as string)!;
  const texts = pairs.map((pair) => [...pair.keys()]);
  const game: Game = {
    name: `dictator pairs (${wanted.replace("_", " ")})`,
    players: [1, 2],
    rules:
      "One player chooses four times between two ways to split points between itself and another player.",
    stages: pairs.length,
    items: texts.map((_, stage) => `pair_${stage + 1}`),
    item(stage, player) {
      const question = `Which split do you choose, of pair ${stage + 1}?`;
      return player > 0 ? null : choice(`pair_${stage + 1}`, question, texts[stage]!);
    },
    payoffs: (choices) =>
      choices.map((_, player) => sum(choices[0]!.map((option, stage) => splitOf(stage, option)[player]!))),
    told: (player, choices, got) => `The choices: ${choices[0]!.join("; ")}. ${tellPayoff(got[player]!)}`,
    bestReply(stage, player, choices) {
      const worth = (option: string) => motives[wanted](...splitOf(stage, option));
      return player > 0 ? null : bestOf(texts[stage]!, worth, choices[0]![stage]);
    },
  };
  return Object.freeze(game);
}
