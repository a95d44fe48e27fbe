import { cannot } from "../../core/errors.ts";
import { readOptions, required } from "../../core/options.ts";
import type { Game } from "../../core/protocol.ts";
import { choice } from "../../items/choice.ts";
import { oneChoice } from "./one_choice.ts";

/**
 * Pay-offs of {@linkcode prisonersDilemma}: T of who defects against one who cooperates, R of each of two who cooperate, P
 * of each of two who defect, S of who cooperates with one who defects; oTree's sample game has 300, 200, 100 and 0.
 */
export type PrisonersDilemmaOptions = { [payoff in "T" | "R" | "P" | "S"]: number };

const action = "make a prisoner's dilemma";
const payoff = required<number>((_, name, value) => {
  if (!Number.isFinite(value)) throw new TypeError(cannot(action, name, "be a finite number", value));
});
const choices = ["cooperate", "defect"] as const;

/**
 * Makes a prisoner's dilemma. To defect is best whatever the other chooses.
 *
 * @returns the game, for `play`; its item is `decision`
 * @throws {RangeError} if the pay-offs are not T > R > P > S
 */
export function prisonersDilemma(options: PrisonersDilemmaOptions): Game {
  const { T, R, P, S } = readOptions(action, options, { T: payoff, R: payoff, P: payoff, S: payoff });
  if (!(T > R && R > P && P > S)) {
    throw new RangeError(cannot(action, "options", "have T > R > P > S", { T, R, P, S }));
  }
  const worth = { cooperate: { cooperate: R, defect: S }, defect: { cooperate: T, defect: P } };
  return oneChoice<typeof choices[number]>({
    name: "prisoner's dilemma",
    players: [2, 2],
    items: ["decision"],
    rules: "You and another player each cooperate or defect at the same time. If both cooperate, each gets " +
      `${R}. If both defect, each gets ${P}. If one defects and one cooperates, who defects gets ${T}, the other ${S}.`,
    question: () => choice("decision", "Do you cooperate or defect?", choices),
    alternatives: choices,
    payoffs: ([own, other]) => [worth[own!][other!], worth[other!][own!]],
    rational: () => "defect",
  });
}
