import { assert } from "@std/assert";
import { type RandomStream, type Table, tableOf } from "@understudy/understudy/core";
import { estimateEffects } from "@understudy/understudy/estimation";
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
      const effect = 0.8;
      const coverage = shareOf(`coverage ${named}`, (random) => {
        const found = estimateEffects(makeStudy(random, { sessions, influence, effect }), {
          outcome: "support",
        });
        return found.get("conf_low", 0) <= effect && effect <= found.get("conf_high", 0);
      }, studies);
      assertAtLeast(coverage, 0.93, studies);
      if (influence > 0) assert(naive / studies > 0.15, `members alone reject ${naive / studies}`);
    });
  }
}
