import { checkWhole } from "../../core/checks.ts";
import type { Item } from "../../core/item.ts";
import { required, type Rule } from "../../core/options.ts";
import type { Choice, Choices, Game } from "../../core/protocol.ts";

/** What a game in which each chooses once has of its own. */
interface OneChoice<C extends Choice>
  extends Pick<Game, "name" | "players" | "rules" | "items" | "equilibrium" | "levelZero"> {
  /** Whether each sees what those before it chose; else all choose at once. */
  readonly inTurn?: boolean;
  /** What a player, by its place from 0, is asked; `null` where nothing. */
  question(player: number, chosen: readonly (C | null)[]): Item | null;
  /** Choices of which one is best for who chooses last, or at once with the others. */
  readonly alternatives: readonly C[];
  payoffs(chosen: readonly C[]): readonly number[];
  /** What is rational where nothing is known of those who choose at once or later; `null` where no single choice is. */
  rational(players: number): C | null;
}

/** Makes a game in which each chooses once. */
export function oneChoice<C extends Choice>(declared: OneChoice<C>): Game {
  const { question, alternatives, payoffs, rational, inTurn = false, ...shared } = declared;
  const stages = inTurn ? shared.players[0] : 1;
  const stageOf = (player: number) => inTurn ? player : 0;
  const made = (choices: Choices) => choices.map((own, at) => (own[stageOf(at)] ?? null) as C | null);
  const game: Game = {
    ...shared,
    stages,
    item(stage, player, choices) {
      const chosen = made(choices);
      // After a choice that is missing there is nothing to reply to.
      const asked = stage === stageOf(player) && (!inTurn || !chosen.slice(0, player).includes(null));
      return asked ? question(player, chosen) : null;
    },
    payoffs: (choices) => payoffs(made(choices) as C[]),
    told(player, choices, got) {
      const said = made(choices).map((choice, at) => {
        const who = at === player ? "you" : choices.length === 2 ? "the other player" : `player ${at + 1}`;
        return `${who} chose ${choice ?? "nothing"}`;
      });
      return `In this game ${said.join(", ")}. ${tellPayoff(got[player]!)}`;
    },
    bestReply(stage, player, choices) {
      if (stage !== stageOf(player)) return null;
      const chosen = made(choices);
      const open = stage < stages - 1 || chosen.some((choice, at) => at !== player && choice === null);
      if (open) return rational(chosen.length);
      const worth = (choice: C) => payoffs((chosen as C[]).with(player, choice))[player]!;
      return bestOf(alternatives, worth, chosen[player]);
    },
  };
  return Object.freeze(game);
}

/** Of several choices the one that is worth the most; the own one where it is as good. */
export function bestOf<C extends Choice>(
  alternatives: readonly C[],
  worth: (choice: C) => number,
  own: Choice | null = null,
): C {
  const best = alternatives.reduce((most, choice) => worth(choice) > worth(most) ? choice : most);
  return own !== null && worth(own as C) >= worth(best) ? own as C : best;
}

export function tellPayoff(payoff: number): string {
  return `Your pay-off is ${Number(payoff.toFixed(2))}.`;
}

/** An amount that must be given, whole and above 0. */
export const points: Rule<number, undefined> = required<number>((action, name, value) =>
  checkWhole(action, name, value, 1)
);
