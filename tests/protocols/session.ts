import { stream } from "@understudy/understudy/core";
import type { Member, SessionLine, SessionView, SpeakingOrder } from "@understudy/understudy/protocols";

/** Members with personas p1, p2, … of one role. */
export function membersOf(n: number, role = "subject"): Member[] {
  return Array.from({ length: n }, (_, place) => ({
    member: `p${place + 1}`,
    role,
    seat: place + 1,
    name: `${role} ${place + 1}`,
    attributes: {},
  }));
}

/** A role that nobody is assigned to. */
export const chair: Member = { member: "chair", role: "chair", seat: 99, name: "Chair", attributes: {} };

/** A session as functions of a protocol see it. */
export function viewOf(
  members: readonly Member[],
  round = 0,
  seed = 1,
  said: readonly Member[] = [],
): SessionView {
  const lines = said.map((from, place): SessionLine => (
    { line: place + 1, from, text: "Well.", step: "say", round, heardBy: [] }
  ));
  return {
    me: members[0]!,
    members,
    arm: "control",
    level: () => "low",
    round,
    lines,
    answers: [],
    payoffs: [],
    draw: (name) => stream(seed, "draw", round, name).uniform(),
  };
}

/** Who speaks in so many turns: `null` for a turn that nobody has. */
export function speakers(
  order: SpeakingOrder,
  members: readonly Member[],
  turns: number,
  { seed = 1, desires = {} }: { seed?: number; desires?: { [member: string]: number | null } } = {},
): (string | null)[] {
  const spoken: string[] = [];
  return Array.from({ length: turns }, (_, place) => {
    const turn = place + 1;
    const draw = (name: string) => stream(seed, "turn", turn, name).uniform();
    const next = order.next({ turn, members, spoken, desires: new Map(Object.entries(desires)), draw });
    if (next !== null) spoken.push(next.member);
    return next?.member ?? null;
  });
}
