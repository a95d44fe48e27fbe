import { cannot } from "../../core/errors.ts";
import type { Choice, Choices, PlayStep } from "../../core/protocol.ts";
import { unelicited } from "../../items/elicited.ts";
import { connectedParts } from "../../protocols/hearing.ts";
import type { Participant } from "./members.ts";
import type { Session } from "./session.ts";
import type { Walk } from "./walk.ts";
import { type Asking, entryOf, keepAsked, putQuestions, showItems } from "./put_questions.ts";

/** Those who play a game together, and what each has chosen. */
interface Part {
  readonly number: number | null;
  readonly players: readonly Participant[];
  readonly choices: (Choice | null)[][];
}

/** Lets connected members play a game, whose rules each is told once: private choices stage by stage, then pay-offs, which a pure function gives. */
export function* walkPlay(session: Session, step: PlayStep): Walk {
  const { game } = step;
  const parts = partsOf(session, step);
  for (const { players } of parts) players.forEach(({ memory }) => memory.tellOnce(game.rules));
  // Choices that a stage asks of nobody are not missing.
  const isMissing = new Set<Part>();
  for (let stage = 0; stage < game.stages; stage++) {
    const turns = parts.flatMap((part) =>
      part.players.flatMap((who, player) => {
        const item = game.item(stage, player, part.choices);
        return item === null ? [] : [{ part, player, who, item }];
      })
    );
    const askings = turns.map(({ who, item }): Asking => ({
      who,
      shown: showItems(session, step, [item], who),
      branch: null,
      turn: stage,
      replicate: session.replicate,
    }));
    const asked = yield* putQuestions(session, step, askings);
    const chosen = new Map(
      turns.map(({ part, player }, at) => [`${part.number} ${player}`, asked[at]!.answers[0]!]),
    );
    for (const part of parts) {
      part.players.forEach((_, player) => {
        const answer = chosen.get(`${part.number} ${player}`);
        const value = answer?.value ?? null;
        part.choices[player]!.push(typeof value === "number" || typeof value === "string" ? value : null);
        if (answer !== undefined && value === null) isMissing.add(part);
      });
    }
    turns.forEach(({ part, player }, at) => {
      keepAsked(session, step, askings[at]!, asked[at]!, { part: part.number, player: player + 1 });
    });
  }
  for (const part of parts) payOut(session, step, part, isMissing.has(part));
}

/** The members who play together: those who are connected by who hears whom. */
function partsOf(session: Session, step: PlayStep): Part[] {
  const { game } = step;
  const players = session.eligible(step, step.to);
  const members = players.map(({ member }) => member);
  const [fewest, most] = game.players;
  // Who would have heard whom nobody knows.
  if (session.broken !== undefined) return [{ number: null, players, choices: players.map(() => []) }];
  return connectedParts(members, session.hears(step), session.view()).map((part, place): Part => {
    if (part.length < fewest || part.length > most) {
      const rule = `connect ${fewest === most ? fewest : `${fewest} to ${most}`} players of ${game.name}`;
      const advice = "let hears be groups(size), or to choose players";
      throw new RangeError(`${cannot("play a game", "hears", rule, part.length)}; ${advice}`);
    }
    return {
      number: place + 1,
      players: part.map((member) => players.find((each) => each.member === member)!),
      choices: part.map(() => []),
    };
  });
}

/** Gives each player its pay-off, and tells it; where a choice is missing nobody has one. */
function payOut(
  session: Session,
  step: PlayStep,
  { number, players, choices }: Part,
  isMissing: boolean,
): void {
  const { game } = step;
  const held: Choices = choices;
  const payoffs = isMissing ? players.map(() => NaN) : game.payoffs(held);
  if (payoffs.length !== players.length || !isMissing && !payoffs.every(Number.isFinite)) {
    throw new RangeError(
      cannot("play a game", `${game.name}.payoffs`, "give each player a finite number", payoffs),
    );
  }
  players.forEach((who, player) => {
    const payoff = payoffs[player]!;
    const { member } = who.member;
    session.payoffs.push({ member, payoff, step: step.name, round: session.round });
    if (step.told && !isMissing) who.memory.tell(game.told(player, held, payoffs));
    session.entries.push(entryOf(session, who, {
      kind: "payoff",
      step: step.name,
      part: number,
      player: player + 1,
      answers: [{
        ...unelicited,
        value: payoff,
        status: isMissing ? "failed" : "answered",
        detail: "",
        reason: isMissing ? "a choice is missing" : "",
        raw: "",
      }],
      calls: [],
    }));
  });
}
