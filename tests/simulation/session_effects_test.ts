import { assert } from "@std/assert";
import { type RandomStream, stream, type Table, tableOf } from "@understudy/understudy/core";
import { assignTreatments, declareDesign } from "@understudy/understudy/designs";
import { estimateEffects } from "@understudy/understudy/estimation";
import { number } from "@understudy/understudy/items";
import {
  ask,
  assignGroups,
  declareProtocol,
  rounds,
  tell,
  treatment,
} from "@understudy/understudy/protocols";
import { simulatedRespondent } from "@understudy/understudy/respondents";
import { planExperiment, runExperiment } from "@understudy/understudy/runner";
import { declareTreatments } from "@understudy/understudy/treatments";
import { declareWorld } from "@understudy/understudy/worlds";
import { assertAtLeast, repetitionsOf, shareOf } from "./share_of_studies.ts";

// Sessions of four are assigned to arms as one. In each of three turns every member moves toward the mean of the others by
// the influence, so that what members say afterwards is less and less four opinions. Demanded are a size of at most .06
// and a coverage of at least .93, within three standard errors of the simulation.

const studies = repetitionsOf(100);
const [members, turns] = [4, 3];

/** A study: an effect (of which persons have more or less) on what each says after the discussion, with some noise. */
function makeStudy(
  random: RandomStream,
  { sessions, influence, effect = 0 }: { sessions: number; influence: number; effect?: number },
): Table {
  const arms = random.shuffle(Array.from({ length: sessions }, (_, i) => i % 2 === 0 ? "control" : "letter"));
  const rows = arms.flatMap((arm, session) => {
    let latent = Array.from({ length: members }, () => random.normal());
    if (arm === "letter") latent = latent.map((own) => own + effect * (1 + 0.5 * random.normal()));
    for (let turn = 0; turn < turns; turn++) {
      const sum = latent.reduce((all, own) => all + own);
      latent = latent.map((own) => (1 - influence) * own + influence * (sum - own) / (members - 1));
    }
    return latent.map((own, seat) => ({
      ...{ arm, session, persona_id: `p${session}.${seat}`, item: "support", kind: "answer" },
      ...{ step: "final", round: 0, value: own + 0.3 * random.normal() },
    }));
  });
  return tableOf(rows);
}

for (const sessions of [6, 12, 40]) {
  for (const influence of [0, 0.2, 0.5]) {
    const named = `${sessions} sessions of ${members}, influence ${influence}`;
    Deno.test(`estimateEffects(${named}) has its size and coverage by default, and members alone have not`, () => {
      let naive = 0;
      const size = shareOf(`size ${named}`, (random) => {
        const study = makeStudy(random, { sessions, influence });
        const p = (clusters?: null) =>
          estimateEffects(study, { outcome: "support", ...(clusters === null && { clusters }) }).get(
            "p_value",
            0,
          );
        if (p(null) < 0.05) naive++;
        return p() < 0.05;
      }, studies);
      assertAtLeast(1 - size, 0.94, studies);
      const coverage = shareOf(`coverage ${named}`, (random) => {
        const found = estimateEffects(makeStudy(random, { sessions, influence, effect: 0.8 }), {
          outcome: "support",
        });
        return found.get("conf_low", 0) <= 0.8 && 0.8 <= found.get("conf_high", 0);
      }, studies);
      assertAtLeast(coverage, 0.93, studies);
      if (influence > 0) assert(naive / studies > 0.15, `members alone reject ${naive / studies}`);
    });
  }
}

/** A study of groups in a world whose people move toward what they hear of the others, as it is planned and run. */
async function runStudy(study: number, { sessions, influence }: { sessions: number; influence: number }) {
  const world = declareWorld({
    name: "council",
    seed: 3,
    attributes: { party: { shares: { A: 0.5, B: 0.5 } } },
    stimuli: { control: "exercise", threat: "incursion" },
    items: {
      support: {
        kind: "scale",
        range: [0, 100],
        sd: 3,
        effects: { party: { A: 30, B: 60 } },
        stimuli: { threat: { effect } },
      },
    },
    says: { support: "I give it {{value}}." },
    influence: { support: influence },
  });
  const support = number("support", "How many of a hundred points?", {
    minimum: 0,
    maximum: 100,
    whole: true,
  });
  const protocol = declareProtocol({
    steps: [
      tell(treatment()),
      rounds(3, [ask([support], { heard: "after" })]),
      ask([support], { name: "final" }),
    ],
  });
  const treatments = declareTreatments({
    control: "There was an exercise.",
    threat: "There was an incursion.",
  });
  const random = stream(study, "people");
  const people = Array.from({ length: sessions * members }, (_, i) => ({
    persona_id: `p${i}`,
    party: random.uniform() < 0.5 ? "A" : "B",
  }));
  const groups = assignGroups(tableOf(people), { size: members, seed: study });
  const design = declareDesign({ treatments, protocol, clusters: "session", stated: ["party"] });
  const plan = planExperiment(assignTreatments(groups, design, { seed: study }), design, { seed: study });
  return await runExperiment(plan, simulatedRespondent(world));
}

const effect = 10;
const runs = repetitionsOf(25, 1000);

for (const influence of [0, 0.2, 0.5]) {
  Deno.test(`six groups of a world with influence ${influence} cover its effect by sessions, and not by members`, async () => {
    const covered = [0, 0];
    for (let study = 1; study <= runs; study++) {
      const answers = await runStudy(study, { sessions: 6, influence });
      [undefined, null].forEach((clusters, at) => {
        const options = { outcome: "support", step: "final", ...(clusters === null && { clusters }) };
        const found = estimateEffects(answers, options);
        if (found.get("conf_low", 0) <= effect && effect <= found.get("conf_high", 0)) covered[at]!++;
      });
    }
    assertAtLeast(covered[0]! / runs, 0.93, runs);
    if (influence > 0) assert(covered[1]! / runs < 0.9, `members cover ${covered[1]! / runs}`);
  });
}
