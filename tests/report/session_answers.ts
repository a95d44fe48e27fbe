import { type Table, tableOf } from "@understudy/understudy/core";

export type Given = { readonly [column: string]: unknown };

/** Answers of a discussion of three members and a leader, in as many arms as named: they part at the leader's line. */
export function discussionAnswers(
  arms: readonly string[] = ["calm", "bold"],
  more: readonly Given[] = [],
): Table {
  const everyone = ["p1", "p2", "p3", "p4"];
  const others = (member: string) => everyone.filter((other) => other !== member).join(", ");
  const rows = arms.flatMap((arm) => {
    const own = (member: string, given: Given): Given => ({
      session: "g1",
      arm,
      wording: 1,
      replicate: 1,
      persona_id: member,
      member,
      role: member === "p4" ? "leader" : "member",
      seat: everyone.indexOf(member) + 1,
      status: "answered",
      reason: "",
      heard_by: "",
      line: null,
      round: 0,
      ...given,
    });
    let line = 0;
    const says = (member: string, round: number, value: string, given: Given = {}) =>
      own(member, {
        kind: "line",
        step: "say",
        item: "say",
        round,
        value,
        line: ++line,
        heard_by: others(member),
        ...given,
      });
    return [
      own("p1", { kind: "probe", step: "probe", item: "fear", value: 4 }),
      own("p1", { kind: "answer", step: "ask", item: "force", value: 3 }),
      own("p1", { kind: "answer", step: "ask", item: "trust", value: 5 }),
      own("p2", {
        kind: "answer",
        step: "ask",
        item: "force",
        value: null,
        status: "refused",
        reason: "words of refusal",
      }),
      says("p1", 1, "We should wait for what the embassy says."),
      says("p2", 1, "", { raw: "[silence]", heard_by: "" }),
      says("p3", 1, "I agree: wait.\nAnd count the costs.", { heard_by: "p4" }),
      says("p4", 2, arm === "bold" ? "No. We strike tonight." : "Then we wait.", {
        step: "say 2",
        item: "say 2",
      }),
      says("p1", 2, "Then I have noth", { status: "truncated", reason: "cut at 4 tokens" }),
      own("judge", {
        persona_id: "p1",
        role: "judge",
        seat: 1,
        kind: "answer",
        step: "flags",
        round: 2,
        item: "toxicity",
        value: 1,
        line: 5,
      }),
      own("p2", { kind: "payoff", step: "play", item: "payoff", round: 2, value: 14.5 }),
      own("p3", {
        kind: "answer",
        step: "final",
        item: "force",
        value: null,
        status: "failed",
        reason: "the endpoint is busy",
      }),
      own("p4", {
        kind: "answer",
        step: "final",
        item: "force",
        value: arm === "bold" ? 7 : 2,
        heard_by: others("p4"),
      }),
    ];
  });
  return tableOf([...rows, ...more]);
}
