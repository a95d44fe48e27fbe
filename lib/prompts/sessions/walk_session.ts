import type { Plan } from "../../core/experiment.ts";
import type { Step } from "../../core/protocol.ts";
import { protocolOf } from "./protocol_of.ts";
import { Session, type SessionEntry, type Walk } from "./session.ts";
import { walkPlay } from "./walk_game.ts";
import { walkSay } from "./walk_lines.ts";
import { walkAsk, walkProbe } from "./walk_ask.ts";

/** How a session is walked otherwise than planned. */
export interface WalkOptions {
  /** Another arm. */
  readonly arm?: string;
  /** Another wording. */
  readonly wording?: number;
  /** Whether whatever chance or answers decide happens as it makes the fewest, or the most calls. */
  readonly bound?: "fewest" | "most" | undefined;
  /** Why nothing is asked: what would be is entries that say so. */
  readonly broken?: string | undefined;
  /** Is told of the session. */
  readonly onSession?: ((session: Session) => void) | undefined;
}

/**
 * Walks the trials of one conversation, usually one: gives the calls that may be made at once, takes what became of them,
 * and returns for each trial what it leaves. Nothing is called here.
 */
export function* walkSession(
  plan: Plan,
  trials: readonly number[],
  options: WalkOptions = {},
): Walk<SessionEntry[][]> {
  const session = new Session(plan, trials[0]!, options);
  session.broken = options.broken;
  session.bound = options.bound;
  options.onSession?.(session);
  const { steps } = protocolOf(plan.design);
  const left: SessionEntry[][] = [];
  for (const [place, trial] of trials.entries()) {
    if (place > 0) session.enter(trial);
    yield* walkSteps(session, steps);
    left.push(session.entries);
  }
  return left;
}

function* walkSteps(session: Session, steps: readonly Step[]): Walk {
  for (const step of steps) {
    if (!session.holds(step.when)) continue;
    if (step.kind === "tell") tellMembers(session, step);
    else if (step.kind === "ask") yield* walkAsk(session, step);
    else if (step.kind === "probe") yield* walkProbe(session, step);
    else if (step.kind === "say") yield* walkSay(session, step);
    else if (step.kind === "play") yield* walkPlay(session, step);
    else yield* walkRounds(session, step);
  }
}

function tellMembers(session: Session, step: Extract<Step, { kind: "tell" }>): void {
  // What nobody will be asked about is not written.
  if (session.broken !== undefined) return;
  const isTreated = typeof step.text === "object";
  for (const who of session.eligible(step, step.to)) {
    who.memory.keep("user", session.write(step.text, who), isTreated);
  }
}

/** Rounds are counted through where these nest; outside them the round is again what it was. */
function* walkRounds(session: Session, step: Extract<Step, { kind: "rounds" }>): Walk {
  const outer = session.round;
  for (let round = 0; round < step.rounds; round++) {
    session.round = 1 + (session.counted.get(step.name) ?? 0);
    session.counted.set(step.name, session.round);
    yield* walkSteps(session, step.steps);
    if (step.until !== null && session.holds(step.until, true)) break;
  }
  session.round = outer;
}
