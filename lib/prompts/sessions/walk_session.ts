import type { Plan } from "../../core/experiment.ts";
import type { Step } from "../../core/protocol.ts";
import { protocolOf } from "./protocol_of.ts";
import { Session } from "./session.ts";
import type { SessionEntry, Walk } from "./walk.ts";
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

/** What the trials of a conversation leave. */
export interface WalkedSession {
  readonly left: readonly (readonly SessionEntry[])[];
  /** What a function of the protocol threw; what it had not come to is entries that say so. */
  readonly error?: unknown;
}

/**
 * Walks the trials of one conversation, usually one: gives the calls that may be made at once, takes what became of them,
 * and returns for each trial what it leaves. Nothing is called here.
 */
export function* walkSession(
  plan: Plan,
  trials: readonly number[],
  options: WalkOptions = {},
): Walk<WalkedSession> {
  const session = new Session(plan, trials[0]!, options);
  if (options.broken !== undefined) session.stop(options.broken);
  session.bound = options.bound;
  options.onSession?.(session);
  const { steps } = protocolOf(plan.design);
  const left: SessionEntry[][] = [];
  for (const [place, trial] of trials.entries()) {
    if (place > 0) session.enter(trial);
    try {
      yield* walkSteps(session, steps);
    } catch (error) {
      if (session.broken !== undefined) throw error;
      const broken = `not asked: the protocol failed: ${error instanceof Error ? error.message : error}`;
      const entries = restOf(session.entries, notAsked(plan, trial, broken));
      const others = trials.slice(place + 1).map((trial) => notAsked(plan, trial, broken));
      return { left: [...left, [...session.entries, ...entries], ...others], error };
    }
    left.push(session.entries);
  }
  return { left };
}

/** What a trial leaves that is not walked: entries that say why. */
export function notAsked(plan: Plan, trial: number, broken: string): readonly SessionEntry[] {
  // Nothing is called, so that nothing is waited for.
  const { value } = walkSession(plan, [trial], { broken }).next();
  return (value as WalkedSession).left[0]!;
}

/** Of all that a session would leave what it has not left yet. */
function restOf(entries: readonly SessionEntry[], all: readonly SessionEntry[]): SessionEntry[] {
  const counts = new Map<string, number>();
  const keyOf = ({ kind, step, round, member }: SessionEntry) =>
    JSON.stringify([kind, step, round, kind === "line" ? "" : member?.member]);
  for (const entry of entries) counts.set(keyOf(entry), (counts.get(keyOf(entry)) ?? 0) + 1);
  return all.filter((entry) => {
    const left = counts.get(keyOf(entry)) ?? 0;
    counts.set(keyOf(entry), left - 1);
    return left <= 0;
  });
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
  for (const who of session.eligible(step, step.to)) {
    who.memory.tell(session.write(step.text, who));
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
