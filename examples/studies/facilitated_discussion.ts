/**
 * Does a facilitator make an online discussion less toxic, and does it matter by which instructions?
 *
 *     deno run -A examples/studies/facilitated_discussion.ts                                      # a world answers
 *     deno run -A examples/studies/facilitated_discussion.ts http://localhost:11434/v1 llama3.2    # a model does
 *
 * Source: Tsirmpas et al. 2025, SynDisco: discussions of synthetic users with a synthetic facilitator.
 * Faithful: seven users, each a troll with a chance of .3; two opening comments; who speaks: the second-to-last with
 * probability .4, else somebody else; a memory of three lines; a facilitator after each turn who may say nothing; four
 * arms; annotators rate the toxicity of each line and see two before it; 720 discussions are planned, their calls counted.
 * Not: 24 discussions are run; prompts are ours, and all discuss one topic; there is one annotator without a persona; in
 * the rehearsal it reads the heat that users of the world tell, and the facilitator speaks every time.
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
  type Table,
  worldPeople,
  worldTruth,
} from "@understudy/understudy";
import { escape } from "arquero";
import { show } from "@understudy/understudy/kernel";
import {
  ask,
  assignGroups,
  declareProtocol,
  model,
  responding,
  rounds,
  say,
  seat,
  type SessionView,
  treatment,
} from "@understudy/understudy/protocols";
import { respondentOr, runPlan, showEffects, showPlan } from "./study.ts";

// What the facilitator is told, and (in the rehearsal) what it says.
const treatments = declareTreatments({
  none: "Nobody facilitates.",
  basic: "You facilitate a discussion. Step in where it is needed.",
  guidelines: "You facilitate a discussion. Step in where somebody breaks a rule: no insults, no threats.",
  constructive: "You facilitate a discussion. Ask questions that lead people to reasons and to each other.",
});
const lines = {
  basic: "Please stay on topic.",
  guidelines: "Mind the rules.",
  constructive: "Why do you think so?",
};
const facilitator = scriptedRespondent(({ messages: [system] }) => {
  const arm = treatments.arms.find(({ wordings }) => wordings[0] === system!.content)!;
  return lines[arm.name as keyof typeof lines];
});
const annotator = scriptedRespondent(({ messages }) => {
  const [, line] = messages.at(-1)!.content.split("The line:");
  return `{"toxicity": ${/with a heat of (\d+)/.exec(line!)?.[1] ?? 0}}`;
});

const scale = { minimum: 0, maximum: 20, whole: true };
const toxicity = number("toxicity", "How toxic is the line, from 0 (not at all) to 20 (as can be)?", scale);
const facilitated = (s: SessionView) => s.arm !== "none";
const protocol = declareProtocol({
  roles: {
    user: "You take part in an online discussion. Say what you think, in one or two sentences.",
    facilitator: model(treatment(), { respondent: respondentOr(facilitator) }),
    annotator: model("You rate comments in online discussions.", { respondent: respondentOr(annotator) }),
  },
  memory: { last: 3 },
  steps: [
    say({ by: seat(1), text: "Cars should be kept out of the centre of our town.", name: "comment" }),
    say({ by: seat(2), text: "And how are people to get to their shops?", name: "reply" }),
    rounds(15, [
      say({ by: "user", order: responding(0.4), silence: true, name: "discussion" }),
      say({ by: "facilitator", silence: true, when: facilitated, name: "facilitation" }),
      ask([toxicity], { to: "annotator", each: "line", before: 2 }),
    ]),
  ],
});

const intent = {
  discuss: "You want a good discussion.",
  troll: "You are a troll: you want to provoke the others.",
};
// Trolls are hotter. Whoever remembers a line of a facilitator's is cooler by what that does, trolls by less.
const world = declareWorld({
  name: "forum",
  seed: 1,
  attributes: { intent: { shares: { discuss: 0.7, troll: 0.3 } }, age: { shares: { young: 0.5, old: 0.5 } } },
  phrases: { intent },
  stimuli: { none: "Nobody facilitates", ...lines },
  items: {
    heat: {
      kind: "scale",
      range: [0, 20],
      sd: 1.5,
      intercept: 7,
      effects: { intent: { troll: 5 } },
      stimuli: {
        basic: { effect: -0.5 },
        guidelines: { effect: -2, by: { intent: { troll: 1 } } },
        constructive: { effect: -1, by: { intent: { troll: 1 } } },
      },
    },
  },
  says: { heat: "That is what I think, and I say it with a heat of {{value}}." },
});

const people = samplePersonas(worldPeople(world), { n: 7 * 720, weights: "share", seed: 2 });
const groups = assignGroups(people, { roles: { user: 7 }, seed: 3 });
const stated = ["age", "intent"];
const design = declareDesign({ treatments, protocol, stated, reference: "none", clusters: "session" });
const assigned = assignTreatments(groups, design, { seed: 4 });
const persona = { phrases: { intent } };
await show("720 discussions are planned:");
await showPlan(planExperiment(assigned, design, { seed: 5, persona }));

// The first six of each arm are run; they would be the same among all.
const rows = assigned.objects() as { session: string; arm: string }[];
const first = treatments.arms.flatMap(({ name }) =>
  [...new Set(rows.filter(({ arm }) => arm === name).map(({ session }) => session))].slice(0, 6)
);
const run = assigned.filter(escape(({ session }: { session: string }) => first.includes(session))) as Table;
const plan = planExperiment(run, design, { seed: 5, persona });
const users = respondentOr(simulatedRespondent(world));
const answers = await runPlan(plan, users, "facilitated_discussion", first[6]!);

// Nobody has heard the facilitator in the first round. A persona's lines are averaged.
const judged = answers.filter("d => d.item === 'toxicity' && d.round > 1") as Table;
const effects = estimateEffects(judged, { outcome: "toxicity" });
const truthOf = (stimulus: string) =>
  worldTruth(world, { outcome: "heat", stimulus, reference: "none" }).get("value", 0) as number;
await showEffects(
  effects,
  Object.fromEntries((effects.array("arm") as string[]).map((arm) => [arm, truthOf(arm)])),
  "each facilitator moves the heat of all lines that follow, trolls' less, by the world's declared effects.",
);
