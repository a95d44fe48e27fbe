/**
 * Does a hawkish bias survive in a group, and does it matter how the group decides?
 *
 *     deno run -A examples/studies/bias_and_structure.ts                                      # a world answers
 *     deno run -A examples/studies/bias_and_structure.ts http://localhost:11434/v1 llama3.2    # a model does
 *
 * Source: Kertzer, Holmes, LeVeck and Wayne 2022, Hawkish Biases and Group Decision Making, International Organization
 * 76 (3), whose abstract we read: people decided alone, in horizontal and in hierarchical groups.
 * Faithful: a bias (here risk seeking in the domain of losses) crossed with the structure of the decision; groups that
 * talk; the bias by structure and its differences between structures; groups as the units of inference.
 * Not: the words of the scenario are ours; what is decided is a number and not one of two options, so that a majority
 * carries the median; two rounds in which all speak at once stand for a chat; one of three experiments; no people.
 *
 * @module
 */
import {
  assignTreatments,
  declareDesign,
  declareFactorial,
  declareWorld,
  estimateRegression,
  number,
  planExperiment,
  samplePersonas,
  simulatedRespondent,
  type Table,
  tableOf,
  worldPeople,
} from "@understudy/understudy";
import {
  ask,
  assignGroups,
  declareProtocol,
  rounds,
  say,
  type SessionView,
  tell,
  treatment,
} from "@understudy/understudy/protocols";
import { influenceTruth } from "@understudy/understudy/worlds";
import { isRehearsal, respondentOr, runPlan, showEffects, showPlan } from "./study.ts";

const factors = declareFactorial({
  factors: { frame: ["gains", "losses"], structure: ["alone", "majority", "leader"] },
  text: "A neighbour has taken a border region with 600 villages, and offers a settlement. With it " +
    "{% if frame == 'gains' %}200 villages are kept{% else %}400 villages are lost{% endif %} for certain; an answer " +
    "by force is a gamble for all of them. {% if structure == 'alone' %}Each member of the council decides alone." +
    "{% elsif structure == 'majority' %}The council decides by majority.{% else %}Member 5 decides.{% endif %}",
});
const scale = { minimum: 0, maximum: 100, whole: true };
const force = number("force", "How much force would you answer with, from 0 (none) to 100 (all)?", scale);
const [seated, chairing, chair] = ["You sit on the council.", "You chair the council.", 5];
const talks = (s: SessionView) => s.level("structure") !== "alone";
const protocol = declareProtocol({
  roles: { member: (s) => s.level("structure") === "leader" && s.me.seat === chair ? chairing : seated },
  hears: (_from, _to, s) => talks(s),
  steps: [
    tell(treatment()),
    ask([force], { name: "before" }),
    rounds(2, [say({ order: "at once", when: talks })]),
    ask([force], { name: "final" }),
  ],
});

// Losses raise the force by 12, of those who chair by 18; each time that they hear others people move a fifth of the way.
const world = declareWorld({
  name: "council",
  seed: 1,
  attributes: {
    outlook: { shares: { hawk: 0.5, dove: 0.5 } },
    office: { shares: { seated: 0.8, chairing: 0.2 } },
  },
  phrases: { office: { seated, chairing } },
  stimuli: { gains: "200 villages are kept", losses: "400 villages are lost" },
  items: {
    force: {
      kind: "scale",
      range: [0, 100],
      sd: 8,
      intercept: 44,
      effects: { outlook: { hawk: 10, dove: -10 } },
      stimuli: { losses: { effect: 12, by: { office: { chairing: 6 } } } },
    },
  },
  says: { force: "I would answer with a force of {{value}}." },
  influence: { force: 0.2 },
});

const sessions = isRehearsal ? 120 : 24;
const people = samplePersonas(worldPeople(world), { n: 5 * sessions, weights: "share", seed: 2 });
const groups = assignGroups(people.select("persona_id", "outlook"), { roles: { member: 5 }, seed: 3 });
const design = declareDesign({ factors, protocol, stated: ["outlook"], clusters: "session" });
const plan = planExperiment(assignTreatments(groups, design, { seed: 4 }), design, { seed: 5 });
await showPlan(plan);
const answers = await runPlan(plan, respondentOr(simulatedRespondent(world)), "bias_and_structure", "g1");

// What was decided: by each alone; by the median, which a majority prefers to anything else; by who chairs.
interface Row {
  readonly [column: string]: unknown;
  readonly value: number;
}
const finals = (answers.objects() as Row[]).filter(({ step, value }) => step === "final" && value !== null);
const decided = [...Map.groupBy(finals, ({ session }) => session).values()].flatMap((own) => {
  const { structure } = own[0]!;
  if (structure === "alone") return own;
  if (structure === "leader") return own.filter(({ seat }) => seat === chair);
  return [own.toSorted((a, b) => a.value - b.value)[Math.floor(own.length / 2)]!];
});
const decisions = tableOf(
  decided.map(({ session, frame, structure, value }) => ({ session, frame, structure, decision: value })),
);

// The bias alone, how much more of it there is in groups, and how much in them.
const [alone, more] = ["frame = losses", "frame = losses:structure = "];
const regression = estimateRegression(decisions, {
  outcome: "decision",
  terms: ["frame", "structure", "frame:structure"],
  clusters: "session",
  hypotheses: ["majority", "leader"].map((name) => ({ name, weights: { [alone]: 1, [more + name]: 1 } })),
});
const wanted = [alone, "majority", "leader", `${more}majority`, `${more}leader`];
const rows = regression.objects() as { term: string }[];
const effects = tableOf(wanted.map((name) => rows.find(({ term }) => term === name)!));
const bias = (of: Table) => {
  const finally_ = (stimulus: string) =>
    influenceTruth(world, of, { outcome: "force", stimulus, times: 2 }).filter("d => d.time === 2");
  const [losses, gains] = ["losses", "gains"].map((stimulus) =>
    finally_(stimulus).array("value") as number[]
  );
  // Those in seat 5 of every group.
  const shifts = losses!.map((value, row) => value - gains![row]!).filter((_, row) => row % 5 === chair - 1);
  return shifts.reduce((sum, shift) => sum + shift, 0) / shifts.length;
};
const inAll = bias(groups.derive({ office: "d => 'seated'" }) as Table);
const led = bias(groups.derive({ office: "d => d.seat === 5 ? 'chairing' : 'seated'" }) as Table);
await showEffects(
  effects,
  {
    "bias, alone": inAll,
    "bias, majority": inAll,
    "bias, leader": led,
    "majority less alone": 0,
    "leader less alone": led - inAll,
  },
  "losses move everybody by 12, so that talk and a majority keep that; who chairs by 18, less what others take off.",
);
