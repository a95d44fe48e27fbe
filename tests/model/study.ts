/**
 * The demo's study as it is put to a real model.
 *
 * @module
 */
import {
  assignTreatments,
  declareDesign,
  declareTreatments,
  likert,
  type Plan,
  planExperiment,
  samplePersonas,
  tableOf,
} from "@understudy/understudy";
import type { DeclareDesignOptions } from "@understudy/understudy/designs";
import {
  ask,
  assignGroups,
  declareProtocol,
  inOrder,
  play,
  type Protocol,
  publicGoods,
  rounds,
  say,
  tell,
  treatment,
} from "@understudy/understudy/protocols";
import {
  items,
  phrases,
  readPopulation,
  statedAttributes,
  treatments,
} from "../../examples/border_incursion.ts";

/** The plan of the demo's study with so many personas. */
export async function planStudy(
  n: number,
  changes: Partial<DeclareDesignOptions> = {},
): Promise<Plan> {
  const design = declareDesign({ treatments, items, stated: statedAttributes, ...changes });
  const personas = samplePersonas(await readPopulation(), { n, counts: "n", seed: 1 });
  return planExperiment(assignTreatments(personas, design, { seed: 2 }), design, {
    seed: 3,
    persona: { phrases },
  });
}

/** A public goods game of one group of four. */
export function planGame(): Plan {
  const game = publicGoods({ endowment: 10, multiplier: 2 });
  return planGroup(
    4,
    declareProtocol({ steps: [tell(treatment()), tell(game.rules), rounds(2, [play(game)])] }),
  );
}

/** A discussion of three, who answer before and after it. */
export function planDiscussion(): Plan {
  const support = likert("support", "Should the village build a wind turbine?", { points: 7 });
  return planGroup(
    3,
    declareProtocol({
      steps: [
        tell("You meet two neighbours to discuss whether your village should build a wind turbine."),
        tell(treatment()),
        ask([support]),
        say({ order: inOrder(), turns: 6 }),
        ask([support], { name: "final" }),
      ],
    }),
  );
}

function planGroup(size: number, protocol: Protocol): Plan {
  const treatments = declareTreatments({
    control: "It is an evening in March.",
    plea: "The mayor asks everybody to think of the village.",
  });
  const people = tableOf({
    persona_id: Array.from({ length: size }, (_, i) => `p${i + 1}`),
    age: Array.from({ length: size }, (_, i) => 25 + 15 * i),
    job: ["teacher", "farmer", "nurse", "driver"].slice(0, size),
  });
  const design = declareDesign({ treatments, protocol, stated: ["age", "job"], clusters: "session" });
  const groups = assignGroups(people, { size, seed: 1 });
  return planExperiment(assignTreatments(groups, design, { seed: 2 }), design, { seed: 3 });
}
