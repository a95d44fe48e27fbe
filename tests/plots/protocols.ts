import type {
  AskStep,
  Item,
  PlayStep,
  ProbeStep,
  Protocol,
  RoundsStep,
  SayStep,
  SpeakingOrder,
  Step,
  TellStep,
} from "@understudy/understudy/core";
import { likert } from "@understudy/understudy/items";

const base = { when: null, hears: null };
const item = (name: string): Item => likert(name, `How much ${name}?`, { points: 7 });

export const tell = (name: string, more: Partial<TellStep> = {}): TellStep => {
  return { ...base, kind: "tell", name, to: null, text: "You are in a room with three others.", ...more };
};
export const ask = (name: string, more: Partial<AskStep> = {}): AskStep => {
  return {
    ...base,
    kind: "ask",
    name,
    to: null,
    items: [item("force")],
    as: null,
    heard: "none",
    each: null,
    before: 0,
    ...more,
  };
};
export const probe = (name: string, more: Partial<ProbeStep> = {}): ProbeStep => {
  return {
    ...base,
    kind: "probe",
    name,
    to: null,
    items: [item("fear")],
    persona: true,
    times: 1,
    asksBack: {},
    ...more,
  };
};
const inOrder: SpeakingOrder = { name: "in order", asks: false, next: ({ members }) => members[0] ?? null };
export const say = (name: string, more: Partial<SayStep> = {}): SayStep => {
  const words = { text: null, prompt: null, turns: null, silence: false };
  return { ...base, kind: "say", name, by: null, ...words, order: inOrder, ...more };
};
const game: PlayStep["game"] = {
  name: "public goods",
  players: [2, 10],
  rules: "Each of you has 10 points.",
  stages: 1,
  items: ["contribution"],
  item: () => null,
  payoffs: () => [],
  told: () => "",
  bestReply: () => null,
};
export const play = (name: string, more: Partial<PlayStep> = {}): PlayStep => {
  return { ...base, kind: "play", name, to: null, game, told: true, ...more };
};
export const rounds = (
  name: string,
  times: number,
  steps: Step[],
  more: Partial<RoundsStep> = {},
): RoundsStep => {
  return { ...base, kind: "rounds", name, rounds: times, steps, until: null, ...more };
};
const everyone = () => true;
const protocol = (given: Partial<Protocol>): Protocol => {
  const roles = { subject: { kind: "persona", text: "" } } as const;
  return { roles, hears: everyone, memory: { last: null }, steps: [], ...given };
};
const arm = { treatment: null };

/** A subject who reads one text and fills in one form. */
export const lone: Protocol = protocol({ steps: [tell("tell", { text: arm }), ask("ask")] });

/** Users, trolls and a facilitator whom the arm instructs. */
export const discussion: Protocol = protocol({
  roles: {
    user: { kind: "persona", text: "You join a discussion about immigration on a website." },
    troll: { kind: "persona", text: "You provoke the others." },
    facilitator: { kind: "model", text: arm, respondent: null },
  },
  memory: { last: 3 },
  steps: [
    say("opening", { by: (m) => m.seat === 1, text: "They should all go home, and you know it.", turns: 1 }),
    rounds("rounds", 15, [
      say("say", { by: ["user", "troll"], silence: true, order: { ...inOrder, name: "responding(0.4)" } }),
      say("say 2", { by: "facilitator", silence: true, when: (s) => s.arm !== "none" }),
      probe("probe", { to: "user", times: 2 }),
    ]),
    ask("final", { to: "user" }),
  ],
});

/** Everything at once. */
export const crowded: Protocol = protocol({
  roles: {
    member: { kind: "persona", text: "You advise the leader." },
    leader: { kind: "persona", text: (s) => `You lead ${s.members.length}.` },
    rival: { kind: "script", script: () => "paper" },
    persuader: { kind: "model", text: "You argue.", respondent: null },
    judge: { kind: "model", text: "You judge what is said.", respondent: null },
    chair: { kind: "model", text: "", respondent: null },
  },
  hears: (from, to, s) => s.arm === "friends" ? from.seat === to.seat : from.role !== to.role,
  steps: [
    tell("bias", { text: { treatment: "bias" }, to: "leader" }),
    probe("default", { persona: false, times: 10 }),
    rounds("weeks", 4, [
      tell("news"),
      rounds("days", 7, [
        say("say", { by: ["member", "leader"], order: "at once", prompt: "Say what you think." }),
        ask("flags", { to: "judge", each: "line", items: ["toxicity", "anger"].map(item) }),
      ], { until: (s) => s.lines.length > 40 }),
      play("goods", { to: ["member", "leader", "rival"] }),
    ]),
    ask("vote", {
      to: "member",
      heard: "after",
      hears: (from, to) => from.role === "member" && to.role === "leader",
    }),
    ask("decision", { to: (m, s) => m.role === "leader" && s.draw(m.member) < 0.5, as: "in turn" }),
  ],
});
