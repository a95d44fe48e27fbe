import type { AskStep, Members, PlayStep, Step } from "../core/protocol.ts";
import type { Session } from "../prompts/sessions/session.ts";
import { modeOf } from "../prompts/sessions/put_questions.ts";

/** Fewest and most calls of a step. */
export interface CallRange {
  readonly low: number;
  readonly high: number;
}

/**
 * The fewest and most calls that each step of a session can make: a step that may be left out, or whose members a function
 * chooses, can make none; rounds that may end can be one.
 */
export function countStepCalls(
  session: Session,
  steps: readonly Step[],
  isFirst: boolean,
): Map<string, CallRange> {
  const ranges = new Map<string, CallRange>();
  let lines = 0;
  const count = (all: readonly Step[], [fewest, most]: readonly [number, number]): void => {
    for (const step of all) {
      const least = step.when === null ? fewest : 0;
      if (step.kind === "rounds") {
        count(step.steps, [least * (step.until === null ? step.rounds : 1), most * step.rounds]);
        continue;
      }
      const [members, isSure] = whoCalls(
        session,
        step.kind === "say" ? step.by : step.kind === "tell" ? [] : step.to,
      );
      let each = [0, 0];
      if (step.kind === "say") {
        const turns = turnsOf(step, membersOf(session, step.by));
        lines += turns * most;
        const isAsked = step.order !== "at once" && step.order.asks;
        const speaking = step.text !== null || members === 0 ? 0 : turns;
        each = [isAsked ? 0 : speaking, speaking];
        if (isAsked) {
          ranges.set(`${step.name} desire`, {
            low: least * turns * (members - 1),
            high: most * turns * members,
          });
        }
      } else if (step.kind === "ask") {
        const calls = callsOf(session, step);
        each = step.each === "line" ? [0, 0] : [members * calls, members * calls];
        if (step.each === "line") {
          add(ranges, step.name, { low: 0, high: lines * members });
          lines = 0;
          continue;
        }
      } else if (step.kind === "probe") {
        const asked = step.persona ? members : isFirst ? 1 : 0;
        each = [asked * step.times, asked * step.times];
      } else if (step.kind === "play") each = [members, members * step.game.stages];
      if (step.kind === "tell") continue;
      add(ranges, step.name, { low: isSure ? least * each[0]! : 0, high: most * each[1]! });
    }
  };
  count(steps, [1, 1]);
  return ranges;
}

function add(ranges: Map<string, CallRange>, name: string, { low, high }: CallRange): void {
  const known = ranges.get(name) ?? { low: 0, high: 0 };
  ranges.set(name, { low: known.low + low, high: known.high + high });
}

/** How many of those who may take a step make calls, and whether no function decides who. */
function whoCalls(session: Session, who: Members | null): readonly [number, boolean] {
  const isFunction = typeof who === "function";
  const found = session.participants.filter(({ role, member }) =>
    role.kind !== "script" &&
    (isFunction || (who === null ? role.kind === "persona" : [who].flat().includes(member.role)))
  );
  return [found.length, !isFunction];
}

function membersOf(session: Session, who: Members | null): number {
  return session.participants.filter(({ role, member }) =>
    typeof who === "function" || (who === null ? role.kind === "persona" : [who].flat().includes(member.role))
  ).length;
}

function turnsOf(step: Extract<Step, { kind: "say" }>, members: number): number {
  if (step.order === "at once") return members * (step.turns ?? 1);
  return step.turns ?? (step.order.name === "in order" ? members : 1);
}

function callsOf(session: Session, step: AskStep | PlayStep): number {
  return step.kind === "play" || modeOf(session.plan.design, step) === "together" ? 1 : step.items.length;
}
