/**
 * Does inflammatory wording travel further, and does it help to block who spreads it, or only single ties?
 *
 *     deno run -A examples/studies/inflammatory_wording.ts                                      # scripted citizens
 *     deno run -A examples/studies/inflammatory_wording.ts http://localhost:11434/v1 llama3.2    # a model
 *
 * Source: Piao et al. 2025, AgentSociety, its experiment on inflammatory messages (code).
 * Faithful: the wording of a message that three people send first, crossed with no intervention, one on nodes (whose
 * messages were flagged says nothing more that anybody hears) and one on edges (a pair between whom one was flagged hears
 * each other no more); messages go to one friend at a time; a judge flags; who knows and how angry people are.
 * Not: rings of 27 and not networks of 100; three days; one flag is enough; the messages are ours. In the rehearsal
 * citizens pass on word by word what they heard, so that what moderation does is known exactly.
 *
 * @module
 */
import {
  assignTreatments,
  declareDesign,
  declareFactorial,
  estimateEffects,
  number,
  planExperiment,
  scriptedRespondent,
  type Table,
  tableOf,
  yesNo,
} from "@understudy/understudy";
import { escape } from "arquero";
import {
  ask,
  assignGroups,
  declareProtocol,
  type Member,
  model,
  rounds,
  say,
  seat,
  type SessionView,
} from "@understudy/understudy/protocols";
import { isRehearsal, respondentOr, runPlan, showEffects, showPlan } from "./study.ts";

const [size, days, limit] = [27, 3, 1];
const messages = {
  neutral: "The water works will change the pipes of our street in May.",
  inflammatory: "They have poisoned us for years, and nobody will pay for it!",
};
// What the arms are called; nobody is told them.
const factors = declareFactorial({
  factors: { tone: ["neutral", "inflammatory"], moderation: ["none", "node", "edge"] },
  text: "{{ tone }}, {{ moderation }}",
});
const knows = yesNo("knows", "Have you heard anything about the water?");
const scale = { minimum: 0, maximum: 10, whole: true };
const anger = number("anger", "How angry are you, from 0 (not at all) to 10?", scale);
const flag = yesNo("flag", "Is the line inflammatory?");

const areFriends = (one: number, other: number) => [1, size - 1].includes(Math.abs(one - other));
/** To whom somebody writes today. */
const writesTo = (from: Member, s: SessionView) =>
  1 + (from.seat - 1 + (s.draw(`friend of ${from.seat}`) < 0.5 ? 1 : size - 1)) % size;
/** How often what one said was flagged; of edges, what either of a pair heard of the other. */
const flags = (s: SessionView, from: Member, to: Member) => {
  const moderation = s.level("moderation");
  const flagged = s.answers.filter(({ item, value }) =>
    moderation !== "none" && item === "flag" && value === 1
  );
  return flagged.filter(({ line }) => {
    const { from: sender, heardBy } = s.lines[line! - 1]!;
    if (moderation === "node") return sender.member === from.member;
    return [[from, to], [to, from]].some(([a, b]) =>
      sender.member === a!.member && heardBy.includes(b!.member)
    );
  }).length;
};
const isJudge = ({ role }: Member) => role === "judge";

const citizens = scriptedRespondent(({ schema, messages: said }) => {
  const text = said.map(({ content }) => content).join("\n");
  const heard = Object.values(messages).find((message) => text.includes(message));
  if (schema === undefined) return heard ?? "[silence]";
  const felt = heard === undefined ? 1 : heard === messages.neutral ? 3 : 8;
  return JSON.stringify({ knows: heard === undefined ? "no" : "yes", anger: felt });
});
const judge = scriptedRespondent(({ messages: asked }) =>
  JSON.stringify({ flag: asked.at(-1)!.content.includes(messages.inflammatory) ? "yes" : "no" })
);
const protocol = declareProtocol({
  roles: {
    citizen: "You live in a small town and write to your friends.",
    judge: model("You moderate messages.", { respondent: respondentOr(judge) }),
  },
  hears: (from, to, s) => isJudge(to) || areFriends(from.seat, to.seat) && flags(s, from, to) < limit,
  steps: [
    say({
      by: seat(1, 10, 19),
      text: (s) => messages[s.level("tone") as keyof typeof messages],
      name: "message",
    }),
    rounds(days, [
      say({
        by: "citizen",
        order: "at once",
        silence: true,
        hears: (from, to, s) => isJudge(to) || writesTo(from, s) === to.seat,
        name: "day",
      }),
      ask([flag], { to: "judge", each: "line", name: "judgement" }),
    ]),
    ask([knows, anger], { to: "citizen" }),
  ],
});

const sessions = isRehearsal ? 48 : 12;
const people = tableOf({
  persona_id: Array.from({ length: size * sessions }, (_, i) => `p${i + 1}`),
  age: Array.from({ length: size * sessions }, (_, i) => 20 + i % 60),
});
const groups = assignGroups(people, { roles: { citizen: size }, seed: 1 });
const design = declareDesign({ factors, protocol, stated: ["age"], clusters: "session" });
const plan = planExperiment(assignTreatments(groups, design, { seed: 2 }), design, { seed: 3 });
await showPlan(plan);
const answers = await runPlan(plan, respondentOr(citizens), "inflammatory_wording", "g1");

const within = (column: string, level: string) =>
  answers.filter(escape((row: { [column: string]: unknown }) => row[column] === level)) as Table;
const effects = [
  ...estimateEffects(within("moderation", "none"), { outcome: "anger", arm: "tone", reference: "neutral" })
    .objects(),
  ...estimateEffects(within("tone", "inflammatory"), {
    outcome: "knows",
    arm: "moderation",
    reference: "none",
  }).objects(),
];

// From each of three senders a message goes both ways, one friend further with probability 1/2 a day. On its way back it is
// flagged: a blocked node ends it there, a cut edge was no way to anybody new. So of each way it is known to 1 + days / 2,
// or with nodes blocked to 1 + 1/2 + 1/4 + ...
const share = (reach: number) => (3 + 2 * 3 * reach) / size;
const [free, blocked] = [share(1 + days / 2), share(2 - 0.5 ** days)];
await showEffects(
  tableOf(effects as { [column: string]: unknown }[]),
  {
    "anger, inflammatory less neutral": (8 - 3) * free,
    "knows (inflammatory), edge less none": 0,
    "knows (inflammatory), node less none": blocked - free,
  },
  "whoever knows is angrier by 5 where the wording is; cut edges stop nothing that is new, blocked nodes do.",
);
