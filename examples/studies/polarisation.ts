/**
 * Do people move apart when they talk with friends, with somebody who agrees, or with somebody who disagrees?
 *
 *     deno run -A examples/studies/polarisation.ts                                      # a world answers
 *     deno run -A examples/studies/polarisation.ts http://localhost:11434/v1 llama3.2    # a model does
 *
 * Source: Piao et al. 2025, AgentSociety, its experiment on polarisation (code).
 * Faithful: an attitude of 3 or 7 of 0 to 10 to begin with; talk in one's own network, or with a persuader alone who
 * agrees (an echo chamber) or disagrees (which may backfire); the attitude before, between and after.
 * Not: networks are rings of six and there are several, as one network has no standard error; citizens have no lives
 * beside the talk; the topic and all texts are ours.
 *
 * @module
 */
import {
  assignTreatments,
  declareDesign,
  declareTreatments,
  declareWorld,
  estimateEffects,
  number,
  planExperiment,
  samplePersonas,
  scriptedRespondent,
  simulatedRespondent,
  worldPeople,
} from "@understudy/understudy";
import {
  ask,
  assignGroups,
  declareProtocol,
  model,
  rounds,
  say,
  type SessionView,
} from "@understudy/understudy/protocols";
import { influenceTruth } from "@understudy/understudy/worlds";
import { isRehearsal, respondentOr, runPlan, showEffects, showPlan } from "./study.ts";

const scale = { minimum: 0, maximum: 10, whole: true };
const attitude = number(
  "attitude",
  "How far should cars be banned, from 0 (nowhere) to 10 (everywhere)?",
  scale,
);
const areFriends = (one: number, other: number) => [1, 5].includes(Math.abs(one - other));
const withFriends = (s: SessionView) => s.arm === "friends";
/** What a persuader stands for: the end of the scale at which the citizen is, or the other end. */
const argue = (s: SessionView) => {
  const isHigh = Number(s.members[0]!.attributes.start) > 5;
  return `You put it at ${
    isHigh === (s.arm === "agrees") ? 9 : 1
  } out of 10 how far cars should be banned from the centre. ` +
    "Argue for it in two sentences.";
};
const persuader = scriptedRespondent(({ messages: [system] }) =>
  `I put it at ${/put it at (\d)/.exec(system!.content)![1]}.`
);
const protocol = declareProtocol({
  roles: { citizen: "", persuader: model(argue, { respondent: respondentOr(persuader) }) },
  hears: (from, to, s) =>
    withFriends(s) ? from.role === to.role && areFriends(from.seat, to.seat) : from.role !== to.role,
  steps: [
    ask([attitude], { name: "before" }),
    rounds(3, [
      rounds(5, [
        say({ by: "persuader", when: (s) => !withFriends(s), name: "persuasion" }),
        say({ by: "citizen", order: "at once", name: "talk" }),
      ]),
      ask([attitude], { name: "after" }),
    ]),
  ],
});

// Each time that they hear others, people move a twentieth of the way toward them; nothing backfires.
const [start, w, times] = [
  "You put it at {value} out of 10 how far cars should be banned from the centre.",
  0.05,
  15,
];
const world = declareWorld({
  name: "town",
  seed: 1,
  attributes: { start: { shares: { "3": 0.5, "7": 0.5 } } },
  phrases: { start },
  items: { attitude: { kind: "scale", range: [0, 10], sd: 0.8, effects: { start: { slope: 1 } } } },
  says: { attitude: "I put it at {{value}}." },
  influence: { attitude: w },
});

// Networks are assigned; who hears only a persuader is then a session alone.
const networks = isRehearsal ? 18 : 6;
const people = samplePersonas(worldPeople(world), { n: 6 * networks, weights: "share", seed: 2 });
const groups = assignGroups(people, { roles: { citizen: 6 }, seed: 3 });
const treatments = declareTreatments({
  friends: "Talk with friends.",
  agrees: "A persuader who agrees.",
  disagrees: "A persuader who disagrees.",
});
const design = declareDesign({ treatments, protocol, stated: ["start"], clusters: "session" });
const assigned = assignTreatments(groups, design, { seed: 4 })
  .derive({ session: "d => d.arm === 'friends' ? d.session : d.persona_id" });
const plan = planExperiment(assigned, design, { seed: 5, persona: { phrases: { start } } });
await showPlan(plan);
const network = assigned.filter("d => d.arm === 'friends'").get("session", 0) as string;
const answers = await runPlan(plan, respondentOr(simulatedRespondent(world)), "polarisation", network);

// How far from the middle, on the side on which one began; below 0, on the other side.
const final = answers.filter("d => d.step === 'after' && d.round === 3 && d.value !== null").derive({
  extremity: "d => (d.value - 5) * (d.start > 5 ? 1 : -1)",
}).select("persona_id", "arm", "cluster", "start", "value", "extremity");
const effects = estimateEffects(final, { outcome: "extremity", reference: "friends", clusters: "cluster" });

// The truth: of friends by the closed form, in every network as if it talked; of a persuader x ← x + w (its end − x).
const members = groups.objects() as { persona_id: string; seat: number; start: string }[];
const seats = new Map(members.map(({ persona_id, seat }) => [persona_id, seat]));
const talked = influenceTruth(world, groups, {
  outcome: "attitude",
  times,
  hears: (from, to) => areFriends(seats.get(from)!, seats.get(to)!),
}).filter(`d => d.time === ${times}`).array("value") as number[];
const sides = members.map(({ start }) => Number(start) > 5 ? 1 : -1);
const among = talked.reduce((sum, x, row) => sum + (x - 5) * sides[row]!, 0) / talked.length;
const after = (end: number) => end + (2 - end) * (1 - w) ** times;
await showEffects(
  effects,
  { "agrees, less friends": after(4) - among, "disagrees, less friends": after(-4) - among },
  "people only ever move toward what they hear, to 4 from the middle with who agrees, and through it with who does not.",
);
