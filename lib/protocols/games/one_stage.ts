import { cannot } from "../../core/errors.ts";
import type { Item } from "../../core/item.ts";
import { required, type Rule, rule } from "../../core/options.ts";
import type { Choice, Game } from "../../core/protocol.ts";

/** What a game in which all choose once, at the same time, has of its own. */
interface OneStage<C extends Choice>
  extends Pick<Game, "name" | "players" | "rules" | "equilibrium" | "levelZero"> {
  /** What a player is asked, by its place from 0. */
  question(player: number, players: number): Item;
  /** Choices of which one is best whatever the others do. */
  readonly alternatives: readonly C[];
  /** What each gets. */
  payoffs(chosen: readonly C[]): readonly number[];
  /** What is rational where nothing is known of the others; `null` where no single choice is. */
  rational(players: number): C | null;
}

/** Makes a game of one stage. */
export function oneStage<C extends Choice>(declared: OneStage<C>): Game {
  const { question, alternatives, payoffs, rational, ...shared } = declared;
  return Object.freeze(
    {
      ...shared,
      stages: 1,
      items: [question(0, shared.players[0]).name],
      item: (_, player, choices) => question(player, choices.length),
      payoffs: (choices) => payoffs(choices.map(([choice]) => choice as C)),
      told(player, choices, got) {
        const others = choices.flatMap(([choice], at) => {
          if (at === player) return [];
          return [`${choices.length === 2 ? "the other player" : `player ${at + 1}`} chose ${choice}`];
        });
        return `You chose ${choices[player]![0]}; ${others.join(", ")}. ${tellPayoff(got[player]!)}`;
      },
      bestReply(_, player, choices) {
        const chosen = choices.map(([choice]) => (choice ?? null) as C | null);
        if (chosen.some((choice, at) => at !== player && choice === null)) return rational(chosen.length);
        const worth = (choice: C) => payoffs((chosen as C[]).with(player, choice))[player]!;
        return bestOf(alternatives, worth, chosen[player]);
      },
    } satisfies Game,
  );
}

/** Of several choices the one that is worth the most; the own one where it is as good. */
export function bestOf<C extends Choice>(
  alternatives: readonly C[],
  worth: (choice: C) => number,
  own?: Choice | null,
): C {
  const best = alternatives.reduce((most, choice) => worth(choice) > worth(most) ? choice : most);
  return own !== null && own !== undefined && worth(own as C) >= worth(best) ? own as C : best;
}

/** The end of what a player is told. */
export function tellPayoff(payoff: number): string {
  return `Your pay-off is ${Number(payoff.toFixed(2))}.`;
}

function checkPositive(action: string, name: string, value: unknown): void {
  if (Number.isFinite(value) && (value as number) > 0) return;
  throw new RangeError(cannot(action, name, "be a positive number", value));
}

/** An amount above 0 that must be given. */
export const amount: Rule<number, undefined> = required<number>(checkPositive);

/** An amount above 0 with a default. */
export function amountOr(fallback: number): Rule<number, number> {
  return rule<number, number>(checkPositive, fallback);
}
